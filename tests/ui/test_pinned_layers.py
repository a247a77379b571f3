"""Where an instrument shows one layer it follows the selection, or stays at the one it is pinned to."""

from __future__ import annotations

import pytest
from window_kit import Opener
from window_walk import instrument_names, show_instrument, small_convolutions

from fishlab.ui.main_window import MainWindow
from fishlab.ui.plots.instrument import Instrument

PINNED = ("histograms", "filter_bank", "excite")


@pytest.fixture
def window(open_window: Opener) -> MainWindow:
    opened, _ = open_window()
    opened.document.replace(small_convolutions())
    return opened


def convolutions(window: MainWindow) -> list[str]:
    return [layer.uid for layer in window.document.network.layers if layer.kind == "convolution"]


def test_the_instruments_that_show_one_layer_can_be_pinned_to_it(window: MainWindow) -> None:
    found = [name for name in instrument_names(window) if getattr(show_instrument(window, name), "layers", None)
             and isinstance(window.live_panel.strip.instrument(name), Instrument)]  # fmt: skip
    assert tuple(found) == PINNED


@pytest.mark.parametrize("name", PINNED)
def test_a_pinned_instrument_stays_and_an_unpinned_one_follows_the_selection(window: MainWindow, name: str) -> None:
    layers = show_instrument(window, name).layers
    first, second = convolutions(window)
    layers.pin("")
    for uid in (first, second):
        window.document.select((uid,))
        assert (layers.uid, layers.pinned) == (uid, False)
    layers.pin(first)
    window.document.select((second,))
    assert (layers.uid, layers.pinned) == (first, True)


@pytest.mark.parametrize("name", PINNED)
def test_a_pin_survives_rename_removal_and_undo(window: MainWindow, name: str) -> None:
    document, layers = window.document, show_instrument(window, name).layers
    second = convolutions(window)[-1]
    layers.pin(second)
    document.edit("Rename", document.network.change(second, name="Edges"))
    assert layers.uid == second and "Edges" in layers.box.currentText()
    document.edit("Remove", document.network.remove(second))
    assert layers.uid != second
    document.undo_stack.undo()
    assert (layers.uid, layers.pinned) == (second, True)
    document.undo_stack.undo()
    assert layers.uid == second and "Edges" not in layers.box.currentText()


def test_the_stepper_turns_to_the_layer_that_is_selected(window: MainWindow, qtbot) -> None:
    stepper = show_instrument(window, "stepper")
    qtbot.waitUntil(lambda: stepper.page.trace is not None, timeout=30_000)
    for uid in convolutions(window):
        window.document.select((uid,))
        assert stepper.page.step.uid == uid
