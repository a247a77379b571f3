"""Tensors as bytes: safetensors, a length, a header in JSON, and plain numbers. docs/file-format.md has it all."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fishlab.core.errors import FileFormatError
from fishlab.core.files import strict_json
from fishlab.core.layers.base import Array

LONGEST_HEADER = 8 << 20
LARGEST_SIZE, MOST_AXES = 1 << 48, 8
DTYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8")}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


@dataclass(frozen=True)
class TensorInfo:
    """A tensor as the header announces it; `begin` counts from the first byte after the header."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int

    @property
    def end(self) -> int:
        """The byte after its last."""
        return self.begin + math.prod(self.shape) * self.dtype.itemsize


def encode(tensors: Mapping[str, Array], metadata: Mapping[str, str] | None = None) -> list[bytes | memoryview]:
    """The bytes, in pieces; the same tensors give the same bytes. Raises FileFormatError for what it cannot hold."""
    arrays = {name: _plain(array) for name, array in tensors.items()}
    order = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))  # float64 first: all lie aligned
    table: dict[str, Any] = {} if metadata is None else {"__metadata__": dict(metadata)}
    place = 0
    for name in order:
        array = arrays[name]
        table[name] = {
            "dtype": NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [place, place + array.nbytes]
        }  # fmt: skip
        place += array.nbytes
    text = json.dumps(table, separators=(",", ":")).encode("ascii")
    header = text + b" " * (-len(text) % 8)
    if len(header) > LONGEST_HEADER:
        raise FileFormatError("its description is larger than 8 MB")
    body = [arrays[name].reshape(-1).data.cast("B") for name in order if arrays[name].size]
    return [len(header).to_bytes(8, "little") + header, *body]


def _plain(array: Array) -> Array:
    if array.dtype.newbyteorder("<") not in NAMES:
        raise FileFormatError(f"it holds numbers of type {array.dtype}")
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).reshape(array.shape)


def header_length(start: bytes, size: int) -> int:
    """The length of the header in bytes, from the first 8 of `size` in all."""
    length = int.from_bytes(start, "little")
    if len(start) < 8 or not 2 <= length <= LONGEST_HEADER:
        raise FileFormatError(f"it is damaged: its header would be {length:,} bytes long")
    if 8 + length > size:
        raise FileFormatError("it ends in the middle of its header, as if copied or written in part")
    return length


def parse_header(text: bytes) -> dict[str, Any]:
    """The table that a header's text is."""
    try:
        table = strict_json.parse(text.decode("ascii"))
    except UnicodeDecodeError as error:
        raise FileFormatError("it is damaged: its header is not plain text") from error
    if not isinstance(table, dict):
        raise FileFormatError("its header is not a table")
    return table


def announced(table: Mapping[str, Any], room: int) -> dict[str, TensorInfo]:
    """The tensors that a header announces, which lie one after the other and fill the `room` after it."""
    tensors = {name: _tensor(entry) for name, entry in table.items()}
    place = 0
    for info in sorted(tensors.values(), key=lambda info: (info.begin, info.end)):
        if info.begin != place:
            raise FileFormatError("it is damaged: tensors overlap or leave gaps")
        place = info.end
    if place > room:
        raise FileFormatError("it ends before its contents do, as if copied or written in part")
    if place < room:
        raise FileFormatError("it goes on after its contents end")
    return tensors


def cut(tensors: Mapping[str, TensorInfo], data: NDArray[np.uint8]) -> dict[str, Array]:
    """Views of the bytes after the header, one for each tensor."""
    return {name: data[info.begin : info.end].view(info.dtype).reshape(info.shape) for name, info in tensors.items()}


def _tensor(entry: Any) -> TensorInfo:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise FileFormatError("a tensor in its header is not described by dtype, shape and data_offsets")
    dtype, shape, offsets = DTYPES.get(str(entry["dtype"])), entry["shape"], entry["data_offsets"]
    if dtype is None:
        raise FileFormatError("a tensor in its header is neither F32 nor F64")
    if not is_shape(shape) or not is_place(offsets):
        raise FileFormatError("a tensor in its header has an impossible shape or place")
    info = TensorInfo(dtype, tuple(shape), offsets[0])
    if info.end != offsets[1]:
        raise FileFormatError("a tensor in its header takes more or less room than its shape needs")
    return info


def is_shape(sizes: Any) -> bool:
    """Whether it is a shape that an array can have: NumPy counts its empty axes as 1."""
    return _are_sizes(sizes) and len(sizes) <= MOST_AXES and math.prod(size or 1 for size in sizes) < LARGEST_SIZE


def is_place(offsets: Any) -> bool:
    """Whether it may be where a tensor begins and ends."""
    return _are_sizes(offsets) and len(offsets) == 2


def _are_sizes(items: Any) -> bool:
    return isinstance(items, list) and all(type(item) is int and 0 <= item < LARGEST_SIZE for item in items)
