"""Project files of versions 1 to 3: one safetensors file whose metadata are texts. They open as what they mean today.

Version 2 brought the way a run computes; version 3 the learning rates, the best epoch, whitening and names of classes.
What a file does not have is what a run had before there was a choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BufferedReader
from typing import Any

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.errors import FileFormatError
from fishlab.core.files import strict_json
from fishlab.core.files.archive import Look, nobody_waits
from fishlab.core.files.description import check_model, checkpoint_of, read_spec, refuse_strange
from fishlab.core.files.frame import Frame
from fishlab.core.spec import ProjectSpec

FORMAT, VERSIONS = "fishlab.project", ("1", "2", "3")


def read(file: BufferedReader, size: int, look: Look = nobody_waits) -> tuple[ProjectSpec, Checkpoint | None]:
    """The project in such a file, and its model where there is one; raises FileFormatError, and what `look` raises."""
    frame = Frame(file, size)
    _check_version(frame.metadata)
    spec = read_spec(_json(frame.metadata, "project"))
    if "model" not in frame.metadata:
        refuse_strange(frame.tensors, ())
        frame.read(look)
        return spec, None
    data = _json(frame.metadata, "model")
    project = check_model(data, frame.tensors)
    return spec, checkpoint_of(project, data, frame.read(look))


def glance(file: BufferedReader, size: int) -> ProjectSpec:
    """The project in such a file, without its contents, which are not looked at; raises FileFormatError."""
    frame = Frame(file, size)
    _check_version(frame.metadata)
    return read_spec(_json(frame.metadata, "project"))


def _check_version(metadata: Mapping[str, str]) -> None:
    if metadata.get("format") != FORMAT:
        raise FileFormatError("it is not a FishLab project")
    if metadata.get("version") not in VERSIONS:
        raise FileFormatError("it does not say which version of the format it has")
    refuse_strange(metadata, ("digest", "format", "version", "project", "model"))


def _json(metadata: Mapping[str, str], name: str) -> Any:
    if name not in metadata:
        raise FileFormatError(f"it has no entry “{name}”")
    return strict_json.parse(metadata[name])
