"""Moved back, the time line has every view show that moment; at its end they follow the run again."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from instructions import instructions
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from window_kit import Opener, blobs, small_project
from window_walk import show_instrument, with_a_run

from fishlab.core.history import Mark
from fishlab.core.parallel.way import ONE
from fishlab.core.probes import Question
from fishlab.ui.document import Document
from fishlab.ui.plots.live import LivePanel
from fishlab.ui.plots.time_line_bar import TimeLineBar
from fishlab.ui.session import State, TrainSession


@pytest.fixture
def session() -> TrainSession:
    made = TrainSession(Document(small_project(epochs=100)), load=blobs)
    made.ways.choose(ONE)
    return made


def trained(session: TrainSession, qtbot: QtBot) -> None:
    session.run()
    qtbot.waitUntil(lambda: session.state is State.IDLE, timeout=20_000)


def spread(session: TrainSession, qtbot: QtBot) -> list[float]:
    """The standard deviations of the weights, as a view that asks now is told."""
    found: list[object] = []

    def take(question: Question, data: object) -> None:
        if question == Question("weights"):
            found.append(data)

    session.looks.answered.connect(take)
    session.looks.ask("spread", Question("weights"))
    qtbot.waitUntil(lambda: bool(found))
    session.looks.ask("spread", None)
    session.looks.answered.disconnect(take)
    return [layer.now.std for layer in found[-1]]  # type: ignore[attr-defined]


def test_of_tens_of_thousands_of_changes_the_flags_that_lie_apart_are_painted(
    session: TrainSession, qtbot: QtBot
) -> None:
    trained(session, qtbot)
    bar = TimeLineBar(session)
    qtbot.addWidget(bar)
    bar.resize(300, 26)
    end, count = session.history.steps.rows[-1, 0], 40_000
    session.history.marks = [Mark(end * number / count, "Change") for number in range(count)]
    places = bar._flag_places()
    assert 200 < len(places) <= 300 and min(places) < 12 and max(places) > 288
    assert instructions(bar.grab) < 30 * count


def test_all_views_go_back_together_and_come_back(session: TrainSession, qtbot: QtBot) -> None:
    trained(session, qtbot)
    line = session.looks.line.moments
    assert len(line) > 2 and line[0].step == 0 and line[-1].step == session.document.model.position.step
    now = spread(session, qtbot)
    session.looks.go_to(0)
    assert session.looks.in_the_past and session.looks.moment is line[0]
    then = spread(session, qtbot)
    weights = [array for key, array in line[0].weights.items() if key.endswith("W")]
    assert then == [float(np.std(array, dtype=np.float64)) for array in weights]
    assert then != now
    session.looks.go_to(None)
    assert spread(session, qtbot) == now


def test_at_rest_whoever_comes_back_is_answered_at_once_until_another_moment_is_looked_at(
    session: TrainSession, qtbot: QtBot
) -> None:
    trained(session, qtbot)
    spread(session, qtbot)
    told: list[object] = []
    session.looks.answered.connect(lambda question, data: told.append(data))
    session.looks.ask("again", Question("weights"))
    assert len(told) == 1 and told[0] is not None
    assert not session.looks._observer.busy, "nothing is computed anew"
    session.looks.ask("again", None)
    session.looks.go_to(0)
    session.looks.ask("again", Question("weights"))
    assert len(told) == 1
    qtbot.waitUntil(lambda: len(told) == 2)


def test_whoever_comes_back_before_the_answer_gets_that_of_the_moment_looked_at(
    session: TrainSession, qtbot: QtBot
) -> None:
    trained(session, qtbot)
    looks, told = session.looks, []
    looks.answered.connect(lambda question, data: told.append(data[0].now.std))
    looks.ask("view", Question("weights"))
    qtbot.waitUntil(lambda: len(told) == 1)
    looks.go_to(0)
    looks.ask("view", None)
    looks.ask("view", Question("weights"))
    first = looks.line.moments[0].weights
    then = float(np.std(next(array for key, array in first.items() if key.endswith("W")), dtype=np.float64))
    qtbot.waitUntil(lambda: told[-1] == then)


def test_an_answer_is_told_however_quickly_it_is_found(session: TrainSession, qtbot: QtBot) -> None:
    """The observer has answered, and ended, before the window gets its next turn."""
    trained(session, qtbot)
    looks, told = session.looks, []
    looks.answered.connect(lambda question, data: told.append(question))
    want = looks._observer.want

    def want_and_wait(*args: object, **options: object) -> None:
        want(*args, **options)
        while looks._observer.busy:
            time.sleep(0.001)

    looks._observer.want = want_and_wait
    looks.ask("view", Question("weights"))
    qtbot.waitUntil(lambda: told == [Question("weights")])
    qtbot.waitUntil(lambda: not looks.busy and not looks._timer.isActive())


def test_a_run_that_goes_on_makes_the_line_longer_and_a_new_one_begins_it_anew(
    session: TrainSession, qtbot: QtBot
) -> None:
    trained(session, qtbot)
    first, steps = session.looks.line.moments[0], session.looks.line.moments[-1].step
    trained(session, qtbot)
    assert session.looks.line.moments[0] is first and session.looks.line.moments[-1].step == 2 * steps
    session.start_over()
    assert session.looks.line.moments == () and session.looks.moment is None
    trained(session, qtbot)
    assert session.looks.line.moments[0] is not first and session.looks.line.moments[-1].step == steps


def test_looking_back_changes_no_number_of_the_run(session: TrainSession, qtbot: QtBot) -> None:
    trained(session, qtbot)
    alone = session.document.model.weights
    session.start_over()
    session.run()
    qtbot.waitUntil(lambda: len(session.looks.line.moments) > 1 or session.state is State.IDLE)
    session.looks.go_to(0)
    session.looks.ask("view", Question("weights"))
    qtbot.waitUntil(lambda: session.state is State.IDLE, timeout=20_000)
    assert session.looks.in_the_past, "the end of the run does not take the person away"
    assert all(np.array_equal(alone[key], value) for key, value in session.document.model.weights.items())
    session.looks.ask("view", None)


def test_the_bar_goes_back_by_keys_and_by_mouse_and_says_where_it_is(session: TrainSession, qtbot: QtBot) -> None:
    panel = LivePanel(session.document, session)
    qtbot.addWidget(panel)
    panel.resize(640, 700)
    panel.show()
    bar, now = panel.header.time_line, panel.header.now
    assert not bar.isVisible(), "there is nothing to go back to yet"
    trained(session, qtbot)
    assert bar.isVisible() and not now.isVisible() and bar.value() == bar.maximum()
    QTest.keyClick(bar, Qt.Key.Key_Left)
    assert session.looks.index == bar.maximum() - 1 and now.isVisible()
    QTest.keyClick(bar, Qt.Key.Key_Home)
    assert session.looks.index == 0
    assert panel.header._place.text().startswith("epoch 0.0 of 100")
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() // 2, bar.height() // 2))
    assert abs(session.looks.index - bar.maximum() / 2) <= 1
    now.click()
    assert not session.looks.in_the_past and bar.value() == bar.maximum()


@pytest.mark.slow
def test_an_animation_has_a_picture_of_each_moment_and_leaves_the_views_where_they_were(
    session: TrainSession, qtbot: QtBot, tmp_path: Path
) -> None:
    panel = LivePanel(session.document, session)
    qtbot.addWidget(panel)
    panel.resize(640, 700)
    panel.show()
    trained(session, qtbot)
    session.looks.go_to(1)
    panel.header.animation.begin(panel, tmp_path / "run.gif")
    with qtbot.waitSignal(panel.header.animation.done, timeout=40_000):
        pass
    assert session.looks.index == 1
    with Image.open(tmp_path / "run.gif") as film:
        assert film.n_frames == min(48, len(session.looks.line.moments)) and film.size == (640, 700)
        first = np.asarray(film.convert("RGB")).copy()
        film.seek(film.n_frames - 1)
        last = np.asarray(film.convert("RGB"))
    weights = panel.weights.geometry()
    region = np.s_[weights.top() : weights.bottom(), weights.left() : weights.right()]
    assert (first[region] != last[region]).mean() > 0.005, "the histograms have moved"


def test_an_animation_can_be_stopped_and_leaves_no_file(session: TrainSession, qtbot: QtBot, tmp_path: Path) -> None:
    panel = LivePanel(session.document, session)
    qtbot.addWidget(panel)
    panel.show()
    trained(session, qtbot)
    panel.header.animation.begin(panel, tmp_path / "run.gif")
    qtbot.waitUntil(lambda: session.looks.in_the_past)
    panel.header.film.click()
    assert not panel.header.animation.busy and not session.looks.in_the_past
    assert not list(tmp_path.iterdir())


def test_another_project_ends_the_animation(session: TrainSession, qtbot: QtBot, tmp_path: Path) -> None:
    panel = LivePanel(session.document, session)
    qtbot.addWidget(panel)
    panel.show()
    trained(session, qtbot)
    panel.header.animation.begin(panel, tmp_path / "run.gif")
    qtbot.waitUntil(lambda: session.looks.in_the_past)
    session.document.replace(small_project())
    qtbot.waitUntil(lambda: not panel.header.animation.busy)
    assert not session.looks.in_the_past and not list(tmp_path.iterdir())


def test_a_run_that_begins_ends_the_animation_and_none_is_offered_beside_it(
    session: TrainSession, qtbot: QtBot, tmp_path: Path
) -> None:
    panel = LivePanel(session.document, session)
    qtbot.addWidget(panel)
    panel.show()
    trained(session, qtbot)
    header = panel.header
    assert header.film.isEnabled()
    header.animation.begin(panel, tmp_path / "run.gif")
    qtbot.waitUntil(lambda: session.looks.in_the_past)
    session.run()
    assert not header.animation.busy and not session.looks.in_the_past
    assert not header.film.isEnabled()
    qtbot.waitUntil(lambda: session.state is State.IDLE, timeout=20_000)
    assert header.film.isEnabled() and not list(tmp_path.iterdir())


@pytest.mark.slow
def test_an_animation_that_cannot_be_written_says_why(session: TrainSession, qtbot: QtBot, tmp_path: Path) -> None:
    panel = LivePanel(session.document, session)
    qtbot.addWidget(panel)
    panel.show()
    trained(session, qtbot)
    said: list[str] = []
    panel.header.animation.failed.disconnect()
    panel.header.animation.failed.connect(lambda error: said.append(str(error)))
    panel.header.animation.begin(panel, tmp_path / "no folder" / "run.gif")
    qtbot.waitUntil(lambda: bool(said), timeout=40_000)
    assert "run.gif" in said[0]


def test_after_an_edit_it_is_said_which_network_is_seen(open_window: Opener, qtbot: QtBot) -> None:
    window = with_a_run(open_window, qtbot)
    header, document = window.live_panel.header, window.document
    assert header._place.text() == "end, epoch 3.0" and not header._place.toolTip()
    maps = show_instrument(window, "maps")
    qtbot.waitUntil(lambda: not maps.is_empty and not window.session.looks.busy, timeout=30_000)
    assert "not trained" not in maps._title.summary()
    first = document.network.layers[0]
    document.edit("Filters", document.network.change(first.uid, filters=6))
    assert header._place.text() == "epoch 3.0, before your changes" and "Run trains it" in header._place.toolTip()
    qtbot.waitUntil(lambda: "not trained yet" in maps._title.summary(), timeout=30_000)
    confusion = show_instrument(window, "confusion")
    qtbot.waitUntil(lambda: "before your changes" in confusion._title.summary(), timeout=30_000)
    document.undo_stack.undo()
    assert header._place.text() == "end, epoch 3.0" and not header._place.toolTip()
    maps = show_instrument(window, "maps")
    qtbot.waitUntil(lambda: maps._title.summary() and "not trained" not in maps._title.summary(), timeout=30_000)


def test_back_in_the_run_every_view_shows_the_network_of_then_whatever_was_edited_since(
    open_window: Opener, qtbot: QtBot
) -> None:
    window = with_a_run(open_window, qtbot)
    maps = show_instrument(window, "maps")
    qtbot.waitUntil(lambda: not maps.is_empty and not window.session.looks.busy, timeout=30_000)
    channels = maps._maps.layers[0].shape[0]
    first = window.document.network.layers[0]
    window.document.edit("Filters", window.document.network.change(first.uid, filters=channels + 1))
    qtbot.waitUntil(lambda: maps._maps.layers[0].shape[0] == channels + 1, timeout=30_000)
    window.session.looks.go_to(0)
    qtbot.waitUntil(lambda: maps._maps.layers[0].shape[0] == channels, timeout=30_000)
    qtbot.waitUntil(lambda: "not trained" not in maps._title.summary(), timeout=30_000)
    assert "All views" in window.live_panel.header._place.toolTip()
    window.session.looks.go_to(None)
    qtbot.waitUntil(lambda: maps._maps.layers[0].shape[0] == channels + 1, timeout=30_000)
