"""The toolbar says the true state, and stays where it is while its words change."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest
from window_kit import Opener, small_project

from fishlab.core.errors import DataError
from fishlab.core.layers import LAYERS
from fishlab.core.runner import Preparing
from fishlab.ui.main_window import MainWindow
from fishlab.ui.session import State
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button


def primary(window: MainWindow) -> list[str]:
    return [button.text() for button in window.findChildren(Button) if button.property("primary")]


def geometry(window: MainWindow) -> list[tuple[int, int]]:
    bar = window.run_bar
    return [(part.x(), part.width()) for part in (bar.run, bar.pause, bar.step, bar.stop, bar.strip, bar.find)]


def say(window: MainWindow, state: State) -> None:
    window.session._work.set_state(state)


def break_network(window: MainWindow) -> None:
    first, *rest = window.document.network.layers
    broken = type(window.document.network)(name="Broken", layers=(first.replace(stride=(2, 2)), *rest))
    window.document.edit("Stride", broken)


def test_exactly_one_button_is_filled_and_it_is_the_next_step(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    assert primary(window) == ["Run"]
    window.document.replace(small_project(epochs=10_000))
    window.session.run()
    seen = {window.session.state: primary(window)}
    qtbot.waitUntil(lambda: len(window.session.history.steps) > 3)
    seen[State.RUNNING] = primary(window)
    window.session.pause()
    seen[State.PAUSING] = primary(window)
    words = window.run_bar.pause.text()
    qtbot.waitUntil(lambda: window.session.state is State.PAUSED)
    seen[State.PAUSED] = primary(window)
    assert seen == {State.PREPARING: [], State.RUNNING: ["Pause"], State.PAUSING: [], State.PAUSED: ["Resume"]}
    assert words == "Pausing…"
    window.session.stop()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE)
    assert primary(window) == ["Resume"]


def test_a_network_that_does_not_fit_fills_no_button_and_says_why(open_window: Opener) -> None:
    window, _ = open_window()
    break_network(window)
    assert primary(window) == []
    enabled = [name for name in ("run", "pause", "step", "stop") if window.actions_[f"train.{name}"].isEnabled()]
    assert enabled == []
    assert window.run_bar.strip.accessibleName() == "Cannot run 1 Convolution does not fit evenly"
    assert "1 Convolution does not fit evenly" in window.run_bar.run.toolTip()
    sentence = window.status.sentence.text()
    assert sentence == "1 problem: 1 Convolution does not fit evenly. Run is off until that is mended."


def stands_still(window) -> bool:
    """Whether nothing of the bar moves while events are looked at."""
    before = geometry(window)
    QTest.qWait(10)
    return geometry(window) == before


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_no_part_of_the_bar_moves_when_the_state_changes(open_window: Opener, own_theme: None, qtbot, scale) -> None:
    window, _ = open_window(size=(1500, 800))
    theme().set_font_scale(scale)
    qtbot.waitUntil(lambda: stands_still(window))
    seen = set()
    for state in State:
        say(window, state)
        qtbot.wait(1)
        seen.add(tuple(geometry(window)))
        for button in (window.run_bar.run, window.run_bar.pause, window.run_bar.stop):
            assert button.sizeHint().width() <= button.width(), (state, button.text())
    say(window, State.IDLE)
    assert len(seen) == 1


def test_the_words_of_the_strip_have_room_in_a_window_of_1280(open_window: Opener, qtbot) -> None:
    window, _ = open_window(size=(1280, 720))
    strip = window.run_bar.strip
    bold, plain = theme().font("small", 600), theme().font("small")
    from PySide6.QtGui import QFontMetricsF

    for words in (
        ("Cannot run", "1 Convolution does not fit evenly", ""), ("Epoch 13 of 20", "running", "10:53 left"),
        ("Epoch 3 done", "Run adds 3 epochs", ""), ("Ready", "network changed: a new run, 3 epochs", ""),
    ):  # fmt: skip
        width = QFontMetricsF(bold).horizontalAdvance(words[0]) + sum(
            QFontMetricsF(plain).horizontalAdvance(word) for word in words[1:]
        )
        assert width + 2 * theme().u(9) <= strip.width(), words


def test_a_narrow_bar_gives_up_words_before_buttons(open_window: Opener, own_theme: None, qtbot) -> None:
    window, _ = open_window(size=(1500, 800))
    bar = window.run_bar
    assert bar.find.text().endswith("Ctrl+Shift+P") and bar.layouts.isVisible()
    window.resize(1280, 720)
    for _ in range(5):
        window.actions_["view.larger"].trigger()
    qtbot.waitUntil(lambda: bar.find.text() == "" and stands_still(window))
    assert theme().font_scale == 1.5 and (window.width(), window.height()) == (1280, 720)
    assert bar.find.text() == "" and not bar.layouts.isVisible() and bar.find.accessibleName() == "Find a command"
    right = max(button.geometry().right() for button in (bar.run, bar.stop, bar.strip, bar.undo, bar.find))
    assert right < bar.width() and bar.width() <= 1280


def test_an_edit_during_a_run_and_after_it_is_told(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    window.document.replace(small_project(epochs=10_000))
    window.session.run()
    qtbot.waitUntil(lambda: len(window.session.history.steps) > 3)
    extra = LAYERS["dropout"].item.Spec()
    network = window.document.network
    window.document.edit("Add", type(network)(name="Small", layers=(*network.layers[:-1], extra, network.layers[-1])))
    assert window.status.sentence.text().startswith("This run goes on with the network as it was")
    window.session.stop()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE)
    assert window.run_bar.run.text() == "Run" and "a new run" in window.run_bar.strip.accessibleName()


def test_what_is_being_prepared_is_said_and_can_be_stopped(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    say(window, State.PREPARING)
    window.session._mail._take_event(Preparing("Drawing digits", 3, 10))
    assert window.run_bar.strip.accessibleName() == "Preparing Drawing digits 30 %"
    assert window.actions_["train.stop"].isEnabled()
    say(window, State.IDLE)


def test_a_run_that_fails_says_why_and_run_is_there_again(open_window: Opener, qtbot) -> None:
    window, person = open_window()

    def broken(_spec, _progress):
        raise DataError("The images are gone. Choose another folder.")

    window.session._load = broken
    window.document.replace(small_project())
    window.session.run()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE)
    assert window.status.sentence.text() == "The images are gone. Choose another folder."
    assert primary(window) == ["Run"] and person.told == []


def test_undo_and_redo_buttons_follow_the_document_and_name_the_step(open_window: Opener) -> None:
    window, _ = open_window()
    bar = window.run_bar
    assert not bar.undo.isEnabled() and not bar.redo.isEnabled()
    window.document.edit("Rename network", window.document.network.renamed("Mine"))
    assert bar.undo.isEnabled() and bar.undo.toolTip().startswith("Undo Rename network (Ctrl+Z)")
    bar.undo.click()
    assert window.document.network.name == "SimpleConvNet" and bar.redo.isEnabled()
