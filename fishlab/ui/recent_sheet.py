"""The projects opened or saved last: their pictures, their notes, where they lie."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSizeF, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QDialogButtonBox, QHBoxLayout, QVBoxLayout, QWidget

from fishlab.core.errors import FishLabError
from fishlab.core.files.project import read_glance
from fishlab.ui.settings import Settings
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.empty_state import EmptyState
from fishlab.ui.widgets.label import Label
from fishlab.ui.widgets.sheet import Sheet
from fishlab.ui.widgets.side_list import SideList

_WIDTH, _HEIGHT, _LIST, _PICTURE = 720, 520, 196, 470
_MOST_LINES = 6  # of notes
_SHARE = 0.45  # of the height of a small screen is enough for the picture


class RecentSheet(Sheet):
    """`chosen(Path)` of a project file."""

    chosen = Signal(object)

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__("recent", self.tr("Recent projects"), parent)
        self._settings = settings
        self._content = b""  # of the picture
        self._build()
        self._connect()
        self.sync_space()

    def _build(self) -> None:
        self.list = SideList("recent.list", self.tr("Recent projects"), _LIST)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.title = Label("", "heading", 600, elide=True)
        self.place = Label("", "caption", 400, "ink2", elide=True)
        self.picture = Label("", "body", 400)
        self.picture.setAccessibleName(self.tr("The network and its curve"))
        self.words = Label("", "body", 400, "ink", wrap=True)
        self.use = Button(self.tr("Open"))
        self.use.setDefault(True)
        self._right = right = QVBoxLayout()
        head = QVBoxLayout()
        head.setSpacing(0)
        head.addWidget(self.title)
        head.addWidget(self.place)
        right.addLayout(head)
        right.addWidget(self.picture)
        right.addWidget(self.words)
        right.addStretch(1)
        self._project = QWidget()
        self._row = QHBoxLayout(self._project)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self.list)
        self._row.addLayout(right, 1)
        self._empty = EmptyState(self.tr("Nothing yet."), self.tr("Projects that you open or save are listed here."))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.use, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.column.addWidget(self._project, 1)
        self.column.addWidget(self._empty, 1)
        self.column.addWidget(buttons)

    def sync_space(self) -> None:
        """The list, what stands beside it, and the picture, as wide as there is room."""
        super().sync_space()
        self._right.setSpacing(theme().px(12))
        self._row.setSpacing(theme().px(20))
        self._show_picture()

    def _connect(self) -> None:
        self.list.currentItemChanged.connect(self._sync_current)
        self.list.itemActivated.connect(self.accept)
        self.accepted.connect(self._on_accepted)

    def open(self) -> None:
        """Show the list as it is now, the last one chosen."""
        self._fill()
        self.fit(_WIDTH, _HEIGHT)
        self.list.setFocus()
        super().open()

    def _fill(self) -> None:
        self.list.clear()
        for path in self._settings.recent:
            self.list.add(path.stem, path)
        self.list.setCurrentRow(0)
        self._sync_current()

    def _sync_current(self) -> None:
        path = self.list.chosen()
        self.use.setEnabled(path is not None)
        self._project.setVisible(path is not None)
        self._empty.setVisible(path is None)
        self._content, words = _look(path) if path else (b"", "")
        self.title.setText(path.stem if path else "")
        self.place.setText(str(path.parent) if path else "")
        self.words.setText(words)
        self._show_picture()

    def _show_picture(self) -> None:
        """At its own sharpness."""
        pixmap = QPixmap()
        pixmap.loadFromData(self._content)
        if not pixmap.isNull():
            ratio = self.devicePixelRatioF()
            most = QSizeF(theme().u(_PICTURE), _SHARE * self.room().height()) * ratio
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            pixmap = pixmap.scaled(most.toSize(), keep, smooth)
            pixmap.setDevicePixelRatio(ratio)
        self.picture.setPixmap(pixmap)
        self.picture.setVisible(not pixmap.isNull())

    def _on_accepted(self) -> None:
        path = self.list.chosen()
        if path is not None:
            self.chosen.emit(path)


def _look(path: Path) -> tuple[bytes, str]:
    """The picture in a project file and the beginning of its notes, or why it cannot be read."""
    try:
        spec, picture = read_glance(path)
        return picture, _beginning(spec.notes)
    except (FishLabError, OSError) as error:
        return b"", str(error)


def _beginning(notes: str) -> str:
    """As much as has room under the picture."""
    lines = notes[:400].splitlines()
    return "\n".join(lines[:_MOST_LINES]) + ("…" if len(lines) > _MOST_LINES or len(notes) > 400 else "")
