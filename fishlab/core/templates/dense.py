"""Networks of affine layers: chapters 2 to 6."""

from __future__ import annotations

from fishlab.core.spec import ProjectSpec
from fishlab.core.templates.parts import TEMPLATES, dense, layer, project


@TEMPLATES.register(
    "gates",
    title="Gates",
    chapter="2.5",
    aliases=("xor", "gate"),
    help="Two inputs, eight units, two answers: XOR, which no single line separates. Choose other gates in the data.",
)
def gates() -> ProjectSpec:
    """2-8-2 with tanh, Xavier, Adam 0.02, on the points of XOR: the multi-layer perceptron of 2.5, which learns."""
    return project(
        "Gates",
        dense(8, 2, activation="tanh", init="xavier"),
        learning_rate=0.02,
        network={"in_shape": (2,), "classes": 2},
        data={"source": "gates", "gate": "xor"},
        training={"epochs": 20},
    )


@TEMPLATES.register(
    "three_layer_net",
    title="ThreeLayerNet",
    chapter="3.6",
    help="784 pixels, 50 and 100 sigmoid units, 10 scores: the network whose forward pass chapter 3 builds.",
)
def three_layer_net() -> ProjectSpec:
    """784-50-100-10 with sigmoids, Xavier, Adam 0.003 (chapter 3.6, where its weights come ready from a file)."""
    layers = [layer("flatten"), *dense(50, 100, 10, activation="sigmoid", init="xavier")]
    return project("ThreeLayerNet", layers, learning_rate=0.003)


@TEMPLATES.register(
    "two_layer_net",
    title="TwoLayerNet",
    chapter="5.7",
    help="784 pixels, 50 hidden units, 10 scores: the book's first network that learns, with SGD.",
)
def two_layer_net() -> ProjectSpec:
    """784-50-10 with ReLU, normal initial weights of 0.01, SGD 0.1 (chapter 5.7)."""
    layers = [layer("flatten"), *dense(50, 10, init="normal", std=0.01)]
    return project("TwoLayerNet", layers, "sgd", learning_rate=0.1)


@TEMPLATES.register(
    "three_layer_mlp",
    title="ThreeLayerMLP",
    chapter="6.3",
    aliases=("mlp",),
    help="Two wide hidden layers of 512 units. Twenty times the weights of TwoLayerNet, and one more bend.",
)
def three_layer_mlp() -> ProjectSpec:
    """784-512-512-10 with ReLU, He, Adam 0.001."""
    return project("ThreeLayerMLP", [layer("flatten"), *dense(512, 512, 10)])


@TEMPLATES.register(
    "five_layers",
    title="5x100",
    chapter="6.1",
    aliases=("five_layer_net",),
    help="Five affine layers, 100 units in all but the last: here chapter 6 compares optimizers and initial weights.",
)
def five_layers() -> ProjectSpec:
    """784-100-100-100-100-10 with ReLU, He, SGD 0.01, batches of 128 (6.1.8 and 6.2.4)."""
    layers = [layer("flatten"), *dense(100, 100, 100, 100, 10)]
    return project("5x100", layers, "sgd", learning_rate=0.01, training={"batch_size": 128})


@TEMPLATES.register(
    "seven_layers",
    title="7x100",
    chapter="6.4",
    aliases=("seven_layer_net", "overfitting"),
    help="Seven affine layers and only 300 images: it learns them by heart. Then try weight decay 0.1, or dropout.",
)
def seven_layers() -> ProjectSpec:
    """784-(100)x6-10 with ReLU, He, SGD 0.01, 200 epochs of 300 images; 300 others validate (6.4.1)."""
    return project(
        "7x100",
        [layer("flatten"), *dense(*[100] * 6, 10)],
        "sgd",
        learning_rate=0.01,
        data={"subset": 600, "validation": 0.5},
        training={"epochs": 200},
    )
