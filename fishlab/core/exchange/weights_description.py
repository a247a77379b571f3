"""What FishLab writes about a network beside its weights, in the metadata of a safetensors file."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from fishlab.core.data.dataset import MOST_NAME
from fishlab.core.data.scaling import Scaling, array_shapes
from fishlab.core.errors import FileFormatError, FishLabError
from fishlab.core.exchange.formats import Subject
from fishlab.core.exchange.matching import class_names, working
from fishlab.core.exchange.model import UNIT
from fishlab.core.exchange.tensor_file import TensorFile
from fishlab.core.files import strict_json
from fishlab.core.files.opening import clause
from fishlab.core.layers.base import Array
from fishlab.core.spec import MOST_CLASSES, DataSpec, NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.core.spec.training import PRECISIONS

ABOUT = "fishlab"
SCALING = "fishlab.scaling."
"""How the names of the tensors begin that scale the pixels."""

VERSION = 1
_ENTRIES = {"version", "network", "data", "precision", "scaling", "data_name", "class_names"}


@dataclass(frozen=True)
class Described:
    """A network as the file tells it, with what its inputs and classes are."""

    project: ProjectSpec
    scaling: Scaling
    data_name: str
    class_names: tuple[str, ...]


def description(subject: Subject) -> dict[str, str]:
    """The metadata: whose order of axes it is, and the network with all that answering needs. No path is told."""
    project, model = subject.trained, subject.model
    about = {
        "version": VERSION,
        "network": project.network.to_dict(),
        "data": project.data.replace(folder="", file="").to_dict(),
        "precision": project.training.precision,
        "scaling": (model.scaling if model else UNIT).to_dict(),
        "data_name": model.data_name if model else "imported",
        "class_names": list(model.class_names if model else class_names(project)),
    }
    return {"format": "pt", ABOUT: json.dumps(about, separators=(",", ":"), allow_nan=False)}


def scaling_arrays(subject: Subject) -> dict[str, Array]:
    """The arrays of the model's scaling, where it has some, under names of their own."""
    return {SCALING + name: array for name, array in subject.model.scaling.arrays().items()} if subject.model else {}


def described(file: TensorFile) -> Described:
    """What `description` wrote; raises FileFormatError."""
    data = strict_json.parse(file.metadata[ABOUT])
    version = data.get("version") if isinstance(data, dict) else None
    if type(version) is not int:
        raise FileFormatError("its description of the network is not FishLab's")
    if version > VERSION:
        raise FileFormatError("it was written by a newer FishLab. Update FishLab to open it")
    if set(data) != _ENTRIES:
        raise FileFormatError("its description of the network is incomplete, or has entries too many")
    try:
        return _described(data, file)
    except FishLabError as error:
        raise FileFormatError(clause(error)) from error


def _described(data: dict[str, Any], file: TensorFile) -> Described:
    network = NetworkSpec.from_dict(data["network"])
    working(network)
    if data["precision"] not in list(PRECISIONS):
        raise FileFormatError("its precision is none that networks are trained in")
    if not isinstance(data["data"], dict):
        raise FileFormatError("its data are not described")
    project = ProjectSpec(
        network=network,
        data=DataSpec.from_dict(data["data"]),
        training=TrainingSpec(precision=data["precision"]),
    )
    names = data["class_names"]
    listed = isinstance(names, list) and 2 <= len(names) <= MOST_CLASSES
    if not listed or not all(map(_is_short, [*names, data["data_name"]])):
        raise FileFormatError("the names of its data and classes are not short texts")
    return Described(project, _scaling(data["scaling"], network, file), data["data_name"], tuple(names))


def _is_short(text: Any) -> bool:
    return isinstance(text, str) and len(text) <= MOST_NAME


def _scaling(data: Any, network: NetworkSpec, file: TensorFile) -> Scaling:
    arrays = {name.removeprefix(SCALING): array for name, array in file.arrays.items() if name.startswith(SCALING)}
    wanted = array_shapes(data, math.prod(network.in_shape))
    if {name: array.shape for name, array in arrays.items()} != wanted:
        raise FileFormatError("what its scaling of the pixels needs is not there")
    return Scaling.from_dict(data, {name: np.asarray(array, np.float32) for name, array in arrays.items()})
