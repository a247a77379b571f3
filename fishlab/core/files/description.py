"""A model as a table of words and numbers, and named tensors: what a project file says of it, and whether it can be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import DIGITS, MOST_NAME
from fishlab.core.data.scaling import Scaling, array_shapes
from fishlab.core.errors import FileFormatError, FishLabError
from fishlab.core.events import Position
from fishlab.core.fields import whole_text
from fishlab.core.files.opening import clause
from fishlab.core.files.tensors import TensorInfo
from fishlab.core.history import EPOCH_COLUMNS, METRIC_COLUMNS, RATE_COLUMNS, STEP_COLUMNS, History, Mark
from fishlab.core.layers.base import Array
from fishlab.core.network import learning_keys, parameter_keys
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.patience import Best
from fishlab.core.shapes import infer
from fishlab.core.spec import MOST_CLASSES, ProjectSpec

LARGEST_COUNT = 1 << 53
_TABLES = {"history/steps": STEP_COLUMNS, "history/epochs": EPOCH_COLUMNS}
_LATER = {"history/rates": RATE_COLUMNS, "history/metrics": METRIC_COLUMNS}  # files did not have them at first
_ENTRIES = {"project", "position", "target", "scaling", "data_name", "test_looks", "optimizer_steps", "marks"}
_OPTIONAL = {"way", "best", "patient_since", "class_names"}

Shapes = Mapping[str, tuple[int, ...]]
Found = Mapping[str, tuple[np.dtype[Any], tuple[int, ...]]]


# -- writing ---------------------------------------------------------------------------------------------------------
def describe(model: Checkpoint) -> dict[str, Any]:
    """All of a model that is no tensor, ready for JSON."""
    optional: dict[str, Any] = {} if model.way == ONE else {"way": str(model.way)}
    if model.best is not None:
        optional["best"] = {"epoch": model.best.epoch, "loss": model.best.loss}
    if model.patient_since:
        optional["patient_since"] = model.patient_since
    if model.class_names != DIGITS:
        optional["class_names"] = list(model.class_names)
    return optional | {
        "project": model.project.to_dict(),
        "position": asdict(model.position),
        "target": model.target,
        "scaling": model.scaling.to_dict(),
        "data_name": model.data_name,
        "test_looks": model.test_looks,
        "optimizer_steps": model.optimizer_steps,
        "marks": [[mark.x, mark.text] for mark in model.history.marks],
    }


def tensors_of(model: Checkpoint) -> dict[str, Array]:
    """The tensors of a model by name; raises FileFormatError for a model that does not fit its own network."""
    groups = {"weights": model.weights, "start": model.start, "history": model.history.arrays()}
    groups |= {f"memory/{slot}": table for slot, table in model.memory.items()}
    groups["scaling"] = model.scaling.arrays()
    groups |= {"best": model.best.weights} if model.best else {}
    tensors = {f"{group}/{key}": array for group, table in groups.items() for key, array in table.items()}
    found = {name: (array.dtype, array.shape) for name, array in tensors.items()}
    _check_tensors(model.project, found, model.scaling.to_dict(), best=model.best is not None)
    return tensors


# -- checking --------------------------------------------------------------------------------------------------------
def read_spec(data: Any) -> ProjectSpec:
    """The project that a table describes; raises FileFormatError."""
    try:
        return ProjectSpec.from_dict(data)
    except FishLabError as error:
        raise FileFormatError(clause(error)) from error


def refuse_strange(found: Iterable[str], known: Iterable[str]) -> None:
    """Raise FileFormatError where a name is found that is not known."""
    strange = sorted(set(found) - set(known))
    if strange:
        raise FileFormatError(f"it holds “{strange[0][:80]}”, which does not belong there")


def check_model(data: Any, tensors: Mapping[str, TensorInfo]) -> ProjectSpec:
    """The project of the model that `data` describes; raises FileFormatError unless it goes with these tensors."""
    if not isinstance(data, dict) or set(data) | _OPTIONAL != _ENTRIES | _OPTIONAL:
        raise FileFormatError("the description of its model is incomplete, or has entries too many")
    project = read_spec(data["project"])
    found = {name: (info.dtype, info.shape) for name, info in tensors.items()}
    _check_tensors(project, found, data["scaling"], best="best" in data)
    return project


def _check_tensors(project: ProjectSpec, found: Found, scaling: Any, *, best: bool) -> None:
    """Exactly the tensors that the network, its best epoch and its optimizer need, each of its shape."""
    arrays = array_shapes(scaling, math.prod(project.network.in_shape))
    wanted = {f"scaling/{name}": shape for name, shape in arrays.items()}
    wanted |= _wanted(project, ("weights", "start", "best") if best else ("weights", "start"))
    refuse_strange(found, (*wanted, *_TABLES, *_LATER))
    for name, shape in wanted.items():
        if name not in found:
            raise FileFormatError(f"its model lacks “{name}”")
        if found[name][1] != shape:
            raise FileFormatError(f"“{name}” has the shape {found[name][1]} where its network needs {shape}")
    later = {name: columns for name, columns in _LATER.items() if name in found}
    for name, columns in (_TABLES | later).items():
        dtype, shape = found.get(name, (None, ()))
        if dtype != np.float64 or len(shape) != 2 or shape[1] != len(columns):
            raise FileFormatError(f"its “{name}” is not a table of {len(columns)} float64 columns")


def _wanted(project: ProjectSpec, groups: tuple[str, ...]) -> Shapes:
    report = infer(project.network)
    if report.problem:
        raise FileFormatError(f"its model has a network that cannot work: {report.problem.sentence}")
    infos = parameter_keys(report)
    learning = learning_keys(project.network, report)
    wanted = {f"{group}/{key}": info.shape for group in groups for key, info in infos.items()}
    for slot in OPTIMIZERS[project.training.optimizer.kind].item.slots:
        wanted |= {f"memory/{slot}/{key}": infos[key].shape for key in learning}
    return wanted


# -- reading ---------------------------------------------------------------------------------------------------------
def checkpoint_of(project: ProjectSpec, data: Mapping[str, Any], arrays: Mapping[str, Array]) -> Checkpoint:
    """The model that a checked description and its tensors are; raises FileFormatError for numbers that cannot be."""
    slots = OPTIMIZERS[project.training.optimizer.kind].item.slots
    history = History.from_arrays(_group(arrays, "history"), [_mark(item) for item in _list(data["marks"])])
    return Checkpoint(
        project=project,
        weights=_group(arrays, "weights"),
        start=_group(arrays, "start"),
        memory={slot: _group(arrays, f"memory/{slot}") for slot in slots},
        optimizer_steps=_count(data["optimizer_steps"]),
        position=_position(data["position"], history),
        target=_count(data["target"]),
        history=history,
        scaling=Scaling.from_dict(data["scaling"], _group(arrays, "scaling")),
        data_name=_words(data["data_name"]),
        test_looks=_count(data["test_looks"]),
        way=_way(data.get("way", "one")),
        best=_best(data["best"], _group(arrays, "best")) if "best" in data else None,
        patient_since=_count(data.get("patient_since", 0)),
        class_names=_class_names(data.get("class_names", list(DIGITS))),
    )


def _group(arrays: Mapping[str, Array], group: str) -> dict[str, Array]:
    return {name[len(group) + 1 :]: array for name, array in arrays.items() if name.startswith(group + "/")}


def _position(data: Any, history: History) -> Position:
    if not isinstance(data, dict) or set(data) != {"epoch", "batch", "step"}:
        raise FileFormatError("its place in the training is not epoch, batch and step")
    position = Position(**{name: _count(value) for name, value in data.items()})
    steps = history.steps
    if not np.isfinite(steps.column("x")).all() or not (steps.column("images") >= 1).all():
        raise FileFormatError("its history holds steps that cannot have been")
    if not np.isfinite(history.rates.rows).all():
        raise FileFormatError("its history holds learning rates that are no numbers")
    if not np.isfinite(history.metrics.column("x")).all():
        raise FileFormatError("its history holds measured steps that are nowhere")
    if position.batch and not (len(steps) and 0 <= steps.column("x")[-1] - position.epoch <= 1):
        raise FileFormatError("its history does not reach the place where its training stands")
    return position


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= LARGEST_COUNT:
        raise FileFormatError("a count in the description of its model is not a whole number in range")
    return value


def _best(value: Any, weights: Mapping[str, Array]) -> Best:
    match value:
        case {"epoch": int() as epoch, "loss": float() as loss, **rest} if not rest:
            return Best(_count(epoch), loss, weights)
    raise FileFormatError("its best epoch is not an epoch and a loss")


def _way(value: Any) -> Way:
    try:
        return Way.parse(_words(value))
    except FishLabError as error:
        raise FileFormatError(clause(error)) from error


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise FileFormatError("the marks of its history are not a list")
    return value


def _mark(item: Any) -> Mark:
    match item:
        case [int() | float() as x, str() as text] if not isinstance(x, bool):
            return Mark(float(x), _words(text))
    raise FileFormatError("a mark of its history is not a place and a text")


def _class_names(value: Any) -> tuple[str, ...]:
    good = isinstance(value, list) and 2 <= len(value) <= MOST_CLASSES
    if not good or not all(isinstance(name, str) and len(name) <= MOST_NAME for name in value):
        raise FileFormatError(f"the names of its classes are not 2 to {MOST_CLASSES:,} short texts")
    return tuple(map(whole_text, value))


def _words(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 1000:
        raise FileFormatError("a text in the description of its model is missing or too long")
    return whole_text(value)
