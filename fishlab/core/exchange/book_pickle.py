"""The book's own files: pickled tables of W1, b1, W2, ..., in and out.

`sample_weight.pkl` (chapter 3), `params.pkl` (chapter 7), `deep_convnet_params.pkl` (chapter 8), and whatever the
book's `save_params` wrote. fishlab.core.exchange.array_unpickler says how they are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fishlab.core.errors import FileFormatError
from fishlab.core.exchange.array_unpickler import ArrayUnpickler
from fishlab.core.exchange.book_table import book_table
from fishlab.core.exchange.formats import ExchangeError, Imported, Progress, Subject
from fishlab.core.exchange.matching import class_names, in_precision, refuse_endless, rounded
from fishlab.core.exchange.model import imported_model
from fishlab.core.exchange.numbered import (
    NO_STATISTICS,
    by_number,
    known_by_numbers,
    lacks_statistics,
    refuse_strange_names,
)
from fishlab.core.exchange.pickle_writer import pickled
from fishlab.core.exchange.reading import open_bounded
from fishlab.core.files.atomic import write_atomic
from fishlab.core.layers import LayerSpec
from fishlab.core.layers.base import Array
from fishlab.core.layers.dropout import DropoutSpec
from fishlab.core.spec import ProjectSpec, each_layer

LARGEST = 256 << 20
"""Bytes: the book's largest file has five million, and a template that holds more than this has no pickle."""

_ZIP = b"PK\x03\x04"
_AS_PYTORCH = (
    "it is an archive, such as PyTorch saves, and no pickle of the book. Save the weights there with "
    "“safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')” and import that file"
)


def read_table(path: Path) -> dict[str, Array]:
    """The arrays of a pickled table, by name. Raises FileFormatError for everything that is not just that."""
    with open_bounded(path, LARGEST) as (file, size):
        if file.read(len(_ZIP)) == _ZIP:
            raise FileFormatError(_AS_PYTORCH)
        file.seek(0)
        return ArrayUnpickler(file, size).load()


def read_book(path: Path, project: ProjectSpec | None, progress: Progress) -> Imported:
    """A model out of a pickle of the book: the network its shapes tell, or that of `project`, on pixels of 0 to 1.

    Raises FileFormatError, or ExchangeError where the arrays do not go into the network.
    """
    progress("Reading the weights", 0, 0)
    table = read_table(path)
    try:
        return _imported(table, project)
    except ExchangeError as error:
        raise ExchangeError(f"“{path.name}”: {error}") from error


def _imported(table: Mapping[str, Array], project: ProjectSpec | None) -> Imported:
    refuse_strange_names(table)
    refuse_endless(table)
    if project is None:
        known = known_by_numbers(table)
        found, said = known.project, list(known.said)
    else:
        found, said = _as_in_the_book(project)
    weights = by_number(found.network, table, {})
    if lacks_statistics(table):
        said.append(NO_STATISTICS)
    found, about = in_precision(found, table, fixed=project is not None)
    model = imported_model(found, rounded(weights, found.training.precision), class_names=class_names(found))
    return Imported(found, model, (*said, *about))


def _as_in_the_book(project: ProjectSpec) -> tuple[ProjectSpec, list[str]]:
    """A template that predicts as the book does: Dropout scales down, pixels are 0 to 1."""
    said = []
    layers = each_layer(project.network.layers, _predicting)
    if layers != project.network.layers:
        said.append("Dropout was set to scale down when predicting, as in the book: its weights were trained so.")
    if project.data.scaling != "unit":
        said.append("Pixels are given to it as 0 to 1, as in the book, and not as the template has them.")
    data = project.data.replace(scaling="unit")
    return project.replace(network=project.network.with_layers(layers), data=data), said


def _predicting(layer: LayerSpec) -> LayerSpec:
    return layer.replace(scaled="predicting") if isinstance(layer, DropoutSpec) else layer


def write_book(subject: Subject, path: Path, progress: Progress) -> list[Path]:
    """A pickle that the book's `load_params` reads. Raises ExchangeError for a layer that the book has not."""
    progress("Writing the weights", 0, 0)
    write_atomic(path, pickled(book_table(subject)))
    return [path]
