"""What is read from a file is checked before it is believed; what is wrong is a SpecError."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any

from fishlab.core.errors import SpecError


def entry(data: Any, name: str, wanted: type, what: str) -> Any:
    """What a table holds under a name, of the wanted type."""
    if not isinstance(data, Mapping):
        raise SpecError(f"A {what} is {type(data).__name__} where a table of names and values was expected.")
    if not isinstance(data.get(name), wanted):
        raise SpecError(f"A {what} has no {name!r}, or one of the wrong type.")
    return data[name]


def only(data: Mapping[str, Any], names: set[str], what: str) -> None:
    """Refuse a table with entries that nobody knows."""
    unknown = set(data) - names
    if unknown:
        raise SpecError(f"A {what} has no entry {sorted(map(str, unknown))[0]!r}.")


def expect(value: Any, wanted: type, what: str, example: str) -> None:
    """Raise SpecError where a part of a description is of another type."""
    if not isinstance(value, wanted):
        raise SpecError(f"{what} is {reprlib.repr(value)}: it takes a {wanted.__name__}, such as {example}.")
