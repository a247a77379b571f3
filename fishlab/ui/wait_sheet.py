"""What the window waits for: how far it is, and the way out."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.label import Label
from fishlab.ui.widgets.progress_strip import ProgressStrip
from fishlab.ui.widgets.sheet import Sheet

_WIDTH = 420
_MEGA = 10**6


class WaitSheet(Sheet):
    """`work` shows it and says how far it is, `end` takes it away; `stop_asked()` for Cancel and Escape."""

    stop_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("wait", "FishLab", parent)
        self._build()
        self.cancel.clicked.connect(self.reject)
        self.sync_space()

    def _build(self) -> None:
        self.title = Label("", "heading", 600, wrap=True)
        self.strip = ProgressStrip()
        self.strip.setObjectName("wait.progress")
        self.cancel = Button(self.tr("Cancel"))
        self.cancel.setObjectName("wait.cancel")
        self.cancel.setAutoDefault(False)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.cancel)
        self.column.addWidget(self.title)
        self.column.addWidget(self.strip)
        self.column.addLayout(row)

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
            self.fit(_WIDTH)
            self.open()

    def end(self) -> None:
        """It is done, or given up."""
        self.hide()

    def reject(self) -> None:
        """Escape and Cancel."""
        self.stop_asked.emit()
