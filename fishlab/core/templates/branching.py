"""Networks with blocks: GoogLeNet and ResNet in MNIST size, and 20 layers plain and residual (chapter 8.2)."""

from __future__ import annotations

import itertools

from fishlab.core.layers import LayerSpec
from fishlab.core.spec import ProjectSpec
from fishlab.core.templates.parts import TEMPLATES, Stack, convolution, cosine, layer, project

WIDTHS = (8, 16, 32)  # filters at 28, 14 and 7 rows


def _normalized(filters: int, size: int = 3, padding: int = 1) -> Stack:
    """A convolution and its batch normalization, which has a shift and makes a bias idle."""
    convolved = layer("convolution", filters=filters, kernel_size=size, padding=padding, bias=False)
    return [convolved, layer("batch_normalization")]


def _bent(filters: int, size: int = 3, padding: int = 1) -> Stack:
    return [*_normalized(filters, size, padding), layer("relu")]


def _inception(one: int, reduced: int, three: int, five: int, pooled: int) -> LayerSpec:
    """Windows of 1 x 1, 3 x 3 and 5 x 5 and a pooling side by side; 1 x 1 convolutions before them make them cheap."""
    branches = (
        _bent(one, 1, 0),
        [*_bent(reduced, 1, 0), *_bent(three)],
        [*_bent(reduced // 2, 1, 0), *_bent(five, 5, 2)],
        [layer("max_pool", pool_size=3, stride=1, padding=1), *_bent(pooled, 1, 0)],
    )
    return layer("parallel", name="Inception", branches=tuple(map(tuple, branches)))


@TEMPLATES.register(
    "googlenet",
    title="GoogLeNet",
    chapter="8.2",
    aliases=("inception",),
    help="Three Inception blocks, which look with windows of several sizes at once, and no wide affine layer: 2014.",
)
def googlenet() -> ProjectSpec:
    """conv 16 5x5, P, Inception 32, P, Inception 64 twice, global average pool, 10; Adam 0.003 along a cosine.

    Szegedy et al. 2014 in small: three Inception modules in place of nine, with the batch normalization that they got
    a year later.
    """
    layers = [*_bent(16, 5, 2), layer("max_pool"), _inception(8, 8, 16, 4, 4), layer("max_pool")]
    layers += [_inception(16, 16, 32, 8, 8), _inception(16, 16, 32, 8, 8)]
    layers += [layer("global_average_pool"), layer("affine", units=10)]
    return project("GoogLeNet", layers, learning_rate=0.003, training={"schedule": cosine()})


def _residual(body: Stack, before: int, after: int) -> Stack:
    """A residual block and the ReLU behind it; where the number of filters changes, a 1 x 1 convolution is shortcut."""
    shortcut = [] if before == after else [layer("convolution", filters=after, kernel_size=1, init="xavier")]
    return [layer("residual", branches=(tuple(body), tuple(shortcut))), layer("relu")]


@TEMPLATES.register(
    "resnet",
    title="ResNet",
    chapter="8.2",
    aliases=("resnet8",),
    help="Three residual blocks with batch normalization: what each adds to its input is all that it has to learn.",
)
def resnet() -> ProjectSpec:
    """conv 16, residual blocks of two 3x3 convolutions with 16 P 32 P 64, global average pool, 10; Adam 0.002, cosine.

    He et al. 2015, ResNet-8: their small network for 32 x 32 pixels with n = 1, its sizes halved by poolings.
    """
    layers = _bent(16)
    for before, filters in itertools.pairwise((16, 16, 32, 64)):
        if before != filters:
            layers.append(layer("max_pool"))
        layers += _residual([*_bent(filters), *_normalized(filters)], before, filters)
    layers += [layer("global_average_pool"), layer("affine", units=10)]
    return project("ResNet", layers, learning_rate=0.002, training={"schedule": cosine()})


def _twenty(*, residual: bool) -> Stack:
    """A first convolution, nine pairs of convolutions, an affine layer; between pairs of other widths, a pooling."""
    layers, before = convolution(WIDTHS[0], 3, 1), WIDTHS[0]
    for filters in (width for width in WIDTHS for _ in range(3)):
        if filters != before:
            layers.append(layer("max_pool"))
        pair = [conv for _ in range(2) for conv in convolution(filters, 3, 1, init="normal", std=0.01)]
        layers += _residual(pair[:-1], before, filters) if residual else pair
        before = filters
    return [*layers, layer("global_average_pool"), layer("affine", units=10)]


@TEMPLATES.register(
    "plain_20",
    title="Plain-20",
    chapter="8.2",
    aliases=("plain",),
    help="Twenty layers in a row: the signal dies, it learns nothing. ResNet-20 has the same layers, and learns.",
)
def plain_20() -> ProjectSpec:
    """19 convolutions 3x3 of 8, 16 and 32 filters and an affine layer; Adam 0.001. He et al. 2015 in small.

    No normalization, and the book's initial deviation of 0.01: each layer leaves a tenth of what comes in, and after
    twenty nothing is left. From He's initial values even 20 plain layers learn MNIST.
    """
    return project("Plain-20", _twenty(residual=False))


@TEMPLATES.register(
    "residual_20",
    title="ResNet-20",
    chapter="8.2",
    help="The twenty layers of Plain-20 in nine residual blocks: with a way around each pair, all of them learn.",
)
def residual_20() -> ProjectSpec:
    """The layers of Plain-20 in nine residual blocks; where the width changes, the shortcut is a 1x1 convolution."""
    return project("ResNet-20", _twenty(residual=True))
