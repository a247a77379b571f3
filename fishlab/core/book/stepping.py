"""One training pass of a real network, layer by layer with its tensors (chapter 5.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fishlab.core.evaluation import computing
from fishlab.core.layers.base import Array
from fishlab.core.network import Network, parameter_key
from fishlab.core.shapes import layer_title


@dataclass(frozen=True, eq=False)
class LayerPass:
    """What went through one layer, forward and back: x and dx (N, *in_shape), out and dout (N, *out_shape).

    `grads` are the gradients of what it learns, in public shape, by parameter key; a block has those of all its layers.
    """

    uid: str
    title: str
    formula: str
    x: Array
    out: Array
    dout: Array
    dx: Array
    grads: Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class NetworkPass:
    """Every layer of one pass in order, the scores' loss, and y - t over N: `dscores` (N, K)."""

    layers: tuple[LayerPass, ...]
    loss: float
    dscores: Array


@computing()
def network_pass(network: Network, images: Array, labels: Array, *, seed: int = 0, step: int = 0) -> NetworkPass:
    """Forward and back through a copy of the network, as in training, with every tensor kept.

    images (N, *in_shape), labels (N,). `seed` and `step` decide what dropout draws, as in a run with this seed. The
    gradients are those that the network itself would find; it stays as it is.
    """
    twin = Network(network.spec, seed=seed, dtype=network.dtype, start=network.arrays())
    twin.begin_step(step)
    signals = [np.ascontiguousarray(np.moveaxis(np.asarray(images, network.dtype), 0, -1))]
    for layer in twin.walk():
        layer.input_gradient = True
    for layer in twin.layers:
        signals.append(layer.forward(signals[-1], training=True).copy())
    loss = twin.loss.forward(signals[-1], labels)
    slopes = [twin.loss.backward().copy()]
    for layer in reversed(twin.layers):
        slopes.append(layer.backward(slopes[-1]).copy())
    slopes.reverse()
    passes = tuple(_layer_pass(twin, index, signals, slopes) for index in range(len(twin.layers)))
    return NetworkPass(passes, loss, _batch_first(slopes[-1]))


def _layer_pass(twin: Network, index: int, signals: list[Array], slopes: list[Array]) -> LayerPass:
    layer, spec = twin.layers[index], twin.spec.layers[index]
    x, out, dx, dout = (
        _batch_first(found) for found in (signals[index], signals[index + 1], slopes[index], slopes[index + 1])
    )
    keys = {parameter_key(info.owner or spec.uid, info.name) for info in (p.info for p in layer.params.values())}
    grads = {key: grad.copy() for key, grad in twin.split(twin.grads) if key in keys}
    return LayerPass(spec.uid, layer_title(spec), layer.formula, x, out, dout, dx, grads)


def _batch_first(tensor: Array) -> Array:
    return np.ascontiguousarray(np.moveaxis(tensor, -1, 0))
