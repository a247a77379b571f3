"""Project files: what a person set, and the trained model with all that going on needs, in one `.fishlab` file.

A zip archive of a manifest, the tensors and a picture. docs/file-format.md describes it.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fishlab import __version__
from fishlab.core.checkpoint import Checkpoint
from fishlab.core.errors import FileFormatError
from fishlab.core.files import archive, legacy, strict_json, tensors
from fishlab.core.files.archive import Archive, Look, Part, Piece, nobody_waits
from fishlab.core.files.atomic import write_atomic
from fishlab.core.files.description import check_model, checkpoint_of, describe, read_spec, refuse_strange, tensors_of
from fishlab.core.files.opening import clause, opened
from fishlab.core.files.preview import preview_png
from fishlab.core.files.tensors import TensorInfo
from fishlab.core.layers.base import Array
from fishlab.core.spec import ProjectSpec

FORMAT, VERSION = "fishlab.project", 5
FIRST_ARCHIVE = 4
MANIFEST, PREVIEW = "manifest.json", "preview.png"
GROUPS = {
    "weights.safetensors": ("weights", "start", "best", "scaling"),
    "optimizer.safetensors": ("memory",),
    "history.safetensors": ("history",),
}
LONGEST_MANIFEST, LARGEST_PREVIEW = 8 << 20, 1 << 20
_ENTRIES = {"format", "version", "written_by", "project", "model", "sha256"}


def save_project(path: str | Path, spec: ProjectSpec, model: Checkpoint | None, *, preview: bool = True) -> None:
    """Write a project file, whole or not at all; the same content gives the same bytes.

    `preview` puts a picture of the network and its curve into it. Raises SaveError where it cannot be written,
    FileFormatError for a model that does not fit its own network.
    """
    try:
        pieces = _pieces(spec, model, preview)
    except FileFormatError as error:
        raise FileFormatError(f"“{Path(path).name}” cannot be saved: {clause(error)}.") from error
    write_atomic(Path(path), pieces)


def open_project(
    path: str | Path, look: Callable[[int, int], None] | None = None
) -> tuple[ProjectSpec, Checkpoint | None]:
    """Read a project file of any version; raises FileFormatError, with a sentence, for everything that is not right.

    `look(done, total)` is told every few megabytes how many bytes of how many were read, and what it raises ends it.
    """
    with opened(Path(path)) as (file, size):
        if size == 0:
            raise FileFormatError("it is empty")
        each = nobody_waits if look is None else _counting(look, size)
        if file.peek(4)[:4] != archive.BEGINNING:
            return legacy.read(file, size, each)
        return _Reader(Archive(file, size)).read(each)


def _counting(look: Callable[[int, int], None], size: int) -> Look:
    """Tells `look` how far it is from the sizes of the pieces."""
    done = 0

    def each(piece: int) -> None:
        nonlocal done
        look(done, size)
        done += piece

    return each


def read_glance(path: str | Path) -> tuple[ProjectSpec, bytes]:
    """The project and its picture, PNG, without the model, however large; raises FileFormatError.

    Versions before 4 have no picture, and their digest is over the whole file: it is held against them when they are
    opened.
    """
    with opened(Path(path)) as (file, size):
        if size == 0:
            raise FileFormatError("it is empty")
        if file.peek(4)[:4] != archive.BEGINNING:
            return legacy.glance(file, size), b""
        reader = _Reader(Archive(file, size))
        return reader.spec(), reader.preview()


def read_preview(path: str | Path) -> bytes:
    """The picture in a project file, PNG; empty where there is none. Raises FileFormatError."""
    with opened(Path(path)) as (file, size):
        if size == 0 or file.peek(4)[:4] != archive.BEGINNING:
            return b""
        return _Reader(Archive(file, size)).preview()


# -- writing ---------------------------------------------------------------------------------------------------------
def _pieces(spec: ProjectSpec, model: Checkpoint | None, preview: bool) -> list[Piece]:
    parts: dict[str, list[Piece]] = {}
    if preview:
        parts[PREVIEW] = [preview_png(spec, model)]
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "written_by": {"fishlab": __version__, "numpy": np.__version__, "python": platform.python_version()},
        "project": spec.to_dict(),
    }
    if model is not None:
        manifest["model"] = describe(model)
        parts |= _tensor_parts(tensors_of(model))
    manifest["sha256"] = {name: archive.digest(content) for name, content in parts.items()}
    text = json.dumps(manifest, separators=(",", ":"), allow_nan=False).encode("ascii")
    if len(text) > LONGEST_MANIFEST:
        raise FileFormatError("its description is larger than 8 MB")
    return archive.pack({MANIFEST: [text], **parts})


def _tensor_parts(arrays: Mapping[str, Array]) -> dict[str, list[Piece]]:
    return {
        part: tensors.encode({name: array for name, array in arrays.items() if name.split("/")[0] in groups})
        for part, groups in GROUPS.items()
    }


# -- reading ---------------------------------------------------------------------------------------------------------
class _Reader:
    """What is read is checked in the order in which it vouches for the next: seal, manifest, headers, contents."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._manifest = self._read_manifest()
        self._digests = self._read_digests()

    def read(self, look: Look) -> tuple[ProjectSpec, Checkpoint | None]:
        """The project, and its model where there is one."""
        spec = self.spec()
        headers = {part: self._header(self._archive.parts[part]) for part in self._tensor_parts()}
        found = {name: info for header in headers.values() for name, info in header[1].items()}
        trained = "model" in self._manifest
        data: Any = self._manifest.get("model")
        project = check_model(data, found) if trained else spec
        arrays: dict[str, Array] = {}
        for part, (length, infos) in headers.items():
            arrays |= tensors.cut(infos, self._content(part, look)[8 + length :])
        self.preview()  # its digest too
        return spec, checkpoint_of(project, data, arrays) if trained else None

    def spec(self) -> ProjectSpec:
        """The project without its model."""
        return read_spec(self._manifest["project"])

    def preview(self) -> bytes:
        """The picture; nothing where there is none."""
        part = self._archive.parts.get(PREVIEW)
        if part is None:
            return b""
        if part.size > LARGEST_PREVIEW:
            raise FileFormatError("its picture is larger than 1 MB")
        return self._content(PREVIEW).tobytes()

    def _read_manifest(self) -> dict[str, Any]:
        part = next(iter(self._archive.parts.values()))
        if part.name != MANIFEST:
            raise FileFormatError("it is not a FishLab project: it does not begin with a manifest")
        if part.size > LONGEST_MANIFEST:
            raise FileFormatError("its description is larger than 8 MB")
        content = self._archive.read(part, self._archive.seal).tobytes()
        try:
            manifest = strict_json.parse(content.decode("ascii"))
        except UnicodeDecodeError as error:
            raise FileFormatError("its description is not plain text") from error
        _check_version(manifest)
        refuse_strange(manifest, _ENTRIES)
        for name in _ENTRIES - {"model"}:
            if name not in manifest:
                raise FileFormatError(f"it has no entry “{name}”")
        found: dict[str, Any] = manifest
        return found

    def _read_digests(self) -> dict[str, str]:
        digests = self._manifest["sha256"]
        if not isinstance(digests, dict) or not all(isinstance(text, str) for text in digests.values()):
            raise FileFormatError("the digests of its parts are not a table of texts")
        refuse_strange(digests, (PREVIEW, *GROUPS))
        if [MANIFEST, *digests] != list(self._archive.parts):
            raise FileFormatError("its parts are not those that its description names")
        return digests

    def _tensor_parts(self) -> list[str]:
        """A model has all three, a project without one none."""
        found = [part for part in GROUPS if part in self._archive.parts]
        if found != (list(GROUPS) if "model" in self._manifest else []):
            raise FileFormatError("it holds parts of a model without its description, or a model without its parts")
        return found

    def _header(self, part: Part) -> tuple[int, dict[str, TensorInfo]]:
        length = tensors.header_length(self._archive.start(part, 8), part.size)
        text = self._archive.start(part, 8 + length)[8:]
        infos = tensors.announced(tensors.parse_header(text), part.size - 8 - length)
        for name in infos:
            if name.split("/")[0] not in GROUPS[part.name]:
                raise FileFormatError(f"it holds “{name[:80]}”, which does not belong there")
        return length, infos

    def _content(self, name: str, look: Look = nobody_waits) -> archive.Bytes:
        return self._archive.read(self._archive.parts[name], self._digests[name], look)


def _check_version(manifest: Any) -> None:
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise FileFormatError("it is not a FishLab project")
    version = manifest.get("version")
    if type(version) is not int or not 1 <= version < 1_000_000:
        raise FileFormatError("it does not say which version of the format it has")
    if version > VERSION:
        raise FileFormatError(
            f"it was written by a newer FishLab (format {version}, and this one reads up to {VERSION}). "
            "Update FishLab to open it"
        )
    if version < FIRST_ARCHIVE:
        raise FileFormatError(f"it says that its format is {version}, which was no archive")
