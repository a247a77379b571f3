"""An ONNX file as a network: its graph is read node by node, and each becomes a layer here or is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fishlab.core.data.dataset import DIGITS, class_words
from fishlab.core.errors import FieldError, FileFormatError, NetworkError, SpecError
from fishlab.core.exchange.formats import ExchangeError, Imported, Progress
from fishlab.core.exchange.matching import refuse_one_output
from fishlab.core.exchange.model import imported_model
from fishlab.core.exchange.onnx_files.assembling import Assembly
from fishlab.core.exchange.onnx_files.endings import Stack, ended
from fishlab.core.exchange.onnx_files.evaluating import Evaluation
from fishlab.core.exchange.onnx_files.file import OnnxFile, parse
from fishlab.core.exchange.onnx_files.metadata import Told, from_metadata
from fishlab.core.exchange.onnx_files.naming import renamed, told_layers, with_names
from fishlab.core.exchange.onnx_files.scaling import taken
from fishlab.core.exchange.onnx_files.tensors import DOUBLE
from fishlab.core.exchange.reading import open_bounded, quoted
from fishlab.core.files.opening import clause
from fishlab.core.free_memory import free_bytes
from fishlab.core.layers import Shape
from fishlab.core.layers.base import shape_text
from fishlab.core.shapes import infer
from fishlab.core.spec import NetworkSpec, ProjectSpec

LARGEST = 2**31
"""Bytes of a file: one message of Protocol Buffers holds no more."""

COPIES = 6
"""How often the weights lie in memory while a network is made of a file: there, as weights, start and moments."""

MOST_SHARED = 4
"""How many times as large as the file its weights may become: those that nodes share are copied."""


def read_onnx(path: Path, project: ProjectSpec | None, progress: Progress) -> Imported:
    """The network in an ONNX file, with its weights. What `project` says of data and training is kept.

    Raises FileFormatError for a file that is damaged or none, ExchangeError for a network that cannot be built of the
    layers here; its text names the node.
    """
    progress("Reading the file", 0, 0)
    with open_bounded(path, LARGEST) as (file, size):
        _refuse_too_large(size)
        data = file.read(size)
    try:
        with np.errstate(all="ignore"):
            return _imported(memoryview(data), path.stem, project or ProjectSpec(), progress)
    except FileFormatError as error:
        raise FileFormatError(f"“{path.name}” cannot be opened: {clause(error)}.") from error
    except MemoryError as error:
        raise FileFormatError(f"“{path.name}” cannot be opened: it does not fit into the memory.") from error
    except (ExchangeError, NetworkError, SpecError, FieldError) as error:
        raise ExchangeError(f"“{path.name}” holds a network that cannot be built here. {error}") from error


def _refuse_too_large(size: int) -> None:
    free = free_bytes()
    if free is not None and COPIES * size > free:
        raise FileFormatError(
            f"its network takes about {COPIES * size / 1e9:,.1f} GB of memory, and {free / 1e9:,.1f} GB are free"
        )


def _imported(data: memoryview, stem: str, base: ProjectSpec, progress: Progress) -> Imported:
    said: list[str] = []
    file = parse(data)
    read = Evaluation(file, len(data), said, progress)
    end = read.output()
    assembly = Assembly(end)
    if sum(array.nbytes for array in assembly.weights.values()) > MOST_SHARED * len(data):
        raise ExchangeError("Its nodes share weights, of which each would have a copy: that is too much to be read.")
    if len(end.shape) != 1:
        raise ExchangeError(f"It gives images, N × {shape_text(end.shape)}; networks here give a row of numbers.")
    refuse_one_output(end.shape[0])
    root, classes = assembly.root, end.shape[0]
    told = from_metadata(file.metadata, root.shape, classes)
    scaling, words = taken(root, read.given, told.scaling)
    network, ending = _network(assembly.layers, root.shape, classes, told)
    theirs = told_layers(network, told.network)
    network = with_names(network, theirs).renamed(told.network.name if told.network else stem)
    progress("Building the network", 0, 0)
    model = imported_model(
        base.replace(
            network=network,
            training=base.training.replace(precision="float64" if read.given.number == DOUBLE else "float32"),
        ),
        {renamed(key, theirs): array for key, array in assembly.weights.items()},
        scaling=scaling,
        class_names=told.classes or class_words(DIGITS if classes == len(DIGITS) else (), classes),
    )
    return Imported(model.project, model, tuple(filter(None, (_summary(file, network), *said, ending, words))))


def _network(layers: Stack, in_shape: Shape, classes: int, told: Told) -> tuple[NetworkSpec, str]:
    """The network, without what its loss does, and a sentence about its end. Raises NetworkError, SpecError."""
    stack, loss, words = ended(layers, told.network.loss if told.network else None)
    network = NetworkSpec(in_shape=in_shape, classes=classes, layers=stack, loss=loss)
    report = infer(network)
    if report.problem:
        raise NetworkError(f"{report.problem.sentence}. {report.problem.reason}")
    return network, words


def _summary(file: OnnxFile, network: NetworkSpec) -> str:
    layers = sum(1 for _ in network.walk())
    whose = f" by {quoted(file.producer)[1:-1]}" if file.producer else ""
    return f"A graph of {len(file.nodes):,} nodes{whose} became {layers:,} {'layer' if layers == 1 else 'layers'}."
