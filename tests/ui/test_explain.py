"""Explain: whatever takes the keyboard or shows something says what it is, and F1 opens it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWhatsThis, QWidget
from window_kit import Opener
from window_walk import (
    dialogs,
    instrument_names,
    interactive,
    middle,
    path,
    places,
    show_instrument,
    spoken,
    with_a_run,
)

from fishlab.core.layers import LAYERS
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.ui.explanations import all_entries
from fishlab.ui.main_window import MainWindow
from fishlab.ui.panels.explain import Found, explained
from fishlab.ui.plots.axes import Axes
from fishlab.ui.widgets.explanation import Explanation, as_explanation, explanation_of, set_explanation
from fishlab.ui.widgets.formula_box import FormulaRow
from fishlab.ui.widgets.formula_rows import formula_rows


def said_of(part: QWidget) -> Found:
    found = explained(part, middle(part))
    assert found is not None
    return found


def card_of(window: MainWindow, index: int) -> QWidget:
    uid = window.document.network.layers[index].uid
    window.network_panel.stack.focus_card(uid)
    return window.network_panel.stack.card(uid)


def press_f1(widget: QWidget) -> None:
    QTest.keyClick(widget, Qt.Key.Key_F1)
    QApplication.processEvents()


@pytest.fixture
def pointer() -> Iterator[None]:
    """Puts the pointer back."""
    before = QCursor.pos()
    yield
    QCursor.setPos(before)


# -- what is said ------------------------------------------------------------------------------------------------------
def test_a_card_says_formula_chapter_and_the_shapes_of_its_own(open_window: Opener) -> None:
    window, _ = open_window()
    found = said_of(card_of(window, 0))
    assert found.name == "1 Convolution"
    assert found.explanation.shape == "1 × 28 × 28 → 30 × 24 × 24"
    assert found.explanation.chapter == "7.2" and found.rows == (FormulaRow("y", "Σ W · x + b", general=True),)
    assert "→" not in card_of(window, 0).toolTip()  # the card shows them


def test_the_loss_card_says_its_formula(open_window: Opener) -> None:
    window, _ = open_window()
    found = said_of(window.network_panel.stack.card("loss"))
    assert [row.left for row in found.rows] == ["p", "L"] and found.rows[0].under == "Σ exp s"


def test_a_row_of_the_palette_says_what_its_layer_does(open_window: Opener) -> None:
    window, _ = open_window()
    tree = window.palette_panel.tree
    row = tree.visualRect(tree.model().index(0, 0, tree.model().index(0, 0))).center()
    found = explained(tree.viewport(), tree.viewport().mapToGlobal(row))
    assert found.name == "Affine" and found.explanation.chapter == "5.6" and found.rows


def test_a_field_says_what_happens_when_it_is_larger_or_smaller(open_window: Opener) -> None:
    window, _ = open_window()
    window.inspector_panel.show_tab("training")
    field = window.inspector_panel.training_tab.optimizer.field("learning_rate")
    said = said_of(field.controls[0]).explanation
    assert "jumps about" in said.larger and "hardly falls" in said.smaller and "Default" in said.limits
    assert "jumps about" not in field.toolTip()


def test_the_formula_of_the_output_size_is_explained_as_it_is_drawn(open_window: Opener) -> None:
    window, _ = open_window()
    card_of(window, 0)
    QApplication.processEvents()
    box = window.inspector_panel.layer_tab.layer_page.formula
    found = said_of(box)
    assert found.rows == box.rows() and "28 + 2·0 − 5" in found.rows[1].over


def test_every_layer_has_a_formula_that_can_be_drawn() -> None:
    for entry in LAYERS:
        (row,) = formula_rows(entry.item.formula)
        assert row.over and row.left == "y", entry.kind


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("L = −Σ log p / N", FormulaRow("L", "−Σ log p", "N", general=True)),
        ("1 / (1 + exp(−x))", FormulaRow("y", "1", "1 + exp(−x)", general=True)),
        ("γ (x − μ) / σ + β", FormulaRow("y", "γ (x − μ)", "σ", "+ β", general=True)),
        ("(a + b) / (c) (d)", FormulaRow("y", "a + b", "(c) (d)", general=True)),
        ("a + b / c", FormulaRow("y", "a + b / c", general=True)),
        ("a / b / c", FormulaRow("y", "a / b / c", general=True)),
    ],
)
def test_a_formula_becomes_what_one_would_write(text: str, row: FormulaRow) -> None:
    assert formula_rows(text) == (row,)


def test_words_that_were_changed_later_win_over_an_explanation(qtbot) -> None:
    part = QWidget()
    qtbot.addWidget(part)
    set_explanation(part, Explanation("What it was.", chapter="1"))
    assert explanation_of(part).chapter == "1"
    part.setWhatsThis("What it is now.")
    assert explanation_of(part) == Explanation("What it is now.")


def test_a_part_of_a_widget_speaks_for_itself(qtbot) -> None:
    class Halves(QWidget):
        def explanation_at(self, place: QPoint) -> Explanation | None:
            left = self.mapFromGlobal(place).x() < 50
            return Explanation("The left half.", title="Left") if left else None

    part = Halves()
    qtbot.addWidget(part)
    part.resize(100, 100)
    part.setWhatsThis("Two halves.")
    assert explained(part, part.mapToGlobal(QPoint(10, 10))).name == "Left"
    assert explained(part, part.mapToGlobal(QPoint(90, 10))).explanation.text == "Two halves."


def test_every_entry_of_the_tables_has_words() -> None:
    assert all(len(as_explanation(entry).text) > 20 for entry in all_entries().values())


# -- the net -----------------------------------------------------------------------------------------------------------
def mute(root: QWidget) -> set[str]:
    """The interactive parts that have no explanation, or no name."""
    parts = interactive(root)
    unexplained = {f"no explanation: {path(part)}" for part in parts if explained(part, middle(part)) is None}
    return unexplained | {f"no name: {path(part)}" for part in parts if not spoken(part)}


def test_everything_in_the_window_explains_itself_and_has_a_name(open_window: Opener) -> None:
    window, _ = open_window(size=(1440, 900))
    found = {word for _place in places(window) for word in mute(window)}
    stack = window.network_panel.stack
    cards = [stack.card(uid) for uid in stack.selection.order]
    found |= {f"no explanation: {path(card)}" for card in cards if explained(card, middle(card)) is None}
    assert found == set()


def test_everything_in_the_dialogs_explains_itself_and_has_a_name(open_window: Opener) -> None:
    window, _ = open_window(size=(1440, 900))
    found = {f"{name}: {word}" for name, dialog in dialogs(window) for word in mute(dialog)}
    assert found == set()


# -- how it is asked ---------------------------------------------------------------------------------------------------
def test_f1_opens_the_explanation_of_what_the_keyboard_is_at(open_window: Opener) -> None:
    window, _ = open_window()
    assert not window.docks["explain"].isVisible()
    card = card_of(window, 0)
    press_f1(card)
    panel = window.explain_panel
    assert panel.isVisible() and panel.title.text() == "1 Convolution"
    assert panel.formula.isVisible() and panel.formula.rows()[0].over == "Σ W · x + b"
    assert window.focusWidget() is card


def test_f1_explains_what_is_under_the_pointer_when_that_moved_last(open_window: Opener, pointer: None) -> None:
    window, _ = open_window()
    card = card_of(window, 0)
    QCursor.setPos(middle(window.run_bar.step))
    QApplication.processEvents()
    press_f1(card)
    assert window.explain_panel.title.text() == "Step"
    window.run_bar.run.setFocus()
    window.palette_panel.search.setFocus()  # the keyboard goes on, the pointer rests
    press_f1(window.focusWidget())
    assert "Enter adds the first" in window.explain_panel.text.text()


def test_f1_in_a_dialog_says_it_beside_the_control(open_window: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    window, _ = open_window()
    said: list[str] = []
    monkeypatch.setattr(QWhatsThis, "showText", lambda place, text, widget: said.append(text))
    window.actions_["file.examples"].trigger()
    QApplication.processEvents()
    dialog = QApplication.activeModalWidget()
    assert dialog is not None
    press_f1(dialog.focusWidget())
    assert len(said) == 1 and len(said[0]) > 20
    dialog.reject()


def test_the_panel_follows_the_keyboard_while_it_is_open(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    window.show_layout("explain")
    window.run_bar.step.setFocus()
    qtbot.waitUntil(lambda: "one batch" in window.explain_panel.text.text(), timeout=2000)


def test_each_optimizer_is_explained_where_it_is_chosen(open_window: Opener) -> None:
    window, _ = open_window()
    window.inspector_panel.show_tab("training")
    tab = window.inspector_panel.training_tab
    for entry in OPTIMIZERS:
        tab.choice.edited.emit(entry.kind)
        found = said_of(tab.choice.controls[0])
        assert entry.help in found.explanation.text and found.explanation.chapter == entry.chapter and found.rows


# -- curves and instruments ------------------------------------------------------------------------------------------
def test_a_curve_under_the_pointer_says_which_it_is(open_window: Opener, qtbot) -> None:
    window = with_a_run(open_window, qtbot)
    tile = window.live_panel.loss
    plot = tile.plot
    tile.redraw()  # at rest, with the validation of all epochs
    assert {"train", "validation"} <= {line.key for line in plot.drawing.lines if len(line.points[0])}
    axes = Axes(plot.drawing, plot.area(), plot.viewport().width())
    titles = {"train": "Training", "validation": "Validation"}
    for line in plot.drawing.lines:
        if line.key in titles:
            x, y = (float(values[-1 if line.key == "validation" else len(values) // 2]) for values in line.points)
            place = plot.mapToGlobal(QPointF(axes.x(x), axes.y(y)).toPoint())
            assert explained(plot.viewport(), place).name == titles[line.key]
    corner = plot.mapToGlobal(QPoint(round(plot.area().right()) - 2, round(plot.area().top()) + 2))
    assert explained(plot.viewport(), corner).rows[0].under == "N"  # the loss itself


@pytest.mark.slow
def test_everything_in_every_instrument_explains_itself_after_a_run(open_window: Opener, qtbot) -> None:
    window = with_a_run(open_window, qtbot)
    found: set[str] = set()
    for name in instrument_names(window):
        shown = show_instrument(window, name)
        qtbot.waitUntil(lambda: not window.session.looks.busy, timeout=20_000)
        qtbot.wait(50)
        found |= mute(window)
        found |= {f"only by its instrument: {path(part)}" for part in interactive(shown) if said_by(part) is shown
                  and part is not shown}  # fmt: skip
    assert found == set()


def said_by(part: QWidget) -> QWidget | None:
    """Whose words are given for a part: its own, or those of something around it."""
    at: QWidget | None = part
    while at is not None and explanation_of(at) is None:
        at = at.parentWidget()
    return at
