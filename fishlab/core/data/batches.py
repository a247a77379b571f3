"""Images dealt out in batches, in a new order each epoch, laid out as the engine wants them: the batch last."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import ImageSet
from fishlab.core.data.prepare import Scaling
from fishlab.core.randomness import Stream, stream


def epoch_order(count: int, seed: int, epoch: int) -> NDArray[np.intp]:
    """The order in which an epoch goes through `count` images, always the same for the same seed and epoch."""
    return stream(seed, Stream.SHUFFLE, epoch).permutation(count).astype(np.intp, copy=False)


class Batcher:
    """Gathers batches of one image set into one buffer, which the next `gather` overwrites."""

    def __init__(self, image_set: ImageSet, scaling: Scaling, batch_size: int) -> None:
        self.image_set = image_set
        self.batch_size = batch_size
        self._scale, self._shift = np.float32(scaling.scale), np.float32(scaling.shift)
        self._pixels = image_set.images.reshape(len(image_set), -1)
        self._buffer = np.empty(self._pixels.shape[1] * min(batch_size, len(image_set)), np.float32)

    @property
    def count(self) -> int:
        """Batches in an epoch; the last one may be smaller."""
        return -(-len(self.image_set) // self.batch_size)

    def batch(self, order: NDArray[np.intp], number: int) -> NDArray[np.intp]:
        """The indices of batch `number`, from 0, in an epoch of this order."""
        return order[number * self.batch_size : (number + 1) * self.batch_size]

    def gather(self, indices: NDArray[np.intp]) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
        """The scaled images float32 (C, H, W, n), contiguous, and their labels (n,), for n up to the batch size.

        The images lie in the buffer: they hold until the next call.
        """
        n = len(indices)
        values = self._buffer[: self._pixels.shape[1] * n]
        np.copyto(values.reshape(-1, n), self._pixels[indices].T)
        values *= self._scale
        if self._shift:
            values += self._shift
        return values.reshape(*self.image_set.shape, n), self.image_set.labels[indices]
