"""The digits that FishLab draws itself, as a data set: always there, no network needed."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import fishlab
from fishlab.core.data import digits
from fishlab.core.data.cache import load_arrays, store_arrays
from fishlab.core.data.dataset import DATASETS, DIGITS, SAMPLES, Dataset, Progress, Source, Survey, image_set
from fishlab.core.data.digits.curves import bank
from fishlab.core.data.digits.raster import render
from fishlab.core.data.digits.variation import Strength, write
from fishlab.core.spec import DataSpec

TEST_DIGITS = 10_000  # as many as MNIST has, so that accuracies have the same grain


@DATASETS.register("digits", title="Drawn digits", help="Digits that FishLab draws itself; always there.")
class DrawnDigits(Source):
    """`drawn` training digits and TEST_DIGITS test digits of one wildness; the same spec draws the same digits."""

    last_resort = True

    def find(self, spec: DataSpec) -> DataSpec:
        return spec

    def key(self, spec: DataSpec) -> Hashable:
        return spec.drawn, spec.wildness

    def survey(self, spec: DataSpec) -> Survey:
        return Survey("Drawn digits", spec.drawn, TEST_DIGITS, None, (1, 28, 28), DIGITS)

    def samples(self, spec: DataSpec, count: int = SAMPLES) -> NDArray[np.uint8]:
        """Digits of the same hand as the set's, each digit in turn."""
        rng, strength = np.random.default_rng(0), Strength.of(spec.wildness)
        return render(rng, write(rng, bank(), np.arange(count) % 10, strength), strength)[:, np.newaxis]

    def labels(self, spec: DataSpec) -> NDArray[np.intp] | None:
        even = spec.drawn % digits.BLOCK == 0  # every block holds as many of each
        return np.repeat(np.arange(10), spec.drawn // 10) if even else None

    def load(self, spec: DataSpec, progress: Progress) -> Dataset:
        name = f"digits-{spec.drawn}-{spec.wildness}-{_style()}"
        arrays = load_arrays(name)
        if arrays is None:
            arrays = _draw(spec, progress)
            store_arrays(name, arrays)
        train, test = (image_set(arrays[f"{part}_images"], arrays[f"{part}_labels"]) for part in ("train", "test"))
        return Dataset("Drawn digits", "digits", train, test)


def _draw(spec: DataSpec, progress: Progress) -> dict[str, NDArray[Any]]:
    total = TEST_DIGITS + spec.drawn
    test = _draw_part("test", TEST_DIGITS, spec.wildness, progress, 0, total)
    train = _draw_part("train", spec.drawn, spec.wildness, progress, TEST_DIGITS, total)
    return {"train_images": train[0], "train_labels": train[1], "test_images": test[0], "test_labels": test[1]}


def _draw_part(
    split: Literal["train", "test"], count: int, wildness: float, progress: Progress, before: int, total: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    def tell(done: int, _: int) -> None:
        progress("Drawing digits", before + done, total)

    return digits.draw_digits(count, wildness=wildness, split=split, progress=tell)


@cache
def _style() -> str:
    """What the generator is, in 16 letters: digits drawn by an earlier one are not taken for its own."""
    sources = sorted(Path(digits.__file__).parent.glob("*.py"))
    digest = hashlib.sha256(fishlab.__version__.encode())
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
