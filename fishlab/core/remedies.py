"""What mends a run in trouble: pure functions from one project to the next, each with words for the button.

What changes the numbers a network begins with takes another seed too, so that the next run begins afresh with them;
what does not goes on with what has been learned.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from fishlab.core.augmentation import AUGMENTATIONS
from fishlab.core.initializers import INITIALIZERS
from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.shapes import infer, layer_type
from fishlab.core.spec import ProjectSpec, each_layer, walk

T = TypeVar("T")

DECAY = 1e-3
MOST_RATE = 100.0  # that an optimizer takes
DROPPED = 0.5
TURN, MOVE = 10.0, 2.0  # degrees and pixels: as far as people differ in writing the same digit


@dataclass(frozen=True)
class Remedy:
    """`title` is what the button says, `words` what it changes and why; `project` is the project with it."""

    title: str
    words: str
    project: ProjectSpec


def slower(project: ProjectSpec, *, afresh: bool = False) -> Remedy:
    """A tenth of the learning rate, or the usual one of the optimizer where it is far above that.

    `afresh` where the weights of this run are past mending.
    """
    rate = min(project.training.optimizer.learning_rate / 10, _usual_rate(project))
    words = f"Sets the learning rate to {rate:.3g}."
    if afresh:
        again = f"{words[:-1]}, and begins afresh with other weights."
        return Remedy(f"Rate {rate:.3g}, afresh", again, _afresh(_at_rate(project, rate)))
    return Remedy(f"Rate {rate:.3g}", words, _at_rate(project, rate))


def faster(project: ProjectSpec) -> Iterator[Remedy]:
    """Ten times the learning rate, or the usual one of the optimizer where it is far below that."""
    rate = max(project.training.optimizer.learning_rate * 10, _usual_rate(project))
    if rate <= MOST_RATE:
        yield Remedy(f"Rate {rate:.3g}", f"Sets the learning rate to {rate:.3g}.", _at_rate(project, rate))


def other_start(project: ProjectSpec) -> Iterator[Remedy]:
    """He values before rectifiers, Xavier values before sigmoids, where some layer begins with others (6.2)."""
    last = "xavier" if any(map(_saturates, walk(project.network.layers))) else "he"
    before = {
        layer.uid: last if follower is None else "xavier" if _saturates(follower) else "he"
        for layer, follower in _pairs(project)
        if hasattr(layer, "init")
    }

    def fitting(layer: LayerSpec) -> LayerSpec:
        kind = before.get(layer.uid, last)
        known = getattr(layer, "init", None) in ("normal", "zero")
        return layer.replace(init=kind) if known else layer

    layers = each_layer(project.network.layers, fitting)
    if layers != project.network.layers:
        names = " and ".join(INITIALIZERS[kind].title for kind in sorted(set(before.values())))
        words = f"Begins afresh with initial weights by {names}: as wide as the layers need them to pass signals on."
        yield Remedy(f"{names} start", words, _afresh(_with(project, layers)))


def begins_at_zero(project: ProjectSpec) -> bool:
    """Whether a layer before the last has weights that are all zero at first: none of its units ever learns (6.2.1)."""
    starts = [layer.init for layer in walk(project.network.layers) if hasattr(layer, "init")]
    return "zero" in starts[:-1]


def rectified(project: ProjectSpec) -> Iterator[Remedy]:
    """ReLU in place of sigmoid and tanh between layers, with He values."""
    stack = project.network.layers
    inner = {layer.uid for layer in walk(stack) if _saturates(layer)}
    if not inner:
        return

    def rectify(layer: LayerSpec) -> LayerSpec:
        if layer.uid in inner:
            return _made("relu", uid=layer.uid, name=layer.name)
        return layer.replace(init="he") if hasattr(layer, "init") else layer

    words = "Puts ReLU, whose slope does not vanish, in place of every sigmoid and tanh, and begins afresh."
    yield Remedy("Use ReLU", words, _afresh(_with(project, each_layer(stack, rectify))))


def normalized(project: ProjectSpec) -> Iterator[Remedy]:
    """Batch normalization before each activation of the network's own stack (6.3)."""
    stack = project.network.layers
    if any(LAYERS[layer.kind].group == "Normalize" for layer in walk(stack)):
        return
    found: list[LayerSpec] = []
    for layer, follower in _neighbours(stack):
        found.append(layer)
        if hasattr(layer, "init") and follower is not None and LAYERS[follower.kind].group == "Activation":
            found.append(_made("batch_normalization"))
    if len(found) > len(stack):
        words = "Puts batch normalization before each activation, and begins afresh: signals keep their size."
        yield Remedy("Normalise", words, _afresh(_with(project, found)))


def leaky(project: ProjectSpec) -> Iterator[Remedy]:
    """Leaky ReLU in place of ReLU, at a lower rate."""

    def leak(layer: LayerSpec) -> LayerSpec:
        return _made("leaky_relu", uid=layer.uid, name=layer.name) if _is(layer, "relu") else layer

    layers = each_layer(project.network.layers, leak)
    if layers != project.network.layers:
        rate = min(project.training.optimizer.learning_rate / 10, _usual_rate(project))
        words = f"Puts Leaky ReLU in place of ReLU, sets the learning rate to {rate:.3g}, and begins afresh."
        yield Remedy("Leaky ReLU", words, _afresh(_at_rate(_with(project, layers), rate)))


def all_images(project: ProjectSpec) -> Iterator[Remedy]:
    """Every image there is, where only some are used."""
    if project.data.subset:
        data = project.data.replace(subset=0)
        yield Remedy("Use all images", "Learns from all training images instead of a few of them.",
                     _afresh(project.replace(data=data)))  # fmt: skip


def dropout(project: ProjectSpec) -> Iterator[Remedy]:
    """Dropout before the last layer with weights, where there is none yet (6.4.3)."""
    stack = project.network.layers
    ends = [index for index, layer in enumerate(stack) if _is(layer, "affine")]
    if len(ends) < 2 or any(_is(layer, "dropout") for layer in walk(stack)):
        return
    layers = (*stack[: ends[-1]], _made("dropout", rate=DROPPED), *stack[ends[-1] :])
    yield Remedy("Add Dropout", f"Puts Dropout with rate {DROPPED:g} before the last layer, and begins afresh.",
                 _afresh(_with(project, layers)))  # fmt: skip


def decay(project: ProjectSpec) -> Iterator[Remedy]:
    """Weight decay, where there is none yet (6.4.2)."""
    training = project.training
    if training.weight_decay == 0.0 and training.decay_kind in ("l2", "l1"):
        yield Remedy("Weight decay", f"Sets the weight decay to {DECAY:g}: weights that are not needed become small.",
                     project.replace(training=training.replace(weight_decay=DECAY)))  # fmt: skip


def varied(project: ProjectSpec) -> Iterator[Remedy]:
    """Images turned and moved a little, where nothing is done to them yet (8.1.2)."""
    if not project.data.augmentation and len(project.network.in_shape) == 3:
        rotate, shift = (AUGMENTATIONS[kind].item.Spec for kind in ("rotate", "shift"))
        steps = (_filled(rotate, degrees=TURN), _filled(shift, pixels=MOVE))
        words = f"Turns each training image by up to {TURN:g} degrees and moves it by up to {MOVE:g} pixels, ever anew."
        yield Remedy("Vary the images", words, _afresh(project.replace(data=project.data.replace(augmentation=steps))))


def scaled(project: ProjectSpec) -> Iterator[Remedy]:
    """Grey levels of 0 to 1 in place of 0 to 255."""
    if project.data.scaling == "raw":
        words = "Scales grey levels to 0…1 instead of 0…255, and begins afresh: steps fit the weights again."
        yield Remedy("Scale to 0…1", words, _afresh(project.replace(data=project.data.replace(scaling="unit"))))


# -- parts -------------------------------------------------------------------------------------------------------------
def _with(project: ProjectSpec, layers: Iterable[LayerSpec]) -> ProjectSpec:
    return project.edit_network(lambda network: network.with_layers(layers))


def _usual_rate(project: ProjectSpec) -> float:
    return type(project.training.optimizer)().learning_rate


def _at_rate(project: ProjectSpec, rate: float) -> ProjectSpec:
    optimizer = project.training.optimizer.replace(learning_rate=rate)
    return project.replace(training=project.training.replace(optimizer=optimizer))


def _afresh(project: ProjectSpec) -> ProjectSpec:
    training = project.training
    return project.replace(training=training.replace(seed=(training.seed + 1) % 2**31))


def _made(kind: str, **values: Any) -> LayerSpec:
    return _filled(LAYERS[kind].item.Spec, **values)


def _filled(spec: Callable[..., T], **values: Any) -> T:
    return spec(**values)


def _is(layer: LayerSpec, kind: str) -> bool:
    """Whether it is what the remedy puts in, or takes out."""
    return isinstance(layer, LAYERS[kind].item.Spec)


def _saturates(layer: LayerSpec) -> bool:
    """Whether what comes out has two ends, at which the slope vanishes."""
    kind = layer_type(layer)
    ends = kind.ends(layer)
    return ends is not None and all(map(math.isfinite, ends)) and LAYERS[layer.kind].group == "Activation"


def _pairs(project: ProjectSpec) -> Iterator[tuple[LayerSpec, LayerSpec | None]]:
    """Every layer with the one after it in its own stack."""
    yield from _neighbours(project.network.layers)
    for layer in walk(project.network.layers):
        for branch in layer.branches:
            yield from _neighbours(branch)


def _neighbours(stack: tuple[LayerSpec, ...]) -> Iterator[tuple[LayerSpec, LayerSpec | None]]:
    followers = (*stack[1:], None) if stack else ()
    return zip(stack, followers, strict=True)


def works(remedy: Remedy) -> bool:
    """Whether the network fits together with it."""
    return infer(remedy.project.network).problem is None
