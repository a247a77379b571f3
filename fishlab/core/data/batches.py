"""Images dealt out in batches, in a new order each epoch, as the engine wants them: the batch is the last axis."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import ImageSet
from fishlab.core.data.prepare import Scaling
from fishlab.core.randomness import Stream, stream

Indices = NDArray[np.intp]
Batch = tuple[NDArray[np.float32], NDArray[np.intp]]


def epoch_order(count: int, seed: int, epoch: int) -> Indices:
    """The order in which an epoch goes through `count` images, always the same for the same seed and epoch."""
    return stream(seed, Stream.SHUFFLE, epoch).permutation(count).astype(np.intp, copy=False)


class Batcher:
    """Gathers batches of one image set into buffers of its own, which the next `gather` overwrites.

    An image stays one row in memory, for turning a batch over costs more than all the rest of gathering it. A matrix
    product takes rows as they are, and a convolution turns them over when it copies them inside its border.
    """

    def __init__(self, image_set: ImageSet, scaling: Scaling, batch_size: int) -> None:
        self.image_set, self.scaling, self.batch_size = image_set, scaling, batch_size
        self._scale, self._shift = np.float32(scaling.scale), np.float32(scaling.shift)
        self._pixels = image_set.images.reshape(len(image_set), -1)
        rows = min(batch_size, len(image_set)), self._pixels.shape[1]
        self._levels, self._values = np.empty(rows, np.uint8), np.empty(rows, np.float32)
        self._images = self._values.reshape(-1, *image_set.shape).transpose(1, 2, 3, 0)
        self._labels = np.empty(rows[0], np.intp)

    @property
    def count(self) -> int:
        """Batches in an epoch; the last one may be smaller."""
        return -(-len(self.image_set) // self.batch_size)

    def batch(self, order: Indices, number: int) -> Indices:
        """The indices of batch `number`, from 0, in an epoch of this order."""
        return order[number * self.batch_size : (number + 1) * self.batch_size]

    def gather(self, indices: Indices) -> Batch:
        """The scaled images float32 (C, H, W, n) and their labels (n,), for n up to the batch size.

        The images are a view of rows (n, C, H, W). Both lie in the buffers: they hold until the next call.
        Raises IndexError for an index outside the set.
        """
        n = len(indices)
        levels, values = self._levels[:n], self._values[:n]
        labels = self.image_set.labels.take(indices, out=self._labels[:n])  # looks at every index
        self._pixels.take(indices, axis=0, out=levels, mode="wrap")  # with "raise" it would copy once more
        np.copyto(values, levels)
        values *= self._scale
        if self._shift:
            values += self._shift
        return self._images[..., :n], labels


class Feed:
    """Batches asked for one ahead: `begin` says which images come next, `take` hands them out.

        feed.begin(first)
        while ...:
            x, labels = feed.take()
            feed.begin(following)
            ...  # learn from x

    With `ahead` a thread gathers while the caller computes, into a second buffer; without, `take` gathers. Either way
    the numbers are the same and hold until the next `take`. An error of gathering comes out of `take`. `close`, or
    the end of a `with`, gives the thread back; after it nothing can be asked for.
    """

    def __init__(self, batcher: Batcher, *, ahead: bool = False) -> None:
        self._next, self._spare = batcher, batcher
        self._indices: Indices | None = None
        self._coming: Future[Batch] | None = None
        self._thread: ThreadPoolExecutor | None = None
        if ahead:
            self._spare = Batcher(batcher.image_set, batcher.scaling, batcher.batch_size)
            self._thread = ThreadPoolExecutor(1, "fishlab-feed")

    def begin(self, indices: Indices) -> None:
        """Ask for the next batch; what was asked for before must have been taken."""
        if self._indices is not None:
            raise RuntimeError("The batch that was asked for has not been taken.")
        self._indices = indices
        if self._thread:
            self._coming = self._thread.submit(self._next.gather, indices)

    def take(self) -> Batch:
        """The batch that was asked for, as `Batcher.gather` gives it."""
        if self._indices is None:
            raise RuntimeError("No batch was asked for.")
        indices, self._indices = self._indices, None
        if self._coming is None:
            return self._next.gather(indices)
        coming, self._coming = self._coming, None
        self._next, self._spare = self._spare, self._next
        return coming.result()

    def close(self) -> None:
        """Give the thread back; what was asked for and not taken is dropped."""
        self._indices = self._coming = None
        if self._thread:
            self._thread.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
