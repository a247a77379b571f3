"""From the description of a hyper-parameter to the field that a person fills in, and its tooltip."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import QCoreApplication

from fishlab.core.fields import FieldInfo
from fishlab.ui.widgets.explanation import Explanation
from fishlab.ui.widgets.field import Field
from fishlab.ui.widgets.fields import CheckField, ChoiceField, FloatField, PairField, SpinField, TextField

_WIDEST = 1e12  # where a description names no bound
_SHORT = 20  # letters that fit beside a check box
_SIGN = 2


def make_field(info: FieldInfo, words: Mapping[str, str] | None = None) -> Field:
    """Return the field for `info`; `words` are shorter texts for some values of a choice."""
    return _MAKERS[info.form](info, words or {})


def tooltip(info: FieldInfo, chapter: str = "") -> str:
    """Return what it is, its range and unit, its default and the chapter."""
    said = field_explanation(info, chapter)
    return replace(said, larger="", smaller="").plain()


def field_explanation(info: FieldInfo, chapter: str = "") -> Explanation:
    """Return what Explain says of it: what the tooltip does, and what happens when it is larger or smaller."""
    lines = (_range_line(info), _tr("Default {value}").format(value=_value_text(info)))
    limits = "\n".join(line for line in lines if line)
    return Explanation(info.help, larger=info.larger, smaller=info.smaller, limits=limits, chapter=chapter)


def _range_line(info: FieldInfo) -> str:
    words = f"{info.range_text()} {info.unit}".strip()
    return words[:1].upper() + words[1:] if info.range_text() else ""


def _value_text(info: FieldInfo) -> str:
    if isinstance(info.default, bool):
        return _tr("on") if info.default else _tr("off")
    if isinstance(info.default, tuple):
        return " × ".join(map(str, info.default))
    titles = {choice.value: choice.title for choice in info.choices}
    if isinstance(info.default, str):
        return titles.get(info.default, info.default) or _tr("empty")
    return f"{info.default:,}" if isinstance(info.default, int) else f"{info.default:.4g}"


def _whole(info: FieldInfo, words: Mapping[str, str]) -> Field:
    return SpinField(info.label, *_whole_bounds(info), step=_whole_step(info), unit=_short_unit(info))


def _pair(info: FieldInfo, words: Mapping[str, str]) -> Field:
    return PairField(info.label, *_whole_bounds(info))


def _number(info: FieldInfo, words: Mapping[str, str]) -> Field:
    low = -_WIDEST if info.minimum is None else info.minimum
    high = _WIDEST if info.maximum is None else info.maximum
    by_magnitude = low >= 0 and high > 1
    return FloatField(info.label, low, high, step=_step(info), log=by_magnitude, unit=_short_unit(info))


def _choice(info: FieldInfo, words: Mapping[str, str]) -> Field:
    choices = [(choice.value, words.get(choice.value, choice.title)) for choice in info.choices]
    return ChoiceField(info.label, choices)


def _yes_or_no(info: FieldInfo, words: Mapping[str, str]) -> Field:
    said = info.help[:1].lower() + info.help[1:].rstrip(".")
    return CheckField(info.label, said if len(said) <= _SHORT else "")


def _text(info: FieldInfo, words: Mapping[str, str]) -> Field:
    return TextField(info.label)


def _short_unit(info: FieldInfo) -> str:
    """A sign such as % stands behind the number; a word only in the tooltip, for it would not fit."""
    return info.unit if len(info.unit) <= _SIGN else ""


def _whole_bounds(info: FieldInfo) -> tuple[int, int]:
    low = 0 if info.minimum is None else int(info.minimum)
    high = 2**31 - 1 if info.maximum is None else int(info.maximum)
    return low, high


def _whole_step(info: FieldInfo) -> int:
    """1, or a tenth of a large default in round numbers, so that arrows get somewhere."""
    digits = len(str(int(info.default)))
    return 10 ** (digits - 2) if digits > 3 else 1


def _step(info: FieldInfo) -> float:
    """0.1, or 0.01 for a share that is usually close to one end."""
    return 0.1 if info.default < 0.9 else 0.01


_MAKERS: dict[str, Callable[[FieldInfo, Mapping[str, str]], Field]] = {
    "int": _whole,
    "float": _number,
    "pair": _pair,
    "choice": _choice,
    "bool": _yes_or_no,
    "text": _text,
}


def _tr(text: str) -> str:
    return QCoreApplication.translate("inspector", text)
