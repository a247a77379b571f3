"""Pickles put together from whole opcodes: nearly all edits of plain bytes end at the first opcode that is none."""

from __future__ import annotations

import itertools
import pickle
import pickletools
import struct
from functools import cache

import numpy as np

HOSTILE = (
    b"cos\nsystem\n", b"c__builtin__\neval\n", b"cnumpy\nload\n", b"cnumpy.core.multiarray\nfromfile\n",
    b"(S'x'\nios\nsystem\n", b"o", b"\x81", b"\x92", b"\x82\x01", b"Px\n", b"Q", b"2", b"0", b"1", b"l", b"]",
    b"a", b"e", b"\x90", b"\x91", b"G" + bytes(8), b"U\x02<>", b"X\x01\0\0\0|", b"X\x02\0\0\0O8",
    b"J\xff\xff\xff\xff", b"\x8a\x08" + b"\x7f" * 8, b"I01\n", b"K\0", b"N", b"\x88", b")", b"(", b"t", b"}",
    b"d", b"s", b"u", b"R", b"b", b"h\0", b"h\1", b"j\2\0\0\0", b"g0\n", b"\x94", b"q\0", b".",
)  # fmt: skip


def tables() -> list[dict[str, np.ndarray]]:
    """Weights as the book has them, in all number types and orders."""
    wide = np.arange(6, dtype=np.float32).reshape(2, 3)
    return [
        {"W1": wide, "b1": np.zeros(3, np.float32)},
        {"W1": wide.astype(">f8"), "gamma1": np.asfortranarray(wide.astype(np.float16)), "beta1": np.float64(1)},
    ]


def pickles() -> list[bytes]:
    """The tables in all protocols."""
    return [pickle.dumps(table, protocol) for table in tables() for protocol in range(6)]


def _split(content: bytes) -> list[bytes]:
    places = [place for _, _, place in pickletools.genops(content)] + [len(content)]
    return [content[begin:end] for begin, end in itertools.pairwise(places)]


@cache
def opcodes() -> tuple[bytes, ...]:
    """All opcodes with their arguments that occur in the seeds, and hostile ones."""
    return tuple(sorted({code for content in pickles() for code in _split(content)}.union(HOSTILE)))


def put_together(choices: bytes) -> bytes:
    """The pickle that two bytes for each opcode choose."""
    codes = opcodes()
    return b"".join(codes[number % len(codes)] for (number,) in struct.iter_unpack("<H", choices[: len(choices) & ~1]))


def chosen() -> list[bytes]:
    """What `put_together` makes the seeds of."""
    codes = opcodes()
    return [b"".join(struct.pack("<H", codes.index(code)) for code in _split(content)) for content in pickles()]
