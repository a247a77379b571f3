"""Where Python stood when the program crashed, written by the crash itself into a file that the next start reads."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import traceback
from pathlib import Path
from typing import IO

NAME = "crash.log"
MOST = 200_000  # characters that are read of a report
log = logging.getLogger(__name__)


class CrashLog:
    """The file of this session; empty as long as all goes well."""

    def __init__(self) -> None:
        self._file: IO[str] | None = None

    def begin(self, folder: Path) -> None:
        """Have crashes of all threads written to `folder` from now on."""
        try:
            self._file = (folder / NAME).open("w", encoding="utf-8")
        except OSError as error:
            log.warning("crashes will leave no report: %s", error)
            return
        faulthandler.enable(self._file, all_threads=True)

    def write(self, error: BaseException) -> None:
        """An error that ends the program, in the manner of a crash."""
        if self._file is not None:
            self._file.writelines(traceback.format_exception(error))
            self._file.flush()

    def end(self) -> None:
        """The program ends as it should."""
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
            self._file = None


def crash_report(folder: Path) -> str:
    """What the crash of an earlier session wrote there; empty if there was none, or none that could write."""
    with contextlib.suppress(OSError), (folder / NAME).open(encoding="utf-8", errors="replace") as file:
        return file.read(MOST).strip()
    return ""
