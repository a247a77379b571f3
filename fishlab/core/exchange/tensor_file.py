"""safetensors files as other programs write them: a header in JSON, and tensors of many number types behind it.

A FishLab project has its own, stricter reader (fishlab.core.files.tensors). This one takes half precision as well, and
passes over whole numbers, such as PyTorch's count of batches.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fishlab.core.errors import FileFormatError
from fishlab.core.exchange.reading import open_bounded, quoted
from fishlab.core.files import strict_json
from fishlab.core.files.tensors import header_length, is_place, is_shape
from fishlab.core.layers.base import Array

LARGEST = 1 << 30
"""Bytes: more than the largest network that FishLab builds takes in 64 bits."""

MOST_TENSORS = 20_000
_FLOATS: dict[str, np.dtype[Any]] = {name: np.dtype(f"<f{size}") for name, size in (("F16", 2), ("F32", 4), ("F64", 8))}
_BRAIN = "BF16"  # the upper half of a float32
_SIZES = {name: dtype.itemsize for name, dtype in _FLOATS.items()} | {
    _BRAIN: 2, "BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "U16": 2, "I32": 4, "U32": 4, "I64": 8, "U64": 8
}  # fmt: skip
_TORCH_HEADS = (b"PK\x03\x04", b"\x80\x02")
_TORCH = (
    "it is a PyTorch file, and such files may hold code as well as numbers. Save the weights in PyTorch with "
    "“safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')” and import that file"
)


@dataclass(frozen=True)
class TensorFile:
    """What a file holds: texts about it, and its tensors of real numbers in the order of the header."""

    metadata: Mapping[str, str]
    arrays: Mapping[str, Array]


@dataclass(frozen=True)
class _Entry:
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def read_tensors(path: Path) -> TensorFile:
    """The whole of a file, after its header was found right. Raises FileFormatError for everything else."""
    with open_bounded(path, LARGEST) as (file, size):
        start = file.read(8)
        if start.startswith(_TORCH_HEADS):
            raise FileFormatError(_TORCH)
        length = header_length(start, size)
        table = _header(file.read(length))
        metadata = _metadata(table.pop("__metadata__", {}))
        entries = {name: _entry(name, entry) for name, entry in table.items()}
        _check_places(entries, size - 8 - length)
        return TensorFile(metadata, _numbers(file, entries, size - 8 - length))


def _header(text: bytes) -> dict[str, Any]:
    try:
        table = strict_json.parse(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise FileFormatError("it is damaged: its header is not plain text") from error
    if not isinstance(table, dict) or len(table) > MOST_TENSORS:
        raise FileFormatError(f"its header is not a table of at most {MOST_TENSORS:,} tensors")
    return table


def _metadata(data: Any) -> dict[str, str]:
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise FileFormatError("its metadata are not a table of texts")
    return data


def _entry(name: str, entry: Any) -> _Entry:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise FileFormatError(f"its {quoted(name)} is not described by dtype, shape and data_offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _SIZES:
        raise FileFormatError(f"its {quoted(name)} has numbers of a type that is not known")
    if not is_shape(shape) or not is_place(offsets):
        raise FileFormatError(f"its {quoted(name)} has an impossible shape or place")
    if offsets[0] + math.prod(shape) * _SIZES[dtype] != offsets[1]:
        raise FileFormatError(f"its {quoted(name)} takes more or less room than its shape needs")
    return _Entry(dtype, tuple(shape), *offsets)


def _check_places(entries: Mapping[str, _Entry], room: int) -> None:
    """The tensors lie one after the other and fill the file."""
    place = 0
    for entry in sorted(entries.values(), key=lambda entry: (entry.begin, entry.end)):
        if entry.begin != place:
            raise FileFormatError("it is damaged: tensors overlap or leave gaps")
        place = entry.end
    if place != room:
        raise FileFormatError("it is damaged: its contents are more or less than its header announces")


def _numbers(file: BufferedReader, entries: Mapping[str, _Entry], room: int) -> dict[str, Array]:
    data = np.empty(room, np.uint8)
    if file.readinto(data.data) != room:
        raise FileFormatError("it ends before its contents do")
    return {
        name: _real(data[entry.begin : entry.end], entry.dtype).reshape(entry.shape)
        for name, entry in entries.items()
        if entry.dtype in _FLOATS or entry.dtype == _BRAIN
    }


def _real(data: NDArray[np.uint8], dtype: str) -> Array:
    if dtype == _BRAIN:
        return (data.view("<u2").astype("<u4") << 16).view("<f4")
    return data.view(_FLOATS[dtype])
