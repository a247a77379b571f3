"""In the strip of a window of 1280 x 720: headers in one line, sentences that end, steps that can be hit."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication
from window_kit import Opener
from window_walk import show_instrument, small_convolutions

from fishlab.ui.main_window import MainWindow
from fishlab.ui.theme import theme
from fishlab.ui.widgets.flow import Flow


@pytest.fixture
def window(open_window: Opener) -> MainWindow:
    opened, _ = open_window()
    opened.document.replace(small_convolutions())
    return opened


@pytest.mark.parametrize("name", ["histograms", "stepper", "filter_bank", "excite", "cost", "gradient_check"])
def test_the_controls_of_an_instrument_stand_in_one_line(window: MainWindow, name: str) -> None:
    flow = show_instrument(window, name).findChild(Flow)
    QApplication.processEvents()
    middles = {part.geometry().center().y() for part in flow._shown()}
    assert max(middles) - min(middles) <= 2
    assert all(part.geometry().right() < flow.width() for part in flow._shown())
    widths = {part: min(part.minimumSizeHint().width(), part.maximumWidth()) for part in flow._shown()}
    assert all(part.width() >= least for part, least in widths.items())


@pytest.mark.parametrize("name", ["cost", "gradient_check"])
def test_the_sentence_under_a_table_ends_and_the_pointer_is_told_the_rest(window: MainWindow, qtbot, name: str) -> None:
    instrument = show_instrument(window, name)
    instrument.start()
    qtbot.waitUntil(lambda: not instrument.busy and instrument.found_for is not None, timeout=30_000)
    QApplication.processEvents()
    label = instrument._page._short
    assert label.isVisible() and label.text().endswith(".") and instrument.summary().startswith(label.text())
    assert label.heightForWidth(label.width()) <= label.height() <= theme().px(40)
    assert label.text() == instrument.summary() or label.toolTip() == instrument.summary()


@pytest.mark.parametrize("low", [True, False])
def test_each_step_can_be_hit_in_an_area_as_high_as_a_button(window: MainWindow, qtbot, low: bool) -> None:
    stepper = show_instrument(window, "stepper")
    qtbot.waitUntil(lambda: stepper.page.trace is not None, timeout=30_000)
    rail = stepper.page.rail
    rail.set_compact(low)
    rail.resize(rail.width(), rail.sizeHint().height())
    for index in range(len(stepper.page.steps)):
        x = rail.cell(index).center().x()
        hits = [rail.step_at(QPointF(x, y / 4)) == index for y in range(4 * rail.height())]
        assert sum(hits) / 4 >= theme().u(24) - 0.25


def test_turning_to_an_instrument_asks_no_hidden_one_how_high_it_would_be(
    open_window: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    own = Flow.heightForWidth
    monkeypatch.setattr(Flow, "heightForWidth", lambda flow, width: asked.append(flow.isVisible()) or own(flow, width))
    window, _ = open_window()
    window.document.replace(small_convolutions())
    for name in ("cost", "stepper", "histograms"):
        show_instrument(window, name)
        QApplication.processEvents()
    assert True in asked
    asked.clear()
    show_instrument(window, "cost")
    QApplication.processEvents()
    assert False not in asked


def test_a_picture_that_cannot_be_laid_out_leaves_the_window_as_it_was(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instrument = show_instrument(window, "cost")
    QApplication.processEvents()
    around, size = instrument.parentWidget().layout(), instrument.size()
    monkeypatch.setattr(instrument, "picture_words", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        instrument.save_png(tmp_path / "cost.png")
    assert around.isEnabled() and instrument.size() == size
