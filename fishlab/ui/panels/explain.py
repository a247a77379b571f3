"""The explanation panel: what the thing under the pointer is, or the one the keyboard is at."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QCursor, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QFrame,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from fishlab.ui.theme import theme
from fishlab.ui.widgets.label import Label

LOOK_MILLISECONDS = 150


class ExplainPanel(QWidget):
    """Shows the "what's this" text of what is pointed at; the last one stays until there is another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("explain")
        self._pointer = QCursor.pos()
        self._focus: QWidget | None = None
        self._build()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._look)
        self._sync()
        theme().changed.connect(self._sync)

    def _build(self) -> None:
        self.title = Label("", "body", 600, wrap=True)
        self.text = Label("", "body", 400, "ink2", wrap=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        page = QWidget()
        self._column = QVBoxLayout(page)
        self._column.addWidget(self.title)
        self._column.addWidget(self.text, 1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(page)
        for surface in (page, scroll.viewport()):
            surface.setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)
        self.explain("", self.tr("Point at a card, a layer, a field, a button or a plot, and read here what it is."))

    def explain(self, title: str, text: str) -> None:
        """Show these words."""
        self.title.setText(title)
        self.title.setVisible(bool(title))
        self.text.setText(text)

    def _look(self) -> None:
        pointer, focus = QCursor.pos(), QApplication.focusWidget()
        if pointer != self._pointer:
            self._pointer = pointer
            self._explain_widget(QApplication.widgetAt(pointer))
        elif focus is not self._focus:
            self._explain_widget(focus)
        self._focus = focus

    def _explain_widget(self, widget: QWidget | None) -> None:
        if widget is not None and not self.isAncestorOf(widget):
            found = explanation(widget, self._pointer)
            if found:
                self.explain(*found)

    def showEvent(self, event: QShowEvent) -> None:
        """Look around while in sight."""
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest while nobody reads."""
        self._timer.stop()

    def _sync(self) -> None:
        space = theme().px(12)
        self._column.setContentsMargins(space, theme().px(4), space, space)
        self._column.setSpacing(theme().px(6))


def explanation(widget: QWidget, place: QPoint) -> tuple[str, str] | None:
    """What `widget`, or the part of it at `place` on the screen, is: its name and its words; None if nobody says."""
    at: QWidget | None = widget
    while at is not None:
        found = _row(at, place) if isinstance(at, QAbstractItemView) else (_name(at), at.whatsThis())
        if found[1]:
            return found
        at = at.parentWidget()
    return None


def _row(view: QAbstractItemView, place: QPoint) -> tuple[str, str]:
    """The row under the pointer, else the one the keyboard is at."""
    index = view.indexAt(view.viewport().mapFromGlobal(place))
    if not index.isValid() and view.hasFocus():
        index = view.currentIndex()
    words = index.data(Qt.ItemDataRole.WhatsThisRole)
    return (index.data(), words) if words else (_name(view), view.whatsThis())


def _name(widget: QWidget) -> str:
    words = widget.text() if isinstance(widget, QAbstractButton) else ""
    return words or widget.accessibleName().split(",")[0]  # a card's name goes on with all its numbers
