"""Hyper-parameters described as data: default, range, unit and help in one place.

A `Spec` is a frozen dataclass whose attributes are made by `int_field`, `float_field`, `pair_field`, `choice_field`,
`bool_field` or `text_field`. The inspector, the file format and the command line are built from these descriptions,
and a spec checks its own values when it is made, so a spec that exists is a spec in range.
"""

from __future__ import annotations

import dataclasses
import math
import operator
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from fishlab.core.errors import FieldError, SpecError

_KEY = "fishlab"


@dataclass(frozen=True)
class Choice:
    """One value of a choice field and the words a person sees."""

    value: str
    title: str


@dataclass(frozen=True)
class FieldInfo:
    """What a form needs to know of one hyper-parameter.

    `form` is int, float, pair, choice, bool or text. `shown_when` names another field and the values of it for
    which this one matters. `live` says that a change takes effect in a running training. `later` marks a field that
    files did not have at first: they leave it out as long as it is as it was then, at its default. `larger` and
    `smaller` say what happens when the number is.
    """

    form: str
    label: str
    help: str
    default: Any
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    shown_when: tuple[str, tuple[Any, ...]] | None = None
    live: bool = False
    later: bool = False
    minimum_open: bool = False
    larger: str = ""
    smaller: str = ""
    name: str = ""

    def check(self, value: Any) -> Any:
        """The value in its own type, or FieldError with the sentence to show under the field."""
        return _CHECKS[self.form](self, value)

    def matters(self, spec: Spec) -> bool:
        """Whether the field has a meaning for this spec, by `shown_when`."""
        return self.shown_when is None or getattr(spec, self.shown_when[0]) in self.shown_when[1]

    def range_text(self) -> str:
        """The allowed range in words, such as '1 to 512' or 'above 0'; empty where there is none."""
        low, high = self.minimum, self.maximum
        if low is not None and high is not None:
            return f"{'above ' if self.minimum_open else ''}{_number(low)} to {_number(high)}"
        if low is not None:
            return f"above {_number(low)}" if self.minimum_open else f"{_number(low)} or more"
        return "" if high is None else f"{_number(high)} or less"

    def _refuse(self, value: Any, wanted: str) -> FieldError:
        return FieldError(self.name, f"{self.label} is {_shown(value)}: it takes {wanted}.")


def whole_text(text: str) -> str:
    """A text that can be written anywhere: halves of letters, as in names of files that are none, become “?”."""
    return text.encode("utf-8", "replace").decode()


def _shown(value: Any) -> str:
    """A refused value, short enough for a sentence whatever it is."""
    try:
        return reprlib.repr(value)
    except Exception:  # a repr that fails must not hide the refusal
        return "too long to show"


def _number(value: float) -> str:
    return f"{int(value):,}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:g}"


def _check_range(info: FieldInfo, value: float, what: str) -> None:
    low, high = info.minimum, info.maximum
    too_low = low is not None and (value < low or (info.minimum_open and value == low))
    if too_low or (high is not None and value > high):
        raise info._refuse(value, f"{what}, {info.range_text()}")


def _check_int(info: FieldInfo, value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise info._refuse(value, "a whole number")
    try:
        number = operator.index(value)
    except TypeError:
        raise info._refuse(value, "a whole number") from None
    _check_range(info, number, "a whole number")
    return number


def _check_float(info: FieldInfo, value: Any) -> float:
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise info._refuse(value, "a number")
    try:
        number = float(value)
    except (OverflowError, TypeError, ValueError):
        raise info._refuse(value, "a number") from None
    if not math.isfinite(number):
        raise info._refuse(value, "a finite number")
    _check_range(info, number, "a number")
    return number


def _check_pair(info: FieldInfo, value: Any) -> tuple[int, int]:
    pair = (value, value) if hasattr(value, "__index__") else value
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise info._refuse(value, "two whole numbers, rows and columns")
    return _check_int(info, pair[0]), _check_int(info, pair[1])


def _check_choice(info: FieldInfo, value: Any) -> str:
    values = [choice.value for choice in info.choices]
    if not isinstance(value, str) or value not in values:
        raise info._refuse(value, "one of " + ", ".join(values))
    return str(value)


def _check_bool(info: FieldInfo, value: Any) -> bool:
    if not isinstance(value, bool):
        raise info._refuse(value, "true or false")
    return value


def _check_text(info: FieldInfo, value: Any) -> str:
    if not isinstance(value, str) or len(value) > 4096:
        raise info._refuse(value, "a text of at most 4096 letters")
    return value


_CHECKS = {
    "int": _check_int,
    "float": _check_float,
    "pair": _check_pair,
    "choice": _check_choice,
    "bool": _check_bool,
    "text": _check_text,
}


def _field(info: FieldInfo) -> Any:
    return dataclasses.field(default=info.default, metadata={_KEY: info})


def int_field(default: int, label: str, help: str, *, minimum: int = 0, maximum: int = 2**31 - 1, **more: Any) -> Any:
    """A whole number in minimum..maximum."""
    return _field(FieldInfo("int", label, help, default, minimum, maximum, **more))


def float_field(
    default: float, label: str, help: str, *, minimum: float | None = None, maximum: float | None = None, **more: Any
) -> Any:
    """A finite number; `minimum_open=True` leaves the minimum itself out."""
    return _field(FieldInfo("float", label, help, default, minimum, maximum, **more))


def pair_field(
    default: tuple[int, int], label: str, help: str, *, minimum: int = 0, maximum: int = 1024, **more: Any
) -> Any:
    """Two whole numbers, (rows, columns); a single number stands for both."""
    return _field(FieldInfo("pair", label, help, default, minimum, maximum, **more))


def choice_field(default: str, label: str, help: str, choices: Mapping[str, str], **more: Any) -> Any:
    """One of `choices`: value in files -> words for people."""
    options = tuple(Choice(value, title) for value, title in choices.items())
    return _field(FieldInfo("choice", label, help, default, choices=options, **more))


def bool_field(default: bool, label: str, help: str, **more: Any) -> Any:
    """Yes or no."""
    return _field(FieldInfo("bool", label, help, default, **more))


def text_field(default: str, label: str, help: str, **more: Any) -> Any:
    """A short text."""
    return _field(FieldInfo("text", label, help, default, **more))


_described: dict[type[Spec], tuple[FieldInfo, ...]] = {}


def describe(spec_type: type[Spec]) -> tuple[FieldInfo, ...]:
    """The described fields of a spec class, in order."""
    if spec_type not in _described:
        _described[spec_type] = tuple(
            dataclasses.replace(field.metadata[_KEY], name=field.name)
            for field in dataclasses.fields(spec_type)
            if _KEY in field.metadata
        )
    return _described[spec_type]


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A frozen bundle of described hyper-parameters; `kind` is its name in files."""

    kind: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for info in describe(type(self)):
            object.__setattr__(self, info.name, info.check(getattr(self, info.name)))

    def replace(self, **changes: Any) -> Self:
        """A copy with some values changed, checked like any other."""
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict of `kind` and every field, but for the `later` ones at their defaults."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        for info in describe(type(self)):
            if info.later and values[info.name] == info.default:
                del values[info.name]
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
        return {"kind": self.kind, **plain} if self.kind else plain

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The spec that `to_dict` wrote; fields left out take their defaults. Raises SpecError or FieldError."""
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = set(data) - known - {"kind"}
        if unknown:
            raise SpecError(f"{cls.kind or cls.__name__} has no field {sorted(unknown)[0]!r}.")
        return cls(**{name: value for name, value in data.items() if name in known})
