"""What every instrument can, one after the other: be frozen, enlarged, saved, read as a sentence, and cost nothing.

Pins have a file of their own, test_pinned_layers.
"""

from __future__ import annotations

import csv
import io
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from test_freeze import draw_a_one
from window_kit import Opener, WindowMaker, small_project
from window_walk import show_instrument, small_convolutions, with_a_run

from fishlab.core.layers import LAYERS
from fishlab.core.spec import DataSpec, NetworkSpec
from fishlab.ui.benches.try_digit import TryDigit
from fishlab.ui.main_window import MainWindow
from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.plots.live import INSTRUMENTS
from fishlab.ui.session import State
from fishlab.ui.theme import theme

SVG = "{http://www.w3.org/2000/svg}"
NAMES = tuple(name for name, _, _ in INSTRUMENTS)
ASKING = (
    "try", "maps", "mistakes", "confusion", "histograms", "filter_bank", "excite", "saliency", "scores", "stepper",
)  # fmt: skip
"""Those that ask the network by themselves; cost and the gradient check ask on request."""
every = pytest.mark.parametrize("name", NAMES)
asking = pytest.mark.parametrize("name", ASKING)


def wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not until():
        assert time.monotonic() < end
        QTest.qWait(5)


@pytest.fixture(scope="module")
def bench(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    """A window whose network has learned, each instrument with something to show, a digit drawn. Leave it as it is."""
    maker = WindowMaker(tmp_path_factory.mktemp("bench"))
    window, _ = maker.open(size=(1440, 900))
    window.document.replace(small_convolutions(epochs=2))
    draw_a_one(window)
    window.session.run()
    wait(lambda: window.session.state is State.IDLE)
    press(window)
    for name in NAMES:
        shown(window, name)
    yield window
    maker.close()


def press(window: MainWindow) -> None:
    """The buttons of those that ask on request."""
    for name in ("cost", "gradient_check"):
        instrument = show_instrument(window, name)
        instrument.start()
        wait(lambda: not instrument.busy)  # noqa: B023


def shown(window: MainWindow, name: str) -> Any:
    """Turn to it and wait until it shows something."""
    instrument = show_instrument(window, name)
    looks = window.session.looks
    wait(lambda: not looks.busy and not (isinstance(instrument, Instrument) and instrument.is_empty))
    if name == "try":
        wait(lambda: instrument.bars.answer() is not None)
    if isinstance(instrument, Instrument):
        wait(lambda: not instrument.throttle.isActive())
    return instrument


def asked(window: MainWindow, instrument: QWidget) -> list[object]:
    """What it asks at the moment, in any order; try a digit asks under names of its own."""
    more = ((instrument, "maps"), (instrument, "kept"), "digit") if isinstance(instrument, TryDigit) else ()
    owners = (instrument, *more)
    return sorted((one for owner, one in window.session.looks._asked.items() if owner in owners), key=repr)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), strict=True))


def words_of(path: Path) -> str:
    root = ElementTree.parse(path).getroot()
    return " ".join("".join(text.itertext()) for text in root.iter(f"{SVG}text"))


@pytest.fixture
def frozen(bench: MainWindow, name: str) -> Iterator[Any]:
    """The instrument, frozen while a test looks."""
    instrument = shown(bench, name)
    instrument.freeze_action.trigger()
    yield instrument
    instrument.freeze_action.trigger()
    shown(bench, name)


# -- frozen ------------------------------------------------------------------------------------------------------------
@every
def test_frozen_it_says_so_on_its_button_in_words_in_the_picture_and_in_the_name_of_the_file(
    bench: MainWindow, frozen: Any, name: str, tmp_path: Path
) -> None:
    button = bench.live_panel.strip._buttons[0]
    assert button.text() == "Frozen" and button.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    assert button.width() > button.height()
    frozen.save_svg(tmp_path / "frozen.svg")
    drawn = words_of(tmp_path / "frozen.svg")
    said = [frozen.spoken(), frozen.accessibleDescription(), frozen.saved_name(), drawn]
    assert all("frozen" in words.lower() for words in said), said
    if name in ASKING and name != "try":
        assert "Frozen at epoch 2.0." in frozen.spoken() and "Frozen at epoch 2.0." in drawn
    frozen.freeze_action.trigger()
    assert button.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly and button.width() == button.height()
    assert "frozen" not in f"{frozen.spoken()} {frozen.saved_name()}".lower()
    frozen.freeze_action.trigger()


@every
def test_frozen_no_key_and_no_control_asks_for_something_else_behind(
    bench: MainWindow, name: str, qtbot: QtBot
) -> None:
    instrument = shown(bench, name)
    before = asked(bench, instrument)
    instrument.freeze_action.trigger()
    for key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_PageDown):
        QTest.keyClick(instrument, key)
    off = getattr(instrument, "_asking", [])
    assert not any(widget.isEnabled() for widget in off)
    assert asked(bench, instrument) == []
    instrument.freeze_action.trigger()
    assert asked(bench, instrument) == before
    assert all(widget.isEnabled() for widget in off)


def test_frozen_all_stay_whatever_is_selected_or_edited(open_window: Opener, qtbot: QtBot) -> None:
    window = with_a_run(open_window, qtbot)
    document, before = window.document, {}
    draw_a_one(window)
    press(window)
    for name in NAMES:
        instrument = shown(window, name)
        instrument.freeze_action.trigger()
        before[instrument] = instrument.csv(), instrument.spoken(), instrument.saved_name()
    document.select((document.network.layers[3].uid,))
    document.edit("Remove", document.network.remove(document.network.layers[3].uid))
    window.session.looks.go_to(0)
    for name in NAMES:
        instrument = show_instrument(window, name)
        assert (instrument.csv(), instrument.spoken(), instrument.saved_name()) == before[instrument], name


# -- enlarged ----------------------------------------------------------------------------------------------------------
@every
def test_it_is_enlarged_and_put_into_a_window_and_comes_back_by_keys(bench: MainWindow, name: str) -> None:
    strip, instrument = bench.live_panel.strip, shown(bench, name)
    low = instrument.height()
    strip.enlarge_action.trigger()
    wait(lambda: instrument.height() > 1.5 * low)
    strip.enlarge_action.trigger()
    wait(lambda: instrument.height() == low)
    strip.window_action.trigger()
    own = strip.windows[name]
    wait(lambda: instrument.isVisible() and instrument.window() is own)
    own.activateWindow()
    wait(own.isActiveWindow)
    QTest.keyClick(own, Qt.Key.Key_F11)
    assert own.isFullScreen()
    QTest.keyClick(own, Qt.Key.Key_F11)
    assert not own.isFullScreen()
    QTest.keyClick(own, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    wait(lambda: name not in strip.windows and instrument.window() is bench)
    assert instrument.isVisible()


# -- saved -------------------------------------------------------------------------------------------------------------
@every
def test_picture_drawing_and_numbers_hold_what_is_seen(bench: MainWindow, name: str, tmp_path: Path) -> None:
    instrument = shown(bench, name)
    instrument.save_png(tmp_path / "seen.png")
    instrument.save_svg(tmp_path / "seen.svg")
    image = QImage(str(tmp_path / "seen.png"))
    assert image.width() >= 1.9 * instrument.width() and image.height() >= 300
    card = theme().colour("card").rgb()
    pixels = [image.pixel(x, y) for x in range(4, image.width(), 7) for y in range(4, image.height(), 7)]
    assert card in pixels and len(set(pixels)) > 5
    root = ElementTree.parse(tmp_path / "seen.svg").getroot()
    assert root.find(f"{SVG}title").text == instrument.accessibleName()
    assert (root.find(f"{SVG}desc").text or "").strip() == instrument.spoken()
    assert words_of(tmp_path / "seen.svg").strip() or name == "stepper"
    names, *numbers = rows(instrument.csv())
    assert numbers and len(set(names)) == len(names) and all(len(row) == len(names) for row in numbers)


def test_the_numbers_saved_of_a_pinned_layer_are_those_that_numpy_finds(bench: MainWindow) -> None:
    maps, model = shown(bench, "maps"), bench.document.model
    first = bench.document.network.layers[0].uid
    maps.set_pin(first)
    wait(lambda: maps.columns.count == 1)
    try:
        _, *numbers = rows(maps.csv())
        found = np.array([float(row[-1]) for row in numbers]).reshape(4, 24, 24)
        of_it = {array.ndim: array for key, array in model.weights.items() if first in key}
        weights, bias = of_it[4], of_it[1]
        image = model.scaling.apply(maps._maps.image.pixels[None])[0, 0].astype(np.float64)
        patches = np.lib.stride_tricks.sliding_window_view(image, (5, 5))
        expected = np.einsum("ijhw,fhw->fij", patches, weights[:, 0].astype(np.float64)) + bias[:, None, None]
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    finally:
        maps.set_pin("all")
        shown(bench, "maps")


@every
def test_the_name_of_the_file_says_what_it_is_in_plain_words(bench: MainWindow, name: str) -> None:
    words = shown(bench, name).saved_name()
    assert words.startswith("Small ") and "_" not in words
    assert not set('/\\:*?"<>|') & set(words)


# -- read as a sentence ------------------------------------------------------------------------------------------------
@every
def test_it_is_read_as_a_sentence_that_can_be_copied(bench: MainWindow, name: str) -> None:
    instrument = shown(bench, name)
    QApplication.clipboard().clear()
    next(one for one in instrument.menu.actions() if one.objectName().endswith(".sentence")).trigger()
    copied = QGuiApplication.clipboard().text()
    assert copied == instrument.spoken() and len(copied.split()) > 3
    assert copied.rstrip()[-1] in ".%" and ".." not in copied and "  " not in copied


def test_back_in_the_run_sentences_and_pictures_say_of_which_epoch_they_are(bench: MainWindow, tmp_path: Path) -> None:
    looks = bench.session.looks
    looks.go_to(1)
    try:
        for name in ASKING:
            instrument = shown(bench, name)
            words = f"Back at epoch {looks.moment.x:.2f}."
            wait(lambda: instrument.spoken().startswith(words))  # noqa: B023  (what it showed before stays meanwhile)
            if name != "try":
                instrument.save_svg(tmp_path / "back.svg")
                assert words in words_of(tmp_path / "back.svg"), name
        assert "Back" not in shown(bench, "curves").spoken() + shown(bench, "data").spoken()
    finally:
        looks.go_to(None)
        shown(bench, "maps")


# -- only while somebody looks -----------------------------------------------------------------------------------------
@asking
def test_nothing_is_asked_in_a_hidden_tab_a_minimized_or_a_closed_window(bench: MainWindow, name: str) -> None:
    strip, instrument = bench.live_panel.strip, shown(bench, name)
    assert asked(bench, instrument)
    strip.turn_to("log")
    assert not asked(bench, instrument), "a hidden tab"
    own = strip.take_out(name)
    assert asked(bench, instrument)
    own.showMinimized()
    wait(lambda: not asked(bench, instrument))
    bench.document.select((bench.document.network.layers[0].uid,))
    instrument._ask() if name == "try" else instrument.ask()
    assert not asked(bench, instrument), "a minimized window"
    own.showNormal()
    wait(lambda: bool(asked(bench, instrument)))
    own.close()
    assert not asked(bench, instrument), "a closed window"
    bench.document.select(())


def test_data_are_not_read_in_a_minimized_window(bench: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    own = bench.live_panel.strip.take_out("data")
    own.showMinimized()
    wait(own.isMinimized)
    read: list[object] = []
    monkeypatch.setattr(own.instrument.feed, "look", lambda *spec: read.append(spec))
    own.instrument.ask()
    assert not read
    own.showNormal()
    wait(lambda: bool(read))
    own.close()


def test_the_tiles_ask_nothing_in_a_minimized_window(bench: MainWindow) -> None:
    bench.showMinimized()
    wait(lambda: not bench.session.looks._asked)
    bench.showNormal()
    wait(lambda: bool(bench.session.looks._asked))


# -- nothing to see ----------------------------------------------------------------------------------------------------
def network(*kinds: str, in_shape: tuple[int, ...] = (1, 28, 28)) -> NetworkSpec:
    layers = tuple(LAYERS[kind].item.Spec(**({"units": 10} if kind == "affine" else {})) for kind in kinds)
    return NetworkSpec(name="Small", layers=layers, in_shape=in_shape)


EMPTY = {
    "untrained": small_project().replace(network=network("flatten", "affine")),
    "points": small_project().replace(network=network("affine", in_shape=(2,)), data=DataSpec(source="spirals")),
    "nothing": small_project().replace(network=network()),
    "broken": small_project().replace(network=network("affine")),
}


@pytest.mark.parametrize("project", EMPTY)
def test_with_nothing_to_see_it_says_why_in_the_same_words_and_saves_nothing(
    open_window: Opener, qtbot: QtBot, project: str
) -> None:
    window, _ = open_window()
    window.document.replace(EMPTY[project])
    for name in NAMES:
        instrument = show_instrument(window, name)
        qtbot.waitUntil(lambda: not window.session.looks.busy)
        said = instrument.spoken()
        assert len(said.split()) > 2 and said == instrument.accessibleDescription(), (name, said)
        if isinstance(instrument, Instrument):
            assert instrument.save_action.isEnabled() is not instrument.is_empty, name


@pytest.mark.parametrize("name", ["cost", "gradient_check"])
def test_in_a_low_strip_a_picture_holds_all_lines_and_all_words_and_the_screen_stays(
    open_window: Opener, tmp_path: Path, name: str
) -> None:
    window, _ = open_window(size=(1280, 720))
    window.document.replace(small_convolutions())
    press(window)
    instrument = shown(window, name)
    QApplication.processEvents()
    size, place = instrument.size(), instrument.lines.verticalScrollBar().maximum()
    assert place > 0
    instrument.save_svg(tmp_path / "all.svg")
    drawn = words_of(tmp_path / "all.svg")
    assert all(line.cells[-2 if name == "cost" else -1].text in drawn for line in instrument.lines.lines())
    assert instrument.lines.lines()[-1].cells[0].text in drawn
    assert instrument.summary().split()[-1] in drawn
    QApplication.processEvents()
    assert (instrument.size(), instrument.lines.verticalScrollBar().maximum()) == (size, place)
