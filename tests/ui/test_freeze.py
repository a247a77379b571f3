"""Frozen, every instrument stays as it is while a run goes on; let go, it shows the network of now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from window_kit import Opener
from window_walk import instrument_names, show_instrument, small_convolutions, with_a_run

from fishlab.ui.main_window import MainWindow
from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.session import State
from fishlab.ui.theme import Mode, theme

FOLLOWS = (
    "try", "histograms", "confusion", "mistakes", "scores", "filter_bank", "maps", "excite", "saliency", "stepper",
)  # fmt: skip
"""The instruments that another moment of the network moves."""


def picture(widget: QWidget) -> QImage:
    return widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def draw_a_one(window: MainWindow) -> None:
    pad = window.live_panel.strip.instrument("try").pad
    pad.begin_stroke(0.5, 0.2)
    pad.continue_stroke(0.5, 0.8)
    pad.end_stroke()


@pytest.fixture
def running(open_window: Opener, qtbot: QtBot) -> MainWindow:
    """A run that goes on as long as a test looks, with a drawing on the pad."""
    window, _ = open_window(size=(1440, 900))
    window.document.replace(small_convolutions(epochs=10_000))
    draw_a_one(window)
    window.session.run()
    qtbot.waitUntil(lambda: len(window.session.history.epochs) > 0, timeout=30_000)
    return window


def goes_on(window: MainWindow, qtbot: QtBot, epochs: int = 2) -> None:
    """Wait until the run has come so much further, and the window has heard of newer moments."""
    session = window.session
    begin, moment = len(session.history.epochs), session.looks.moment
    qtbot.waitUntil(
        lambda: len(session.history.epochs) >= begin + epochs and session.looks.moment is not moment, timeout=30_000
    )


class Bench:
    """All instruments in windows, over a network that has learned a little and can be moved at will."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot
        self.strip = window.live_panel.strip
        self._rng = np.random.default_rng(7)
        draw_a_one(window)
        self.strip.take_all_out()
        self.move()

    def move(self) -> None:
        """Another moment comes, and all that follow it have followed: the tile behind was the last to ask."""
        looks, tile = self.window.session.looks, self.window.live_panel.weights
        now, before = looks.moment, picture(tile)
        weights = {
            key: array + self._rng.normal(0, 0.3, array.shape).astype(array.dtype) for key, array in now.weights.items()
        }
        position = replace(now.position, step=now.position.step + 1)
        looks.take(replace(now, weights=weights, position=position, x=now.x + 0.1))
        self.qtbot.waitUntil(lambda: not looks.busy and picture(tile) != before, timeout=30_000)

    def pictures(self) -> dict[str, QImage]:
        """What each shows once nothing is on its way any more."""
        instruments = {name: self.strip.instrument(name) for name in FOLLOWS}
        found = [{name: picture(one) for name, one in instruments.items()}]

        def rests() -> bool:
            QApplication.processEvents()
            found.append({name: picture(one) for name, one in instruments.items()})
            waits = any(one.throttle.isActive() for one in instruments.values() if isinstance(one, Instrument))
            return not waits and found[-1] == found[-2]

        self.qtbot.waitUntil(rests, timeout=30_000)
        return found[-1]

    def freeze(self) -> None:
        """Press the button of each."""
        for name in FOLLOWS:
            self.strip.instrument(name).freeze_action.trigger()

    def moved(self, before: dict[str, QImage]) -> set[str]:
        """Those whose picture is another one now."""
        return {name for name, now in self.pictures().items() if now != before[name]}


@pytest.fixture
def bench(open_window: Opener, qtbot: QtBot, own_theme: None) -> Bench:
    return Bench(with_a_run(open_window, qtbot), qtbot)


@pytest.mark.slow
def test_frozen_every_instrument_stays_as_it_is_and_then_catches_up(bench: Bench) -> None:
    before = bench.pictures()
    bench.move()
    assert bench.moved(before) == set(FOLLOWS), "each is at work"
    bench.freeze()
    frozen = bench.pictures()
    bench.move()
    assert bench.moved(frozen) == set(), "a newer moment does not move it"
    for name in FOLLOWS:
        bench.strip.windows[name].hide()
    bench.move()
    for name in FOLLOWS:
        bench.strip.windows[name].show()
    assert bench.moved(frozen) == set(), "nor does being hidden for a while"
    bench.freeze()
    assert bench.moved(frozen) == set(FOLLOWS), "let go, it shows the moment of now"


@pytest.mark.slow
def test_another_theme_paints_what_is_frozen_anew_and_does_not_move_it(bench: Bench) -> None:
    bench.freeze()
    frozen, dark = bench.pictures(), theme().dark
    bench.move()
    theme().set_mode(Mode.LIGHT if dark else Mode.DARK)
    assert bench.moved(frozen) == set(FOLLOWS)
    theme().set_mode(Mode.DARK if dark else Mode.LIGHT)
    assert bench.moved(frozen) == set()


def test_frozen_curves_stay_while_the_run_goes_on_and_then_catch_up(running: MainWindow, qtbot: QtBot) -> None:
    curves = show_instrument(running, "curves")
    curves.freeze_action.trigger()
    seen = curves.csv()
    goes_on(running, qtbot)
    assert curves.csv() == seen
    curves.freeze_action.trigger()
    qtbot.waitUntil(lambda: curves.csv() != seen, timeout=30_000)


def test_freeze_is_the_first_button_of_every_instrument_and_f8_presses_it(open_window: Opener) -> None:
    window, _ = open_window()
    strip, words = window.live_panel.strip, set()
    for name in instrument_names(window):
        instrument = show_instrument(window, name)
        first = instrument.actions()[0]
        words.add(first.text())
        assert first is instrument.freeze_action, name
        assert strip._buttons[0].defaultAction() is first, name
        strip.freeze_action.trigger()
        assert first.isChecked(), name
        strip.freeze_action.trigger()
        assert not first.isChecked(), name
    assert len(words) == 1 and strip.freeze_action.shortcut().toString() in words.pop()


def test_f8_freezes_the_instrument_of_the_window_it_is_pressed_in(open_window: Opener, qtbot: QtBot) -> None:
    main, _ = open_window()
    window = main.live_panel.strip.take_out("curves")
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_F8)
    assert window.instrument.freeze_action.isChecked()


def test_a_frozen_log_says_how_many_lines_wait_and_writes_them_then(running: MainWindow, qtbot: QtBot) -> None:
    log = show_instrument(running, "log")
    log.freeze_action.trigger()
    seen, said = log._text.toPlainText(), log.csv()
    begin = len(log.entries)
    qtbot.waitUntil(lambda: len(log.entries) >= begin + 2, timeout=30_000)
    running.session.stop()
    qtbot.waitUntil(lambda: running.session.state is State.IDLE, timeout=30_000)
    assert log._text.toPlainText() == seen and log.csv() == said
    waiting = len(log.entries) - begin
    assert log.news.isVisible() and f"{waiting} new lines" in log.news.text()
    log.freeze_action.trigger()
    assert not log.news.isVisible()
    assert log._text.toPlainText().splitlines() == [f"{entry.clock}   {entry.text}" for entry in log.entries]


def test_a_frozen_digit_keeps_drawing_and_answer_and_takes_no_stroke(running: MainWindow, qtbot: QtBot) -> None:
    trial = show_instrument(running, "try")
    qtbot.waitUntil(lambda: trial.bars.answer() is not None, timeout=30_000)
    trial.freeze_action.trigger()
    answer, drawing = trial.csv(), trial.pad.image().tobytes()
    goes_on(running, qtbot)
    QTest.mouseClick(trial.pad, Qt.MouseButton.LeftButton)
    QTest.keyClick(trial.pad, Qt.Key.Key_Delete)
    assert trial.csv() == answer and trial.pad.image().tobytes() == drawing
    assert "digit" not in {question.probe for question in running.session.looks._asked.values()}
    trial.freeze_action.trigger()
    assert trial.pad.isEnabled()
    qtbot.waitUntil(lambda: trial.csv() != answer, timeout=30_000)


def test_all_lines_of_a_log_are_saved(running: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    log = show_instrument(running, "log")
    qtbot.waitUntil(lambda: len(log.entries) > 30, timeout=30_000)
    log.freeze_action.trigger()
    size = log.size()
    log.save_png(tmp_path / "log.png")
    log.save_svg(tmp_path / "log.svg")
    saved = QImage(str(tmp_path / "log.png"))
    assert saved.height() / saved.devicePixelRatioF() >= log.fontMetrics().height() * len(log.shown())
    assert log.size() == size
    assert log.csv().splitlines()[0] == "time,text,error" and len(log.csv().splitlines()) == 1 + len(log.shown())
