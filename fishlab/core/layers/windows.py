"""How far a window slides: the output-size formula (chapter 7.2.4), and its arithmetic where it does not work out.

Convolution and pooling share all of it. Rows and columns are two `Axis` values; nothing here knows of layers beyond
`Misfit`, the sentence a person reads, and the repairs that are worth trying.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fishlab.core.fields import pair_field
from fishlab.core.layers.base import Fix, Misfit, Shape, SizeFormula

Pair = tuple[int, int]
MOST_FIXES = 3


def stride_field(default: Pair) -> Any:
    """The stride of a sliding window."""
    return pair_field(
        default, "Stride", "How far the window moves at each step, down and across.", minimum=1,
        larger="The output is smaller and the layer faster; what lies between two places is seen less well.",
        smaller="The output keeps more places; 1 goes over every pixel.",
    )


def padding_field() -> Any:
    """The padding of a sliding window."""
    return pair_field(
        (0, 0), "Padding", "Rows and columns put around the image on every side.", minimum=0,
        larger="The output is larger, and the border is seen as often as the middle.",
        smaller="The output shrinks with each layer; 0 uses only real pixels.",
    )


@dataclass(frozen=True)
class Axis:
    """One direction: an image of `size`, `padding` on both sides, a window that moves by `stride`."""

    name: str
    size: int
    window: int
    stride: int
    padding: int

    @property
    def span(self) -> int:
        """How far the window can travel: H + 2P - FH."""
        return self.size + 2 * self.padding - self.window

    @property
    def fits(self) -> bool:
        """Whether the window is no larger than the image and its steps end at the edge."""
        return self.span >= 0 and self.span % self.stride == 0

    @property
    def out(self) -> int:
        """OH = (H + 2P - FH) / S + 1, for an axis that fits."""
        return self.span // self.stride + 1

    @property
    def numerator(self) -> str:
        """H + 2P - FH with its numbers."""
        return f"{self.size} + 2·{self.padding} − {self.window}"

    @property
    def result(self) -> str:
        """The outcome of the formula, whole or not: '12.5'."""
        return f"{self.span / self.stride + 1:.2f}".rstrip("0").rstrip(".").replace("-", "−")

    @property
    def arithmetic(self) -> str:
        """The formula with its numbers: '(28 + 2·0 − 5) / 2 + 1 = 12.5'."""
        exact = 100 * self.span % self.stride == 0
        return f"({self.numerator}) / {self.stride} + 1 {'=' if exact else '≈'} {self.result}"


def pair_text(pair: Iterable[Any]) -> str:
    """'5 × 5': rows by columns."""
    return " × ".join(str(size) for size in pair)


def short_pair(pair: Iterable[Any]) -> str:
    """'2' where both directions agree, else '2 × 3'."""
    rows, columns = pair
    return str(rows) if rows == columns else pair_text((rows, columns))


def window_at(place: Shape, window: Pair, stride: Pair, padding: Pair) -> tuple[range, ...]:
    """Rows and columns of the image that the window of one output pixel looks at; a border counts from below 0."""
    begins = (index * step - border for index, step, border in zip(place, stride, padding, strict=True))
    return tuple(range(begin, begin + size) for begin, size in zip(begins, window, strict=True))


@dataclass(frozen=True)
class Sliding:
    """A window over an image of (C, H, W), and the words for it.

    `field` is the name of the layer's field for the window's size and `label` its title; `noun` is what slides;
    `least` is the smallest window that is worth proposing.
    """

    in_shape: Shape
    channels: int
    window: Pair
    stride: Pair
    padding: Pair
    field: str
    label: str
    noun: str
    least: int = 1

    @property
    def axes(self) -> tuple[Axis, Axis]:
        """Rows, then columns."""
        sizes = zip(self.in_shape[1:], self.window, self.stride, self.padding, strict=True)
        rows, columns = (Axis(name, *values) for name, values in zip(("rows", "columns"), sizes, strict=True))
        return rows, columns

    def output_shape(self) -> Shape:
        """(channels, OH, OW), or Misfit with the arithmetic that fails."""
        bad = [axis for axis in self.axes if not axis.fits]
        if bad:
            raise self._too_large(bad) if any(axis.span < 0 for axis in bad) else self._uneven(bad)
        return (self.channels, *(axis.out for axis in self.axes))

    def size_formula(self) -> SizeFormula:
        """The formula of the first direction that does not work out, else of the rows."""
        axis = next((axis for axis in self.axes if not axis.fits), self.axes[0])
        letter = "H" if axis.name == "rows" else "W"
        return SizeFormula(
            f"O{letter}", f"{letter} + 2P − F{letter}", "S", "+ 1", axis.result, axis.numerator, str(axis.stride)
        )

    # -- where it does not work out ------------------------------------------------------------------------------
    def _uneven(self, bad: list[Axis]) -> Misfit:
        first = bad[0]
        return Misfit(
            f"The {pair_text(self.window)} {self.noun} {_uneven_over(bad, self._alike)}. {_why_uneven(bad)}",
            summary="does not fit evenly",
            arithmetic=self._arithmetic(first),
            fields=("stride",),
            short=f"{first.span} is not divisible by {first.stride}",
            shape_text=self._shape_text(),
            fixes=tuple(self._fixes()),
        )

    def _too_large(self, bad: list[Axis]) -> Misfit:
        first = next(axis for axis in bad if axis.span < 0)
        padded = [axis.size + 2 * axis.padding for axis in self.axes]
        with_padding = ", padding included" if any(self.padding) else ""
        return Misfit(
            f"The {pair_text(self.window)} {self.noun} is larger than the image, which has {pair_text(padded)} pixels"
            f"{with_padding}.",
            summary="is larger than its image",
            arithmetic=self._arithmetic(first),
            fields=(self.field,),
            short=f"{first.window} is more than {first.size + 2 * first.padding}",
            shape_text=self._shape_text(),
            fixes=tuple(self._fixes()),
        )

    @property
    def _alike(self) -> bool:
        rows, columns = self.axes
        return dataclasses.replace(rows, name="") == dataclasses.replace(columns, name="")

    def _arithmetic(self, axis: Axis) -> str:
        return axis.arithmetic if self._alike else f"{axis.name.capitalize()}: {axis.arithmetic}"

    def _shape_text(self) -> str:
        return pair_text((self.channels, *(axis.result for axis in self.axes)))

    def _fixes(self) -> Iterator[Fix]:
        """The nearest padding, stride and windows that fit, few enough for one row of buttons."""
        found = [
            self._fix("Padding", "padding", lambda axis: _by_distance(axis.padding, range(axis.window))),
            self._fix("Stride", "stride", lambda axis: range(axis.stride - 1, 0, -1)),
            self._fix(self.label, "window", lambda axis: range(axis.window - 1, self.least - 1, -1)),
            self._fix(self.label, "window", lambda axis: range(axis.window + 1, axis.size + 2 * axis.padding + 1)),
        ]
        return iter([fix for fix in found if fix][:MOST_FIXES])

    def _fix(self, label: str, attribute: str, values_of: Callable[[Axis], Iterable[int]]) -> Fix | None:
        """Each direction that fails with the first of its values that fits; what fits is left alone."""
        found = [axis if axis.fits else _first_fit(axis, attribute, values_of(axis)) for axis in self.axes]
        mended = [axis for axis in found if axis]
        if len(mended) < len(found):
            return None
        values = tuple(getattr(axis, attribute) for axis in mended)
        field = self.field if attribute == "window" else attribute
        return Fix(f"{label} {short_pair(values)} → {short_pair(axis.out for axis in mended)}", {field: values})


def _uneven_over(bad: list[Axis], alike: bool) -> str:
    if alike:
        return "does not fit evenly"
    if len(bad) == 1:
        return f"does not fit the {bad[0].name} evenly"
    return "fits neither the rows nor the columns evenly"


def _why_uneven(bad: list[Axis]) -> str:
    """2P only adds even numbers: an odd span stays odd, whatever the padding."""
    odd = [axis for axis in bad if axis.span % 2 == 1 and axis.stride % 2 == 0]
    if odd:
        over = "" if len(odd) == len(bad) else f" over the {odd[0].name}"
        return f"Padding cannot help{over}: {odd[0].size - odd[0].window} + 2P is always odd.".replace(": -", ": −")
    left = " and ".join(_count(axis.span % axis.stride, axis.name) for axis in bad)
    verb = "is" if left.startswith("1 ") and len(bad) == 1 else "are"
    return f"After the last step {left} {verb} left over."


def _count(number: int, plural: str) -> str:
    return f"{number} {plural}" if number != 1 else f"1 {plural.removesuffix('s')}"


def _first_fit(axis: Axis, attribute: str, values: Iterable[int]) -> Axis | None:
    changes: Iterator[dict[str, Any]] = ({attribute: value} for value in values)
    changed = (dataclasses.replace(axis, **change) for change in changes)
    return next((axis for axis in changed if axis.fits), None)


def _by_distance(middle: int, values: Iterable[int]) -> list[int]:
    return sorted(values, key=lambda value: (abs(value - middle), -value))
