"""Row 2: a full disk. What was there before stays as it was, nothing is left over, the message names the cause."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from small_runs import layer, project, trained
from window_kit import Opener, small_project

from fishlab.core.errors import FishLabError
from fishlab.core.exchange import EXPORTS, Subject
from fishlab.core.exchange.writing import write_export
from fishlab.core.files import SaveError, open_project, save_project
from fishlab.ui.settings import Settings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="faults that are made in the way of Unix")

EXTRAS = {"onnx": "onnx", "tensorboard": "tensorboardX"}
TOO_LARGE = "it would be larger than files may be here. Save somewhere else"
FULL = "the disk is full. Free some room, or save somewhere else"


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may become larger than this; Python ignores the signal that says so, and gets an error."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 200 KB, where one may be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("needs a person who may mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path, leave: int) -> None:
    """Take all room of a disk but for so many bytes."""
    with (disk / "filler").open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            filler.truncate(max(0, filler.tell() - leave))


def state(folder: Path) -> dict[str, str]:
    """All files under a folder by name, with what is in them."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def two_models() -> tuple[Subject, Subject]:
    kinds = ("convolution", "relu", "max_pool", "flatten")
    last = (layer("affine", units=12), layer("batch_normalization"), layer("relu"), layer("affine", units=10))
    spec = project([*map(layer, kinds), *last])
    return Subject(spec, trained(spec, steps=2)), Subject(spec, trained(spec, steps=4))


@pytest.mark.parametrize("size", [0, 1, 100, 4096, 10_000, 20_000])
def test_a_project_that_does_not_fit_leaves_the_old_one(size: int, tmp_path: Path) -> None:
    old, new = two_models()
    path = tmp_path / "net.fishlab"
    save_project(path, old.project, old.model)
    assert path.stat().st_size > size
    before = state(tmp_path)
    with room_for(size), pytest.raises(SaveError, match=TOO_LARGE):
        save_project(path, new.project, new.model)
    assert state(tmp_path) == before
    with room_for(size), pytest.raises(SaveError, match=TOO_LARGE):
        save_project(tmp_path / "new.fishlab", new.project, new.model)
    assert state(tmp_path) == before
    assert open_project(path)[0] == old.project


@pytest.mark.parametrize("leave", [0, 4096, 16_384])
def test_a_full_disk_leaves_the_old_project_and_is_named(leave: int, small_disk: Path) -> None:
    old, new = two_models()
    path = small_disk / "net.fishlab"
    save_project(path, old.project, old.model)
    fill(small_disk, leave)
    before = state(small_disk)
    for name in ("net.fishlab", "new.fishlab"):
        with pytest.raises(SaveError, match=FULL):
            save_project(small_disk / name, new.project, new.model)
        assert state(small_disk) == before


@pytest.mark.parametrize("kind", EXPORTS.kinds())
def test_an_export_that_does_not_fit_leaves_the_old_one(kind: str, tmp_path: Path) -> None:
    if kind in EXTRAS:
        pytest.importorskip(EXTRAS[kind], reason=f"the extra of {kind} is not installed")
    old, new = two_models()
    path = tmp_path / f"net{EXPORTS[kind].item.suffix}"
    write_export(EXPORTS[kind], old, path)
    before = state(tmp_path)
    with room_for(50), pytest.raises(FishLabError) as refusal:
        write_export(EXPORTS[kind], new, path)
    assert "larger than files may be" in str(refusal.value).casefold()
    assert state(tmp_path) == before


@pytest.mark.parametrize("kind", EXPORTS.kinds())
def test_an_export_to_a_full_disk_leaves_the_old_one(kind: str, small_disk: Path) -> None:
    if kind in EXTRAS:
        pytest.importorskip(EXTRAS[kind], reason=f"the extra of {kind} is not installed")
    old, new = two_models()
    path = small_disk / f"net{EXPORTS[kind].item.suffix}"
    write_export(EXPORTS[kind], old, path)
    fill(small_disk, 0)
    before = state(small_disk)
    with pytest.raises(FishLabError, match="the disk is full"):
        write_export(EXPORTS[kind], new, path)
    assert state(small_disk) == before


@pytest.mark.parametrize("kind", EXPORTS.kinds())
def test_a_first_export_to_a_full_disk_leaves_nothing(kind: str, small_disk: Path) -> None:
    if kind in EXTRAS:
        pytest.importorskip(EXTRAS[kind], reason=f"the extra of {kind} is not installed")
    fill(small_disk, 0)
    with pytest.raises(FishLabError, match="the disk is full"):
        write_export(EXPORTS[kind], two_models()[0], small_disk / f"net{EXPORTS[kind].item.suffix}")
    assert [path.name for path in small_disk.iterdir()] == ["filler"]


def test_an_export_of_several_files_changes_all_of_them_or_none(small_disk: Path) -> None:
    old, new = two_models()
    path = small_disk / "net.py"
    write_export(EXPORTS["numpy"], new, path)
    wanted = state(small_disk)
    refused = 0
    for leave in range(0, 80_000, 4096):
        write_export(EXPORTS["numpy"], old, path)
        fill(small_disk, leave)
        before = state(small_disk)
        try:
            write_export(EXPORTS["numpy"], new, path)
            assert {name: state(small_disk)[name] for name in wanted} == wanted
        except FishLabError:
            refused += 1
            assert state(small_disk) == before
        (small_disk / "filler").unlink()
    assert 0 < refused < 20


def test_settings_that_do_not_fit_are_the_old_ones_and_the_window_knows(tmp_path: Path) -> None:
    file = tmp_path / "window.ini"
    settings = Settings(file)
    settings.set("view/theme", "dark")
    assert settings.flush()
    before = state(tmp_path)
    settings.set("view/words", "x" * 10_000)
    with room_for(5000):
        assert not settings.flush()
    assert state(tmp_path) == before
    assert Settings(file).text("view/theme") == "dark"


def test_the_window_says_why_and_the_document_still_counts_as_unsaved(
    open_window: Opener, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "net.fishlab"
    save_project(path, small_project(), None)
    window, person = open_window(path)
    window.document.edit("Rename", window.document.network.renamed("Another"))
    before = path.read_bytes()
    with room_for(1000):
        window.actions_["file.save"].trigger()
        qtbot.waitUntil(lambda: bool(person.told), timeout=5000)
    assert TOO_LARGE in person.told[0]
    assert window.document.unsaved and window.isWindowModified()
    assert path.read_bytes() == before
    window.actions_["file.save"].trigger()
    qtbot.waitUntil(lambda: not window.document.unsaved, timeout=5000)
    assert open_project(path)[0].network.name == "Another"
