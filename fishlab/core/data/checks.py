"""Whether a set of images can be learned from, or answered, by a network: said before any work is done."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import ImageSet
from fishlab.core.errors import TrainingError, UnfitError
from fishlab.core.layers import Shape
from fishlab.core.layers.base import shape_text
from fishlab.core.spec import NetworkSpec

_AT_ONCE = 4096


def refuse_unfit(network: NetworkSpec, images: ImageSet, what: str = "") -> None:
    """Raise UnfitError for images of another size and labels without a class, TrainingError for infinite numbers.

    `what` says in messages which images they are, such as "training".
    """
    what = f"{what} images".strip()
    _refuse_other_shape(network, images)
    _refuse_strange_labels(network, images, what)
    _refuse_infinite(images, what)


def _refuse_other_shape(network: NetworkSpec, images: ImageSet) -> None:
    if network.in_shape != images.shape:
        raise UnfitError(
            f"The network takes {shape_words(network.in_shape)}, and the images are {shape_words(images.shape)}. "
            "Fit the network to the data, or choose other images."
        )


def shape_words(shape: Shape) -> str:
    """What one image is, in words: '3 × 32 × 32', or 'rows of 2 numbers'."""
    return shape_text(shape) if len(shape) > 1 else f"rows of {shape[0]:,} numbers"


def _refuse_strange_labels(network: NetworkSpec, images: ImageSet, what: str) -> None:
    labels, classes = images.labels, network.classes
    strange = np.count_nonzero((labels < 0) | (labels >= classes))
    if not strange:
        return
    low, high = int(labels.min()), int(labels.max())
    remedy = "Check the labels, or leave those images out" if low < 0 else "Fit the network to the data"
    raise UnfitError(
        f"The network tells {classes:,} classes apart, 0 to {classes - 1:,}, and the labels of the {what} go from "
        f"{low:,} to {high:,}: {strange:,} of {len(labels):,} have no class. {remedy}."
    )


def _refuse_infinite(images: ImageSet, what: str) -> None:
    values = images.images
    if not np.issubdtype(values.dtype, np.floating):
        return
    found = [_not_finite(values[begin : begin + _AT_ONCE]) + begin for begin in range(0, len(values), _AT_ONCE)]
    places = np.concatenate(found) if found else np.empty(0, np.intp)
    if len(places):
        raise TrainingError(
            f"{len(places):,} of {len(values):,} {what} hold numbers that are not finite (NaN or infinity); the first "
            f"is number {int(places[0]) + 1:,}. Replace those numbers, or leave the images out."
        )


def _not_finite(values: NDArray[np.generic]) -> NDArray[np.intp]:
    """Which images hold NaN or infinity. A sum is not finite where a number is not, and needs no memory."""
    rows = values.reshape(len(values), -1)
    with np.errstate(all="ignore"):
        suspects = np.flatnonzero(~np.isfinite(np.add.reduce(rows, axis=1, dtype=np.float64)))
    found: NDArray[np.intp] = suspects[~np.isfinite(rows[suspects]).all(axis=1)]
    return found
