"""The notes panel: a person's own words about the project, saved with it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from fishlab.core.spec import MOST_NOTES, ProjectSpec
from fishlab.ui.document import Document
from fishlab.ui.theme import theme
from fishlab.ui.widgets.inputs import DeskManners


class NotesText(DeskManners, QPlainTextEdit):
    """A text of several lines. Undo is the document's; a file dropped on it is for the window to open."""

    def __init__(self) -> None:
        super().__init__()
        self.setUndoRedoEnabled(False)
        self.setAcceptDrops(False)
        self.setTabChangesFocus(True)


class NotesPanel(QWidget):
    """Shows and edits the notes of the document; typing without a pause is one undo step."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notes")
        self._document = document
        self._build()
        self._connect()
        self._sync()
        self._sync_theme()

    def _build(self) -> None:
        self.text = NotesText()
        self.text.setObjectName("notes.text")
        self.text.setAccessibleName(self.tr("Notes"))
        self.text.setPlaceholderText(self.tr("What is tried here, and what came of it. Saved with the project."))
        self.text.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self.text)

    def _connect(self) -> None:
        self.text.textChanged.connect(self._on_text_changed)
        self._document.changed.connect(self._on_document_changed)
        theme().changed.connect(self._sync_theme)

    def _on_text_changed(self) -> None:
        notes = self.text.toPlainText()[:MOST_NOTES]
        self._document.edit(self.tr("Write notes"), self._document.spec.replace(notes=notes), merge="notes")

    def _on_document_changed(self, old: ProjectSpec) -> None:
        if old.notes != self._document.spec.notes:
            self._sync()

    def _sync(self) -> None:
        """Show the document's notes; where they are what stands there already, the cursor stays."""
        notes = self._document.spec.notes
        if notes != self.text.toPlainText():
            place = self.text.textCursor().position()
            self.text.blockSignals(True)
            self.text.setPlainText(notes)
            self.text.blockSignals(False)
            cursor = self.text.textCursor()
            cursor.setPosition(min(place, len(self.text.toPlainText())))
            self.text.setTextCursor(cursor)

    def _sync_theme(self) -> None:
        space = theme().px(10)
        self._column.setContentsMargins(space, theme().px(4), space, space)
        self.text.setFont(theme().font("body"))
        self.text.document().setDocumentMargin(theme().px(8))
