"""Numbers as people read them, the same in every panel: commas in counts, U+2212 minus, no letter e for an exponent.

bytes_text(175_960)        '176 kB'
count_text(3_500_000)      '3.5 million'
short_count(865_000)       '865 k'
duration_text(180)         '3 min'
loss_text(0.0361)          '0.0361'
percent_text(0.9896)       '98.96 %'
answer_text(answer, 3)     '98.9 %', '1.07' where a network gives scores and no chances
significant(0.3)           '0.30'           measured: always so many digits
plain(0.3)                 '0.3'            chosen round, as on an axis
"""

import math
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LEAST_POWER, _MOST_POWER = -4, 4  # of ten; beyond, zeros are harder to count than a power is to read
_ROUNDS_UP = 0.9995  # of the next unit: 999,600 bytes are 1.0 MB, not 1,000 kB


def bytes_text(count: int) -> str:
    """Return a number of bytes: '6.9 MB', '176 kB'."""
    return _in_units(count, (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))) or f"{count} B"


def count_text(count: int) -> str:
    """Return a count, a large one in words: '432,000', '3.5 million', '143 billion'."""
    return _in_units(count, ((_tr("billion"), 1e9), (_tr("million"), 1e6))) or f"{count:,}"


def short_count(count: int) -> str:
    """Return a count in three digits and a letter: '865 k'."""
    return _in_units(count, (("G", 1e9), ("M", 1e6), ("k", 1e3))) or str(count)


def duration_text(seconds: float) -> str:
    """Return a time: '12 s', '3 min', '1.5 h'."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{max(1, round(seconds))} s"


def loss_text(value: float) -> str:
    """Return a loss: four decimals; two digits of what is smaller, three of what is much larger."""
    if 0.001 <= value < 10:
        return f"{value:.4f}"
    return significant(value, 2 if value < 1 else 3)


def percent_text(share: float, decimals: int = 2) -> str:
    """Return a share of 1 in percent: '98.96 %'."""
    return f"{100 * share:.{decimals}f} %"


def answer_text(answer: Sequence[float], place: int) -> str:
    """Return what a network says of one class: in percent where its answers are chances, 0 to 1, else as a number."""
    chances = all(0 <= value <= 1 + 1e-6 for value in answer)
    return percent_text(float(answer[place]), 1) if chances else significant(float(answer[place]), 3)


def significant(value: float, digits: int = 2) -> str:
    """Return `value` with exactly so many digits that count: '0.30', '2,900', '2.9·10⁷'; '∞' and '—' for no number."""
    if not math.isfinite(value):
        return "—" if math.isnan(value) else f"{_minus(value)}∞"
    if value == 0:
        return "0"
    mantissa, exponent = f"{abs(value):.{digits - 1}e}".split("e")
    power = int(exponent)
    if _LEAST_POWER <= power <= _MOST_POWER:
        return f"{_minus(value)}{float(f'{mantissa}e{power}'):,.{max(0, digits - 1 - power)}f}"
    return f"{_minus(value)}{mantissa}·10{str(power).translate(_RAISED)}"


def plain(value: float, digits: int = 6) -> str:
    """Return `value` in at most so many digits, without zeros at the end: '0.3', '10,000', '10⁷'."""
    number, times, power = significant(value, digits).partition("·")
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return f"{_minus(value)}{power}" if times and number.lstrip("−") == "1" else f"{number}{times}{power}"


def _in_units(count: int, units: tuple[tuple[str, float], ...]) -> str:
    """One decimal up to a hundred of a unit, none above; empty where every unit is too large."""
    for unit, size in units:
        if count >= _ROUNDS_UP * size:
            return f"{count / size:.1f} {unit}" if count < 99.95 * size else f"{count / size:,.0f} {unit}"
    return ""


def _minus(value: float) -> str:
    return "−" if value < 0 else ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("numbers", text)
