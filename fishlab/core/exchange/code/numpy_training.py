"""How a training is written in the NumPy dialect: losses, optimizers, and what is done to a gradient or to weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fishlab.core.exchange.code.numpy_layers import DIALECT
from fishlab.core.exchange.code.stack import Named
from fishlab.core.exchange.code.tables import Table
from fishlab.core.exchange.code.text import literal
from fishlab.core.losses import LOSSES
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.spec import TrainingSpec

losses: Table[Callable[[Any], str]] = Table(LOSSES, DIALECT)
optimizers: Table[Callable[[Any], str]] = Table(OPTIMIZERS, DIALECT)


@losses("softmax_cross_entropy")
def _softmax_cross_entropy(spec: Any) -> str:
    smoothing = spec.label_smoothing
    return f"SmoothedSoftmaxWithLoss({literal(smoothing)})" if smoothing else "SoftmaxWithLoss()"


@losses("squared_error")
def _squared_error(spec: Any) -> str:
    return "IdentityWithLoss()"


@losses("binary_cross_entropy")
def _binary_cross_entropy(spec: Any) -> str:
    return "SigmoidWithLoss()"


@optimizers("sgd")
def _sgd(spec: Any) -> str:
    return "SGD(LEARNING_RATE)"


@optimizers("momentum")
def _momentum(spec: Any) -> str:
    return f"Momentum(LEARNING_RATE, momentum={literal(spec.momentum)})"


@optimizers("nesterov")
def _nesterov(spec: Any) -> str:
    return f"Nesterov(LEARNING_RATE, momentum={literal(spec.momentum)})"


@optimizers("adagrad")
def _adagrad(spec: Any) -> str:
    return "AdaGrad(LEARNING_RATE)"


@optimizers("rmsprop")
def _rmsprop(spec: Any) -> str:
    return f"RMSprop(LEARNING_RATE, decay_rate={literal(spec.decay)})"


@optimizers("adadelta")
def _adadelta(spec: Any) -> str:
    return f"AdaDelta(LEARNING_RATE, decay_rate={literal(spec.decay)})"


@optimizers("adam")
@optimizers("adamw")
def _adam(spec: Any) -> str:
    return f"Adam(LEARNING_RATE, beta1={literal(spec.beta1)}, beta2={literal(spec.beta2)})"


# -- one step ----------------------------------------------------------------------------------------------------------
PULLS = {"l2": "network.params[key]", "l1": "np.sign(network.params[key])"}


def unit_axes(named: list[Named]) -> str:
    """The constant that says of each weight which of its axes counts the units."""
    pairs = (f"    {literal(one.name)}: {one.info.out_axis}," for one in named if one.info.role == "weight")
    return "\n".join(["UNIT_AXES = {", *pairs, "}"])


def train_step(training: TrainingSpec) -> str:
    """The function that does one step."""
    lines = [
        "def train_step(network, optimizer, images, t):",
        '    """One step on one batch (chapter 4.5); returns its loss."""',
        "    grads = network.gradient(scaled(images), t)",
    ]
    if training.clip_norm:
        lines.append("    clip_gradient(grads, CLIP_NORM)")
    pull = PULLS.get(training.decay_kind) if training.weight_decay else None
    if pull:
        lines += _decay(pull, decoupled=OPTIMIZERS[training.optimizer.kind].item.decoupled)
    lines.append("    optimizer.update(network.params, grads)")
    if training.decay_kind == "max_norm":
        lines.append("    hold_lengths(network.params, grads, MAX_NORM, UNIT_AXES)")
    return "\n".join([*lines, "    return float(network.last_layer.loss)"])


def _decay(pull: str, *, decoupled: bool) -> list[str]:
    """Weight decay by way of the gradient (chapter 6.4), or at the weights themselves."""
    if decoupled:
        act = f"network.params[key] -= optimizer.lr * WEIGHT_DECAY * {pull}"
    else:
        act = f"grads[key] += WEIGHT_DECAY * {pull}"
    only = '        if key.startswith("W"):'
    return ["    for key in grads:  # weight decay (chapter 6.4)", only, f"            {act}"]
