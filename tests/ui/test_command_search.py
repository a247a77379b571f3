"""Find a command, and the sheet of keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_kit import Opener

from fishlab.core.templates import TEMPLATES
from fishlab.ui.main_window import MainWindow
from fishlab.ui.theme import Mode, theme


def search(window: MainWindow, words: str = "") -> list[str]:
    window.actions_["help.commands"].trigger()
    QTest.keyClicks(window.help.search.box, words)
    return window.help.search.titles()


@pytest.fixture
def window(open_window: Opener):
    window, _ = open_window()
    yield window
    window.help.search.close()


def test_layouts_themes_templates_and_docks_are_commands_too(window: MainWindow) -> None:
    titles = search(window)
    wanted = {"Run", "Save as", "Layout: Explain", "Theme: Dark", "Show or hide: Layers", "Add a layer"}
    assert wanted | {f"New: {entry.title}" for entry in TEMPLATES} <= set(titles)
    assert len(titles) == len(set(titles))


def test_what_cannot_be_done_now_is_left_out(window: MainWindow) -> None:
    assert not {"Pause", "Stop", "Undo", "Start over", "Duplicate"} & set(search(window))


def test_words_in_any_order_find_and_a_title_that_begins_so_stands_first(window: MainWindow) -> None:
    assert search(window, "net new deep") == ["New: DeepConvNet"]
    window.help.search.close()
    assert search(window, "s")[0].startswith("S")


@pytest.mark.parametrize("name", ["Data", "log", "Try a digit"])
def test_what_has_this_very_name_stands_before_what_only_mentions_it(window: MainWindow, name: str) -> None:
    assert search(window, name)[0].casefold() == f"instrument: {name.casefold()}"


def test_enter_does_what_is_chosen_and_arrows_choose(window: MainWindow, own_theme: None) -> None:
    assert search(window, "theme") == ["Theme: As the system", "Theme: Light", "Theme: Dark"]
    for _ in range(9):
        QTest.keyClick(window.help.search.box, Qt.Key.Key_Down)
    QTest.keyClick(window.help.search.box, Qt.Key.Key_Return)
    assert theme().mode is Mode.DARK and not window.help.search.isVisible()


def test_nothing_found_is_said_and_enter_does_nothing(window: MainWindow) -> None:
    assert search(window, "qqq") == []
    assert window.help.search.nothing.text() == "No command is called “qqq”."
    QTest.keyClick(window.help.search.box, Qt.Key.Key_Return)
    assert window.help.search.isVisible()


def test_escape_clears_first_and_closes_then(window: MainWindow) -> None:
    search(window, "run")
    QTest.keyClick(window.help.search.box, Qt.Key.Key_Escape)
    assert window.help.search.isVisible() and window.help.search.box.text() == ""
    QTest.keyClick(window.help.search.box, Qt.Key.Key_Escape)
    assert not window.help.search.isVisible()


def test_the_sheet_names_every_key_once(window: MainWindow) -> None:
    window.actions_["help.shortcuts"].trigger()
    keys = [key for _, _, keys in window.help.sheet.rows() for key in keys.split("   ")]
    assert {"F5", "Shift+F5", "F6", "F2", "/", "Ctrl+Shift+P", "Ctrl+/", "F1", "Alt+Up"} <= set(keys)
    assert len(keys) == len(set(keys))
    assert window.help.sheet.isVisible()
    window.help.sheet.close()
