"""Points of the plane in classes, to look at what a network does with two numbers: gates, circles, moons, spirals.

Each set is drawn from a seed of its own, `draw`; the points to test are drawn apart from those to learn from.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import DATASETS, Dataset, ImageSet, Progress, Source, Survey
from fishlab.core.randomness import Stream, stream
from fishlab.core.spec import GATES, DataSpec

INPUTS = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], np.float64)
ANSWERS = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "nand": (1, 1, 1, 0), "xor": (0, 1, 1, 0)}
TRAIN, TEST = 0, 1


class Clean(NamedTuple):
    """Points (n, 2) before they are scattered, and their labels (n,)."""

    points: NDArray[np.float64]
    labels: NDArray[np.intp]


class Plane(Source):
    """`points` to learn from and half as many to test, scattered by `noise`; a subclass says where they lie."""

    by_name = True
    title = ""

    def find(self, spec: DataSpec) -> DataSpec:
        return spec

    def key(self, spec: DataSpec) -> Hashable:
        return spec.gate, spec.points, spec.noise, spec.arms, spec.turns, spec.draw

    def load(self, spec: DataSpec, progress: Progress) -> Dataset:
        progress("Drawing points", 0, 1)
        train, test = self._draw(spec, spec.points, TRAIN), self._draw(spec, points_to_test(spec), TEST)
        return Dataset(self.name(spec), spec.source, train, test, self.names(spec))

    def survey(self, spec: DataSpec) -> Survey:
        return Survey(self.name(spec), spec.points, points_to_test(spec), None, (2,), self.names(spec))

    def labels(self, spec: DataSpec) -> NDArray[np.intp]:
        return self._draw(spec, spec.points, TRAIN).labels

    def _draw(self, spec: DataSpec, count: int, part: int) -> ImageSet:
        rng = stream(spec.draw, Stream.POINTS, part)
        points, labels = self.place(spec, rng, np.arange(count))
        scattered = points + rng.normal(0.0, spec.noise, points.shape)
        return ImageSet(scattered.astype(np.float32), labels)

    def name(self, spec: DataSpec) -> str:
        """What the set is called."""
        return self.title

    @abstractmethod
    def names(self, spec: DataSpec) -> tuple[str, ...]:
        """What the classes are called."""

    @abstractmethod
    def place(self, spec: DataSpec, rng: np.random.Generator, numbers: NDArray[np.intp]) -> Clean:
        """Where the points of these numbers 0, 1, ... lie; the classes take turns, so that each has its share."""


def points_to_test(spec: DataSpec) -> int:
    """How many points there are to test."""
    return -(-spec.points // 2)


@DATASETS.register("gates", title="Logic gates", chapter="2.3", help="The four points of AND, OR, NAND or XOR.")
class Gates(Plane):
    """The four inputs in turn, with the answer of the gate that `gate` names."""

    def name(self, spec: DataSpec) -> str:
        return f"{GATES[spec.gate]} gate"

    def names(self, spec: DataSpec) -> tuple[str, ...]:
        return "0", "1"

    def place(self, spec: DataSpec, rng: np.random.Generator, numbers: NDArray[np.intp]) -> Clean:
        return Clean(INPUTS[numbers % 4], np.array(ANSWERS[spec.gate], np.intp)[numbers % 4])


@DATASETS.register("circles", title="Circles", help="Points on circles inside each other.")
class Circles(Plane):
    """`arms` circles about the origin, the outermost of radius 1."""

    title = "Circles"

    def names(self, spec: DataSpec) -> tuple[str, ...]:
        return tuple(f"circle {number}" for number in range(1, spec.arms + 1))

    def place(self, spec: DataSpec, rng: np.random.Generator, numbers: NDArray[np.intp]) -> Clean:
        labels = numbers % spec.arms
        radius = (labels + 1) / spec.arms
        return Clean(_around(radius, rng.uniform(0, 2 * np.pi, len(numbers))), labels)


@DATASETS.register("moons", title="Moons", help="Two half circles that reach into each other.")
class Moons(Plane):
    """An upper half circle about (0, 0) and a lower one about (1, 0.5), both of radius 1."""

    title = "Moons"

    def names(self, spec: DataSpec) -> tuple[str, ...]:
        return "upper", "lower"

    def place(self, spec: DataSpec, rng: np.random.Generator, numbers: NDArray[np.intp]) -> Clean:
        labels = numbers % 2
        upper = _around(np.ones(len(numbers)), rng.uniform(0, np.pi, len(numbers)))
        return Clean(np.where(labels[:, None] == 0, upper, np.array([1.0, 0.5]) - upper), labels)


@DATASETS.register("spirals", title="Spirals", chapter="6.1", help="Arms of a spiral, one a class.")
class Spirals(Plane):
    """`arms` arms that leave the origin in even directions and go around `turns` times up to radius 1."""

    title = "Spirals"

    def names(self, spec: DataSpec) -> tuple[str, ...]:
        return tuple(f"arm {number}" for number in range(1, spec.arms + 1))

    def place(self, spec: DataSpec, rng: np.random.Generator, numbers: NDArray[np.intp]) -> Clean:
        labels = numbers % spec.arms
        radius = rng.uniform(0, 1, len(numbers))
        return Clean(_around(radius, 2 * np.pi * (spec.turns * radius + labels / spec.arms)), labels)


def _around(radius: NDArray[np.float64], angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (n, 2) from radii and angles (n,)."""
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
