"""The instrument strip: tabs under the tiles, one instrument each.

strip.add("try", self.tr("Try a digit"), TryDigit(document, session))

An instrument is any widget; its `actions()` appear as small buttons at the right of the tabs while it is shown.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon_button import IconButton
from fishlab.ui.widgets.island import Island
from fishlab.ui.widgets.tab_bar import TabBar


class InstrumentStrip(Island):
    """Shows one instrument at a time; the others are hidden and cost nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, surface="card")
        self._names: list[str] = []
        self._buttons: list[QToolButton] = []
        self._build()
        self._sync()
        self.tabs.currentChanged.connect(self._on_tabs_current_changed)
        theme().changed.connect(self._sync)

    def _build(self) -> None:
        self.tabs = TabBar(self)
        self.tabs.setObjectName("live.instruments")
        self.tabs.setAccessibleName(self.tr("Instruments"))
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self._stack = QStackedWidget(self)
        self._header = QHBoxLayout()
        self._header.addWidget(self.tabs, 1)
        self._rule = _Rule(self)
        column = QVBoxLayout(self)
        column.setSpacing(0)
        column.addLayout(self._header)
        column.addWidget(self._rule)
        column.addWidget(self._stack, 1)

    def _sync(self) -> None:
        self.layout().setContentsMargins(1, theme().px(2), 1, 1)
        self._header.setContentsMargins(theme().px(4), 0, theme().px(8), 0)
        self._header.setSpacing(theme().px(2))

    def add(self, name: str, title: str, instrument: QWidget) -> None:
        """Append a tab."""
        self._names.append(name)
        self._stack.addWidget(instrument)
        self.tabs.addTab(title)

    def show_instrument(self, name: str) -> None:
        """Turn to the instrument called `name`."""
        self.tabs.setCurrentIndex(self._names.index(name))

    def instrument(self, name: str) -> QWidget:
        """The widget of the instrument called `name`."""
        return self._stack.widget(self._names.index(name))

    def current(self) -> str:
        """The name of the one that is shown."""
        return self._names[self.tabs.currentIndex()]

    def _on_tabs_current_changed(self, index: int) -> None:
        self._stack.setCurrentIndex(index)
        self._show_actions(self._stack.widget(index).actions())

    def _show_actions(self, actions: list[QAction]) -> None:
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._buttons = [self._button(action) for action in actions]
        for button in self._buttons:
            self._header.addWidget(button)

    def _button(self, action: QAction) -> QToolButton:
        action.setWhatsThis(action.whatsThis() or action.text())  # the button takes it over
        button = IconButton("more", action.text(), self)
        button.setDefaultAction(action)
        return button


class _Rule(QWidget):
    """The hairline under the tabs."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("line"))
