"""From a data set to what a training uses: subset, validation split and scaling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import DIGITS, Dataset, ImageSet
from fishlab.core.data.scaling import Scaling, find_scaling
from fishlab.core.errors import DataError
from fishlab.core.randomness import Stream, stream
from fishlab.core.spec import DataSpec

__all__ = ["Prepared", "Scaling", "prepare", "split"]


@dataclass(frozen=True, eq=False)
class Prepared:
    """The three parts of a data set, not yet scaled, and the scaling for all of them."""

    name: str
    kind: str
    train: ImageSet
    validation: ImageSet
    test: ImageSet
    scaling: Scaling
    class_names: tuple[str, ...] = DIGITS


def prepare(dataset: Dataset, spec: DataSpec, *, seed: int = 0) -> Prepared:
    """Take a random subset, set a share of it aside to validate, and find the scaling of what is left to learn from.

    The same seed gives the same split. Raises DataError if nothing is left to learn from.
    """
    learned, held_out = split(dataset, spec, seed=seed)
    validation, train = dataset.train.take(held_out), dataset.train.take(learned)
    scaling = find_scaling(train.images, spec)
    return Prepared(dataset.name, dataset.kind, train, validation, dataset.test, scaling, dataset.class_names)


def split(dataset: Dataset, spec: DataSpec, *, seed: int = 0) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The numbers of the training images that `prepare` learns from, and of those that it sets aside to validate.

    Raises DataError if nothing is left to learn from.
    """
    order = stream(seed, Stream.SPLIT).permutation(len(dataset.train))[: spec.subset or None]
    if not len(order):
        raise DataError(f"{dataset.name} has no training images: there is nothing to learn from. Choose other data.")
    held_out = round(spec.validation * len(order))
    if held_out >= len(order):
        raise DataError(
            f"Of {len(order):,} training images {held_out:,} would be set aside to validate, and none left to learn "
            "from. Use a larger subset or a smaller share to validate."
        )
    return order[held_out:], order[:held_out]
