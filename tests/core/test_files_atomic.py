"""Saving is whole or not at all: killed, on a full disk, without permission, in the middle of anything."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fishlab.core.files import SaveError, atomic, check_writable, sweep
from fishlab.core.files.atomic import TEMPORARY, write_atomic

unix = pytest.mark.skipif(sys.platform == "win32", reason="a fault that is made in the way of Unix")


def leftovers(folder: Path) -> list[Path]:
    return list(folder.glob(TEMPORARY.format("*")))


def failure(path: Path, pieces: list[bytes] | None = None) -> str:
    with pytest.raises(SaveError) as caught:
        write_atomic(path, pieces or [b"new"])
    assert leftovers(path.parent if path.parent.is_dir() else path.parent.parent) == []
    return str(caught.value)


def test_the_pieces_become_the_whole_content(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_atomic(path, [b"one ", memoryview(b"two")])
    assert path.read_bytes() == b"one two"
    write_atomic(path, [b"3"])
    assert path.read_bytes() == b"3"
    assert list(tmp_path.iterdir()) == [path]


@unix
def test_what_takes_the_place_of_a_private_file_is_private_from_the_first_byte_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    seen = []
    opens = os.open

    def look(name: object, flags: int, *mode: int) -> int:
        descriptor = opens(name, flags, *mode)  # type: ignore[arg-type]
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return descriptor

    def pieces() -> object:
        yield b"new"
        seen.append(stat.S_IMODE(leftovers(tmp_path)[0].stat().st_mode))

    for mode in (0o600, 0o664):
        path.chmod(mode)
        monkeypatch.setattr(atomic.os, "open", look)
        write_atomic(path, pieces())
        monkeypatch.undo()
        assert stat.S_IMODE(path.stat().st_mode) == mode
    assert seen[:2] == [0o600, 0o600] and 0o664 in seen


def test_a_failure_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def pieces() -> object:
        yield b"new " * 100_000
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        write_atomic(path, pieces())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "your share of the disk is used up"),
        (errno.EIO, "the disk reports an error"),
        (errno.EROFS, "the disk can only be read"),
        (errno.ENOLINK, os.strerror(errno.ENOLINK)),
    ],
)
def test_each_cause_is_named_and_the_old_file_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    path = tmp_path / "a.fishlab"
    path.write_bytes(b"old")

    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(atomic.os, "fsync", fail)
    sentence = failure(path)
    assert sentence.startswith(f"“a.fishlab” cannot be saved: {words}")
    assert sentence.endswith(".")
    assert path.read_bytes() == b"old"


@pytest.fixture
def small_files_only() -> Iterator[None]:
    """Of 100,000 bytes at most; Python ignores the signal that this sends."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@unix
def test_a_disk_without_room_is_named_and_the_old_file_kept(tmp_path: Path, small_files_only: None) -> None:
    path = tmp_path / "a.fishlab"
    path.write_bytes(b"old")
    said = failure(path, [bytes(60_000)] * 4)
    assert said.startswith("“a.fishlab” cannot be saved: it would be larger than files may be here.")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_places_where_nothing_can_be_saved_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "folder").mkdir()
    cases = {
        tmp_path / "nowhere" / "a": "the folder does not exist",
        tmp_path / "file" / "a": "a part of its path is a file",
        tmp_path / "folder": "it is a folder",
        tmp_path / ("x" * 256): "its name is too long",
        tmp_path / "nul\0l": "its name is not possible",
    }
    for path, words in cases.items():
        assert words in failure(path)
        with pytest.raises(SaveError, match=words):
            check_writable(path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


@unix
def test_devices_and_fifos_are_never_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", Path("/dev/null")):
        with pytest.raises(SaveError, match="not an ordinary file"):
            write_atomic(path, [b"new"])
    assert stat.S_ISFIFO((tmp_path / "fifo").stat().st_mode)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_write_protected_file_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    monkeypatch.setattr(atomic.os, "access", lambda path, mode: mode != os.W_OK)
    assert "it is write-protected" in failure(path)
    assert path.read_bytes() == b"old"


def test_a_folder_without_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(path: Path, *_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(atomic.os, "open", forbid)
    assert "there is no permission to write there" in failure(tmp_path / "a")


def test_looking_whether_a_file_can_be_written_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a"
    check_writable(path)
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"old")
    check_writable(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@unix
def test_rights_and_symbolic_links_are_kept(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_bytes(b"old")
    real.chmod(0o640)
    (tmp_path / "link").symlink_to(real)
    write_atomic(tmp_path / "link", [b"new"])
    assert (tmp_path / "link").is_symlink()
    assert real.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


@unix
def test_a_new_file_has_the_rights_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    write_atomic(tmp_path / "ours", [b""])
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


@unix
def test_a_sweep_takes_what_the_dead_left_and_nothing_of_the_living(tmp_path: Path) -> None:
    stale = tmp_path / TEMPORARY.format("0123")
    stale.write_bytes(b"half")
    (tmp_path / "other.tmp").write_bytes(b"somebody else's")
    descriptor, living = atomic._create(tmp_path)
    try:
        sweep(tmp_path)
        assert not stale.exists()
        assert living.exists()
        assert (tmp_path / "other.tmp").exists()
    finally:
        os.close(descriptor)
    sweep(tmp_path)
    assert not living.exists()


@unix
def test_a_pipe_that_the_system_has_a_link_to_is_no_ordinary_file(tmp_path: Path) -> None:
    """As `-o /dev/stdout` is, where the output goes into another program."""
    read, write = os.pipe()
    try:
        (tmp_path / "out").symlink_to(f"/proc/self/fd/{write}")
        assert "it is not an ordinary file" in failure(tmp_path / "out")
    finally:
        os.close(read)
        os.close(write)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="a folder that Linux has")
def test_a_folder_that_takes_no_files_is_not_said_to_be_missing() -> None:
    assert failure(Path("/proc/x")).endswith("there is no permission to write there. Save somewhere else.")
