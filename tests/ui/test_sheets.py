"""Sheets follow the theme and the size of the text while they are open, and stay on the screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from contrast_kit import borderless, poor
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from sheet_walk import REPORT, bars, leave_work, questions, settle, sheets, while_asked
from test_fits import cut_off
from window_kit import Opener, close_for_good, in_the_end, make_window
from window_walk import small_convolutions

from fishlab.ui.crash_sheet import CrashSheet
from fishlab.ui.main_window import MainWindow
from fishlab.ui.theme import Mode, theme
from fishlab.ui.widgets.sheet import Sheet

FILES = ("open", "save", "export to a folder")
SMALL, LARGE = QSize(1280, 720), QSize(2000, 1500)  # of a screen


@pytest.mark.slow
def test_an_open_sheet_grows_and_shrinks_with_its_text(
    open_window: Opener, own_theme: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, _ = open_window()
    monkeypatch.setattr(Sheet, "room", lambda _sheet: LARGE)
    checked = 0
    for name, sheet in sheets(window, tmp_path):
        if isinstance(sheet, Sheet):
            before, unit = sheet.size(), theme().u(1)
            for scale in (1.5, 1.0):
                theme().set_font_scale(scale)
                wanted = (before * (theme().u(1) / unit)).boundedTo(sheet.room())
                assert in_the_end(True, lambda sheet=sheet, wanted=wanted: _alike(sheet.size(), wanted)), (
                    f"{name}: {sheet.size()} instead of {wanted}"
                )
                assert cut_off(sheet) == set(), f"{name} at {scale}"
            checked += 1
    assert checked > 20


def _alike(size: QSize, wanted: QSize) -> bool:
    """Words that break into more lines may need a little more."""
    return abs(size.width() - wanted.width()) <= 8 and abs(size.height() - wanted.height()) <= 0.1 * wanted.height()


def test_a_sheet_that_was_drawn_to_another_size_keeps_that(open_window: Opener, own_theme: None) -> None:
    window, _ = open_window()
    sheet = CrashSheet(REPORT, window)
    sheet.open()
    settle()
    unit, drawn = theme().u(1), QSize(500, 400)
    sheet.windowHandle().resize(drawn)
    settle()
    for scale in (1.3, 1.0):
        theme().set_font_scale(scale)
        wanted = drawn * (theme().u(1) / unit)
        assert in_the_end(True, lambda wanted=wanted: _alike(sheet.size(), wanted)), f"{sheet.size()}, {wanted}"
    sheet.close()


def test_no_sheet_is_larger_than_a_small_screen_with_large_letters(
    open_window: Opener, own_theme: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, _ = open_window(size=(1280, 720))
    theme().set_font_scale(1.5)
    monkeypatch.setattr(Sheet, "room", lambda _sheet: SMALL)
    too_large = set()
    for name, sheet in sheets(window, tmp_path):
        if sheet.height() > SMALL.height() or sheet.width() > SMALL.width():
            too_large.add(f"{name}: {sheet.width()} × {sheet.height()}")
    assert too_large == set()


@pytest.mark.slow
def test_an_open_sheet_is_read_when_the_theme_has_changed(open_window: Opener, own_theme: None, tmp_path: Path) -> None:
    window, _ = open_window()
    theme().set_mode(Mode.LIGHT)
    found = set()
    for name, sheet in sheets(window, tmp_path):
        for mode in (Mode.DARK, Mode.LIGHT):
            theme().set_mode(mode)
            QApplication.processEvents()
            found |= {f"{name}, {mode.value}: {said}" for said in poor(sheet) | borderless(sheet)}
    assert found == set()


# -- nothing is cut off ------------------------------------------------------------------------------------------------
@pytest.fixture(params=[1.0, 1.5], ids=["letters as usual", "letters half as large again"])
def scale(request: pytest.FixtureRequest, own_theme: None) -> float:
    return request.param


def test_no_sheet_cuts_anything_off_in_any_state(open_window: Opener, scale: float, tmp_path: Path) -> None:
    window, _ = open_window(size=(1280, 720))
    theme().set_font_scale(scale)
    found = {f"{name}: {words}" for name, sheet in sheets(window, tmp_path) for words in cut_off(sheet)}
    assert found == set()


def test_no_line_under_the_toolbar_cuts_anything_off(open_window: Opener, scale: float, tmp_path: Path) -> None:
    leave_work(tmp_path / "settings" / "sessions")
    theme().set_font_scale(scale)
    window, _ = open_window(size=(1280, 720))
    found = {f"{name}: {words}" for name, bar in bars(window) for words in cut_off(bar)}
    assert found == set()
    assert (window.width(), window.height()) == (1280, 720)


def _own_questions(window: MainWindow, folder: Path) -> dict[str, Callable[[], object]]:
    """All but the dialogs for files, which are the system's or Qt's."""
    return {name: ask for name, ask in questions(window, folder).items() if name not in FILES}


def test_no_question_cuts_anything_off(open_window: Opener, scale: float, tmp_path: Path) -> None:
    window, _ = open_window(size=(1280, 720))
    theme().set_font_scale(scale)
    found: set[str] = set()

    for name, ask in _own_questions(window, tmp_path).items():
        while_asked(ask, lambda sheet, name=name: found.update(f"{name}: {words}" for words in cut_off(sheet)))
    assert found == set()


def test_the_buttons_of_a_question_say_what_they_do(open_window: Opener, tmp_path: Path) -> None:
    window, _ = open_window()
    said: dict[str, set[str]] = {}
    for name, ask in questions(window, tmp_path).items():
        if name in ("unsaved", "overwrite", "agree", "replace"):
            while_asked(ask, lambda sheet, name=name: said.update({name: _buttons(sheet)}))
    assert said == {
        "unsaved": {"Save", "Discard", "Cancel"}, "overwrite": {"Replace", "Save as…", "Cancel"},
        "agree": {"Let go", "Cancel"}, "replace": {"Replace", "Cancel"},
    }  # fmt: skip


def _buttons(sheet: QWidget) -> set[str]:
    return {button.text().replace("&", "") for button in sheet.findChildren(QPushButton) if button.isVisible()}


# -- the window --------------------------------------------------------------------------------------------------------
def test_the_first_window_fits_a_small_screen_with_large_letters(
    qapp: QApplication, own_theme: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theme().apply(qapp)
    theme().set_font_scale(1.5)
    monkeypatch.setattr(MainWindow, "_first_size", lambda _window: SMALL)
    window, _ = make_window(tmp_path / "window.ini")
    window.start()
    window.show()
    QApplication.processEvents()
    try:
        assert window.size() == SMALL
    finally:
        close_for_good(window)


def test_what_is_offered_stands_flush_with_the_docks(open_window: Opener, own_theme: None, tmp_path: Path) -> None:
    leave_work(tmp_path / "settings" / "sessions")
    window, _ = open_window(size=(1440, 900))
    for scale in (1.0, 1.5):
        theme().set_font_scale(scale)
        settle()
        window.resize(1440, 900)
        settle()
        palette, inspector = (window.docks[name].geometry() for name in ("network", "inspector"))
        bar = QRect(window.recovery_bar.mapTo(window, QPoint()), window.recovery_bar.size())
        left = min(dock.geometry().left() for dock in window.docks.values() if dock.isVisible())
        assert (bar.left(), bar.right()) == (left, inspector.right())
        assert 0 < palette.top() - bar.bottom() <= theme().px(8)


def test_the_button_that_exports_is_filled_again_once_it_is_done(open_window: Opener) -> None:
    window, _ = open_window()
    sheet = window.exchange.export_sheet
    window.actions_["file.export"].trigger()
    settle()
    sheet.begin()
    settle()
    sheet.tell_stopped()
    settle()
    assert sheet.export.isDefault() and not sheet.close_button.isDefault()


def test_the_quick_adder_shortens_no_name(open_window: Opener) -> None:
    window, _ = open_window()
    window.document.replace(small_convolutions())
    window.network_panel.stack.quick_add_requested.emit()
    adder = window.network_panel._quick_add
    settle()
    assert adder.list.sizeHintForColumn(0) <= adder.list.viewport().width()
    adder.close()
