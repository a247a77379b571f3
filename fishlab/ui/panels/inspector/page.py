"""A column that scrolls when it is higher than the dock."""

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.label import Label

_SIDE, _BAR = 13, 10


class Page(QScrollArea):
    """Widgets under one another with the inspector's margins: `page.add(form)`, `page.add_section("Output size")`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._body = QWidget()
        self._column = QVBoxLayout(self._body)
        self._column.addStretch(1)
        self._titles: list[Label] = []
        self.setWidget(self._body)
        self._body.setAutoFillBackground(False)  # setWidget switches it on, which shows as a grey block
        self.viewport().setAutoFillBackground(False)
        self._sync_page()
        self.verticalScrollBar().rangeChanged.connect(self._on_range_changed)
        theme().changed.connect(self._sync_page)

    def add(self, widget: QWidget) -> None:
        """Append a widget, as wide as the page."""
        self._column.insertWidget(self._column.count() - 1, widget)

    def add_section(self, title: str) -> Label:
        """Append a title with the gap that sets a group apart."""
        label = Label(title, "small", 600)
        self._titles.append(label)
        self.add(label)
        self._sync_page()
        return label

    def set_tab_order(self, *widgets: QWidget) -> None:
        """Have the Tab key go through these, fields and buttons, in this order."""
        for one in widgets:
            one.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # Qt moves a field as a whole only if it has one itself
        for one, next_one in pairwise(widgets):
            QWidget.setTabOrder(one, next_one)

    def _on_range_changed(self, _low: int, _high: int) -> None:
        self._sync_page()

    def _sync_page(self) -> None:
        t = theme()
        scrolls = self.verticalScrollBar().maximum() > 0
        right = t.px(_SIDE) - (t.px(_BAR) if scrolls else 0)  # the scroll bar stands in the margin: nothing shifts
        self._column.setContentsMargins(t.px(_SIDE), t.px(12), right, t.px(14))
        self._column.setSpacing(t.px(8))
        for label in self._titles:
            label.setContentsMargins(0, t.px(10), 0, 0)
