"""The projects opened or saved last: their pictures, their notes, where they lie."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from fishlab.core.errors import FishLabError
from fishlab.core.files.project import read_glance
from fishlab.ui.settings import Settings
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.empty_state import EmptyState
from fishlab.ui.widgets.label import Label

_WIDTH, _HEIGHT, _LIST, _ROW, _PICTURE = 720, 460, 196, 26, 470
_PATH = Qt.ItemDataRole.UserRole


class RecentSheet(QDialog):
    """`chosen(Path)` of a project file."""

    chosen = Signal(object)

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("recent")
        self.setWindowTitle(self.tr("Recent projects"))
        self._settings = settings
        self._build()
        self._connect()

    def _build(self) -> None:
        self.list = QListWidget()
        self.list.setObjectName("recent.list")
        self.list.setAccessibleName(self.tr("Recent projects"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.title = Label("", "heading", 600, elide=True)
        self.place = Label("", "caption", 400, "ink2", elide=True)
        self.picture = Label("", "body", 400)
        self.picture.setAccessibleName(self.tr("The network and its curve"))
        self.words = Label("", "body", 400, "ink", wrap=True)
        self.use = Button(self.tr("Open"))
        self.use.setDefault(True)
        right = QVBoxLayout()
        head = QVBoxLayout()
        head.setSpacing(0)
        head.addWidget(self.title)
        head.addWidget(self.place)
        right.addLayout(head)
        right.addWidget(self.picture)
        right.addWidget(self.words)
        right.addStretch(1)
        right.setSpacing(theme().px(12))
        self._project = QWidget()
        row = QHBoxLayout(self._project)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.list)
        row.addLayout(right, 1)
        row.setSpacing(theme().px(20))
        self._empty = EmptyState(self.tr("Nothing yet."), self.tr("Projects that you open or save are listed here."))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.use, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self._project, 1)
        column.addWidget(self._empty, 1)
        column.addWidget(buttons)

    def _connect(self) -> None:
        self.list.currentItemChanged.connect(self._sync_current)
        self.list.itemActivated.connect(self.accept)
        self.accepted.connect(self._on_accepted)

    def open(self) -> None:
        """Show the list as it is now, the last one chosen."""
        self._fill()
        self.list.setFixedWidth(theme().px(_LIST))
        self.resize(theme().px(_WIDTH), theme().px(_HEIGHT))
        self.list.setFocus()
        super().open()

    def _fill(self) -> None:
        self.list.clear()
        for path in self._settings.recent:
            item = QListWidgetItem(path.stem, self.list)
            item.setData(_PATH, path)
            item.setSizeHint(QSize(0, theme().px(_ROW)))
        self.list.setCurrentRow(0)
        self._sync_current()

    def _sync_current(self) -> None:
        path = self._path()
        self.use.setEnabled(path is not None)
        self._project.setVisible(path is not None)
        self._empty.setVisible(path is None)
        picture, words = _look(path) if path else (b"", "")
        self.title.setText(path.stem if path else "")
        self.place.setText(str(path.parent) if path else "")
        self.words.setText(words)
        self._show_picture(picture)

    def _show_picture(self, content: bytes) -> None:
        """At its own sharpness, as wide as there is room."""
        pixmap = QPixmap()
        pixmap.loadFromData(content)
        if not pixmap.isNull():
            ratio = self.devicePixelRatioF()
            wide = round(theme().px(_PICTURE) * ratio)
            pixmap = pixmap.scaledToWidth(wide, Qt.TransformationMode.SmoothTransformation)
            pixmap.setDevicePixelRatio(ratio)
        self.picture.setPixmap(pixmap)
        self.picture.setVisible(not pixmap.isNull())

    def _path(self) -> Path | None:
        item = self.list.currentItem()
        return item.data(_PATH) if item is not None else None

    def _on_accepted(self) -> None:
        path = self._path()
        if path is not None:
            self.chosen.emit(path)


def _look(path: Path) -> tuple[bytes, str]:
    """The picture in a project file and the beginning of its notes, or why it cannot be read."""
    try:
        spec, picture = read_glance(path)
        return picture, spec.notes[:400]
    except (FishLabError, OSError) as error:
        return b"", str(error)
