"""Whole programs with a home of their own, to be asked to end, killed, and started again."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from counts import FULL

ROOT = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).with_name("window_child.py")
DROP, OVERRIDE, SEARCH = 24, 1, 2  # of prctl and the capabilities of Linux
PATIENCE = 60.0  # seconds in which a busy machine has done anything
_WORDS_OF_QT = "This plugin does not support"


class Program:
    """One that runs; `home` is the folder that all its starts share, `ordinary` has it run without a root's rights."""

    def __init__(self, home: Path, deed: str, *words: object, ordinary: bool = False, **variables: str) -> None:
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, str(CHILD), deed, *map(str, words)],
            env=environment(home) | variables,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=_ordinary if ordinary else _listen,
        )  # fmt: skip

    def line(self) -> str:
        """What it says next; empty when it has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def facts(self) -> Any:
        """What it says next, as JSON."""
        line = self.line()
        assert line, self.errors()
        return json.loads(line)

    def lines(self) -> list[str]:
        """All that it still said, once it has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.read().splitlines()

    def ready(self) -> None:
        """Wait until it says so."""
        self.expect("ready")

    def expect(self, words: str) -> None:
        """Wait until it says these words."""
        line = self.line()
        assert line == words, line + self.errors()

    def send(self, number: int) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def lived(self) -> float:
        """Seconds since it began, without those in which it was ready and no processor was free, on Linux."""
        return time.monotonic() - self.began - _waited(Path(f"/proc/{self.process.pid}/schedstat"))

    def kill(self) -> None:
        """End it without any warning."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def end(self) -> int:
        """Its exit code, when it is there."""
        return self.process.wait(PATIENCE)

    def errors(self) -> str:
        """What it wrote to stderr, once it has ended."""
        self.process.wait(PATIENCE)
        assert self.process.stderr is not None
        return self.process.stderr.read()


@contextmanager
def program(
    home: Path, deed: str, *words: object, ordinary: bool = False, **variables: str
) -> Iterator[Program]:
    """Start one, and be sure that it is gone afterwards."""
    running = Program(home, deed, *words, ordinary=ordinary, **variables)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.communicate()


def offered(home: Path) -> dict[str, Any]:
    """What the next start offers; it ends as it should, and leaves what was offered as it was."""
    with program(home, "offered") as last:
        facts = last.facts()
        assert last.end() == 0, last.errors()
    return facts


def complaints(home: Path) -> list[str]:
    """All warnings and errors in the log, Qt's too."""
    lines = [line for path in home.rglob("fishlab.log*") for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if " INFO " not in line and _WORDS_OF_QT not in line]


def promised(seconds: float) -> float:
    """The limit for what docs/reliability.md promises in seconds: as it stands there with FISHLAB_FULL=1.

    Else nobody knows the machine. That it comes at all, and what else a test looks at, holds on every one.
    """
    return fair(seconds) if FULL else PATIENCE


def fair(seconds: float) -> float:
    """What a limit for another program comes to where neighbours want more processors than there are: at most four
    times as much. What this thread does itself is measured by `within`, which needs no such guess.
    """
    wanted = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0  # Windows does not say
    return seconds * min(4.0, max(1.0, wanted / (os.cpu_count() or 1)))


@contextmanager
def within(seconds: float, what: str = "") -> Iterator[None]:
    """Take no longer than is `promised`.

    Time in which this thread was ready and no processor was free is not counted, on Linux.
    """
    began, before = time.monotonic(), waited()
    yield
    taken = time.monotonic() - began - (waited() - before)
    assert taken < (seconds if FULL else PATIENCE), f"{what} took {taken:.2f} s"


def waited() -> float:
    """Seconds in which this thread has waited for a free processor; 0 where that is not told."""
    return _waited(Path("/proc/thread-self/schedstat"))


def _waited(schedstat: Path) -> float:
    try:
        return int(schedstat.read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


def kept_files(home: Path) -> list[Path]:
    """The files in which unsaved work lies."""
    return sorted(path for path in home.rglob("unsaved-*.fishlab") if "edits" not in path.name)


def environment(home: Path) -> dict[str, str]:
    """The variables of a program that lives in `home`, and finds what tests of the window share."""
    names = {"HOME": "", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache", "XDG_DATA_HOME": "data",
             "XDG_STATE_HOME": "state", "XDG_RUNTIME_DIR": "runtime"}  # fmt: skip
    folders = f"{ROOT}{os.pathsep}{ROOT / 'tests' / 'ui'}"
    own = {name: str(home / folder) for name, folder in names.items()}
    scratch = home.with_name("scratch")  # where one that is killed leaves what it would have cleared away
    scratch.mkdir(exist_ok=True)
    return {**os.environ, **own, "TMPDIR": str(scratch), "PYTHONPATH": folders, "PYTHONUNBUFFERED": "1"}


def _listen() -> None:
    """Signals are heard, even where the tests were started by a shell that had them ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _ordinary() -> None:
    """As `_listen`; and root's way round the rights of files is given up, where the tests are run by root."""
    _listen()
    if os.geteuid() == 0:
        for right in (OVERRIDE, SEARCH):
            if ctypes.CDLL(None).prctl(DROP, right, 0, 0, 0) != 0:
                raise OSError("the rights of root cannot be given up")
