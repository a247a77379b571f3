"""Tiling: an array cut into parts that stay in the cache, and zeros to hold one of them against."""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import Any

import numpy as np

from fishlab.core.layers.base import Array, Shape

TILE = 131072

Part = tuple[slice, ...]


@lru_cache(maxsize=1024)
def tiles(shape: Shape, most: int = TILE) -> tuple[Part, ...]:
    """Indices that cut an array of this shape into tiles of about `most` numbers, along its first two axes."""
    inner = math.prod(shape[1:])
    if len(shape) < 3 or inner <= most:
        return tuple((part,) for part in _cut(shape[0], most // max(1, inner)))
    rows = _cut(shape[1], most // math.prod(shape[2:]))
    return tuple((slice(channel, channel + 1), part) for channel in range(shape[0]) for part in rows)


def _cut(size: int, step: int) -> tuple[slice, ...]:
    """An axis in nearly equal parts of at most `step`, or of one."""
    count = -(-size // max(1, step))
    step = -(-size // max(1, count))
    return tuple(slice(start, min(start + step, size)) for start in range(0, size, max(1, step)))


@lru_cache(maxsize=1024)
def zeros(shape: Shape, dtype: np.dtype[Any]) -> Array:
    """Zeros, read-only, for an array of a tile's size; all who ask share one memory."""
    size = math.prod(shape)
    found: Array = _zeros(dtype)[:size].reshape(shape) if size <= TILE else np.broadcast_to(_zeros(dtype)[0], shape)
    return found


@cache
def _zeros(dtype: np.dtype[Any]) -> Array:
    memory = np.zeros(TILE, dtype)
    memory.setflags(write=False)
    return memory
