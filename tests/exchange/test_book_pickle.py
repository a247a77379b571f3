"""The book's pickles: read whatever wrote them, known by their shapes, and answered as the book's own code answers."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from book_code import (
    DEEP,
    DENSE,
    SIMPLE,
    TWO,
    Table,
    deep_conv_net,
    load_params,
    multi_layer_net,
    random_table,
    save_params,
    simple_conv_net,
    softmax,
    three_layer_net,
)

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import load_dataset
from fishlab.core.evaluation import evaluate_now
from fishlab.core.exchange import EXPORTS, IMPORTS, ExchangeError, Imported, Subject, silent
from fishlab.core.exchange.book_pickle import read_book, read_table, write_book
from fishlab.core.exchange.book_table import WRITERS, book_table
from fishlab.core.exchange.model import imported_model
from fishlab.core.files import open_project, save_project
from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.network import Network
from fishlab.core.notebook import fit
from fishlab.core.spec import NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.core.templates import TEMPLATES

Array = np.ndarray
Predict = Callable[[Array, Table], Array]
ROUNDING = {np.dtype(np.float32): 1e-6, np.dtype(np.float64): 1e-14}


def of_scores(predict: Predict) -> Predict:
    return lambda x, table: softmax(predict(x, table))


BOOK: dict[str, tuple[Any, Predict]] = {
    "ThreeLayerNet": (DENSE, three_layer_net),
    "TwoLayerNet": (TWO, of_scores(multi_layer_net)),
    "784-100-100-10": (((784, 100), (100, 100), (100, 10)), of_scores(multi_layer_net)),
    "SimpleConvNet": (SIMPLE, of_scores(simple_conv_net)),
    "DeepConvNet": (DEEP, of_scores(deep_conv_net)),
}
every_network = pytest.mark.parametrize("name", BOOK)


def layer(kind: str, **values: Any) -> LayerSpec:
    return LAYERS[kind].item.Spec(**values)


def images(dtype: Any = np.float32, count: int = 20) -> Array:
    return np.random.default_rng(1).random((count, 1, 28, 28)).astype(dtype)


def project(*layers: LayerSpec, in_shape: tuple[int, ...] = (1, 28, 28), precision: str = "float32") -> ProjectSpec:
    network = NetworkSpec(name="Own", in_shape=in_shape, layers=layers)
    return ProjectSpec(network=network, training=TrainingSpec(precision=precision))


def model_of(spec: ProjectSpec, seed: int = 3) -> Checkpoint:
    """Weights, biases and statistics that are all special."""
    rng = np.random.default_rng(seed)
    network = Network(spec.network, dtype=spec.training.precision)
    return imported_model(
        spec, {key: array + rng.normal(0, 0.02, array.shape) for key, array in network.arrays().items()}
    )


def imported(table: Table, tmp_path: Path, template: ProjectSpec | None = None) -> Imported:
    return read_book(save_params(table, tmp_path / "params.pkl"), template, silent)


def written(spec: ProjectSpec, tmp_path: Path, model: Checkpoint | None = None) -> Table:
    path = tmp_path / "out.pkl"
    assert write_book(Subject(spec, model), path, silent) == [path]
    return load_params(path)


def refusal(action: Callable[[], Any]) -> str:
    with pytest.raises(ExchangeError) as caught:
        action()
    return str(caught.value)


# -- whatever wrote them -----------------------------------------------------------------------------------------------
TABLES: dict[str, Callable[[Any], Any]] = {
    "a dict": dict,
    "an ordered dict": OrderedDict,
    "arrays in Fortran's order": lambda table: {name: np.asfortranarray(array) for name, array in table.items()},
    "arrays with the other byte order": lambda table: {
        name: array.astype(array.dtype.newbyteorder(">")) for name, array in table.items()
    },
    "views": lambda table: {name: np.repeat(array, 2, axis=0)[::2] for name, array in table.items()},
}


def by_old_numpy(content: bytes, protocol: int) -> bytes:
    """The same pickle as NumPy 1 writes it: another name, which newer protocols count the letters of."""
    if protocol < 4:
        return content.replace(b"numpy._core", b"numpy.core")
    for module in (b"numpy._core.multiarray", b"numpy._core.numeric"):
        name = module.replace(b"_core", b"core")
        content = content.replace(bytes([len(module)]) + module, bytes([len(name)]) + name)
    return content[:3] + int.to_bytes(len(content) - 11, 8, "little") + content[11:]  # the frame's length


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("form", TABLES)
@pytest.mark.parametrize("protocol", range(6))
def test_every_protocol_and_number_type_is_read_as_it_was_written(
    protocol: int, form: str, dtype: str, tmp_path: Path
) -> None:
    table = random_table((7, 5), (5, 3), dtype=dtype)
    for dumps in (pickle.dumps, pickle._dumps):
        content = dumps(TABLES[form](table), protocol)
        assert b"numpy._core" in content
        for written_by in (content, by_old_numpy(content, protocol)):
            (tmp_path / "any.pkl").write_bytes(written_by)
            found = read_table(tmp_path / "any.pkl")
            assert list(found) == list(table)
            for name, array in table.items():
                assert found[name].dtype.newbyteorder("=") == array.dtype
                np.testing.assert_array_equal(found[name], array)


PYTHON_2 = {
    0: b"(dp0\nS'W1'\np1\ncnumpy.core.multiarray\n_reconstruct\np2\n(cnumpy\nndarray\np3\n(I0\ntp4\nS'b'\np5\ntp6\nRp7"
    b"\n(I1\n(L2L\nL1L\ntp8\ncnumpy\ndtype\np9\n(S'f4'\np10\nI0\nI1\ntp11\nRp12\n(I3\nS'<'\np13\nNNNI-1\nI-1\nI0\ntp14"
    b"\nbI00\nS'\\x00\\x00\\x80?\\x00\\x00\\x00\\xc0'\np15\ntp16\nbs.",
    2: b"\x80\x02}q\x01U\x02W1q\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85U\x01b"
    b"\x87Rq\x05(K\x01\x8a\x01\x02K\x01\x86cnumpy\ndtype\nq\x06U\x02f4K\x00K\x01\x87Rq\x07(K\x03U\x01<NNNJ\xff\xff\xff\xff"
    b"J\xff\xff\xff\xffK\x00tb\x89U\x08\x00\x00\x80?\x00\x00\x00\xc0tbs.",
}


@pytest.mark.parametrize("protocol", PYTHON_2)
def test_pickles_of_python_2_are_read(protocol: int, tmp_path: Path) -> None:
    path = tmp_path / "two.pkl"
    path.write_bytes(PYTHON_2[protocol])
    assert read_table(path)["W1"].tolist() == pickle.loads(PYTHON_2[protocol], encoding="latin1")["W1"].tolist()
    assert read_table(path)["W1"].tolist() == [[1.0], [-2.0]]


# -- known by their shapes, answered as the book answers ---------------------------------------------------------------
@every_network
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_file_of_the_book_answers_as_the_book_does(name: str, dtype: Any, tmp_path: Path) -> None:
    shapes, predict = BOOK[name]
    table = random_table(*shapes, dtype=dtype)
    found = imported(table, tmp_path)
    x = images(np.float64 if dtype == np.float64 else np.float32)
    wanted = predict(x, {key: array.astype(x.dtype) for key, array in table.items()})
    answers = found.model.network().predict(x)
    assert answers.dtype == x.dtype
    assert abs(answers - wanted).max() < ROUNDING[x.dtype]
    assert found.project.network.name == name
    assert found.project.data.source == "mnist"
    assert found.model.scaling.scale == 1 / 255
    assert any("64 bits" in text for text in found.said) == (dtype == np.float64)


def test_what_the_file_does_not_say_is_said(tmp_path: Path) -> None:
    assert "sigmoid, as in chapter 3" in " ".join(imported(random_table(*DENSE), tmp_path).said)
    assert "Between its layers stands ReLU" in " ".join(imported(random_table(*TWO), tmp_path).said)
    assert "scales down when predicting" in " ".join(imported(random_table(*DEEP), tmp_path).said)


def test_a_convolutional_network_of_another_size_is_found_with_its_padding(tmp_path: Path) -> None:
    padded = imported(random_table((8, 1, 5, 5), (8 * 14 * 14, 20), (20, 10)), tmp_path).project.network
    assert padded.layers[0].to_dict()["padding"] in ((2, 2), [2, 2])
    colours = imported(random_table((8, 3, 3, 3), (8 * 15 * 15, 20), (20, 4)), tmp_path).project.network
    assert (colours.in_shape, colours.classes) == ((3, 32, 32), 4)


def test_features_that_are_no_image_are_taken_as_a_row(tmp_path: Path) -> None:
    network = imported(random_table((2, 8), (8, 3)), tmp_path).project.network
    assert (network.in_shape, network.classes) == ((2,), 3)


def extended_table() -> Table:
    """What MultiLayerNetExtend with batch normalization has in params."""
    rng = np.random.default_rng(5)
    table = random_table((784, 30), (30, 20), (20, 10))
    for number, units in ((1, 30), (2, 20)):
        table[f"gamma{number}"] = rng.uniform(0.5, 1.5, units).astype(np.float32)
        table[f"beta{number}"] = rng.normal(size=units).astype(np.float32)
    return table


def test_batch_normalization_is_found_and_its_lost_statistics_are_said(tmp_path: Path) -> None:
    table = extended_table()
    found = imported(table, tmp_path)
    assert any("not in the file" in text for text in found.said)
    fresh = {f"running_mean{n}": np.zeros_like(table[f"gamma{n}"]) for n in (1, 2)}
    fresh |= {f"running_var{n}": np.ones_like(table[f"gamma{n}"]) for n in (1, 2)}
    wanted = softmax(multi_layer_net(images(), table | fresh))
    assert abs(found.model.network().predict(images()) - wanted).max() < 1e-6


def test_statistics_that_somebody_saved_along_are_used(tmp_path: Path) -> None:
    table = extended_table()
    for number, units in ((1, 30), (2, 20)):
        table[f"running_mean{number}"] = np.random.default_rng(number).normal(size=units).astype(np.float32)
        table[f"running_var{number}"] = np.random.default_rng(number).uniform(0.5, 2, units).astype(np.float32)
    found = imported(table, tmp_path)
    assert not any("not in the file" in text for text in found.said)
    wanted = softmax(multi_layer_net(images(), table))
    assert abs(found.model.network().predict(images()) - wanted).max() < 1e-6


def test_what_came_in_can_be_saved_and_opened_again(tmp_path: Path) -> None:
    found = imported(random_table(*DEEP), tmp_path)
    save_project(tmp_path / "in.fishlab", found.project, found.model)
    spec, model = open_project(tmp_path / "in.fishlab")
    assert spec == found.project
    assert model is not None
    np.testing.assert_array_equal(model.network().predict(images()), found.model.network().predict(images()))


# -- into a template ---------------------------------------------------------------------------------------------------
def test_a_template_takes_the_weights_in_its_own_order(tmp_path: Path) -> None:
    template = project(layer("flatten"), layer("affine", units=30), layer("tanh"), layer("affine", units=10))
    table = random_table((784, 30), (30, 10))
    found = imported(table, tmp_path, template)
    assert found.project.network == template.network
    hidden = np.tanh(images().reshape(20, -1) @ table["W1"] + table["b1"])
    wanted = softmax(hidden @ table["W2"] + table["b2"])
    assert abs(found.model.network().predict(images()) - wanted).max() < 1e-6


def test_a_template_with_dropout_predicts_as_the_book(tmp_path: Path) -> None:
    stack = (layer("affine", units=30), layer("relu"), layer("dropout", rate=0.3), layer("affine", units=10))
    template = project(layer("flatten"), *stack)
    table = random_table((784, 30), (30, 10))
    found = imported(table, tmp_path, template.replace(data=template.data.replace(scaling="standard")))
    wanted = softmax(multi_layer_net(images(), table, rate=0.3))
    assert abs(found.model.network().predict(images()) - wanted).max() < 1e-6
    assert found.project.data.scaling == "unit"
    assert len(found.said) == 2


def test_numbers_that_are_rounded_for_a_template_are_said(tmp_path: Path) -> None:
    found = imported(random_table(*TWO, dtype=np.float64), tmp_path, TEMPLATES["two_layer_net"].item())
    assert found.project.training.precision == "float32"
    assert "rounded" in found.said[-1]


def test_what_does_not_fit_is_named_with_its_shape_and_what_was_needed(tmp_path: Path) -> None:
    template = TEMPLATES["two_layer_net"].item()
    words = refusal(lambda: imported(random_table((784, 60), (60, 10)), tmp_path, template))
    assert words.startswith("“params.pkl”: “W1” has the shape (784, 60), and layer 2, Affine, needs (784, 50).")
    words = refusal(lambda: imported(random_table(*DENSE), tmp_path, template))
    assert "“W2” has the shape (50, 100), and layer 4, Affine, needs (50, 10)" in words
    words = refusal(lambda: imported(random_table((784, 50)), tmp_path, template))
    assert "has no W2, and layer 4, Affine, needs it" in words
    more = random_table(*TWO) | {"W3": np.ones((10, 10)), "b3": np.ones(10)}
    assert "“W3” has no place in the network" in refusal(lambda: imported(more, tmp_path, template))


WRONG: dict[str, tuple[Table, str]] = {
    "no weights": ({}, "W1 is missing"),
    "a gap": ({"W1": np.ones((4, 3)), "b1": np.ones(3), "W3": np.ones((3, 2))}, "W2 is missing"),
    "another name": ({"weight": np.ones((4, 3))}, "“weight” is not the name of an array"),
    "a lost bias": ({"W1": np.ones((4, 3)), "W2": np.ones((3, 2)), "b2": np.ones(2)}, "has no b1"),
    "weights that do not follow": (random_table((4, 3), (5, 2)), "do not follow one another"),
    "a bias of another size": ({"W1": np.ones((4, 3)), "b1": np.ones(4)}, "“b1” has the shape (4,)"),
    "convolutions nobody knows": (random_table((4, 1, 3, 3), (4, 4, 3, 3), (36, 10)), "no network that is known here"),
    "a convolution that does not fit": (random_table((4, 1, 3, 3), (35, 8), (8, 10)), "does not fit"),
    "infinity": ({"W1": np.full((4, 3), np.inf), "b1": np.ones(3)}, "not finite"),
    "one class": (random_table((4, 1)), "Give it an output for each class"),
    "more layers than there are": (random_table(*[(2, 2)] * 999), "at most 1,000"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_table_that_is_no_network_is_refused_with_a_sentence(name: str, tmp_path: Path) -> None:
    table, words = WRONG[name]
    assert words in refusal(lambda: imported(table, tmp_path))


# -- written back ------------------------------------------------------------------------------------------------------
@every_network
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_came_in_goes_out_bit_for_bit(name: str, dtype: Any, tmp_path: Path) -> None:
    table = random_table(*BOOK[name][0], dtype=dtype)
    found = imported(table, tmp_path)
    back = written(found.project, tmp_path, found.model)
    assert list(back) == list(table)
    for key, array in table.items():
        assert back[key].dtype == dtype
        np.testing.assert_array_equal(back[key], array)


TEMPLATES_OF_THE_BOOK = {
    "three_layer_net": three_layer_net,
    "two_layer_net": of_scores(multi_layer_net),
    "five_layers": of_scores(multi_layer_net),
    "simple_conv_net": of_scores(simple_conv_net),
    "deep_conv_net": of_scores(deep_conv_net),
}


@pytest.mark.parametrize("name", TEMPLATES_OF_THE_BOOK)
def test_the_books_code_answers_as_a_template_does(name: str, tmp_path: Path) -> None:
    spec = TEMPLATES[name].item()
    model = model_of(spec)
    table = written(spec, tmp_path, model)
    answers = model.network().predict(images())
    assert abs(TEMPLATES_OF_THE_BOOK[name](images(), table) - answers).max() < 1e-6
    again = read_book(tmp_path / "out.pkl", None, silent)
    np.testing.assert_array_equal(again.model.network().predict(images()), answers)


def extended(*, rate: float = 0.0, epsilon: float = 1e-6, scaled: str = "training") -> ProjectSpec:
    """MultiLayerNetExtend."""
    layers = [layer("flatten")]
    for units in (30, 20):
        layers += [layer("affine", units=units), layer("batch_normalization", epsilon=epsilon), layer("relu")]
        layers += [layer("dropout", rate=rate, scaled=scaled)] if rate else []
    return project(*layers, layer("affine", units=10))


@pytest.mark.parametrize("scaled", ["training", "predicting"])
@pytest.mark.parametrize("epsilon", [1e-6, 1e-5, 1e-3])
def test_batch_normalization_and_dropout_go_out_for_the_books_code(
    scaled: str, epsilon: float, tmp_path: Path
) -> None:
    spec = extended(rate=0.3, epsilon=epsilon, scaled=scaled)
    model = model_of(spec)
    table = written(spec, tmp_path, model)
    assert list(table)[:8] == ["W1", "b1", "W2", "b2", "W3", "b3", "gamma1", "beta1"]
    wanted = softmax(multi_layer_net(images(), table, rate=0.3))
    assert abs(model.network().predict(images()) - wanted).max() < 1e-5


def test_batch_normalization_comes_back_with_its_statistics(tmp_path: Path) -> None:
    spec = extended()
    model = model_of(spec)
    written(spec, tmp_path, model)
    again = read_book(tmp_path / "out.pkl", None, silent)
    np.testing.assert_array_equal(again.model.network().predict(images()), model.network().predict(images()))


def test_a_dropout_before_the_loss_is_made_up_for(tmp_path: Path) -> None:
    stack = (layer("affine", units=30), layer("relu"), layer("affine", units=10), layer("dropout", rate=0.2))
    spec = project(layer("flatten"), *stack)
    model = model_of(spec)
    scores = multi_layer_net(images(), written(spec, tmp_path, model)) * 0.8
    assert abs(softmax(scores) - model.network().predict(images())).max() < 1e-6


def test_a_missing_bias_is_zeros(tmp_path: Path) -> None:
    table = written(project(layer("flatten"), layer("affine", units=10, bias=False)), tmp_path)
    assert table["b1"].tolist() == [0.0] * 10


CANNOT = {
    "tanh": (layer("tanh"),),
    "a block": (layer("residual", branches=((), ())),),
    "layer normalization": (layer("layer_normalization"),),
    "two strides": (layer("convolution", filters=2, kernel_size=(2, 3), stride=(2, 1)),),
    "a pooling with a border": (layer("max_pool", pool_size=3, stride=1, padding=1),),
    "batch normalization of channels": (layer("convolution", filters=2, kernel_size=5), layer("batch_normalization")),
    "a sigmoid behind dropout": (layer("dropout"), layer("sigmoid")),
}


@pytest.mark.parametrize("name", CANNOT)
def test_a_network_that_the_book_cannot_hold_names_the_layer(name: str, tmp_path: Path) -> None:
    spec = project(*CANNOT[name], layer("flatten"), layer("affine", units=10))
    words = refusal(lambda: written(spec, tmp_path))
    assert words.startswith(f"Layer {len(CANNOT[name])}, ")
    assert not (tmp_path / "out.pkl").exists()


def test_a_layer_with_a_name_of_its_own_is_named_by_it(tmp_path: Path) -> None:
    spec = project(layer("tanh", name="Bend"), layer("flatten"), layer("affine", units=10))
    assert "Layer 1, Bend, is not one that the book's code has" in refusal(lambda: written(spec, tmp_path))


@pytest.mark.parametrize("where", ["the layer itself", "one behind it"])
def test_only_formats_that_can_hold_a_network_are_advised(where: str, own_layer: LayerSpec, tmp_path: Path) -> None:
    first = () if where == "the layer itself" else (layer("tanh"),)
    spec = project(*first, own_layer, layer("flatten"), layer("affine", units=10))
    words = refusal(lambda: written(spec, tmp_path))
    told = [kind for kind in ("numpy", "torch", "onnx", "safetensors") if EXPORTS[kind].title in words]
    assert told == ["safetensors"] and "Python" not in words and "ONNX" not in words
    held = []
    for kind in ("numpy", "torch", "onnx", "safetensors"):
        with suppress(ExchangeError):
            EXPORTS[kind].item.write(Subject(spec), tmp_path / kind, silent)
            held.append(kind)
    assert held == told
    assert "Python code, ONNX or safetensors instead" in refusal(
        lambda: written(project(layer("tanh"), layer("flatten"), layer("affine", units=10)), tmp_path)
    )


def test_a_network_without_weights_is_not_written(tmp_path: Path) -> None:
    assert "no weights" in refusal(lambda: written(project(layer("flatten"), in_shape=(10, 1, 1)), tmp_path))


def test_dropouts_that_the_books_deep_net_has_not_are_refused(tmp_path: Path) -> None:
    spec = TEMPLATES["deep_conv_net"].item()
    uid = spec.network.layers[-2].uid
    changed = spec.replace(network=spec.network.change(uid, rate=0.3, scaled="predicting"))
    assert "DeepConvNet has not" in refusal(lambda: written(changed, tmp_path))
    written(spec.replace(network=spec.network.change(uid, rate=0.3)), tmp_path)  # it only learns with it


@pytest.mark.parametrize("kind", LAYERS.kinds())
def test_every_kind_of_layer_is_written_or_refused_by_name(kind: str) -> None:
    """No kind goes out in silence: what the book's table has no entry for is an error that names it."""
    inputs = ((2, 6, 6), (12,)) if kind != "reshape" else ((1, 28, 28),)
    for in_shape in inputs:
        spec = project(layer(kind), layer("flatten"), layer("affine", units=10), in_shape=in_shape)
        try:
            table = book_table(Subject(spec))
        except ExchangeError as error:
            assert f"Layer 1, {LAYERS[kind].title}," in str(error)
        except Exception as error:
            assert "cannot be built" in str(error)
        else:
            assert kind in WRITERS
            assert all(name.rstrip("0123456789") in ("W", "b", "gamma", "beta", "running_mean", "running_var")
                       for name in table)  # fmt: skip


def test_the_bytes_are_the_same_each_time(tmp_path: Path) -> None:
    spec = TEMPLATES["two_layer_net"].item()
    model = model_of(spec)
    contents = []
    for _ in range(2):
        written(spec, tmp_path, model)
        contents.append((tmp_path / "out.pkl").read_bytes())
    assert contents[0] == contents[1]
    assert b"numpy.core.multiarray" in contents[0]


def test_the_file_opens_without_fishlab_and_without_a_warning(tmp_path: Path) -> None:
    spec = TEMPLATES["two_layer_net"].item()
    written(spec, tmp_path)
    code = "import pickle, sys; print(sorted((k, v.shape) for k, v in pickle.load(open(sys.argv[1], 'rb')).items()))"
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", code, str(tmp_path / "out.pkl")], capture_output=True, text=True
    )
    assert done.stderr == "" or "ResourceWarning" in done.stderr
    assert "('W1', (784, 50))" in done.stdout


def test_numbers_that_would_warn_are_read_in_silence(tmp_path: Path) -> None:
    """float64 too large for 32 bits, and float16 with nothing but bits."""
    table = {"W1": np.full((4, 3), 1e300), "b1": np.ones(3)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = save_params(table, tmp_path / "large.pkl")
        template = project(layer("affine", units=3), in_shape=(4,)).replace(
            network=NetworkSpec(in_shape=(4,), classes=3, layers=(layer("affine", units=3),))
        )
        assert "not finite" in refusal(lambda: read_book(path, template, silent))


def test_bits_that_are_no_number_are_refused_in_silence(tmp_path: Path) -> None:
    """A signalling NaN, which NumPy warns of wherever it computes with it."""
    signalling = np.array([0x7F800001] * 3, np.uint32).view(np.float32)
    assert "“b1” holds numbers that are not finite" in refusal(
        lambda: imported({"W1": np.ones((4, 3), np.float32), "b1": signalling}, tmp_path)
    )


def test_the_format_is_entered_in_both_tables() -> None:
    assert EXPORTS["book"].item.suffix == ".pkl"
    assert IMPORTS["book"].item.suffixes == (".pkl", ".pickle")


# -- on the real images ------------------------------------------------------------------------------------------------
REAL = {"three_layer_net": three_layer_net, "simple_conv_net": simple_conv_net, "deep_conv_net": deep_conv_net}


@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_the_accuracy_on_mnist_is_the_same_there_and_back(name: str, tmp_path: Path, mnist_dir: Path) -> None:
    """Trained a little here, answered by the book's code, and read in again: of the same images as many are right."""
    spec = TEMPLATES[name].item()
    spec = spec.replace(data=spec.data.replace(source="mnist", folder=str(mnist_dir), subset=3000))
    model = fit(spec, epochs=1, way="one").checkpoint
    test = load_dataset(spec.data).test.take(np.arange(1000))
    ours = evaluate_now(model.network(), test, model.scaling)
    table = written(spec, tmp_path, model)
    found = read_book(tmp_path / "out.pkl", None, silent)
    back = evaluate_now(found.model.network(), test, found.model.scaling)
    pixels = test.images.astype(np.float32) / 255
    seen = np.concatenate([REAL[name](pixels[start : start + 500], table) for start in range(0, 1000, 500)])
    assert ours.correct > 400
    assert back.correct == ours.correct
    assert (seen.argmax(axis=1) == test.labels).sum() == ours.correct
