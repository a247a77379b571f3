"""The explanation panel: what the thing under the pointer is, or the one the keyboard is at."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
from fishlab.ui.widgets.explanation import EXPLANATION_ROLE, Explanation, explanation_of
from fishlab.ui.widgets.formula_box import FormulaBox, FormulaRow
from fishlab.ui.widgets.formula_rows import formula_rows
from fishlab.ui.widgets.label import Label

LOOK_MILLISECONDS = 150
INKS = {"text": "ink2", "shape": "ink", "larger": "ink2", "smaller": "ink2", "limits": "ink3", "chapter": "ink3"}


@dataclass(frozen=True)
class Found:
    """What there is to say about a part of the window: its name, its explanation, its formula as it is drawn."""

    name: str
    explanation: Explanation
    rows: tuple[FormulaRow, ...] = ()


class ExplainPanel(QWidget):
    """Shows the explanation of what is pointed at; the last one stays until there is another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("explain")
        self._pointer = self._pointer_at_focus = QCursor.pos()
        self._focus: QWidget | None = None
        self._build()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._look)
        self._sync()
        QApplication.instance().focusChanged.connect(self._on_focus_changed)
        theme().changed.connect(self._sync)

    def _build(self) -> None:
        self.title = Label("", "body", 600, wrap=True)
        self.formula = FormulaBox()
        self.formula.setObjectName("explain.formula")
        self._lines = {name: Label("", "body", 400, ink, wrap=True) for name, ink in INKS.items()}
        self.text = self._lines["text"]
        page = QWidget()
        self._column = QVBoxLayout(page)
        for part in (self.title, self.text, self.formula, *list(self._lines.values())[1:]):
            self._column.addWidget(part)
        self._column.addStretch(1)
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
        words = self.tr("Point at a card, a layer, a field, a button or a plot, or go to it by the keyboard and press "
                        "F1, and read here what it is.")  # fmt: skip
        self.explain(Found("", Explanation(words)))

    def explain(self, found: Found) -> None:
        """Show this."""
        said = found.explanation
        self.title.setText(found.name)
        self.title.setVisible(bool(found.name))
        texts = {
            "text": said.text, "shape": said.shape, "larger": said.larger_line, "smaller": said.smaller_line,
            "limits": said.limits, "chapter": said.chapter_line,
        }  # fmt: skip
        for name, line in self._lines.items():
            line.setText(texts[name])
            line.setVisible(bool(texts[name]))
        self.formula.set_rows(found.rows)
        self.formula.setVisible(bool(found.rows))

    def asked(self) -> tuple[QWidget | None, QPoint]:
        """What is meant by "this": under the pointer if that moved since the keyboard went elsewhere; and the place."""
        pointer = QCursor.pos()
        under = QApplication.widgetAt(pointer) if pointer != self._pointer_at_focus else None
        focus = QApplication.focusWidget()
        if under is not None and not self.isAncestorOf(under) and explained(under, pointer):
            return under, pointer
        return focus, focus.mapToGlobal(focus.rect().center()) if focus else pointer

    # -- following the pointer and the keyboard ---------------------------------------------------------------------
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
            found = explained(widget, self._pointer)
            if found:
                self.explain(found)

    def _on_focus_changed(self, _old: QWidget | None, _new: QWidget | None) -> None:
        self._pointer_at_focus = QCursor.pos()

    def showEvent(self, event: QShowEvent) -> None:
        """Look around while in sight."""
        self._pointer, self._focus = QCursor.pos(), QApplication.focusWidget()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest while nobody reads."""
        self._timer.stop()

    def _sync(self) -> None:
        space = theme().px(12)
        self._column.setContentsMargins(space, theme().px(4), space, space)
        self._column.setSpacing(theme().px(6))


def explained(widget: QWidget, place: QPoint) -> Found | None:
    """What `widget`, or the part of it at `place` on the screen, is; None if nobody says.

    A widget that shows several things, such as curves, may have a method `explanation_at(place)` that returns the
    Explanation, with a title, of what is there, or None.
    """
    at: QWidget | None = widget
    while at is not None:
        said = _row(at, place) if isinstance(at, QAbstractItemView) else (_part(at, place) or explanation_of(at))
        if said:
            rows = at.rows() if isinstance(at, FormulaBox) else formula_rows(said.formula)
            return Found(said.title or _name(at), said, tuple(rows))
        at = at.parentWidget()
    return None


def _part(widget: QWidget, place: QPoint) -> Explanation | None:
    look = getattr(widget, "explanation_at", None)
    return look(place) if look else None


def _row(view: QAbstractItemView, place: QPoint) -> Explanation | None:
    """The row under the pointer, else the one the keyboard is at."""
    index = view.indexAt(view.viewport().mapFromGlobal(place))
    if not index.isValid() and view.hasFocus():
        index = view.currentIndex()
    said, words = index.data(EXPLANATION_ROLE), index.data(Qt.ItemDataRole.WhatsThisRole)
    if isinstance(said, Explanation):
        return replace(said, title=said.title or index.data())
    return Explanation(words, title=index.data() or "") if words else explanation_of(view)


def _name(widget: QWidget) -> str:
    words = widget.text().replace("&", "") if isinstance(widget, QAbstractButton) else ""
    return words or widget.accessibleName().split(",")[0]  # a card's name goes on with all its numbers
