"""A network as an ONNX file: what `Network.predict` does, as a graph, with names, classes and scaling as metadata."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

import fishlab
from fishlab.core.errors import NetworkError
from fishlab.core.exchange.formats import ExchangeError, MissingExtraError, Progress, Subject
from fishlab.core.exchange.onnx_files.forms import LAYER_FORMS, LOSS_FORMS
from fishlab.core.exchange.onnx_files.graph import INPUT, OUTPUT, Graph
from fishlab.core.exchange.onnx_files.metadata import to_metadata
from fishlab.core.files.atomic import write_atomic
from fishlab.core.losses import LOSSES
from fishlab.core.shapes import infer
from fishlab.core.spec import NetworkSpec

OPSET = 26
"""The newest operator set that ONNX Runtime 1.31 computes; an older onnx package writes the newest that it knows."""

MOST_BYTES = 2**31 - 2**24
"""What one message of Protocol Buffers, which an ONNX file is, may hold, less some room for the description."""


def write_onnx(subject: Subject, path: Path, progress: Progress) -> list[Path]:
    """Write the network with its weights to `path`; returns [path].

    Raises NetworkError where the network has a problem, ExchangeError for a layer without an ONNX form or a network
    beyond 2 GB, MissingExtraError without the package onnx, SaveError.
    """
    model = onnx_model(subject, progress)
    progress("Writing the file", 0, 0)
    write_atomic(path, [model.SerializeToString()])
    return [path]


def onnx_model(subject: Subject, progress: Progress) -> Any:
    """The onnx.ModelProto, which has passed onnx.checker."""
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError("An ONNX model", "onnx") from error
    network = subject.trained.network
    _refuse_unfit(network, subject)
    graph = _graph(subject, progress, subject.trained.training.precision)
    if graph.dtype != np.float32 and not graph.precise:
        graph = _graph(subject, progress, np.float32)
    model = _model(graph, network)
    onnx.helper.set_model_props(model, to_metadata(subject))
    model.doc_string = _how(subject)
    progress("Checking the model", 0, 0)
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ExchangeError(f"“{network.name}” cannot be written as ONNX: onnx.checker finds fault: {error}") from error
    return model


def _refuse_unfit(network: NetworkSpec, subject: Subject) -> None:
    report = infer(network)
    if report.problem:
        raise NetworkError(f"{report.problem.sentence}. {report.problem.reason}")
    itemsize = np.dtype(subject.trained.training.precision).itemsize
    size = sum(info.size for layer in report.layers for info in layer.parameters) * itemsize
    if size > MOST_BYTES:
        raise ExchangeError(
            f"“{network.name}” cannot be written as ONNX: its weights take {size / 1e9:,.1f} GB, and one ONNX file "
            "holds 2 GB. Use fewer or smaller layers, or export safetensors."
        )


def _graph(subject: Subject, progress: Progress, dtype: Any) -> Graph:
    network = subject.trained.network
    total, done = sum(1 for _ in network.walk()), count()
    graph = Graph(network, subject.weights, dtype, LAYER_FORMS, lambda: progress("Writing layers", next(done), total))
    scores = graph.stack(network.layers, network.in_shape, INPUT)
    form = LOSS_FORMS.get(network.loss.kind)
    if form is None:
        raise ExchangeError(f"The loss {LOSSES[network.loss.kind].title} cannot be written as ONNX.")
    graph.loss(network.loss, form, (network.classes,), scores)
    return graph


def _model(graph: Graph, network: NetworkSpec) -> Any:
    from onnx import defs, helper, numpy_helper

    number = helper.np_dtype_to_tensor_dtype(graph.dtype)
    opset = [helper.make_opsetid("", min(OPSET, defs.onnx_opset_version()))]
    made = helper.make_graph(
        graph.nodes,
        network.name or "FishLab",
        [helper.make_tensor_value_info(INPUT, number, ["N", *network.in_shape])],
        [helper.make_tensor_value_info(OUTPUT, number, ["N", network.classes])],
        [numpy_helper.from_array(array, name) for name, array in graph.arrays.items()],
    )
    return helper.make_model(
        made,
        opset_imports=opset,
        ir_version=helper.find_min_ir_version_for(opset),
        producer_name="FishLab",
        producer_version=fishlab.__version__,
    )


def _how(subject: Subject) -> str:
    """How to use the file, for people who meet it in another program."""
    network, scaling = subject.trained.network, subject.model.scaling if subject.model else None
    shape = ", ".join(map(str, network.in_shape))
    lines = [f"{INPUT}: (N, {shape}), scaled as in training."]
    if scaling is not None:
        whitened = ", then whitened by the metadata fishlab.scaling.mean and .matrix" if scaling.whitening else ""
        lines.append(f"scaled = data * {scaling.scale!r} + {scaling.shift!r}{whitened}; images count from 0 to 255.")
    title = LOSSES[network.loss.kind].title
    lines.append(f"{OUTPUT}: (N, {network.classes}), a number for each class, as “{title}” answers.")
    return "\n".join(lines)
