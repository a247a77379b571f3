"""Convolutional networks, one layer after the other: chapter 7, the classics, and chapter 8's DeepConvNet."""

from __future__ import annotations

from fishlab.core.spec import ProjectSpec
from fishlab.core.templates.parts import TEMPLATES, Stack, convolution, cosine, dense, layer, project


@TEMPLATES.register(
    "simple_conv_net",
    title="SimpleConvNet",
    chapter="7.5",
    aliases=("cnn",),
    help="One convolution of 30 filters 5 × 5, a pooling, two affine layers: the book's first convolutional network.",
)
def simple_conv_net() -> ProjectSpec:
    """conv 30 5x5, ReLU, pool 2, affine 100, ReLU, affine 10; Adam 0.001 (7.5).

    The book begins with normal weights of 0.01 throughout; He in the affine layers is more than a percent ahead after
    the first epoch. The filters begin at 0.05: they learn as well as from He, 0.28, and one sees what they become,
    which drowns in the start values otherwise.
    """
    layers = [*convolution(30, 5, init="normal", std=0.05), layer("max_pool"), layer("flatten"), *dense(100, 10)]
    return project("SimpleConvNet", layers)


@TEMPLATES.register(
    "deep_conv_net",
    title="DeepConvNet",
    chapter="8.1",
    help="Six convolutions of 3 × 3 in three pairs, dropout before the scores: the book's most accurate network.",
)
def deep_conv_net() -> ProjectSpec:
    """3x3 convolutions 16 16 P 32 32 P 64 64 P, then 50 and 10 with dropout 0.5, He, Adam 0.001 (8.1).

    The fourth convolution has padding 2, so that 14 becomes 16 and the poolings end at 4 × 4. The book drops out the
    scores as well; without that the first epoch ends more than a percent higher.
    """
    layers: Stack = []
    for filters, paddings in ((16, (1, 1)), (32, (1, 2)), (64, (1, 1))):
        for padding in paddings:
            layers += convolution(filters, 3, padding)
        layers.append(layer("max_pool"))
    layers += [layer("flatten"), layer("affine", units=50), layer("relu"), layer("dropout")]
    return project("DeepConvNet", [*layers, layer("affine", units=10)])


@TEMPLATES.register(
    "lenet_5",
    title="LeNet-5",
    chapter="7.7",
    aliases=("lenet",),
    help="The network that read cheques in 1998, in today's form: ReLU and max pooling for sigmoids and subsampling.",
)
def lenet_5() -> ProjectSpec:
    """conv 6 5x5 padding 2, pool, conv 16 5x5, pool, 120, 84, 10; He, Adam 0.001. LeCun et al. 1998, chapter 7.7."""
    front = [*convolution(6, 5, 2), layer("max_pool"), *convolution(16, 5), layer("max_pool")]
    return project("LeNet-5", [*front, layer("flatten"), *dense(120, 84, 10)])


@TEMPLATES.register(
    "alexnet",
    title="AlexNet",
    chapter="7.7",
    help="Five convolutions with local response normalization, overlapping poolings, dropout: 2012's turn, in small.",
)
def alexnet() -> ProjectSpec:
    """conv 24 6x6, LRN, P, conv 48 5x5, LRN, P, conv 64 64 48 3x3, P, 256 256 10 with dropout; He, Adam 0.001.

    Krizhevsky et al. 2012 with a quarter of the filters and less. Its poolings are 3 x 3 with stride 2 and overlap:
    28 becomes 27, 13, 6 and 3.
    """
    layers: Stack = []
    for filters, size in ((24, 6), (48, 5)):
        layers += [*convolution(filters, size, 2), layer("local_response_normalization")]
        layers.append(layer("max_pool", pool_size=3, stride=2))
    for filters in (64, 64, 48):
        layers += convolution(filters, 3, 1)
    layers += [layer("max_pool"), layer("flatten")]
    for _ in range(2):
        layers += [layer("affine", units=256), layer("relu"), layer("dropout")]
    return project("AlexNet", [*layers, layer("affine", units=10)])


@TEMPLATES.register(
    "vgg",
    title="VGG-11",
    chapter="8.2",
    aliases=("vgg11",),
    help="Eight convolutions of 3 × 3 and three affine layers, far less wide than in 2014: depth out of one brick.",
)
def vgg() -> ProjectSpec:
    """3x3 convolutions 16 P 32 P 48 48 P 64 64 P 64 64 P, then 128 128 10 with dropout; He, Adam 0.001 along a cosine.

    Simonyan and Zisserman 2014, column A, with a quarter to an eighth of its filters. Padding 3 in the first
    convolution makes 28 into 32, which halves five times: 32, 16, 8, 4, 2, 1.
    """
    layers: Stack = []
    for filters in ((16,), (32,), (48, 48), (64, 64), (64, 64)):
        for count in filters:
            layers += convolution(count, 3, 1 if layers else 3)
        layers.append(layer("max_pool"))
    layers.append(layer("flatten"))
    for units in (128, 128):
        layers += [layer("affine", units=units), layer("relu"), layer("dropout", rate=0.25)]
    return project("VGG-11", [*layers, layer("affine", units=10)], training={"schedule": cosine()})
