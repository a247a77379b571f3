"""The live panel shows what the session has, costs little, and asks only for what can be seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from instructions import instructions
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QFocusEvent, QFontMetricsF, QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.history import History, Mark
from fishlab.core.probes import Question
from fishlab.core.probes.filters import FilterBank
from fishlab.core.probes.histogram import Histogram, HistogramRow
from fishlab.core.templates import TEMPLATES
from fishlab.ui.document import Document
from fishlab.ui.plots import axis, export, save_menu, shows_curves
from fishlab.ui.plots.curve_choices import SPAN
from fishlab.ui.plots.curves import AccuracyTile, LossTile
from fishlab.ui.plots.decimate import MOST_RAW
from fishlab.ui.plots.filters import FiltersTile
from fishlab.ui.plots.histogram_rows import HistogramRows
from fishlab.ui.plots.histogram_words import parameter_row, spread
from fishlab.ui.plots.live import LivePanel
from fishlab.ui.plots.log import Log
from fishlab.ui.plots.mosaic import compose, fit, shrink
from fishlab.ui.plots.mosaic_view import Bank, MosaicView
from fishlab.ui.plots.overlay import mark_boxes
from fishlab.ui.plots.weights import WeightsTile
from fishlab.ui.run_record import Run
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.legend import legend_width

PER_EPOCH = 100


def history(epochs: float) -> History:
    """A run of so many epochs that learns, with validation and one change of the rate."""
    rng = np.random.default_rng(0)
    result = History()
    for step in range(1, round(epochs * PER_EPOCH) + 1):
        x = step / PER_EPOCH
        loss = 0.01 + 2.3 * np.exp(-2 * x) * rng.uniform(0.6, 1.4)
        result.steps.append(x, loss, 1 - loss / 2.6, 100)
        if step % PER_EPOCH == 0:
            result.epochs.append(x, loss, 0.9, 0.03 + 0.2 / x, 0.99 - 0.1 / x)
    result.marks.append(Mark(1.5, "rate 0.1 → 0.03"))
    return result


def layer(
    number: int, title: str = "Affine", *, limit: float = 0.5, now: float = 0.094, before: float = 0.01
) -> HistogramRow:
    edges = np.linspace(-limit, limit, 81)
    shares = np.exp(-((edges[:-1] * 4 / limit) ** 2))
    found = (Histogram(edges, one, 0.0, 0.0, 0.0, std, limit) for one, std in ((shares, now), (shares**4, before)))
    return HistogramRow(f"u{number}", str(number), title, "W", 80, *found)


def bank(*shape: int) -> FilterBank:
    values = np.random.default_rng(1).normal(0, 0.1, shape).astype(np.float32)
    return FilterBank("u1", 1, "Convolution", values, 2 * values)


@pytest.fixture
def document() -> Document:
    return Document(TEMPLATES["simple_conv_net"].item())


@pytest.fixture
def session(document: Document) -> TrainSession:
    return TrainSession(document)


@pytest.fixture
def show(qtbot: QtBot) -> Callable[..., None]:
    def shown(widget, width: int = 320, height: int = 240) -> None:
        qtbot.addWidget(widget)
        widget.resize(width, height)
        widget.show()

    return shown


def feed(session: TrainSession, run: History, state: State = State.IDLE) -> None:
    session._record.history = run
    session._work._state = state
    session.run_started.emit()
    session.metrics_added.emit()


def pixels(widget) -> np.ndarray:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return data[:, : image.width(), 2::-1].astype(int)


def count(widget, colour: QColor, tolerance: int = 12) -> int:
    """How many pixels have about this colour."""
    return int((np.abs(pixels(widget) - [colour.red(), colour.green(), colour.blue()]).max(axis=2) <= tolerance).sum())


# -- curves ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [LossTile, AccuracyTile])
def test_without_a_run_only_a_sentence_stands_there(kind, session: TrainSession, show) -> None:
    tile = kind(session)
    show(tile)
    tile.redraw()
    assert tile.is_empty and tile.plot.drawing is None
    assert count(tile, theme().curve(0)) == 0


def test_curves_are_drawn_in_their_colours_and_said_in_the_header(session: TrainSession, show, qtbot: QtBot) -> None:
    tile = LossTile(session)
    show(tile, 400)
    feed(session, history(3.4))
    qtbot.waitUntil(lambda: not tile.is_empty)
    assert count(tile.plot, theme().curve(0)) > 100, "training"
    assert count(tile.plot, theme().curve(1)) > 20, "validation"
    train, validation = tile._title.series
    losses = session.history.steps.column("loss")
    weights = (1 - 1 / SPAN) ** np.arange(len(losses))[::-1]
    assert train.value == f"{np.average(losses, weights=weights):.4f}"
    assert validation.value == f"{0.03 + 0.2 / 3:.4f}"


def test_accuracy_speaks_in_percent(session: TrainSession, show) -> None:
    tile = AccuracyTile(session)
    show(tile, 400)
    session._record.history = history(3)
    tile.redraw()
    assert [one.value for one in tile._title.series] == ["99.2 %", "95.67 %"]
    assert all(text.endswith(" %") for _, text in tile.plot.drawing.y_ticks)
    assert tile.plot.drawing.y_range[0] > 0.1, "the climb from chance does not flatten the rest"


def test_a_narrow_header_keeps_both_values(session: TrainSession, show) -> None:
    tile = AccuracyTile(session)
    show(tile, 232)
    session._record.history = history(3)
    tile.redraw()
    assert [one.value for one in tile._title.series] == ["99.2 %", "95.67 %"]
    assert legend_width(tile._title.series, tile._title.shown()[0]) <= tile._title._room()


def marks_drawn(area: QRectF, marks: list[tuple[float, str]]) -> list[QRectF]:
    metrics = QFontMetricsF(theme().font("caption"))
    return [box for box in mark_boxes(metrics, area, marks) if box is not None]


@pytest.mark.parametrize("x", [0.0, 60.0, 100.0, 180.0, 200.0])
def test_marks_at_one_place_are_all_read_and_none_lies_over_another(x: float) -> None:
    area = QRectF(46, 4, 200, 120)
    texts = ("SGD 0.1 → Adam 0.001", "batch 100 → 50", "weight decay 0 → 0.001", "rate 0.001 → 0.0003")
    boxes = marks_drawn(area, [(46 + x, text) for text in texts])
    assert len(boxes) == 4
    assert all(area.contains(box) for box in boxes)
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_marks_close_by_give_way_to_one_another() -> None:
    area = QRectF(46, 4, 200, 120)
    boxes = marks_drawn(area, [(100.0 + 9 * i, "rate 0.1 → 0.03") for i in range(6)])
    assert len(boxes) == 6
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_the_x_axis_grows_by_whole_epochs(session: TrainSession, show) -> None:
    tile = LossTile(session)
    show(tile)
    for epochs, shown in ((0.3, 1), (1.0, 1), (1.2, 2), (12.4, 13)):
        session._record.history = history(epochs)
        tile.redraw()
        assert tile.plot.drawing.x_range == (0, shown)
        area = tile.plot.area()
        assert tile.plot._axes().x(shown) == pytest.approx(area.right())


def test_the_loss_is_logarithmic_until_its_menu_says_otherwise(session: TrainSession, show) -> None:
    tile = LossTile(session)
    show(tile)
    session._record.history = history(3)
    tile.redraw()
    assert tile.plot.drawing.line("validation")[1] == pytest.approx(np.log10(0.03 + 0.2 / np.arange(1, 4)))
    tile.log_action.trigger()
    assert tile.plot.drawing.line("validation")[1] == pytest.approx(0.03 + 0.2 / np.arange(1, 4))
    assert tile.plot.drawing.say(0.05) == "0.0500"


def test_points_are_few_however_long_the_run(session: TrainSession, show) -> None:
    tile = LossTile(session)
    show(tile, 1600, 500)
    session._record.history = history(200)
    tile.redraw()
    drawing = tile.plot.drawing
    assert len(drawing.line("raw")[0]) <= 2000 and len(drawing.line("train")[0]) <= 320


def test_numbers_that_are_not_finite_leave_the_rest_of_the_curve(session: TrainSession, show) -> None:
    tile = LossTile(session)
    show(tile)
    run = history(2)
    run.steps.append(2.01, float("nan"), float("nan"), 100)
    run.epochs.append(3, 0.1, 0.9, float("nan"), float("nan"))
    session._record.history = run
    tile.redraw()
    drawing = tile.plot.drawing
    assert len(drawing.line("validation")[0]) == 2
    assert all(np.isfinite(drawing.line(key)).all() for key in ("raw", "train", "validation"))
    assert count(tile.plot, theme().curve(0)) > 100


def test_a_run_without_one_finite_number_leaves_the_sentence(session: TrainSession, show) -> None:
    tile = AccuracyTile(session)
    show(tile)
    session._record.history = History()
    session.history.steps.append(0.01, float("nan"), float("nan"), 100)
    tile.redraw()
    assert tile.is_empty


def test_an_earlier_run_is_laid_over(session: TrainSession, show) -> None:
    tile = LossTile(session)
    show(tile, 400)
    session._record.history = history(2)
    tile.redraw()
    assert count(tile.plot, theme().curve(3)) == 0
    session.record.past = [Run(history(5))]
    session.earlier.steps.column("loss")[:] *= 3
    tile.redraw()
    assert count(tile.plot, theme().curve(3)) > 10
    assert tile.plot.drawing.line("earlier1")[0].max() <= 2, "as far as the axis reaches"


def test_a_single_batch_over_an_earlier_run_leaves_axes_that_can_be_read(session: TrainSession, show) -> None:
    tile = AccuracyTile(session)
    show(tile, 400)
    session.record.history, session.record.past = History(), [Run(history(5))]
    session.history.steps.append(0.01, 2.3, 0.06, 100)
    tile.redraw()
    bottom, top = tile.plot.drawing.y_range
    earlier = tile.plot.drawing.line("earlier1")[1]
    assert bottom <= 0.06 and top >= earlier.max()
    session.record.past = []
    tile.redraw()
    assert [text for _, text in tile.plot.drawing.y_ticks] == ["6 %", "6.5 %", "7 %", "7.5 %", "8 %"]


def test_curves_are_thin_while_running_and_smooth_at_rest(session: TrainSession, show) -> None:
    tile = LossTile(session)
    show(tile)
    ratio = tile.devicePixelRatioF()
    for state, width, smooth in ((State.RUNNING, 1.0, False), (State.PAUSED, 1.6, True), (State.RUNNING, 1.0, False)):
        session._record.history, session._work._state = history(2), state
        tile.redraw()
        options = tile.plot._curves["train"].opts
        assert (options["pen"].widthF(), options["antialias"]) == (width * ratio, smooth)


def test_the_crosshair_reads_the_nearest_batch(session: TrainSession, show, qtbot: QtBot) -> None:
    tile = LossTile(session)
    show(tile, 400)
    session._record.history = history(2)
    tile.redraw()
    area = tile.plot.area()
    before = pixels(tile.plot)
    qtbot.mouseMove(tile.plot.viewport(), QPointF(area.center()).toPoint())
    assert (pixels(tile.plot) != before).any()
    words = tile.plot.drawing.readings(1.0)
    assert words[1] == "validation 0.2300"
    tile.plot._set_hover(None)
    assert (pixels(tile.plot) == before).all()


def test_keys_carry_the_crosshair_along_and_say_what_it_reads(session: TrainSession, show, qtbot: QtBot) -> None:
    tile = LossTile(session)
    show(tile, 400)
    session._record.history = history(4)
    tile.redraw()
    before = pixels(tile.plot)
    for key, words in (
        (Qt.Key.Key_Left, "epoch 4.00"),
        (Qt.Key.Key_Left, "epoch 3.88"),
        (Qt.Key.Key_Right, "epoch 4.00"),
        (Qt.Key.Key_Right, "epoch 4.00"),
    ):
        qtbot.keyClick(tile, key)
        assert tile.accessibleDescription().startswith(words)
    assert tile.accessibleDescription().endswith("validation 0.0800")
    assert (pixels(tile.plot) != before).any()
    qtbot.keyClick(tile, Qt.Key.Key_Escape)
    assert (pixels(tile.plot) == before).all()


def test_a_tile_shows_focus_that_came_by_a_key_only(session: TrainSession, show) -> None:
    tile = LossTile(session)
    show(tile)
    accent = theme().colour("accent")
    for reason, shown in (
        (Qt.FocusReason.TabFocusReason, True),
        (Qt.FocusReason.OtherFocusReason, False),
        (Qt.FocusReason.BacktabFocusReason, True),
    ):
        QGuiApplication.sendEvent(tile, QFocusEvent(QEvent.Type.FocusIn, reason))
        assert (count(tile, accent) > 200) is shown
    QGuiApplication.sendEvent(tile, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.TabFocusReason))
    assert count(tile, accent) == 0


def test_colours_follow_the_theme(session: TrainSession, show, request: pytest.FixtureRequest) -> None:
    mode = theme().mode
    request.addfinalizer(lambda: theme().set_mode(mode))
    tile = LossTile(session)
    show(tile, 400)
    session._record.history = history(2)
    tile.redraw()
    for name in ("LIGHT", "DARK"):
        theme().set_mode(type(mode)[name])
        assert count(tile.plot, theme().curve(0), 40) > 100, name


# -- cost ------------------------------------------------------------------------------------------------------------


def test_a_redraw_of_20000_batches_is_no_more_work_for_python_than_one_of_3000(session: TrainSession, show) -> None:
    for kind in (LossTile, AccuracyTile):
        work = []
        for epochs in (30, 200):
            feed(session, history(epochs), State.RUNNING)
            tile = kind(session)
            show(tile)
            tile.redraw()
            work.append(instructions(lambda tile=tile: (grow(session), tile.redraw(), tile.plot.grab())))
            assert all(len(curve.xData) <= MOST_RAW for curve in tile.plot._curves.values())
        assert work[1] < 1.5 * work[0] < 60_000, kind


def grow(session: TrainSession) -> None:
    """One batch more."""
    steps = session.history.steps
    steps.append(float(steps.column("x")[-1]) + 0.5, 0.1, 0.9, 100)


def test_histograms_and_filters_of_a_deep_network_are_the_work_of_numpy_and_qt(session: TrainSession, show) -> None:
    weights, filters = WeightsTile(session), FiltersTile(session)
    show(weights)
    show(filters)
    session.looks.answered.emit(Question("weights"), tuple(layer(number) for number in range(1, 9)))
    session.looks.answered.emit(Question("filters"), bank(50, 1, 28, 28))
    for tile in (weights, filters):
        tile.redraw()
        tile.grab()
        assert instructions(lambda tile=tile: (tile.redraw(), tile.grab())) < 60_000, type(tile).__name__


def test_many_batches_make_few_redraws(session: TrainSession, show, qtbot: QtBot) -> None:
    tile = LossTile(session)
    show(tile)
    redraws, began = [], time.monotonic()
    tile.redraw = lambda: redraws.append(1)
    for step in range(30):
        session.history.steps.append(step / PER_EPOCH, 1.0, 0.5, 100)
        session.metrics_added.emit()
        qtbot.wait(10)
    qtbot.waitUntil(lambda: bool(redraws))
    assert len(redraws) <= 1 + 15 * (time.monotonic() - began)


def test_a_line_that_has_not_grown_by_a_pixel_is_drawn_twice_a_second(
    session: TrainSession, show, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shows_curves.LONGEST_STILL == 0.5
    clock = SimpleNamespace(monotonic=lambda: clock.now, now=time.monotonic())
    monkeypatch.setattr(shows_curves, "time", clock)
    tile = LossTile(session)
    show(tile)
    feed(session, history(20), State.RUNNING)
    qtbot.waitUntil(lambda: not tile.throttle.isActive() and tile.plot.drawing is not None, timeout=2000)
    redraws = []
    tile.redraw = lambda: redraws.append(1)
    steps = session.history.steps
    clock.now += 0.4
    steps.append(float(steps.column("x")[-1]) + 0.001, 1.0, 0.5, 100)
    session.metrics_added.emit()
    assert not tile.throttle.isActive() and redraws == []
    clock.now += 0.2
    session.metrics_added.emit()
    qtbot.waitUntil(lambda: len(redraws) == 1)
    clock.now -= 0.6  # as after a real redraw: only a line that grew is drawn now
    steps.append(float(steps.column("x")[-1]) + 1, 1.0, 0.5, 100)
    session.metrics_added.emit()
    qtbot.waitUntil(lambda: len(redraws) == 2)


# -- only what is seen -----------------------------------------------------------------------------------------------


def test_probes_are_wanted_only_while_their_tile_is_seen(session: TrainSession, show) -> None:
    for kind, probe in ((WeightsTile, "weights"), (FiltersTile, "filters")):
        tile = kind(session)
        assert not session.looks._asked
        show(tile)
        assert list(session.looks._asked.values()) == [Question(probe)]
        tile.hide()
        assert not session.looks._asked


def test_a_hidden_tile_draws_nothing_and_catches_up_when_shown(session: TrainSession, show, qtbot: QtBot) -> None:
    tile = LossTile(session)
    show(tile)
    tile.hide()
    feed(session, history(2))
    qtbot.wait(150)
    assert tile.plot.drawing is None
    tile.show()
    assert tile.plot.drawing is not None


def test_only_the_chosen_instrument_is_visible(document: Document, session: TrainSession, show) -> None:
    panel = LivePanel(document, session)
    show(panel, 620, 760)
    trial, log = panel.strip.instrument("try"), panel.strip.instrument("log")
    assert trial.isVisible() and not log.isVisible()
    panel.strip.show_instrument("log")
    assert log.isVisible() and not trial.isVisible()
    assert panel.strip.current() == "log"


@pytest.mark.parametrize("size", [(528, 608), (616, 800), (640, 700), (1300, 900)])
def test_everything_has_its_place_at_every_size(document, session, show, size: tuple[int, int]) -> None:
    panel = LivePanel(document, session)
    show(panel, *size)
    assert (panel.width(), panel.height()) == size, "nothing demands more room"
    tiles = panel.tiles()
    assert len({tile.width() for tile in tiles}) <= 2 and min(tile.width() for tile in tiles) >= size[0] // 2 - 10
    assert tiles[0].geometry().bottom() < tiles[2].geometry().top()
    assert tiles[2].geometry().bottom() < panel.strip.geometry().top()


def test_a_real_run_fills_every_tile_and_answers_the_digit(show, qtbot: QtBot) -> None:
    rng = np.random.default_rng(0)
    images = ImageSet(rng.integers(0, 256, (600, 1, 28, 28), dtype=np.uint8), np.arange(600) % 10)
    document = Document(TEMPLATES["two_layer_net"].item())
    session = TrainSession(document, load=lambda spec, progress: Dataset("noise", "noise", images, images))
    panel = LivePanel(document, session)
    show(panel, 620, 760)
    trial = panel.strip.instrument("try")
    trial.pad.begin_stroke(0.5, 0.2)
    with qtbot.waitSignal(trial.pad.drawn):
        trial.pad.continue_stroke(0.5, 0.8)
    session.run()
    qtbot.waitUntil(lambda: session.state is State.IDLE, timeout=20_000)
    qtbot.waitUntil(lambda: trial.bars.answer() is not None)
    qtbot.waitUntil(lambda: not any(tile.is_empty or tile.throttle.isActive() for tile in panel.tiles()))
    qtbot.waitUntil(lambda: panel.weights._layers[-1].now.std != panel.weights._layers[-1].before.std)
    assert panel.filters._bank.now.shape == (50, 1, 28, 28)
    log = [entry.text for entry in panel.strip.instrument("log").entries]
    assert log[0].startswith("Run: TwoLayerNet on noise") and any(line.startswith("Epoch 1: train") for line in log)


# -- weights and filters ---------------------------------------------------------------------------------------------


def test_every_layer_has_a_row_and_many_layers_scroll(session: TrainSession, show) -> None:
    tile = WeightsTile(session)
    show(tile)
    for number, scrolls in ((3, False), (8, True)):
        session.looks.answered.emit(Question("weights"), tuple(layer(i) for i in range(1, number + 1)))
        tile.redraw()
        QGuiApplication.processEvents()
        assert tile._view._scroll.verticalScrollBar().isVisible() is scrolls
    assert tile._view.rows.height() >= theme().u(33) * 8
    assert count(tile._view, theme().colour("ink2"), 30) > 20, "the start as dashes"
    assert "8 Affine σ 0.010 → 0.094" in tile.summary()


def test_weights_that_blew_up_are_written_without_a_letter_e(session: TrainSession, show) -> None:
    wild = layer(1, limit=3e4, now=2900.0, before=0.05)
    assert spread(wild) == "σ 0.050 → 2,900"
    assert [text for _, text in axis.symmetric_ticks(3e4)] == ["−20,000", "0", "+20,000"]
    assert [text for _, text in axis.log_ticks(0, 7.2)] == ["1", "100", "10,000", "10⁶"]
    tile = FiltersTile(session)
    large = FilterBank("u1", 1, "Convolution", *(np.full((1, 1, 3, 3), -2900.0),) * 2)
    session.looks.answered.emit(Question("filters"), large)
    assert "largest weight 2,900 before" in tile.summary()


def test_where_one_spread_has_room_it_is_the_newest(session: TrainSession) -> None:
    wild = layer(1, limit=3e4, now=2.9e7, before=0.05)
    metrics = QFontMetricsF(theme().font("caption"))
    whole = metrics.horizontalAdvance(spread(wild))
    rows = HistogramRows()
    row = parameter_row(wild, "of the weights")
    assert rows.fitting(row, whole) == "σ 0.050 → 2.9·10⁷"
    assert rows.fitting(row, whole - 1) == "σ → 2.9·10⁷"


@pytest.mark.parametrize("shape", [(30, 1, 5, 5), (16, 1, 3, 3), (50, 1, 28, 28), (1, 1, 5, 5), (8, 3, 3, 5)])
def test_any_bank_of_filters_is_shown_whole(session: TrainSession, show, shape: tuple[int, ...]) -> None:
    tile = FiltersTile(session)
    show(tile)
    session.looks.answered.emit(Question("filters"), bank(*shape))
    tile.redraw()
    assert not tile.is_empty
    assert f"{shape[0]} filters of {shape[2]} × {shape[3]}" in tile.summary()
    assert (pixels(tile._view) != pixels(tile._view)[0, 0]).any()


@pytest.mark.parametrize("many", [1, 5, 6, 16, 30, 50, 100, 3000])
@pytest.mark.parametrize("shape", [(3, 3), (5, 5), (28, 28), (3, 7)])
def test_a_mosaic_stays_in_its_room_with_whole_pixels(many: int, shape: tuple[int, int]) -> None:
    room = (130, 127)
    layout = fit(many, shape, room)
    assert layout.size[0] <= room[0] and layout.size[1] <= room[1]
    assert layout.columns * layout.rows >= layout.count
    assert layout.count == many or many == 3000 or shape == (28, 28)
    assert layout.shrink == 1 or min(layout.height, layout.width) >= 5, "a filter of few pixels is never made smaller"
    assert 1 in (layout.grow, layout.shrink)


def test_where_not_all_filters_have_room_it_says_how_many_are_shown(show) -> None:
    view = MosaicView()
    show(view, 171, 180)
    line = theme().metrics("caption").height()
    room = int(180 - round(theme().u(6) + line) - line - theme().u(14)), int(171 - theme().u(24))
    for many, said in ((30, "now"), (4096, f"now, {fit(4096, (5, 5), room).count:,} of 4,096")):
        values = Bank("now", bank(many, 1, 5, 5).now[:, 0])
        view.show_banks([values])
        view.grab()
        assert view.caption(values) == said


@pytest.mark.parametrize("kind", [WeightsTile, FiltersTile])
def test_while_a_run_is_prepared_the_last_model_is_called_so(kind, session: TrainSession, show) -> None:
    tile = kind(session)
    show(tile)
    session.looks.answered.emit(Question("weights"), (layer(1),))
    session.looks.answered.emit(Question("filters"), bank(4, 1, 3, 3))
    notes = []
    for state in (State.IDLE, State.PREPARING, State.RUNNING):
        session._work._state = state
        tile.redraw()
        notes.append(tile._title._note == "before this run")
    assert notes == [False, True, False]


def test_a_mosaic_lays_filters_row_by_row_without_smoothing() -> None:
    pictures = np.arange(4, dtype=np.uint8).repeat(4 * 3).reshape(4, 2, 2, 3) + 1
    layout = fit(4, (2, 2), (19, 19))
    whole = compose(pictures, layout, np.zeros(3, dtype=np.uint8))
    assert (layout.columns, layout.rows, layout.grow) == (2, 2, 4)
    assert (whole[:8, :8] == 1).all() and (whole[:8, 11:] == 2).all() and (whole[11:, 11:] == 4).all()
    assert (whole[8:11] == 0).all()


def test_shrinking_takes_the_mean_of_blocks() -> None:
    values = np.arange(25, dtype=np.float32).reshape(1, 5, 5)
    small = shrink(values, 2)
    assert small.shape == (1, 3, 3)
    assert small[0, 0, 0] == np.mean([0, 1, 5, 6]) and small[0, 2, 2] == 24


# -- saving ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def drawn(session: TrainSession, show) -> LossTile:
    tile = LossTile(session)
    show(tile, 360)
    session._record.history = history(2.5)
    tile.redraw()
    return tile


def test_a_tile_is_saved_as_png_at_twice_its_pixels(drawn: LossTile, tmp_path: Path) -> None:
    drawn.save_png(tmp_path / "loss.png")
    image = QImage(str(tmp_path / "loss.png"))
    ratio = max(2.0, drawn.devicePixelRatioF())
    assert (image.width(), image.height()) == (round(drawn.width() * ratio), round(drawn.height() * ratio))
    wanted = theme().curve(0).rgb()
    assert sum(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(0, image.height(), 3)) > 20


def test_a_tile_is_saved_as_svg_with_its_letters(drawn: LossTile, tmp_path: Path) -> None:
    drawn.save_svg(tmp_path / "loss.svg")
    text = (tmp_path / "loss.svg").read_text(encoding="utf-8")
    assert text.count("<path") + text.count("<polyline") > 3
    assert "Loss" in text and "rate 0.1 → 0.03" in text
    assert "<image" not in text


def test_no_curve_leaves_the_axes_of_a_saved_picture(drawn: LossTile) -> None:
    drawn.plot.drawing.line("raw")[1][3] = 9.0
    drawn.draw_for_picture(1.0)
    assert drawn.plot._curves["raw"].getData()[1].max() <= drawn.plot.drawing.y_range[1]
    drawn.draw_for_picture(None)
    assert drawn.plot._curves["raw"].getData()[1].max() == 9.0


def test_saving_leaves_the_screen_as_it_was(drawn: LossTile, tmp_path: Path) -> None:
    before = pixels(drawn)
    drawn.save_png(tmp_path / "loss.png")
    drawn.save_svg(tmp_path / "loss.svg")
    assert (pixels(drawn) == before).all()


def test_numbers_are_copied_as_csv(drawn: LossTile) -> None:
    next(action for action in drawn.menu.actions() if action.objectName() == "live.loss.copy").trigger()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "epoch,train_loss,smoothed,validation_loss"
    assert len(lines) == 251
    tables = drawn.session.history.steps.column("loss"), drawn.chart.series.smooth
    loss, smooth = (float(values[99]) for values in tables)
    assert lines[100] == f"1.0,{loss!r},{smooth!r},0.23"
    assert lines[101].endswith(",")


@pytest.mark.parametrize("kind", [WeightsTile, FiltersTile])
def test_histograms_and_filters_have_numbers_too(kind, session: TrainSession, show) -> None:
    tile = kind(session)
    show(tile)
    session.looks.answered.emit(Question("weights"), (layer(1), layer(3)))
    session.looks.answered.emit(Question("filters"), bank(4, 1, 3, 3))
    tile.redraw()
    assert len(tile.csv().splitlines()) == 1 + (2 * 80 if kind is WeightsTile else 4 * 9)


def test_a_place_that_cannot_be_written_is_said(drawn: LossTile, tmp_path: Path, monkeypatch) -> None:
    said = []
    monkeypatch.setattr(export, "ask_path", lambda *_: tmp_path / "missing" / "loss.svg")
    monkeypatch.setattr(save_menu.QMessageBox, "warning", lambda parent, title, text: said.append(text))
    for ending in ("png", "svg", "csv"):
        drawn.menu.save(ending)
    words = "“loss.svg” cannot be saved: the folder does not exist. Make it, or save somewhere else."
    assert said == [words] * 3


def test_the_menu_comes_by_the_mouse_and_by_the_keyboard(drawn: LossTile, session: TrainSession) -> None:
    for reason in (QContextMenuEvent.Reason.Mouse, QContextMenuEvent.Reason.Keyboard):
        at = QPoint(60, 60)
        QGuiApplication.sendEvent(drawn, QContextMenuEvent(reason, at, drawn.mapToGlobal(at)))
        assert drawn.menu.isVisible()
        drawn.menu.hide()
    assert drawn.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_at_rest_a_screen_reader_gets_a_summary(session: TrainSession, show, qtbot: QtBot) -> None:
    tile = LossTile(session)
    show(tile)
    feed(session, history(2.5))
    qtbot.waitUntil(lambda: tile.accessibleDescription().startswith("After 2.5 epochs: train 0.0"))
    words = tile.accessibleDescription()
    assert "best 0.1300 at epoch 2" in words and "rate 0.1 → 0.03 at epoch 1.5" in words


# -- the log ---------------------------------------------------------------------------------------------------------


def test_the_log_writes_down_epochs_changes_and_errors_with_the_time(document, session: TrainSession, show) -> None:
    log = Log(document, session)
    show(log)
    run = history(0.5)
    run.marks.clear()
    feed(session, run)
    run.epochs.append(1, 0.1234, 0.95, 0.2, 0.94)
    run.epochs.append(2, 0.05, 0.98, float("nan"), float("nan"))
    run.marks.append(Mark(1.5, "rate 0.1 → 0.03"))
    session.metrics_added.emit()
    session.metrics_added.emit()
    session.failed.emit("The loss is no longer finite.")
    assert [(entry.text, entry.bad) for entry in log.entries] == [
        ("Epoch 1: train 0.1234, 95.00 %; validation 0.2000, 94.00 %", False),
        ("Epoch 2: train 0.0500, 98.00 %", False),
        ("rate 0.1 → 0.03 at epoch 1.50", False),
        ("The loss is no longer finite.", True),
    ]
    assert all(len(entry.clock) == 8 for entry in log.entries)
    assert "Epoch 1" in log._text.toPlainText()


def test_the_log_tells_how_a_run_goes(document: Document, session: TrainSession, show) -> None:
    log = Log(document, session)
    show(log)
    session.sentence = "TwoLayerNet on MNIST"
    states = (State.PREPARING, State.RUNNING, State.PAUSED, State.RUNNING, State.STOPPING)
    for state in states:
        session._work.set_state(state)
    session.sentence = "Stopped."
    session._work.set_state(State.IDLE)
    assert [entry.text for entry in log.entries] == [
        "Run: TwoLayerNet on MNIST.",
        "Paused at epoch 0.00.",
        "Resumed at epoch 0.00.",
        "Stopped.",
    ]


def test_the_log_keeps_to_its_length(document: Document, session: TrainSession, show) -> None:
    log = Log(document, session)
    show(log)
    for number in range(1100):
        log.add(f"line {number}")
    assert len(log.entries) == 1000 and log.entries[-1].text == "line 1099"
    assert log._text.document().blockCount() == 1000
