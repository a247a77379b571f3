"""Which tensors a step shows, from left to right: what comes in, what is learned, what comes out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from fishlab.core.layers import LAYERS, Shape
from fishlab.core.stepper import LayerTrace, Trace
from fishlab.core.stepper.links import bordered
from fishlab.core.stepper.unfolded import Unfolded
from fishlab.ui.plots.stepper.steps import BACKWARD, LOSS, Step

Tensor = NDArray[np.floating]
MIDDLE = 4
PATCH = "patch"


@dataclass(frozen=True, eq=False)
class Shown:
    """A tensor by the name that links know it by, and what stands above it; or why there is none.

    `like` is the tensor whose numbers the colours stand for, where it is another. What is `of_image` is one row of a
    batch's tensor.
    """

    name: str
    tensor: Tensor | None
    words: str
    missing: str = ""
    pixels: bool = False
    like: Tensor | None = None
    of_image: bool = False


@dataclass(frozen=True)
class Sides:
    """Left, at most four in the middle, and right."""

    left: Shown
    middle: tuple[Shown, ...]
    right: Shown


def sides_of(trace: Trace, step: Step) -> Sides:
    """What a step shows."""
    layer = trace.layer(step.uid)
    if step.way == LOSS or layer is None:
        loss = trace.loss
        tensors = (("scores", loss.scores), ("y", loss.outputs), ("dscores", loss.dscores))
        scores, outputs, dscores = (Shown(name, tensor, name, of_image=True) for name, tensor in tensors)
        return Sides(scores, (outputs,), dscores)
    if step.way == BACKWARD:
        missing = _tr("Nothing before this layer learns, so that training does not compute dx here.")
        learned = (one for one in layer.parameters if one.role != "state")
        grads = (_gradient(one.name, one.grad, one.value is None) for one in learned)
        back = Shown("dx", layer.dx, "dx", missing, of_image=True)
        return Sides(Shown("dout", layer.dout, "dout", of_image=True), tuple(grads)[:MIDDLE], back)
    large = _tr("Too large to be kept for looking at.")
    patch = patch_of(layer)
    kept = tuple(Shown(one.name, one.value, one.name, large) for one in layer.parameters)
    first = layer is trace.layers[0] and len(layer.x) in (1, 3) and layer.x.ndim == 3
    seen = () if patch is None else (Shown(PATCH, patch, _tr("patch of x"), pixels=first, like=layer.x),)
    given = Shown("x", layer.x, "x", pixels=first, of_image=True)
    return Sides(given, (*seen, *kept)[:MIDDLE], Shown("out", layer.out, "out", of_image=True))


def patch_of(layer: LayerTrace, place: Shape = (0, 0, 0)) -> Tensor | None:
    """What a number of out sees of x, with zeros for the border, where that is a window of an image."""
    if layer.x.ndim != 3 or layer.out.ndim != 3 or layer.spec.branches:
        return None
    window = LAYERS[layer.spec.kind].item.reach(layer.spec, layer.x.shape, place)
    size = math.prod(map(len, window))
    pixels = len(window[1]) * len(window[2])
    return bordered(layer.x, window).astype(layer.x.dtype) if pixels > 1 and size < layer.x.size else None


def _gradient(name: str, grad: Tensor | None, large: bool) -> Shown:
    why = _tr("Too large to be kept for looking at.") if large else _tr("Frozen: it has no gradient.")
    return Shown(f"d{name}", grad, f"d{name}", why)


def unfolded_sides(layer: LayerTrace, step: Step, matrices: Unfolded) -> Sides:
    """What a step of a convolution shows as matrices."""
    if step.way == BACKWARD:
        missing = _tr("Nothing before this layer learns.") if layer.dx is None else ""
        dcol = matrices.dcol if layer.dx is not None else None
        weights = Shown("dweights", matrices.dweights, _tr("dW, of this image") if layer.parameters else "dW")
        return Sides(Shown("drows", matrices.drows, "dout"), (weights,), Shown("dcol", dcol, "dcol", missing))
    return Sides(Shown("col", matrices.col, "col"), (Shown("weights", matrices.weights, "W"),),
                 Shown("rows", matrices.rows, "out"))  # fmt: skip


def _tr(text: str) -> str:
    return QCoreApplication.translate("stepper", text)
