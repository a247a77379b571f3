"""The stack of cards: what it says, how mouse, keys, clipboard and drops edit it, and what it does not believe."""

import dataclasses
import json
from collections.abc import Callable

import pytest
from PySide6.QtCore import QMimeData, QPointF, QRectF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QGuiApplication, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from fishlab.core.layers import LayerSpec
from fishlab.core.spec import DataSpec, NetworkSpec, ProjectSpec
from fishlab.ui import layer_edits
from fishlab.ui.document import Document
from fishlab.ui.layer_edits import new_layer
from fishlab.ui.layer_mime import LAYERS_MIME, pack, unpack
from fishlab.ui.panels.network import NetworkPanel, card_paint
from fishlab.ui.panels.network.card import LayerCard
from fishlab.ui.panels.network.card_paint import CardLook, card_words
from fishlab.ui.panels.network.content import State, stack_contents
from fishlab.ui.panels.network.foot import bytes_text, short_count
from fishlab.ui.panels.network.glyph import sheet_count
from fishlab.ui.panels.network.quick_row import Role
from fishlab.ui.theme import theme

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier,
)


def simple_layers(stride: int = 1) -> tuple[LayerSpec, ...]:
    convolution = new_layer("convolution").replace(filters=30, kernel_size=(5, 5), stride=(stride, stride))
    middle = [new_layer(kind) for kind in ("relu", "max_pool", "flatten")]
    return (convolution, *middle, new_layer("affine").replace(units=10))


@pytest.fixture
def document() -> Document:
    return Document(ProjectSpec(network=NetworkSpec(layers=simple_layers())))


@pytest.fixture
def motionless() -> None:
    theme().set_reduce_motion(True)
    yield
    theme().set_reduce_motion(False)


@pytest.fixture
def panel(qtbot: QtBot, document: Document, motionless: None) -> NetworkPanel:
    panel = NetworkPanel(document)
    qtbot.addWidget(panel)
    panel.resize(theme().px(326), theme().px(900))
    panel.show()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    return panel


def kinds(document: Document) -> list[str]:
    return [layer.kind for layer in document.network.layers]


def uid(document: Document, index: int) -> str:
    return document.network.layers[index].uid


def card(panel: NetworkPanel, name: str) -> LayerCard:
    found = panel.stack.card(name)
    assert found is not None and found.content is not None
    return found


def click(panel: NetworkPanel, position: int, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
    """Click on a card; the Input is 0."""
    QTest.mouseClick(panel.stack, LEFT, modifiers, panel.stack.arrangement.rects[position].center())


def key(panel: NetworkPanel, key: Qt.Key, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
    """Press a key where the keyboard is."""
    QTest.keyClick(QApplication.focusWidget() or panel, key, modifiers)


def drag_over(panel: NetworkPanel, data: QMimeData, y: float, modifiers: Qt.KeyboardModifier = PLAIN) -> bool:
    """Enter and move over the stack; return whether the place accepts."""
    point = QPointF(60, y)
    actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    enter = QDragEnterEvent(point.toPoint(), actions, data, LEFT, modifiers)
    panel.stack.dragEnterEvent(enter)
    if not enter.isAccepted():
        return False
    move = QDragMoveEvent(point.toPoint(), actions, data, LEFT, modifiers)
    panel.stack.dragMoveEvent(move)
    return move.isAccepted()


def drop(panel: NetworkPanel, data: QMimeData, y: float, modifiers: Qt.KeyboardModifier = PLAIN) -> bool:
    """Let go over the stack; return whether it was taken."""
    actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    event = QDropEvent(QPointF(60, y), actions, data, LEFT, modifiers)
    panel.stack.dropEvent(event)
    return event.isAccepted()


def gap(panel: NetworkPanel, index: int) -> float:
    return panel.stack.arrangement.line_y(index)


# -- what the cards say


def test_there_is_a_card_for_the_input_each_layer_and_the_loss(panel: NetworkPanel, document: Document) -> None:
    names = [content.title for content in stack_contents(document)]
    assert names == ["Input", "Convolution", "ReLU", "Max pool", "Flatten", "Affine", "Softmax + loss"]
    assert all(panel.stack.card(content.uid) is not None for content in stack_contents(document))


def test_a_card_is_read_out_with_number_fields_shape_and_weights(panel: NetworkPanel, document: Document) -> None:
    spoken = card(panel, uid(document, 0)).accessibleName()
    assert spoken == "1 Convolution, 30 filters 5 × 5, output 30 × 24 × 24, 780 weights"
    assert card(panel, "input").accessibleName().startswith("Input, 28 × 28, grey, 0 to 1")


def test_the_input_names_the_data_set_and_its_scaling(panel: NetworkPanel, document: Document) -> None:
    panel.set_data_name("MNIST")
    assert card(panel, "input").content.sub == "MNIST, grey, 0 to 1"
    document.edit("Scale", document.spec.replace(data=DataSpec(scaling="raw")))
    assert card(panel, "input").content.sub == "MNIST, grey, 0 to 255"


def test_the_foot_sums_parameters_bytes_and_work(panel: NetworkPanel, document: Document) -> None:
    assert panel.foot.count.text() == f"{document.report.weights:,}"
    assert "mult-adds" in panel.foot.facts.toolTip() and "kB" in panel.foot.facts.toolTip()
    assert panel.foot.facts.toolTip().startswith(panel.foot.facts.text())  # where it is narrow, a part of it


@pytest.mark.parametrize(("count", "words"), [(7, "7 B"), (1_735_560, "1.7 MB"), (43_990, "44.0 kB"), (2e9, "2.0 GB")])
def test_bytes_are_written_short(count: int, words: str) -> None:
    assert bytes_text(int(count)) == words


@pytest.mark.parametrize(("count", "words"), [(865_100, "865 k"), (12, "12"), (1_500, "1.5 k"), (27_300_000, "27.3 M")])
def test_counts_are_written_short(count: int, words: str) -> None:
    assert short_count(count) == words


@pytest.mark.parametrize(("channels", "sheets"), [(1, 1), (3, 3), (30, 4), (512, 6), (100_000, 6)])
def test_the_glyph_has_more_sheets_for_more_channels(channels: int, sheets: int) -> None:
    assert sheet_count(channels) == sheets


# -- a layer that cannot work


@pytest.fixture
def failing(panel: NetworkPanel, document: Document) -> LayerCard:
    document.edit("Stride", document.network.change(uid(document, 0), stride=(2, 2)))
    return card(panel, uid(document, 0))


def test_a_failing_card_grows_and_shows_the_arithmetic_the_others_wait(
    panel: NetworkPanel, document: Document, failing: LayerCard
) -> None:
    assert failing.content.state is State.FAILING
    assert failing.height() > card(panel, uid(document, 1)).height()
    assert "12.5" in failing.content.problem.arithmetic and "12.5" in failing.accessibleName()
    waiting = card(panel, uid(document, 1)).content
    assert (waiting.state, waiting.shape) == (State.WAITING, "—")


def test_the_problem_row_names_the_problem_and_leads_to_its_card(
    panel: NetworkPanel, document: Document, failing: LayerCard
) -> None:
    assert panel.problems.isVisible()
    assert panel.problems.sentence == "1 Convolution does not fit evenly"
    assert (panel.foot.count.text(), panel.foot.facts.text()) == ("—", "waits for layer 1")
    QTest.mouseClick(panel.problems, LEFT)
    assert document.selection == (failing.uid,)
    assert QApplication.focusWidget() is failing


def test_each_repair_button_mends_in_one_step(panel: NetworkPanel, document: Document, failing: LayerCard) -> None:
    labels = [button.text() for button in failing.findChildren(QWidget, "network.repair")]
    assert labels == [repair.label for repair in document.report.problem.repairs] != []
    for label in labels:
        buttons = [button for button in failing.findChildren(QWidget, "network.repair") if button.isVisible()]
        before = document.undo_stack.index()
        QTest.mouseClick(next(button for button in buttons if button.text() == label), LEFT)
        assert card(panel, failing.uid).content.state is State.FINE
        assert document.undo_stack.index() == before + 1 and document.undo_stack.text(before) == label
        document.undo_stack.undo()


def test_repair_buttons_work_on_the_network_of_now(panel: NetworkPanel, document: Document, failing: LayerCard) -> None:
    layer_edits.add(document, [new_layer("dropout")], 5)
    QTest.mouseClick(failing.findChildren(QWidget, "network.repair")[0], LEFT)
    assert kinds(document)[-1] == "dropout"


def test_the_keyboard_goes_to_the_stack_when_the_problem_row_goes(panel: NetworkPanel, document: Document) -> None:
    fine = document.network
    document.edit("Spoil", dataclasses.replace(fine, layers=fine.layers[:1]))
    panel.problems.setFocus()
    assert document.report.problem.sentence in panel.problems.toolTip(), "the row may be too narrow for it"
    document.edit("Mend", fine)
    assert panel.problems.isHidden()
    assert isinstance(QApplication.focusWidget(), LayerCard)


def test_the_loss_card_can_fail_and_be_mended(panel: NetworkPanel, document: Document) -> None:
    document.edit("Units", document.network.change(uid(document, 4), units=12))
    loss = card(panel, "loss")
    assert loss.content.state is State.FAILING
    QTest.mouseClick(loss.findChildren(QWidget, "network.repair")[0], LEFT)
    assert document.report.ok


# -- cards, selection and keys


@pytest.mark.parametrize("width", [70, 90, 120, 180, 260])
def test_a_card_has_its_name_and_its_shape_at_any_width(document: Document, width: int) -> None:
    room = theme().u(width)
    for content in stack_contents(document, "MNIST"):
        lines = card_words(content, room)
        name, first_right = lines[0]
        assert name.text == content.title and room - first_right.room >= min(name.width, theme().u(56))
        assert content.shape in (first_right.text, lines[1][1].text)


def test_a_very_narrow_card_gives_up_its_glyph_before_its_numbers(document: Document, monkeypatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(card_paint, "paint_glyph", lambda *_: drawn.append("glyph"))
    convolution = stack_contents(document, "MNIST")[1]
    picture = QPixmap(400, 60)
    for width in (140, 300):
        painter = QPainter(picture)
        look = CardLook(selected=False, hovered=False, flash=0.0, head=48, dpr=1.0)
        card_paint.paint_card(painter, QRectF(0, 0, theme().u(width), theme().u(48)), convolution, 28, look)
        painter.end()
        drawn.append(str(width))
    assert drawn == ["140", "glyph", "300"]


def test_a_wide_card_has_shape_over_weights(document: Document) -> None:
    convolution = stack_contents(document, "MNIST")[1]
    (_, shape), (_, count) = card_words(convolution, theme().u(220))
    assert (shape.text, count.text) == (convolution.shape, convolution.count)


def test_a_card_stays_the_same_widget_as_long_as_its_layer_is_there(panel: NetworkPanel, document: Document) -> None:
    before = {layer.uid: panel.stack.card(layer.uid) for layer in document.network.layers}
    layer_edits.move(document, [uid(document, 0)], 3)
    layer_edits.add(document, [new_layer("dropout")], 0)
    assert all(panel.stack.card(name) is widget for name, widget in before.items())


def test_clicks_select_alone_with_control_and_up_to(panel: NetworkPanel, document: Document) -> None:
    click(panel, 2)
    assert document.selection == (uid(document, 1),)
    click(panel, 4, SHIFT)
    assert document.selection == tuple(uid(document, i) for i in (1, 2, 3))
    click(panel, 3, CTRL)
    assert document.selection == tuple(uid(document, i) for i in (1, 3))
    click(panel, 1)
    assert document.selection == (uid(document, 0),)


def test_a_click_on_one_of_several_selected_selects_it_alone_when_let_go(
    panel: NetworkPanel, document: Document
) -> None:
    click(panel, 1)
    click(panel, 3, SHIFT)
    where = panel.stack.arrangement.rects[2].center()
    QTest.mousePress(panel.stack, LEFT, PLAIN, where)
    assert len(document.selection) == 3
    QTest.mouseRelease(panel.stack, LEFT, PLAIN, where)
    assert document.selection == (uid(document, 1),)


def test_arrows_walk_shift_extends_home_and_end_go_far(panel: NetworkPanel, document: Document) -> None:
    panel.stack.setFocus()
    key(panel, Qt.Key.Key_Down)
    assert document.selection == (uid(document, 0),)
    key(panel, Qt.Key.Key_Down, SHIFT)
    assert document.selection == (uid(document, 0), uid(document, 1))
    key(panel, Qt.Key.Key_End)
    assert document.selection == ("loss",) and QApplication.focusWidget() is panel.stack.card("loss")
    key(panel, Qt.Key.Key_Home)
    assert document.selection == ("input",)


def test_no_key_of_the_stack_means_two_things_on_any_system(panel: NetworkPanel) -> None:
    actions = panel.commands.actions
    keys = {name: [key.toString() for key in action.shortcuts()] for name, action in actions.items()}
    assert keys["delete"] == ["Del", "Backspace"], "the standard key would be Ctrl+D too on X11"
    assert keys["duplicate"] == ["Ctrl+D"]


def test_focus_and_selection_can_be_told_apart(panel: NetworkPanel, document: Document) -> None:
    click(panel, 1)
    click(panel, 1, CTRL)
    assert document.selection == ()
    assert panel.stack.selection.current == uid(document, 0)


def test_keys_move_duplicate_and_delete_each_in_one_step(panel: NetworkPanel, document: Document) -> None:
    panel.stack.focus_card(uid(document, 1))
    key(panel, Qt.Key.Key_Down, ALT)
    assert kinds(document) == ["convolution", "max_pool", "relu", "flatten", "affine"]
    key(panel, Qt.Key.Key_Up, ALT)
    key(panel, Qt.Key.Key_D, CTRL)
    assert kinds(document) == ["convolution", "relu", "relu", "max_pool", "flatten", "affine"]
    key(panel, Qt.Key.Key_Delete)
    assert kinds(document) == ["convolution", "relu", "max_pool", "flatten", "affine"]
    assert document.undo_stack.count() == 4
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert kinds(document) == ["convolution", "relu", "max_pool", "flatten", "affine"]


def test_several_layers_move_as_a_block_and_stop_at_the_ends(panel: NetworkPanel, document: Document) -> None:
    document.select((uid(document, 0), uid(document, 2)))
    panel.commands.move_up()
    assert kinds(document) == ["convolution", "relu", "max_pool", "flatten", "affine"]
    panel.commands.move_down()
    assert kinds(document) == ["relu", "flatten", "convolution", "max_pool", "affine"]
    for _ in range(9):
        panel.commands.move_down()
    assert kinds(document)[-2:] == ["convolution", "max_pool"]


def test_select_all_takes_the_layers_and_neither_input_nor_loss(panel: NetworkPanel, document: Document) -> None:
    panel.stack.setFocus()
    key(panel, Qt.Key.Key_A, CTRL)
    assert document.selection == tuple(layer.uid for layer in document.network.layers)


def test_input_and_loss_cannot_be_deleted(panel: NetworkPanel, document: Document) -> None:
    for name in ("input", "loss"):
        panel.stack.focus_card(name)
        panel.commands.delete_selected()
        assert not panel.commands.actions["delete"].isEnabled()
    assert not document.undo_stack.count()


def test_the_last_layer_can_be_deleted_and_undone(panel: NetworkPanel, document: Document) -> None:
    panel.commands.select_all()
    panel.commands.delete_selected()
    assert document.network.layers == () and document.selection == ("input",)
    assert document.undo_stack.text(0) == "Delete 5 layers"
    document.undo_stack.undo()
    assert len(document.network.layers) == 5


def test_deleting_with_undo_keeps_the_keyboard_at_its_place(panel: NetworkPanel, document: Document) -> None:
    panel.stack.focus_card(uid(document, 2))
    key(panel, Qt.Key.Key_D, CTRL)
    document.undo_stack.undo()
    assert panel.stack.selection.current == uid(document, 3)
    assert QApplication.focusWidget() is card(panel, uid(document, 3))


def test_an_empty_stack_says_what_to_do_and_its_loss_offers_a_start(panel: NetworkPanel, document: Document) -> None:
    document.edit("Empty", document.network.with_layers(()))
    assert "Drag a layer here" in panel.findChild(QWidget, "network.hint").accessibleName()
    QTest.mouseClick(card(panel, "loss").findChildren(QWidget, "network.repair")[0], LEFT)
    assert document.report.ok and kinds(document)[-1] == "affine"


def test_undo_flashes_and_scrolls_to_what_it_brought_back(panel: NetworkPanel, document: Document) -> None:
    panel.resize(theme().px(326), theme().px(300))
    last = uid(document, 4)
    layer_edits.remove(document, [last])
    panel.stack.focus_card("input")
    document.undo_stack.undo()
    view = panel.stack.parentWidget().rect()
    top = panel.stack.mapTo(panel.stack.parentWidget(), card(panel, last).pos())
    assert view.contains(top)


# -- rename


def test_f2_renames_on_enter_and_escape_keeps_the_name(panel: NetworkPanel, document: Document) -> None:
    panel.stack.focus_card(uid(document, 0))
    key(panel, Qt.Key.Key_F2)
    QTest.keyClicks(QApplication.focusWidget(), "Edges")
    key(panel, Qt.Key.Key_Return)
    assert document.network.layers[0].name == "Edges"
    assert card(panel, uid(document, 0)).content.title == "Edges"
    key(panel, Qt.Key.Key_F2)
    QTest.keyClicks(QApplication.focusWidget(), "Other")
    key(panel, Qt.Key.Key_Escape)
    assert document.network.layers[0].name == "Edges" and document.undo_stack.count() == 1
    assert QApplication.focusWidget() is panel.stack.card(uid(document, 0))


@pytest.mark.parametrize("typed", ["", "   ", "Convolution"])
def test_an_empty_name_gives_the_kinds_name_back(panel: NetworkPanel, document: Document, typed: str) -> None:
    layer_edits.rename(document, uid(document, 0), "Edges")
    layer_edits.rename(document, uid(document, 0), typed)
    assert document.network.layers[0].name == ""


def test_undoing_a_layer_while_it_is_renamed_forgets_the_name(panel: NetworkPanel, document: Document) -> None:
    layer_edits.add(document, [new_layer("dropout")], 2)
    panel.commands.rename_selected()
    QTest.keyClicks(QApplication.focusWidget(), "Rain")
    key(panel, Qt.Key.Key_Z, CTRL)  # passes through the line to the window
    document.undo_stack.undo()
    assert kinds(document) == ["convolution", "relu", "max_pool", "flatten", "affine"]
    assert document.undo_stack.canRedo() and not any(layer.name for layer in document.network.layers)


def test_a_double_click_renames_a_layer_and_neither_input_nor_loss(panel: NetworkPanel, document: Document) -> None:
    for position in (0, 6, 2):
        where = panel.stack.arrangement.rects[position].center()
        QTest.mouseDClick(panel.stack, LEFT, PLAIN, where)
        QTest.mouseRelease(panel.stack, LEFT, PLAIN, where)
    editors = panel.findChildren(QWidget, "network.rename")
    assert [editor.parentWidget().uid for editor in editors] == [uid(document, 1)]


def test_slash_and_delete_are_letters_while_a_name_is_typed(panel: NetworkPanel, document: Document) -> None:
    panel.stack.focus_card(uid(document, 0))
    key(panel, Qt.Key.Key_F2)
    QTest.keyClicks(QApplication.focusWidget(), "a/b")
    key(panel, Qt.Key.Key_Backspace)
    key(panel, Qt.Key.Key_Return)
    assert document.network.layers[0].name == "a/" and len(document.network.layers) == 5


# -- quick adder


def test_slash_opens_the_quick_adder_which_adds_after_the_selection(panel: NetworkPanel, document: Document) -> None:
    panel.stack.focus_card(uid(document, 0))
    key(panel, Qt.Key.Key_Slash)
    popup = panel.findChild(QWidget, "network.quick_add")
    assert popup.isVisible()
    QTest.keyClicks(popup.search, "drop")
    QTest.keyClick(popup.search, Qt.Key.Key_Return)
    assert not popup.isVisible()
    assert kinds(document) == ["convolution", "dropout", "relu", "max_pool", "flatten", "affine"]


def test_slash_opens_the_quick_adder_from_anywhere_but_a_field(qtbot: QtBot, panel: NetworkPanel) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    button, field = QPushButton("Run"), QLineEdit()
    for part in (button, field, panel):
        row.addWidget(part)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    popup = panel.findChild(QWidget, "network.quick_add")
    field.setFocus()
    QTest.keyClick(field, "/")
    assert field.text() == "/" and not popup.isVisible()
    button.setFocus()
    QTest.keyClick(button, "/")
    assert popup.isVisible()
    popup.hide()
    panel.setParent(None)


def test_the_quick_adder_says_what_each_layer_would_become_there(panel: NetworkPanel, document: Document) -> None:
    panel.stack.focus_card(uid(document, 0))
    panel.commands.quick_add()
    popup = panel.findChild(QWidget, "network.quick_add")
    rows = {popup.list.item(row).text(): popup.list.item(row) for row in range(popup.list.count())}
    assert rows["ReLU"].data(Role.WORDS) == "30 × 24 × 24"
    assert (rows["Affine"].data(Role.WORDS), rows["Affine"].data(Role.REFUSED)) == ("needs a row", True)
    popup.hide()


def test_the_quick_adder_steps_through_its_list_and_escape_closes_it(panel: NetworkPanel, document: Document) -> None:
    panel.commands.quick_add()
    popup = panel.findChild(QWidget, "network.quick_add")
    QTest.keyClicks(popup.search, "pool")
    QTest.keyClick(popup.search, Qt.Key.Key_Down)
    assert popup.list.currentItem().text() == "Average pool"
    QTest.keyClick(popup.search, Qt.Key.Key_Escape)
    QTest.keyClick(popup.search, Qt.Key.Key_Escape)
    assert not popup.isVisible() and not document.undo_stack.count()


# -- clipboard


def test_cut_and_paste_bring_the_layers_back_with_uids_of_their_own(panel: NetworkPanel, document: Document) -> None:
    document.select((uid(document, 1), uid(document, 2)))
    old = set(document.selection)
    panel.commands.cut()
    assert kinds(document) == ["convolution", "flatten", "affine"]
    document.select((uid(document, 0),))
    panel.commands.paste()
    panel.commands.paste()
    assert kinds(document) == ["convolution", "relu", "max_pool", "relu", "max_pool", "flatten", "affine"]
    uids = [layer.uid for layer in document.network.layers]
    assert len(set(uids)) == 7 and not old & set(uids)
    texts = [document.undo_stack.text(i) for i in range(document.undo_stack.count())]
    assert texts == ["Cut 2 layers", "Paste 2 layers", "Paste 2 layers"]


def test_the_clipboard_holds_json_that_may_be_pasted_as_text(panel: NetworkPanel, document: Document) -> None:
    document.select((uid(document, 4),))
    panel.commands.copy()
    text = QGuiApplication.clipboard().text()
    assert json.loads(text)["fishlab_layers"][0]["kind"] == "affine"
    QGuiApplication.clipboard().setText(text)
    panel.commands.paste()
    assert kinds(document)[-2:] == ["affine", "affine"]


def affine(**changes: object) -> dict[str, object]:
    return {**new_layer("affine").to_dict(), **changes}


HOSTILE = {
    "no json": b"{",
    "not a table": b"[]",
    "null": b"null",
    "other entry": b'{"fishlab_layers": [], "more": 1}',
    "layers is a number": b'{"fishlab_layers": 3}',
    "a layer is a text": b'{"fishlab_layers": ["affine"]}',
    "unknown kind": json.dumps({"fishlab_layers": [affine(kind="os.system")]}).encode(),
    "kind is a list": json.dumps({"fishlab_layers": [affine(kind=["affine"])]}).encode(),
    "unknown field": json.dumps({"fishlab_layers": [affine(code="1")]}).encode(),
    "out of range": json.dumps({"fishlab_layers": [affine(units=-1)]}).encode(),
    "not finite": b'{"fishlab_layers": [{"kind": "affine", "std": NaN}]}',
    "a number too long": b'{"fishlab_layers": [{"kind": "affine", "std": 1' + b"0" * 400 + b"}]}",
    "uid is a table": json.dumps({"fishlab_layers": [affine(uid={})]}).encode(),
    "name too long": json.dumps({"fishlab_layers": [affine(name="a" * 5000)]}).encode(),
    "too deep": b"[" * 200_000,
    "too many": json.dumps({"fishlab_layers": [{"kind": "relu"}] * 1001}).encode(),
    "too large": b" " * 1_000_001,
    "not utf-8": b"\xff\xfe\x00",
    "empty": b"",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_clipboard_or_drop_changes_nothing(panel: NetworkPanel, document: Document, raw: bytes) -> None:
    data = QMimeData()
    data.setData(LAYERS_MIME, raw)
    assert unpack(data) == ()
    assert not drag_over(panel, data, gap(panel, 2))
    assert not drop(panel, data, gap(panel, 2))
    QGuiApplication.clipboard().setMimeData(data)
    panel.commands.paste()
    assert not document.undo_stack.count()


@pytest.mark.parametrize("text", ["Ctrl+V", "{}", '{"fishlab_layers": "x"}', ""])
def test_other_text_on_the_clipboard_is_not_pasted(panel: NetworkPanel, document: Document, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    panel.commands.paste()
    assert not document.undo_stack.count()


def test_layers_survive_packing(document: Document) -> None:
    assert unpack(pack(document.network.layers)) == document.network.layers


def test_text_and_files_dragged_over_the_stack_are_not_for_it(panel: NetworkPanel) -> None:
    data = QMimeData()
    data.setText("hello")
    assert not drag_over(panel, data, gap(panel, 1))
    assert panel.stack.drop.plan is None


# -- drops


@pytest.mark.parametrize("index", range(6))
def test_a_drop_puts_the_layer_where_the_line_is(panel: NetworkPanel, document: Document, index: int) -> None:
    data = pack([new_layer("dropout")])
    y = gap(panel, index)
    assert drag_over(panel, data, y)
    assert panel.stack.drop.plan.place.index == index
    assert drop(panel, data, y)
    assert kinds(document)[index] == "dropout" and document.undo_stack.count() == 1
    assert panel.stack.drop.plan is None and panel.stack.drop.card is None


def test_the_place_does_not_run_away_when_the_gap_opens(panel: NetworkPanel) -> None:
    data = pack([new_layer("dropout")])
    bottom = panel.stack.arrangement.bottom
    for y in range(0, bottom, 3):
        places = set()
        for _ in range(3):
            drag_over(panel, data, y)
            places.add(panel.stack.drop.plan.place.index)
        assert len(places) == 1
    panel.stack.drop.leave()


def test_the_card_under_the_pointer_says_shape_and_added_weights(panel: NetworkPanel) -> None:
    data = pack([new_layer("batch_normalization")])
    drag_over(panel, data, gap(panel, 2))
    assert panel.stack.drop.card.words == "30 × 24 × 24   60 weights"
    drag_over(panel, data, gap(panel, 5))
    assert panel.stack.drop.card.words == "10   20 weights"
    panel.stack.drop.leave()


def test_what_itself_cannot_work_there_is_refused_with_the_reason(panel: NetworkPanel, document: Document) -> None:
    data = pack([new_layer("affine")])
    assert not drag_over(panel, data, gap(panel, 1))
    assert "put Flatten before it" in panel.stack.drop.card.words and panel.stack.drop.card.refused
    assert not drop(panel, data, gap(panel, 1))
    assert not document.undo_stack.count()
    assert drag_over(panel, data, gap(panel, 4))
    panel.stack.drop.leave()


def test_what_only_makes_others_fail_is_taken(panel: NetworkPanel, document: Document) -> None:
    data = pack([new_layer("flatten")])
    assert drag_over(panel, data, gap(panel, 1)) and drop(panel, data, gap(panel, 1))
    assert not document.report.ok


def test_the_first_layer_of_several_that_fails_is_the_one_that_refuses(panel: NetworkPanel) -> None:
    data = pack([new_layer("flatten"), new_layer("affine")])
    assert drag_over(panel, data, gap(panel, 1))
    assert not drag_over(panel, pack([new_layer("relu"), new_layer("affine")]), gap(panel, 1))
    panel.stack.drop.leave()


def begin_drag(panel: NetworkPanel, document: Document, *indexes: int) -> QMimeData:
    layers = [document.network.layers[index] for index in indexes]
    panel.stack.drop.begin(layers)
    return pack(layers)


@pytest.mark.parametrize(
    ("moved", "index", "after"),
    [
        ((1,), 3, ["convolution", "max_pool", "relu", "flatten", "affine"]),
        ((2,), 1, ["convolution", "max_pool", "relu", "flatten", "affine"]),
        ((0, 1), 3, ["max_pool", "convolution", "relu", "flatten", "affine"]),
        ((1,), 2, ["convolution", "relu", "max_pool", "flatten", "affine"]),
    ],
)
def test_own_cards_are_moved_by_a_drop(
    panel: NetworkPanel, document: Document, moved: tuple[int, ...], index: int, after: list[str]
) -> None:
    uids = {uid(document, i) for i in moved}
    data = begin_drag(panel, document, *moved)
    assert drag_over(panel, data, gap(panel, index))
    assert drop(panel, data, gap(panel, index))
    panel.stack.drop.end()
    assert kinds(document) == after
    assert set(document.selection) == uids
    assert document.undo_stack.count() == (after != ["convolution", "relu", "max_pool", "flatten", "affine"])


def test_a_drop_with_control_copies(panel: NetworkPanel, document: Document) -> None:
    data = begin_drag(panel, document, 1)
    assert drag_over(panel, data, gap(panel, 3), CTRL) and drop(panel, data, gap(panel, 3), CTRL)
    panel.stack.drop.end()
    assert kinds(document) == ["convolution", "relu", "max_pool", "relu", "flatten", "affine"]
    assert len({layer.uid for layer in document.network.layers}) == 6


def test_layers_of_another_window_come_as_copies(panel: NetworkPanel, document: Document) -> None:
    data = pack([document.network.layers[1]])
    assert drop(panel, data, gap(panel, 2))
    assert len({layer.uid for layer in document.network.layers}) == 6


def test_near_the_edge_a_drag_scrolls(panel: NetworkPanel, qtbot: QtBot) -> None:
    panel.resize(theme().px(326), theme().px(300))
    view = panel.stack.parentWidget()
    bar = view.parentWidget().verticalScrollBar()
    bar.setValue(0)
    drag_over(panel, pack([new_layer("relu")]), view.height() - 4)
    first = panel.stack.drop.plan.place.index
    qtbot.waitUntil(lambda: bar.value() == bar.maximum(), timeout=5000)
    assert panel.stack.drop.plan.place.index > first
    panel.stack.drop.leave()


# -- looks


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("wide", [220, 326, 500])
def test_the_cards_fit_their_width_at_any_font(
    panel: NetworkPanel, document: Document, failing: LayerCard, scale: float, wide: int
) -> None:
    theme().set_font_scale(scale)
    try:
        panel.resize(theme().px(wide), theme().px(700))
        assert panel.stack.width() == panel.stack.parentWidget().width()
        for layer in document.network.layers:
            rect = card(panel, layer.uid).geometry()
            assert rect.left() > 0 and rect.right() < panel.stack.width()
        for button in failing.findChildren(QWidget, "network.repair"):
            assert failing.rect().contains(button.geometry().translated(button.parentWidget().pos()))
        assert not panel.grab().isNull()
    finally:
        theme().set_font_scale(1.0)


def test_every_action_has_words_and_the_menu_keys(panel: NetworkPanel) -> None:
    actions = panel.commands.actions
    assert all(action.text() and not action.shortcut().isEmpty() for action in actions.values())
    assert len({action.shortcut().toString() for action in actions.values()}) == len(actions)


def test_motion_is_finished_by_the_next_key(qtbot: QtBot, document: Document) -> None:
    panel = NetworkPanel(document)
    qtbot.addWidget(panel)
    panel.resize(theme().px(326), theme().px(900))
    panel.show()
    layer_edits.add(document, [new_layer("dropout")], 0)
    stack = panel.stack
    QTest.keyClick(stack, Qt.Key.Key_Down)
    order: list[Callable[[], object]] = [stack.card(name).geometry for name in stack.selection.order]
    assert [geometry() for geometry in order] == list(stack.arrangement.rects)
