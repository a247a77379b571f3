"""Find a command: type a few letters of what you want, Enter does it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from fishlab.ui.theme import theme
from fishlab.ui.widgets.label import Label
from fishlab.ui.widgets.search_box import SearchBox

WIDTH, ROWS, ROW, TOP = 440, 12, 28, 88
_ACTION, _KEYS = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1

Offer = tuple[str, QAction]


class CommandSearch(QWidget):
    """A popup over the window's actions; disabled ones are left out."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("command_search")
        self._offered: list[Offer] = []
        self._build()
        self._connect()

    def _build(self) -> None:
        self.box = SearchBox(self.tr("Find a command"))
        self.list = QListWidget()
        self.list.setObjectName("command_search.list")
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setItemDelegate(_Row(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nothing = Label("", "small", 400, "ink2", wrap=True)
        column = QVBoxLayout(self)
        column.addWidget(self.box)
        column.addWidget(self.nothing)
        column.addWidget(self.list, 1)

    def _connect(self) -> None:
        self.box.textChanged.connect(self._on_text_changed)
        self.box.stepped.connect(self._on_stepped)
        self.box.returnPressed.connect(self._on_return_pressed)
        self.list.itemClicked.connect(self._on_item_clicked)
        self.box.installEventFilter(self)

    def offer(self, commands: Sequence[Offer]) -> None:
        """Open over the middle of the window with these commands, each a title and its action."""
        self._offered = [(title, action) for title, action in commands if action.isEnabled() and title]
        self.box.clear()
        self._on_text_changed("")
        margin = theme().px(8)
        self.layout().setContentsMargins(margin, margin, margin, margin)
        self._fit()
        window = self.parentWidget().window()
        place = window.mapToGlobal(window.rect().topLeft())
        self.move(place.x() + (window.width() - self.width()) // 2, place.y() + theme().px(TOP))
        self.show()
        self.box.setFocus()

    def titles(self) -> list[str]:
        """The commands in sight, in order."""
        return [self.list.item(row).text() for row in range(self.list.count())]

    def _on_text_changed(self, text: str) -> None:
        self.list.clear()
        for title, action in sorted(self._found(text), key=lambda offer: _rank(offer[0], text)):
            item = QListWidgetItem(action.icon(), title)
            item.setData(_ACTION, action)
            item.setData(_KEYS, action.shortcut().toString(QKeySequence.SequenceFormat.NativeText))
            item.setToolTip(action.whatsThis())
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.nothing.setVisible(not self.list.count())
        self.nothing.setText(self.tr("No command is called “{words}”.").format(words=text.strip()))
        self.list.setVisible(bool(self.list.count()))
        self._fit()

    def _fit(self) -> None:
        """As high as the commands in sight, up to some whole rows of them."""
        self.list.setFixedHeight(theme().px(ROW) * min(ROWS, self.list.count()) + 2 * self.list.frameWidth())
        width = theme().px(WIDTH)
        self.layout().activate()
        self.resize(width, self.layout().totalHeightForWidth(width) if self.nothing.isVisibleTo(self) else 0)

    def _found(self, text: str) -> list[Offer]:
        words = text.casefold().split()
        return [offer for offer in self._offered if all(word in offer[0].casefold() for word in words)]

    def _on_stepped(self, step: int) -> None:
        row = self.list.currentRow() + step
        self.list.setCurrentRow(max(0, min(self.list.count() - 1, row)))

    def _on_return_pressed(self) -> None:
        if self.list.currentItem():
            self._on_item_clicked(self.list.currentItem())

    def _on_item_clicked(self, item: QListWidgetItem) -> None:
        action: QAction = item.data(_ACTION)
        self.close()
        action.trigger()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape in an empty box closes the popup."""
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_escape and event.type() == QEvent.Type.KeyPress and not self.box.text():
            self.close()
            return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a card with an edge, as menus have it."""
        painter = QPainter(self)
        painter.setBrush(theme().colour("card"))
        painter.setPen(QPen(theme().colour("edge"), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


def _rank(title: str, text: str) -> int:
    """What is called just so stands first, then what begins so; the others keep their order.

    "Instrument: Data" is called "Data": who types that and presses Enter means no command that speaks of data.
    """
    title, text = title.casefold(), text.casefold().strip()
    name = title.partition(": ")[2] or title
    if text in (name, title):
        return 0
    return 1 if title.startswith(text) else 2 if name.startswith(text) else 3


class _Row(QStyledItemDelegate):
    """A command: icon, title, its key at the right in ink3. Those without an icon keep its place."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, theme().px(ROW))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        t, rect = theme(), QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.colour("soft" if option.state & QStyle.StateFlag.State_Selected else "hover"))
            painter.drawRoundedRect(rect, t.u(5), t.u(5))
        side = t.px(16)
        corner = QPoint(option.rect.left() + t.px(8), option.rect.center().y() - side // 2)
        index.data(Qt.ItemDataRole.DecorationRole).paint(painter, QRect(corner, QSize(side, side)))
        room = rect.adjusted(t.u(34), 0, -t.u(8), 0)
        room.setRight(room.right() - self._paint_keys(painter, room, index.data(_KEYS)))
        painter.setFont(t.font("body"))
        painter.setPen(t.colour("ink"))
        shown = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()

    def _paint_keys(self, painter: QPainter, room: QRectF, keys: str) -> float:
        painter.setFont(theme().font("small"))
        painter.setPen(theme().colour("ink3"))
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, keys)
        return painter.fontMetrics().horizontalAdvance(keys) + theme().u(12) if keys else 0.0
