"""What came in from another program: how far the reading is, then what was found and where it went."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialogButtonBox, QFrame, QScrollArea, QWidget

from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.label import Label
from fishlab.ui.widgets.more_below import MoreBelow
from fishlab.ui.widgets.progress_strip import ProgressStrip
from fishlab.ui.widgets.sheet import Sheet

_WIDTH, _HEIGHT = 520, 360


class ImportSheet(Sheet):
    """`stop_asked()` while a file is being read; `try_asked()` to evaluate the test images with what came in."""

    stop_asked = Signal()
    try_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("import", self.tr("Import"), parent)
        self._reading = False
        self._build()
        self._connect()
        self.sync_space()

    def _build(self) -> None:
        self.title = Label("", "heading", 600, wrap=True)
        self.strip = ProgressStrip()
        self.strip.setObjectName("import.progress")
        self.said = Label("", "body", 400, "ink", wrap=True)
        self.said.setObjectName("import.said")
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.said.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._scroll = scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.said)
        for surface in (self.said, scroll.viewport()):
            surface.setAutoFillBackground(False)
        self.next = Label(self.tr("It is a new project, in no file yet."), "small", 400, "ink2", wrap=True)
        for part in (self.title, self.strip):
            self.column.addWidget(part)
        self.column.addWidget(scroll, 1)
        self._more = MoreBelow(scroll.verticalScrollBar())
        self.column.addWidget(self._more)
        self.column.addWidget(self.next)
        self.column.addWidget(self._build_buttons())

    def _build_buttons(self) -> QDialogButtonBox:
        self.close_button = Button(self.tr("Close"))
        self.close_button.setObjectName("import.close")
        self.close_button.setAutoDefault(False)
        self.try_it = Button(self.tr("Evaluate the test set"))
        self.try_it.setObjectName("import.try")
        self.try_it.setDefault(True)
        box = QDialogButtonBox()
        box.addButton(self.try_it, QDialogButtonBox.ButtonRole.AcceptRole)
        box.addButton(self.close_button, QDialogButtonBox.ButtonRole.RejectRole)
        return box

    def _connect(self) -> None:
        self.close_button.clicked.connect(self.reject)
        self.try_it.clicked.connect(self._on_try)

    # -- what it is told -------------------------------------------------------------------------------------------
    def begin(self, name: str) -> None:
        """A file is being read; nothing is shown until that has taken a moment."""
        self._reading = True
        self.title.setText(self.tr("Reading “{name}”").format(name=name))
        self.said.setText("")
        self._sync()

    def work(self, what: str, done: int, total: int) -> None:
        """How far it is."""
        self.strip.set_words(what)
        self.strip.set_progress(done / total if total else 0.0, 1)
        self._open()

    def tell(self, name: str, said: Sequence[str], layers: Sequence[str]) -> None:
        """It is done: what was found, and a line about each layer that got something."""
        self._reading = False
        self.title.setText(self.tr("Imported “{name}”").format(name=name))
        self.said.setText("\n\n".join(["\n".join(said), "\n".join(layers)]))
        self._sync()
        self.fit(_WIDTH, _HEIGHT)
        self._open()
        self.try_it.setFocus()

    def give_up(self) -> None:
        """Nothing came of it, and somebody else says why."""
        self._reading = False
        self.hide()

    def _open(self) -> None:
        if not self.isVisible():
            if self._reading:
                self.fit(_WIDTH)
            self.open()

    def _sync(self) -> None:
        self.strip.setVisible(self._reading)
        for part in (self._scroll, self._more, self.next, self.try_it):
            part.setVisible(not self._reading)
        self.close_button.setText(self.tr("Cancel") if self._reading else self.tr("Close"))

    def _on_try(self) -> None:
        self.hide()
        self.try_asked.emit()

    def reject(self) -> None:
        """Escape and Close; while a file is being read they call it off."""
        if self._reading:
            self.stop_asked.emit()
        else:
            super().reject()
