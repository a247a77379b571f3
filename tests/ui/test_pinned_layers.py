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


def test_a_pinned_stepper_stays_at_its_layer_through_selection_removal_and_undo(window: MainWindow, qtbot) -> None:
    document, stepper = window.document, show_instrument(window, "stepper")
    qtbot.waitUntil(lambda: stepper.page.trace is not None, timeout=30_000)
    first, second = convolutions(window)
    document.select((first,))
    stepper.pin_button.click()
    document.select((second,))
    assert stepper.page.step.uid == stepper.pin == first
    stepper.buttons["next"].click()  # it is a person who goes on: the pin goes with them
    here = stepper.page.step.uid
    assert here != first and stepper.pin == here
    document.edit("Remove", document.network.remove(here))
    qtbot.waitUntil(lambda: here not in {step.uid for step in stepper.page.steps}, timeout=30_000)
    assert stepper.page.step.uid != here and stepper.pin == here
    document.undo_stack.undo()
    qtbot.waitUntil(lambda: stepper.page.step.uid == here, timeout=30_000)
    stepper.pin_button.click()
    document.select((second,))
    assert stepper.page.step.uid == second and stepper.pin == ""


@pytest.mark.parametrize("name", ["cost", "gradient_check"])
def test_a_table_of_all_layers_marks_the_selected_one_and_brings_it_into_sight(
    window: MainWindow, qtbot, name: str
) -> None:
    instrument = show_instrument(window, name)
    table = instrument.lines
    if name == "gradient_check":
        instrument.start()
    qtbot.waitUntil(lambda: bool(table.lines()), timeout=30_000)
    for layer in (window.document.network.layers[-1], window.document.network.layers[0]):
        window.document.select((layer.uid,))
        line = table.lines()[table.currentIndex().row()]
        assert line.uid == layer.uid and table.selectionModel().isSelected(table.currentIndex())
        assert table.viewport().rect().intersects(table.visualRect(table.currentIndex()))


def test_feature_maps_bring_the_selected_layer_into_sight(window: MainWindow, qtbot) -> None:
    maps = show_instrument(window, "maps")
    qtbot.waitUntil(lambda: not maps.is_empty, timeout=30_000)
    area = maps.columns.parentWidget()
    area.window().resize(1000, 600)
    for index in (-1, 0, -2):
        layer = window.document.network.layers[index]
        window.document.select((layer.uid,))
        column = maps.columns.area_of((index % len(window.document.network.layers), 0))
        shown = column.translated(maps.columns.pos())
        assert area.rect().left() <= shown.left() and shown.right() <= area.rect().right()
