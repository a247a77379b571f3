"""The readers that are fuzzed: each with the files it begins from, and what it does with one.

A reader may refuse with a FishLabError and with nothing else. What it takes must be as good as a file of its own: a
project that opens can be saved, and opens again as the same.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from fishlab.core.data.csv_file import Csv
from fishlab.core.data.idx import read_idx
from fishlab.core.data.idx_files import IdxFiles
from fishlab.core.data.idx_head import read_head
from fishlab.core.data.npz_file import Npz
from fishlab.core.data.pictures import read_picture
from fishlab.core.data.preview import _UNREADABLE
from fishlab.core.errors import FishLabError
from fishlab.core.exchange import EXPORTS, IMPORTS, Subject, silent
from fishlab.core.exchange.array_unpickler import ArrayUnpickler
from fishlab.core.exchange.reading import open_bounded
from fishlab.core.exchange.writing import write_export
from fishlab.core.files import open_project, save_project
from fishlab.core.files.project import MANIFEST, read_preview
from fishlab.core.files.strict_json import parse
from fishlab.core.spec import DataSpec, ProjectSpec
from tests.reliability.fuzz import pickle_parts
from tests.reliability.fuzz.repair import parts_of, repaired_archive, repaired_frame, sealed, with_header

FIXTURES = Path(__file__).parents[2] / "core" / "fixtures"
FOUND = Path(__file__).parent / "found"
NEWEST = FIXTURES / "format-5.fishlab"
WEIGHTS = "weights.safetensors"


@dataclass(frozen=True)
class Target:
    """A reader. `repair` makes an input consistent, so that it gets past digests; both forms are tried.

    One input may take so many `seconds` and `megabytes`.
    """

    name: str
    seeds: Callable[[], list[bytes]]
    read: Callable[[Path], object]
    suffix: str = ""
    repair: Callable[[bytes], bytes] | None = None
    seconds: float = 1.0
    megabytes: int = 50

    def try_out(self, content: bytes) -> None:
        """Read an input, and its repaired form; anything but a FishLabError comes out."""
        for form in {content, self.repair(content) if self.repair else content}:
            with suppress(FishLabError):
                self.read(_written(form, self.suffix))

    def all_seeds(self) -> list[bytes]:
        """What it begins from, and what once brought it down."""
        return [*self.seeds(), *(path.read_bytes() for path in self.found())]

    def found(self) -> list[Path]:
        """Inputs that once brought it down."""
        return sorted((FOUND / self.name).glob("*"))


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(prefix="fishlab-fuzz-", dir=memory if os.access(memory, os.W_OK) else None)


def clear() -> None:
    """Take away what inputs were written into; for one that ends without Python's own end."""
    _folder().cleanup()


def _written(content: bytes, suffix: str) -> Path:
    path = Path(_folder().name, suffix if "." in suffix[1:] else "input" + suffix)
    path.write_bytes(content)
    return path


# -- projects --------------------------------------------------------------------------------------------------------
def _project(path: Path) -> None:
    spec, model = open_project(path)
    read_preview(path)
    again = path.with_name("again.fishlab")
    save_project(again, spec, model, preview=len(spec.network.name) % 4 == 0)
    assert open_project(again)[0] == spec


def _fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


@cache
def _parts() -> dict[str, bytes]:
    return parts_of(NEWEST.read_bytes())


def _bare() -> bytes:
    """A project that was never trained: small, so that most edits hit its description."""
    path = Path(_folder().name, "bare.fishlab")
    save_project(path, open_project(NEWEST)[0], None, preview=False)
    return path.read_bytes()


def _with_part(name: str) -> Callable[[bytes], bytes]:
    return lambda content: sealed(_parts() | {name: content})


def _sealed_and_opened(name: str) -> Callable[[Path], None]:
    """Reads a whole project of which the input is one part."""

    def read(path: Path) -> None:
        with suppress(RecursionError):  # of the json module here, in place of what is tried
            _project(_written(_with_part(name)(path.read_bytes()), ".fishlab"))

    return read


# -- data ------------------------------------------------------------------------------------------------------------
def _source(kind: type[Csv] | type[Npz], name: str) -> Callable[[Path], None]:
    def read(path: Path) -> None:
        spec, source = DataSpec(source=name, file=str(path)), kind()
        for act in (source.survey, source.labels, source.samples, lambda spec: source.load(spec, silent)):
            with suppress(FishLabError):
                act(spec)

    return read


def _idx(path: Path) -> None:
    for dimensions in (1, 3):
        with suppress(FishLabError):
            read_idx(path, dimensions)
    with suppress(*_UNREADABLE):
        read_head(path, 3)


def _own_idx(path: Path) -> None:
    """As images and as labels, beside files that are right."""
    images, labels, *_ = _idx_seeds()
    for spec in (
        DataSpec(source="idx", file=str(path), label_file=str(_written(labels, ".labels"))),
        DataSpec(source="idx", file=str(_written(images, ".images")), label_file=str(path)),
    ):
        source = IdxFiles()
        for act in (source.survey, source.labels, source.samples):
            with suppress(FishLabError):
                act(spec)
        with suppress(FishLabError):
            source.load(spec, silent)


def _idx_seeds() -> list[bytes]:
    images = struct.pack(">4B3I", 0, 0, 8, 3, 2, 3, 4) + bytes(range(24))
    labels = struct.pack(">4BI", 0, 0, 8, 1, 4) + bytes([1, 2, 3, 9])
    return [images, labels, gzip.compress(images, mtime=0), gzip.compress(labels, mtime=0)]


def _npz_seeds() -> list[bytes]:
    rng = np.random.default_rng(1)
    images, labels = rng.integers(0, 255, (6, 4, 4), np.uint8), np.arange(6) % 2
    tables = [
        {"images": images, "labels": labels},
        {"x": rng.random((6, 4)).astype(np.float32), "y": np.array(["a", "b"] * 3)},
        {"x_train": images, "y_train": labels, "x_test": images, "y_test": np.eye(2)[labels]},
    ]
    return [_saved(np.savez, table) for table in tables] + [_saved(np.savez_compressed, tables[0])]


def _saved(save: Callable[..., None], table: dict[str, np.ndarray]) -> bytes:
    file = io.BytesIO()
    save(file, **table)
    return file.getvalue()


CSV_SEEDS = [
    b"label,a,b,c,d\n0,1,2,3,4\n1,5,6,7,8\n0,1,2,3,9\n1,1,1,1,1\n",
    b"1;2;cat\n3;4;dog\n5;6;cat\n7;8;dog\n",
    b'"x","y","class"\n"1.5","-2e3","a"\n".5","7","b"\n',
    b"\xef\xbb\xbf0\t255\t0\r\n1\t0\t255\r\n",
]


def _picture(path: Path) -> None:
    for colour in (False, True):
        read_picture(path, (5, 7), colour)


def _picture_seeds() -> list[bytes]:
    from PIL import Image

    levels = np.random.default_rng(2).integers(0, 255, (6, 9, 3), np.uint8)
    seeds = []
    for form in ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM"):
        file = io.BytesIO()
        Image.fromarray(levels).save(file, form)
        seeds.append(file.getvalue())
    return seeds


# -- other texts -----------------------------------------------------------------------------------------------------
def _clipboard(path: Path) -> None:
    from fishlab.ui.layer_mime import _layers

    _layers(path.read_bytes())


def _clipboard_seeds() -> list[bytes]:
    spec, _ = open_project(NEWEST)
    return [json.dumps({"fishlab_layers": [layer.to_dict() for layer in spec.network.layers]}).encode()]


def _settings(path: Path) -> None:
    from fishlab.ui.settings import Settings

    settings = Settings(path)
    settings.text("view/theme")
    settings.number("view/font_scale", 1.0)
    settings.flag("view/reduce_motion")
    settings.data("window/state")
    assert all(isinstance(path, Path) for path in settings.recent)
    assert settings.way is None or str(settings.way)


SETTINGS_SEED = (
    b"[files]\nrecent=/a/b.fishlab\\n/c d/\\x65e5.fishlab\n\n[run]\nway=processes:2\n\n[view]\nfont_scale=1.2\n"
    b"theme=dark\nreduce_motion=yes\n\n[window]\nstate=@ByteArray(\\0\\0\\0\\xff\\0\\0)\ngeometry=@Rect(0 0 9 9)\n"
)


def _note(path: Path) -> None:
    from fishlab.ui.kept_work import KeptWork, Place

    (path.parent / "unsaved-1.fishlab").touch()
    place = KeptWork(path.parent).place()
    assert isinstance(place, Place) and isinstance(place.title, str) and isinstance(place.stamp, tuple)


NOTE_SEED = b'{"title": "Net", "path": "/a/b.fishlab", "stamp": [1790000000000000000, 65055, 17], "asked": false}'


def _json(path: Path) -> None:
    data = parse(path.read_bytes().decode("utf-8", "replace"))
    ProjectSpec.from_dict(data)


def _json_seeds() -> list[bytes]:
    files = (NEWEST, FIXTURES / "deep-conv-net.fishlab")
    return [json.dumps(open_project(path)[0].to_dict()).encode() for path in files]


def _exports(path: Path) -> None:
    """All exports of a project that was never trained: each is written, or refused in words."""
    spec = ProjectSpec.from_dict(parse(path.read_bytes().decode("utf-8", "replace")))
    for entry in EXPORTS:
        with suppress(FishLabError), tempfile.TemporaryDirectory(dir=_folder().name) as folder:
            write_export(entry, Subject(spec), Path(folder, "out" + entry.item.suffix))


# -- formats of others -----------------------------------------------------------------------------------------------
@cache
def _asked() -> ProjectSpec:
    return open_project(NEWEST)[0]


def _import(kind: str) -> Callable[[Path], None]:
    def read(path: Path) -> None:
        for project in (None, _asked()):
            with suppress(FishLabError):
                IMPORTS[kind].item.read(path, project, silent)

    return read


def _exported(kind: str) -> Callable[[], list[bytes]]:
    def seeds() -> list[bytes]:
        way, found = EXPORTS[kind].item, []
        for name in ("format-5.fishlab", "batch-normalized.fishlab", "simple-conv-net.fishlab"):
            path = Path(_folder().name, "seed" + way.suffix)
            with suppress(FishLabError):
                way.write(Subject(*open_project(FIXTURES / name)), path, silent)
                found.append(path.read_bytes())
        return found

    return seeds


def _opcodes(path: Path) -> None:
    with open_bounded(_written(pickle_parts.put_together(path.read_bytes()), ".pkl"), 1 << 20) as (file, size):
        ArrayUnpickler(file, size).load()


def targets() -> Iterator[Target]:
    """All readers, the formats of others as far as they are registered."""
    yield Target("project", lambda: [_fixture("format-5.fishlab"), _bare()], _project, ".fishlab", repaired_archive)
    yield Target("manifest", lambda: [_parts()[MANIFEST]], _sealed_and_opened(MANIFEST))
    yield Target("tensors", lambda: [_parts()[WEIGHTS]], _sealed_and_opened(WEIGHTS), "", with_header)
    earlier = [f"format-{number}.fishlab" for number in (1, 2, 3)]
    yield Target("earlier", lambda: [_fixture(name) for name in earlier], _project, ".fishlab", repaired_frame)
    yield Target("json", _json_seeds, _json)
    yield Target("exports", lambda: _json_seeds()[:1], _exports, seconds=5, megabytes=200)
    for kind in IMPORTS.kinds():
        yield Target(kind, _exported(kind), _import(kind), IMPORTS[kind].item.suffixes[0])
    yield Target("opcodes", pickle_parts.chosen, _opcodes)
    yield Target("idx", _idx_seeds, _idx)
    yield Target("own idx", _idx_seeds, _own_idx)
    yield Target("npz", _npz_seeds, _source(Npz, "npz"), ".npz")
    yield Target("csv", lambda: CSV_SEEDS, _source(Csv, "csv"), ".csv")
    # A picture of MOST_PIXELS is read, whatever is in it: what its header may promise is the bound.
    yield Target("picture", _picture_seeds, _picture, seconds=5, megabytes=600)
    yield Target("clipboard", _clipboard_seeds, _clipboard)
    yield Target("note", lambda: [NOTE_SEED], _note, "unsaved-1.json")
    yield Target("settings", lambda: [SETTINGS_SEED], _settings, ".ini")


def target(name: str) -> Target:
    """The one of this name."""
    return next(found for found in targets() if found.name == name)
