"""The small parts behave: fields tell once and keep their manners, painted parts say what they show."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QAction, QKeySequence, QWheelEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QPushButton, QVBoxLayout, QWidget

from fishlab.ui.theme import DARK, LIGHT, Mode, theme
from fishlab.ui.theme.focus_ring import FocusRing
from fishlab.ui.widgets.bars import ProbabilityBars
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.dock import Dock
from fishlab.ui.widgets.empty_state import EmptyState
from fishlab.ui.widgets.field import Field
from fishlab.ui.widgets.fields import CheckField, ChoiceField, FloatField, PairField, SpinField, TextField
from fishlab.ui.widgets.form import Form
from fishlab.ui.widgets.formula_box import FormulaBox, FormulaRow
from fishlab.ui.widgets.icon_button import IconButton
from fishlab.ui.widgets.label import Label
from fishlab.ui.widgets.legend import Series
from fishlab.ui.widgets.progress_strip import ProgressStrip
from fishlab.ui.widgets.search_box import SearchBox
from fishlab.ui.widgets.segmented import Segmented
from fishlab.ui.widgets.tile import Tile, _TileTitle


@pytest.fixture(autouse=True)
def worn(qapp: QApplication) -> Iterator[None]:
    theme().apply(qapp)
    theme().set_mode(Mode.LIGHT)
    yield
    theme().set_mode(Mode.LIGHT)
    theme().set_font_scale(1.0)


def make(kind: str) -> Field:
    return {
        "spin": lambda: SpinField("Filters", 1, 4096),
        "float": lambda: FloatField("Std", 0.0, 1.0, 0.01),
        "pair": lambda: PairField("Kernel", 1, 99),
        "choice": lambda: ChoiceField("Initial", [("he", "He"), ("normal", "Normal")]),
        "check": lambda: CheckField("Bias", "add one per filter"),
        "text": lambda: TextField("Name"),
    }[kind]()


VALUES = {"spin": 30, "float": 0.01, "pair": (5, 3), "choice": "normal", "check": True, "text": "conv"}
FIELDS = pytest.mark.parametrize("kind", VALUES)


def told(field: Field) -> list[object]:
    heard: list[object] = []
    field.edited.connect(heard.append)
    return heard


@pytest.fixture
def shown(qtbot):
    """Shows a widget in an active window and returns the window."""
    windows: list[QMainWindow] = []  # qtbot alone does not keep them

    def show(widget: QWidget) -> QMainWindow:
        window = QMainWindow()
        windows.append(window)
        qtbot.addWidget(window)
        page = QWidget()
        column = QVBoxLayout(page)
        column.addWidget(widget)
        column.addStretch(1)
        window.setCentralWidget(page)
        window.resize(400, 300)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        return window

    yield show
    windows.clear()


@FIELDS
def test_a_field_holds_a_value_without_telling(qtbot, kind: str) -> None:
    field = make(kind)
    qtbot.addWidget(field)
    heard = told(field)
    field.set_value(VALUES[kind])
    assert field.value() == VALUES[kind]
    assert heard == []


@FIELDS
def test_a_refused_field_says_why_under_it_and_to_a_screen_reader(shown, qtbot, kind: str) -> None:
    field = make(kind)
    shown(field)
    height = field.height()
    field.set_error("23 is not divisible by 2")
    QApplication.processEvents()
    assert field.error() == "23 is not divisible by 2"
    assert field.controls[0].accessibleDescription() == "23 is not divisible by 2"
    assert field.controls[0].property("bad") is True
    assert field.height() > height
    field.set_error(None)
    assert field.error() == "" and field.controls[0].property("bad") is False
    qtbot.waitUntil(lambda: field.height() == height)


@pytest.mark.parametrize("kind", ["spin", "float", "pair", "choice", "text"])
def test_fields_are_28_units_high_in_every_state(shown, kind: str) -> None:
    field = make(kind)
    shown(field)
    control = field.controls[0]
    assert control.height() == theme().px(28)
    control.setFocus()
    field.set_error("no")
    QApplication.processEvents()
    assert control.height() == theme().px(28)


@FIELDS
def test_a_field_names_its_controls(qtbot, kind: str) -> None:
    field = make(kind)
    qtbot.addWidget(field)
    assert field.accessibleName() and all(field.accessibleName() in box.accessibleName() for box in field.controls)


def test_typing_a_number_tells_it(shown) -> None:
    field = make("spin")
    shown(field)
    heard = told(field)
    field.controls[0].selectAll()
    QTest.keyClicks(field.controls[0], "64")
    assert heard == [6, 64]


@pytest.mark.parametrize("kind", ["spin", "float", "pair"])
def test_enter_tells_nothing_new(shown, kind: str) -> None:
    field = make(kind)
    shown(field)
    field.set_value(VALUES[kind])
    heard = told(field)
    QTest.keyClick(field.controls[0], Qt.Key.Key_Return)
    assert heard == []


def test_a_number_of_many_digits_survives_enter(shown) -> None:
    field = make("float")
    field.set_value(0.1234567891)
    shown(field)
    QTest.keyClick(field.controls[0], Qt.Key.Key_Return)
    assert field.value() == 0.1234567891


def test_either_number_of_a_pair_tells_both(shown) -> None:
    field = make("pair")
    field.set_value((5, 5))
    shown(field)
    heard = told(field)
    field.controls[1].stepBy(1)
    assert heard == [(5, 6)]


def test_a_choice_tells_its_value_not_its_text(shown) -> None:
    field = make("choice")
    shown(field)
    heard = told(field)
    QTest.keyClick(field.controls[0], Qt.Key.Key_Down)
    assert heard == ["normal"]


def test_other_choices_keep_the_value_they_still_hold(qtbot) -> None:
    field = make("choice")
    qtbot.addWidget(field)
    field.set_value("normal")
    field.set_choices([("xavier", "Xavier"), ("normal", "Normal")])
    assert field.value() == "normal"


def test_a_click_on_a_check_tells_it(shown) -> None:
    field = make("check")
    shown(field)
    heard = told(field)
    QTest.keyClick(field.controls[0], Qt.Key.Key_Space)
    assert heard == [True]


def test_a_text_is_told_once_when_the_writing_ends(shown) -> None:
    field = make("text")
    shown(field)
    heard = told(field)
    QTest.keyClicks(field.controls[0], "conv")
    assert heard == []
    QTest.keyClick(field.controls[0], Qt.Key.Key_Return)
    QTest.keyClick(field.controls[0], Qt.Key.Key_Return)
    assert heard == ["conv"]


@pytest.mark.parametrize(("text", "value"), [("0,03", 0.03), ("1e-3", 0.001), (".5", 0.5)])
def test_a_number_may_be_written_with_a_comma_or_an_exponent(shown, text: str, value: float) -> None:
    field = make("float")
    shown(field)
    field.controls[0].selectAll()
    QTest.keyClicks(field.controls[0], text)
    assert field.value() == value


@pytest.mark.parametrize(("value", "text"), [(0.001, "0.001"), (1e-8, "1e-8"), (0.0, "0"), (0.25, "0.25")])
def test_a_number_is_shown_as_short_as_it_can_be(qtbot, value: float, text: str) -> None:
    field = make("float")
    qtbot.addWidget(field)
    field.set_value(value)
    assert field.controls[0].text() == text


def test_letters_do_not_get_into_a_number(shown) -> None:
    field = make("float")
    field.set_value(0.5)
    shown(field)
    field.controls[0].selectAll()
    QTest.keyClicks(field.controls[0], "x")
    assert field.value() == 0.5


@pytest.mark.parametrize(
    ("value", "steps", "expected"),
    [(0.001, 1, 0.003), (0.001, -1, 0.0003), (0.003, 1, 0.01), (0.002, 1, 0.003), (0.002, -1, 0.001), (0.0, 1, 1e-6)],
)
def test_a_rate_steps_along_one_three_ten(qtbot, value: float, steps: int, expected: float) -> None:
    field = FloatField("Rate", 0.0, 10.0, log=True)
    qtbot.addWidget(field)
    field.set_value(value)
    field.controls[0].stepBy(steps)
    assert field.value() == pytest.approx(expected, rel=1e-9)


def wheel(widget: QWidget) -> QWheelEvent:
    event = QWheelEvent(
        QPointF(5, 5),
        widget.mapToGlobal(QPointF(5, 5)),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event


@pytest.mark.parametrize("kind", ["spin", "float", "pair", "choice"])
def test_the_wheel_changes_a_field_only_with_focus(shown, kind: str) -> None:
    field = make(kind)
    field.set_value(VALUES[kind])
    other = QPushButton("elsewhere")
    shown(field).centralWidget().layout().addWidget(other)
    other.show()
    other.setFocus()
    wheel(field.controls[0])
    assert field.value() == VALUES[kind]
    field.controls[0].setFocus()
    wheel(field.controls[0])
    assert field.value() != VALUES[kind]


@pytest.mark.parametrize("kind", ["spin", "float", "pair", "text"])
def test_undo_goes_to_the_document_not_to_the_field(shown, kind: str) -> None:
    field = make(kind)
    window = shown(field)
    action = QAction("Undo", window)
    action.setShortcut(QKeySequence.StandardKey.Undo)
    undone = QSignalSpy(action.triggered)
    window.addAction(action)
    field.controls[0].setFocus()
    QTest.keyClicks(field.controls[0], "1")
    value = field.value()
    QTest.keyClick(field.controls[0], Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone.count() == 1
    assert field.value() == value


@pytest.mark.parametrize(
    ("field", "typed", "said", "kept"),
    [
        (lambda: SpinField("Filters", 1, 4096), "99999999", "at most 4,096", 4096),
        (lambda: SpinField("Filters", 1, 4096), "0", "at least 1", 1),
        (lambda: FloatField("Rate", 0.0, 100.0, log=True), "1e6", "at most 100", 100.0),
        (lambda: FloatField("Share", 0.0, 0.9), "-3", "at least 0", 0.0),
    ],
)
def test_a_number_beyond_its_range_can_be_typed_is_said_and_becomes_the_nearest(
    shown, field, typed: str, said: str, kept: float
) -> None:
    field = field()
    shown(field)
    field.set_value(0.5 if isinstance(field, FloatField) else 30)
    sent: list[object] = []
    field.edited.connect(sent.append)
    box = field.controls[0]
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, typed)
    assert (box.lineEdit().text(), field.error()) == (typed, said)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert (field.value(), field.error()) == (kept, "")
    assert sent[-1] == kept


def test_a_refused_number_of_a_pair_is_said_and_an_error_comes_back_after_it(shown) -> None:
    field = PairField("Kernel", 1, 11)
    shown(field)
    field.set_value((3, 3))
    field.set_error("3 is more than 2")
    box = field.controls[1]
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "12")
    assert field.error() == "at most 11"
    QTest.keyClick(box, Qt.Key.Key_Tab)
    assert field.value() == (3, 11) and field.error() == "3 is more than 2"


def test_a_cleared_form_is_empty_and_can_be_filled_again(qtbot) -> None:
    form = Form()
    qtbot.addWidget(form)
    form.add("Filters", make("spin"))
    form.clear()
    form.add("Kernel", make("pair"))
    shown = [label.text() for label in form.findChildren(Label) if label.text() and not label.isHidden()]
    assert shown == ["Kernel", "×"]


def test_the_ring_comes_with_the_keyboard_and_goes_with_a_field(shown) -> None:
    field, button = make("spin"), QPushButton("Run")
    window = shown(field)
    window.centralWidget().layout().addWidget(button)
    button.show()
    field.controls[0].setFocus()
    QTest.keyClick(field.controls[0], Qt.Key.Key_Tab)
    ring = window.findChildren(FocusRing)[0]
    assert ring.isVisible() and ring.widget() is button
    assert ring.size() == button.size() + QSize(8, 8)
    QTest.keyClick(button, Qt.Key.Key_Backtab)
    assert not ring.isVisible()


def test_a_window_that_opens_shows_no_ring(shown) -> None:
    button = QPushButton("Run")
    window = shown(button)
    assert button.hasFocus()
    assert not window.findChildren(FocusRing)


def test_the_ring_is_whole_where_the_control_fills_its_row(shown) -> None:
    row = QWidget()
    first, second = QPushButton("Run"), QPushButton("Stop")
    box = QVBoxLayout(row)
    box.setContentsMargins(0, 0, 0, 0)
    box.addWidget(first)
    box.addWidget(second)
    window = shown(row)
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Tab)
    ring = window.findChildren(FocusRing)[0]
    assert ring.widget() is second
    assert ring.visibleRegion().boundingRect() == ring.rect()


@pytest.mark.parametrize("by_key", [True, False])
def test_a_button_that_goes_off_hands_a_ring_on_only_if_it_had_one(shown, by_key: bool) -> None:
    start, run, stop = QPushButton("Start"), QPushButton("Run"), QPushButton("Stop")
    window = shown(start)
    for button in (run, stop):
        window.centralWidget().layout().addWidget(button)
        button.show()
    if by_key:
        QTest.keyClick(start, Qt.Key.Key_Tab)
    else:
        QTest.mousePress(run, Qt.MouseButton.LeftButton)
        QTest.mouseRelease(run, Qt.MouseButton.LeftButton)
    assert run.hasFocus()
    run.setEnabled(False)
    assert stop.hasFocus()
    assert any(ring.isVisible() for ring in window.findChildren(FocusRing)) is by_key


def test_search_is_cleared_by_escape_and_moves_the_list_by_arrows(shown) -> None:
    box = SearchBox("Search layers")
    shown(box)
    steps: list[int] = []
    box.stepped.connect(steps.append)
    QTest.keyClicks(box, "conv")
    QTest.keyClick(box, Qt.Key.Key_Down)
    QTest.keyClick(box, Qt.Key.Key_Up)
    assert steps == [1, -1]
    assert box.findChild(IconButton).isVisible()
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert box.text() == "" and not box.findChild(IconButton).isVisible()


def test_a_switch_tells_what_was_chosen_and_not_what_was_set(shown) -> None:
    switch = Segmented("Layout", [("build", "Build"), ("watch", "Watch"), ("explain", "Explain")])
    shown(switch)
    heard: list[object] = []
    switch.edited.connect(heard.append)
    switch.set_value("watch")
    assert (switch.value(), heard) == ("watch", [])
    QTest.mouseClick(switch.layout().itemAt(2).widget(), Qt.MouseButton.LeftButton)
    assert (switch.value(), heard) == ("explain", ["explain"])


def test_progress_has_a_segment_per_epoch_and_fills_the_current_one(qtbot) -> None:
    strip = ProgressStrip()
    qtbot.addWidget(strip)
    strip.set_progress(12.4, 20)
    segments = strip.segments(260.0)
    assert [round(filled, 2) for _, _, filled in segments] == [1.0] * 12 + [0.4] + [0.0] * 7
    left, width, _ = segments[-1]
    assert left + width == pytest.approx(260.0)


def test_more_than_forty_epochs_are_one_segment(qtbot) -> None:
    strip = ProgressStrip()
    qtbot.addWidget(strip)
    strip.set_progress(33, 100)
    assert strip.segments(260.0) == [(0.0, 260.0, 0.33)]


def test_progress_is_said_in_words(qtbot) -> None:
    strip = ProgressStrip()
    qtbot.addWidget(strip)
    strip.set_words("Epoch 13 of 20", "running", "0:53 left")
    assert strip.accessibleName() == "Epoch 13 of 20 running 0:53 left"


def test_a_formula_can_be_read_aloud(qtbot) -> None:
    box = FormulaBox()
    qtbot.addWidget(box)
    box.set_rows(
        [FormulaRow("OH", "H + 2P − FH", "S", "+ 1", general=True), FormulaRow("24", "28 + 2·0 − 5", "1", "+ 1")]
    )
    assert box.accessibleName() == "OH = (H + 2P − FH) / S + 1; 24 = (28 + 2·0 − 5) / 1 + 1"


def test_a_long_formula_is_drawn_smaller_not_cut(qtbot) -> None:
    box = FormulaBox()
    qtbot.addWidget(box)
    box.set_rows([FormulaRow("OH", "H + 2P − FH + " * 6, "S")])
    box.resize(200, box.sizeHint().height())
    image = box.grab().toImage()
    surface = image.pixelColor(6, 12)
    assert all(image.pixelColor(x, y) == surface for x in range(192, 197) for y in range(10, image.height() - 10))


def test_bars_name_the_largest_as_the_answer(qtbot) -> None:
    bars = ProbabilityBars()
    qtbot.addWidget(bars)
    assert (bars.answer(), bars.summary()) == (None, "No answer yet")
    bars.set_values([0, 0, 0, 0.003, 0, 0.996, 0, 0, 0, 0.001])
    assert (bars.answer(), bars.accessibleName()) == (5, "5: 99.6 %")
    bars.set_values(None)
    assert bars.answer() is None


def test_only_the_answer_is_drawn_in_the_accent(qtbot) -> None:
    bars = ProbabilityBars()
    qtbot.addWidget(bars)
    bars.set_values([0.4, 0, 0, 0, 0, 0.6, 0, 0, 0, 0])
    bars.resize(bars.sizeHint())
    image = bars.grab().toImage()
    row = image.height() // 10
    accented = {y // row for y in range(image.height()) if image.pixelColor(40, y).name().upper() == LIGHT.accent}
    assert accented == {5}


def test_a_tile_drops_names_first_then_the_note_then_line_samples(qtbot) -> None:
    tile = Tile("Loss")
    qtbot.addWidget(tile)
    tile.set_note("run 3")
    tile.set_series([Series("train", "curve0", "line", "0.0079"), Series("validation", "curve1", "dash", "0.0361")])
    title = tile.findChild(_TileTitle)
    states = []
    for width in (500, 240, 210, 180, 150):
        title.resize(width, 32)
        style, note = title.shown()
        states.append((style.names, note, style.sample))
    assert states == [(True, True, 18), (False, True, 18), (False, False, 18), (False, False, 10), (False, False, 0)]


def test_a_tile_says_its_values(qtbot) -> None:
    tile = Tile("Loss")
    qtbot.addWidget(tile)
    tile.set_series([Series("train", "curve0"), Series("validation", "curve1", "dash")])
    tile.set_values(["0.0079", "0.0361"])
    assert tile.findChild(_TileTitle).accessibleName() == "Loss; train 0.0079, validation 0.0361"


def test_an_empty_state_without_a_sentence_shows_only_its_title(qtbot) -> None:
    empty = EmptyState("No mistakes yet.", "Train for one epoch.")
    qtbot.addWidget(empty)
    empty.set_words("Nothing here.")
    assert [label.text() for label in empty.findChildren(Label) if not label.isHidden()] == ["Nothing here."]


def test_a_label_takes_its_ink_from_the_theme(qtbot) -> None:
    label = Label("σ 0.010", "caption", 500, "ink3")
    qtbot.addWidget(label)
    label.show()  # what nobody has seen yet is dressed when it is shown
    theme().set_mode(Mode.DARK)
    assert label.palette().color(label.foregroundRole()).name().upper() == DARK.ink3
    theme().set_font_scale(1.5)
    assert label.font().pointSizeF() == pytest.approx(theme().font("caption").pointSizeF())


def test_a_primary_button_is_filled_with_the_accent(shown) -> None:
    button = Button("Run", "run")
    shown(button)
    assert button.grab().toImage().pixelColor(8, 8).name().upper() == LIGHT.panel
    button.set_primary(True)
    assert button.grab().toImage().pixelColor(8, 8).name().upper() == LIGHT.accent


@pytest.fixture
def docked(qtbot) -> tuple[QMainWindow, Dock]:
    window = QMainWindow()
    qtbot.addWidget(window)
    dock = Dock("Network", "network", first_width=326)
    dock.set_body(QWidget())
    window.setCentralWidget(QWidget())
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    window.resize(900, 500)
    with qtbot.waitExposed(window):
        window.show()
    return window, dock


def test_a_dock_header_is_36_units_at_every_font_size(docked: tuple[QMainWindow, Dock]) -> None:
    window, dock = docked
    assert dock.header.height() == theme().px(36)
    theme().set_font_scale(1.5)
    window.layout().activate()
    QApplication.processEvents()
    assert dock.header.height() == theme().px(36)


def test_a_dock_and_its_header_make_one_island(docked: tuple[QMainWindow, Dock]) -> None:
    _, dock = docked
    image = dock.grab().toImage()
    seam = dock.header.height()
    inside = {image.pixelColor(20, y).name().upper() for y in range(seam - 3, seam + 3)}
    edge = {image.pixelColor(0, y).name().upper() for y in range(seam - 3, seam + 3)}
    assert inside == {LIGHT.panel} and edge == {LIGHT.line}
    assert image.pixelColor(0, 0).name().upper() == LIGHT.bench


def test_a_dock_floats_and_closes_from_its_menu(docked: tuple[QMainWindow, Dock]) -> None:
    _, dock = docked
    assert dock.objectName() == "dock.network"
    dock.float_action.trigger()
    assert dock.isFloating() and dock.float_action.text() == "Dock"
    dock.float_action.trigger()
    assert not dock.isFloating() and dock.float_action.text() == "Float"
    dock.close_action.trigger()
    assert dock.isHidden()


def test_controls_of_a_fixed_width_stand_in_one_row_where_there_is_room_for_it(shown) -> None:
    tile, fixed = Tile(""), QPushButton("7")
    fixed.setFixedWidth(fixed.sizeHint().width() + 60)
    for widget in (QPushButton("Images"), fixed, QPushButton("Show")):
        tile.add_to_header(widget)
    tile.resize(900, 200)
    shown(tile)
    assert len({button.y() for button in tile.findChildren(QPushButton)}) == 1
