"""What happens to a file on its way to a fuzzed reader: seeds with a few edits, as a hypothesis strategy."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from hypothesis import strategies as st

Edit = tuple[str, int, int, bytes]

NUMBERS = (0, 1, 7, 8, 127, 128, 255, 256, 4095, 32767, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**53, 2**63 - 1)
TOKENS = (
    *(struct.pack(form, number & mask) for number in NUMBERS
      for form, mask in (("<H", 0xFFFF), ("<I", 0xFFFFFFFF), (">I", 0xFFFFFFFF), ("<Q", 2**64 - 1))),
    *(str(number).encode() for number in (*NUMBERS, -1, 10**12, 10**40)),
    b"null", b"true", b"NaN", b"1e999", b"-0", b"1.5", b'""', b"[]", b"{}", b"[[]]", b'"\\ud800"', b"\\u0000",
    b'","', b"../x", b"\xff", b"\0", b"PK\x03\x04", b"\x80\x05", b"(", b".", b"R", b"b", b"\x93", b"cos\nsystem\n",
    b"F16", b"F64", b"BF16", b"<", b">", b"<>", b"|O", b",", b";", b"\t", b"\n", b'"', b"inf", b"nan", b"1_0",
)  # fmt: skip
KINDS = ("flip", "set", "insert", "delete", "copy", "token", "over", "cut")

_edit = st.tuples(
    st.sampled_from(KINDS),
    st.integers(0, 2**20),
    st.integers(0, 2**10),
    st.one_of(st.sampled_from(TOKENS), st.binary(min_size=1, max_size=12)),
)


def edited(content: bytes, edits: Sequence[Edit]) -> bytes:
    """The content with the edits made, one after the other."""
    data = bytearray(content)
    for kind, where, length, material in edits:
        place = where % (len(data) + 1)
        if kind == "flip" and place < len(data):
            data[place] ^= 1 << length % 8
        elif kind == "set" and place < len(data):
            data[place] = material[0]
        elif kind in ("insert", "token"):
            data[place:place] = material
        elif kind == "over":
            data[place : place + len(material)] = material
        elif kind == "delete":
            del data[place : place + 1 + length % 64]
        elif kind == "copy":
            data[place:place] = data[place : place + 1 + length]
        elif kind == "cut" and length % 8 == 0:
            del data[place:]
    return bytes(data)


def inputs(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Mostly seeds with edits, near the beginning more often than not; sometimes anything."""
    place = st.lists(_edit, min_size=1, max_size=8)
    made = st.builds(edited, st.sampled_from(list(seeds)), place)
    near = st.builds(
        edited, st.sampled_from(list(seeds)), place.map(lambda edits: [(k, w % 400, n, m) for k, w, n, m in edits])
    )
    return st.one_of(made, near, st.binary(max_size=200))
