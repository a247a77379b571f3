"""Views that ask often are drawn seldom; beside a run they wait for each other and keep to their share of the time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from fishlab.ui.plots import throttle
from fishlab.ui.plots.throttle import SHARE, DrawingLine, Throttle

COST = 0.006  # seconds of the processor that a drawing takes here


class NotedLine(DrawingLine):
    """Keeps the turns that it gave."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[float] = []

    def place(self, seconds: float) -> float:
        """As ever."""
        self.turns.append(super().place(seconds))
        return self.turns[-1]


class Crowd:
    """Some views, the line they wait in, and when each was drawn."""

    def __init__(self, qtbot: QtBot, line: NotedLine) -> None:
        self.running, self.line = True, line
        self.drawn: list[tuple[int, float]] = []
        self.views = [View(self, number) for number in range(5)]
        for view in self.views:
            qtbot.addWidget(view)
            view.show()

    def is_running(self) -> bool:
        """Whether they have to wait for one another."""
        return self.running

    def ask(self) -> None:
        """All ask in one breath."""
        for view in self.views:
            view.throttle.ask()

    def numbers(self) -> list[int]:
        """Who was drawn, in order."""
        return [number for number, _ in self.drawn]


class View(QWidget):
    """Takes a while to draw."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        super().__init__()
        self._crowd, self._number = crowd, number
        self.throttle = Throttle(self, self.draw, crowd.is_running)

    def draw(self) -> None:
        """Keep the processor at work."""
        self._crowd.drawn.append((self._number, time.monotonic()))
        began = time.thread_time()
        while time.thread_time() - began < COST:
            pass


@pytest.fixture
def crowd(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crowd]:
    line = NotedLine()
    monkeypatch.setattr(throttle, "line", line)
    yield Crowd(qtbot, line)


def test_at_rest_views_that_ask_in_one_breath_are_drawn_in_one(crowd: Crowd, qtbot: QtBot) -> None:
    crowd.running = False
    crowd.ask()
    qtbot.waitUntil(lambda: len(crowd.drawn) == 5)
    assert crowd.numbers() == [0, 1, 2, 3, 4]
    assert crowd.line.turns == [], "none has waited for another"


def test_beside_a_run_each_waits_until_the_one_before_has_paid_for_itself(crowd: Crowd, qtbot: QtBot) -> None:
    crowd.ask()
    qtbot.waitUntil(lambda: len(crowd.drawn) == 5)
    assert crowd.numbers() == [0, 1, 2, 3, 4]
    qtbot.waitUntil(lambda: not any(view.throttle.isActive() for view in crowd.views))
    crowd.drawn.clear()  # from now on it is known what each costs
    crowd.line.turns.clear()
    crowd.ask()
    qtbot.waitUntil(lambda: len(crowd.drawn) == 5)
    turns = crowd.line.turns
    assert len(turns) == 5 and all(later - sooner >= COST / SHARE for sooner, later in pairwise(turns))
    assert all(when > turn - 0.001 for (_, when), turn in zip(crowd.drawn, turns, strict=True)), "a timer's rounding"


def test_however_often_views_ask_they_keep_to_their_share_and_all_have_their_turn(crowd: Crowd, qtbot: QtBot) -> None:
    began = time.monotonic()

    def asked_until_each_had_three_turns() -> bool:
        crowd.ask()
        return len(crowd.numbers()) > 15 and min(Counter(crowd.numbers()).values()) >= 3

    qtbot.waitUntil(asked_until_each_had_three_turns)
    passed = time.monotonic() - began
    assert set(crowd.numbers()) == {0, 1, 2, 3, 4}
    assert len(crowd.drawn) * COST < SHARE * passed + 5 * COST  # the first five were cheaper than expected


def test_what_a_person_asks_to_see_is_drawn_at_once(crowd: Crowd, qtbot: QtBot) -> None:
    crowd.ask()
    crowd.views[4].throttle.catch_up()
    assert crowd.numbers() == [4]
    qtbot.waitUntil(lambda: len(crowd.drawn) == 5)
    assert crowd.numbers() == [4, 0, 1, 2, 3], "it is not drawn twice"


def test_one_that_is_hidden_when_its_turn_comes_is_drawn_when_it_is_shown(crowd: Crowd, qtbot: QtBot) -> None:
    crowd.ask()
    hidden = crowd.views[1]
    hidden.hide()
    qtbot.waitUntil(lambda: not any(view.throttle.isActive() for view in crowd.views))
    assert crowd.numbers() == [0, 2, 3, 4]
    hidden.show()
    hidden.throttle.catch_up()
    assert crowd.numbers() == [0, 2, 3, 4, 1]


def test_a_run_that_ends_lets_everybody_draw(crowd: Crowd, qtbot: QtBot) -> None:
    crowd.ask()
    qtbot.waitUntil(lambda: len(crowd.drawn) > 0)
    crowd.running = False
    qtbot.waitUntil(lambda: len(crowd.drawn) == 5)
    qtbot.waitUntil(lambda: not any(view.throttle.isActive() for view in crowd.views))
