"""safetensors: out under PyTorch's names and order of axes, in from FishLab and from anybody, and no harm."""

from __future__ import annotations

import json
import struct
import time
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from book_code import DEEP, DENSE, TWO, Table, multi_layer_net, random_table, softmax
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.scaling import Scaling
from fishlab.core.data.whitening import Whitening
from fishlab.core.errors import FileFormatError, FishLabError
from fishlab.core.exchange import EXPORTS, IMPORTS, ExchangeError, Imported, Subject, silent
from fishlab.core.exchange.model import imported_model
from fishlab.core.exchange.tensor_file import LARGEST, read_tensors
from fishlab.core.exchange.weights_file import read_weights, write_weights
from fishlab.core.files import open_project, save_project
from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.network import Network
from fishlab.core.spec import NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.core.templates import TEMPLATES

Array = np.ndarray
GROWTH, SECONDS = 50 << 20, 1.0  # of the processor: other programs do not count
NETWORKS = [entry.kind for entry in TEMPLATES if entry.item().network.layers]


def layer(kind: str, **values: Any) -> LayerSpec:
    return LAYERS[kind].item.Spec(**values)


def project(*layers: LayerSpec, in_shape: tuple[int, ...] = (1, 28, 28), precision: str = "float32") -> ProjectSpec:
    network = NetworkSpec(name="Own", in_shape=in_shape, layers=layers)
    return ProjectSpec(network=network, training=TrainingSpec(precision=precision))


def mlp(*units: int) -> ProjectSpec:
    stack = [layer("flatten")]
    for width in units:
        stack += [layer("affine", units=width), layer("relu")]
    return project(*stack[:-1])


def model_of(spec: ProjectSpec, **about: Any) -> Checkpoint:
    """Weights and statistics that are all special."""
    rng = np.random.default_rng(3)
    arrays = Network(spec.network, dtype=spec.training.precision).arrays()
    special = {key: array + rng.normal(0, 0.02, array.shape) for key, array in arrays.items()}
    return imported_model(spec, special, **about)


def images(model: Checkpoint, count: int = 5) -> Array:
    shape = (count, *model.project.network.in_shape)
    return np.random.default_rng(1).random(shape).astype(model.project.training.precision)


def exported(model: Checkpoint, tmp_path: Path) -> Path:
    path = tmp_path / "out.safetensors"
    assert write_weights(Subject(model.project, model), path, silent) == [path]
    return path


def imported(tensors: Mapping[str, Array], tmp_path: Path, template: ProjectSpec | None = None) -> Imported:
    path = tmp_path / "in.safetensors"
    save_file({name: np.ascontiguousarray(array) for name, array in tensors.items()}, path)
    return read_weights(path, template, silent)


def refusal(action: Callable[[], Any], kind: type[FishLabError] = ExchangeError) -> str:
    with pytest.raises(kind) as caught:
        action()
    return str(caught.value)


def assert_same_answers(one: Checkpoint, other: Checkpoint) -> None:
    np.testing.assert_array_equal(one.network().predict(images(one)), other.network().predict(images(one)))


# -- out and in again --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_comes_back_as_it_went_bit_for_bit(name: str, tmp_path: Path) -> None:
    model = model_of(TEMPLATES[name].item())
    found = read_weights(exported(model, tmp_path), None, silent)
    assert found.project.network == model.project.network
    assert found.project.data == model.project.data
    assert found.model.scaling == model.scaling
    assert_same_answers(model, found.model)
    template = read_weights(tmp_path / "out.safetensors", model.project, silent)
    assert_same_answers(model, template.model)


@pytest.mark.parametrize("kind", LAYERS.kinds())
def test_every_kind_of_layer_comes_back(kind: str, tmp_path: Path) -> None:
    for in_shape in ((2, 6, 6), (12,)) if kind != "reshape" else ((1, 28, 28),):
        spec = project(layer(kind), layer("flatten"), layer("affine", units=10), in_shape=in_shape)
        try:
            model = model_of(spec)
        except FishLabError:
            continue  # it takes the other one
        assert_same_answers(model, read_weights(exported(model, tmp_path), None, silent).model)


def test_names_scaling_and_precision_come_back(tmp_path: Path) -> None:
    spec = TEMPLATES["two_layer_net"].item()
    spec = spec.replace(training=spec.training.replace(precision="float64"))
    names = tuple(f"sort {number} é" for number in range(10))
    pixels = Whitening(np.linspace(0, 1, 784, dtype=np.float32), np.linspace(1, 2, 784, dtype=np.float32))
    scaling = Scaling(0.5, -0.25, pixels)
    model = model_of(spec, scaling=scaling, data_name="Mine", class_names=names)
    found = read_weights(exported(model, tmp_path), None, silent)
    assert found.project.training.precision == "float64"
    assert (found.model.class_names, found.model.data_name) == (names, "Mine")
    assert (found.model.scaling.scale, found.model.scaling.shift) == (0.5, -0.25)
    np.testing.assert_array_equal(found.model.scaling.arrays()["matrix"], pixels.matrix)
    assert_same_answers(model, found.model)
    save_project(tmp_path / "in.fishlab", found.project, found.model)
    again = open_project(tmp_path / "in.fishlab")[1]
    assert again is not None
    assert_same_answers(model, again)


def test_no_path_of_this_machine_goes_out(tmp_path: Path) -> None:
    spec = TEMPLATES["two_layer_net"].item()
    spec = spec.replace(data=spec.data.replace(source="folder", folder=str(tmp_path), file="private.csv"))
    content = exported(model_of(spec), tmp_path).read_bytes()
    assert str(tmp_path).encode() not in content
    assert b"private" not in content


def test_other_programs_find_the_usual_names_and_turned_weights(tmp_path: Path) -> None:
    inner = (layer("affine", units=6), layer("batch_normalization"))
    spec = project(
        layer("convolution", filters=3, kernel_size=5, name="First look"),
        layer("transposed_convolution", filters=2),
        layer("layer_normalization"),
        layer("flatten"),
        layer("affine", units=6, bias=False),
        layer("residual", branches=(inner, ())),
        layer("affine", units=10, name="7"),
    )
    model = model_of(spec)
    path = exported(model, tmp_path)
    found = load_file(path)
    assert {name: array.shape for name, array in found.items()} == {
        "First_look.weight": (3, 1, 5, 5),
        "First_look.bias": (3,),
        "1.weight": (3, 2, 2, 2),
        "1.bias": (2,),
        "2.weight": (2, 48, 48),
        "2.bias": (2, 48, 48),
        "4.weight": (6, 4608),
        "5.0.0.weight": (6, 6),
        "5.0.0.bias": (6,),
        "5.0.1.weight": (6,),
        "5.0.1.bias": (6,),
        "5.0.1.running_mean": (6,),
        "5.0.1.running_var": (6,),
        "6.weight": (10, 6),
        "6.bias": (10,),
    }
    uid = spec.network.layers[5].branches[0][0].uid
    np.testing.assert_array_equal(found["5.0.0.weight"], model.weights[f"{uid}/W"].T)
    with safe_open(path, "np") as file:
        assert file.metadata()["format"] == "pt"


def test_the_bytes_are_the_same_each_time(tmp_path: Path) -> None:
    model = model_of(TEMPLATES["simple_conv_net"].item())
    assert exported(model, tmp_path).read_bytes() == exported(model, tmp_path).read_bytes()


def test_a_network_without_weights_is_not_written(tmp_path: Path) -> None:
    spec = project(layer("flatten"), in_shape=(10, 1, 1))
    assert "no weights" in refusal(lambda: write_weights(Subject(spec), tmp_path / "out.safetensors", silent))


# -- from elsewhere ----------------------------------------------------------------------------------------------------
def state_dict(table: Table, *names: str) -> dict[str, Array]:
    """The book's table under PyTorch's names and in its order of axes, as safetensors hands it on: sorted."""
    found = {}
    for number, name in enumerate(names, start=1):
        weight = table[f"W{number}"]
        found[f"{name}.weight"] = weight.T if weight.ndim == 2 else weight
        found[f"{name}.bias"] = table[f"b{number}"]
    return dict(sorted(found.items()))


def answers(table: Table) -> Array:
    x = np.random.default_rng(1).random((5, 1, 28, 28)).astype(np.float32)
    return softmax(multi_layer_net(x, {name: array.astype(np.float32) for name, array in table.items()}))


THREE = ((784, 64), (64, 32), (32, 10))


CALLED = [("fc1", "fc2", "fc3"), ("net.0", "net.2", "net.10"), ("module.a", "module.b", "module.c"), ("z", "y", "x")]


@pytest.mark.parametrize("names", CALLED)
def test_a_state_dict_finds_its_layers_by_shape_whatever_they_are_called(
    names: tuple[str, ...], tmp_path: Path
) -> None:
    table = random_table(*THREE)
    found = imported(state_dict(table, *names), tmp_path, mlp(64, 32, 10))
    assert abs(found.model.network().predict(images(found.model)) - answers(table)).max() < 1e-6
    assert f"“{names[0]}” went to layer 2, Affine, its weight turned to 784 × 64." in found.said


def test_what_was_turned_is_said_of_a_state_dict_that_has_our_names_too(tmp_path: Path) -> None:
    table = random_table(*THREE)  # a Sequential of Flatten, Linear, ReLU, Linear, ReLU, Linear
    found = imported(state_dict(table, "1", "3", "5"), tmp_path, mlp(64, 32, 10))
    assert abs(found.model.network().predict(images(found.model)) - answers(table)).max() < 1e-6
    assert found.said[0].startswith("Its affine weights were turned")


def test_layers_of_one_shape_go_in_by_the_numbers_in_their_names(tmp_path: Path) -> None:
    shapes = ((784, 20), *[(20, 20)] * 9, (20, 10))
    table = random_table(*shapes)
    found = imported(state_dict(table, *(f"layers.{2 * n}" for n in range(11))), tmp_path, mlp(*[20] * 10, 10))
    assert abs(found.model.network().predict(images(found.model)) - answers(table)).max() < 1e-6
    assert any("square, and was taken to lie as PyTorch has it" in text for text in found.said)
    assert "9 of them have shapes in common" in found.said[-1]


def test_weights_that_lie_as_in_the_book_are_found_too_and_it_is_said(tmp_path: Path) -> None:
    table = random_table((784, 64), (64, 64), (64, 10))
    tensors = {f"{name[1:]}.{'weight' if name[0] == 'W' else 'bias'}": array for name, array in table.items()}
    found = imported(tensors, tmp_path, mlp(64, 64, 10))
    assert abs(found.model.network().predict(images(found.model)) - answers(table)).max() < 1e-6
    assert "not turned" in found.said[-1]


def test_without_a_template_dense_layers_and_the_books_shapes_are_known(tmp_path: Path) -> None:
    found = imported(state_dict(random_table(*TWO), "fc1", "fc2"), tmp_path)
    assert abs(found.model.network().predict(images(found.model)) - answers(random_table(*TWO))).max() < 1e-6
    three = imported(state_dict(random_table(*DENSE), "a", "b", "c"), tmp_path)
    assert abs(three.model.network().predict(images(three.model)) - answers(random_table(*DENSE))).max() < 1e-6
    assert "stands ReLU" in " ".join(three.said)
    deep = imported(state_dict(random_table(*DEEP), *(f"net.{n}" for n in range(8))), tmp_path)
    assert [kept.to_dict().get("scaled") for kept in deep.project.network.layers][-2:] != ["predicting", "predicting"]


def test_batch_normalization_comes_with_its_statistics_and_without_its_counter(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    table = random_table((784, 20), (20, 10))
    extra = {name: rng.uniform(0.5, 1.5, 20).astype(np.float32) for name in ("gamma1", "beta1", "running_mean1")}
    extra["running_var1"] = np.ones(20, np.float32) - np.float32(1e-6) + np.float32(1e-5)
    tensors = state_dict(table, "0", "3") | {"1.num_batches_tracked": np.array(7)}
    tensors |= {f"1.{torch}": extra[f"{ours}1"] for torch, ours in
                (("weight", "gamma"), ("bias", "beta"), ("running_mean", "running_mean"))}  # fmt: skip
    tensors["1.running_var"] = np.ones(20, np.float32)
    stack = (layer("affine", units=20), layer("batch_normalization"), layer("relu"), layer("affine", units=10))
    for template in (None, project(layer("flatten"), *stack)):
        found = imported(tensors, tmp_path, template)
        assert abs(found.model.network().predict(images(found.model)) - answers(table | extra)).max() < 1e-6


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_other_number_types_are_read(dtype: Any, tmp_path: Path) -> None:
    table = random_table(*TWO, dtype=dtype)
    found = imported(state_dict(table, "fc1", "fc2"), tmp_path)
    assert found.project.training.precision == ("float64" if dtype == np.float64 else "float32")
    assert abs(found.model.network().predict(images(found.model)) - answers(table)).max() < 1e-5


def test_bfloat16_is_read(tmp_path: Path) -> None:
    """1.5, -2 and 2^-10 are whole in it."""
    values = np.array([1.5, -2, 2**-10], "<f4")
    head = json.dumps({"x.weight": {"dtype": "BF16", "shape": [3], "data_offsets": [0, 6]}}).encode()
    body = (values.view("<u4") >> 16).astype("<u2").tobytes()
    (tmp_path / "b.safetensors").write_bytes(struct.pack("<Q", len(head)) + head + body)
    np.testing.assert_array_equal(read_tensors(tmp_path / "b.safetensors").arrays["x.weight"], values)


def test_the_scaling_of_the_template_is_kept_or_it_is_said(tmp_path: Path) -> None:
    tensors, template = state_dict(random_table(*TWO), "fc1", "fc2"), TEMPLATES["two_layer_net"].item()
    scalings = ("unit", "standard", "whitened")
    given = {name: template.replace(data=template.data.replace(scaling=name)) for name in scalings}
    found = {name: imported(tensors, tmp_path, spec) for name, spec in given.items()}
    pixel = {name: float(one.model.scaling.apply(np.full((1, 1), 255, np.uint8))[0, 0]) for name, one in found.items()}
    assert pixel == pytest.approx({"unit": 1, "standard": (1 - 0.1307) / 0.3081, "whitened": 1})
    assert found["whitened"].project.data.scaling == "unit"
    assert "does not hold what the template's scaling needs" in " ".join(found["whitened"].said)


def test_a_file_of_fishlab_keeps_its_scaling_in_a_template_and_says_if_it_was_another_network(tmp_path: Path) -> None:
    model = model_of(TEMPLATES["deep_conv_net"].item(), scaling=Scaling(0.5, -0.25))
    same = read_weights(exported(model, tmp_path), TEMPLATES["deep_conv_net"].item(), silent)
    assert same.model.scaling == model.scaling
    assert same.said == ()
    other = TEMPLATES["deep_conv_net"].item()
    uid = next(spec.uid for spec in other.network.layers if "rate" in spec.to_dict())
    other = other.replace(network=other.network.change(uid, scaled="predicting"))
    found = read_weights(tmp_path / "out.safetensors", other, silent)
    assert "FishLab wrote it for another network, “DeepConvNet”" in found.said[-1]


def test_what_does_not_fit_is_named_with_its_shape_and_what_was_needed(tmp_path: Path) -> None:
    words = refusal(lambda: imported(state_dict(random_table((784, 50), (50, 12)), "a", "b"), tmp_path, mlp(50, 10)))
    assert "“in.safetensors”: Layer 4, Affine, needs weight (10, 50), bias (10,), and “b” has" in words
    assert "weight (12, 50), bias (12,)" in words
    words = refusal(lambda: imported(state_dict(random_table(*THREE), "a", "b", "c"), tmp_path, mlp(64, 10)))
    assert "Layer 4, Affine, needs weight (10, 64), bias (10,), and “b” has weight (32, 64), bias (32,)" in words
    words = refusal(lambda: imported(state_dict(random_table(*TWO), "a", "b"), tmp_path, mlp(50, 10, 10)))
    assert "needs weight (10, 10), bias (10,), and nothing is left in the file" in words
    wider = state_dict(random_table(*TWO), "a", "b") | {"norm.weight": np.ones(3, np.float32)}
    assert "“norm” (weight (3,)) has no place" in refusal(lambda: imported(wider, tmp_path, mlp(50, 10)))


WRONG: dict[str, tuple[dict[str, Array], str]] = {
    "nothing": ({}, "holds no weights"),
    "counters alone": ({"n": np.array([1])}, "holds no weights"),
    "infinity": ({"0.weight": np.full((3, 2), np.nan, np.float32)}, "not finite"),
    "a vector alone": ({"0.weight": np.ones(3, np.float32)}, "cannot be told"),
    "a tensor nobody knows": ({"0.weight": np.ones((3, 2), np.float32), "0.alpha": np.ones(3)}, "cannot be told"),
    "a name without a point": ({"weight": np.ones((3, 2), np.float32), "x": np.ones(3)}, "cannot be told"),
    "layers that do not follow": (state_dict(random_table((4, 3), (5, 2)), "a", "b"), "do not follow one another"),
    "a kernel of one axis": ({"0.weight": np.ones((3, 2, 2), np.float32)}, "no network that is known here"),
}


@pytest.mark.parametrize("name", WRONG)
def test_tensors_that_are_no_known_network_are_refused_with_a_sentence(name: str, tmp_path: Path) -> None:
    tensors, words = WRONG[name]
    assert words in refusal(lambda: imported(tensors, tmp_path))


def test_a_file_of_pytorchs_own_is_refused_with_what_to_do(tmp_path: Path) -> None:
    for start in (b"PK\x03\x04", b"\x80\x02\x8a\x0al\xfc"):
        path = tmp_path / "model.pt"
        path.write_bytes(start + bytes(100))
        words = refusal(lambda path=path: read_weights(path, None, silent), FileFormatError)
        assert "“model.pt” cannot be opened: it is a PyTorch file" in words
        assert "safetensors.torch.save_file(model.state_dict()" in words


def test_the_format_is_entered_in_both_tables() -> None:
    assert EXPORTS["safetensors"].item.suffix == ".safetensors"
    assert ".safetensors" in IMPORTS["safetensors"].item.suffixes


# -- with PyTorch itself -----------------------------------------------------------------------------------------------
@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason="PyTorch is not installed")


@pytest.mark.parametrize("name", NETWORKS)
def test_what_pytorch_saved_answers_as_there(name: str, tmp_path: Path, torch: Any) -> None:
    from safetensors.torch import save_file as save_torch

    from benchmarks.torch_stack import torch_stack

    model = model_of(TEMPLATES[name].item())
    twin = torch_stack(model.project.network, model.weights)
    save_torch({f"module.{key}": value.contiguous() for key, value in twin.state_dict().items()}, tmp_path / "t.st")
    found = read_weights(tmp_path / "t.st", TEMPLATES[name].item(), silent)
    for key, array in model_by_place(model).items():
        np.testing.assert_array_equal(model_by_place(found.model)[key], array)
    twin.eval()
    with torch.no_grad():
        wanted = torch.softmax(twin(torch.from_numpy(images(model))), dim=1).numpy()
    assert abs(found.model.network().predict(images(model)) - wanted).max() < 1e-6


def model_by_place(model: Checkpoint) -> dict[tuple[int, str], Array]:
    """The weights by the layer's place, for another network has other uids."""
    places = {spec.uid: place for place, spec in enumerate(model.project.network.walk())}
    return {(places[key.split("/")[0]], key.split("/")[1]): array for key, array in model.weights.items()}


def test_a_module_with_parts_of_its_own_is_read(tmp_path: Path, torch: Any) -> None:
    """Names sort the classifier before the features; the shapes know better."""
    from safetensors.torch import save_model

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            conv, norm = torch.nn.Conv2d(1, 4, (3, 5), padding=(1, 2)), torch.nn.BatchNorm2d(4)
            self.features = torch.nn.Sequential(conv, norm, torch.nn.ReLU(), torch.nn.MaxPool2d(2))
            self.classifier = torch.nn.Sequential(torch.nn.Linear(784, 784), torch.nn.Tanh(), torch.nn.Linear(784, 10))

        def forward(self, x: Any) -> Any:
            return self.classifier(self.features(x).flatten(1))

    torch.manual_seed(0)
    net = Net()
    net(torch.rand(8, 1, 28, 28))  # moves its statistics
    net.eval()
    save_model(net, tmp_path / "net.safetensors")
    head = (layer("flatten"), layer("affine", units=784), layer("tanh"), layer("affine", units=10))
    body = (layer("convolution", filters=4, kernel_size=(3, 5), padding=(1, 2)), layer("batch_normalization"))
    template = project(*body, layer("relu"), layer("max_pool"), *head)
    found = read_weights(tmp_path / "net.safetensors", template, silent)
    with torch.no_grad():
        wanted = torch.softmax(net(torch.from_numpy(images(found.model))), dim=1).numpy()
    assert abs(found.model.network().predict(images(found.model)) - wanted).max() < 1e-6


@pytest.mark.parametrize("name", ["three_layer_mlp", "simple_conv_net", "deep_conv_net", "lenet_5"])
def test_pytorch_reads_what_went_out(name: str, tmp_path: Path, torch: Any) -> None:
    from safetensors.torch import load_file as load_torch

    from benchmarks.torch_stack import torch_stack

    model = model_of(TEMPLATES[name].item())
    fresh = torch_stack(model.project.network, Network(model.project.network, seed=9).arrays())
    fresh.load_state_dict(load_torch(exported(model, tmp_path)), strict=True)
    fresh.eval()
    with torch.no_grad():
        wanted = torch.softmax(fresh(torch.from_numpy(images(model))), dim=1).numpy()
    assert abs(model.network().predict(images(model)) - wanted).max() < 1e-6


# -- hostile files -----------------------------------------------------------------------------------------------------
def forged(header: str | bytes, body: bytes = b"") -> bytes:
    text = header.encode() if isinstance(header, str) else header
    return struct.pack("<Q", len(text)) + text + body


def tensor(body: bytes = bytes(4), **entry: Any) -> bytes:
    return forged(json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} | entry}), body)


def about(**changes: Any) -> bytes:
    """A file that FishLab wrote, with something else in its description."""
    spec = project(layer("affine", units=10, uid="a"), in_shape=(2,))
    told = {
        "version": 1, "network": spec.network.to_dict(), "data": spec.data.to_dict(), "precision": "float32",
        "scaling": {"scale": 1.0, "shift": 0.0}, "data_name": "x", "class_names": list("0123456789"),
    } | changes  # fmt: skip
    told = {name: value for name, value in told.items() if value is not ...}
    entries = {"0.bias": ([10], 0, 40), "0.weight": ([10, 2], 40, 120)}
    header = {"__metadata__": {"fishlab": json.dumps(told)}} | {
        name: {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}
        for name, (shape, begin, end) in entries.items()
    }
    return forged(json.dumps(header), bytes(120))


def changed_network(**changes: Any) -> bytes:
    spec = project(layer("affine", units=10, uid="a"), in_shape=(2,))
    return about(network=spec.network.to_dict() | changes)


def test_the_forgers_of_these_tests_make_files_that_open(tmp_path: Path) -> None:
    (tmp_path / "good.safetensors").write_bytes(about())
    assert len(read_weights(tmp_path / "good.safetensors", None, silent).model.weights) == 2
    (tmp_path / "good.safetensors").write_bytes(tensor())
    assert read_tensors(tmp_path / "good.safetensors").arrays["w"].tolist() == [0.0]


HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "it is empty"),
    "a few bytes": (b"abc", "header would be"),
    "a header of 2^63 bytes": (struct.pack("<Q", 1 << 63) + b"{}", "header would be"),
    "a header longer than the file": (struct.pack("<Q", 1000) + b"{}", "in the middle of its header"),
    "a header that is a list": (forged("[]"), "not a table"),
    "a header that is no text": (forged(b'{"\xff":1}'), "not plain text"),
    "half a header": (forged('{"w":'), "not JSON"),
    "deep JSON": (forged("[" * 1000 + "]" * 1000), "nested too deeply"),
    "a great many parts": (forged('{"a":[' + "[]," * 500_000 + "[]]}"), "parts"),
    "a great many tensors": (forged("{" + ",".join(f'"{n}":1' for n in range(30_000)) + "}"), "at most 20,000"),
    "a name twice": (forged('{"a":1,"a":2}'), "names something twice"),
    "metadata that are no texts": (forged('{"__metadata__":{"a":1}}'), "not a table of texts"),
    "metadata that are a list": (forged('{"__metadata__":[]}'), "not a table of texts"),
    "a tensor that is a number": (forged('{"w":1}'), "not described by"),
    "a shape of 10^12": (tensor(shape=[10**12]), "more or less room"),
    "a shape of 10^12 that is announced": (tensor(shape=[10**12], data_offsets=[0, 4 * 10**12]), "more or less than"),
    "a shape whose product wraps round": (tensor(shape=[1 << 47] * 4, data_offsets=[0, 0]), "impossible shape"),
    "an empty shape of endless sizes": (tensor(shape=[0, 1 << 47, 2], data_offsets=[0, 0]), "impossible shape"),
    "a shape beyond all bounds": (tensor(shape=[1 << 64]), "impossible shape"),
    "a shape of truths": (tensor(shape=[True]), "impossible shape"),
    "a shape of too many axes": (tensor(shape=[1] * 9), "impossible shape"),
    "a number type nobody knows": (tensor(dtype="O"), "type that is not known"),
    "a number type that is a list": (tensor(dtype=[]), "type that is not known"),
    "a gap": (tensor(bytes(8), data_offsets=[4, 8]), "overlap or leave gaps"),
    "an end before the beginning": (tensor(data_offsets=[4, 0]), "more or less room"),
    "more behind": (tensor(bytes(5)), "more or less than"),
    "less than announced": (tensor(bytes(3)), "more or less than"),
    "a description that is a list": (
        forged('{"__metadata__":{"fishlab":"[]"},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', bytes(4)),
        "not FishLab's",
    ),
    "a newer version": (about(version=2), "newer FishLab"),
    "a version that is a truth": (about(version=True), "not FishLab's"),
    "a lost entry": (about(scaling=...), "incomplete, or has entries too many"),
    "an entry too many": (about(code="import os"), "incomplete, or has entries too many"),
    "a layer of no known kind": (changed_network(layers=[{"kind": "os.system"}]), "no layer called"),
    "a network that cannot work": (changed_network(in_shape=[1, 2, 2]), "cannot be built"),
    "a network of another size": (changed_network(in_shape=[3]), "not those of the network"),
    "a million layers": (changed_network(layers=[{"kind": "relu"}] * 20_000), "at most 1,000"),
    "a precision nobody has": (about(precision="float16"), "precision"),
    "a precision that is a list": (about(precision=[]), "precision"),
    "data that are a list": (about(data=[]), "data are not described"),
    "data of no known source": (about(data={"source": "x"}), "Data set"),
    "a scaling that is a text": (about(scaling="x"), "scaling"),
    "a scaling without its arrays": (about(scaling={"scale": 1.0, "shift": 0.0, "whitening": "pixels"}), "not there"),
    "names that are numbers": (about(class_names=[1, 2]), "short texts"),
    "a name of endless length": (about(data_name="x" * 10_000), "short texts"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence(name: str, tmp_path: Path) -> None:
    content, words = HOSTILE[name]
    path = tmp_path / "forged.safetensors"
    path.write_bytes(content)
    begin = time.process_time()
    message = refusal(lambda: read_weights(path, None, silent), FileFormatError)
    assert time.process_time() - begin < SECONDS
    assert message.startswith("“forged.safetensors” cannot be opened: ")
    assert words in message
    assert len(message) < 600
    tracemalloc.start()
    try:
        refusal(lambda: read_weights(path, None, silent), FileFormatError)
        assert tracemalloc.get_traced_memory()[1] < GROWTH
    finally:
        tracemalloc.stop()


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.safetensors"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    assert "larger than 1,024 MB" in refusal(lambda: read_weights(path, None, silent), FileFormatError)


def survive(path: Path, content: bytes) -> bool:
    """Whether it opens; whatever it is, it is read or refused."""
    path.write_bytes(content)
    begin = time.process_time()
    try:
        read_weights(path, None, silent)
    except FishLabError:
        return False
    finally:
        assert time.process_time() - begin < 5 * SECONDS
    return True


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_arbitrary_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes, framed: bool) -> None:
    assert not survive(tmp_path_factory.getbasetemp() / "any.safetensors", forged(content) if framed else content)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from([about(), about(scaling={"scale": 2.0, "shift": 1.0})]), st.data())
def test_a_changed_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, data: st.DataObject
) -> None:
    changed = bytearray(content[8:])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, max(0, len(changed) - 1)))
        match data.draw(st.sampled_from(["set", "digit", "cut", "insert", "end"])):
            case "set":
                changed[place : place + 1] = data.draw(st.binary(min_size=1, max_size=1))
            case "digit":
                changed[place : place + 1] = data.draw(st.sampled_from([b"0", b"9", b"]", b'"', b"-", b"e", b"}"]))
            case "cut":
                del changed[place : place + data.draw(st.integers(1, 20))]
            case "insert":
                changed[place:place] = data.draw(st.binary(max_size=8))
            case _:
                del changed[place:]
    length = int.from_bytes(content[:8], "little") + data.draw(st.sampled_from([0, 0, 0, -1, 1, len(changed)]))
    survive(tmp_path_factory.getbasetemp() / "changed.safetensors", struct.pack("<Q", max(0, length)) + bytes(changed))
