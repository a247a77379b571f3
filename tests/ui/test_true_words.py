"""What instruments say of odd networks is true: of units that tell nothing apart, of scores that are no chances."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_kit import blobs

from fishlab.core.probes.activations import Activations, Outputs, Units
from fishlab.core.probes.gradients import Gradients
from fishlab.core.probes.histogram import HistogramRow, histogram, symmetric_edges
from fishlab.core.templates import find_template
from fishlab.ui.document import Document
from fishlab.ui.numbers import answer_text
from fishlab.ui.plots.excite import ExciteInstrument
from fishlab.ui.plots.feature_maps import FeatureMapsInstrument
from fishlab.ui.plots.histogram_findings import activation_findings, gradient_findings, parameter_findings
from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.plots.saliency import SaliencyInstrument
from fishlab.ui.session import TrainSession
from fishlab.ui.widgets.bars import ProbabilityBars

SCORES = np.array([-0.2, 0.1, 1.12, 0, 0, 0, 0, 0, 0, 0])


@pytest.fixture
def opened(qtbot: QtBot) -> Iterator[Callable[[type[Instrument]], Instrument]]:
    """`opened(kind)` is an instrument over SimpleConvNet that has its answer."""
    sessions: list[TrainSession] = []

    def open_one(kind: type[Instrument]) -> Instrument:
        document = Document(find_template("SimpleConvNet").item())
        sessions.append(TrainSession(document, load=blobs))
        shown = kind(document, sessions[-1])  # type: ignore[call-arg]
        qtbot.addWidget(shown)
        shown.show()
        qtbot.waitUntil(lambda: not shown.is_empty, timeout=20_000)
        return shown

    yield open_one
    for session in sessions:
        session.looks.shut_down(30.0)


def row(values: np.ndarray, before: np.ndarray | None = None, number: str = "1", norm: float = 1.0) -> HistogramRow:
    edges = symmetric_edges([values])
    start = None if before is None else histogram(before, edges)
    return HistogramRow(number, number, "Affine", "W", values.size, histogram(values, edges), start, norm)


# -- images ----------------------------------------------------------------------------------------------------------
def test_an_image_that_no_pixel_of_counts_is_said_to_hang_on_none(opened: Callable[..., Instrument]) -> None:
    shown = opened(SaliencyInstrument)
    assert "most on the pixel" in shown.summary()
    shown.take(replace(shown._found, gradient=np.zeros_like(shown._found.gradient)))
    assert "most on the pixel" not in shown.summary()
    assert "no pixel" in shown.summary()


def test_a_unit_that_says_the_same_of_all_images_is_excited_by_none(opened: Callable[..., Instrument]) -> None:
    shown = opened(ExciteInstrument)
    found = shown._found
    assert "excite it most" in shown.summary()
    shown.take(replace(found, values=np.full_like(found.values, -122), means=np.full_like(found.means, -122)))
    assert "excite it most" not in shown.summary()
    assert "−122" in shown.summary()


# -- scores that are no chances --------------------------------------------------------------------------------------
def test_scores_are_not_read_as_percent() -> None:
    assert answer_text([0.02, 0.98], 1) == "98.0 %"
    assert answer_text(SCORES, 2) == "1.12"


@pytest.mark.parametrize("kind", [FeatureMapsInstrument, SaliencyInstrument])
def test_an_answer_in_scores_is_told_as_one(opened: Callable[..., Instrument], kind: type[Instrument]) -> None:
    shown = opened(kind)
    found = shown._maps if kind is FeatureMapsInstrument else shown._found
    shown.take(replace(found, answer=SCORES))
    shown.redraw()
    assert "1.12" in shown._title._note
    assert "%" not in shown._title._note + shown.summary()


def test_bars_of_scores_say_scores(qtbot: QtBot, qapp: QApplication) -> None:
    bars = ProbabilityBars()
    qtbot.addWidget(bars)
    bars.set_values(SCORES)
    assert bars.summary() == "2: 1.12"


# -- histograms ------------------------------------------------------------------------------------------------------
def test_what_is_said_to_have_changed_is_seen_to_have_changed() -> None:
    values = np.random.default_rng(0).normal(0, 0.058, 5000)
    said = " ".join(parameter_findings([row(1.001 * values, values), row(values, values, "2")]))
    before, now = said.removesuffix(" now.").split("σ ")[1].split(" at the start, ")
    assert before != now
    assert "spread" in said


def test_one_layer_is_not_compared_with_itself() -> None:
    only = row(np.linspace(-1, 1, 100), norm=5.4)
    assert " to " not in " ".join(gradient_findings(Gradients((only,), 100, 2.3, 1.0)))
    units = Units(10, False, None, None, 0.0)
    assert "widest" not in " ".join(activation_findings(Activations((Outputs(only, units),), 100)))
