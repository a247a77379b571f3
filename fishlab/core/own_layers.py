"""Layers of one's own: classes with `@register_layer`, in a Python file outside the package.

A layer file is code, and runs with all the rights of the person who loads it. It is therefore loaded only where
somebody asks for it by name, never because a project was opened. After that its layers are like any other: in palette,
inspector, file format and command line.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import reprlib
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from fishlab.core.errors import FieldError, FishLabError
from fishlab.core.layers import LAYERS, Layer, LayerSpec
from fishlab.core.spec import NetworkSpec, each_layer

LARGEST = 1 << 20
EXAMPLE = '@register_layer("my_layer", title="My layer", group="Own", paper="Me 2026", help="…")'


class LayerFileError(FishLabError):
    """A layer file that cannot be read or run, or holds no layer; the text names the file, the line and the remedy."""


@dataclass(frozen=True)
class LayerFile:
    """A file that was loaded: where it lies, what it held then, and the kinds it gave."""

    path: Path
    digest: str
    kinds: tuple[str, ...]


_loaded: dict[Path, LayerFile] = {}


def load_layers(path: str | Path, digest: str = "") -> LayerFile:
    """Run a layer file and register its layers; a file that was loaded before is taken anew where it has changed.

    With `digest`, the SHA-256 in hex, it has to be that very file. Raises LayerFileError; then nothing is registered
    that was not before.
    """
    where = _place(path)
    source = _read(where)
    found = hashlib.sha256(source).hexdigest()
    if digest and digest != found:
        raise LayerFileError(f"“{where}” has changed since its layers were loaded. Load it again.")
    before = _loaded.get(where)
    if before is not None and before.digest == found:
        return before
    replaced = [LAYERS.remove(kind) for kind in before.kinds] if before else []
    try:
        kinds = _run(where, source)
    finally:
        for entry in replaced:
            if entry.kind not in LAYERS:  # it failed, or a layer is gone that a network may still hold
                LAYERS.restore(entry)
    kept = (entry.kind for entry in replaced if entry.kind not in kinds)
    _loaded[where] = LayerFile(where, found, (*kinds, *kept))
    return _loaded[where]


def unload_layers(path: str | Path) -> None:
    """Take the layers of a file out again; a file that was not loaded is none to take out."""
    file = _loaded.pop(Path(path).expanduser().resolve(), None)
    for kind in file.kinds if file else ():
        LAYERS.remove(kind)


def loaded_files() -> tuple[LayerFile, ...]:
    """The files that were loaded, in order."""
    return tuple(_loaded.values())


def files_of(layers: Iterable[LayerSpec]) -> tuple[LayerFile, ...]:
    """The files that these layers come from."""
    kinds = {layer.kind for layer in layers}
    return tuple(file for file in _loaded.values() if kinds.intersection(file.kinds))


def fault(error: BaseException) -> str:
    """Where in a layer file an error comes from and what to do, in a sentence; empty where it comes from elsewhere."""
    files = {str(file.path): file for file in _loaded.values()}
    places = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in files]
    if not places:
        return ""
    return f"“{places[-1].filename}”, line {places[-1].lineno}: {_said(error)} Mend it and load it again."


def _said(error: BaseException) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {text}." if text else f"{type(error).__name__}."


def renewed(network: NetworkSpec) -> NetworkSpec:
    """The network with its layers read anew where their file was loaded again since, so that their class is today's.

    A field that is gone is left out; one that no longer takes its value falls to its default.
    """
    if all(type(layer) is LAYERS[layer.kind].item.Spec for layer in network.walk()):
        return network
    return network.with_layers(each_layer(network.layers, _renewed))


def _renewed(layer: LayerSpec) -> LayerSpec:
    wanted = LAYERS[layer.kind].item.Spec
    if type(layer) is wanted:
        return layer
    known = {field.name for field in dataclasses.fields(wanted)}
    data = {name: value for name, value in layer.to_dict().items() if name in known}
    while True:
        try:
            spec: LayerSpec = wanted.from_dict(data)
            return spec.with_branches(layer.branches)
        except FieldError as error:
            if error.field not in data:
                raise
            del data[error.field]


def _place(path: str | Path) -> Path:
    """The whole path of a file; raises LayerFileError for a name that no file can have, and for what is no file."""
    try:
        where = Path(path).expanduser().resolve()
        odd = where.exists() and not where.is_file()
    except (OSError, RuntimeError, TypeError, ValueError):  # too long, the home of nobody, no path, a zero byte
        raise LayerFileError(f"{reprlib.repr(str(path))} is not a name that a layer file can have.") from None
    if odd:
        raise LayerFileError(f"“{where}” is no file: a layer file is a Python file with @register_layer in it.")
    return where


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            source = file.read(LARGEST + 1)
    except OSError as error:
        raise LayerFileError(f"The layer file “{path}” cannot be read ({error.strerror or error}).") from error
    if len(source) > LARGEST:
        raise LayerFileError(f"“{path}” has more than {LARGEST:,} bytes: that is no layer file.")
    return source


def _run(path: Path, source: bytes) -> tuple[str, ...]:
    """Run the source as a module of its own; the kinds that it registered."""
    before = set(LAYERS.kinds())
    module = ModuleType("fishlab_layers_" + re.sub(r"\W", "_", path.stem))
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        exec(compile(source, str(path), "exec"), module.__dict__)
        kinds = tuple(kind for kind in LAYERS.kinds() if kind not in before)
        if not kinds:
            raise LayerFileError(f"“{path}” holds no layer. Put a line like this one above its class:\n  {EXAMPLE}")
        for kind in kinds:
            _refuse_unusable(path, kind, LAYERS[kind].item)
    except BaseException as error:
        for kind in set(LAYERS.kinds()) - before:
            LAYERS.remove(kind)
        sys.modules.pop(module.__name__, None)
        if isinstance(error, LayerFileError | KeyboardInterrupt | MemoryError):
            raise
        raise LayerFileError(f"{_where(path, error)}: {_said(error)} Mend it and load it again.") from error
    return kinds


def _where(path: Path, error: BaseException) -> str:
    """The file, and the last line in it that the error came through."""
    if isinstance(error, SyntaxError):
        return f"“{path}”, line {error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f"“{path}”, line {lines[-1]}" if lines else f"“{path}”"


def _refuse_unusable(path: Path, kind: str, item: Any) -> None:
    """What palette and inspector cannot do without; all else is for the contract."""
    if not (isinstance(item, type) and issubclass(item, Layer)):
        raise LayerFileError(f"In “{path}” {kind!r} is no subclass of Layer.")
    spec = getattr(item, "Spec", None)
    if not (isinstance(spec, type) and issubclass(spec, LayerSpec)):
        raise LayerFileError(f"In “{path}” the class of {kind!r} has no `Spec`, a frozen dataclass over LayerSpec.")
    spec()
