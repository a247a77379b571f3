"""Row 11: a bad network. Mirrors that behave and mirrors that do not, all of them on this machine."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from mirrors import PATIENCE, SET, Mirrors, fetched, quiet
from peak_memory import PEAK
from programs import promised
from pytestqt.qtbot import QtBot
from window_kit import Opener

from fishlab.core.data.dataset import load_dataset
from fishlab.core.data.mnist import download_mnist, read_mnist
from fishlab.core.errors import Cancelled, DataError
from fishlab.core.spec import DataSpec
from fishlab.ui import session as session_module
from fishlab.ui.heartbeat import Heartbeat
from fishlab.ui.session import State

pytestmark = pytest.mark.slow  # most of it is waiting for servers that are made to be slow


def test_the_four_files_are_fetched_and_are_mnist(mirrors: Mirrors, tmp_path: Path) -> None:
    folder = fetched(mirrors, tmp_path / "a" / "b", "good")
    assert folder == tmp_path / "a" / "b"
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.gz" for name in SET)
    assert read_mnist(folder).name == "MNIST"


BAD = {
    "missing": "answered 404 Not Found",
    "cut": "broke off after",
    "cut_unsaid": "sent something else in place of train-images-idx3-ubyte.gz",
    "page": "sent a web page in place of",
    "other": "sent something else in place of",
    "loop": "redirects and never arrives",
    "to_a_file": "redirects and never arrives",
    "huge": "offered 10,000,000,000 bytes, where at most 15,000,000",
    "endless": "sent more than 15,000,000 bytes",
    "silent": "sent nothing, or next to nothing, for 1.5 seconds",
    "stall": "sent nothing, or next to nothing, for 1.5 seconds",
    "drip": "sent nothing, or next to nothing, for 1.5 seconds",
    "hang_up": "could not be reached",
    "babble": "did not speak HTTP",
    "to_be_continued": "sent nothing, or next to nothing, for 1.5 seconds",
    "slow_head": "sent nothing, or next to nothing, for 1.5 seconds",
    "bomb": "sent something else in place of",
}


@pytest.mark.parametrize("behaviour", BAD)
def test_a_bad_mirror_is_left_for_the_next(behaviour: str, mirrors: Mirrors, tmp_path: Path) -> None:
    assert read_mnist(fetched(mirrors, tmp_path, behaviour, "good")).name == "MNIST"


@pytest.mark.parametrize("behaviour", BAD)
def test_when_no_mirror_is_good_the_message_lists_each_and_no_file_is_left(
    behaviour: str, mirrors: Mirrors, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=BAD[behaviour]) as refusal:
        fetched(mirrors, tmp_path, behaviour, "missing")
    assert mirrors.url(behaviour) in str(refusal.value)
    assert f"{mirrors.url('missing')} answered 404" in str(refusal.value)
    assert "use the drawn digits" in str(refusal.value)
    assert not any(tmp_path.iterdir())


def test_a_mirror_that_cannot_be_reached_is_left_for_the_next(mirrors: Mirrors, tmp_path: Path) -> None:
    urls = ["http://127.0.0.1:1/", "http://a..b/", mirrors.url("good")]
    folder = download_mnist(quiet, mirrors=urls, directory=tmp_path)
    assert read_mnist(folder).name == "MNIST"


def test_what_a_failing_mirror_gave_right_is_not_fetched_again(mirrors: Mirrors, tmp_path: Path) -> None:
    fetched(mirrors, tmp_path, "first_only", "good")
    assert mirrors.asked.count("/good/train-images-idx3-ubyte.gz") == 0
    assert len([path for path in mirrors.asked if path.startswith("/good/")]) == 3


@pytest.mark.parametrize("behaviour", ["silent", "stall", "drip", "endless", "good", "slow_head", "to_be_continued"])
def test_cancelling_takes_less_than_a_second_and_leaves_no_file(
    behaviour: str, mirrors: Mirrors, tmp_path: Path
) -> None:
    asked_to_stop = time.monotonic() + 0.3 * (behaviour not in ("good", "endless"))

    def stop(what: str, done: int, total: int) -> None:
        if time.monotonic() >= asked_to_stop:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        download_mnist(stop, mirrors=[mirrors.url(behaviour)], directory=tmp_path, patience=20)
    seconds = time.monotonic() - asked_to_stop
    assert seconds < promised(1)
    assert not any(tmp_path.iterdir())
    print(f"cancelled in {seconds:.2f} s")


def test_progress_names_the_mirror_and_never_falls(mirrors: Mirrors, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    download_mnist(lambda *told: seen.append(told), mirrors=[mirrors.url("good")], directory=tmp_path)
    assert {(what, total) for what, _, total in seen} == {("Fetching MNIST from 127.0.0.1", 11_594_722)}
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert seen[-1][1] == sum(path.stat().st_size for path in tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_fetched(mirrors: Mirrors, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"cannot be kept in .*Set FISHLAB_CACHE_DIR"):
        fetched(mirrors, tmp_path / "file" / "mnist", "good")
    assert not mirrors.asked


def test_the_real_mnist_comes_through_a_mirror(server: Mirrors, mnist_dir: Path, tmp_path: Path) -> None:
    server.files = {path.name: path.read_bytes() for path in mnist_dir.glob("*.gz")}
    assert read_mnist(fetched(server, tmp_path, "good")).name == "MNIST"


SENT = PEAK + """
import sys
from fishlab.core.data.mnist import download_mnist
from fishlab.core.errors import DataError
before = peak()
try:
    download_mnist(lambda what, done, total: None, mirrors=sys.argv[2:], directory=Path(sys.argv[1]), patience=2)
except DataError as error:
    print((peak() - before) // 1024)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="memory is measured in the way of Unix")
def test_ten_gigabytes_that_nobody_asked_for_are_not_taken(mirrors: Mirrors, tmp_path: Path) -> None:
    urls = [mirrors.url(behaviour) for behaviour in ("huge", "endless", "bomb", "to_be_continued")]
    command = [sys.executable, "-c", SENT, str(tmp_path), *urls]
    megabytes = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert 0 < megabytes < 100  # 15 MB are waited for, and lie there three times
    print(f"the peak of memory grew by {megabytes} MB")


# -- in the window ---------------------------------------------------------------------------------------------------
def through(mirrors: Mirrors, folder: Path, *behaviours: str) -> Callable[..., Path]:
    """`download_mnist` from these mirrors."""
    urls = [mirrors.url(behaviour) for behaviour in behaviours]
    return lambda progress: download_mnist(progress, mirrors=urls, directory=folder, patience=PATIENCE)


def test_the_window_lives_while_mirrors_misbehave_and_says_what_each_did(
    open_window: Opener, mirrors: Mirrors, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = ("missing", "silent", "cut", "loop")
    monkeypatch.setattr(session_module, "download_mnist", through(mirrors, tmp_path / "mnist", *bad))
    window, _ = open_window()
    said: list[str] = []
    window.session.failed.connect(said.append)
    beat = Heartbeat()
    window.session.fetch_mnist()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=20_000)
    beat.stop()
    assert len(said) == 1 and all(mirrors.url(behaviour) in said[0] for behaviour in bad)
    assert beat.summary()["beats"] > 10, "one that waited for them would have stood still"
    assert not any((tmp_path / "mnist").iterdir())
    window.session.run()  # and there is something to train on
    qtbot.waitUntil(lambda: len(window.session.history.steps) > 3, timeout=20_000)
    window.session.stop()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=20_000)


@pytest.mark.parametrize("behaviour", ["silent", "drip", "endless"])
def test_a_fetch_is_called_off_in_the_window_within_a_second(
    behaviour: str,
    open_window: Opener,
    mirrors: Mirrors,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    urls = [mirrors.url(behaviour)] * 3
    monkeypatch.setattr(
        session_module,
        "download_mnist",
        lambda progress: download_mnist(progress, mirrors=urls, directory=tmp_path / "mnist", patience=20),
    )
    window, _ = open_window()
    window.session.fetch_mnist()
    qtbot.waitUntil(lambda: len(mirrors.asked) > 0, timeout=10_000)
    began = time.monotonic()
    window.session.stop()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=10_000)
    assert time.monotonic() - began < promised(1)
    assert not any((tmp_path / "mnist").iterdir())


def test_without_a_network_the_digits_that_come_with_it_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FISHLAB_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("FISHLAB_DATA_DIR", raising=False)

    def forbid(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(urllib.request, "build_opener", forbid)
    monkeypatch.setattr(socket, "create_connection", forbid)
    data = load_dataset(DataSpec(source="auto", subset=100))
    assert len(data.train.images) > 1000 and data.kind == "digits"
