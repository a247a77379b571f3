"""Damaged files made consistent again: with the right digests, so that what is wrong lies behind them."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

from fishlab.core.errors import FileFormatError
from fishlab.core.files import archive
from fishlab.core.files.frame import DIGEST, NO_DIGEST
from fishlab.core.files.project import MANIFEST

Parts = dict[str, bytes]


def parts_of(content: bytes) -> Parts:
    """The parts of a project's archive as far as they can be told, whatever its sizes and directory say."""
    body = content.split(b"PK\x01\x02")[0]
    parts: Parts = {}
    for piece in body.split(archive.BEGINNING)[1:]:
        if len(piece) < 26:
            continue
        length = struct.unpack_from("<H", piece, 22)[0] % (archive.LONGEST_NAME + 1)
        name = piece[26 : 26 + length].decode("ascii", "replace").replace("�", "x")
        parts.setdefault(name, piece[26 + length :])
    return parts


def sealed(parts: Parts) -> bytes:
    """An archive of these parts; the digests in its manifest are made right where it is one."""
    try:
        manifest: Any = json.loads(parts[MANIFEST])
    except (KeyError, ValueError, RecursionError):
        manifest = None
    if isinstance(manifest, dict) and isinstance(manifest.get("sha256"), dict):
        manifest["sha256"] = {name: hashlib.sha256(parts[name]).hexdigest() for name in parts if name != MANIFEST}
        parts = parts | {MANIFEST: json.dumps(manifest, separators=(",", ":")).encode("ascii")}
    return b"".join(archive.pack({name: [content] for name, content in parts.items()}))


def repaired_archive(content: bytes) -> bytes:
    """The file with sizes, check sums, directory and digests that are right, where there is anything to repair."""
    try:
        return sealed(parts_of(content))
    except (FileFormatError, StopIteration, UnicodeEncodeError, struct.error, RecursionError, ValueError):
        return content


def repaired_frame(content: bytes) -> bytes:
    """A file of versions 1 to 3 with the right digest."""
    if len(content) < DIGEST.stop:
        return content
    whole = bytearray(content)
    whole[DIGEST] = NO_DIGEST.encode()
    whole[DIGEST] = hashlib.sha256(whole).hexdigest().encode()
    return bytes(whole)


def with_header(content: bytes) -> bytes:
    """Safetensors with the length of its header put right: the first whole JSON value and the spaces after it."""
    text = content[8:].decode("latin-1")
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return content
    end += len(text[end:]) - len(text[end:].lstrip(" "))
    return end.to_bytes(8, "little") + content[8:]
