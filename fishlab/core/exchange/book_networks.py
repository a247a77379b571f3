"""The book's networks, known by the shapes of their weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from fishlab.core.errors import FishLabError
from fishlab.core.exchange.formats import ExchangeError
from fishlab.core.exchange.matching import refuse_one_output
from fishlab.core.layers import Shape
from fishlab.core.spec import DataSpec, NetworkSpec, ProjectSpec
from fishlab.core.templates import TEMPLATES
from fishlab.core.templates.parts import Stack, convolution, layer, project

BOOK_EPSILON = 1e-6  # in the book's batch normalization: 10e-7
USUAL_EPSILON = 1e-5
BOOK_DROPOUT = 0.5
SIGMOID_SIZES = (784, 50, 100, 10)  # chapter 3.6; every other network of the book that is saved bends with ReLU
PIXELS = (1, 28, 28)
MNIST_CLASSES = 10
DEEP_PADDINGS = (1, 1, 1, 2, 1, 1)
_DENSE_TEMPLATES = {SIGMOID_SIZES: "three_layer_net", (784, 50, 10): "two_layer_net"}
_TRY = "Make the network in FishLab, and match the file to it."


@dataclass(frozen=True)
class Known:
    """A network that was recognised, untrained, and sentences about what had to be assumed."""

    project: ProjectSpec
    said: tuple[str, ...]


def known_network(weights: Sequence[Shape], normalized: Sequence[bool], *, by_the_book: bool = True) -> Known:
    """The network of the book whose weights, from first to last, have these shapes.

    An affine weight is (in, out), a convolution's (filters, channels, rows, columns). `normalized` says which are
    followed by a batch normalization. What is not `by_the_book` but has its shapes was trained elsewhere: it bends with
    ReLU, has the usual epsilon, and Dropout that leaves predicting alone. Raises ExchangeError where no network of the
    book is like that.
    """
    axes = tuple(map(len, weights))
    if axes and axes[-1] == 2:
        refuse_one_output(weights[-1][1])
    try:
        if axes and set(axes) == {2}:
            return _dense(weights, normalized, by_the_book)
        if axes == (4, 2, 2) and not any(normalized):
            return _simple(weights)
        if axes == (4, 4, 4, 4, 4, 4, 2, 2) and not any(normalized):
            return _deep(weights, by_the_book)
    except ExchangeError:
        raise
    except FishLabError as error:
        raise ExchangeError(f"Its network cannot be built: {error}") from error
    listed = ", ".join(map(str, weights[:10])) + (", …" if len(weights) > 10 else "")
    raise ExchangeError(f"Its weights, {listed or 'none'}, are those of no network that is known here. {_TRY}")


def _dense(weights: Sequence[Shape], normalized: Sequence[bool], by_the_book: bool) -> Known:
    """Affine layers one after the other: ThreeLayerNet, TwoLayerNet, MultiLayerNet and MultiLayerNetExtend."""
    for number, (before, after) in enumerate(pairwise(weights), start=1):
        if before[1] != after[0]:
            raise ExchangeError(
                f"Weights {number} {before} give {before[1]:,} numbers and weights {number + 1} {after} take "
                f"{after[0]:,}: they do not follow one another. {_TRY}"
            )
    sizes = (weights[0][0], *(shape[1] for shape in weights))
    bends_smoothly = by_the_book and sizes == SIGMOID_SIZES and not any(normalized)
    activation = "sigmoid" if bends_smoothly else "relu"
    norm = {"momentum": 0.9, "epsilon": BOOK_EPSILON if by_the_book else USUAL_EPSILON}
    stack: Stack = [layer("flatten")] if sizes[0] == math.prod(PIXELS) else []
    for number, (units, follows) in enumerate(zip(sizes[1:], normalized, strict=True), start=1):
        stack.append(layer("affine", units=units))
        stack += [layer("batch_normalization", **norm)] if follows else []
        stack += [layer(activation)] if number < len(weights) else []
    in_shape = PIXELS if sizes[0] == math.prod(PIXELS) else sizes[:1]
    between = "sigmoid, as in chapter 3" if bends_smoothly else "ReLU"
    told = f"Between its layers stands {between}: the file does not say it. If it was another, put that in its place."
    said = told if len(weights) > 1 else ""
    template = _DENSE_TEMPLATES.get(sizes, "three_layer_mlp")
    name = TEMPLATES[template].title if sizes in _DENSE_TEMPLATES else "-".join(map(str, sizes))
    return _known(template, name, in_shape, sizes[-1], stack, said)


def _simple(weights: Sequence[Shape]) -> Known:
    """conv, ReLU, pool 2, affine, ReLU, affine (7.5).

    Rows and padding follow from how many numbers the affine layer takes.
    """
    (filters, channels, kernel, across), (rows, hidden), (_, scores) = weights
    side = 2 * math.isqrt(rows // filters)
    if kernel != across or filters * side * side != 4 * rows or not side:
        raise ExchangeError(f"Its convolution {weights[0]} does not fit to the affine layer {weights[1]}. {_TRY}")
    usual = PIXELS[1] if channels == PIXELS[0] else 32
    border = side + kernel - 1 - usual
    padding = border // 2 if border >= 0 and border % 2 == 0 else 0
    size = side + kernel - 1 - 2 * padding
    stack = [*convolution(filters, kernel, padding), layer("max_pool"), layer("flatten")]
    stack += [layer("affine", units=hidden), layer("relu"), layer("affine", units=scores)]
    return _known("simple_conv_net", "SimpleConvNet", (channels, size, size), scores, stack)


def _deep(weights: Sequence[Shape], by_the_book: bool) -> Known:
    """Six convolutions 3 x 3 in pairs, affine, ReLU, dropout, affine, dropout (8.1).

    The book's Dropout scales down when predicting, and the scores go through one as well.
    """
    stack: Stack = []
    for number, ((filters, _, kernel, _), padding) in enumerate(zip(weights[:6], DEEP_PADDINGS, strict=True)):
        stack += convolution(filters, kernel, padding) + [layer("max_pool")] * (number % 2)
    scaled = "predicting" if by_the_book else "training"
    stack += [layer("flatten"), layer("affine", units=weights[6][1]), layer("relu")]
    stack += [layer("dropout", rate=BOOK_DROPOUT, scaled=scaled), layer("affine", units=weights[7][1])]
    stack += [layer("dropout", rate=BOOK_DROPOUT, scaled=scaled)] if by_the_book else []
    said = "Dropout is the book's: it scales down when predicting, after the hidden layer and after the scores."
    in_shape = (weights[0][1], *PIXELS[1:])
    return _known("deep_conv_net", "DeepConvNet", in_shape, weights[7][1], stack, said if by_the_book else "")


def _known(template: str, name: str, in_shape: Shape, classes: int, stack: Stack, *said: str) -> Known:
    """The project: trained as the template is, on MNIST where that fits, its pixels 0 to 1 as in the book."""
    network = project(name, stack, network={"in_shape": in_shape, "classes": classes}).network
    training = TEMPLATES[template].item().training
    whole = ProjectSpec(network=network, data=_data(network), training=training)
    found = f"Its shapes are those of {name}, for inputs of {_shown(in_shape)} and {classes} classes."
    return Known(whole, tuple(text for text in (found, *said) if text))


def _shown(shape: Shape) -> str:
    """A shape for people."""
    return " × ".join(map(str, shape))


def _data(network: NetworkSpec) -> DataSpec:
    fits = network.in_shape == PIXELS and network.classes == MNIST_CLASSES
    return DataSpec(source="mnist" if fits else "auto")
