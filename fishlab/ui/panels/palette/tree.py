"""The tree in the palette: groups that fold, layers that are dragged or chosen."""

from collections.abc import Collection, Iterator

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTreeView, QWidget

from fishlab.ui.layer_drag import drag_layers
from fishlab.ui.layer_edits import new_layer
from fishlab.ui.panels.palette.delegate import BY_KEY, PaletteDelegate
from fishlab.ui.panels.palette.model import PaletteModel
from fishlab.ui.theme import theme


class PaletteTree(QTreeView):
    """`chosen(kind)` is sent on Enter and on a double-click."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = PaletteModel(self)
        self._build()
        theme().changed.connect(self._on_theme_changed)

    def _build(self) -> None:
        self.setObjectName("palette.layers")
        self.setAccessibleName(self.tr("Layers"))
        self.setModel(self._model)
        self.setItemDelegate(PaletteDelegate(self))
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setExpandsOnDoubleClick(False)
        self.viewport().setAutoFillBackground(False)
        self.expandAll()

    def folded(self) -> tuple[str, ...]:
        """Return the titles of the groups that are folded."""
        return tuple(group.data() for group in self._groups() if not self.isExpanded(group))

    def fold(self, titles: Collection[str]) -> None:
        """Fold the groups of these titles, and open the others."""
        for group in self._groups():
            self.setExpanded(group, group.data() not in titles)

    def refresh(self) -> None:
        """Show the layers that there are now; groups stay folded."""
        folded = self.folded()
        self._model.refresh()
        self.fold(folded)

    def filter(self, words: str) -> int:
        """Show only the layers that `words` find, and return how many; the first is made current."""
        found = 0
        for group in self._groups():
            hits = 0
            for row in self._rows(group):
                hit = self._model.matches(row, words)
                self.setRowHidden(row.row(), group, not hit)
                hits += hit
            self.setRowHidden(group.row(), QModelIndex(), not hits)
            found += hits
        self.setCurrentIndex(QModelIndex())
        if words.strip():
            self.expandAll()
            self._select_first()  # so that Enter in the search adds it
        return found

    def step(self, by: int) -> bool:
        """Make the next or previous visible row current; return whether there is one."""
        index = self.currentIndex()
        if not index.isValid():
            self._select_first()
            return self.currentIndex().isValid()
        following = self.indexBelow(index) if by > 0 else self.indexAbove(index)
        while following.isValid() and not self._model.kind(following):
            following = self.indexBelow(following) if by > 0 else self.indexAbove(following)
        if following.isValid():
            self.setCurrentIndex(following)
        return self.currentIndex().isValid()

    def choose(self, index: QModelIndex) -> None:
        """Ask for a layer of a row, or fold a group."""
        kind = self._model.kind(index) if index.isValid() and not self.isIndexHidden(index) else ""
        if kind:
            self.chosen.emit(kind)
        elif index.isValid():
            self.setExpanded(index, not self.isExpanded(index))

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Drag a fresh layer of the current row."""
        kind = self._model.kind(self.currentIndex())
        if kind:
            drag_layers(self.viewport(), [new_layer(kind)])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses."""
        self.setProperty(BY_KEY, True)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus when a key brought it."""
        self.setProperty(BY_KEY, event.reason() != Qt.FocusReason.MouseFocusReason)
        super().focusInEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click anywhere on a group folds it."""
        self.setProperty(BY_KEY, False)
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid() and not self._model.kind(index):
            self.setExpanded(index, not self.isExpanded(index))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double-click on a layer chooses it."""
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            self.choose(index)

    def isIndexHidden(self, index: QModelIndex) -> bool:
        """Return whether the search left the row out."""
        return self.isRowHidden(index.row(), index.parent())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A name may need another number of lines."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.scheduleDelayedItemsLayout()

    def _groups(self) -> Iterator[QModelIndex]:
        for row in range(self._model.rowCount()):
            yield self._model.index(row, 0)

    def _rows(self, group: QModelIndex) -> Iterator[QModelIndex]:
        for row in range(self._model.rowCount(group)):
            yield self._model.index(row, 0, group)

    def _select_first(self) -> None:
        shown = (row for group in self._groups() for row in self._rows(group) if not self.isIndexHidden(row))
        self.setCurrentIndex(next(shown, QModelIndex()))

    def _on_theme_changed(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.viewport().update()
