"""Row 10: a bad data set, or one whose download was killed: never trained on, fetched afresh, nothing half left."""

from __future__ import annotations

import gzip
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from counts import times
from idx_files import idx_bytes, write_set
from mirrors import SET, Mirrors, fetched
from pytestqt.qtbot import QtBot
from window_kit import Opener, small_project

from fishlab.cli import main
from fishlab.core.data import dataset, fetch, mnist
from fishlab.core.data.dataset import load_dataset
from fishlab.core.data.mnist import read_mnist
from fishlab.core.errors import DataError
from fishlab.core.spec import DataSpec
from fishlab.ui.session import State

Damage = Callable[[bytes], bytes]


def flipped(content: bytes, place: int) -> bytes:
    damaged = bytearray(content)
    damaged[place] ^= 0x10
    return bytes(damaged)


DAMAGES: dict[str, Damage] = {
    "truncated": lambda content: content[:-1],
    "half": lambda content: content[: len(content) // 2],
    "a cut gzip": lambda content: gzip.compress(content)[:-12],
    "a flipped bit in a checksum": lambda content: flipped(gzip.compress(content), -8),
    "wrong magic": lambda content: b"\0\0\x0d" + content[3:],
    "wrong dimensions": lambda content: content[:3] + bytes([2]) + content[4:],
    "a count too many": lambda content: content[:7] + bytes([content[7] + 1]) + content[8:],
    "a count too few": lambda content: content[:7] + bytes([content[7] - 1]) + content[8:],
    "a count of 2^32 - 1": lambda content: content[:4] + b"\xff" * 4 + content[8:],
    "gzip of HTML": lambda content: gzip.compress(b"<html><body>Please sign in</body></html>"),
    "HTML": lambda content: b"<!doctype html><title>404</title>",
    "empty": lambda content: b"",
    "gzip of nothing": lambda content: gzip.compress(b""),
}
CASES = [(name, damage) for name in SET for damage in DAMAGES]


@pytest.mark.parametrize(("name", "damage"), CASES)
def test_a_damaged_file_is_refused_by_its_name_and_in_words(name: str, damage: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path, {**SET, name: DAMAGES[damage](SET[name])})
    began = time.process_time()
    with pytest.raises(DataError, match=name) as refusal:
        load_dataset(DataSpec(source="mnist", folder=str(folder)))
    assert time.process_time() - began < 1
    assert len(str(refusal.value)) < 600


def test_label_11_is_refused(tmp_path: Path) -> None:
    name = "train-labels-idx1-ubyte"
    folder = write_set(tmp_path, {**SET, name: idx_bytes(np.full(20, 11))})
    with pytest.raises(DataError, match="training label 11"):
        load_dataset(DataSpec(source="mnist", folder=str(folder)))


LOOKS = """
import sys
from fishlab.core.data.preview import look, survey
from fishlab.core.data.dataset import load_dataset
from fishlab.core.errors import DataError
from fishlab.core.spec import DataSpec
spec = DataSpec(source="mnist", folder=sys.argv[1])
print(survey(spec), look(spec).images)
try:
    load_dataset(spec)
except DataError as error:
    print("no ordinary file" in str(error))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="pipes that have names are of Unix")
def test_nobody_waits_for_a_pipe_in_place_of_a_file(tmp_path: Path) -> None:
    for name in SET:
        os.mkfifo(tmp_path / name)
    command = [sys.executable, "-c", LOOKS, str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said.split() == ["None", "None", "True"]


@pytest.mark.parametrize("damage", DAMAGES)
def test_nothing_is_trained_on_a_damaged_set_by_the_command_line(
    damage: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    name = "train-images-idx3-ubyte"
    folder = write_set(tmp_path / "set", {**SET, name: DAMAGES[damage](SET[name])})
    out = tmp_path / "model.fishlab"
    assert main(["train", "TwoLayerNet", "--data", "mnist", "--folder", str(folder), "-o", str(out)]) == 2
    assert name in capfd.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set"]


def test_nothing_is_trained_on_a_damaged_set_in_the_window(open_window: Opener, tmp_path: Path, qtbot: QtBot) -> None:
    name = "train-labels-idx1-ubyte"
    folder = write_set(tmp_path / "set", {**SET, name: DAMAGES["half"](SET[name])})
    window, _ = open_window()
    said: list[str] = []
    window.session.failed.connect(said.append)
    window.session._load = lambda spec, progress: load_dataset(spec, progress=progress)
    window.document.replace(small_project().replace(data=DataSpec(source="mnist", folder=str(folder))))
    window.session.run()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=10_000)
    assert len(said) == 1 and name in said[0]
    assert window.document.model is None and len(window.session.history.steps) == 0


# -- the set in the cache --------------------------------------------------------------------------------------------
@pytest.fixture
def fetching_here(mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mirrors:
    """`load_dataset` with an empty cache, and the good mirror for a network."""
    monkeypatch.setenv("FISHLAB_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("FISHLAB_DATA_DIR", raising=False)
    monkeypatch.setattr(dataset, "_last", None)

    def here(url: str, **more: object) -> bytes:
        name = url.rsplit("/", 1)[1]
        content: bytes = fetch.fetch(mirrors.url("good") + name, **more)  # type: ignore[arg-type]
        return content

    monkeypatch.setattr(mnist, "fetch", here)
    return mirrors


def test_asking_for_mnist_fetches_it_once_and_keeps_it(
    fetching_here: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = DataSpec(source="mnist")
    first = load_dataset(spec)
    assert first.name == "MNIST"
    assert load_dataset(spec) is first
    monkeypatch.setattr(dataset, "_last", None)
    assert load_dataset(DataSpec(source="auto")).name == "MNIST"
    assert len(fetching_here.asked) == 4


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_in_the_cache_is_fetched_afresh(damage: str, fetching_here: Mirrors, tmp_path: Path) -> None:
    for name in SET:
        load_dataset(DataSpec(source="mnist"))
        before = len(fetching_here.asked)
        (tmp_path / "mnist" / f"{name}.gz").write_bytes(DAMAGES[damage](SET[name]))
        again = load_dataset(DataSpec(source="mnist"))
        assert again.name == "MNIST"
        assert len(fetching_here.asked) == before + 4
    assert sorted(path.name for path in (tmp_path / "mnist").iterdir()) == sorted(f"{name}.gz" for name in SET)


# -- killed while it fetches -----------------------------------------------------------------------------------------
TELLS_BYTES = """
import sys
from pathlib import Path
from fishlab.core.data.mnist import download_mnist
download_mnist(lambda what, done, total: print(done, flush=True), mirrors=[sys.argv[1]], directory=Path(sys.argv[2]))
"""

FETCHES_FOR_EVER = """
import sys
from pathlib import Path
from idx_files import described
from mirrors import SET
from fishlab.core.data import mnist, mnist_files
mnist.FILES = mnist_files.FILES = described(SET)
print("ready", flush=True)
while True:
    mnist.download_mnist(lambda *_: None, mirrors=[sys.argv[1]], directory=Path(sys.argv[2]))
"""


def test_a_process_killed_while_a_file_comes_leaves_none(mirrors: Mirrors, tmp_path: Path) -> None:
    command = [sys.executable, "-c", TELLS_BYTES, mirrors.url("stall"), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        received = next((int(line) for line in child.stdout if int(line) > 0), 0)
        child.kill()
    assert received > 0
    assert not any(tmp_path.iterdir())
    assert read_mnist(fetched(mirrors, tmp_path, "good")).name == "MNIST"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a fault that is made in the way of Unix")
def test_killed_at_any_moment_of_fetching_all_files_are_whole_and_the_next_fetch_sweeps(
    mirrors: Mirrors, tmp_path: Path
) -> None:
    waits, struck = random.Random(10), 0
    here = os.pathsep.join(path for path in sys.path if path)
    for _ in range(times(5, 200)):
        command = [sys.executable, "-c", FETCHES_FOR_EVER, mirrors.url("good"), str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": here}) as child:
            assert child.stdout is not None and child.stdout.readline() == b"ready\n"
            time.sleep(waits.uniform(0.02, 0.12))
            child.send_signal(signal.SIGKILL)
        for path in tmp_path.glob("*.gz"):
            assert gzip.decompress(path.read_bytes()) == SET[path.name[:-3]]
        struck += bool(list(tmp_path.glob("*.part")))
    for part in tmp_path.glob("*.part"):
        os.utime(part, (time.time() - 60,) * 2)  # swept when they are 10 s old
    assert read_mnist(fetched(mirrors, tmp_path, "good")).name == "MNIST"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{name}.gz" for name in SET)
    print(f"{struck} were killed while a file was written")
