"""Memory that kernels use for a moment, and share, so that it stays in the cache."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from fishlab.core.kernels.tiles import Array


class Scratch:
    """Memory by purpose. What lies in it holds until the next user of the same purpose writes.

    One belongs to each network: two of them may compute at the same time.
    """

    def __init__(self) -> None:
        self._memory: dict[tuple[str, str], Array] = {}

    def take(self, purpose: str, shape: Sequence[int], dtype: Any) -> Array:
        """An array of this shape."""
        return self.take_all(purpose, [shape], dtype)[0]

    def take_all(self, purpose: str, shapes: Sequence[Sequence[int]], dtype: Any) -> list[Array]:
        """Arrays of these shapes, all in the same memory: for one after the other."""
        key, size = (purpose, np.dtype(dtype).str), max(map(math.prod, shapes))
        if key not in self._memory or self._memory[key].size < size:
            self._memory[key] = np.empty(size, dtype)
        return [self._memory[key][: math.prod(shape)].reshape(shape) for shape in shapes]
