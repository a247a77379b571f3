"""Weights as safetensors, out and in: with PyTorch's names and order of axes, so that both sides read them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from fishlab.core.data.scaling import Scaling
from fishlab.core.errors import FileFormatError
from fishlab.core.exchange.formats import ExchangeError, Imported, Progress, Subject
from fishlab.core.exchange.matching import alike, class_names, in_precision, refuse_endless, rounded
from fishlab.core.exchange.model import UNIT, imported_model
from fishlab.core.exchange.numbered import NO_STATISTICS, by_number, known_by_numbers, lacks_statistics
from fishlab.core.exchange.reading import quoted
from fishlab.core.exchange.tensor_file import TensorFile, read_tensors
from fishlab.core.exchange.tensor_matching import Module, by_shapes, modules
from fishlab.core.exchange.tensor_names import named_tensors
from fishlab.core.exchange.weights_description import ABOUT, SCALING, Described, described, description, scaling_arrays
from fishlab.core.files.atomic import write_atomic
from fishlab.core.files.opening import clause
from fishlab.core.files.tensors import encode
from fishlab.core.layers.base import Array
from fishlab.core.spec import ProjectSpec

STANDARD = Scaling(1 / (255 * 0.3081), -0.1307 / 0.3081)  # the usual Normalize of MNIST
_SCALINGS = {"unit": UNIT, "raw": Scaling(1.0, 0.0), "standard": STANDARD}
_NUMBERED = {"weight": "gamma", "bias": "beta", "running_mean": "running_mean", "running_var": "running_var"}


# -- out -------------------------------------------------------------------------------------------------------------
def write_weights(subject: Subject, path: Path, progress: Progress) -> list[Path]:
    """All parameters and state in their own precision, and what network they are of. Raises ExchangeError."""
    progress("Writing the weights", 0, 0)
    weights, named = subject.weights, named_tensors(subject.trained.network)
    if not named:
        raise ExchangeError("The network has no weights: there is nothing to write.")
    arrays = {name: tensor.oriented(weights[tensor.key]) for name, tensor in named.items()}
    write_atomic(path, encode(arrays | scaling_arrays(subject), description(subject)))
    return [path]


# -- in --------------------------------------------------------------------------------------------------------------
def read_weights(path: Path, project: ProjectSpec | None, progress: Progress) -> Imported:
    """A model out of a file of tensors.

    Its network is that of `project`; or, without one, the one that FishLab described in it, or one of the book's that
    its shapes tell. Raises FileFormatError, or ExchangeError where the tensors do not go into the network.
    """
    progress("Reading the weights", 0, 0)
    file = read_tensors(path)
    try:
        return _imported(file, project)
    except FileFormatError as error:
        raise FileFormatError(f"“{path.name}” cannot be opened: {clause(error)}.") from error
    except ExchangeError as error:
        raise ExchangeError(f"“{path.name}”: {error}") from error


def _imported(file: TensorFile, project: ProjectSpec | None) -> Imported:
    arrays = {name: array for name, array in file.arrays.items() if not name.startswith(SCALING)}
    if not arrays:
        raise ExchangeError("It holds no weights: no tensor of it is of float16, bfloat16, float32 or float64.")
    refuse_endless(arrays)
    if project is not None:
        return _into_template(file, arrays, project)
    return _as_described(file, arrays) if ABOUT in file.metadata else _as_known(arrays)


def _into_template(file: TensorFile, arrays: Mapping[str, Array], project: ProjectSpec) -> Imported:
    weights, said = by_shapes(project.network, arrays)
    if ABOUT in file.metadata:
        return _described_into_template(described(file), weights, said, project)
    if not said and any(tensor.turned for tensor in named_tensors(project.network).values()):
        said.append(_TURNED)
    scaling = _SCALINGS.get(project.data.scaling)
    if scaling is None:
        project = project.replace(data=project.data.replace(scaling="unit"))
        said.append("Pixels are given to it as 0 to 1: the file does not hold what the template's scaling needs.")
    elif scaling is STANDARD:
        said.append("Pixels are given to it less 0.1307 and divided by 0.3081, as usual for MNIST.")
    return _finished(project, weights, scaling or UNIT, said, fixed=True)


def _described_into_template(
    about: Described, weights: Mapping[str, Array], said: list[str], project: ProjectSpec
) -> Imported:
    """What the file says of pixels holds; what it says of the network gives way to the template."""
    if not alike(about.project.network.layers, project.network.layers):
        said.append(
            f"FishLab wrote it for another network, {quoted(about.project.network.name)}, whose answers may differ: "
            "without a template it comes in as it was."
        )
    project = project.replace(data=project.data.replace(scaling=about.project.data.scaling))
    return _finished(project, weights, about.scaling, said, fixed=True)


def _as_described(file: TensorFile, arrays: Mapping[str, Array]) -> Imported:
    """The very network that was exported."""
    about = described(file)
    named = named_tensors(about.project.network)
    if {name: array.shape for name, array in arrays.items()} != {name: tensor.shape for name, tensor in named.items()}:
        raise FileFormatError("its tensors are not those of the network that it describes")
    weights = {tensor.key: tensor.oriented(arrays[name]) for name, tensor in named.items()}
    model = imported_model(
        about.project,
        rounded(weights, about.project.training.precision),
        scaling=about.scaling,
        data_name=about.data_name,
        class_names=about.class_names,
    )
    name = quoted(about.project.network.name)
    return Imported(about.project, model, (f"FishLab wrote it, with its network {name}.",))


def _as_known(arrays: Mapping[str, Array]) -> Imported:
    """A network of the book's shapes, its modules in the order of their names."""
    found = modules(arrays)
    table, called = _numbered(found)
    known = known_by_numbers(table, by_the_book=False)
    said = [*known.said, _TURNED]
    if lacks_statistics(table):
        said.append(NO_STATISTICS)
    weights = by_number(known.project.network, table, called)
    return _finished(known.project, weights, UNIT, said, fixed=False)


def _numbered(found: list[Module]) -> tuple[dict[str, Array], dict[str, str]]:
    """The tensors as W1, b1, gamma1, ..., and what the file calls each; a missing bias is zeros."""
    table: dict[str, Array] = {}
    called: dict[str, str] = {}
    number = 0
    for module in found:
        weight = module.tensors.get("weight")
        if weight is None:
            names = dict(_NUMBERED)
        elif weight.ndim > 1:
            number += 1
            names = {"weight": "W", "bias": "b"}
            table[f"b{number}"] = np.zeros(len(weight), weight.dtype)
        else:
            names = dict(_NUMBERED)
        for last, array in module.tensors.items():
            if last not in names or not number:
                raise ExchangeError(f"What {quoted(module.name)} is cannot be told. {_TEMPLATE}")
            name = f"{names[last]}{number}"
            table[name] = array.T if names[last] == "W" and array.ndim == 2 else array
            called[name] = f"{module.name}.{last}"
    return table, called


_TURNED = "Its affine weights were turned, from (outputs, inputs) as in PyTorch to (inputs, outputs)."
_TEMPLATE = "Make the network in FishLab, and match the file to it."


def _finished(
    project: ProjectSpec, weights: Mapping[str, Array], scaling: Scaling, said: list[str], *, fixed: bool
) -> Imported:
    project, about = in_precision(project, weights, fixed=fixed)
    plain = rounded(weights, project.training.precision)
    model = imported_model(project, plain, scaling=scaling, class_names=class_names(project))
    return Imported(project, model, (*said, *about))
