"""Feature maps: one image on its way through the network, after every layer (chapter 7.6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import class_words
from fishlab.core.layers.base import Array, Shape
from fishlab.core.probes.base import PROBES
from fishlab.core.probes.layer_by_layer import LayerByLayer, receptive_spans
from fishlab.core.probes.one_image import OneImage, as_read, one_image
from fishlab.core.shapes import layer_title
from fishlab.core.sight import Sight
from fishlab.core.spec import numbered

MOST_NUMBERS = 1_000_000  # of one layer: more maps than that are not looked at


@dataclass(frozen=True, eq=False)
class LayerMaps:
    """What a layer made: `values` (C, H, W), or (F,) for a row, float32; of very many channels the first ones.

    `rows` (C, H, 2) and `columns` (C, W, 2) say what a number of an image sees of the input: from where to where, -1
    where that is not known; they are empty for a row. `shape` is that of all of it, `low` and `high` are the least and
    the largest number in it. `number` is 3a1 for what stands in a block.
    """

    uid: str
    number: str
    title: str
    shape: Shape
    values: NDArray[np.float32]
    low: float
    high: float
    rows: Array
    columns: Array

    def box(self, channel: int, row: int, column: int) -> tuple[int, int, int, int] | None:
        """Top, left, bottom, right of what a number sees of the input; None where that is not known."""
        if not self.rows.size:
            return None
        (top, bottom), (left, right) = self.rows[channel, row].tolist(), self.columns[channel, column].tolist()
        return None if min(top, left) < 0 else (top, left, bottom, right)


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """An image, what each layer made of it, and what the network says, (K,).

    The layers stand in the order in which they compute: those in a block before the block itself.
    """

    image: OneImage
    layers: tuple[LayerMaps, ...]
    answer: NDArray[np.float64]
    class_names: tuple[str, ...]


@PROBES.register("maps", title="Feature maps")
def feature_maps(
    sight: Sight, *, split: str = "train", image: int = 1, step: int = 0, drawing: bytes = b""
) -> FeatureMaps | None:
    """What every layer, also in blocks, makes of one image of a split or of a drawing, as when predicting.

    None where the network has no layers. Raises DataError where there is no such image.
    """
    spec = sight.moment.network
    if not spec.layers:
        return None
    chosen = one_image(sight, split=split, image=image, step=step, drawing=drawing)
    network = LayerByLayer(sight.network, sight.breathe)
    outputs = network.outputs(as_read(sight, chosen.pixels))
    titles = {layer.uid: (number, layer_title(layer)) for number, layer in numbered(spec.layers)}
    spans = receptive_spans(spec)
    layers = tuple(_maps((uid, *titles[uid]), out[..., 0], *spans.get(uid, _NOWHERE)) for uid, out in outputs.items())
    answer = network.answers(outputs[spec.layers[-1].uid])[:, 0].astype(np.float64)
    return FeatureMaps(chosen, layers, answer, class_words(sight.moment.class_names, len(answer)))


_NOWHERE = np.empty((0, 0, 2), np.intp), np.empty((0, 0, 2), np.intp)


def _maps(heading: tuple[str, str, str], out: Array, rows: Array, columns: Array) -> LayerMaps:
    channels = max(1, MOST_NUMBERS * len(out) // out.size)
    values = np.array(out[:channels], dtype=np.float32, order="C")
    return LayerMaps(*heading, out.shape, values, float(out.min()), float(out.max()), rows.copy(), columns.copy())
