"""A board: all that the workers of a run share, as named arrays in one block of memory."""

from __future__ import annotations

import math
import mmap
import os
import secrets
import sys
import tempfile
import weakref
from collections.abc import Mapping
from typing import Any

import numpy as np

from fishlab.core.layers.base import Array

ALIGN = 128  # two cache lines: processors fetch them in pairs
Layout = Mapping[str, tuple[tuple[int, ...], str]]
"""The shape and the number type of each array."""


class Block:
    """Memory for several processes of which nothing can stay behind, for it has no name, or on Windows none that lasts:
    it goes with the last process that maps it, however that ends. Raises OSError where it cannot be had.

    `ticket` is what a helper needs to map it too, besides the open file that it inherits (not on Windows).
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.ticket: int | str
        if sys.platform == "win32":
            self.ticket = f"fishlab-{secrets.token_hex(16)}"
            self.memory = mmap.mmap(-1, size, tagname=self.ticket)
        else:
            self.ticket = _nameless_file(size)
            weakref.finalize(self, os.close, self.ticket)
            self.memory = mmap.mmap(self.ticket, size)

    @property
    def files(self) -> tuple[int, ...]:
        """The open files that a helper inherits."""
        return (self.ticket,) if isinstance(self.ticket, int) else ()


def mapped(ticket: int | str, size: int) -> mmap.mmap:
    """The memory of another process's Block."""
    if sys.platform == "win32":
        return mmap.mmap(-1, size, tagname=str(ticket))
    memory = mmap.mmap(int(ticket), size)
    os.close(int(ticket))
    return memory


def _nameless_file(size: int) -> int:
    """An open file in memory; where there is no such thing, one on disk that has lost its name. Raises OSError."""
    in_memory = getattr(os, "memfd_create", None)  # Linux
    if in_memory is not None:
        handle: int = in_memory("fishlab")
        try:
            os.ftruncate(handle, size)
        except OSError:
            os.close(handle)
            raise
        return handle
    with tempfile.TemporaryFile() as file:
        for _ in range(-(-size // 2**20)):  # written out: a hole that finds no room later would end the program
            file.write(bytes(2**20))
        file.flush()
        return os.dup(file.fileno())


class Board:
    """The arrays of a layout, one after the other in `memory`."""

    def __init__(self, layout: Layout, memory: Any) -> None:
        self._arrays: dict[str, Array] = {}
        offset = 0
        for name, (shape, dtype) in layout.items():
            self._arrays[name] = np.ndarray(shape, dtype, memory, offset)
            offset += _room(shape, dtype)

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]


def numbers(array: Array) -> Any:
    """The numbers of a row, to read and write one by one: five times as fast as through the array."""
    return memoryview(array.data)


def board_bytes(layout: Layout) -> int:
    """How much memory a layout takes."""
    return max(ALIGN, sum(_room(shape, dtype) for shape, dtype in layout.values()))


def private_memory(size: int) -> Array:
    """Memory for a board of one process, zero."""
    raw = np.zeros(size + ALIGN, np.uint8)
    begin = -raw.ctypes.data % ALIGN
    return raw[begin : begin + size]


def _room(shape: tuple[int, ...], dtype: str) -> int:
    return -(-math.prod(shape) * np.dtype(dtype).itemsize // ALIGN) * ALIGN
