"""ONNX files that are read: FishLab's own come back as they were, others as far as layers here can be made of them."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx_kit import assert_agrees, export, images_for, subject_of
from small_runs import layer

from benchmarks.stacks import random_stack
from fishlab.core.data.scaling import Scaling
from fishlab.core.data.whitening import Whitening
from fishlab.core.exchange import IMPORTS, ExchangeError, Imported, Subject, silent
from fishlab.core.exchange.model import UNIT
from fishlab.core.losses import LOSSES
from fishlab.core.spec import NetworkSpec, ProjectSpec
from fishlab.core.templates import TEMPLATES

onnx = pytest.importorskip("onnx", reason="onnx is not installed: the extra onnx brings it")

PYTORCH = Path(__file__).parent / "fixtures" / "pytorch"


def read(path: Path, project: ProjectSpec | None = None) -> Imported:
    return IMPORTS["onnx"].item.read(path, project, silent)


# -- there and back --------------------------------------------------------------------------------------------------
def there_and_back(spec: NetworkSpec, folder: Path, seed: int = 0, **more: Any) -> Imported:
    """Write a network, read it, and hold the answers of both to each other, bit for bit."""
    subject = subject_of(spec, seed, **more)
    found, images = read(export(subject, folder)), images_for(spec, seed=seed)
    np.testing.assert_array_equal(found.model.network().predict(images), subject.network().predict(images))
    return found


@pytest.mark.parametrize("kind", [kind for kind in TEMPLATES.kinds() if kind != "empty"])
def test_a_template_comes_back_as_it_was(kind: str, tmp_path: Path) -> None:
    spec = TEMPLATES[kind].item().network
    found = there_and_back(spec, tmp_path)
    assert found.project.network == spec
    assert len(found.said) == 2


@pytest.mark.one_in(10)
@pytest.mark.parametrize("seed", range(200))
def test_a_generated_network_comes_back_as_it_was(seed: int, tmp_path: Path) -> None:
    loss = LOSSES[LOSSES.kinds()[seed % len(LOSSES)]].item.Spec()
    spec = dataclasses.replace(random_stack(seed, small=True), loss=loss)
    assert there_and_back(spec, tmp_path, seed).project.network == spec


def small(*layers: Any, **more: Any) -> NetworkSpec:
    """The layers and four scores."""
    stack = (*layers, layer("flatten"), layer("affine", units=4, name="The head"))
    return NetworkSpec(**{"in_shape": (2, 6, 5), "classes": 4, "layers": stack, "name": "Small", **more})


@pytest.mark.parametrize(
    "scaling",
    [Scaling(0.017, -2.25), Scaling(1 / 255, 0.0, Whitening(np.linspace(0, 1, 60, dtype="f4"), np.full(60, 2.5, "f4"))),
     Scaling(1.0, 0.0, Whitening(np.zeros(60, "f4"), np.eye(60, dtype="f4")))],
    ids=["two numbers", "each pixel", "whitened"],
)  # fmt: skip
def test_scaling_and_names_of_classes_come_back(scaling: Scaling, tmp_path: Path) -> None:
    names = ("Bär", "猫", "dog", "")
    model = there_and_back(small(), tmp_path, scaling=scaling, class_names=names).model
    assert (model.scaling, model.class_names) == (scaling, names)


def test_a_network_of_64_bits_comes_back_in_64_bits(tmp_path: Path) -> None:
    found = there_and_back(small(layer("tanh")), tmp_path, precision="float64")
    assert found.project.training.precision == "float64"


@pytest.mark.parametrize(
    "kind", ["convolution", "global_average_pool", "leaky_relu", "elu", "local_response_normalization"]
)
def test_a_network_of_64_bits_that_onnxruntime_has_in_32_comes_back_rounded_to_them(
    kind: str, tmp_path: Path
) -> None:
    spec = small(layer(kind))
    subject = subject_of(spec, precision="float64")
    found = read(export(subject, tmp_path))
    assert found.project.training.precision == "float32" and found.project.network == spec
    for key, array in subject.weights.items():
        assert found.model.weights[key].tobytes() == array.astype(np.float32).tobytes()


def test_a_network_can_be_read_without_the_package_onnx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = small(layer("tanh"))
    path = export(subject_of(spec), tmp_path)
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert read(path).project.network == spec


def test_settings_of_a_project_are_kept_and_its_network_is_not(tmp_path: Path) -> None:
    project = TEMPLATES["two_layer_net"].item()
    project = project.replace(training=project.training.replace(epochs=77))
    found = read(export(subject_of(small()), tmp_path), project)
    assert found.project.training == project.training
    assert found.project.network.name == "Small"


# -- what a file says of itself is not believed ----------------------------------------------------------------------
def with_metadata(path: Path, **changes: str | None) -> Path:
    model = onnx.load(path)
    kept = {entry.key: entry.value for entry in model.metadata_props}
    kept.update({f"fishlab.{name}": value for name, value in changes.items() if value is not None})
    for name in [name for name, value in changes.items() if value is None]:
        del kept[f"fishlab.{name}"]
    onnx.helper.set_model_props(model, kept)
    onnx.save(model, path)
    return path


def test_a_description_of_another_network_gives_no_names(tmp_path: Path) -> None:
    subject = subject_of(small())
    other = TEMPLATES["simple_conv_net"].item().network
    found = read(with_metadata(export(subject, tmp_path), network=json.dumps(other.to_dict())))
    assert [spec.kind for spec in found.project.network.walk()] == ["flatten", "affine"]
    assert [spec.name for spec in found.project.network.walk()] == ["", ""]
    images = images_for(small())
    np.testing.assert_array_equal(found.model.network().predict(images), subject.network().predict(images))


def test_numbers_of_layers_come_from_the_graph_whatever_the_description_says(tmp_path: Path) -> None:
    spec = small(layer("leaky_relu", slope=0.3))
    lie = spec.change(spec.layers[0].uid, slope=0.9, name="Liar")
    found = read(with_metadata(export(subject_of(spec), tmp_path), network=json.dumps(lie.to_dict())))
    assert (found.project.network.layers[0].slope, found.project.network.layers[0].name) == (0.3, "Liar")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"scale":NaN,"shift":0}', "[" * 100_000, '["a","b"]'])
@pytest.mark.parametrize("name", ["network", "classes", "scaling"])
def test_metadata_that_cannot_be_right_are_left_out(name: str, text: str, tmp_path: Path) -> None:
    found = read(with_metadata(export(subject_of(small()), tmp_path), **{name: text}))
    images = images_for(small())
    answers = found.model.network().predict(images)
    np.testing.assert_array_equal(answers, subject_of(small()).network().predict(images))
    assert found.model.scaling == UNIT


# -- files that PyTorch has written ----------------------------------------------------------------------------------
def answers_of_pytorch(name: str) -> tuple[np.ndarray, np.ndarray]:
    with np.load(PYTORCH / "answers.npz") as held:
        return held[f"{name}.x"], held[f"{name}.y"]


def answers_before_softmax(found: Imported, x: np.ndarray) -> np.ndarray:
    return found.model.network().forward(np.moveaxis(x, 0, -1), training=False).T


def softmax(y: np.ndarray) -> np.ndarray:
    e = np.exp(y - y.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("file", ["digits_legacy", "digits_dynamo", "digits_one"])
def test_the_usual_network_for_mnist_is_read_from_pytorch(file: str) -> None:
    found = read(PYTORCH / f"{file}.onnx")
    x, y = answers_of_pytorch("digits")
    scaled = found.model.scaling.apply((255 * x).astype(np.float32))
    assert_agrees(found.model.network().predict(scaled), np.exp(y))
    assert found.model.scaling.scale == pytest.approx(1 / 255 / 0.3081)
    kinds = [spec.kind for spec in found.project.network.walk()]
    assert kinds[:7] == ["convolution", "relu", "max_pool", "convolution", "relu", "max_pool", "flatten"]
    assert found.project.network.layers[3].kernel_size == (4, 4)  # 13 rows become 10, the 11th of which went unused
    assert [words for words in found.said if "leaves pixels at the edge out" in words]


@pytest.mark.parametrize(
    "file", ["branches_dynamo", "growing_dynamo", "branches_legacy", "growing_legacy", "branches_one"]
)
def test_branches_and_growing_images_are_read_from_pytorch(file: str) -> None:
    found = read(PYTORCH / f"{file}.onnx")
    x, y = answers_of_pytorch(file.rpartition("_")[0])
    assert_agrees(answers_before_softmax(found, x), y)
    assert_agrees(found.model.network().predict(x), softmax(y))
    assert [words for words in found.said if "a softmax was added" in words]


@pytest.mark.parametrize("file", ["rows_dynamo", "rows_legacy"])
def test_layers_over_rows_are_read_from_pytorch(file: str) -> None:
    found = read(PYTORCH / f"{file}.onnx")
    x, y = answers_of_pytorch("rows")
    assert_agrees(found.model.network().predict(x), y)
    assert found.project.network.loss.kind == "softmax_cross_entropy"


def test_a_network_from_pytorch_goes_out_again_and_comes_back(tmp_path: Path) -> None:
    found = read(PYTORCH / "branches_dynamo.onnx")
    again = read(export(Subject(found.project, found.model), tmp_path))
    assert again.project.network == found.project.network
    images = images_for(found.project.network)
    np.testing.assert_array_equal(again.model.network().predict(images), found.model.network().predict(images))


def test_a_missing_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"“none\.onnx” cannot be opened: there is no such file"):
        read(tmp_path / "none.onnx")


def test_what_lies_in_several_files_is_refused(tmp_path: Path) -> None:
    path = export(subject_of(small()), tmp_path)
    model = onnx.load(path)
    array = model.graph.initializer[0]
    array.ClearField("raw_data")
    array.data_location = onnx.TensorProto.EXTERNAL
    array.external_data.add(key="location", value="../../secret")
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ExchangeError, match="another file beside it, which is not opened"):
        read(path)
