"""ONNX files that are read: FishLab's own come back as they were, others as far as layers here can be made of them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx_kit import export, images_for, subject_of

from benchmarks.stacks import random_stack
from fishlab.core.exchange import IMPORTS, Imported, silent
from fishlab.core.losses import LOSSES
from fishlab.core.spec import NetworkSpec, ProjectSpec
from fishlab.core.templates import TEMPLATES

onnx = pytest.importorskip("onnx", reason="onnx is not installed: the extra onnx brings it")

HERE = Path(__file__).parent


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
    assert all("“" not in words or "FishLab" in words for words in found.said)


def check_generated(seed: int, folder: Path) -> None:
    spec = random_stack(seed, small=True)
    loss = LOSSES[LOSSES.kinds()[seed % len(LOSSES)]].item.Spec()
    spec = dataclasses.replace(spec, loss=loss)
    assert there_and_back(spec, folder, seed).project.network == spec


@pytest.mark.parametrize("seed", range(200))
def test_two_hundred_generated_networks_come_back_as_they_were(seed: int, tmp_path: Path) -> None:
    check_generated(seed, tmp_path)
