"""The quick adder: type a few letters, press Enter, and the layer stands after the selection."""

from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from fishlab.core.errors import FieldError
from fishlab.core.layers import LAYERS
from fishlab.core.layers.base import shape_text
from fishlab.core.registry import Entry
from fishlab.core.shapes import would_become
from fishlab.ui import layer_edits
from fishlab.ui.document import Document
from fishlab.ui.layer_words import help_text
from fishlab.ui.panels.network.quick_row import QuickRow, Role
from fishlab.ui.theme import theme
from fishlab.ui.widgets.search_box import SearchBox

_WIDE, _WIDEST, _MOST_ROWS = 280, 400, 9


class QuickAdd(QFrame):
    """A popup with a search line over the layers that match it. Escape or a click elsewhere closes it."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._document = document
        self.setObjectName("network.quick_add")
        self.setAccessibleName(self.tr("Add a layer"))
        self._build()
        self._connect()

    def open_at(self, point: QPoint) -> None:
        """Come up with an empty search at `point` of the screen."""
        self.search.clear()
        self._fill("")
        self._sync_space()
        screen = self.screen().availableGeometry()
        x = max(screen.left(), min(point.x(), screen.right() - self.width()))
        self.move(x, max(screen.top(), min(point.y(), screen.bottom() - self.height())))
        self.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def _build(self) -> None:
        self.search = SearchBox(self.tr("Add a layer"))
        self.search.setObjectName("network.quick_add.search")
        self.list = QListWidget()
        self.list.setObjectName("network.quick_add.list")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(QuickRow(self.list))
        self.list.setMouseTracking(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        column = QVBoxLayout(self)
        column.addWidget(self.search)
        column.addWidget(self.list)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._fill)
        self.search.stepped.connect(self._on_search_stepped)
        self.search.returnPressed.connect(self._take)
        self.list.itemClicked.connect(self._take)

    def _fill(self, words: str) -> None:
        self.list.clear()
        for entry in LAYERS:
            if entry.matches(words):
                self._add_row(entry)
        self.list.setCurrentRow(0)

    def _add_row(self, entry: Entry[Any]) -> None:
        words, refused = self._outlook(entry.kind)
        item = QListWidgetItem(entry.title, self.list)
        item.setData(Role.KIND, entry.kind)
        item.setData(Role.ICON, entry.icon)
        item.setData(Role.WORDS, words)
        item.setData(Role.REFUSED, refused)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.title}, {words}")
        item.setToolTip(help_text(entry.kind))

    def _outlook(self, kind: str) -> tuple[str, bool]:
        """The shape that a new layer of `kind` would get, or why it cannot work, and whether that is so."""
        where = layer_edits.place_after_selection(self._document)
        try:
            report = would_become(self._document.network, where, layer_edits.new_layer(kind))
        except FieldError:
            return self.tr("too many blocks in one another"), True
        if report.problem:
            return report.problem.short or report.problem.summary, True
        return shape_text(report.out_shape) if report.out_shape else "", False

    def _on_search_stepped(self, by: int) -> None:
        row = self.list.currentRow() + by
        self.list.setCurrentRow(max(0, min(self.list.count() - 1, row)))

    def _take(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.hide()
            layer_edits.add(self._document, [layer_edits.new_layer(item.data(Role.KIND))])

    def _sync_space(self) -> None:
        t = theme()
        pad = t.px(8)
        self.layout().setContentsMargins(pad, pad, pad, pad)
        self.layout().setSpacing(t.px(6))
        row = max(1, self.list.sizeHintForRow(0))
        self.list.setFixedHeight(min(_MOST_ROWS, len(LAYERS)) * row + t.px(2))
        beside = 2 * pad + self.list.verticalScrollBar().sizeHint().width() + t.px(2)
        wide = max(t.px(_WIDE), min(t.px(_WIDEST), self.list.sizeHintForColumn(0) + beside))
        self.resize(wide, self.layout().sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a plain card with an edge."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("card"))
        painter.setPen(theme().colour("edge"))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
