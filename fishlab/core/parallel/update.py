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

    @property
    def weights(self) -> Array:
        """The values that decay."""
        return self.value[: self.decaying]


PULLS: dict[str, Any] = {"l2": np.positive, "l1": np.sign}


class Update:
    """Over `values`, the last good ones, and the gradients (workers, size) of all workers.

    `clip` is what the whole gradient is multiplied by before weight decay is added. `decay_kind` l2 pulls a weight by
    a share of itself, l1 by the same amount each (chapter 6.4.2); a decoupled optimizer is pulled at its weights.
    """

    def __init__(
        self,
        values: Array,
        good: Array,
        grads: Array,
        decaying: int,
        optimizer: Optimizer[Any],
        decay_kind: str = "l2",
    ) -> None:
        self.optimizer, self.clip, self._pull = optimizer, 1.0, PULLS.get(decay_kind)
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
            pulled = decay if self._pull and chunk.decaying else 0.0
            grad = self._gradient(chunk, shares, 0.0 if self.optimizer.decoupled else pulled)
            np.copyto(chunk.good, chunk.value)
            if journal:
                journal.open(number, chunk.memory)
            if pulled and self.optimizer.decoupled:
                weights = chunk.weights
                weights -= self._pulled(chunk, pulled * self.optimizer.rate)
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


    def squares(self, begin: int, end: int, shares: int) -> float:
        """The sum of the squares of the whole batch's gradient over chunks `begin` to `end`."""
        grads = (_sum(chunk, shares) for chunk in self.chunks[begin:end])
        return sum(float(grad.dot(grad)) for grad in grads)

    def _gradient(self, chunk: Chunk, shares: int, decay: float) -> Array:
        """The gradient of the whole batch, clipped, with weight decay."""
        grad = _sum(chunk, shares)
        if self.clip != 1.0:
            grad = np.multiply(grad, self.clip, out=chunk.total)
        if decay:
            if grad is not chunk.total:
                np.copyto(chunk.total, grad)
            grad = chunk.total
            grad[: chunk.decaying] += self._pulled(chunk, decay)
        return grad

    def _pulled(self, chunk: Chunk, share: float) -> Array:
        """What weight decay takes, in working memory."""
        assert self._pull is not None
        work = chunk.work[0, : chunk.decaying]
        self._pull(chunk.weights, out=work)
        work *= share
        return work


def _sum(chunk: Chunk, shares: int) -> Array:
    """The gradient of the whole batch."""
    grad = chunk.grads[0]
    for other in chunk.grads[1:shares]:
        grad = np.add(grad, other, out=chunk.total)
    return grad


def _starts(size: int, workers: int) -> list[int]:
    """Where chunks begin, and the end: of equal size, and as many for each worker."""
    count = max(1, -(-size // (CHUNK * workers))) * workers
    length = -(-size // (count * LINE)) * LINE
    return [*range(0, size, length or 1), size] if size else [0, 0]
