"""Images dealt out in batches, in a new order each epoch, as the engine wants them: the batch is the last axis."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fishlab.core.augmentation import Pipeline
from fishlab.core.data.dataset import ImageSet
from fishlab.core.data.prepare import Scaling
from fishlab.core.randomness import Stream, stream
from fishlab.core.share import Share

Indices = NDArray[np.intp]
Batch = tuple[NDArray[Any], NDArray[np.intp]]


def epoch_order(count: int, seed: int, epoch: int, *, replacement: bool = False) -> Indices:
    """The order in which an epoch goes through `count` images, always the same for the same seed and epoch.

    Each image comes once; with `replacement` there are as many draws, each by chance from all images, so that some
    come more than once and about 37 % (1/e) not at all: the book's np.random.choice (chapter 4.2.3).
    """
    rng = stream(seed, Stream.SHUFFLE, epoch)
    order = rng.integers(count, size=count) if replacement else rng.permutation(count)
    return order.astype(np.intp, copy=False)


class Batcher:
    """Gathers batches of one image set into buffers of its own, which the next `gather` overwrites.

    An image stays one row in memory, for turning a batch over costs more than all the rest of gathering it. A matrix
    product takes rows as they are, and a convolution turns them over when it copies them inside its border. What is
    left, 20 microseconds for 100 images of 28 x 28, is less than it costs to have another thread do it.

    With a `pipeline` the images are changed at random before they are scaled. `dtype` is what a network computes in.
    """

    def __init__(
        self,
        image_set: ImageSet,
        scaling: Scaling,
        batch_size: int,
        pipeline: Pipeline | None = None,
        dtype: Any = np.float32,
    ) -> None:
        self.image_set, self.scaling, self.batch_size = image_set, scaling, batch_size
        images = image_set.images
        self._scale, self._shift = np.dtype(dtype).type(scaling.scale), np.dtype(dtype).type(scaling.shift)
        self._pixels = images.reshape(len(image_set), -1)
        rows = min(batch_size, len(image_set)), self._pixels.shape[1]
        self._values = np.empty(rows, dtype)
        self._levels = self._values if images.dtype == dtype and pipeline is None else np.empty(rows, images.dtype)
        self._whitening = scaling.whitening.to(dtype) if scaling.whitening else None
        self._final = np.empty(rows, dtype) if self._whitening else self._values
        self._images = np.moveaxis(self._final.reshape(-1, *images.shape[1:]), 0, -1)
        self._labels = np.empty(rows[0], np.intp)
        self._pipeline = pipeline

    @property
    def count(self) -> int:
        """Batches in an epoch; the last one may be smaller."""
        return -(-len(self.image_set) // self.batch_size)

    def batch(self, order: Indices, number: int) -> Indices:
        """The indices of batch `number`, from 0, in an epoch of this order."""
        return order[number * self.batch_size : (number + 1) * self.batch_size]

    def gather(self, indices: Indices, step: int = 0, share: Share | None = None) -> Batch:
        """The scaled images (*shape, n), or features (F, n), and their labels (n,), for n up to the batch size.

        The images are a view of rows (n, *shape). Both lie in the buffers: they hold until the next call.
        A pipeline needs to know the `step`, and which `share` of its batch the indices are; without one, all of it.
        Raises IndexError for an index outside the set.
        """
        n = len(indices)
        levels, values = self._levels[:n], self._values[:n]
        labels = self.image_set.labels.take(indices, out=self._labels[:n])  # looks at every index
        self._pixels.take(indices, axis=0, out=levels, mode="wrap")  # with "raise" it would copy once more
        if self._pipeline is not None:
            self._change(levels, values, step, share or Share.whole(n))
        elif levels is not values:
            np.copyto(values, levels)
        if self._scale != 1:
            values *= self._scale
        if self._shift:
            values += self._shift
        if self._whitening:
            self._whitening.apply(values, self._final[:n])
        return self._images[..., :n], labels

    def _change(self, levels: NDArray[Any], values: NDArray[Any], step: int, share: Share) -> None:
        assert self._pipeline is not None
        shape = (len(levels), *self.image_set.images.shape[1:])
        self._pipeline.apply(levels.reshape(shape), values.reshape(shape), step, share)
