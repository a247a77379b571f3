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

# Parts of a stack, a letter for each layer (see _Drawing). On images:
ON_IMAGES = (
    "cr", "crp", "cpr", "cnr", "cnrp", "cnpr", "crcrp", "crcr", "ccp", "cp", "ca", "cra", "car", "cpp", "crrp", "csp",
    "ctp", "cp6r", "crp6", "cp3r", "cro", "cdr", "cor", "crpo", "cip", "crip", "cxr", "pcr", "rc", "nc", "cnrcnrp",
    "cL", "cLp", "cEp", "cGp", "cnG", "cN", "cNL", "crRp", "cRp", "cB", "zc", "zcrp", "z", "u", "ucr", "cpu", "Tr",
    "cTr", "TL", "crT", "Tp", "aE", "h", "crh", "hcr", "S", "crm", "cnrm", "mf", "cpTp", "uT",
    "b", "cb", "crbr", "cnrbpb", "y", "yr", "cypy", "cyb",
)  # fmt: skip
ON_ROWS = (
    "f", "fr", "fs", "ft", "fnr", "fro", "frr", "ffr", "frn", "fi", "fx", "nfr", "ofr", "fs", "fdr", "frd", "rf",
    "fL", "fE", "fG", "fNr", "Nf", "NL", "fB", "Sf", "fhTrl", "fhucl", "frhRl", "hl", "b", "fbr", "frb", "y", "fyr",
)
PLAIN = {
    "r": "relu", "s": "sigmoid", "t": "tanh", "i": "identity", "x": "softmax", "G": "gelu", "l": "flatten",
    "m": "global_average_pool",
}  # fmt: skip
BODIES = ("k", "kr", "knr", "krk", "nrk", "kLN", "kR", "kp", "bk", "ko")  # of a residual block; k keeps the size
BRANCHES = ("", "k", "kr", "qk", "nk", "kkr", "rkE", "bk", "yk")  # of a parallel block
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
        self.made = self.depth = 0

    def network(self, name: str) -> NetworkSpec:
        """Parts over images, Flatten, parts over rows, ten scores; each part may be missing."""
        for _ in range(self.rng.integers(0, 4)):
            self._part(str(self.rng.choice(ON_IMAGES)))
        self._add("flatten")
        for _ in range(self.rng.integers(0, 3)):
            self._part(str(self.rng.choice(ON_ROWS)))
        self._add("affine", units=USUAL_CLASSES, bias=self._chance(0.8))
        loss = LOSSES["softmax_cross_entropy" if self._chance(0.8) else "squared_error"].item.Spec()
        return NetworkSpec(name=name, in_shape=self.in_shape, layers=tuple(self.layers), loss=loss)

    def _part(self, letters: str) -> None:
        draw: dict[str, Callable[[], None]] = {
            "c": self._convolution,
            "p": lambda: self._pooling("max_pool"),
            "a": lambda: self._pooling("average_pool"),
            "6": lambda: self._add("max_pool", pool_size=(2, 3), stride=(2, 3)),
            "3": lambda: self._add("max_pool", pool_size=(3, 2), stride=(1, 2)),
            "f": lambda: self._add("affine", units=self._size(1, 24, 300), bias=self._chance(0.8)),
            "n": lambda: self._add("batch_normalization", momentum=0.7, epsilon=1e-3),
            "N": lambda: self._add("layer_normalization", epsilon=1e-3),
            "R": lambda: self._add("local_response_normalization", size=self._size(1, 4, 9), alpha=0.5, k=1.5),
            "o": lambda: self._add("dropout", rate=0.3),
            "B": lambda: self._add("dropout", rate=0.3, scaled="predicting"),
            "L": lambda: self._add("leaky_relu", slope=0.2),
            "E": lambda: self._add("elu", alpha=0.7),
            "S": self._step,
            "z": self._zero_padding,
            "u": self._upsampling,
            "T": self._transposed_convolution,
            "h": self._reshape,
            "k": self._same_size,
            "q": lambda: self._add("max_pool", pool_size=(3, 3), stride=(1, 1), padding=(1, 1)),
            "b": self._residual,
            "y": self._parallel,
            "d": self._any,
            **{letter: lambda kind=kind: self._add(kind) for letter, kind in PLAIN.items()},  # type: ignore[misc]
        }
        for letter in letters:
            draw[letter]()

    def _add(self, kind: str, **values: object) -> None:
        """One more layer, or none where it does not fit."""
        layer = LAYERS[kind].item.Spec(uid=f"{self.made}-{kind}", **values)
        try:
            self.shape = LAYERS[kind].item.output_shape(layer, self.shape)
        except Misfit:
            return
        self.layers.append(layer)
        self.made += 1

    def _any(self) -> None:
        """Any registered layer as it comes, so that a new one takes part without a word here."""
        self._add(str(self.rng.choice([entry.kind for entry in LAYERS if not entry.item.Spec().branches])))

    def _convolution(self) -> None:
        kernel, stride, padding = self._window(5, padded=0.6)
        filters, bias = self._size(1, 6, 40), self._chance(0.8)
        self._add("convolution", filters=filters, kernel_size=kernel, stride=stride, padding=padding, bias=bias)

    def _pooling(self, kind: str) -> None:
        window, stride, padding = self._window(3, padded=0.2)
        self._add(kind, pool_size=window, stride=stride, padding=padding)

    # -- blocks ------------------------------------------------------------------------------------------------
    def _residual(self) -> None:
        """Body and shortcut, which is empty where that fits."""
        body, shape = self._branch(str(self.rng.choice(BODIES)))
        shortcut: tuple[LayerSpec, ...] = ()
        if shape != self.shape or self._chance(0.2):
            shortcut, found = self._branch("", like=shape)
            if found != shape:
                return
        self._add("residual", branches=(body, shortcut))

    def _parallel(self) -> None:
        branches = [self._branch(str(letters))[0] for letters in self.rng.choice(BRANCHES, self.rng.integers(2, 4))]
        self._add("parallel", branches=tuple(branches))

    def _branch(self, letters: str, like: Shape | None = None) -> tuple[tuple[LayerSpec, ...], Shape]:
        """A stack that begins with the shape at hand, and what comes out; `like`: the least that gives this shape."""
        outside, self.layers, start = self.layers, [], self.shape
        self.depth += 1
        self._part(letters if self.depth < 3 else letters.replace("b", "").replace("y", ""))
        if like is not None:
            self._project(like)
        self.depth -= 1
        found = tuple(self.layers), self.shape
        self.layers, self.shape = outside, start
        return found

    def _project(self, shape: Shape) -> None:
        if len(shape) == 1:
            self._add("affine", units=shape[0])
        else:
            stride = max(1, self.shape[1] // shape[1]), max(1, self.shape[2] // shape[2])
            self._add("convolution", filters=shape[0], kernel_size=(1, 1), stride=stride)

    def _same_size(self) -> None:
        """A convolution with odd sides that keeps rows and columns, often the channels too; an affine for a row."""
        channels = self.shape[0] if self._chance(0.6) else self._size(1, 5, 24)
        if len(self.shape) == 1:
            self._add("affine", units=channels)
        else:
            down, across = (int(side) for side in self.rng.choice([1, 3, 3, 5], 2))
            padding = (down // 2, across // 2)
            self._add("convolution", filters=channels, kernel_size=(down, across), padding=padding)

    # -- single layers -----------------------------------------------------------------------------------------
    def _step(self) -> None:
        """Only where nothing has learned yet: it would hide from every test what stands before it."""
        if all(layer.kind in ("reshape", "zero_padding", "flatten") for layer in self.layers):
            self._add("step", forward_only=True)

    def _zero_padding(self) -> None:
        top, bottom, left, right = (int(size) for size in self.rng.integers(0, 4, 4))
        self._add("zero_padding", top=top, bottom=bottom, left=left, right=right)

    def _upsampling(self) -> None:
        down, across = (int(factor) for factor in self.rng.choice([1, 2, 2, 3], 2))
        self._add("upsampling", factor=(down, across), method="bilinear" if self._chance(0.4) else "nearest")

    def _transposed_convolution(self) -> None:
        down, across = (int(step) for step in self.rng.choice([1, 1, 2, 2, 3], 2))
        extra = (int(self.rng.integers(down)), int(self.rng.integers(across)))
        kernel = (int(self.rng.integers(1, 5)), int(self.rng.integers(1, 5)))
        padding = (int(self.rng.integers(kernel[0])), int(self.rng.integers(kernel[1])))
        filters, bias = self._size(1, 5, 24), self._chance(0.8)
        self._add("transposed_convolution", filters=filters, kernel_size=kernel, stride=(down, across),
                  padding=padding, output_padding=extra, bias=bias)  # fmt: skip

    def _reshape(self) -> None:
        """Three numbers in any order whose product is the size."""
        size, factors = math.prod(self.shape), []
        for _ in range(2):
            factors.append(int(self.rng.choice([number for number in range(1, size + 1) if size % number == 0])))
            size //= factors[-1]
        self._add("reshape", shape=" × ".join(map(str, self.rng.permutation([*factors, size]))))

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
