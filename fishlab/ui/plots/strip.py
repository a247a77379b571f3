"""The instrument strip: tabs under the tiles, one instrument each.

strip.add("try", self.tr("Try a digit"), make)

An instrument is any widget, made by `make()` when first seen; its `actions()` appear as small buttons at the right
of the tabs while it is shown. It can be enlarged over the tiles, and taken out into a window of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QKeySequence, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from fishlab.ui.plots import freeze, pin
from fishlab.ui.plots.instrument_window import InstrumentWindow
from fishlab.ui.plots.tips import give_tips
from fishlab.ui.theme import theme
from fishlab.ui.widgets.empty_state import EmptyState
from fishlab.ui.widgets.fitting_tabs import FittingTabs
from fishlab.ui.widgets.icon import icon
from fishlab.ui.widgets.icon_button import IconButton
from fishlab.ui.widgets.island import Island


class InstrumentStrip(Island):
    """Shows one instrument at a time; the others are hidden and cost nothing.

    `enlarge_action` is checked while the strip takes the room of the tiles. `take_out(name)` gives an instrument a
    window; closing that brings it back. `made(instrument)` tells that there is one more.
    """

    made = Signal(QWidget)
    taken_out = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, surface="card")
        self._names: list[str] = []
        self._buttons: list[QToolButton] = []
        self.windows: dict[str, InstrumentWindow] = {}
        self.show_actions: dict[str, QAction] = {}
        self._build()
        self._sync()
        self.tabs.currentChanged.connect(self._on_tabs_current_changed)
        self.window_action.triggered.connect(self._on_window_triggered)
        theme().changed.connect(self._sync)

    def _build(self) -> None:
        self.tabs = FittingTabs(self)
        self.tabs.setObjectName("live.instruments")
        self.tabs.setAccessibleName(self.tr("Instruments"))
        self._stack = QStackedWidget(self)
        self._build_actions()
        self._header = QHBoxLayout()
        self._header.addWidget(self.tabs, 1)
        self._more = self._more_button()
        self._header.addWidget(self._more)
        for action in (self.window_action, self.enlarge_action):
            self._header.addWidget(self._button(action))
        self._rule = _Rule(self)
        column = QVBoxLayout(self)
        column.setSpacing(0)
        column.addLayout(self._header)
        column.addWidget(self._rule)
        column.addWidget(self._stack, 1)

    def _more_button(self) -> QToolButton:
        """Lists all instruments, and says how many have no tab in sight."""
        button = QToolButton(self)
        button.setDefaultAction(self.list_action)
        button.setObjectName("live.more")
        button.setAccessibleName(self.list_action.text())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.tabs.hidden_changed.connect(self._on_tabs_hidden_changed)
        return button

    def _on_tabs_hidden_changed(self, count: int) -> None:
        self.list_action.setIconText(self.tr("{count} more").format(count=count) if count else self.tr("All"))

    def _build_actions(self) -> None:
        self.list_menu = QMenu(self)
        self.list_action = QAction(icon("down"), self.tr("All instruments"), self)
        self.list_action.setIconText(self.tr("All"))
        self.list_action.setMenu(self.list_menu)
        self.list_action.setObjectName("live.list")
        self.window_action = QAction(icon("float"), self.tr("Open in a window of its own"), self)
        self.window_action.setObjectName("live.window")
        self.enlarge_action = QAction(icon("enlarge"), self.tr("Enlarge over the tiles"), self)
        self.enlarge_action.setObjectName("live.enlarge")
        self.enlarge_action.setCheckable(True)
        self.enlarge_action.setShortcut(QKeySequence("F11"))
        self.addAction(self.enlarge_action)
        self.freeze_action = QAction(self.tr("Freeze"), self)
        self.freeze_action.setObjectName("live.freeze")
        self.freeze_action.setWhatsThis(self.tr("Keeps what the instrument shows, or lets it go on."))
        self.freeze_action.setShortcut(QKeySequence(freeze.KEY))
        self.freeze_action.triggered.connect(self._on_freeze_triggered)
        self.pin_action = QAction(self.tr("Pin to the layer"), self)
        self.pin_action.setObjectName("live.pin")
        self.pin_action.setWhatsThis(self.tr("Has the instrument stay at its layer, or follow the selection again."))
        self.pin_action.setShortcut(QKeySequence(pin.KEY))
        self.pin_action.triggered.connect(self._on_pin_triggered)
        self.windows_action = QAction(self.tr("Open all in windows"), self)
        self.windows_action.setObjectName("live.windows")
        self.windows_action.setWhatsThis(self.tr("Every instrument gets a window of its own, side by side."))
        self.windows_action.triggered.connect(self.take_all_out)

    def _sync(self) -> None:
        self.layout().setContentsMargins(1, theme().px(2), 1, 1)
        self._header.setContentsMargins(theme().px(4), 0, theme().px(8), 0)
        self._header.setSpacing(theme().px(2))
        side = theme().px(16)
        self._more.setIconSize(QSize(side, side))
        self._more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._more.setFixedHeight(theme().px(24))

    def add(self, name: str, title: str, make: Callable[[], QWidget]) -> None:
        """Append a tab."""
        self._names.append(name)
        self._stack.addWidget(_Place(make, self.made))
        self.tabs.addTab(title)
        action = QAction(title, self)
        action.setObjectName(f"live.show.{name}")
        action.setWhatsThis(self.tr("Turns to this instrument, here or in its window."))
        action.triggered.connect(self._on_show_triggered)
        self.show_actions[name] = action
        self.list_menu.addAction(action)

    def show_instrument(self, name: str) -> None:
        """Turn to the instrument called `name`; one that has a window comes to the front there."""
        self.turn_to(name)
        if name in self.windows:
            self.windows[name].raise_()
            self.windows[name].activateWindow()

    def turn_to(self, name: str) -> None:
        """Turn to it, and leave windows where they are."""
        self.tabs.setCurrentIndex(self._names.index(name))

    def instrument(self, name: str) -> QWidget:
        """The widget of the instrument called `name`, which is made if it was never seen."""
        return self._place(name).instrument

    def names(self) -> tuple[str, ...]:
        """All instruments, in the order of their tabs."""
        return tuple(self._names)

    def title(self, name: str) -> str:
        """What the tab of an instrument says."""
        return self.tabs.tabText(self._names.index(name))

    def current(self) -> str:
        """The name of the one that is shown."""
        return self._names[self.tabs.currentIndex()]

    def take_out(self, name: str) -> InstrumentWindow:
        """Give the instrument a window of its own."""
        if name not in self.windows:
            place = self._place(name)
            window = InstrumentWindow(name, self.title(name), place.instrument, self.window())
            window.closed.connect(self._on_window_closed)
            self.windows[name] = window
            place.show_gone()
            window.show()
            self._sync_buttons()
            self.taken_out.emit(name)
        return self.windows[name]

    def _place(self, name: str) -> _Place:
        place = self._stack.widget(self._names.index(name))
        assert isinstance(place, _Place)
        return place

    def _on_window_closed(self, name: str) -> None:
        window = self.windows.pop(name)
        self._place(name).take_back()
        window.deleteLater()
        self._sync_buttons()

    def _on_window_triggered(self) -> None:
        name = self.current()
        if name in self.windows:
            self.windows[name].close()
        else:
            self.take_out(name)

    def _on_freeze_triggered(self) -> None:
        freeze.toggle_freeze(self.instrument(self.current()))

    def _on_pin_triggered(self) -> None:
        pin.toggle_pin(self.instrument(self.current()))

    def _on_show_triggered(self) -> None:
        self.show_instrument(self.sender().objectName().removeprefix("live.show."))
        self.instrument(self.current()).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def take_all_out(self) -> None:
        """Give every instrument a window, side by side over the screen."""
        for number, name in enumerate(self._names):
            window = self.take_out(name)
            room = window.screen().availableGeometry()
            across = max(1, room.width() // window.width())
            down = max(1, room.height() // window.height())
            column, row = number % across, number // across % down
            window.move(room.left() + column * window.width(), room.top() + row * window.height())

    def bring_all_back(self) -> None:
        """Close all their windows: one that is left dies after the session, which its instrument would still ask."""
        for window in list(self.windows.values()):
            window.close()

    def _on_tabs_current_changed(self, index: int) -> None:
        self._stack.setCurrentIndex(index)
        self._sync_buttons()

    def _sync_buttons(self) -> None:
        out = self.current() in self.windows
        self.window_action.setText(self.tr("Bring back here") if out else self.tr("Open in a window of its own"))
        self.pin_action.setEnabled(pin.pin_of(self.instrument(self.current())) is not None)
        self._show_actions([] if out else self.instrument(self.current()).actions())

    def _show_actions(self, actions: list[QAction]) -> None:
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._buttons = [self._button(action) for action in actions]
        for number, button in enumerate(self._buttons):
            self._header.insertWidget(2 + number, button)

    def _button(self, action: QAction) -> QToolButton:
        action.setWhatsThis(action.whatsThis() or action.text())  # the button takes it over
        if isinstance(action, freeze.FreezeAction):
            return freeze.FreezeButton(action, self)
        button = IconButton("more", action.text(), self)
        button.setDefaultAction(action)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return button


class _Place(QStackedWidget):
    """Where an instrument stands in the strip, or a sentence while it has a window of its own."""

    def __init__(self, make: Callable[[], QWidget], made: SignalInstance) -> None:
        super().__init__()
        self._make, self._made = make, made
        words = self.tr("This instrument has a window of its own."), self.tr("Close that to see it here.")
        self._gone = EmptyState(*words)
        self.addWidget(self._gone)

    @cached_property
    def instrument(self) -> QWidget:
        """What stands here."""
        instrument = self._make()
        give_tips(instrument)
        self.insertWidget(0, instrument)
        self.setCurrentWidget(instrument)
        self._made.emit(instrument)
        return instrument

    def showEvent(self, event: QShowEvent) -> None:
        """Make it now at the latest."""
        super().showEvent(event)
        _ = self.instrument

    def minimumSizeHint(self) -> QSize:
        """The strip has the width that is there, whatever stands in it."""
        return QSize(0, 0)

    def hasHeightForWidth(self) -> bool:
        """No: else every turn of the page asked all instruments, the hidden ones too, hundreds of times."""
        return False

    def show_gone(self) -> None:
        """The instrument has left."""
        self.setCurrentWidget(self._gone)

    def take_back(self) -> None:
        """It is here again."""
        self.insertWidget(0, self.instrument)
        self.setCurrentWidget(self.instrument)


class _Rule(QWidget):
    """The hairline under the tabs."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("line"))
