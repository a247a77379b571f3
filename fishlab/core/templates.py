"""Networks to start from: the book's and the classics, each with the training that suits it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.registry import Entry, Registry
from fishlab.core.spec import NetworkSpec, ProjectSpec, TrainingSpec

Template = Callable[[], ProjectSpec]
TEMPLATES: Registry[Template] = Registry("template")


def find_template(name: str) -> Entry[Template]:
    """The template with this kind, title or alias, in any case and with or without hyphens.

    Raises UnknownKindError, with the nearest name, where there is none.
    """
    wanted = _plain(name)
    for entry in TEMPLATES:
        if wanted in map(_plain, (entry.kind, entry.title, *entry.aliases)):
            return entry
    return TEMPLATES[name.casefold()]


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _layer(kind: str, **values: Any) -> LayerSpec:
    spec: LayerSpec = LAYERS[kind].item.Spec(**values)
    return spec


def _dense(*units: int, **values: Any) -> list[LayerSpec]:
    """Affine layers with ReLU between them, scores at the end."""
    *hidden, scores = units
    stack: list[LayerSpec] = []
    for width in hidden:
        stack += [_layer("affine", units=width, **values), _layer("relu")]
    return [*stack, _layer("affine", units=scores, **values)]


def _convolution(filters: int, size: int, padding: int = 0, **values: Any) -> list[LayerSpec]:
    return [_layer("convolution", filters=filters, kernel_size=size, padding=padding, **values), _layer("relu")]


def _project(name: str, layers: list[LayerSpec], optimizer: str = "adam", **values: Any) -> ProjectSpec:
    training = TrainingSpec(optimizer=OPTIMIZERS[optimizer].item.Spec(**values))
    return ProjectSpec(network=NetworkSpec(name=name, layers=tuple(layers)), training=training)


@TEMPLATES.register(
    "two_layer_net",
    title="TwoLayerNet",
    chapter="5.7",
    help="784 pixels, 50 hidden units, 10 scores: the book's first network that learns, with SGD.",
)
def two_layer_net() -> ProjectSpec:
    """784-50-10 with ReLU, normal initial weights of 0.01, SGD 0.1 (chapter 5.7)."""
    layers = [_layer("flatten"), *_dense(50, 10, init="normal", std=0.01)]
    return _project("TwoLayerNet", layers, "sgd", learning_rate=0.1)


@TEMPLATES.register(
    "three_layer_mlp",
    title="ThreeLayerMLP",
    chapter="6.3",
    aliases=("mlp",),
    help="Two wide hidden layers of 512 units. Twenty times the weights of TwoLayerNet, and one more bend.",
)
def three_layer_mlp() -> ProjectSpec:
    """784-512-512-10 with ReLU, He, Adam 0.001."""
    return _project("ThreeLayerMLP", [_layer("flatten"), *_dense(512, 512, 10)])


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
    layers = [*_convolution(30, 5, init="normal", std=0.05), _layer("max_pool"), _layer("flatten"), *_dense(100, 10)]
    return _project("SimpleConvNet", layers)


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
    layers: list[LayerSpec] = []
    for filters, paddings in ((16, (1, 1)), (32, (1, 2)), (64, (1, 1))):
        for padding in paddings:
            layers += _convolution(filters, 3, padding)
        layers.append(_layer("max_pool"))
    layers += [_layer("flatten"), _layer("affine", units=50), _layer("relu"), _layer("dropout")]
    return _project("DeepConvNet", [*layers, _layer("affine", units=10)])


@TEMPLATES.register(
    "lenet_5",
    title="LeNet-5",
    chapter="7.6",
    aliases=("lenet",),
    help="The network that read cheques in 1998, in today's form: ReLU and max pooling for sigmoids and subsampling.",
)
def lenet_5() -> ProjectSpec:
    """conv 6 5x5 padding 2, pool, conv 16 5x5, pool, 120, 84, 10; He, Adam 0.001. LeCun et al. 1998, chapter 7.6."""
    front = [*_convolution(6, 5, 2), _layer("max_pool"), *_convolution(16, 5), _layer("max_pool")]
    return _project("LeNet-5", [*front, _layer("flatten"), *_dense(120, 84, 10)])


@TEMPLATES.register("empty", title="Empty", help="Only the input and the loss. Everything between is yours.")
def empty() -> ProjectSpec:
    """No layer at all."""
    return _project("Untitled", [])
