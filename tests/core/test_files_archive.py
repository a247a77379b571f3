"""The archive of a project: what other programs can unpack, in one form only. Whatever differs from it is refused."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fishlab.core.errors import FileFormatError
from fishlab.core.files import archive
from fishlab.core.files.archive import Archive, pack
from fishlab.core.files.opening import opened

PARTS = {"manifest.json": b"{}", "a.bin": bytes(range(256)) * 9, "empty": b""}
ENTRY, END = 46, 22 + 7 + 64  # bytes of an entry without its name, and of the end with its comment


def packed(parts: dict[str, bytes]) -> bytes:
    return b"".join(pack({name: [content] for name, content in parts.items()}))


def unpacked(content: bytes, tmp_path: Path) -> dict[str, bytes]:
    path = tmp_path / "some.zip"
    path.write_bytes(content)
    with opened(path) as (file, size):
        found = Archive(file, size)
        digests = {name: archive.digest([PARTS.get(name, b"")]) for name in found.parts}
        assert next(iter(digests.values())) == found.seal
        return {name: found.read(part, digests[name]).tobytes() for name, part in found.parts.items()}


def test_what_comes_out_is_what_went_in(tmp_path: Path) -> None:
    assert unpacked(packed(PARTS), tmp_path) == PARTS


def test_other_programs_unpack_it() -> None:
    with zipfile.ZipFile(io.BytesIO(packed(PARTS))) as file:
        assert file.testzip() is None
        assert {name: file.read(name) for name in file.namelist()} == PARTS


@pytest.mark.slow
def test_every_damaged_byte_is_noticed(tmp_path: Path) -> None:
    content = bytearray(packed(PARTS))
    for place in range(len(content)):
        content[place] ^= 0x20
        with pytest.raises((FileFormatError, AssertionError)):  # a wrong seal is for the caller to notice
            unpacked(bytes(content), tmp_path)
        content[place] ^= 0x20
    assert unpacked(bytes(content), tmp_path) == PARTS


def test_an_archive_beyond_four_gigabytes_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST", 1000)
    with pytest.raises(FileFormatError, match="larger than 4 GB"):
        packed(PARTS)


def ordinary(compression: int, parts: dict[str, bytes], comment: bytes = b"") -> bytes:
    """What the ordinary way to write such an archive gives."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        for name, content in parts.items():
            file.writestr(zipfile.ZipInfo(name), content, compression)
        file.comment = comment
    return buffer.getvalue()


def sealed(content: bytes) -> bytes:
    """An archive without a comment, given ours."""
    seal = b"sha256:" + archive.digest([b"{}"]).encode()
    return content[:-2] + struct.pack("<H", len(seal)) + seal


def patched(place: int, form: str, value: int) -> bytes:
    """A good archive with a number at a place, counted from the end where negative, replaced."""
    content = bytearray(packed(PARTS))
    struct.pack_into(form, content, place % len(content), value)
    return bytes(content)


def renamed(name: str) -> bytes:
    return packed(PARTS).replace(b"a.bin", name.encode())


DIRECTORY = len(packed(PARTS)) - END - sum(ENTRY + len(name) for name in PARTS)
FIRST = DIRECTORY - len(packed(PARTS))  # the first entry, counted from the end
BOMB = {"manifest.json": b"{}", "bomb": bytes(5_000_000)}

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing but an end": (lambda: packed(PARTS)[-END:], "directory"),
    "no parts": (lambda: patched(-END + 10, "<H", 0), "directory"),
    "65,535 parts": (lambda: patched(-END + 10, "<H", 65_535), "directory"),
    "a directory of 4 GB": (lambda: patched(-END + 12, "<L", (1 << 32) - 1), "directory"),
    "a directory elsewhere": (lambda: patched(-END + 16, "<L", 0), "directory"),
    "another disk": (lambda: patched(-END + 4, "<H", 1), "directory is not FishLab's"),
    "a part of 4 GB": (lambda: patched(FIRST + 24, "<L", (1 << 32) - 1), "directory is not FishLab's"),
    "a part longer unfolded than stored": (lambda: patched(FIRST + 20, "<L", 1), "directory is not FishLab's"),
    "a part said to be deflated": (lambda: patched(FIRST + 10, "<H", 8), "directory is not FishLab's"),
    "an encrypted part": (lambda: patched(FIRST + 8, "<H", 1), "directory is not FishLab's"),
    "a part that begins in another": (lambda: patched(FIRST + 42, "<L", 7), "directory is not FishLab's"),
    "a name of 65,535 letters": (lambda: patched(FIRST + 28, "<H", 65_535), "name that cannot be"),
    "an extra field": (lambda: patched(FIRST + 30, "<H", 4), "directory is not FishLab's"),
    "a symbolic link": (lambda: patched(FIRST + 38, "<L", 0o120777 << 16), "directory is not FishLab's"),
    "a name that leads out": (lambda: renamed("../xx"), "name that cannot be"),
    "a name from the root": (lambda: renamed("/xxxx"), "name that cannot be"),
    "a name with a zero": (lambda: renamed("a\0bin"), "name that cannot be"),
    "a name twice": (lambda: packed({**PARTS, "b.bin": b""}).replace(b"b.bin", b"a.bin"), "twice"),
    "a bomb": (lambda: sealed(ordinary(zipfile.ZIP_DEFLATED, BOMB)), "directory is not FishLab's"),
    "another program's archive": (lambda: ordinary(zipfile.ZIP_STORED, PARTS), "not a FishLab project"),
    "another program's archive with our seal": (
        lambda: sealed(ordinary(zipfile.ZIP_STORED, PARTS)), "written by another program"
    ),
    "something before the archive": (lambda: b"#!/bin/sh\n" + packed(PARTS), "directory"),
    "something between two parts": (
        lambda: packed(PARTS)[:45] + b"hidden" + packed(PARTS)[45:], "directory does not stand where it should"
    ),
    "something after the archive": (lambda: packed(PARTS) + b"\0", "its end is missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_an_archive_of_another_form_is_refused(name: str, tmp_path: Path) -> None:
    make, words = HOSTILE[name]
    with pytest.raises(FileFormatError, match=words):
        unpacked(make(), tmp_path)
