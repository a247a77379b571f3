"""How a training is written in the PyTorch dialect: losses, optimizers, and one step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fishlab.core.exchange.code.tables import Table
from fishlab.core.exchange.code.text import literal
from fishlab.core.exchange.code.torch_layers import DIALECT
from fishlab.core.losses import LOSSES
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.spec import TrainingSpec

losses: Table[Callable[[Any], tuple[str, str]]] = Table(LOSSES, DIALECT)
optimizers: Table[Callable[[Any], str]] = Table(OPTIMIZERS, DIALECT)


@losses("softmax_cross_entropy")
def _softmax_cross_entropy(spec: Any) -> tuple[str, str]:
    """The loss of scores and labels, and the answers to scores."""
    smoothing = f", label_smoothing={literal(spec.label_smoothing)}" if spec.label_smoothing else ""
    return f"nn.functional.cross_entropy(scores, t{smoothing})", "torch.softmax(scores, dim=1)"


@losses("squared_error")
def _squared_error(spec: Any) -> tuple[str, str]:
    return "squared_error(scores, t)", "scores"


@losses("binary_cross_entropy")
def _binary_cross_entropy(spec: Any) -> tuple[str, str]:
    return "binary_cross_entropy(scores, t)", "torch.sigmoid(scores)"


@optimizers("sgd")
def _sgd(spec: Any) -> str:
    return "torch.optim.SGD(PARAMS, lr=LEARNING_RATE)"


@optimizers("momentum")
def _momentum(spec: Any) -> str:
    return f"torch.optim.SGD(PARAMS, lr=LEARNING_RATE, momentum={literal(spec.momentum)})"


@optimizers("nesterov")
def _nesterov(spec: Any) -> str:
    """With a momentum of 0 it is SGD, and PyTorch takes no other words for that."""
    words = f", momentum={literal(spec.momentum)}, nesterov=True" if spec.momentum else ""
    return f"torch.optim.SGD(PARAMS, lr=LEARNING_RATE{words})"


@optimizers("adagrad")
def _adagrad(spec: Any) -> str:
    return "torch.optim.Adagrad(PARAMS, lr=LEARNING_RATE, eps=1e-7)"


@optimizers("rmsprop")
def _rmsprop(spec: Any) -> str:
    return f"torch.optim.RMSprop(PARAMS, lr=LEARNING_RATE, alpha={literal(spec.decay)}, eps=1e-7)"


@optimizers("adadelta")
def _adadelta(spec: Any) -> str:
    return f"torch.optim.Adadelta(PARAMS, lr=LEARNING_RATE, rho={literal(spec.decay)}, eps=1e-6)"


@optimizers("adam")
def _adam(spec: Any) -> str:
    return f"torch.optim.Adam(PARAMS, lr=LEARNING_RATE, betas={literal((spec.beta1, spec.beta2))})"


@optimizers("adamw")
def _adamw(spec: Any) -> str:
    return f"torch.optim.AdamW(PARAMS, lr=LEARNING_RATE, betas={literal((spec.beta1, spec.beta2))}, weight_decay=0.0)"


PARAMS = {"l2": "groups(network, WEIGHT_DECAY)"}  # PyTorch's weight decay is this one


def optimizer(training: TrainingSpec) -> str:
    """The call that makes the optimizer, with weight decay where it is PyTorch's."""
    decays = PARAMS.get(training.decay_kind) if training.weight_decay else None
    return optimizers[training.optimizer.kind](training.optimizer).replace("PARAMS", decays or "learned(network)")


def is_adam(training: TrainingSpec) -> bool:
    """Whether its epsilon has to be the book's."""
    return hasattr(training.optimizer, "beta2")


PULLS = {"l1": "weight.sign()"}


def train_step(training: TrainingSpec) -> str:
    """The function that does one step."""
    lines = [
        "def train_step(network, optimizer, images, t):",
        '    """One step on one batch (chapter 4.5); returns its loss."""',
        "    network.train()",
        "    optimizer.zero_grad()",
        "    found = loss(network(tensor(images)), torch.from_numpy(t))",
        "    found.backward()",
    ]
    if training.clip_norm:
        lines.append("    nn.utils.clip_grad_norm_(network.parameters(), CLIP_NORM)")
    if training.decay_kind in PULLS and training.weight_decay:
        lines += _decay(PULLS[training.decay_kind], decoupled=OPTIMIZERS[training.optimizer.kind].item.decoupled)
    lines.append("    optimizer.step()")
    if training.decay_kind == "max_norm":
        lines.append("    hold_lengths(network, MAX_NORM)")
    return "\n".join([*lines, "    return found.item()"])


def _decay(pull: str, *, decoupled: bool) -> list[str]:
    """Weight decay that PyTorch does not have."""
    act = f'weight -= optimizer.param_groups[0]["lr"] * WEIGHT_DECAY * {pull}'
    if not decoupled:
        act = f"weight.grad += WEIGHT_DECAY * {pull}"
    return ["    with torch.no_grad():", "        for weight in weights(network):", f"            {act}"]
