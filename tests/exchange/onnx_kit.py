"""What the tests of ONNX files share: networks in which nothing is as it starts, and ONNX Runtime's answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from test_generated_stacks import build

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.exchange import Subject, silent
from fishlab.core.exchange.model import UNIT, imported_model
from fishlab.core.spec import NetworkSpec, ProjectSpec, TrainingSpec

Array = np.ndarray
SHARE = 1e-5


def model_of(spec: NetworkSpec, seed: int = 0, precision: str = "float32", **more: Any) -> Checkpoint:
    """Weights as a seed gives them, with biases, scales, shifts and running statistics of 0.4 to 1.2."""
    project = ProjectSpec(network=spec, training=TrainingSpec(precision=precision, seed=seed))
    return imported_model(project, build(spec, seed, precision).arrays(), **{"scaling": UNIT, **more})


def subject_of(spec: NetworkSpec, seed: int = 0, precision: str = "float32", **more: Any) -> Subject:
    model = model_of(spec, seed, precision, **more)
    return Subject(model.project, model)


def export(subject: Subject, folder: Path) -> Path:
    from fishlab.core.exchange import EXPORTS

    path = folder / "network.onnx"
    assert EXPORTS["onnx"].item.write(subject, path, silent) == [path]
    return path


def images_for(spec: NetworkSpec, count: int = 5, seed: int = 0, dtype: Any = np.float32) -> Array:
    return np.random.default_rng([seed, 11]).normal(size=(count, *spec.in_shape)).astype(dtype)


def answers_of_onnxruntime(path: Path, images: Array) -> Array:
    """What ONNX Runtime makes of the images, on one processor thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    dtype = {"tensor(float)": np.float32, "tensor(double)": np.float64}[given.type]
    (answers,) = session.run(None, {given.name: images.astype(dtype)})
    return answers


def assert_agrees(found: Array, wanted: Array, share: float = SHARE) -> None:
    """Away by no more than a share of the largest answer, or of 1 where all are smaller."""
    assert found.shape == wanted.shape
    away, scale = float(abs(found - wanted).max()), max(1.0, float(abs(wanted).max()))
    assert away <= share * scale, f"away by {away:.3g}, {away / scale:.2g} of {scale:.3g}"
