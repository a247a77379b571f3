"""The second half of a step: from the workers' gradients to new weights, in one pass that stays in the cache.

For each chunk of the flat vectors: add the workers' gradients up in their order, add weight decay, keep the old
weights, let the optimizer step, and add up the new weights to see that they are finite. Done one after the other
over whole vectors, each of these would fetch everything from main memory again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fishlab.core.layers.base import Array
from fishlab.core.optimizers import CHUNK, Optimizer
from fishlab.core.parallel.journal import Journal


@dataclass(frozen=True)
class Chunk:
    """Views of one part of the flat vectors, and memory to work in. `decays`: weight decay pulls at all of it."""

    value: Array
    good: Array
    grads: tuple[Array, ...]
    memory: list[Array]
    total: Array
    work: Array
    decays: bool


class Update:
    """Over `values`, the last good ones, and the gradients (workers, size) of all workers."""

    def __init__(self, values: Array, good: Array, grads: Array, decaying: int, optimizer: Optimizer[Any]) -> None:
        self.optimizer = optimizer
        work = np.empty((3, min(values.size, CHUNK)), values.dtype)
        self.chunks = []
        for begin, end in _bounds(values.size, decaying):
            part, size = slice(begin, end), end - begin
            memory = [optimizer.memory[name][part] for name in optimizer.slots]
            parts = tuple(own[part] for own in grads)
            tools = work[0, :size], work[1:, :size]
            self.chunks.append(Chunk(values[part], good[part], parts, memory, *tools, end <= decaying))

    def run(self, begin: int, end: int, shares: int, decay: float, journal: Journal | None = None) -> float:
        """Update chunks `begin` to `end` from the gradients of the first `shares` workers.

        Returns the sum of the new values: it is finite where they all are, and not too large to add up.
        """
        found = 0.0
        for number in range(begin, end):
            chunk = self.chunks[number]
            grad = _gradient(chunk, shares, decay)
            np.copyto(chunk.good, chunk.value)
            if journal:
                journal.open(number, chunk.memory)
            self.optimizer.update(chunk.value, grad, chunk.memory, chunk.work)
            if journal:
                journal.close(number)
            found += float(np.add.reduce(chunk.value))
        return found

    def finish(self, begin: int, end: int, shares: int, decay: float, journal: Journal) -> float:
        """Do the rest of what `run` did when it was cut off, so that all is as if it had not been."""
        number, half_done = journal.place
        if half_done:
            np.copyto(self.chunks[number].value, self.chunks[number].good)
            journal.take_back(self.chunks[number].memory)
        done = sum(float(np.add.reduce(chunk.value)) for chunk in self.chunks[begin:number])
        return done + self.run(number, end, shares, decay)


def _gradient(chunk: Chunk, shares: int, decay: float) -> Array:
    """The gradient of the whole batch, with weight decay."""
    grad = chunk.grads[0]
    for other in chunk.grads[1:shares]:
        grad = np.add(grad, other, out=chunk.total)
    if decay and chunk.decays:
        grad = np.add(grad, np.multiply(chunk.value, decay, out=chunk.work[0]), out=chunk.total)
    return grad


def _bounds(size: int, decaying: int) -> list[tuple[int, int]]:
    """Where chunks begin and end: none lies across the place where weight decay ends."""
    starts = sorted({*range(0, decaying, CHUNK), *range(decaying, size, CHUNK)})
    return list(zip(starts, [*starts, size][1:], strict=True))
