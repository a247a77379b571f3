"""Reading a project beside the window, which goes on: what comes is handed over only when it is whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.spec import ProjectSpec
from fishlab.ui.errand import Errand, Progress
from fishlab.ui.wait_sheet import WaitSheet

Project = tuple[ProjectSpec, Checkpoint | None]
Look = Callable[[int, int], None]

PATIENCE = 0.06  # seconds that the window waits: what is there by then is shown without a word in between
AT_START = 0.5  # while there is no window yet


@dataclass(frozen=True, eq=False)
class Reading:
    """What people call it, how it is read (in a thread), and who takes what came, or the error that came instead."""

    name: str
    read: Callable[[Look], Project]
    take: Callable[[Project], None]
    refuse: Callable[[Exception], None]


class ProjectReader(QObject):
    """`begin(reading)`: whoever begins again, or stops, hears nothing more of what was begun before."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._errand = Errand(self)
        self._reading: Reading | None = None
        self.sheet: WaitSheet | None = None
        self._errand.progressed.connect(self._on_progressed)
        self._errand.done.connect(self._on_done)
        self._errand.failed.connect(self._on_failed)

    @property
    def busy(self) -> bool:
        """Whether something is being read."""
        return self._errand.busy

    def begin(self, reading: Reading, *, patience: float | None = None) -> None:
        """Read it, in place of what is being read; small things are handed over before this returns."""
        self.stop()
        self._reading = reading
        self._errand.begin(partial(_read, reading.read))
        self._errand.finish(PATIENCE if patience is None else patience)

    def stop(self, seconds: float = 0.0) -> None:
        """Give up what is being read; nothing has changed. Its thread, which ends at its next look, is waited for."""
        self._reading = None
        self._errand.shut_down(seconds)
        self._take_down()

    # -- slots -----------------------------------------------------------------------------------------------------
    def _on_progressed(self, what: str, done: int, total: int) -> None:
        if self.sheet is None and self._reading is not None:
            window = self.parent()
            assert isinstance(window, QWidget)
            self.sheet = WaitSheet(window)
            self.sheet.stop_asked.connect(self.stop)
            self.sheet.begin(self.tr("Opening “{name}”").format(name=self._reading.name))
        if self.sheet is not None:
            self.sheet.work(what, done, total)

    def _on_done(self, project: Project) -> None:
        reading, self._reading = self._reading, None
        self._take_down()
        if reading is not None:
            reading.take(project)

    def _on_failed(self, error: Exception) -> None:
        reading, self._reading = self._reading, None
        self._take_down()
        if reading is not None:
            reading.refuse(error)

    def _take_down(self) -> None:
        sheet, self.sheet = self.sheet, None
        if sheet is not None:
            sheet.end()
            sheet.deleteLater()


def _read(read: Callable[[Look], Project], progress: Progress) -> Project:
    return read(partial(progress, ""))
