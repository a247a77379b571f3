"""The networks to start from."""

import json

import numpy as np
import pytest

from fishlab.core.data.dataset import load_dataset
from fishlab.core.data.prepare import prepare
from fishlab.core.errors import UnknownKindError
from fishlab.core.evaluation import computing, evaluate_now
from fishlab.core.network import Network
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.shapes import infer
from fishlab.core.spec import ProjectSpec
from fishlab.core.templates import TEMPLATES, find_template
from fishlab.core.training import Trainer

WEIGHTS = {
    "Gates": 42,
    "ThreeLayerNet": 45_360,
    "TwoLayerNet": 39_760,
    "ThreeLayerMLP": 669_706,
    "5x100": 109_810,
    "7x100": 130_010,
    "SimpleConvNet": 433_890,
    "DeepConvNet": 123_552,
    "LeNet-5": 61_706,
    "AlexNet": 301_282,
    "VGG-11": 204_074,
    "GoogLeNet": 20_482,
    "ResNet": 77_658,
    "Plain-20": 67_562,
    "ResNet-20": 68_250,
}
ON_MNIST = [title for title in WEIGHTS if title not in ("Gates", "Plain-20")]


def test_every_template_is_described_and_comes_back_from_json() -> None:
    assert [entry.title for entry in TEMPLATES] == [*WEIGHTS, "Empty"]
    for entry in TEMPLATES:
        project = entry.item()
        assert entry.help.endswith(".")
        assert ProjectSpec.from_dict(json.loads(json.dumps(project.to_dict()))) == project


@pytest.mark.parametrize(("title", "weights"), WEIGHTS.items())
def test_a_template_has_the_size_the_literature_gives(title: str, weights: int) -> None:
    network = find_template(title).item().network
    report = infer(network)
    assert report.ok and report.weights == weights
    assert network.name == title


def test_deep_conv_net_ends_its_convolutions_at_4_by_4() -> None:
    shapes = [layer.out_shape for layer in infer(find_template("DeepConvNet").item().network).layers]
    assert (32, 16, 16) in shapes and (64, 4, 4) in shapes


def test_plain_and_residual_20_hold_the_same_layers_in_a_row_or_in_blocks() -> None:
    def weights(title: str) -> list[object]:
        layers = find_template(title).item().network.walk()
        kept = [layer for layer in layers if layer.kind in ("convolution", "affine")]
        return [layer.replace(uid="") for layer in kept if getattr(layer, "kernel_size", None) != (1, 1)]

    plain, residual = weights("Plain-20"), weights("ResNet-20")
    assert plain == residual and len(plain) == 20
    blocks = [layer for layer in find_template("ResNet-20").item().network.layers if layer.kind == "residual"]
    assert [bool(block.branches[1]) for block in blocks] == [False] * 3 + [True, False, False] * 2


def test_the_signal_dies_in_plain_20_and_gets_through_residual_20() -> None:
    images = np.random.default_rng(0).random((8, 1, 28, 28), np.float32)
    apart = {}
    for title in ("Plain-20", "ResNet-20"):
        network = Network(find_template(title).item().network, seed=1)
        with computing():
            apart[title] = float(np.ptp(network.predict(images), axis=0).max())
    assert apart["Plain-20"] < 1e-6 < 1e-4 < apart["ResNet-20"]


def test_googlenet_lays_its_branches_one_behind_the_other() -> None:
    report = infer(find_template("GoogLeNet").item().network)
    blocks = [layer.out_shape for layer in report.layers if layer.title == "Inception"]
    assert blocks == [(32, 14, 14), (64, 7, 7), (64, 7, 7)]


def test_the_template_of_overfitting_learns_from_300_images_and_looks_at_300_others() -> None:
    data = find_template("7x100").item().data
    assert data.subset * data.validation == data.subset * (1 - data.validation) == 300


def test_the_empty_template_asks_for_layers_and_says_how() -> None:
    problem = infer(find_template("empty").item().network).problem
    assert problem is not None and problem.repairs


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SimpleConvNet", "simple_conv_net"),
        ("simpleconvnet", "simple_conv_net"),
        ("SIMPLE_CONV_NET", "simple_conv_net"),
        ("lenet", "lenet_5"),
        ("LeNet-5", "lenet_5"),
        ("lenet5", "lenet_5"),
        ("MLP", "three_layer_mlp"),
        ("two-layer-net", "two_layer_net"),
        ("5 x 100", "five_layers"),
        ("vgg", "vgg"),
        ("xor", "gates"),
        ("Inception", "googlenet"),
        ("resnet20", "residual_20"),
        ("plain 20", "plain_20"),
    ],
)
def test_a_template_is_found_in_any_spelling(name: str, kind: str) -> None:
    assert find_template(name).kind == kind


@pytest.mark.parametrize("name", ["SimplConvNet", "simple conv nett"])
def test_a_slip_of_the_finger_is_told_the_nearest_name(name: str) -> None:
    with pytest.raises(UnknownKindError, match=r"no template called .* did you mean 'simple_conv_net'"):
        find_template(name)


@pytest.mark.parametrize("name", ["", "transformer", "--"])
def test_an_unknown_template_is_told_what_there_is(name: str) -> None:
    with pytest.raises(UnknownKindError, match="known are gates, three_layer_net"):
        find_template(name)


def test_each_call_gives_layers_of_their_own() -> None:
    one, other = (find_template("LeNet-5").item().network for _ in range(2))
    assert not {layer.uid for layer in one.layers} & {layer.uid for layer in other.layers}


@pytest.mark.one_in(13)
@pytest.mark.parametrize("title", ON_MNIST)
def test_a_template_learns_ten_bars_of_light_in_a_few_steps(title: str) -> None:
    project = find_template(title).item()
    network = Network(project.network, seed=0)
    spec = project.training.optimizer
    optimizer = OPTIMIZERS[spec.kind].item(spec, network.values.size, network.dtype)
    labels = np.arange(20) % 10
    images = np.zeros((1, 28, 28, 20), np.float32)
    for image, label in enumerate(labels):
        images[0, :, 2 + 2 * label : 6 + 2 * label, image] = 1
    losses = []
    with computing():
        for step in range(25):
            network.begin_step(step)
            losses.append(network.gradient_step(images, labels)[0])
            optimizer.step(network.values, network.grads)
    assert min(losses[-3:]) < 0.9 * losses[0]


def test_gates_learn_xor() -> None:
    project = find_template("Gates").item()
    data = prepare(load_dataset(project.data), project.data)
    trainer = Trainer(project, data)
    for _ in trainer.events():
        pass
    assert evaluate_now(trainer.network, data.test, data.scaling).accuracy == 1.0
