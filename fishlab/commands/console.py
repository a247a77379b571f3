"""What the commands say: results on stdout, everything else on stderr, and how far the work is."""

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from typing import Any, TextIO

BAR = 24
REDRAW_SECONDS = 0.1


class OutputError(Exception):
    """What a command found cannot be written where its output goes, such as to a full disk; the text says why."""


def tell(text: str) -> None:
    """A result, on stdout; letters that it cannot show are escaped. Raises OutputError."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    with _writing():
        print(text.encode(encoding, "backslashreplace").decode(encoding))


def tell_json(result: dict[str, Any]) -> None:
    """A result as one JSON object in one line, on stdout. Raises OutputError."""
    with _writing():
        print(json.dumps(result, allow_nan=False))


def complain(text: str) -> None:
    """A sentence on stderr; if nobody reads there, the work goes on."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def complete() -> None:
    """Push out what was told, so that a reader who has gone is noticed here. Raises OutputError."""
    if sys.stdout is not None:  # a program started without a console has none
        with _writing():
            sys.stdout.flush()


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"The output cannot be written: {(error.strerror or str(error)).lower()}.") from error


class Progress:
    """How far the work is, on stderr: a line that is drawn again on a terminal, whole lines anywhere else."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream is not None and self._stream.isatty()
        self._drawn = 0.0
        self._width = 0
        self._last_task = ""

    def draw(self, done: int, total: int, text: str, *, before: str = "") -> None:
        """A bar for `done` of `total` with words around it; only on a terminal, and not too often."""
        now = time.monotonic()
        if not self._live or (now - self._drawn < REDRAW_SECONDS and done < total):
            return
        self._drawn = now
        filled = BAR * done // max(1, total)
        line = f"{before} [{'#' * filled}{'-' * (BAR - filled)}] {text}".strip()
        self._put("\r" + line.ljust(self._width))
        self._width = len(line)

    def task(self, what: str, done: int, total: int) -> None:
        """Work that must be done first, such as reading images: a bar, or its name once."""
        if self._live:
            self.draw(done, total, f"{100 * done // max(1, total)} %", before=what)
        elif what != self._last_task:
            self._last_task = what
            self._put(what + "\n")

    def line(self, text: str) -> None:
        """A line that stays."""
        self.clear()
        self._put(text + "\n")

    def clear(self) -> None:
        """Take the drawn line away."""
        if self._width:
            self._put("\r" + " " * self._width + "\r")
            self._width = 0

    def _put(self, text: str) -> None:
        with contextlib.suppress(OSError, AttributeError):  # a reader who has gone must not end the work
            self._stream.write(text)
            self._stream.flush()
