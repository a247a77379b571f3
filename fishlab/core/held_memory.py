"""How much memory parts of a network keep to work in, found by looking at what they can reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from fishlab.core.layers.base import Array, LayerSpec, Parameter
from fishlab.core.share import Share

_NOT_LOOKED_INTO = (type, str, bytes, int, float, LayerSpec, Parameter, Share, np.random.Generator, np.dtype)


def held_bytes(stages: Iterable[Any], others: Iterable[Array | None]) -> list[int]:
    """How much memory each stage keeps, without that of others; what two of them can reach belongs to the first."""
    parts = [(stage, *getattr(stage, "layers", ())) for stage in stages]
    borders = {id(part) for own in parts for part in own}
    seen = {id(_owner(array)) for array in others if array is not None}
    return [sum(owner.nbytes for owner in _arrays_of(own, borders - set(map(id, own)), seen)) for own in parts]


def _arrays_of(roots: Iterable[Any], borders: set[int], seen: set[int]) -> Iterator[Array]:
    """All arrays that own their memory and can be reached from `roots` without crossing the borders."""
    waiting = list(roots)
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, np.ndarray):
            thing = _owner(thing)
        if id(thing) in seen or id(thing) in borders or isinstance(thing, _NOT_LOOKED_INTO):
            continue
        seen.add(id(thing))
        if isinstance(thing, np.ndarray):
            yield thing
        else:
            waiting.extend(_members(thing))


def _owner(array: Array) -> Array:
    """The array whose memory a view shows."""
    base: Any = array
    while base is not None:
        if isinstance(base, np.ndarray):
            array = base
        base = getattr(base, "base", None)
    return array


def _members(thing: Any) -> Iterable[Any]:
    """What an object holds; of a function or method only what it was made with."""
    if isinstance(thing, dict):
        return thing.values()
    if isinstance(thing, list | tuple | set):
        return thing
    if isinstance(thing, MethodType):
        return (thing.__self__,)
    if isinstance(thing, FunctionType):
        return [cell.cell_contents for cell in thing.__closure__ or ()]
    if isinstance(thing, partial):
        return (thing.func, *thing.args, *thing.keywords.values())
    slots = [getattr(thing, name, None) for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    return (*getattr(thing, "__dict__", {}).values(), *slots)
