"""Where the numbers of an axis stand and what they say; at most 7 across and 5 upwards."""

from __future__ import annotations

import math

import numpy as np

from fishlab.ui.numbers import plain

Tick = tuple[float, str]
Range = tuple[float, float]

ACROSS = 7
UPWARDS = 5
LEAST_SHARE = 0.02  # an axis of less makes hills of single images
FLOOR = 1e-8  # a loss below is drawn here: zero has no logarithm


def epochs_shown(x: float) -> int:
    """How many epochs the axis shows for a run that stands at `x`: whole ones, at least one."""
    return max(1, math.ceil(x - 1e-9))


def epoch_ticks(epochs: int) -> list[Tick]:
    """Whole epochs; within the first one, tenths of it."""
    if epochs == 1:
        return [(value, f"{value:g}") for value in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)]
    step = nice_step(epochs, ACROSS, whole=True)
    return [(value, f"{value:,.0f}") for value in np.arange(0.0, epochs + step / 2, step) if value <= epochs]


def places(first: float, last: float) -> list[Tick]:
    """Numbers of a logarithmic axis of epochs, which runs from `first` to `last`."""
    return [(10.0**power, text) for power, text in log_ticks(math.log10(first), math.log10(last))]


def log_range(low: float, high: float) -> Range:
    """The range of log10 around positive values, to fifths of a decade so that it seldom moves."""
    bottom = math.floor(math.log10(max(low, FLOOR)) * 5 - 0.5) / 5
    top = math.ceil(math.log10(max(high, FLOOR)) * 5 + 0.5) / 5
    return bottom, max(top, bottom + 0.4)


def log_ticks(bottom: float, top: float) -> list[Tick]:
    """Decades of a log10 axis; where there are fewer than two, also 2 and 5 of each."""
    decades = [float(power) for power in range(math.ceil(bottom), math.floor(top) + 1)]
    if len(decades) >= 2:
        decades = decades[:: math.ceil(len(decades) / UPWARDS)]
        return [(power, plain(10.0**power)) for power in decades]
    powers = range(math.floor(bottom), math.ceil(top) + 1)
    steps = [math.log10(digit) + power for power in powers for digit in (1, 2, 5)]
    return [(value, plain(10.0**value, 3)) for value in steps if bottom <= value <= top]


def linear_range(low: float, high: float) -> Range:
    """A range from 0, or a step of the axis below `low`, to above `high`."""
    step = nice_step(max(high - min(low, 0.0), 1e-9), UPWARDS)
    return min(0.0, math.floor(low / step) * step), high + 0.25 * step


def linear_ticks(bottom: float, top: float) -> list[Tick]:
    """Round numbers from `bottom` to `top`."""
    step = nice_step(top - bottom, UPWARDS)
    return [(value, plain(value)) for value in _multiples(bottom, top, step)]


def percent_range(low: float, high: float) -> Range:
    """The range of shares between `low` and `high` of 1, a little more at both ends, never far beyond 0 and 1."""
    step = nice_step(max(high - low, LEAST_SHARE), UPWARDS)
    bottom = min(1.0 - LEAST_SHARE, max(0.0, math.floor(low / step) * step))
    top = max(bottom + LEAST_SHARE, min(1.0, math.ceil(high / step) * step))
    margin = 0.06 * (top - bottom)
    return bottom - margin, top + margin


def percent_ticks(bottom: float, top: float) -> list[Tick]:
    """Round percentages: 94 %, 96 %, 98 %, 100 %."""
    step = nice_step(top - bottom, UPWARDS)
    return [(value, f"{100 * value:.6g} %") for value in _multiples(bottom, top, step) if -1e-9 <= value <= 1 + 1e-9]


def symmetric_ticks(limit: float) -> list[Tick]:
    """Signed numbers around zero, three or five: −0.4, −0.2, 0, +0.2, +0.4."""
    step = nice_step(limit, UPWARDS // 2 + 1)
    return [(value, signed(value)) for value in _multiples(-limit, limit, step)]


def signed(value: float) -> str:
    """A number with its sign, minus as U+2212; zero without."""
    return f"+{plain(value, 2)}" if value > 0 else plain(value, 2)


def nice_step(span: float, most: int, *, whole: bool = False) -> float:
    """The smallest of 1, 2, 5 times a power of ten of which `span` from 0 holds at most `most` multiples."""
    power = math.floor(math.log10(span / most))
    for step in (digit * 10.0**exponent for exponent in (power, power + 1) for digit in (1, 2, 5)):
        if (not whole or step >= 1) and math.floor(span / step + 1e-9) + 1 <= most:
            return step
    return 10.0 ** (power + 2)


def _multiples(bottom: float, top: float, step: float) -> list[float]:
    first, last = math.ceil(bottom / step - 1e-9), math.floor(top / step + 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]
