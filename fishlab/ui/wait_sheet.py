"""What the window waits for: how far it is, and the way out."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.label import Label
from fishlab.ui.widgets.progress_strip import ProgressStrip

_WIDTH = 420
_MEGA = 10**6


class WaitSheet(QDialog):
    """`work` shows it and says how far it is, `end` takes it away; `stop_asked()` for Cancel and Escape."""

    stop_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("wait")
        self.setWindowTitle("FishLab")
        self._build()
        self.cancel.clicked.connect(self.reject)

    def _build(self) -> None:
        self.title = Label("", "heading", 600, elide=True)
        self.strip = ProgressStrip()
        self.strip.setObjectName("wait.progress")
        self.cancel = Button(self.tr("Cancel"))
        self.cancel.setObjectName("wait.cancel")
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setSpacing(theme().px(12))
        column.addWidget(self.title)
        column.addWidget(self.strip)
        column.addLayout(row)

    def begin(self, title: str) -> None:
        """Something is being done; nothing is shown until that has taken a moment."""
        self.title.setText(title)
        self.strip.set_words("")
        self.strip.set_progress(0.0, 1)

    def work(self, _what: str, done: int, total: int) -> None:
        """So many bytes of so many are done; 0 of 0 where that is not known."""
        if total:
            words = self.tr("{done} of {total} MB").format(done=f"{done / _MEGA:,.0f}", total=f"{total / _MEGA:,.0f}")
            self.strip.set_words(words)
            self.strip.set_progress(done / total, 1)
        if not self.isVisible():
            self.resize(theme().px(_WIDTH), self.sizeHint().height())
            self.open()

    def end(self) -> None:
        """It is done, or given up."""
        self.hide()

    def reject(self) -> None:
        """Escape and Cancel."""
        self.stop_asked.emit()
