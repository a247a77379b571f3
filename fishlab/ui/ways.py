"""Ways: how the next run is to compute, and how the one in sight does."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from fishlab.core.parallel.way import Way
from fishlab.ui.document import Document
from fishlab.ui.run_mail import RunMail
from fishlab.ui.work import Work


class Ways(QObject):
    """What is `chosen` for the next run is this computer's affair, not the project's; None has the fastest way found.

    Signal: `changed()` when another way was chosen or may be in use.
    """

    changed = Signal()

    def __init__(self, document: Document, work: Work, mail: RunMail, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._work = document, work
        self.chosen: Way | None = None
        self._told: Way | None = None
        mail.way_told.connect(self._on_mail_way_told)
        work.state_changed.connect(self._on_work_state_changed)
        document.model_changed.connect(self.changed)

    def choose(self, way: Way | None) -> None:
        """Choose how the next run computes; one under way goes on as it is."""
        if way != self.chosen:
            self.chosen = way
            self.changed.emit()

    @property
    def in_use(self) -> Way | None:
        """How the run in sight computes, or did; None before it is known."""
        if self._work.training:
            return self._told
        model = self._document.model
        return model.way if model else None

    def _on_mail_way_told(self, way: Way) -> None:
        self._told = way
        self.changed.emit()

    def _on_work_state_changed(self) -> None:
        if not self._work.training:
            self._told = None  # the next run tells its own
        self.changed.emit()
