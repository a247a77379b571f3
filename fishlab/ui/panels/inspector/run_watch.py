"""What the run under way began with, to tell what waits for the next one."""

from PySide6.QtCore import QObject, Signal

from fishlab.core.spec import ProjectSpec
from fishlab.ui.document import Document
from fishlab.ui.session import State, TrainSession


class RunWatch(QObject):
    """`project` is the document's as it was when the run under way began, None without a run."""

    changed = Signal()

    def __init__(self, document: Document, session: TrainSession, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._session = document, session
        self.project: ProjectSpec | None = None
        session.state_changed.connect(self._on_state_changed)

    def _on_state_changed(self) -> None:
        before = self.project
        if self._session.state is State.PREPARING:
            self.project = self._document.spec
        elif self._session.state is State.IDLE:
            self.project = None
        if self.project is not before:
            self.changed.emit()
