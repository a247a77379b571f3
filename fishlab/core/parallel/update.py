"""The second half of a step: from the workers' gradients to new weights, in one pass that stays in the cache.

For each chunk of the flat vectors: add the workers' gradients up in their order, add weight decay, keep the old
weights, let the optimizer step, and look at the new weights to see that they are finite. Done one after the other
over whole vectors, each of these would fetch everything from main memory again.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from fishlab.core.layers.base import Array
from fishlab.core.optimizers import CHUNK, Optimizer
from fishlab.core.parallel.journal import Journal

LINE = 16  # numbers: workers do not write to the same cache line


@dataclass(frozen=True)
class Chunk:
    """Views of one part of the flat vectors, and memory to work in. Weight decay pulls at the first `decaying`."""

    value: Array
    good: Array
    grads: tuple[Array, ...]
    memory: list[Array]
    total: Array
    work: Array
    decaying: int


class Update:
    """Over `values`, the last good ones, and the gradients (workers, size) of all workers."""

    def __init__(self, values: Array, good: Array, grads: Array, decaying: int, optimizer: Optimizer[Any]) -> None:
        self.optimizer = optimizer
        starts = _starts(good.size, len(grads))  # the values may go on: with what is frozen
        work = np.empty((3, starts[1] - starts[0]), values.dtype)
        self.chunks = []
        for begin, end in pairwise(starts):
            part, size = slice(begin, end), end - begin
            memory = [optimizer.memory[name][part] for name in optimizer.slots]
            parts = tuple(own[part] for own in grads)
            tools = work[0, :size], work[1:, :size]
            pulled = min(max(decaying - begin, 0), size)
            self.chunks.append(Chunk(values[part], good[part], parts, memory, *tools, pulled))

    def run(self, begin: int, end: int, shares: int, decay: float, journal: Journal | None = None) -> float:
        """Update chunks `begin` to `end` from the gradients of the first `shares` workers.

        Returns the sum of the squares of the new values: it is finite where they all are, and not too large for that.
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
            found += float(chunk.value.dot(chunk.value))
        return found

    def finish(self, begin: int, end: int, shares: int, decay: float, journal: Journal) -> float:
        """Do the rest of what `run` did when it was cut off, so that all is as if it had not been."""
        number, half_done = journal.place
        if half_done:
            np.copyto(self.chunks[number].value, self.chunks[number].good)
            journal.take_back(self.chunks[number].memory)
        done = sum(float(chunk.value.dot(chunk.value)) for chunk in self.chunks[begin:number])
        return done + self.run(number, end, shares, decay)


def _gradient(chunk: Chunk, shares: int, decay: float) -> Array:
    """The gradient of the whole batch, with weight decay."""
    grad = chunk.grads[0]
    for other in chunk.grads[1:shares]:
        grad = np.add(grad, other, out=chunk.total)
    if decay and chunk.decaying:
        if shares == 1:
            np.copyto(chunk.total, grad)
        grad, pulled = chunk.total, slice(0, chunk.decaying)
        grad[pulled] += np.multiply(chunk.value[pulled], decay, out=chunk.work[0, pulled])
    return grad


def _starts(size: int, workers: int) -> list[int]:
    """Where chunks begin, and the end: of equal size, and as many for each worker."""
    count = max(1, -(-size // (CHUNK * workers))) * workers
    length = -(-size // (count * LINE)) * LINE
    return [*range(0, size, length or 1), size] if size else [0, 0]
