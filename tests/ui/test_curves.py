"""The instrument Curves: six quantities, one smoothing, axes to choose, earlier runs, a crosshair that reads all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from instructions import instructions
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from fishlab.core.events import Position
from fishlab.core.history import EPOCH_COLUMNS, METRIC_COLUMNS, RATE_COLUMNS, STEP_COLUMNS, History, Mark, Table
from fishlab.core.moment import Moment
from fishlab.core.templates import TEMPLATES
from fishlab.ui.document import Document
from fishlab.ui.plots import overlay
from fishlab.ui.plots.chart import values_near
from fishlab.ui.plots.curve_choices import MOST_SPAN, SPAN, CurveChoices, curve_choices
from fishlab.ui.plots.curves import LossTile
from fishlab.ui.plots.curves_instrument import CurvesInstrument
from fishlab.ui.plots.decimate import MOST_RAW
from fishlab.ui.plots.overlay import mark_boxes
from fishlab.ui.plots.quantity import QUANTITIES
from fishlab.ui.run_record import Run
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.explanation import explanation_of
from fishlab.ui.widgets.inputs import IntInput

KEYS = [quantity.key for quantity in QUANTITIES]
PER_EPOCH = 100


def history(steps: int, seed: int = 0) -> History:
    """A run that learns, with a change of the rate after 150 steps."""
    rng, made = np.random.default_rng(seed), History()
    x = np.arange(1, steps + 1) / PER_EPOCH
    loss = 0.01 + (1 + seed) * np.exp(-x / 10) * rng.uniform(0.6, 1.4, steps)
    made.steps = Table(STEP_COLUMNS, np.stack([x, loss, np.clip(1 - loss / 2, 0, 1), np.full(steps, 100.0)], axis=1))
    made.rates = Table(RATE_COLUMNS, np.array([[0.01, 0.1], [1.51, 0.03]])[: 1 + (steps > 150)])
    made.metrics = Table(METRIC_COLUMNS, np.stack([x, loss, loss / 1000], axis=1)[::4])
    epochs = np.arange(1.0, steps // PER_EPOCH + 1)
    rows = [epochs, epochs * 0 + 0.1, epochs * 0 + 0.9, 0.03 + 0.2 / epochs, 0.99 - 0.1 / epochs]
    made.epochs = Table(EPOCH_COLUMNS, np.stack(rows, axis=1))
    made.marks = [Mark(1.5, "rate 0.1 → 0.03")]
    return made


def give(session: TrainSession, steps: int = 340, earlier: int = 2) -> None:
    """A run in sight, and some before it."""
    record = session.record
    record.past = [Run(history(200 + 100 * i, i + 1), number=i + 1, title=f"run of {i + 1}") for i in range(earlier)]
    record.history, record.number = history(steps), earlier + 1
    for place in range(1, 5):
        record.speeds.append(place * steps / PER_EPOCH / 4, 1000.0 * place)
    session.run_started.emit()


@pytest.fixture
def session() -> TrainSession:
    return TrainSession(Document(TEMPLATES["simple_conv_net"].item()))


@pytest.fixture
def curves(session: TrainSession, qtbot: QtBot) -> Iterator[CurvesInstrument]:
    made = CurvesInstrument(session.document, session)
    qtbot.addWidget(made)
    made.resize(590, 214)
    made.show()
    yield made
    curve_choices().set_span(SPAN)


def drawn(curves: CurvesInstrument, key: str = "loss") -> CurvesInstrument:
    curves.show_quantity(key)
    curves.redraw()
    return curves


def keys(curves: CurvesInstrument) -> list[str]:
    return [line.key for line in curves.plot.drawing.lines if len(line.points[0])]


@pytest.mark.parametrize("key", KEYS)
def test_without_a_run_each_quantity_says_what_to_do(curves: CurvesInstrument, key: str) -> None:
    assert drawn(curves, key).is_empty
    assert words(curves).startswith("No run yet. Press Run and ")


def words(curves: CurvesInstrument) -> str:
    """What stands in place of the curves."""
    return " ".join(label.text() for label in curves._empty.findChildren(QLabel))


def test_a_model_from_a_file_knows_no_speed_and_says_so(session: TrainSession, curves) -> None:
    give(session)
    session.record.speeds = Run().speeds
    said = words(drawn(curves, "speed"))
    assert said.startswith("Not measured in this run. Press Run and how many are learned in a ")


@pytest.mark.parametrize("key", KEYS)
def test_each_quantity_is_drawn_said_explained_and_saved(session: TrainSession, curves, key: str) -> None:
    give(session)
    drawn(curves, key)
    assert not curves.is_empty
    name = "train" if curves.chart.quantity.validated else curves.quantities.currentText()
    assert curves.summary().startswith(f"After 3.4 epochs: {name} {curves._title.series[0].value}")
    assert explanation_of(curves.plot).title
    lines = curves.csv().splitlines()
    assert lines[0].startswith("epoch,") and len(lines) == 1 + len(curves.chart.series.x)
    values = curves.plot.drawing.line("train")[1]
    assert len(values) and (np.diff(curves.plot.drawing.line("train")[0]) >= 0).all()


def test_raw_stands_under_smoothed_and_a_rate_is_a_staircase(session: TrainSession, curves) -> None:
    give(session, earlier=0)
    assert keys(drawn(curves, "gradient")) == ["raw", "train"]
    assert keys(drawn(curves, "loss")) == ["raw", "train", "validation"]
    assert keys(drawn(curves, "rate")) == ["train"]
    x, y = curves.plot.drawing.line("train")
    assert x.tolist() == [0.01, 1.51, 1.51, 3.4, 3.4] and y.tolist() == [0.1, 0.1, 0.03, 0.03, 0.03]
    assert not curves.smoothing.isEnabled()


def test_smoothing_by_slider_or_box_holds_for_all_curves_and_is_remembered(session, curves, qtbot: QtBot) -> None:
    tile = LossTile(session)
    qtbot.addWidget(tile)
    tile.show()
    give(session)
    slider, box = curves.smoothing.slider, curves.smoothing.box
    box.setValue(200)
    assert curve_choices().span == CurveChoices().span == 200
    assert abs(slider.value() - 46) <= 1
    tile.redraw()
    drawn(curves)
    assert tile.chart.series.span == curves.chart.series.span == 200
    slider.setValue(slider.minimum())
    assert box.value() == curve_choices().span == 1
    drawn(curves)
    np.testing.assert_array_equal(curves.chart.series.smooth, curves.chart.series.y)
    slider.setValue(slider.maximum())
    assert box.value() == MOST_SPAN


def test_what_is_measured_every_fourth_batch_is_averaged_over_as_many_batches(session, curves) -> None:
    give(session)
    curve_choices().set_span(100)
    assert drawn(curves, "gradient").chart.series.span == 25


def test_the_wheel_smooths_nothing_without_focus(session, curves, qtbot: QtBot) -> None:
    slider, centre = curves.smoothing.slider, QPointF(20, 10)
    wheel = QWheelEvent(
        centre, slider.mapToGlobal(centre), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(slider, wheel)
    assert curve_choices().span == SPAN


def test_a_logarithmic_x_axis_gives_each_decade_the_same_room(session: TrainSession, curves) -> None:
    give(session)
    curves.log_x_action.trigger()
    drawing = curves.plot.drawing
    assert drawing.log_x and drawing.x_range == (0.01, 4)
    assert [text for _, text in drawing.x_ticks] == ["0.01", "0.1", "1"]
    assert drawing.share(0.1) - drawing.share(0.01) == pytest.approx(drawing.share(1) - drawing.share(0.1))
    for share in (0.0, 0.3, 1.0):
        assert drawing.share(drawing.epoch(share)) == pytest.approx(share)
    curves.log_x_action.trigger()
    assert not curves.plot.drawing.log_x and curves.plot.drawing.share(2.0) == 0.5


def test_each_quantity_keeps_its_own_y_axis(session: TrainSession, curves) -> None:
    give(session)
    assert drawn(curves, "loss").log_y_action.isChecked()
    assert not drawn(curves, "accuracy").log_y_action.isChecked()
    curves.log_y_action.trigger()
    assert curves.plot.drawing.say(0.0) == "100.00 %"
    assert drawn(curves, "loss").plot.drawing.say(0.0) == "1.0000"
    assert drawn(curves, "accuracy").log_y_action.isChecked()


def test_one_batch_an_epoch_leaves_a_logarithmic_axis_with_room(session: TrainSession, curves) -> None:
    session.record.history = History()
    session.record.history.steps.append(1.0, 2.0, 0.1, 100)
    curves.log_x_action.setChecked(True)
    left, right = drawn(curves).plot.drawing.x_range
    assert 0 < left < right == 1


def test_keys_carry_a_crosshair_that_reads_all_curves_at_its_place(session: TrainSession, curves, qtbot: QtBot) -> None:
    give(session)
    drawn(curves)
    qtbot.keyClick(curves, Qt.Key.Key_Left)
    words = curves.accessibleDescription().split(", ")
    assert [word.rsplit(" ", 1)[0] for word in words] == ["epoch", "train", "validation"], "run 1 and 2 ended before"
    for _ in range(12):
        qtbot.keyClick(curves, Qt.Key.Key_Left)
    words = curves.accessibleDescription().split(", ")
    assert [word.rsplit(" ", 1)[0] for word in words] == ["epoch", "train", "validation", "run 1", "run 2"]
    assert words[0] == "epoch 1.90"
    validation = session.history.epochs.column("validation_loss")[1]
    assert words[2] == f"validation {validation:.4f}"
    qtbot.keyClick(curves, Qt.Key.Key_Escape)
    assert not curves.plot.has_crosshair


def test_earlier_runs_are_dotted_in_colours_of_their_own(session: TrainSession, curves) -> None:
    give(session, earlier=4)
    earlier = [line for line in drawn(curves).plot.drawing.lines if line.key.startswith("earlier")]
    assert [line.name for line in earlier] == ["run 1", "run 2", "run 3", "run 4"]
    assert {line.style for line in earlier} == {"dot"}
    assert sorted(line.colour for line in earlier) == [3, 4, 5, 6]
    assert all(line.points[0].max() <= 4 for line in earlier), "as far as the axis reaches"


def test_the_menu_lays_each_earlier_run_over_or_takes_it_away(session: TrainSession, curves) -> None:
    give(session)
    drawn(curves)
    curves.options_menu.aboutToShow.emit()
    runs = [action for action in curves.options_menu.actions() if action.data()]
    assert [action.text() for action in runs] == ["run 2: run of 2", "run 1: run of 1"]
    runs[0].trigger()
    assert "earlier2" not in keys(curves) and "earlier1" in keys(curves)
    assert "run_1" in curves.csv().splitlines()[0] and "run_2" not in curves.csv().splitlines()[0]
    runs[0].trigger()
    assert "earlier2" in keys(curves)


def test_without_earlier_runs_the_menu_says_where_they_come_from(session: TrainSession, curves) -> None:
    give(session, earlier=0)
    for _ in range(2):
        curves.options_menu.aboutToShow.emit()
    texts = [action.text() for action in curves.options_menu.actions() if not action.isEnabled()]
    assert texts == ["None yet: they appear when another one is started"]


def test_why_a_run_ended_stands_in_the_chart_and_in_the_summary(session: TrainSession, curves) -> None:
    give(session)
    session.record.end("No better for 3 epochs; the best was epoch 5. Its weights are kept.")
    drawing = drawn(curves).plot.drawing
    assert drawing.marks[-1] == Mark(3.4, "No better for 3 epochs; the best was epoch 5")
    area = curves.plot.area()
    boxes = mark_boxes(theme().metrics("caption"), area, [(area.right() - 60, drawing.marks[-1].text)])
    assert boxes[0] is not None and area.contains(boxes[0])
    assert curves.summary().endswith("the best was epoch 5. Its weights are kept.")


def test_of_thousands_of_epochs_the_validation_is_drawn_as_far_as_pixels_can_show_it(
    session: TrainSession, curves
) -> None:
    give(session)
    losses = np.random.default_rng(0).random(20_000)
    for number, loss in enumerate(losses, 1):
        session.history.epochs.append(number, 0.5, 0.5, loss, 0.5)
    line = next(line for line in drawn(curves).plot.drawing.lines if line.key == "validation")
    assert len(line.points[0]) <= 2 * MOST_RAW
    assert line.points[1].max() == np.log10(losses.max()) and line.points[1].min() == np.log10(losses.min())


def test_of_thousands_of_marks_only_the_last_look_for_room_for_their_words(
    session: TrainSession, curves, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(session)
    for number in range(3000):
        session.record.add_mark(Mark(3.4 * number / 3000, f"Change {number}"))
    looked: list[str] = []

    def look(metrics: QFontMetricsF, area: QRectF, marks: overlay.Marks) -> list[QRectF | None]:
        looked.extend(text for _, text in marks if text)
        return mark_boxes(metrics, area, marks)

    monkeypatch.setattr(overlay, "mark_boxes", look)
    drawn(curves).plot.grab()
    assert looked and len(set(looked)) <= 60 and "Change 2999" in looked


def with_marks(session: TrainSession, count: int) -> None:
    give(session)
    session.history.marks = [Mark(3.4 * number / count, f"Change {number}") for number in range(count)]


def test_ten_times_as_many_marks_are_drawn_painted_and_said_with_hardly_more_work(
    session: TrainSession, curves
) -> None:
    def work(count: int) -> int:
        with_marks(session, count)
        drawn(curves).plot.grab()
        return instructions(lambda: (curves.redraw(), curves.plot.grab(), curves.summary()))

    assert work(40_000) < 1.5 * work(4_000)


@pytest.mark.parametrize("log", [False, True])
def test_of_thousands_of_marks_each_one_that_stands_alone_and_the_last_are_drawn(
    session: TrainSession, curves, log: bool
) -> None:
    with_marks(session, 0)
    near = [Mark(1 + number / 100_000, "near") for number in range(2000)]
    session.history.marks = [Mark(0.05, "first"), *near, Mark(2.5, "alone"), Mark(3.39, "last")]
    if log:
        curves.log_x_action.trigger()
    drawing = drawn(curves).plot.drawing
    assert drawing.log_x == log and len(drawing.marks) < 600
    assert {"first", "alone", "last"} <= {mark.text for mark in drawing.marks}


def test_of_thousands_of_marks_the_last_are_said_and_the_others_counted(session: TrainSession, curves) -> None:
    with_marks(session, 3000)
    words = drawn(curves).summary()
    assert "2,980 changes before" in words and "Change 2999 at epoch 3.4" in words and "Change 2979 " not in words


def test_the_moment_of_the_past_that_all_views_show_is_marked(session: TrainSession, curves, qtbot: QtBot) -> None:
    give(session)
    assert drawn(curves).plot.drawing.moment is None
    accent = theme().colour("accent").rgb()
    column = [round(curves.plot.area().left() + curves.plot.area().width() * x / 4) for x in (1.5, 2.5)]

    def seen(x: int) -> bool:
        picture = curves.plot.grab().toImage()
        y = round(picture.devicePixelRatio() * (curves.plot.area().bottom() - 5))
        return any(picture.pixel(round(picture.devicePixelRatio() * x) + near, y) == accent for near in (-1, 0, 1))

    project = session.document.spec
    session.looks.take(*(Moment(project, {}, {}, Position(2, 0, round(100 * x)), x) for x in (2.5, 3.4)))
    session.looks.go_to(0)
    qtbot.waitUntil(lambda: curves.plot.drawing.moment == 2.5)
    assert [seen(x) for x in column] == [False, True]
    session.looks.go_to(None)
    qtbot.waitUntil(lambda: curves.plot.drawing.moment is None)
    assert not seen(column[1])


def test_frozen_curves_stay_and_can_still_be_looked_at_otherwise(session: TrainSession, curves, qtbot: QtBot) -> None:
    give(session, steps=200)
    drawn(curves)
    curves.freeze_action.trigger()
    session.record.history.steps.append(2.5, 1.0, 0.5, 100)
    session.metrics_added.emit()
    qtbot.wait(200)
    assert curves.plot.drawing.x_range == (0, 2)
    curves.show_quantity("accuracy")
    assert curves.plot.drawing.x_range == (0, 2) and len(curves.chart.series.x) == 200
    curve_choices().set_span(1)
    qtbot.waitUntil(lambda: curves.chart.series.span == 1)
    assert curves.plot.drawing.x_range == (0, 2)
    curves.freeze_action.trigger()
    qtbot.waitUntil(lambda: curves.plot.drawing.x_range == (0, 3))


def test_a_table_has_the_raw_the_smoothed_the_validated_and_the_earlier(session: TrainSession, curves) -> None:
    give(session)
    names, rows = drawn(curves).table()
    assert names == ("epoch", "train_loss", "smoothed", "validation_loss", "run_1", "run_2")
    assert rows[99][1] == session.history.steps.column("loss")[99] and rows[99][3] == pytest.approx(0.23)
    assert rows[0][3] == "" and rows[250][4] == "" and rows[150][4] != ""


def test_what_an_earlier_run_had_is_that_of_its_nearest_point() -> None:
    points = np.array([1.0, 2.0, 4.0]), np.array([10.0, 20.0, 40.0])
    at = np.array([0.1, 1.4, 1.6, 2.9, 3.1, 4.0, 4.1])
    assert values_near(points, at) == [10.0, 10.0, 20.0, 20.0, 40.0, 40.0, ""]
    assert values_near((points[0][:1], points[1][:1]), at[:3]) == [10.0, "", ""]
    assert values_near((at[:0], at[:0]), at[:2]) == ["", ""]


@pytest.mark.parametrize("key", KEYS)
def test_a_redraw_of_100000_steps_of_three_runs_is_no_more_work_for_python_than_one_of_5000(
    session, curves, key: str
) -> None:
    session._work._state = State.RUNNING
    work = []
    for count in (5_000, 100_000):
        give(session, steps=count, earlier=0)
        session.record.past = [Run(history(count, seed), number=seed) for seed in (1, 2)]
        drawn(curves, key)

        def grow() -> None:
            steps = session.history.steps
            for _ in range(30):
                steps.append(steps.rows[-1, 0] + 1 / PER_EPOCH, 0.1, 0.9, 100)
            curves.redraw()
            curves.plot.viewport().grab()

        grow()
        work.append(instructions(grow))
        assert all(len(curve.xData) <= MOST_RAW for curve in curves.plot._curves.values())
    assert work[1] < 1.5 * work[0] < 60_000


def room_for(control: QWidget) -> int:
    """What is left beside its words; in a box the longest number counts, whatever the style would like to add."""
    if not isinstance(control, IntInput):
        return control.width() - control.minimumSizeHint().width()
    line = control.lineEdit()
    return line.width() - line.textMargins().left() - line.fontMetrics().horizontalAdvance(f"{control.maximum():,}")


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_all_controls_are_whole_in_a_narrow_strip_and_have_names(session, curves, scale: float, own_theme) -> None:
    theme().set_font_scale(scale)
    give(session)
    curves.resize(theme().px(560), theme().px(214))
    drawn(curves, "ratio")
    QApplication.processEvents()
    controls: list[QWidget] = [curves.quantities, curves.smoothing.slider, curves.smoothing.box, curves.options]
    for control in controls:
        assert control.accessibleName() and control.objectName().startswith("live.curves.")
        assert room_for(control) >= 0
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
        right = control.mapTo(curves, QPoint(control.width(), 0)).x()
        assert right <= curves.width()
    places = [control.mapTo(curves, QPoint()).x() for control in controls]
    assert places == sorted(places)
