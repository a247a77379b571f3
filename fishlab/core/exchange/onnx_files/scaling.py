"""What becomes of data before the layers see them: told by the file, or done by the first nodes of its graph."""

from __future__ import annotations

import math

import numpy as np

from fishlab.core.data.scaling import Scaling
from fishlab.core.data.whitening import Whitening
from fishlab.core.exchange.formats import ExchangeError
from fishlab.core.exchange.model import UNIT
from fishlab.core.exchange.onnx_files.file import Input
from fishlab.core.exchange.onnx_files.tensors import NUMBERS
from fishlab.core.exchange.onnx_files.values import Value
from fishlab.core.layers.base import Array

SMALL = 1 / 50
"""A factor below this is one for grey levels of 0 to 255; others belong to images of 0 to 1."""

MOST_SCALED = 2**20
"""Numbers in an input that has more than one scale or shift: each number then gets its own."""

NOT_TOLD = "It does not say how its input was scaled: grey levels of 0 to 255 become 0 to 1 here, as is usual."
AS_THEY_ARE = "It does not say how its input was scaled: numbers are taken as they are."


def taken(root: Value, given: Input, told: Scaling | None) -> tuple[Scaling, str]:
    """The scaling of a network whose input is `root`, and a sentence about it."""
    if max(root.scale.size, root.shift.size) > 1 and math.prod(root.dims) > MOST_SCALED:
        raise ExchangeError(f"It scales the parts of an input of more than {MOST_SCALED:,} numbers differently.")
    scale, shift = (np.broadcast_to(array, root.dims).reshape(-1) for array in (root.scale, root.shift))
    if not (np.isfinite(scale).all() and np.isfinite(shift).all()):
        raise ExchangeError("It scales its input by numbers that are not finite.")
    if told is not None:
        return _behind(told, scale, shift)
    plain = bool((scale == 1).all() and not shift.any())
    images, whole = len(root.shape) == 3, NUMBERS[given.number] == np.uint8
    if plain and not whole:
        return (UNIT, NOT_TOLD) if images else (Scaling(1.0, 0.0), AS_THEY_ARE)
    levels = whole or not images or float(abs(scale).max()) < SMALL
    words = "Its first nodes scale the input; here that is the scaling of the data"
    return _scaling(scale, shift, 1.0 if levels else 1 / 255), f"{words}." if levels else f"{words}, from grey levels."


def _behind(told: Scaling, scale: Array, shift: Array) -> tuple[Scaling, str]:
    """What the file says, and then what its graph does."""
    if (scale == 1).all() and not shift.any():
        return told, "The scaling of the data is the one that the file tells."
    if told.whitening is not None or np.ptp(scale) or np.ptp(shift):
        raise ExchangeError("It scales its input twice, once for each pixel by itself. Scale it once.")
    first, then = float(scale[0]), float(shift[0])
    return Scaling(told.scale * first, told.shift * first + then), "The file tells a scaling, and its nodes another."


def _scaling(scale: Array, shift: Array, before: float) -> Scaling:
    """`scale` and `shift` of what `before` has made of the data: one for all numbers, or for each its own."""
    if not np.ptp(scale) and not np.ptp(shift):
        return Scaling(float(scale[0]) * before, float(shift[0]))
    if not scale.all():
        raise ExchangeError("It multiplies a part of its input by 0.")
    with np.errstate(over="ignore"):
        found = Whitening((-shift / scale).astype(np.float32), scale.astype(np.float32))
    if not (np.isfinite(found.mean).all() and np.isfinite(found.matrix).all()):
        raise ExchangeError("It scales its input by numbers that are not finite.")
    return Scaling(before, 0.0, found)
