"""Opens a folded block over which something dragged rests, so that it can be dropped inside."""

from PySide6.QtCore import QObject, QTimer

from fishlab.ui.panels.network.outline import Outline

REST = 700  # milliseconds


class Spring(QObject):
    """`hover(uid)` with the row under the pointer again and again; `stop` when the drag is over."""

    def __init__(self, outline: Outline, parent: QObject) -> None:
        super().__init__(parent)
        self._outline = outline
        self._uid = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST)
        self._timer.timeout.connect(self._on_timer_timeout)

    def hover(self, uid: str) -> None:
        """The pointer is over this row; one other than before starts the wait afresh."""
        if uid == self._uid:
            return
        self._uid = uid
        row = self._outline.row(uid)
        if row is not None and row.folded:
            self._timer.start()
        else:
            self._timer.stop()

    def stop(self) -> None:
        """Open nothing any more."""
        self._uid = ""
        self._timer.stop()

    def _on_timer_timeout(self) -> None:
        self._outline.set_folded(self._uid, False)
