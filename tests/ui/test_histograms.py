"""The instrument Histograms: what it asks, shows, says and saves; its cursor; what drawing costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from instructions import instructions
from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot
from small_runs import images
from window_kit import blobs, small_project

from fishlab.core.data.dataset import Dataset
from fishlab.core.data.prepare import prepare
from fishlab.core.events import Position
from fishlab.core.layers import LAYERS
from fishlab.core.moment import Moment
from fishlab.core.probes import PROBES, Question
from fishlab.core.probes.gradients import Gradients
from fishlab.core.probes.histogram import HistogramRow, histogram, magnitude_edges, sample
from fishlab.core.probes.history import HistogramHistory, Spread
from fishlab.core.sight import Sight
from fishlab.core.spec import NetworkSpec, ProjectSpec
from fishlab.core.templates import find_template
from fishlab.ui.document import Document
from fishlab.ui.plots import export
from fishlab.ui.plots.heat_map import heat_map, nearest
from fishlab.ui.plots.histogram_axis import ticks_of
from fishlab.ui.plots.histogram_findings import (
    activation_findings,
    gradient_findings,
    history_findings,
    parameter_findings,
)
from fishlab.ui.plots.histogram_words import alarming, output_row, reading
from fishlab.ui.plots.histograms import Histograms
from fishlab.ui.plots.ridge import Ridge
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.theme.theme import Mode

WHATS = ["weights", "biases", "gradients", "outputs"]


def project(*kinds: tuple[str, dict[str, object]]) -> ProjectSpec:
    layers = [LAYERS[kind].item.Spec(uid=f"{kind}{index}", **values) for index, (kind, values) in enumerate(kinds, 1)]
    return ProjectSpec(network=NetworkSpec(name="Small", in_shape=(1, 8, 8), layers=tuple(layers)))


def relu_project() -> ProjectSpec:
    return project(
        ("convolution", {"filters": 5}), ("relu", {}), ("flatten", {}), ("affine", {"units": 100}), ("relu", {}),
        ("affine", {"units": 10}),
    )  # fmt: skip


def sight(spec: ProjectSpec, **values: object) -> Sight:
    """A sight of a stack, and of a run of four moments; `affine4__b=-100` sets a parameter."""
    fresh = Moment.fresh(spec)
    given = {name.replace("__", "/"): value for name, value in values.items()}
    now = {key: np.full_like(array, given[key]) if key in given else array for key, array in fresh.weights.items()}
    line = [
        replace(
            fresh, weights={key: array * (1 + place) for key, array in now.items()}, x=place + 0.5,
            position=Position(step=10 * place + 5),
        )
        for place in range(4)
    ]  # fmt: skip
    data = prepare(Dataset("Bright spots", "digits", images(120, 1), images(70, 2)), spec.data)
    return Sight(replace(line[-1], weights=now), data=lambda _: data, line=line)


def answer(question: Question, seen: Sight) -> object:
    with np.errstate(all="ignore"):
        return PROBES[question.probe].item(seen, **question.options)


@pytest.fixture
def document() -> Document:
    return Document(relu_project())


def nobody(*_: object, **__: object) -> None:
    """Takes questions and never answers: a test does."""


@pytest.fixture
def session(document: Document, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrainSession]:
    session = TrainSession(document)
    monkeypatch.setattr(session.looks._observer, "want", nobody)
    yield session
    session.shut_down()


@pytest.fixture
def shown(document: Document, session: TrainSession, qtbot: QtBot) -> Histograms:
    instrument = Histograms(document, session)
    qtbot.addWidget(instrument)
    instrument.resize(590, 214)
    instrument.show()
    return instrument


def choose(shown: Histograms, what: str, when: str = "now", uid: str = "all") -> None:
    shown.what.setCurrentIndex(shown.what.findData(what))
    shown.when.setCurrentIndex(shown.when.findData(when))
    shown.layers.pin(uid)


def tell(shown: Histograms, seen: Sight) -> None:
    """The answer to what it asks."""
    question = shown.question()
    shown.session.looks.answered.emit(question, answer(question, seen))
    shown.redraw()
    QApplication.processEvents()


def picture(widget: QWidget) -> np.ndarray:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


# -- what it asks ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("what", WHATS)
@pytest.mark.parametrize("when", ["now", "time"])
def test_each_choice_asks_its_own_question_and_shows_the_answer(shown: Histograms, what: str, when: str) -> None:
    choose(shown, what, when)
    asked = shown.session.looks._asked[shown]
    assert asked == shown.question()
    assert asked.probe in PROBES.kinds()
    tell(shown, sight(relu_project()))
    assert not shown.is_empty
    assert shown.summary().endswith(".")
    columns, rows = shown.table()
    assert len(rows) >= 80 and all(len(row) == len(columns) for row in rows)


def test_units_that_fell_asleep_are_said_over_time(shown: Histograms) -> None:
    seen = sight(relu_project())
    line = [replace(moment, weights=dict(moment.weights)) for moment in seen.line]
    line[-1].weights["affine4/b"] = np.where(np.arange(100) < 37, -1e4, 1e4).astype(np.float32)
    line[0].weights["affine4/b"] = np.full(100, 1e4, np.float32)
    choose(shown, "outputs", "time")
    tell(shown, Sight(line[-1], data=lambda _: seen.data, line=line))
    assert shown.summary().startswith("Layer 5: 0 of 100 ReLU units were silent at epoch 0.50, 37 at 3.50.")
    assert "37 of 100 silent" in press(shown, Qt.Key.Key_Down, *[Qt.Key.Key_Down] * 3, *[Qt.Key.Key_Right] * 4)


def test_an_answer_to_another_question_is_not_shown(shown: Histograms) -> None:
    seen = sight(relu_project())
    tell(shown, seen)
    old = shown.question()
    choose(shown, "gradients")
    shown.session.looks.answered.emit(old, answer(old, seen))
    shown.redraw()
    assert shown.is_empty
    assert shown.summary() == ""
    assert shown.table() == ((), ())


def test_one_layer_is_shown_alone(shown: Histograms) -> None:
    choose(shown, "outputs", uid="relu5")
    tell(shown, sight(relu_project(), affine4__b=-100))
    assert {row[0] for row in shown.table()[1]} == {"5 ReLU"}
    assert shown.summary() == "Layer 5: 100 of 100 ReLUs have been silent for the whole batch."
    choose(shown, "weights", "time", "affine4")
    assert shown.question() == Question("histories", what="weights", layer="affine4")


def test_the_selected_layer_can_be_followed(shown: Histograms, document: Document) -> None:
    choose(shown, "weights", uid="")
    document.select(["affine6"])
    tell(shown, sight(relu_project()))
    assert {row[0] for row in shown.table()[1]} == {"6 Affine"}
    document.select(["relu2"])
    shown.redraw()
    assert shown.is_empty, "it has no weights"


def test_a_layer_that_is_removed_gives_way_to_all(shown: Histograms, document: Document) -> None:
    choose(shown, "weights", uid="affine4")
    document.edit("Remove", document.spec.replace(network=document.network.remove("affine4")))
    assert shown.layers.uid == "all"


def test_without_a_model_it_says_what_to_do(shown: Histograms) -> None:
    shown.redraw()
    assert shown.is_empty
    assert any("Press Run" in label.text() for label in shown._empty.findChildren(QLabel))


# -- what it says ------------------------------------------------------------------------------------------------------
def found(probe: str, spec: ProjectSpec, **values: object) -> object:
    return answer(Question(probe), sight(spec, **values))


def test_silent_units_are_said_in_words() -> None:
    seen = sight(relu_project())
    seen.network.parameters["affine4/W"].value[:, :37] = 0
    seen.network.parameters["affine4/b"].value[:] = [-1] * 37 + [1] * 63
    said = activation_findings(answer(Question("activations"), seen))
    assert "Layer 5: 37 of 100 ReLUs have been silent for the whole batch." in said


def test_of_a_convolution_channels_are_said_to_be_silent() -> None:
    said = activation_findings(found("activations", relu_project(), convolution1__b=-100))
    assert said[0] == "Layer 2: 5 of 5 ReLU channels have been silent for the whole batch."


def test_where_no_unit_is_silent_it_says_so() -> None:
    said = activation_findings(found("activations", relu_project(), convolution1__b=9, affine4__b=99))
    assert said == ["Every unit answers to some of 100 images: none is silent."]


def test_saturated_units_are_said_in_words() -> None:
    spec = project(("flatten", {}), ("affine", {"units": 20}), ("sigmoid", {}), ("affine", {"units": 10}))
    (said,) = activation_findings(found("activations", spec, affine2__b=50))
    assert said == (
        "Layer 3: 100 % of what its Sigmoids give lies near an end, where the slope vanishes; "
        "20 of 20 units for the whole batch."
    )


def test_vanishing_and_exploding_gradients_are_said_in_words() -> None:
    for deviation, begins in ((0.001, "Gradients vanish: of an error of 0.9"), (5.0, "Gradients explode: an error of")):
        hidden = [("affine", {"units": 30, "init": "normal", "std": deviation}), ("relu", {})] * 5
        spec = project(("flatten", {}), *hidden, ("affine", {"units": 10, "init": "normal", "std": deviation}))
        assert gradient_findings(found("gradients", spec))[0].startswith(begins)
    assert gradient_findings(found("gradients", relu_project()))[0].startswith("Gradients are sound: norms from ")


def test_a_run_that_diverged_is_said_in_words() -> None:
    for value in (np.nan, np.inf):
        rows = found("weights", relu_project(), affine6__W=value)
        assert parameter_findings(rows) == [
            "6 Affine has infinite numbers, or what is none: the run has diverged."
        ]
        assert gradient_findings(found("gradients", relu_project(), affine6__W=value))[0].endswith("is no number.")


def test_what_has_changed_most_is_named() -> None:
    seen = sight(relu_project())
    seen.moment.weights["affine4/W"][...] *= 1  # the start shares its memory
    assert parameter_findings(answer(Question("weights"), seen)) == ["All stand as they did at the start."]
    wider = {**seen.moment.weights, "affine6/W": seen.moment.weights["affine6/W"] * 3}
    rows = answer(Question("weights"), Sight(replace(seen.moment, weights=wider)))
    assert parameter_findings(rows)[0].startswith("The spread of 6 Affine has changed most: σ 0.")


def test_a_history_says_how_wide_it_was_and_is() -> None:
    rows = found("histories", relu_project())
    last = rows[-1]
    assert last.spread.std[-1] == pytest.approx(4 * last.spread.std[0], rel=1e-5)
    assert history_findings(rows)[-1].endswith("at epoch 3.50.")


def test_many_silent_units_alarm_and_a_few_do_not() -> None:
    rows = found("activations", relu_project(), affine4__b=-100).rows
    assert [alarming(row.units) for row in rows] == [row.histogram.uid == "relu5" for row in rows]
    dead = next(output_row(row) for row in rows if row.histogram.uid == "relu5")
    assert dead.alarming and dead.captions[0] == "100 of 100 silent"
    few = next(row for row in rows if row.histogram.uid == "relu5")
    assert not alarming(replace(few.units, silent=(1, 2, 3)))


# -- drawing -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("what", WHATS)
@pytest.mark.parametrize("size", [(590, 214), (430, 150), (200, 150), (1200, 800)])
def test_every_sort_is_painted_at_every_size(
    shown: Histograms, what: str, size: tuple[int, int], own_theme: None
) -> None:
    for mode in (Mode.LIGHT, Mode.DARK):
        theme().set_mode(mode)
        for when in ("now", "time"):
            choose(shown, what, when)
            shown.resize(QSize(*size))
            tell(shown, sight(relu_project()))
            pixels = picture(shown._view.rows)[::3, ::3]
            assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 4


@pytest.mark.parametrize("when", ["now", "time"])
def test_enlarged_the_rows_take_the_height_that_is_there(shown: Histograms, when: str) -> None:
    choose(shown, "weights", when)
    shown.resize(590, 800)
    tell(shown, sight(relu_project()))
    QApplication.processEvents()
    rows = shown._view.rows
    assert rows.height() > 600 and rows.row_rect(0).top() < theme().u(16)


def test_numbers_that_are_none_are_painted_too(shown: Histograms) -> None:
    for what in WHATS:
        for when in ("now", "time"):
            choose(shown, what, when)
            tell(shown, sight(relu_project(), affine4__W=np.nan))
            shown.grab()
            assert not shown.is_empty


def test_many_layers_scroll_and_a_picture_has_them_all(shown: Histograms) -> None:
    choose(shown, "outputs")
    tell(shown, sight(relu_project()))
    assert shown.hidden_height() == 0 or shown._view.scroll_bar.isVisible()
    shown.resize(590, 150)
    QApplication.processEvents()
    assert shown.hidden_height() > 0
    with shown._as_picture(1.0):
        assert shown._view.rows.height() >= theme().u(33) * 5
        assert not shown._view.scroll_bar.isVisible()
    assert shown.height() == 150


def test_the_labels_of_an_axis_do_not_touch(qapp: QApplication) -> None:
    for width in (60, 150, 300, 900):
        for edges, log in ((np.linspace(-12, 0, 81), True), (np.linspace(0, 2800, 81), False)):
            ticks = ticks_of(edges, width, log=log)
            metrics = QFontMetricsF(theme().font("caption"))
            places = [width * (value - edges[0]) / (edges[-1] - edges[0]) for value, _ in ticks]
            widest = max(metrics.horizontalAdvance(text) for _, text in ticks)
            assert len(ticks) >= 2
            assert width < 100 or min(np.diff(places)) >= widest


def test_a_heat_map_has_each_moment_next_to_its_place() -> None:
    shares = np.eye(4)
    colours = np.arange(256, dtype=np.uint32)
    pixels = heat_map(shares, np.array([0.0, 1.0, 2.0, 3.0]), 4.0, (4, 8), colours, 7)
    assert pixels.shape == (4, 8)
    assert pixels[:, 7].tolist() == [7] * 4, "behind the last moment"
    assert pixels[:, 0].tolist() == [0, 0, 0, 255], "the lowest bin below"
    assert pixels[:, 6].tolist() == [255, 0, 0, 0]
    assert pixels[:, 2].tolist() == [0, 0, 255, 0]


def test_a_single_moment_fills_its_heat_map() -> None:
    colours = np.zeros(256, np.uint32)
    pixels = heat_map(np.array([[0.5, 0.5]]), np.array([0.0]), 1.0, (2, 5), colours, 9)
    assert not pixels.any()
    assert nearest(np.array([0.0]), np.array([0.2, 0.9])).tolist() == [0, 0]


def deep() -> tuple[Document, Sight]:
    spec = find_template("DeepConvNet").item()
    fresh = Moment.fresh(spec)
    line = [replace(fresh, x=place / 10, position=Position(step=place)) for place in range(200)]
    return Document(spec), Sight(line[-1], line=line)


def test_drawing_a_deep_network_is_the_work_of_numpy_and_qt(qtbot: QtBot) -> None:
    document, seen = deep()
    session = TrainSession(document)
    shown = Histograms(document, session)
    qtbot.addWidget(shown)
    shown.resize(900, 600)
    shown.show()
    for when in ("now", "time", "ridge"):
        choose(shown, "weights", when)
        tell(shown, seen)
        image = QImage(shown.size(), QImage.Format.Format_RGB32)

        def draw(image: QImage = image) -> None:
            shown.redraw()
            shown._view.rows.render(image)

        draw()
        assert instructions(draw) < 120_000, when
    session.shut_down()


def test_a_line_stands_where_the_time_line_does(shown: Histograms) -> None:
    choose(shown, "weights", "time")
    tell(shown, sight(relu_project()))
    rows = shown._view.rows
    before = picture(rows)
    rows.show_rows(rows._layers, moment=2.0)
    columns = np.flatnonzero((picture(rows) != before).any(axis=(0, 2)))
    place = rows.plot_columns().left() + rows.plot_columns().width() * 2.0 / 4
    assert len(columns) and abs(columns - place).max() <= 2


# -- the ridge ---------------------------------------------------------------------------------------------------------
def spread_over(moments: int) -> HistogramHistory:
    """All numbers in one bin, which moves to the right from moment to moment; three bins are never reached."""
    shares = np.eye(moments, moments + 3)
    edges = np.linspace(-1.0, 1.0, moments + 4)
    quantiles = np.repeat((edges[:moments] + edges[1 : moments + 1])[:, None] / 2, 3, axis=1)
    none = np.zeros(moments)
    found = Spread(edges, shares, quantiles, none, none, none)
    return HistogramHistory("a", "1", "Affine", "W", np.arange(moments) / 2, np.arange(moments), found)


def test_a_ridge_has_the_newest_moment_at_its_foot_and_each_one_over_its_numbers(qapp: QApplication) -> None:
    ridge = Ridge(QRectF(0, 0, 230, 200), spread_over(20), 10.0)
    assert ridge.moments[0] == 0 and ridge.moments[-1] == 19
    feet = [ridge._foot(moment) for moment in ridge.moments.tolist()]
    assert feet == sorted(feet) and feet[-1] == 199
    for moment in ridge.moments.tolist():
        box = ridge._outline(moment).boundingRect()
        assert box.left() == pytest.approx(moment * 10) and box.width() == pytest.approx(10)
        assert box.bottom() == pytest.approx(ridge._foot(moment)) and box.top() >= 10 - 1e-6
        assert ridge.moment_at(box.bottom()) == moment
    assert ridge.nearest(3.1) == 6


@pytest.mark.parametrize(("height", "count"), [(40, 6), (200, 16)])
def test_a_ridge_has_as_many_outlines_as_can_be_told_apart(qapp: QApplication, height: int, count: int) -> None:
    moments = Ridge(QRectF(0, 0, 230, height), spread_over(200), 0.0).moments
    assert len(moments) <= count and moments[-1] == 199
    assert len(Ridge(QRectF(0, 0, 230, height), spread_over(3), 0.0).moments) == 3


def test_a_ridge_shows_the_answer_that_the_heat_map_shows(shown: Histograms) -> None:
    choose(shown, "weights", "time")
    tell(shown, sight(relu_project()))
    question, table, heat = shown.question(), shown.table(), picture(shown._view.rows)
    choose(shown, "weights", "ridge")
    shown.redraw()
    assert shown.question() == question and shown.table() == table
    assert not np.array_equal(picture(shown._view.rows), heat)
    assert press(shown, Qt.Key.Key_Right, Qt.Key.Key_Right).startswith("epoch ")


def test_rows_that_come_after_a_sentence_have_the_height_that_they_need(shown: Histograms, qtbot: QtBot) -> None:
    choose(shown, "weights", "ridge", "affine4")
    tell(shown, sight(relu_project()))
    QApplication.processEvents()
    shown.show_empty("Nothing counted yet.")
    QApplication.processEvents()
    choose(shown, "weights", "ridge")
    tell(shown, sight(relu_project()))
    shown.redraw()
    rows = shown._view.rows
    assert len(rows._layers) > 1
    qtbot.waitUntil(lambda: rows.height() >= rows.sizeHint().height())


def test_the_moment_looked_back_to_stands_out_of_a_ridge(shown: Histograms) -> None:
    choose(shown, "weights", "ridge")
    tell(shown, sight(relu_project()))
    rows = shown._view.rows
    before = picture(rows)
    rows.show_rows(rows._layers, moment=2.0)
    assert not np.array_equal(picture(rows), before)


# -- the cursor --------------------------------------------------------------------------------------------------------
def press(shown: Histograms, *keys: Qt.Key) -> str:
    for key in keys:
        QTest.keyClick(shown, key)
    return shown.accessibleDescription()


def test_arrow_keys_read_bins_and_layers(shown: Histograms) -> None:
    choose(shown, "weights")
    tell(shown, sight(relu_project()))
    first = press(shown, Qt.Key.Key_Right)
    assert first.startswith("1 Convolution, 0 … ")
    assert "of the weights" in first and "at the start" in first
    assert press(shown, Qt.Key.Key_Down).startswith("4 Affine, 0 … ")
    assert press(shown, Qt.Key.Key_Left).startswith("4 Affine, −")
    assert shown._view.rows._cursor is not None
    press(shown, Qt.Key.Key_Escape)
    assert shown._view.rows._cursor is None


def test_arrow_keys_read_moments(shown: Histograms) -> None:
    choose(shown, "weights", "time")
    tell(shown, sight(relu_project()))
    press(shown, *[Qt.Key.Key_Left] * 5)
    assert press(shown, Qt.Key.Key_Right).startswith("epoch 0.50, batch 5, σ ")
    said = press(shown, *[Qt.Key.Key_Right] * 9)
    assert said.startswith("epoch 3.50, batch 35, σ ") and "90 % between −" in said


def test_shares_that_a_cursor_reads_add_up_to_one(shown: Histograms) -> None:
    choose(shown, "weights", uid="affine6")
    tell(shown, sight(relu_project()))
    row = shown._view.rows._layers[0]
    said = [float(reading(row, place)[1].split(" %")[0]) for place in range(row.places)]
    assert sum(said) == pytest.approx(100, abs=0.5)


def test_the_pointer_reads_what_is_under_it(shown: Histograms) -> None:
    choose(shown, "weights")
    tell(shown, sight(relu_project()))
    rows = shown._view.rows
    spot = rows.plot_rect(1).center().toPoint()
    before = picture(rows)
    QTest.mouseMove(rows, spot)
    QTest.mouseMove(rows, spot + QPoint(1, 0))
    assert rows._cursor is not None and rows._cursor[0] == 1
    assert (picture(rows) != before).any(), "a chip with the number"


def test_fewer_rows_take_the_cursor_away(shown: Histograms) -> None:
    tell(shown, sight(relu_project()))
    press(shown, Qt.Key.Key_Down, Qt.Key.Key_Down)
    shown.layers.pin("affine4")
    tell(shown, sight(relu_project()))
    shown.grab()
    assert shown._view.rows._cursor is None


# -- manner ------------------------------------------------------------------------------------------------------------
def test_every_control_has_a_name_and_a_place_in_the_order_of_keys(shown: Histograms) -> None:
    for control, name in ((shown.what, "what"), (shown.when, "when"), (shown.layers.box, "layer")):
        assert control.objectName() == f"live.histograms.{name}"
        assert control.accessibleName()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_the_controls_have_room_in_a_narrow_strip(shown: Histograms, scale: float, own_theme: None) -> None:
    theme().set_font_scale(scale)
    shown.resize(theme().px(480), theme().px(200))
    choose(shown, "weights")
    tell(shown, sight(relu_project()))
    for control in (shown.what, shown.when, shown.layers.box):
        assert control.width() >= control.minimumSizeHint().width()
        assert shown.rect().contains(control.mapTo(shown, control.rect().bottomRight()))


def test_what_is_saved_is_what_was_counted(shown: Histograms) -> None:
    choose(shown, "gradients")
    tell(shown, sight(relu_project()))
    columns, rows = shown.table()
    assert columns == ("layer", "from", "to", "share", "norm")
    for title in {row[0] for row in rows}:
        assert sum(row[3] for row in rows if row[0] == title) == pytest.approx(1)
    assert export.csv_text(columns, rows).count("\r\n") == len(rows) + 1


def test_exact_zeros_are_in_the_table(shown: Histograms) -> None:
    choose(shown, "outputs", uid="relu5")
    tell(shown, sight(relu_project(), affine4__b=-100))
    rows = shown.table()[1]
    assert rows[0] == ("5 ReLU", 0.0, 0.0, 1.0, 100, 100, "")


def test_a_frozen_view_keeps_what_it_shows(shown: Histograms) -> None:
    tell(shown, sight(relu_project()))
    said = shown.summary()
    shown.freeze_action.setChecked(True)
    shown.session.looks.answered.emit(Question("weights", fresh=True), None)
    assert shown.summary() == said


def test_a_hidden_view_asks_nothing(shown: Histograms) -> None:
    assert shown in shown.session.looks._asked
    shown.hide()
    assert shown not in shown.session.looks._asked


def test_a_gradient_of_no_number_at_all_is_said(qapp: QApplication) -> None:
    values = sample(np.array([np.nan, 1.0]))
    row = HistogramRow("a", "1", "Affine", "W", 2, histogram(values, magnitude_edges([values]), log=True), norm=np.nan)
    assert gradient_findings(Gradients((row,), 1, 1.0, 1.0)) == ["The gradient of 1 Affine is no number."]


def trained(qtbot: QtBot, look: bool) -> tuple[list[bytes], int]:
    """The weights that a run ends with, and how many sorts of histograms were shown: each in turn, or none."""
    document = Document(small_project(epochs=20))
    session = TrainSession(document, load=blobs)
    shown = Histograms(document, session)
    qtbot.addWidget(shown)
    shown.setVisible(look)
    session.run()
    turn, seen = 0, set()
    while session.state is not State.IDLE or document.model is None or (look and not seen):
        choose(shown, WHATS[turn % 4], ("now", "time")[turn // 4 % 2])
        turn += 1
        qtbot.wait(40)
        if shown.summary():
            seen.add(shown._sort)
    shown.hide()
    session.shut_down()
    return [array.tobytes() for array in document.model.weights.values()], len(seen)


def test_a_run_ends_with_the_same_bits_whoever_looks(qtbot: QtBot) -> None:
    alone, unseen = trained(qtbot, look=False)
    watched, sorts = trained(qtbot, look=True)
    assert unseen == 0 < sorts
    assert alone == watched
