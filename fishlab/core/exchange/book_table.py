"""The weights of a network as the book's table of W1, b1, W2, ...: for its own code to answer as FishLab does.

The book's Dropout scales down when it predicts. Where ours does not, what comes out of it is larger than the book's by
1 / (1 - rate), and the weights behind it are written so much larger. A batch normalization of the book adds 10e-7 to
the variance; the running variance is written less the difference. Everything else is as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from fishlab.core.exchange.book_networks import BOOK_DROPOUT, BOOK_EPSILON, known_network
from fishlab.core.exchange.code.numpy_layers import writes as code_writers
from fishlab.core.exchange.formats import ExchangeError, Subject
from fishlab.core.exchange.matching import alike, working
from fishlab.core.layers import LayerSpec
from fishlab.core.layers.affine import AffineSpec
from fishlab.core.layers.base import Array, shape_text
from fishlab.core.layers.convolution import ConvolutionSpec
from fishlab.core.layers.dropout import DropoutSpec
from fishlab.core.layers.normalization import BatchNormalizationSpec
from fishlab.core.layers.pooling import MaxPoolingSpec
from fishlab.core.network import parameter_key
from fishlab.core.shapes import layer_title
from fishlab.core.spec import NetworkSpec

Write = Callable[["_Table", Any], None]
WRITERS: dict[str, Write] = {}
"""What writes a layer of each kind that the book has; other kinds it cannot hold."""


def book_table(subject: Subject) -> dict[str, Array]:
    """Name to array, in the book's order: W1, b1, ..., then gamma, beta and the running statistics.

    Raises ExchangeError that names the layer that the book's code has not.
    """
    network = subject.trained.network
    working(network)
    table = _Table(subject.weights, _advice(network))
    for number, layer in enumerate(_with_the_books_dropouts(network), start=1):
        table.label = f"Layer {number}, {layer_title(layer)},"
        write = WRITERS.get(layer.kind)
        if write is None:
            raise table.refusal("is not one that the book's code has")
        write(table, layer)
    return table.finished()


def _advice(network: NetworkSpec) -> str:
    """Where else such a network can go: what a layer of one's own computes stands in no format's tables."""
    if all(layer.kind in code_writers.writers for layer in network.walk()):
        return "Export the network as Python code, ONNX or safetensors instead."
    return "Its weights alone can be exported, as safetensors: what a layer of your own computes stands in its file."


class _Table:
    """What was written so far. The book's signal here is `factor` times ours; `straight`: nothing bent it since."""

    def __init__(self, weights: Mapping[str, Array], advice: str) -> None:
        self._weights, self._advice, self._pairs = weights, advice, list[list[Array]]()
        self._norms: dict[str, Array] = {}
        self.factor, self.straight, self.behind_affine, self.label = 1.0, False, False, ""

    def refusal(self, why: str) -> ExchangeError:
        """The error that names the layer being written."""
        return ExchangeError(f"{self.label} {why}. {self._advice}")

    def own(self, layer: LayerSpec, name: str) -> Array | None:
        """A parameter of a layer, if it has it."""
        return self._weights.get(parameter_key(layer.uid, name))

    def add(self, layer: LayerSpec) -> None:
        """The next W and b; a bias that a layer has not is zeros in the book."""
        weight, bias = self.own(layer, "W"), self.own(layer, "b")
        assert weight is not None
        units = weight.shape[0] if weight.ndim == 4 else weight.shape[1]
        if self.factor != 1:
            weight = weight / weight.dtype.type(self.factor)
        self._pairs.append([weight, np.zeros(units, weight.dtype) if bias is None else bias])
        self.factor, self.straight = 1.0, True

    def add_norm(self, arrays: Mapping[str, Array]) -> None:
        """What belongs to a normalization behind the last weights."""
        self._norms |= {f"{name}{len(self._pairs)}": array for name, array in arrays.items()}

    def finished(self) -> dict[str, Array]:
        """The whole table; what is left of the factor goes into the last weights."""
        if not self._pairs:
            raise ExchangeError("The network has no weights: there is nothing to write.")
        if self.factor != 1 and not self.straight:
            raise self.refusal("would be followed by a dropout of the book that no weights can make up for")
        if self.factor != 1:
            self._pairs[-1] = [array / array.dtype.type(self.factor) for array in self._pairs[-1]]
        table = {f"{name}{number}": array for number, pair in enumerate(self._pairs, start=1)
                 for name, array in zip("Wb", pair, strict=True)}  # fmt: skip
        return table | self._norms


# -- one function for each kind of layer -----------------------------------------------------------------------------
def _writes(*kinds: str) -> Callable[[Write], Write]:
    def enter(write: Write) -> Write:
        WRITERS.update(dict.fromkeys(kinds, write))
        return write

    return enter


@_writes("flatten", "identity", "relu")
def _passed(table: _Table, layer: LayerSpec) -> None:
    """What the book does by itself, or without weights; a factor passes through."""
    table.behind_affine = False


@_writes("sigmoid")
def _sigmoid(table: _Table, layer: LayerSpec) -> None:
    if table.factor != 1:
        raise table.refusal("follows a dropout, and the book's would change what it gets")
    table.straight = table.behind_affine = False


@_writes("affine")
def _affine(table: _Table, layer: AffineSpec) -> None:
    table.add(layer)
    table.behind_affine = True


@_writes("convolution")
def _convolution(table: _Table, layer: ConvolutionSpec) -> None:
    _refuse_pairs(table, stride=layer.stride, padding=layer.padding)
    table.add(layer)
    table.behind_affine = False


@_writes("max_pool")
def _max_pool(table: _Table, layer: MaxPoolingSpec) -> None:
    _refuse_pairs(table, stride=layer.stride)
    if layer.padding != (0, 0):
        raise table.refusal("has a padding, and the book's pooling has none")
    table.behind_affine = False


def _refuse_pairs(table: _Table, **pairs: tuple[int, int]) -> None:
    """The book has one stride and one padding for both directions."""
    for what, (down, across) in pairs.items():
        if down != across:
            text = shape_text((down, across))
            raise table.refusal(f"has the {what} {text}, and the book has one for both directions")


@_writes("dropout")
def _dropout(table: _Table, layer: DropoutSpec) -> None:
    if layer.scaled == "training":
        table.factor *= 1 - layer.rate
    table.behind_affine = False


@_writes("batch_normalization")
def _batch_normalization(table: _Table, layer: BatchNormalizationSpec) -> None:
    if not table.behind_affine:
        raise table.refusal("does not stand right behind an affine layer, where the book has it")
    arrays = {name: table.own(layer, name) for name in ("gamma", "beta", "running_mean", "running_var")}
    found = {name: array for name, array in arrays.items() if array is not None}
    variance = found["running_var"]
    found["running_var"] = np.maximum(variance + variance.dtype.type(layer.epsilon - BOOK_EPSILON), 0)
    table.add_norm(found)
    table.straight = table.behind_affine = False


# -- DeepConvNet -----------------------------------------------------------------------------------------------------
def _with_the_books_dropouts(network: NetworkSpec) -> tuple[LayerSpec, ...]:
    """The layers; of a DeepConvNet with both dropouts of the book's class, whichever of them ours has."""
    shapes = [info.shape for entry in working(network).walk() for info in entry.parameters if info.name == "W"]
    try:
        book = known_network(shapes, [False] * len(shapes)).project.network.layers
    except ExchangeError:
        return network.layers
    ours = [layer for layer in network.layers if not isinstance(layer, DropoutSpec)]
    dropouts = [layer for layer in book if isinstance(layer, DropoutSpec)]
    if not dropouts or not alike([layer for layer in book if layer not in dropouts], ours):
        return network.layers
    scaled = {_place(network.layers, layer): layer for layer in network.layers if isinstance(layer, DropoutSpec)}
    places = [_place(book, layer) for layer in dropouts]
    for place, layer in scaled.items():
        if layer.scaled == "predicting" and (place not in places or layer.rate != BOOK_DROPOUT):
            raise ExchangeError(
                f"{layer_title(layer)} scales down when predicting, by a rate or in a place that the book's "
                f"DeepConvNet has not: there it is {BOOK_DROPOUT:g} after the hidden layer and after the scores."
            )
    kept = iter(ours)
    return tuple(
        _dropout_of(scaled.get(_place(book, layer)), layer) if layer in dropouts else next(kept) for layer in book
    )


def _dropout_of(ours: DropoutSpec | None, book: LayerSpec) -> LayerSpec:
    """Ours where it predicts as the book's, else the book's where ours only learns: the weights make up for it."""
    return ours if ours and ours.scaled == "predicting" else book.replace(scaled="training")


def _place(layers: tuple[LayerSpec, ...], wanted: LayerSpec) -> int:
    """How many layers stand before it that are no dropout."""
    before = layers[: [layer.uid for layer in layers].index(wanted.uid)]
    return sum(not isinstance(layer, DropoutSpec) for layer in before)
