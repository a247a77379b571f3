"""Where an instrument shows one layer it follows the selection, or stays at the one it is pinned to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_kit import Opener
from window_walk import instrument_names, show_instrument, small_convolutions

from fishlab.core.checking import Verdict
from fishlab.ui.main_window import MainWindow
from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.plots.pin import PinAction, pin_of

ONE = ("filter_bank", "excite")
"""Those that show one layer."""
ALL = ("maps", "histograms", "cost", "gradient_check")
"""Those that show all layers, or one."""
PINNED = ("maps", "histograms", "filter_bank", "excite", "cost", "gradient_check")
"""Both; the stepper goes through the layers in its own way."""


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


def test_the_pin_is_the_same_button_in_the_same_place_and_only_where_there_is_a_layer(window: MainWindow) -> None:
    strip, words = window.live_panel.strip, set()
    for name in instrument_names(window):
        instrument = show_instrument(window, name)
        pins = [place for place, one in enumerate(instrument.actions()) if isinstance(one, PinAction)]
        assert pins == ([1] if name in (*PINNED, "stepper") else []), name
        assert strip.pin_action.isEnabled() is bool(pins)
        if pins:
            assert strip._buttons[1].defaultAction() is pin_of(instrument)
            words.add(pin_of(instrument).text())
    assert len(words) == 1 and strip.pin_action.shortcut().toString() in words.pop()


@pytest.mark.parametrize("name", (*PINNED, "stepper"))
def test_the_key_pins_to_the_layer_that_is_selected_and_lets_go_again(window: MainWindow, qtbot, name: str) -> None:
    instrument, pin = show_instrument(window, name), window.live_panel.strip.pin_action
    if name == "stepper":
        qtbot.waitUntil(lambda: instrument.page.trace is not None)
    first, second = convolutions(window)
    before = getattr(instrument.layers, "uid", "")
    window.document.select((first,))
    pin.trigger()
    assert instrument.pin == first and instrument.pin_action.isChecked()
    assert "1 Convolution" in instrument.pin_action.text()
    window.document.select((second,))
    assert instrument.pin == first
    pin.trigger()
    assert instrument.pin in ("", "all") and not instrument.pin_action.isChecked()
    if name in ALL:
        assert instrument.layers.uid == before == "all"


@pytest.mark.parametrize("name", (*PINNED, "stepper"))
def test_the_pin_of_a_removed_layer_says_so_until_it_is_back_and_not_in_another_project(
    window: MainWindow, qtbot, name: str
) -> None:
    document, instrument = window.document, show_instrument(window, name)
    if name == "stepper":
        qtbot.waitUntil(lambda: instrument.page.trace is not None)
    second = convolutions(window)[-1]
    instrument.set_pin(second)
    assert instrument.pin_action.isChecked()
    document.edit("Remove", document.network.remove(second))
    assert not instrument.pin_action.isChecked() and "4 Convolution was removed" in instrument.pin_action.text()
    document.undo_stack.undo()
    assert instrument.pin_action.isChecked() and "Pinned to 4 Convolution" in instrument.pin_action.text()
    document.replace(small_convolutions())
    assert not instrument.pin_action.isChecked() and "removed" not in instrument.pin_action.text()
    assert instrument.pin == second, "it waits for its own project"


def test_maps_that_are_pinned_show_their_layer_alone_and_larger(window: MainWindow, qtbot) -> None:
    maps = window.live_panel.strip.take_out("maps").instrument
    maps.window().resize(1100, 420)
    qtbot.waitUntil(lambda: not maps.is_empty)
    _, second = convolutions(window)
    drawn = {column.layer.uid: column.layout.size for column in maps.columns._columns}
    maps.set_pin(second)
    qtbot.waitUntil(lambda: maps.columns.count == 1)
    (alone,) = maps.columns._columns
    assert alone.layer.uid == second
    assert alone.layout.size[0] * alone.layout.size[1] > drawn[second][0] * drawn[second][1]
    names, rows = maps.table()
    assert names == ("map", "row", "column", "value") and len(rows) == alone.layer.values.size
    assert np.float32(rows[-1][-1]) == alone.layer.values[-1, -1, -1]
    assert "4 Convolution" in maps.summary() and "1 Convolution" not in maps.summary()
    maps.pin_action.trigger()
    qtbot.waitUntil(lambda: maps.columns.count == len(drawn))


def test_cost_that_is_pinned_shows_and_says_its_layer_beside_all(window: MainWindow) -> None:
    cost = show_instrument(window, "cost")
    second = convolutions(window)[-1]
    names, rows = cost.table()
    whole = sum(row[names.index("mult_adds")] for row in rows)
    cost.set_pin(second)
    cost.redraw()
    ((*row,),) = cost.table()[1]
    assert (row[0], row[1]) == ("4", "Convolution")
    assert [line.cells[0].text for line in cost.lines.lines()] == ["4 Convolution", "All"]
    share = round(100 * row[names.index("mult_adds")] / whole)
    assert cost.summary().startswith(f"4 Convolution has {share} % of all multiply-adds.")


def test_a_gradient_check_that_is_pinned_speaks_of_its_layer_and_of_what_is_wrong_elsewhere(
    window: MainWindow, qtbot
) -> None:
    check = show_instrument(window, "gradient_check")
    check.start()
    qtbot.waitUntil(lambda: check.report is not None)
    first, second = convolutions(window)
    check.set_pin(second)
    check.redraw()
    own = [one for one in check.report.findings if one.uid == second]
    assert len(check.table()[1]) == len(check.lines.lines()) == len(own)
    assert [one.gradient for one in own if one.gradient] == ["dx", "dW", "db"]
    assert check.summary().startswith("All 3 gradients of 4 Convolution are right: ")
    wrong = [replace(one, verdict=Verdict.WRONG) if one.uid == first else one for one in check.report.findings]
    check.report = replace(check.report, findings=tuple(wrong))
    assert "4 Convolution are right" in check.summary() and "Wrong elsewhere: 1 Convolution, " in check.summary()
    check.set_pin(window.document.network.layers[1].uid)
    assert check.summary().startswith("The gradient of 2 ReLU is right: ")


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
    assert layers.uid != second and not layers.pinned
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


def test_a_stepper_that_is_opened_later_begins_at_the_layer_that_is_selected(window: MainWindow, qtbot) -> None:
    second = convolutions(window)[-1]
    window.document.select((second,))
    stepper = show_instrument(window, "stepper")
    qtbot.waitUntil(lambda: stepper.page.trace is not None)
    assert stepper.page.step.uid == second


def test_a_pinned_stepper_stays_at_its_layer_through_selection_removal_and_undo(window: MainWindow, qtbot) -> None:
    document, stepper = window.document, show_instrument(window, "stepper")
    qtbot.waitUntil(lambda: stepper.page.trace is not None, timeout=30_000)
    first, second = convolutions(window)
    document.select((first,))
    stepper.pin_action.trigger()
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
    stepper.pin_action.trigger()
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


def test_the_key_pins_in_a_window_of_its_own_too(window: MainWindow, qtbot) -> None:
    own = window.live_panel.strip.take_out("maps")
    own.activateWindow()
    qtbot.waitUntil(own.isActiveWindow)
    first, _ = convolutions(window)
    window.document.select((first,))
    QTest.keyClick(own, Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier)
    assert own.instrument.pin == first and own.instrument.pin_action.isChecked()
    assert not own.instrument.frozen
