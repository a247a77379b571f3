"""What an ONNX file of FishLab says beside its graph: a table of texts, written by the exporter, doubted by the reader.

| key | text |
|---|---|
| fishlab.version | of the FishLab that wrote it |
| fishlab.network | the network in JSON, as project files have it, without weights |
| fishlab.classes | a JSON list of what the classes are called |
| fishlab.scaling | JSON: scale and shift, and the name of a whitening |
| fishlab.scaling.mean, .matrix | the numbers of a whitening: float32, little end first, base64 |
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import fishlab
from fishlab.core.data.dataset import MOST_NAME, class_words
from fishlab.core.data.scaling import Scaling, array_shapes
from fishlab.core.errors import FileFormatError, FishLabError
from fishlab.core.exchange.formats import Subject
from fishlab.core.files import strict_json
from fishlab.core.layers import Shape
from fishlab.core.layers.base import Array
from fishlab.core.spec import NetworkSpec

PREFIX = "fishlab."
_FLOAT32 = np.dtype("<f4")


@dataclass(frozen=True)
class Told:
    """What the metadata of a file say, as far as it can be read; None and () for what they do not say."""

    network: NetworkSpec | None = None
    classes: tuple[str, ...] = ()
    scaling: Scaling | None = None


def to_metadata(subject: Subject) -> dict[str, str]:
    """The table for a subject; without a model there is neither a scaling nor a name of a class."""
    network, model = subject.trained.network, subject.model
    table = {"version": fishlab.__version__, "network": _json(network.to_dict())}
    if model is not None:
        table["classes"] = _json(class_words(model.class_names, network.classes))
        table["scaling"] = _json(model.scaling.to_dict())
        for name, array in model.scaling.arrays().items():
            table[f"scaling.{name}"] = base64.b64encode(array.astype(_FLOAT32).tobytes()).decode("ascii")
    return {PREFIX + key: text for key, text in table.items()}


def from_metadata(table: Mapping[str, str], in_shape: Shape, classes: int) -> Told:
    """What a file says of a network with this input and so many classes; what cannot be right is left out."""
    return Told(
        _attempt(lambda: NetworkSpec.from_dict(strict_json.parse(table[PREFIX + "network"]))),
        _attempt(lambda: _names(strict_json.parse(table[PREFIX + "classes"]), classes)) or (),
        _attempt(lambda: _scaling(table, math.prod(in_shape))),
    )


def _attempt(read: Any) -> Any:
    try:
        return read()
    except (FishLabError, KeyError):
        return None


def _names(value: Any, classes: int) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) != classes:
        raise FileFormatError("The names of the classes are not a list of them.")
    if not all(isinstance(name, str) and len(name) <= MOST_NAME for name in value):
        raise FileFormatError("The names of the classes are not short texts.")
    return tuple(value)


def _scaling(table: Mapping[str, str], count: int) -> Scaling:
    data = strict_json.parse(table[PREFIX + "scaling"])
    shapes = array_shapes(data, count)
    return Scaling.from_dict(data, {name: _array(table[f"{PREFIX}scaling.{name}"], shapes[name]) for name in shapes})


def _array(text: str, shape: Shape) -> Array:
    """The numbers of a text that is as long as they need."""
    size = math.prod(shape) * _FLOAT32.itemsize
    if len(text) != -(-size // 3) * 4:
        raise FileFormatError("An array of the scaling is shorter or longer than its shape needs.")
    try:
        return np.frombuffer(base64.b64decode(text, validate=True), _FLOAT32).reshape(shape)
    except (binascii.Error, ValueError) as error:
        raise FileFormatError("An array of the scaling is not in base64.") from error


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
