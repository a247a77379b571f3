"""A share of a batch: which images one worker computes, and how it learns what the others found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]


def alone(values: Array) -> Array:
    """The sum over all shares where there is only one: the values themselves."""
    return values


@dataclass(frozen=True)
class Share:
    """Images `begin` to `end` (not counted) of a batch of `total`.

    `sum` adds an array up over all shares, in their order, and gives everyone the same bits. Every share must call
    it equally often. With it batch normalization has the statistics of the whole batch, however that is split.
    """

    begin: int
    end: int
    total: int
    sum: Callable[[Array], Array] = alone

    @classmethod
    def whole(cls, total: int) -> Share:
        """The only share of a batch."""
        return cls(0, total, total)

    @classmethod
    def of(cls, total: int, index: int, workers: int, sum: Callable[[Array], Array] = alone) -> Share:
        """The share of worker `index`: neighbouring parts as equal as can be, the larger ones first."""
        size, larger = divmod(total, workers)
        begin = index * size + min(index, larger)
        return cls(begin, begin + size + (index < larger), total, sum)

    def __len__(self) -> int:
        return self.end - self.begin
