"""Cost and gradient check: on request, with progress and cancel, in words, at any width."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from window_kit import blobs

from fishlab.core.checking import Comparison, Finding, GradientReport, Verdict
from fishlab.core.layers import LAYERS
from fishlab.core.own_layers import load_layers, unload_layers
from fishlab.core.probes import Question
from fishlab.core.spec import NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.ui.document import Document
from fishlab.ui.plots.cost import Cost
from fishlab.ui.plots.gradient_check import GradientCheck
from fishlab.ui.plots.layer_table import LayerTable
from fishlab.ui.plots.on_request import OnRequest
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import Mode, theme
from fishlab.ui.widgets.explanation import EXPLANATION_ROLE

BROKEN = Path(__file__).parents[1] / "core" / "fixtures" / "broken_layers.py"
LONG = 20_000  # milliseconds


def stack(*kinds: str, **values: object) -> ProjectSpec:
    layers = [LAYERS[kind].item.Spec(uid=f"u{number}") for number, kind in enumerate(kinds, start=1)]
    layers = [layer.replace(**{name: value for name, value in values.items() if hasattr(layer, name)})
              for layer in layers]  # fmt: skip
    last = LAYERS["affine"].item.Spec(uid="last", units=10)
    return ProjectSpec(network=NetworkSpec(name="Small", layers=(*layers, last)), training=TrainingSpec(batch_size=20))


@pytest.fixture
def document() -> Document:
    return Document(stack("convolution", "relu", "max_pool", "flatten", "affine", "relu", filters=3, units=12))


@pytest.fixture
def session(document: Document) -> Iterator[TrainSession]:
    made = TrainSession(document, load=blobs)
    yield made
    assert made.looks.shut_down(30.0)


@pytest.fixture
def cost(document: Document, session: TrainSession, qtbot: QtBot) -> Cost:
    return shown(Cost(document, session), qtbot)


@pytest.fixture
def check(document: Document, session: TrainSession, qtbot: QtBot) -> GradientCheck:
    return shown(GradientCheck(document, session), qtbot)


def shown(instrument, qtbot: QtBot):  # type: ignore[no-untyped-def]
    qtbot.addWidget(instrument)
    instrument.resize(700, 240)
    instrument.show()
    return instrument


def answered(instrument: OnRequest, qtbot: QtBot) -> None:
    """Press the button and wait for the answer."""
    with qtbot.waitSignal(instrument.found, timeout=LONG):
        qtbot.mouseClick(instrument.button, Qt.MouseButton.LeftButton)
    assert not instrument.busy and instrument.question() is None


def asked(session: TrainSession) -> list[Question]:
    return list(session.looks._asked.values())


def column(table: LayerTable, place: int) -> list[str]:
    return [line.cells[place].text for line in table.lines()]


def words(instrument: OnRequest) -> str:
    """All that is written on it."""
    return " ".join(label.text() for label in instrument.findChildren(QLabel) if label.isVisible())


# -- cost ------------------------------------------------------------------------------------------------------------
def test_what_needs_no_measurement_is_shown_at_once(cost: Cost) -> None:
    assert column(cost.lines, 0) == [
        "1 Convolution", "2 ReLU", "3 Max pool", "4 Flatten", "5 Affine", "6 ReLU", "7 Affine", "8 Softmax + loss",
        "All",
    ]  # fmt: skip
    assert column(cost.lines, 1)[:4] == ["3 × 24 × 24", "3 × 24 × 24", "3 × 12 × 12", "432"]
    assert column(cost.lines, 2) == ["78", "", "", "", "5,196", "", "130", "", "5,404"]
    multiplied = 3 * 24 * 24 * 25, 432 * 12, 12 * 10
    assert column(cost.lines, 5)[0] == f"{100 * multiplied[0] / sum(multiplied):.0f} %"
    assert cost.summary().startswith("1 Convolution has 89 % of all multiply-adds.")


def test_measured_layers_that_run_as_one_are_one_line(cost: Cost, qtbot: QtBot) -> None:
    answered(cost, qtbot)
    assert column(cost.lines, 0) == [
        "1–3 Convolution + ReLU + Max pool", "4 Flatten", "5–6 Affine + ReLU", "7 Affine", "8 Softmax + loss", "All",
    ]  # fmt: skip
    _, rows = cost.table()
    forward, backward = (sum(row[place] for row in rows) for place in (7, 8))
    assert cost.timed.images == 20 and forward > 0 and backward > 0
    assert float(column(cost.lines, 5)[-1]) == pytest.approx(1000 * forward, abs=0.01)
    dearest = max(rows, key=lambda row: row[7] + row[8])
    assert cost.summary().startswith(f"{dearest[0]} {dearest[1]} takes ")
    assert "images/s" in cost.summary() and cost.summary() in words(cost)


def test_the_dearest_can_come_first(cost: Cost, qtbot: QtBot) -> None:
    cost.order.setCurrentIndex(1)
    assert column(cost.lines, 0)[:3] == ["1 Convolution", "5 Affine", "7 Affine"]
    answered(cost, qtbot)
    seconds = [row.seconds for row in cost.rows()]
    assert seconds == sorted(seconds, reverse=True) and column(cost.lines, 0)[-1] == "All"


def test_layers_in_a_block_stand_under_it(qtbot: QtBot) -> None:
    held = (LAYERS["affine"].item.Spec(uid="in", units=12), LAYERS["tanh"].item.Spec(uid="in2"))
    document = Document(stack("flatten", "affine", "residual", units=12))
    block = document.network.layers[2].with_branches((held, ()))
    *front, _, last = document.network.layers
    document.edit("Fill", document.network.with_layers((*front, block, last)))
    session = TrainSession(document, load=blobs)
    cost = shown(Cost(document, session), qtbot)
    counted = column(cost.lines, 2)
    assert column(cost.lines, 0)[2:5] == ["3 Residual", "3a1 Affine", "3a2 Tanh"]
    assert counted[2] == counted[3] == "156" and counted[-1] == f"{785 * 12 + 156 + 130:,}"
    answered(cost, qtbot)
    assert column(cost.lines, 0)[2:4] == ["3 Residual", "3a1–3a2 Affine + Tanh"]
    assert [line.depth for line in cost.lines.lines()[2:5]] == [0, 1, 0]
    assert session.looks.shut_down(30.0)


def test_another_network_has_been_measured_by_nobody(cost: Cost, document: Document, qtbot: QtBot) -> None:
    answered(cost, qtbot)
    document.edit("Units", document.network.change("u5", units=20))
    qtbot.waitUntil(lambda: cost.timed is None and column(cost.lines, 0)[0] == "1 Convolution")
    assert "Press Measure" in cost.summary()


def test_a_measurement_beside_a_run_says_so(cost: Cost, session: TrainSession, qtbot: QtBot) -> None:
    session.run()
    qtbot.waitUntil(lambda: session.training, timeout=LONG)
    answered(cost, qtbot)
    session.stop()
    qtbot.waitUntil(lambda: not session.training, timeout=LONG)
    assert "A run went on meanwhile" in cost.summary()


def test_the_speed_of_the_run_stands_beside_the_measured_one(
    cost: Cost, session: TrainSession, qtbot: QtBot
) -> None:
    session.run()
    qtbot.waitUntil(lambda: session.training, timeout=LONG)
    qtbot.waitUntil(lambda: not session.training, timeout=LONG)
    answered(cost, qtbot)
    assert session.continues
    for speed in (4000.0, 5000.0, 9000.0):
        session.record.speeds.append(1.0, speed)
    speeds = session.record.speeds.column("images_per_second")
    workers = session.ways.in_use.workers
    said = f"{workers} workers" if workers > 1 else "1 worker"
    expected = f"The run came to {np.median(speeds):,.0f} images/s with {said}, its optimizer included."
    assert cost.summary().endswith(expected)


# -- asking ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", [Cost, GradientCheck])
def test_nothing_is_asked_before_the_button_and_nothing_after_cancel(
    kind: type[OnRequest], document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    instrument = shown(kind(document, session), qtbot)
    assert not asked(session)
    instrument.start()
    question = instrument.question()
    assert asked(session) == [question] and question.once and question.fresh and instrument.button.text() == "Cancel"
    qtbot.mouseClick(instrument.button, Qt.MouseButton.LeftButton)
    assert not asked(session) and not instrument.busy and instrument.button.text() != "Cancel"
    session.looks.answered.emit(question, "too late")
    assert instrument.found_for is None


def test_progress_is_told_and_a_second_check_is_another_question(check: GradientCheck, session: TrainSession) -> None:
    check.start()
    first = check.question()
    session.looks.progressed.emit(first, 30, 120)
    assert "25 % done" in check._title.summary()
    check.cancel()
    assert "done" not in check._title.summary()
    check.start()
    assert check.question() != first


def test_who_looks_away_is_not_kept_busy_and_gets_the_answer_on_coming_back(
    check: GradientCheck, session: TrainSession, qtbot: QtBot
) -> None:
    check.start()
    check.hide()
    assert not asked(session)
    with qtbot.waitSignal(check.found, timeout=LONG):
        check.show()
    assert check.report is not None


def test_an_edit_in_between_asks_anew(check: GradientCheck, document: Document, qtbot: QtBot) -> None:
    check.start()
    before = check.question()
    with qtbot.waitSignal(check.found, timeout=LONG):
        document.edit("Units", document.network.change("u5", units=20))
        assert check.question() != before
    assert check.current


@pytest.mark.parametrize("kind", [Cost, GradientCheck])
def test_a_failure_is_said_and_can_be_tried_again(
    kind: type[OnRequest], document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    instrument = shown(kind(document, session), qtbot)
    instrument.start()
    session.looks.failed.emit(instrument.question(), "The images cannot be had.")
    assert not instrument.busy and "The images cannot be had." in words(instrument)
    answered(instrument, qtbot)
    assert "The images cannot be had." not in words(instrument)


@pytest.mark.parametrize("kind", [Cost, GradientCheck])
def test_a_network_that_cannot_run_is_not_asked(
    kind: type[OnRequest], document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    document.edit("Remove", document.network.remove("u4"))
    instrument = shown(kind(document, session), qtbot)
    assert not instrument.button.isEnabled() and "The network cannot run yet." in words(instrument)
    document.undo_stack.undo()
    qtbot.waitUntil(instrument.button.isEnabled)


# -- gradient check --------------------------------------------------------------------------------------------------
def test_an_untrained_network_can_be_checked(check: GradientCheck, qtbot: QtBot) -> None:
    assert "Not checked yet." in words(check)
    answered(check, qtbot)
    assert set(column(check.lines, 6)) == {"right"}
    gradients = [words for words in column(check.lines, 1) if words != "as one"]
    assert check.summary().startswith(f"All {len(gradients)} gradients are right")
    assert check.summary() in words(check)
    names, rows = check.table()
    assert len(rows) == len(check.report.findings) and len(names) == len(rows[0])
    assert rows[0][3] == check.report.findings[0].alone.largest


def test_what_was_found_of_another_network_is_not_said_of_this_one(
    check: GradientCheck, document: Document, qtbot: QtBot
) -> None:
    answered(check, qtbot)
    document.edit("Units", document.network.change("u5", units=20))
    assert "right" not in check.summary() and check.summary().startswith("The network has changed.")
    document.undo_stack.undo()
    assert "gradients are right" in check.summary()


def test_a_broken_layer_is_named_in_a_sentence(qtbot: QtBot) -> None:
    load_layers(BROKEN)
    try:
        document = Document(stack("flatten", "affine", "dx_a_little_too_large", "tanh", units=12))
        session = TrainSession(document, load=blobs)
        check = shown(GradientCheck(document, session), qtbot)
        answered(check, qtbot)
        assert check.summary() == (
            "Wrong: 3 dx a little too large. Its dx is off by 0.10 % of its largest number, in 20 of 20. "
            "It spoils the gradients of 1 more layer."
        )
        verdicts = dict(zip(zip(column(check.lines, 0), column(check.lines, 1), strict=True), column(check.lines, 6),
                            strict=True))  # fmt: skip
        assert verdicts["3 dx a little too large", "dx"] == "wrong here"
        assert verdicts["2 Affine", "dW"] == "wrong because of 3"
        assert verdicts["5 Affine", "dW"] == "right"
        assert check.lines.lines()[check.lines.currentIndex().row()].cells[6].text == "wrong here"
        assert session.looks.shut_down(30.0)
    finally:
        unload_layers(BROKEN)


def report(*findings: Finding) -> GradientReport:
    return GradientReport(findings, images=5)


def finding(gradient: str, verdict: Verdict, corners: int = 0, problem: str = "", network: bool = True) -> Finding:
    wrong = 4 if verdict is Verdict.WRONG else 0
    alone = Comparison(0.5 if wrong else 1e-9, 20, corners, wrong)
    return Finding("u1", "1", "Convolution", gradient, alone, alone if network else None, verdict, problem)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (finding("dx", Verdict.RIGHT, corners=3, network=False), "3 of 23 stand on the corner of a ReLU"),
        (finding("dW", Verdict.WRONG), "Its dW is off by 50 % of its largest number, in 4 of 20."),
        (finding("", Verdict.WRONG), "Layer by layer it is right, and not as it runs in the network."),
        (finding("dW", Verdict.SPOILED), "No layer is wrong by itself"),
        (finding("dx", Verdict.WRONG, problem="“mine.py”, line 3: KeyError: 'W'."), "Wrong: 1 Convolution. “mine.py”"),
    ],
)
def test_what_was_found_is_a_sentence(check: GradientCheck, found: Finding, sentence: str) -> None:
    check.start()
    check.take(report(found))
    assert sentence in check.summary() and sentence in words(check)


def test_a_line_selects_its_layer_by_click_and_by_key(check: GradientCheck, document: Document, qtbot: QtBot) -> None:
    answered(check, qtbot)
    table = check.lines
    place = column(table, 0).index("5 Affine")
    rect = table.visualRect(table.model().index(place, 0))
    table.scrollTo(table.model().index(place, 0))
    rect = table.visualRect(table.model().index(place, 0))
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert document.selection == ("u5",)
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Home)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert document.selection == ("u1",)


def test_it_says_how_much_the_weights_had_learned(
    check: GradientCheck, session: TrainSession, document: Document, qtbot: QtBot
) -> None:
    answered(check, qtbot)
    assert "before the first batch" in check._title.summary()
    session.run()
    qtbot.waitUntil(lambda: session.training, timeout=LONG)
    qtbot.waitUntil(lambda: not session.training, timeout=LONG)
    assert "before the first batch" in check._title.summary(), "what was found is not about the network of now"
    answered(check, qtbot)
    assert f"after {document.model.position.step:,} batches" in check._title.summary()
    assert set(column(check.lines, 6)) == {"right"}


def test_each_column_explains_itself(check: GradientCheck, qtbot: QtBot) -> None:
    answered(check, qtbot)
    model = check.lines.model()
    said = [model.index(0, place).data(EXPLANATION_ROLE) for place in range(model.columnCount())]
    assert [one and one.title for one in said] == [
        None, "gradient", "by itself", "in the network", "compared", "corners", None,
    ]  # fmt: skip
    assert all(one.text for one in said if one)


# -- the table at any width ------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("own_theme")
@pytest.mark.one_in(3)  # which meets every width, mode and scale
@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK])
@pytest.mark.parametrize("width", [1100, 700, 480, 330])
def test_in_a_narrow_table_columns_go_and_none_is_cut(
    check: GradientCheck, cost: Cost, qtbot: QtBot, width: int, mode: Mode, scale: float
) -> None:
    theme().set_mode(mode)
    theme().set_font_scale(scale)
    answered(check, qtbot)
    answered(cost, qtbot)
    for instrument in (check, cost):
        instrument.resize(round(width * scale), round(240 * scale))
        table = instrument.lines
        qtbot.waitUntil(lambda table=table: table.viewport().width() > 0)
        instrument.grab()
        kept = [place for place in range(table.model().columnCount()) if not table.isColumnHidden(place)]
        assert sum(map(table.columnWidth, kept)) <= table.viewport().width()
        for place in kept[1:]:
            widest = max(theme().text_width(line.cells[place].text, "small", line.cells[place].weight)
                         for line in table.lines())  # fmt: skip
            assert table.columnWidth(place) >= widest + theme().u(8), table.columns()[kept.index(place)].title
        assert table.columnWidth(0) >= theme().u(60)
    said = {column.title for column in check.lines.columns()}
    assert {"layer", "gradient", "verdict"} <= said
    assert ("in the network" in said) == (width >= 480)


def test_with_little_height_the_words_take_two_lines(cost: Cost, qtbot: QtBot) -> None:
    page = cost.view
    cost.resize(400, 150)
    qtbot.waitUntil(lambda: page._short.isVisible() and not page._whole.isVisible())
    cost.resize(400, 400)
    qtbot.waitUntil(lambda: page._whole.isVisible() and not page._short.isVisible())
    assert page._whole.text() == cost.summary()


def test_both_are_saved_as_pictures_and_numbers(
    cost: Cost, check: GradientCheck, qtbot: QtBot, tmp_path: Path
) -> None:
    answered(check, qtbot)
    for instrument in (cost, check):
        instrument.save_png(tmp_path / "picture.png")
        instrument.save_svg(tmp_path / "picture.svg")
        assert QImage(str(tmp_path / "picture.png")).height() >= 2 * (instrument.height() + instrument.hidden_height())
        assert "<svg" in (tmp_path / "picture.svg").read_text(encoding="utf-8")
        lines = instrument.csv().splitlines()
        assert lines[0].startswith("number,layer,") and len(lines) == 1 + len(instrument.table()[1]) > 5


def test_a_picture_shows_all_lines(cost: Cost) -> None:
    table = cost.lines
    lines = len(table.lines())
    hidden = cost.hidden_height()
    row = table.visualRect(table.model().index(0, 0)).height()
    assert hidden == lines * row - table.viewport().height()
