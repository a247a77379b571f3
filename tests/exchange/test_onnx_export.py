"""ONNX files that are written: every network that can be built, as onnx.checker and ONNX Runtime see it."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx_kit import answers_of_onnxruntime, assert_agrees, export, images_for, subject_of
from small_runs import layer

from benchmarks.stacks import random_stack
from fishlab.core.errors import NetworkError
from fishlab.core.exchange import ExchangeError, MissingExtraError, Subject
from fishlab.core.exchange.onnx_files.forms import LAYER_FORMS, LOSS_FORMS
from fishlab.core.layers import LAYERS
from fishlab.core.losses import LOSSES
from fishlab.core.spec import NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.core.templates import TEMPLATES

onnx = pytest.importorskip("onnx", reason="onnx is not installed: the extra onnx brings it")
pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed: the extra parity brings it")

IMAGE = (3, 9, 7)


def ending(*layers: Any, in_shape: tuple[int, ...] = IMAGE, loss: str = "squared_error") -> NetworkSpec:
    """The layers, and what makes four scores of whatever comes out of them."""
    end = (layer("flatten"), layer("affine", units=4))
    return NetworkSpec(in_shape=in_shape, classes=4, layers=(*layers, *end), loss=LOSSES[loss].item.Spec())


def assert_written_alike(spec: NetworkSpec, folder: Path, seed: int = 0) -> None:
    subject = subject_of(spec, seed)
    path, images = export(subject, folder), images_for(spec, seed=seed)
    for batch in (images, images[:1]):
        assert_agrees(answers_of_onnxruntime(path, batch), subject.network().predict(batch))


# -- whole networks --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", [kind for kind in TEMPLATES.kinds() if kind != "empty"])
def test_a_template_gives_the_same_answers_in_onnxruntime(kind: str, tmp_path: Path) -> None:
    assert_written_alike(TEMPLATES[kind].item().network, tmp_path)


@pytest.mark.one_in(10)
@pytest.mark.parametrize("seed", range(200))
def test_a_generated_network_gives_the_same_answers_in_onnxruntime(seed: int, tmp_path: Path) -> None:
    loss = LOSSES[LOSSES.kinds()[seed % len(LOSSES)]].item.Spec()
    assert_written_alike(dataclasses.replace(random_stack(seed, small=True), loss=loss), tmp_path, seed)


# -- layers by themselves --------------------------------------------------------------------------------------------
LAYERS_ALONE = [
    *(layer("local_response_normalization", size=size, alpha=0.6, beta=0.8, k=1.3) for size in (1, 2, 3, 4, 8)),
    *(layer("upsampling", factor=(2, 3), method=method) for method in ("nearest", "bilinear")),
    layer("average_pool", pool_size=(3, 2), stride=(1, 1), padding=(2, 1)),
    layer("max_pool", pool_size=(3, 3), stride=(2, 2), padding=(1, 1)),
    layer("transposed_convolution", kernel_size=(3, 2), stride=(2, 3), padding=(1, 0), output_padding=(1, 2)),
    layer("zero_padding", top=1, bottom=2, left=0, right=3),
    layer("dropout", rate=0.3),
    layer("dropout", rate=0.3, scaled="predicting"),
    layer("batch_normalization", epsilon=0.3),
    layer("layer_normalization", epsilon=0.3),
    layer("gelu"),
    layer("softmax"),
    layer("reshape", shape="7 x 3 x 9"),
    layer("residual"),
    layer("residual", branches=((layer("tanh"),), (layer("relu"),))),
    layer("parallel", branches=((),)),
    layer("parallel", branches=((), (layer("residual", branches=((layer("sigmoid"),), ())),), ())),
]


@pytest.mark.parametrize("alone", LAYERS_ALONE, ids=lambda spec: spec.kind)
def test_a_layer_with_unusual_numbers_gives_the_same_answers_in_onnxruntime(alone: Any, tmp_path: Path) -> None:
    assert_written_alike(ending(alone), tmp_path)


def test_ties_and_zeros_fall_on_the_same_side_of_a_step(tmp_path: Path) -> None:
    spec = NetworkSpec(in_shape=(4,), classes=4, layers=(layer("step", forward_only=True),),
                       loss=LOSSES["squared_error"].item.Spec())  # fmt: skip
    rows = np.array([[0.0, -0.0, 1e-45, -1e-45], [1.0, -1.0, np.inf, -np.inf]], np.float32)
    subject = subject_of(spec)
    answers = answers_of_onnxruntime(export(subject, tmp_path), rows)
    np.testing.assert_array_equal(answers, subject.network().predict(rows))
    np.testing.assert_array_equal(answers, [[0, 0, 1, 0], [1, 0, 1, 0]])


@pytest.mark.parametrize("loss", LOSSES.kinds())
def test_the_file_gives_what_the_network_answers(loss: str, tmp_path: Path) -> None:
    spec = ending(loss=loss)
    assert_written_alike(spec, tmp_path)
    answers = answers_of_onnxruntime(tmp_path / "network.onnx", images_for(spec))
    held = {"softmax_cross_entropy": bool(abs(answers.sum(axis=1) - 1).max() < 1e-5),
            "binary_cross_entropy": bool(((answers > 0) & (answers < 1)).all()),
            "squared_error": bool((answers < 0).any())}  # fmt: skip
    assert held[loss]


def test_every_layer_and_loss_has_an_onnx_form() -> None:
    assert set(LAYER_FORMS) == set(LAYERS.kinds())
    assert set(LOSS_FORMS) == set(LOSSES.kinds())


# -- number types, names, metadata -----------------------------------------------------------------------------------
def test_64_bits_stay_64_bits_where_onnxruntime_has_them(tmp_path: Path) -> None:
    spec = ending(layer("batch_normalization"), layer("gelu"), layer("max_pool", pool_size=3, stride=(3, 1)))
    subject = subject_of(spec, precision="float64")
    images = images_for(spec, dtype=np.float64)
    answers = answers_of_onnxruntime(export(subject, tmp_path), images)
    assert answers.dtype == np.float64
    assert_agrees(answers, subject.network().predict(images), 1e-8)  # ONNX's epsilon has seven digits


def test_64_bits_become_32_where_onnxruntime_has_no_others(tmp_path: Path) -> None:
    spec = ending(layer("convolution", filters=3, kernel_size=3))
    subject = subject_of(spec, precision="float64")
    answers = answers_of_onnxruntime(export(subject, tmp_path), images_for(spec))
    assert answers.dtype == np.float32
    assert_agrees(answers, subject.network().predict(images_for(spec)))


def test_nodes_and_arrays_are_called_by_number_and_kind(tmp_path: Path) -> None:
    inner = layer("convolution", filters=3, kernel_size=3, padding=1)
    model = onnx.load(export(subject_of(ending(layer("relu"), layer("residual", branches=((inner,), ())))), tmp_path))
    assert [node.name for node in model.graph.node] == [
        "1_relu", "2a1_convolution", "2_residual", "3_flatten", "4_affine", "loss"
    ]  # fmt: skip
    assert {array.name for array in model.graph.initializer} == {
        "2a1_convolution.W", "2a1_convolution.b", "4_affine.W", "4_affine.b"
    }  # fmt: skip
    assert [given.name for given in (*model.graph.input, *model.graph.output)] == ["input", "output"]
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "N"
    assert (model.opset_import[0].version, model.ir_version, model.producer_name) == (26, 13, "FishLab")


def test_metadata_tell_network_classes_and_scaling_and_nothing_of_the_data(tmp_path: Path) -> None:
    spec = ending(layer("relu", name="Bend"))
    subject = subject_of(spec, class_names=("a", "b", "c", "d"))
    secret = subject.project.replace(data=subject.project.data.replace(folder="/home/me/secret"))
    subject = Subject(secret, dataclasses.replace(subject.model, project=secret))
    path = export(subject, tmp_path)
    told = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    assert NetworkSpec.from_dict(json.loads(told["fishlab.network"])) == spec
    assert json.loads(told["fishlab.classes"]) == ["a", "b", "c", "d"]
    assert json.loads(told["fishlab.scaling"]) == {"scale": 1 / 255, "shift": 0.0}
    assert b"secret" not in path.read_bytes()


def test_a_network_that_was_never_trained_goes_out_with_the_weights_it_would_begin_with(tmp_path: Path) -> None:
    project = TEMPLATES["gates"].item()
    subject, images = Subject(project), images_for(project.network)
    assert_agrees(answers_of_onnxruntime(export(subject, tmp_path), images), subject.network().predict(images))


# -- what cannot be written ------------------------------------------------------------------------------------------
def test_a_layer_without_a_form_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(LAYER_FORMS, "tanh")
    subject = subject_of(ending(layer("tanh", name="Mine")))
    with pytest.raises(ExchangeError, match="1 tanh cannot be written as ONNX: nobody has said of which"):
        export(subject, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_network_with_a_problem_is_refused_in_its_own_words(tmp_path: Path) -> None:
    broken = ProjectSpec(network=NetworkSpec(layers=(layer("affine", units=10),)))
    with pytest.raises(NetworkError, match="needs a row"):
        export(Subject(broken), tmp_path)


def test_weights_beyond_two_gigabytes_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    wide = [layer("affine", units=9000) for _ in range(6)]
    spec = NetworkSpec(in_shape=(9000,), layers=(*wide, layer("affine", units=10)))
    project = ProjectSpec(network=spec, training=TrainingSpec(precision="float64"))
    with pytest.raises(ExchangeError, match=r"take 3\.9 GB, and one ONNX file holds 2 GB"):
        export(Subject(project), tmp_path)


def test_without_the_package_the_error_says_what_brings_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r'-m pip install "fishlab\[onnx\]"'):
        export(subject_of(ending()), tmp_path)
