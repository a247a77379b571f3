"""Networks nobody would think of: valid stacks of every registered layer, drawn from a seed.

They are lopsided on purpose (odd image sizes, kernels, strides and paddings that differ down and across), because
symmetric values hide mistakes, and their layers stand in orders that can be fused and in orders that cannot. The same
seed gives the same stack, uids included. Benchmarks look for the slowest of them, tests for one that computes
something else than the plain layers.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from fishlab.core.layers import LAYERS, LayerSpec, Shape
from fishlab.core.layers.base import Misfit
from fishlab.core.losses import LOSSES
from fishlab.core.shapes import infer
from fishlab.core.spec import USUAL_CLASSES, NetworkSpec

BLOCKS = (  # of layers that take images; c convolution, n batch normalization, r ReLU, p max pool, a average pool, ...
    "cr", "crp", "cpr", "cnr", "cnrp", "cnpr", "crcrp", "crcr", "ccp", "cp", "ca", "cra", "car", "cpp", "crrp", "csp",
    "ctp", "cp6r", "crp6", "cp3r", "cro", "cdr", "cor", "crpo", "cip", "crip", "cxr", "pcr", "rc", "nc", "cnrcnrp",
)  # fmt: skip
ROWS = ("f", "fr", "fs", "ft", "fnr", "fro", "frr", "ffr", "frn", "fi", "fx", "nfr", "ofr", "fs", "fdr", "frd", "rf")
PLAIN = {"r": "relu", "s": "sigmoid", "t": "tanh", "i": "identity", "x": "softmax"}
LARGE, SMALL = (17, 33), (7, 14)  # sides of an image
NARROW, WIDE = (1.0, 50.0), (0.0, 1.0)  # milliseconds a step at batch 100


def random_stack(seed: int, *, small: bool = False) -> NetworkSpec:
    """A valid stack that takes about 1 to 50 ms a step at batch 100; with `small` well under 1 ms, for tests."""
    rng = np.random.default_rng([seed, small])
    low, high = WIDE if small else NARROW
    while True:
        spec = _Drawing(rng, small).network(f"Stack {seed}")
        if infer(spec).ok and low <= rough_milliseconds(spec) <= high:
            return spec


def random_batch_size(seed: int, most: int = 130) -> int:
    """1 to `most` images; one and odd numbers come often, for they are what a share of a batch looks like."""
    rng = np.random.default_rng([seed, 7])
    return int(rng.choice([1, 2, 3, 17, *rng.integers(1, most + 1, 8)]))


def rough_milliseconds(spec: NetworkSpec) -> float:
    """What a step at batch 100 takes about, on one core: products at 60 GF/s, and 3 ns for every number in between."""
    reports = infer(spec).layers[:-1]
    products = sum(math.prod(report.mult_adds) for report in reports if report.mult_adds)
    numbers = sum(math.prod(report.out_shape or ()) for report in reports)
    return 100 * (6 * products / 60e6 + 3 * numbers / 1e6)


class _Drawing:
    """One stack in the making: the layers so far, and the shape that leaves them."""

    def __init__(self, rng: np.random.Generator, small: bool) -> None:
        self.rng, self.small = rng, small
        height, width = (int(side) for side in rng.integers(*(SMALL if small else LARGE), 2, endpoint=True))
        self.in_shape: Shape = (int(rng.integers(1, 4)), height, width)
        self.shape = self.in_shape
        self.layers: list[LayerSpec] = []

    def network(self, name: str) -> NetworkSpec:
        """Blocks over images, Flatten, blocks over rows, ten scores; each part may be missing."""
        for _ in range(self.rng.integers(0, 4)):
            self._block(str(self.rng.choice(BLOCKS)))
        self._add("flatten")
        for _ in range(self.rng.integers(0, 3)):
            self._block(str(self.rng.choice(ROWS)))
        self._add("affine", units=USUAL_CLASSES, bias=self._chance(0.8))
        loss = LOSSES["softmax_cross_entropy" if self._chance(0.8) else "squared_error"].item.Spec()
        return NetworkSpec(name=name, in_shape=self.in_shape, layers=tuple(self.layers), loss=loss)

    def _block(self, letters: str) -> None:
        draw: dict[str, Callable[[], None]] = {
            "c": self._convolution,
            "p": lambda: self._pooling("max_pool"),
            "a": lambda: self._pooling("average_pool"),
            "6": lambda: self._add("max_pool", pool_size=(2, 3), stride=(2, 3)),
            "3": lambda: self._add("max_pool", pool_size=(3, 2), stride=(1, 2)),
            "f": lambda: self._add("affine", units=self._size(1, 24, 300), bias=self._chance(0.8)),
            "n": lambda: self._add("batch_normalization", momentum=0.7, epsilon=1e-3),
            "o": lambda: self._add("dropout", rate=0.3),
            "d": self._any,
            **{letter: lambda kind=kind: self._add(kind) for letter, kind in PLAIN.items()},  # type: ignore[misc]
        }
        for letter in letters:
            draw[letter]()

    def _add(self, kind: str, **values: object) -> None:
        """One more layer, or none where it does not fit."""
        layer = LAYERS[kind].item.Spec(uid=f"{len(self.layers)}-{kind}", **values)
        try:
            self.shape = LAYERS[kind].item.output_shape(layer, self.shape)
        except Misfit:
            return
        self.layers.append(layer)

    def _any(self) -> None:
        """Any registered layer as it comes, so that a new one takes part without a word here."""
        self._add(str(self.rng.choice(LAYERS.kinds())))

    def _convolution(self) -> None:
        kernel, stride, padding = self._window(5, padded=0.6)
        filters, bias = self._size(1, 6, 40), self._chance(0.8)
        self._add("convolution", filters=filters, kernel_size=kernel, stride=stride, padding=padding, bias=bias)

    def _pooling(self, kind: str) -> None:
        window, stride, padding = self._window(3, padded=0.2)
        self._add(kind, pool_size=window, stride=stride, padding=padding)

    def _window(self, most: int, padded: float) -> tuple[tuple[int, int], ...]:
        """Size, stride and padding, each (down, across), that fit the image; often 1 x 1 and 2 x 2 strides."""
        padding_too = self._chance(padded)
        axes = [self._axis(size, most, padding_too) for size in self.shape[1:]] or [(1, 1, 0)] * 2
        (height, down, top), (width, across, left) = axes
        return (height, width), (down, across), (top, left)

    def _axis(self, size: int, most: int, padded: bool) -> tuple[int, int, int]:
        fits = [
            (window, stride, padding)
            for window in range(1, most + 1)
            for stride in (1, 1, 1, 2, 2, 3)
            for padding in range(window if padded else 1)
            if (span := size + 2 * padding - window) >= 0 and span % stride == 0
        ]
        window, stride, padding = fits[self.rng.integers(len(fits))]
        return window, stride, padding

    def _size(self, least: int, small: int, large: int) -> int:
        return int(self.rng.integers(least, small if self.small else large, endpoint=True))

    def _chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)
