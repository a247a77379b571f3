"""What excites a unit: the images of a sample that a channel, or a unit, of a layer answers to most.

After Zeiler and Fergus 2014 ("Visualizing and understanding convolutional networks"), where the images stand beside
what was reconstructed from them; here the part of the image that the strongest place looks at is given instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import ImageSet, class_words
from fishlab.core.layers.base import Array
from fishlab.core.probes.base import PROBES
from fishlab.core.probes.layer_by_layer import LayerByLayer, receptive_boxes
from fishlab.core.shapes import layer_title
from fishlab.core.sight import Sight
from fishlab.core.spec import numbered

SAMPLE, TOP = 2_000, 16
MOST_BYTES = 64 * 2**20  # of images, which the answer holds


@dataclass(frozen=True, eq=False)
class Excitation:
    """For each of the U units of a layer, the T images that it answers to most, strongest first.

    `values` (U, T) are its answers, the largest over all places of a channel; `images` are those that are meant,
    `labels` theirs, `numbers` what they are called (see ImageSet); `places` (U, T) points into them. `boxes`
    (U, T, 4) hold top, left, bottom, right of what the strongest place sees of the image, -1 where that is not known.
    `means` (U, K) is the mean answer to the images of each class, NaN where there is none of it. `looked` images were
    looked at.
    """

    uid: str
    number: str
    title: str
    looked: int
    values: NDArray[np.float32]
    places: NDArray[np.intp]
    boxes: NDArray[np.int32]
    means: NDArray[np.float32]
    images: Array
    labels: NDArray[np.intp]
    numbers: NDArray[np.intp]
    class_names: tuple[str, ...]


@PROBES.register("excite", title="What excites a unit")
def excite(sight: Sight, *, layer: str, split: str = "train", count: int = SAMPLE, top: int = TOP) -> Excitation | None:
    """The `top` images for each unit of `layer` among the first `count` of a split: fewer where images are very large.

    None where the network has no such layer or reads no images. Raises DataError where there are no images.
    """
    spec = sight.moment.network
    found = next(((number, entry) for number, entry in numbered(spec.layers) if entry.uid == layer), None)
    if found is None or len(spec.in_shape) != 3:
        return None
    images = sight.images(split)
    count = max(1, min(count, len(images), MOST_BYTES // max(1, images.images[0].nbytes)))
    network, hall = LayerByLayer(sight.network, sight.breathe), _Hall(images.labels[:count], spec.classes, top)
    for begin in range(0, count, network.at_once):
        sight.look(begin, count)
        x, _ = sight.batch(min(network.at_once, count - begin), split=split, begin=begin)
        hall.take(network.output(layer, x), begin)
    boxes = receptive_boxes(network, layer, hall.where(), partial(sight.look, count, count))
    number, entry = found
    names = class_words(sight.moment.class_names, spec.classes)
    heading = layer, number, layer_title(entry), count
    return _answer(heading, hall, boxes.reshape(*hall.values.shape, 4), images, names)


def _answer(
    heading: tuple[str, str, str, int], hall: _Hall, boxes: Array, images: ImageSet, names: tuple[str, ...]
) -> Excitation:
    meant, places = np.unique(hall.numbers, return_inverse=True)
    return Excitation(
        *heading, hall.values, places.reshape(hall.values.shape), boxes, hall.means(), images.images[meant],
        images.labels[meant], images.numbers[meant], names,
    )  # fmt: skip


class _Hall:
    """The strongest answers so far: `values`, `numbers` of their images, and in which place, each (U, T)."""

    def __init__(self, labels: NDArray[np.intp], classes: int, top: int) -> None:
        self._labels, self._top = labels, min(top, len(labels))
        self._sums: Array = np.zeros((0, classes))
        known = labels[(labels >= 0) & (labels < classes)]
        self._counts = np.bincount(known, minlength=classes)
        self.values: NDArray[np.float32] = np.empty((0, 0), np.float32)
        self.numbers = self._spots = np.empty((0, 0), np.intp)
        self._field: tuple[int, ...] = ()

    def take(self, out: Array, begin: int) -> None:
        """The output (C, H, W, n) or (F, n) of a layer for the images from `begin` on."""
        flat = out.reshape(len(out), -1, out.shape[-1])
        best = np.nan_to_num(np.maximum.reduce(flat, axis=1)).astype(np.float32)
        self._add_up(best, begin)
        if not self.values.size:
            self._field = out.shape[1:-1]
            self.values, shape = np.empty((len(out), 0), np.float32), (len(out), 0)
            self.numbers, self._spots = np.empty(shape, np.intp), np.empty(shape, np.intp)
        newcomers = np.argsort(-best, axis=1, kind="stable")[:, : self._top]
        units = np.arange(len(out))[:, None]
        spots = flat[units, :, newcomers].argmax(axis=-1)
        self._merge(np.take_along_axis(best, newcomers, axis=1), newcomers + begin, spots)

    def _add_up(self, best: Array, begin: int) -> None:
        """The sum of the answers to each class."""
        labels = self._labels[begin : begin + best.shape[1]]
        classes = len(self._counts)
        told = (labels[:, None] == np.arange(classes)).astype(np.float64)
        self._sums = best @ told if not self._sums.size else self._sums + best @ told

    def _merge(self, values: Array, numbers: Array, spots: Array) -> None:
        values, numbers, spots = (
            np.concatenate(pair, axis=1)
            for pair in ((self.values, values), (self.numbers, numbers), (self._spots, spots))
        )
        order = np.argsort(-values, axis=1, kind="stable")[:, : self._top]
        self.values, self.numbers, self._spots = (
            np.take_along_axis(table, order, axis=1) for table in (values, numbers, spots)
        )

    def where(self) -> tuple[Array, ...]:
        """The index of each strongest answer in the layer's output, unit by unit: an array for each axis."""
        units = np.repeat(np.arange(len(self.values)), self.values.shape[1])
        inside = np.unravel_index(self._spots.reshape(-1), self._field) if self._field else ()
        return units, *inside

    def means(self) -> NDArray[np.float32]:
        """The mean answer to each class, (U, K)."""
        counts = np.where(self._counts > 0, self._counts, np.nan)
        means: NDArray[np.float32] = (self._sums / counts).astype(np.float32)
        return means
