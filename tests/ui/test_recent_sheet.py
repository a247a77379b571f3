"""The sheet of recent projects: each with its picture and its notes; one that is gone says so."""

from __future__ import annotations

from window_kit import small_project

from fishlab.core.files import save_project
from fishlab.ui.widgets.empty_state import EmptyState
from fishlab.ui.widgets.label import Label


def test_a_recent_project_shows_its_picture_and_notes_and_opens(open_window, tmp_path) -> None:
    window, _ = open_window()
    for name in ("first", "second"):
        save_project(tmp_path / f"{name}.fishlab", small_project().replace(notes=f"about the {name}"), None)
        window.settings.add_recent(tmp_path / f"{name}.fishlab")
    window.actions_["file.recent"].trigger()
    sheet = window.recent
    assert [sheet.list.item(row).text() for row in range(2)] == ["second", "first"]
    assert (sheet.title.text(), sheet.words.text()) == ("second", "about the second")
    assert sheet.picture.isVisible() and not sheet.picture.pixmap().isNull()
    sheet.list.setCurrentRow(1)
    assert sheet.words.text() == "about the first"
    sheet.use.click()
    assert window.document.path == tmp_path / "first.fishlab"
    assert not sheet.isVisible()


def test_a_project_that_is_gone_or_damaged_says_so(open_window, tmp_path) -> None:
    window, _ = open_window()
    (tmp_path / "bad.fishlab").write_bytes(b"junk")
    for name in ("gone", "bad"):
        window.settings.add_recent(tmp_path / f"{name}.fishlab")
    window.recent.open()
    assert "not a FishLab project" in window.recent.words.text()
    assert not window.recent.picture.isVisible()
    window.recent.list.setCurrentRow(1)
    assert "there is no such file" in window.recent.words.text()
    window.recent.reject()


def test_with_nothing_yet_there_is_nothing_to_open(open_window) -> None:
    window, _ = open_window()
    window.recent.open()
    assert not window.recent.use.isEnabled()
    said = window.recent.findChild(EmptyState)
    assert said.isVisible() and not window.recent.list.isVisible()
    assert any("listed here" in label.text() for label in said.findChildren(Label))
    window.recent.reject()
