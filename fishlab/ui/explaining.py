"""Explaining: what F1 and Shift+F1 do, in the window and over its dialogs."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QWhatsThis, QWidget

from fishlab.ui.document import Document
from fishlab.ui.explanations import explain_parts
from fishlab.ui.panels.explain import ExplainPanel, explained
from fishlab.ui.plots.things import things
from fishlab.ui.widgets.dock import Dock


class Explaining(QObject):
    """`explain` says what the thing under the pointer or at the keyboard is; `point` lets a click choose it.

    The parts of every window get their words from it, in which data are called what they are in the document.
    """

    def __init__(
        self, panel: ExplainPanel, dock: Dock, document: Document, explain: QAction, point: QAction, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._document, self._data = document, things(document.network.in_shape)
        self.explain_parts(parent)
        document.changed.connect(self._on_document_changed)
        self._panel, self._dock, self._action = panel, dock, explain
        explain.triggered.connect(self.explain)
        point.triggered.connect(self.point)
        QApplication.instance().focusChanged.connect(self._on_focus_changed)

    def explain_parts(self, part: QWidget) -> None:
        """Give a part of a window, or a whole one, its words."""
        explain_parts(part, self._data)

    def _on_document_changed(self, _old: object) -> None:
        data = things(self._document.network.in_shape)
        if data != self._data:
            self._data = data
            for window in QApplication.topLevelWidgets():
                if self._action in window.actions():
                    self.explain_parts(window)

    def explain(self) -> None:
        """In the panel; over a dialog that is open, which the panel cannot be read from, beside the thing itself."""
        widget, place = self._panel.asked()
        found = explained(widget, place) if widget else None
        if found and QApplication.activeModalWidget():
            QWhatsThis.showText(place, found.explanation.plain(), widget)
            return
        self._dock.show()
        self._dock.raise_()
        if found:
            self._panel.explain(found)

    def point(self) -> None:
        """Explain what is clicked next."""
        QWhatsThis.enterWhatsThisMode()

    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        """F1 works in every window: an open dialog keeps the keys of this one away."""
        if new is not None and self._action not in new.window().actions():
            new.window().addAction(self._action)
            self.explain_parts(new.window())
