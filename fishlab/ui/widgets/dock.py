"""A dock that is one rounded island: a header with title, sub-title and menu, and a body.

dock = Dock(self.tr("Network"), "network", first_width=326, least=200)      in u; what is in it gives way down to that
dock.set_subtitle("SimpleConvNet")
dock.set_body(widget)                       the body's layout margins are the widget's own affair
dock.menu.insertAction(dock.float_action, action)     own entries above float and close
"""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon import icon
from fishlab.ui.widgets.icon_button import IconButton
from fishlab.ui.widgets.island import Island, paint_island
from fishlab.ui.widgets.label import Label

HEADER = 36


class Dock(QDockWidget):
    """A dock widget with FishLab's header. `menu` is its "…" menu, ending in `float_action` and `close_action`."""

    def __init__(
        self, title: str, name: str, parent: QWidget | None = None, *, first_width: float = 240, least: float = 160
    ) -> None:
        super().__init__(title, parent)
        self.setObjectName(f"dock.{name}")
        self._first_width, self._least = first_width, least
        self._build(title)
        self._connect()
        self._sync()

    def set_subtitle(self, text: str) -> None:
        """Show `text` beside the title, in ink2; it gives way where there is no room."""
        self.header.subtitle.setText(text)

    def set_body(self, widget: QWidget) -> None:
        """Make `widget` what the dock holds."""
        self._body_layout.addWidget(widget)

    def sizeHint(self) -> QSize:
        """Return the first width, and the height the body wants."""
        return QSize(theme().px(self._first_width), super().sizeHint().height())

    def _build(self, title: str) -> None:
        self.header = _Header(title, self)
        self.setTitleBarWidget(self.header)
        body = Island(self, part="bottom")
        self._body_layout = QVBoxLayout(body)
        self._body_layout.setContentsMargins(1, 0, 1, 1)
        self._body_layout.setSpacing(0)
        self.setWidget(body)
        self.menu = QMenu(self)
        self.menu.addSeparator()
        self.float_action = QAction(icon("float"), self.tr("Float"), self)
        self.close_action = QAction(icon("close"), self.tr("Close"), self)
        self.menu.addActions([self.float_action, self.close_action])
        self.header.more.setMenu(self.menu)

    def _connect(self) -> None:
        self.float_action.triggered.connect(self._on_float_triggered)
        self.close_action.triggered.connect(self.close)
        self.topLevelChanged.connect(self._on_top_level_changed)
        self.featuresChanged.connect(self._sync)
        theme().changed.connect(self._sync)

    def _sync(self) -> None:
        self.widget().setMinimumSize(theme().px(self._least), theme().px(120))
        features = self.features()
        self.float_action.setVisible(bool(features & QDockWidget.DockWidgetFeature.DockWidgetFloatable))
        self.close_action.setVisible(bool(features & QDockWidget.DockWidgetFeature.DockWidgetClosable))

    def _on_float_triggered(self) -> None:
        self.setFloating(not self.isFloating())

    def _on_top_level_changed(self, floating: bool) -> None:
        self.float_action.setText(self.tr("Dock") if floating else self.tr("Float"))


class _Header(QWidget):
    """Title, sub-title and the menu button. Mouse events it leaves alone move the dock."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.title = Label(title, "body", 600)
        self.subtitle = Label("", "body", 400, "ink2", elide=True)
        self.more = IconButton("more", self.tr("More"))
        self.more.setWhatsThis(self.tr("Takes this panel out of the window, or closes it; View brings it back."))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.title)
        self._row.addWidget(self.subtitle, 1)
        self._row.addWidget(self.more)
        self._sync()
        theme().changed.connect(self._sync)

    def _sync(self) -> None:
        self._row.setContentsMargins(theme().px(12), 0, theme().px(8), 0)
        self._row.setSpacing(theme().px(8))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the header's height; docks ask for it even where a fixed height is set."""
        return QSize(super().sizeHint().width(), theme().px(HEADER))

    def minimumSizeHint(self) -> QSize:
        """Return the least size, of the same height."""
        return QSize(theme().px(80), theme().px(HEADER))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the upper half of the island."""
        paint_island(QPainter(self), QRectF(self.rect()), part="top")
