"""The digits that FishLab draws itself, as a data set: always there, no network needed."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Literal

from fishlab.core.data.dataset import DATASETS, Dataset, ImageSet, Progress, Source, image_set
from fishlab.core.data.digits import draw_digits
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

    def load(self, spec: DataSpec, progress: Progress) -> Dataset:
        total = spec.drawn + TEST_DIGITS
        test = _draw("test", TEST_DIGITS, spec.wildness, progress, 0, total)
        train = _draw("train", spec.drawn, spec.wildness, progress, TEST_DIGITS, total)
        return Dataset("Drawn digits", "digits", train, test)


def _draw(
    split: Literal["train", "test"], count: int, wildness: float, progress: Progress, before: int, total: int
) -> ImageSet:
    def tell(done: int, _: int) -> None:
        progress("Drawing digits", before + done, total)

    return image_set(*draw_digits(count, wildness=wildness, split=split, progress=tell))
