"""Notes: a person's own words, a part of the document like any other."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from fishlab.core.files import open_project
from fishlab.core.spec import MOST_NOTES
from fishlab.ui.document import Document
from fishlab.ui.panels.notes import NotesPanel


def test_what_is_typed_is_one_undo_step_of_the_document(qtbot) -> None:
    document = Document()
    panel = NotesPanel(document)
    qtbot.addWidget(panel)
    QTest.keyClicks(panel.text, "two filters more")
    assert document.spec.notes == "two filters more"
    assert document.undo_stack.count() == 1 and document.unsaved
    document.undo_stack.undo()
    assert panel.text.toPlainText() == document.spec.notes == ""
    document.undo_stack.redo()
    assert panel.text.toPlainText() == "two filters more"


def test_the_keys_of_undo_are_the_documents(qtbot) -> None:
    document = Document()
    panel = NotesPanel(document)
    qtbot.addWidget(panel)
    QTest.keyClicks(panel.text, "a")
    QTest.keyClick(panel.text, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert panel.text.toPlainText() == "a"  # the text field has no undo of its own


def test_the_cursor_stays_when_other_things_change(qtbot) -> None:
    document = Document()
    panel = NotesPanel(document)
    qtbot.addWidget(panel)
    panel.text.setPlainText("one two")
    cursor = panel.text.textCursor()
    cursor.setPosition(3)
    panel.text.setTextCursor(cursor)
    training = document.spec.training.replace(epochs=9)
    document.edit("Epochs", document.spec.replace(training=training))
    assert panel.text.textCursor().position() == 3


def test_a_text_beyond_all_bounds_is_cut(qtbot) -> None:
    document = Document()
    panel = NotesPanel(document)
    qtbot.addWidget(panel)
    panel.text.setPlainText("x" * (MOST_NOTES + 5))
    assert len(document.spec.notes) == MOST_NOTES
    assert len(panel.text.toPlainText()) == MOST_NOTES


def test_notes_are_saved_with_the_project(open_window, tmp_path) -> None:
    window, _ = open_window()
    window.docks["notes"].toggleViewAction().trigger()
    assert window.notes_panel.isVisible()
    window.notes_panel.text.setPlainText("Erster Versuch 🐟")
    window.files.save_to(tmp_path / "noted.fishlab")
    assert open_project(tmp_path / "noted.fishlab")[0].notes == "Erster Versuch 🐟"
