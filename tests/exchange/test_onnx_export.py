"""ONNX files that are written: every network that can be built, as onnx.checker and ONNX Runtime see it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from onnx_kit import answers_of_onnxruntime, assert_agrees, export, images_for, subject_of
from small_runs import layer

from benchmarks.stacks import random_stack
from fishlab.core.losses import LOSSES
from fishlab.core.spec import NetworkSpec
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


def check_generated(seed: int, folder: Path) -> None:
    spec = random_stack(seed, small=True)
    loss = LOSSES[LOSSES.kinds()[seed % len(LOSSES)]].item.Spec()
    assert_written_alike(dataclasses.replace(spec, loss=loss), folder, seed)


@pytest.mark.parametrize("seed", range(25))
def test_a_generated_network_gives_the_same_answers_in_onnxruntime(seed: int, tmp_path: Path) -> None:
    check_generated(seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(25, 225))
def test_two_hundred_generated_networks_give_the_same_answers_in_onnxruntime(seed: int, tmp_path: Path) -> None:
    check_generated(seed, tmp_path)
