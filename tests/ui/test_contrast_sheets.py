"""What comes up over the window is read from what it stands on as well: sheets, bars, questions, menus, drags."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from contrast_kit import borderless, poor, words
from PySide6.QtWidgets import QApplication, QWidget
from sheet_walk import bars, drags, leave_work, menus, questions, sheets, while_asked
from window_kit import Opener
from window_walk import small_convolutions, with_a_run

from fishlab.ui.theme import Mode, theme


@pytest.fixture(params=[Mode.LIGHT, Mode.DARK], ids=["light", "dark"], autouse=True)
def worn(request: pytest.FixtureRequest, own_theme: None) -> None:
    theme().set_mode(request.param)


def unread(shown: Iterable[tuple[str, QWidget]], least: int = 10) -> set[str]:
    """What cannot be read or told apart in any of them; each says something."""
    found = set()
    for name, part in shown:
        assert len(words(part)) > least, f"{name} says nothing"
        found |= {f"{name}: {said}" for said in poor(part) | borderless(part)}
    return found


def test_every_sheet_is_read_in_each_of_its_states(open_window: Opener, qtbot, tmp_path: Path) -> None:
    window, _ = open_window()
    assert unread(sheets(window, tmp_path)) == set()


def test_what_was_left_and_hints_are_read_in_their_lines(open_window: Opener, tmp_path: Path) -> None:
    leave_work(tmp_path / "settings" / "sessions")
    window, _ = open_window()
    assert unread(bars(window)) == set()


def test_every_question_is_read(open_window: Opener, tmp_path: Path) -> None:
    window, _ = open_window()
    found: set[str] = set()
    for name, ask in questions(window, tmp_path).items():
        while_asked(ask, lambda sheet, name=name: found.update(unread([(name, sheet)])))
    assert found == set()


def test_every_menu_is_read(open_window: Opener, qtbot) -> None:
    window = with_a_run(open_window, qtbot)
    assert unread(menus(window), least=4) == set()


def test_what_is_dragged_is_read(open_window: Opener) -> None:
    window, _ = open_window(size=(1440, 900))
    theme().set_reduce_motion(True)
    window.document.replace(small_convolutions())
    QApplication.processEvents()
    assert unread(drags(window), least=4) == set()
