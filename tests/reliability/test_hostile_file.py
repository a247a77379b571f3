"""Row 4: files made to do harm. Refused before memory is taken for them, at once, and no code in them runs."""

from __future__ import annotations

import io
import json
import os
import pickle
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from peak_memory import PEAK
from small_runs import project, trained
from test_files_archive import BOMB, sealed
from test_files_archive import HOSTILE as ARCHIVES
from test_files_hostile import HOSTILE as FRAMES

from fishlab.core.errors import FileFormatError
from fishlab.core.exchange import IMPORTS
from fishlab.core.files import archive, open_project, save_project
from fishlab.core.files.project import MANIFEST
from fishlab.core.own_layers import LayerFileError, load_layers
from tests.reliability.fuzz.repair import parts_of
from tests.reliability.fuzz.repair import sealed as packed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="memory is measured in the way of Unix")

Manifest = dict[str, Any]
WEIGHTS = "weights.safetensors"
DEEP = 1_000_000


class Payload:
    """A pickle that would leave a trace if anybody unpickled it."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return os.mkdir, (str(self.trace),)


# -- projects whose digests are right ----------------------------------------------------------------------------------
def parts(folder: Path) -> dict[str, bytes]:
    spec = project()
    save_project(folder / "good.fishlab", spec, trained(spec, steps=3))
    content = (folder / "good.fishlab").read_bytes()
    (folder / "good.fishlab").unlink()
    return parts_of(content)


def changed(good: dict[str, bytes], change: Callable[[Manifest], object]) -> bytes:
    manifest = json.loads(good[MANIFEST])
    change(manifest)
    return packed(good | {MANIFEST: json.dumps(manifest).encode("ascii")})


def said(good: dict[str, bytes], text: bytes) -> bytes:
    """As it is, with the seal that goes with it."""
    return b"".join(archive.pack({name: [content] for name, content in (good | {MANIFEST: text}).items()}))


def tensors(header: bytes, length: int | None = None) -> bytes:
    return (len(header) if length is None else length).to_bytes(8, "little") + header + bytes(64)


def with_weights(good: dict[str, bytes], content: bytes) -> bytes:
    return packed(good | {WEIGHTS: content})


def one_tensor(**entry: object) -> bytes:
    table = {"weights/a/W": {"dtype": "F32", "shape": [16], "data_offsets": [0, 64], **entry}}
    return tensors(json.dumps(table).encode())


def stack(manifest: Manifest, layers: list[object]) -> None:
    manifest["project"]["network"]["layers"] = layers


def projects(good: dict[str, bytes]) -> dict[str, bytes]:
    manifest = good[MANIFEST]
    residual = {"kind": "residual", "branches": [[], []]}
    nested = b'{"kind":"residual","branches":[[' * 10_000 + b"]" * 20_000
    return {
        "a million layers": changed(good, lambda m: stack(m, [{"kind": "relu"}] * 1_000_000)),
        "100,000 layers": changed(good, lambda m: stack(m, [{"kind": "relu"}] * 100_000)),
        "a tower of blocks": changed(good, lambda m: stack(m, [residual] * 1001)),
        "30,000 layers in a block": changed(
            good, lambda m: stack(m, [{"kind": "residual", "branches": [[{"kind": "relu"}] * 30_000, []]}])
        ),
        "blocks in blocks in blocks": said(good, manifest.replace(b'"layers":[', b'"layers":[' + nested)),
        "10^9 units": changed(good, lambda m: stack(m, [{"kind": "affine", "units": 10**9}])),
        "an input of 10^12 pixels": changed(good, lambda m: m["project"]["network"].update(in_shape=[1, 10**6, 10**6])),
        "deep JSON": said(good, manifest[:-1] + b',"x":' + b"[" * DEEP + b"]" * DEEP + b"}"),
        "deep JSON that never ends": said(good, b'{"a":' * DEEP),
        "JSON of a million parts": said(good, b"[" + b"[]," * DEEP + b"[]]"),
        "JSON of 199,000 small tables": said(good, b"[" + b'{"":9.5},' * 99_000 + b"{}]"),
        "JSON of strings alone": said(good, b'""' * 4_000_000),
        "JSON of long keys": said(good, b"{" + b",".join(b'"%0200d":0' % n for n in range(38_000)) + b"}"),
        "JSON names something twice": said(good, manifest[:-1] + b',"format":"fishlab.project"}'),
        "a text without end": said(good, b'"' + b'\\"' * DEEP),
        "a number of a million digits": said(good, b'{"format":' + b"9" * DEEP + b"}"),
        "the version after this one": changed(good, lambda m: m.update(version=m["version"] + 1)),
        "version 10^30": changed(good, lambda m: m.update(version=10**30)),
        "version -1": changed(good, lambda m: m.update(version=-1)),
        "version true": changed(good, lambda m: m.update(version=True)),
        "no version": changed(good, lambda m: m.pop("version")),
        "another format": changed(good, lambda m: m.update(format="fishlab.plot")),
        "a manifest of 100 MB": said(good, b"[" + b" " * 100_000_000 + b"]"),
        "a manifest that is not text": said(good, b'{"format":"\xff"}'),
        "a header of 2^63 bytes": with_weights(good, tensors(b"{}", 1 << 63)),
        "a header of 2^64 - 1 bytes": with_weights(good, tensors(b"{}", (1 << 64) - 1)),
        "a header longer than its part": with_weights(good, tensors(b"{}", 4096)),
        "a shape of 10^12": with_weights(good, one_tensor(shape=[10**12])),
        "a shape of 10^12 with its place": with_weights(good, one_tensor(shape=[10**12], data_offsets=[0, 4 * 10**12])),
        "a shape that wraps round": with_weights(good, one_tensor(shape=[1 << 47] * 4)),
        "a shape below zero": with_weights(good, one_tensor(shape=[-16])),
        "objects": with_weights(good, one_tensor(dtype="O")),
        "a tensor called ../x": with_weights(good, one_tensor().replace(b"weights/a/W", b"../../a/b/x")),
        "a part that nobody names": packed({**good, "code.py": b"import os"}),
        "a part that is missing": packed({name: content for name, content in good.items() if name != WEIGHTS}),
        "a picture of 2 MB": packed(good | {"preview.png": bytes(2 << 20)}),
    }  # fmt: skip


def ordinary_zip(names: list[str], content: bytes, compression: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        for name in names:
            file.writestr(name, content)
    return buffer.getvalue()


def everything_else(trace: Path) -> dict[str, bytes]:
    found = {f"frame: {name}": content for name, (content, _) in FRAMES.items()}
    found |= {f"archive: {name}": make() for name, (make, _) in ARCHIVES.items()}
    found |= {f"pickle of protocol {protocol}": pickle.dumps(Payload(trace), protocol) for protocol in range(6)}
    return found | {
        "empty": b"",
        "a bomb of 50 MB with our seal": sealed(ordinary_zip(list(BOMB), BOMB["bomb"], zipfile.ZIP_DEFLATED)),
        "../x": ordinary_zip(["../x", "/etc/x", "..\\x"], b"x", zipfile.ZIP_STORED),
        "../x with our seal": sealed(ordinary_zip(["../x", MANIFEST], b"{}", zipfile.ZIP_STORED)),
        "100,000 names": ordinary_zip([f"{number}" for number in range(100_000)], b"", zipfile.ZIP_STORED),
        "random bytes": b"PK\x03\x04" + bytes(range(256)) * 4096,
    }


OPEN_ALL = PEAK + """
import sys, time
from fishlab.core.errors import FileFormatError
from fishlab.core.files import open_project
before = peak()
for path in sorted(Path(sys.argv[1]).iterdir()):
    cpu, wall = time.process_time(), time.monotonic()
    try:
        open_project(path)
        verdict = "opened"
    except FileFormatError as error:
        verdict = "refused" if str(error).startswith("“") and len(str(error)) < 600 else "refused without a sentence"
    growth = (peak() - before) // 1024
    print(path.name, verdict, round(time.process_time() - cpu, 3), round(time.monotonic() - wall, 3), growth, sep="|")
"""


@pytest.mark.slow
def test_no_hostile_file_takes_a_second_or_50_megabytes_and_no_code_runs(tmp_path: Path) -> None:
    folder, trace = tmp_path / "files", tmp_path / "trace"
    folder.mkdir()
    contents = projects(parts(tmp_path)) | everything_else(trace)
    names = {f"{number:03}.fishlab": name for number, name in enumerate(contents)}
    for file, name in names.items():
        (folder / file).write_bytes(contents[name])
    with (folder / "sparse.fishlab").open("wb") as sparse:  # ten gigabytes that take no room on the disk
        sparse.write(contents["the version after this one"])
        sparse.truncate(10 << 30)
    with special_files(folder):
        command = [sys.executable, "-c", OPEN_ALL, str(folder)]
        lines = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.splitlines()
    assert len(lines) == len(contents) + 6
    worst = 0.0
    for line in lines:
        file, verdict, seconds, waited, megabytes = line.split("|")
        said_of = f"{names.get(file, file)}: {line}"
        assert verdict == "refused", said_of
        assert float(seconds) < 1, said_of
        assert float(waited) < 10, said_of  # others may be at work on the same machine
        assert int(megabytes) < 50, said_of
        worst = max(worst, float(seconds))
    assert not trace.exists() and not (tmp_path / "x").exists()
    print(f"{len(lines)} refused, the slowest in {worst:.3f} s; the peak of memory grew by {megabytes} MB")


@contextmanager
def special_files(folder: Path) -> Iterator[list[Path]]:
    """What is no ordinary file."""
    (folder / "folder.fishlab").mkdir()
    os.mkfifo(folder / "fifo.fishlab")
    (folder / "zero.fishlab").symlink_to("/dev/zero")
    (folder / "loop.fishlab").symlink_to(folder / "loop.fishlab")
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(folder)  # names of sockets are short
        listener.bind("socket.fishlab")
        os.chdir(here)
        yield [folder / f"{kind}.fishlab" for kind in ("folder", "fifo", "zero", "loop", "socket")]


READ_ALL = """
import sys, time
from pathlib import Path
from fishlab.core.data.csv_file import Csv
from fishlab.core.data.idx import read_idx
from fishlab.core.data.idx_files import IdxFiles
from fishlab.core.data.npz_file import Npz
from fishlab.core.data.pictures import read_picture
from fishlab.core.errors import FishLabError
from fishlab.core.exchange import IMPORTS, silent
from fishlab.core.own_layers import LayerFileError, load_layers
from fishlab.core.spec import DataSpec
readers = {f"import {entry.kind}": lambda path, entry=entry: entry.item.read(path, None, silent) for entry in IMPORTS}
readers |= {
    "csv": lambda path: Csv().load(DataSpec(source="csv", file=str(path)), silent),
    "npz": lambda path: Npz().load(DataSpec(source="npz", file=str(path)), silent),
    "idx": lambda path: read_idx(path, 3),
    "own idx": lambda path: IdxFiles().load(DataSpec(source="idx", file=str(path), label_file=str(path)), silent),
    "layers": load_layers,
}
for name, read in readers.items():
    for path in sorted(Path(sys.argv[1]).iterdir()):
        began = time.monotonic()
        try:
            read(path)
            verdict = "read"
        except FishLabError:
            verdict = "refused"
        except Exception as error:
            verdict = repr(error)
        print(name, path.name, verdict, round(time.monotonic() - began, 2), sep="|", flush=True)
"""


def test_no_reader_waits_for_what_is_no_ordinary_file_or_takes_an_empty_one(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "empty.fishlab").write_bytes(b"")
    with special_files(folder):
        command = [sys.executable, "-c", READ_ALL, str(folder)]
        lines = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.splitlines()
    assert len(lines) == (len(IMPORTS.kinds()) + 5) * 6
    for line in lines:
        *_, verdict, seconds = line.split("|")
        assert verdict == "refused", line
        assert float(seconds) < 10, line


def test_a_pickle_is_run_by_no_reader(tmp_path: Path) -> None:
    folder, trace = tmp_path / "files", tmp_path / "trace"
    folder.mkdir()
    for protocol in range(6):
        (folder / f"{protocol}.pkl").write_bytes(pickle.dumps(Payload(trace), protocol))
    subprocess.run([sys.executable, "-c", READ_ALL, str(folder)], capture_output=True, check=True, timeout=120)
    assert not trace.exists()
    pickle.loads((folder / "2.pkl").read_bytes())  # and it would have left one
    assert trace.is_dir()


def test_opening_a_project_with_a_layer_of_somebody_s_own_runs_nothing(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    source = tmp_path / "own.py"
    source.write_text(f"import os\nos.mkdir({str(trace)!r})\n")
    path = tmp_path / "net.fishlab"
    path.write_bytes(
        changed(parts(tmp_path), lambda m: stack(m, [{"kind": "own", "file": str(source), "module": "own"}]))
    )
    with pytest.raises(FileFormatError, match="no layer called 'own'"):
        open_project(path)
    assert not trace.exists()
    with pytest.raises(LayerFileError, match="holds no layer"):
        load_layers(source)  # that is what runs it, and only where a person asks for it
    assert trace.exists()
