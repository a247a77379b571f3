"""A network opened up: it runs layer by layer, nothing fused, and tells what each layer made, in blocks as well.

It computes with the weights of another network, which stays as it is. Every layer has its input gradient, so the way
back ends at the image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

import numpy as np

from fishlab.core.errors import UnfitError
from fishlab.core.interruptible import Breathe, interruptible, unhurried
from fishlab.core.layers.base import Array, shape_text
from fishlab.core.layers.pooling import MaxPoolingSpec
from fishlab.core.network import Network
from fishlab.core.plan import one_by_one
from fishlab.core.probes.outputs import outputs
from fishlab.core.shapes import infer
from fishlab.core.spec import NetworkSpec

MOST_MULT_ADDS = 2 * 10**10  # to find what all numbers see of an image: about a second


def _nothing() -> None:
    """Nobody waits."""


class LayerByLayer:
    """The same layers as `network`, with its numbers, to look into. What it returns is valid until it runs again.

    `breathe()` is called before every layer.
    """

    def __init__(self, network: Network, breathe: Breathe = unhurried) -> None:
        self._network = Network(network.spec, dtype=network.dtype, memory=network.memory)
        self._network.stages = one_by_one(self._network.layers)
        interruptible(self._network, breathe)
        self.spec, self.in_shape = network.spec, network.spec.in_shape
        self.at_once, self.dtype = self._network.at_once, network.dtype

    def outputs(self, x: Array) -> Mapping[str, Array]:
        """x (*in_shape, N), batch last -> what each layer makes of it when predicting, by uid, as it is computed."""
        return self._run(x)

    def output(self, uid: str, x: Array) -> Array:
        """What the layer `uid` makes of x; those after it are not computed. Raises KeyError for an unknown uid."""
        return self._run(x, uid)[uid]

    def _run(self, x: Array, last: str = "") -> Mapping[str, Array]:
        if x.shape[:-1] != self.in_shape:
            raise UnfitError(
                f"The network reads {shape_text(self.in_shape)}, and an image of the data is "
                f"{shape_text(x.shape[:-1])}. Fit the network to the data in the Data tab, or choose other data."
            )
        seen: dict[str, Array] = {}
        for layer, _, out in outputs(self._network.layers, x):
            seen[layer.spec.uid] = out
            if layer.spec.uid == last:
                break
        return seen

    def ties(self, x: Array) -> int:
        """How many windows of all max poolings have several largest numbers when predicting x (*in_shape, N).

        There is no derivative there: the first of them gets the whole slope. Zeros are not counted: a ReLU behind or
        before lets no slope through them.
        """
        passed = ((layer.spec, seen, out) for layer, seen, out in outputs(self._network.layers, x))
        return sum(_tied(spec, seen, out) for spec, seen, out in passed if isinstance(spec, MaxPoolingSpec))

    def answers(self, scores: Array) -> Array:
        """Scores (K, N) -> what the network says, (K, N); for softmax the probabilities."""
        return self._network.loss.outputs(scores)

    def input_gradient(self, dscores: Array) -> Array:
        """dL/dscores (K, N) -> dL/dx (*in_shape, N), for the x that went through last."""
        dout = dscores
        for stage in reversed(self._network.stages):
            dout = stage.backward(dout)
        return dout


def _tied(spec: MaxPoolingSpec, x: Array, out: Array) -> int:
    """The windows of x (C, H, W, N) in which the largest number, out (C, OH, OW, N), is there more than once."""
    border = [(0, 0), *((size, size) for size in spec.padding), (0, 0)]
    image = np.pad(x, border, constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(image, spec.pool_size, axis=(1, 2))
    largest = windows[:, :: spec.stride[0], :: spec.stride[1]] == out[..., None, None]
    return int(((largest.sum(axis=(-2, -1)) > 1) & (out != 0)).sum())


def receptive_boxes(
    network: LayerByLayer, uid: str, places: tuple[Array, ...], pause: Callable[[], None] = _nothing
) -> Array:
    """The part of the image that reaches each of some numbers of a layer's output: (n, 4), top, left, bottom, right.

    `places` indexes them, an array (n,) for each axis of the output. Bottom and right lie behind the last pixel; -1
    stands where nothing is known. A row, or column, of the image that is no number leaves none in all that depends on
    it, whatever the layers are: so many images as there are rows and columns show it exactly. `pause` is called between
    parts of them. Nothing is known where it would take longer than about a second.
    """
    if _takes_long(network.spec):
        return np.full((len(places[0]), 4), -1, np.int32)
    sides = [_reached(network, uid, places, axis, pause) for axis in (1, 2)]
    (top, bottom), (left, right) = sides
    return np.stack([top, left, bottom, right], axis=-1).astype(np.int32)


@lru_cache(maxsize=8)
def receptive_spans(spec: NetworkSpec) -> Mapping[str, tuple[Array, Array]]:
    """For each layer whose output is an image: rows (C, OH, 2) and columns (C, OW, 2) of what reaches its numbers.

    They are from where to where behind the last pixel, -1 where that is not known, and found as `receptive_boxes` finds
    its own. Weights do not matter for it, so that it is found once for a network. Empty where it reads no images, or
    ones so large that it would take more than about a second.
    """
    if len(spec.in_shape) != 3 or _takes_long(spec):
        return {}
    network = LayerByLayer(Network(spec))
    hits: list[dict[str, Array]] = [{}, {}]
    for axis, found in zip((1, 2), hits, strict=True):
        for begin, x in _lines(network, axis):
            for uid, out in network.outputs(x).items():
                if out.ndim == 4:
                    hit = np.isnan(out).any(axis=3 - axis)
                    found.setdefault(uid, np.zeros((*hit.shape[:2], network.in_shape[axis]), bool))
                    found[uid][..., begin : begin + x.shape[-1]] = hit
    return {
        uid: (np.stack(_ends(rows), axis=-1), np.stack(_ends(hits[1][uid]), axis=-1)) for uid, rows in hits[0].items()
    }


def _takes_long(spec: NetworkSpec) -> bool:
    """Whether images for each row and column of an image are too many to go through."""
    return sum(spec.in_shape[1:]) * infer(spec).mult_adds > MOST_MULT_ADDS


def _reached(
    network: LayerByLayer, uid: str, places: tuple[Array, ...], axis: int, pause: Callable[[], None]
) -> tuple[Array, Array]:
    """From where to where along one axis of the image each place looks."""
    hit = np.zeros((len(places[0]), network.in_shape[axis]), bool)
    for begin, x in _lines(network, axis):
        pause()
        hit[:, begin : begin + x.shape[-1]] = np.isnan(network.output(uid, x)[places])
    return _ends(hit)


def _lines(network: LayerByLayer, axis: int) -> Iterator[tuple[int, Array]]:
    """Images of zeros, each with another row, or column, that is no number; and which is the first."""
    size = network.in_shape[axis]
    with np.errstate(all="ignore"):
        for begin in range(0, size, network.at_once):
            lines = np.arange(min(network.at_once, size - begin))
            x = np.zeros((*network.in_shape, len(lines)), network.dtype)
            np.moveaxis(x, (axis, -1), (0, 1))[begin + lines, lines] = np.nan
            yield begin, x


def _ends(hit: Array) -> tuple[Array, Array]:
    """The first of the last axis that is hit, and behind the last one; -1 where none is."""
    known, size = hit.any(axis=-1), hit.shape[-1]
    return np.where(known, hit.argmax(axis=-1), -1), np.where(known, size - hit[..., ::-1].argmax(axis=-1), -1)
