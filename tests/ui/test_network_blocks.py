"""Blocks in the stack: what is seen of them, filling branches by drag and drop and by keys, and edits at depth."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QAction, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.spec import NetworkSpec, Place, ProjectSpec
from fishlab.ui import block_edits, layer_edits
from fishlab.ui.branches import branch_key, branch_place, end_key, has_branch
from fishlab.ui.document import Document, changed_uids
from fishlab.ui.layer_edits import new_layer
from fishlab.ui.layer_mime import pack, unpack
from fishlab.ui.panels.inspector.layer_page import LayerPage
from fishlab.ui.panels.inspector.network_page import NetworkPage
from fishlab.ui.panels.network import NetworkPanel
from fishlab.ui.panels.network.branch_heading import BranchHeading
from fishlab.ui.panels.network.card import LayerCard
from fishlab.ui.panels.network.content import State
from fishlab.ui.panels.network.quick_row import Role
from fishlab.ui.panels.network.rows import RowKind, stack_rows
from fishlab.ui.panels.network.spring import REST
from fishlab.ui.panels.network.stack_row import StackRow
from fishlab.ui.theme import theme

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip
BOTH = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction


def layer(kind: str, **fields: object) -> LayerSpec:
    """A layer whose uid is its kind, or the `uid` among the fields."""
    spec: LayerSpec = LAYERS[kind].item.Spec(**{"uid": kind, **fields})
    return spec


def same_size(uid: str, filters: int = 4) -> LayerSpec:
    return layer("convolution", uid=uid, filters=filters, kernel_size=(3, 3), padding=(1, 1))


def layers() -> tuple[LayerSpec, ...]:
    """1 convolution, 2 residual (body: convolution, relu), 3 parallel (1: convolution; 2: residual; 3: empty), 4, 5."""
    inner = layer("residual", uid="inner", branches=((layer("tanh"),), ()))
    return (
        same_size("first"),
        layer("residual", branches=((same_size("body"), layer("relu")), ())),
        layer("parallel", branches=((same_size("left"),), (inner,), ())),
        layer("flatten"),
        layer("affine", units=10),
    )


@pytest.fixture
def document() -> Document:
    return Document(ProjectSpec(network=NetworkSpec(layers=layers())))


@pytest.fixture
def panel(qtbot: QtBot, document: Document) -> Iterator[NetworkPanel]:
    theme().set_reduce_motion(True)
    panel = NetworkPanel(document)
    qtbot.addWidget(panel)
    panel.resize(theme().px(326), theme().px(1400))
    panel.show()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    yield panel
    theme().set_reduce_motion(False)


def tree(stack: tuple[LayerSpec, ...]) -> list[object]:
    """uids, a block as its uid and the lists of its branches."""
    plain: list[object] = []
    for one in stack:
        plain.append([one.uid, *(tree(branch) for branch in one.branches)] if one.branches else one.uid)
    return plain


START = [
    "first", ["residual", ["body", "relu"], []], ["parallel", ["left"], [["inner", ["tanh"], []]], []], "flatten",
    "affine",
]  # fmt: skip


def now(document: Document) -> list[object]:
    return tree(document.network.layers)


def row(panel: NetworkPanel, uid: str) -> StackRow:
    return panel.stack.rows.by_uid[uid]


def card(panel: NetworkPanel, uid: str) -> LayerCard:
    found = row(panel, uid)
    assert isinstance(found, LayerCard)
    return found


def heading(panel: NetworkPanel, block: str, branch: int) -> BranchHeading:
    found = row(panel, branch_key(block, branch))
    assert isinstance(found, BranchHeading)
    return found


def key(panel: NetworkPanel, key: Qt.Key, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
    QTest.keyClick(QApplication.focusWidget() or panel, key, modifiers)


def over(panel: NetworkPanel, data: QMimeData, y: float, modifiers: Qt.KeyboardModifier = PLAIN) -> bool:
    """Enter and move over the stack; return whether the place accepts."""
    point = QPointF(90, y).toPoint()
    enter = QDragEnterEvent(point, BOTH, data, LEFT, modifiers)
    QApplication.sendEvent(panel.stack, enter)
    move = QDragMoveEvent(point, BOTH, data, LEFT, modifiers)
    QApplication.sendEvent(panel.stack, move)
    return enter.isAccepted() and move.isAccepted()


def let_go(panel: NetworkPanel, data: QMimeData, y: float, modifiers: Qt.KeyboardModifier = PLAIN) -> bool:
    event = QDropEvent(QPointF(90, y), BOTH, data, LEFT, modifiers)
    QApplication.sendEvent(panel.stack, event)
    panel.stack.drop.end()
    return event.isAccepted()


def drop_new(panel: NetworkPanel, place: Place, kind: str = "dropout") -> bool:
    """Drag a new layer from the palette to a place."""
    data, y = pack([layer(kind, uid="new")]), panel.stack.arrangement.line_y(place)
    return over(panel, data, y) and let_go(panel, data, y)


def drag_own(panel: NetworkPanel, uids: list[str], place: Place, modifiers: Qt.KeyboardModifier = PLAIN) -> bool:
    """Drag layers of the stack to a place."""
    chosen = panel.stack.document.network.chosen(uids)
    panel.stack.drop.begin(chosen)
    data, y = pack(chosen), panel.stack.arrangement.line_y(place)
    taken = over(panel, data, y, modifiers) and let_go(panel, data, y, modifiers)
    panel.stack.drop.end()
    return taken


# -- what is seen


def test_rows_are_the_cards_the_branches_and_the_ends_of_blocks_from_top_to_bottom(document: Document) -> None:
    rows = stack_rows(document.network)
    marks = {RowKind.CARD: "", RowKind.BRANCH: "branch of ", RowKind.END: "end of "}
    assert [f"{row.depth} {marks[row.kind]}{row.layer}" for row in rows] == [
        "0 input", "0 first", "0 residual", "1 branch of residual", "1 body", "1 relu", "1 branch of residual",
        "0 end of residual", "0 parallel", "1 branch of parallel", "1 left", "1 branch of parallel", "1 inner",
        "2 branch of inner", "2 tanh", "2 branch of inner", "1 end of inner", "1 branch of parallel",
        "0 end of parallel", "0 flatten", "0 affine", "0 loss",
    ]  # fmt: skip


def test_every_place_of_the_network_lies_under_one_row(document: Document) -> None:
    stacks = [document.network.layers, *(branch for block in document.network.walk() for branch in block.branches)]
    below = [row.below for row in stack_rows(document.network) if row.below and not row.opens]
    assert len(below) == len(set(below)) == sum(len(stack) + 1 for stack in stacks)


def test_cards_inside_a_block_are_indented_and_carry_its_number(panel: NetworkPanel) -> None:
    numbers = [card(panel, uid).content.number for uid in ("body", "relu", "left", "tanh")]
    assert numbers == ["2a1", "2a2", "3a1", "3b1a1"]
    lefts = [card(panel, uid).x() for uid in ("residual", "body", "tanh")]
    rights = [card(panel, uid).geometry().right() for uid in ("residual", "body", "tanh")]
    assert lefts == sorted(set(lefts)) and rights == sorted(set(rights), reverse=True)


def test_a_branch_says_its_name_its_shape_and_that_it_is_empty(panel: NetworkPanel) -> None:
    body, shortcut = heading(panel, "residual", 0).content, heading(panel, "residual", 1).content
    assert (body.title, body.shape, body.empty) == ("Body", "4 × 28 × 28", False)
    assert (shortcut.title, shortcut.words, shortcut.empty) == ("Shortcut", "identity: passes its input on", True)
    assert heading(panel, "parallel", 2).content.words == "drop layers here"


def test_the_end_of_a_block_says_how_its_branches_meet(panel: NetworkPanel) -> None:
    assert row(panel, end_key("residual")).content.words == "body + shortcut"
    assert row(panel, end_key("parallel")).content.words == "4 + 4 + 4 = 12 channels"


def test_a_screen_reader_hears_branch_and_depth(panel: NetworkPanel) -> None:
    assert card(panel, "tanh").accessibleName().startswith("3b1a1 Tanh, in Residual 3b1, Body, ")
    spoken = heading(panel, "inner", 1).accessibleName()
    assert spoken == "Shortcut of 3b1 Residual, empty, passes its input on, output 4 × 28 × 28, depth 2"


@pytest.mark.parametrize("wide", [220, 302, 326])
def test_everything_in_a_block_lies_within_the_stack_at_any_width(panel: NetworkPanel, wide: int) -> None:
    panel.resize(theme().px(wide), theme().px(900))
    for one in panel.stack.rows.by_uid.values():
        assert one.x() > 0 and one.geometry().right() < panel.stack.width() and one.width() > theme().px(150)
    assert not panel.grab().isNull()


# -- a layer inside that does not fit


def test_a_failing_layer_inside_is_named_by_its_block_which_waits(panel: NetworkPanel, document: Document) -> None:
    document.edit("Flatten", document.network.insert(Place(1, "residual"), layer("affine", uid="wrong")))
    assert card(panel, "wrong").content.state is State.FAILING
    block = card(panel, "residual").content
    assert (block.state, block.sub, block.alarm) == (State.WAITING, "2a2 inside does not fit", True)
    assert panel.problems.sentence == "2a2 Affine needs a row"
    assert panel.foot.facts.text() == "waits for layer 2a2"


def test_a_repair_inside_a_block_mends_in_one_step(panel: NetworkPanel, document: Document) -> None:
    document.edit("Stride", document.network.change("body", padding=(0, 0)))
    assert card(panel, "residual").content.state is State.FAILING
    document.edit("Stride", document.network.change("body", stride=(2, 2), kernel_size=(2, 2)))
    document.edit("Kernel", document.network.change("body", kernel_size=(3, 3)))
    failing = card(panel, "body")
    assert failing.content.state is State.FAILING
    before = document.undo_stack.count()
    QTest.mouseClick(failing.findChildren(QPushButton, "network.repair")[0], LEFT)
    assert card(panel, "body").content.state is State.FINE
    assert document.undo_stack.count() == before + 1


def test_the_problem_row_opens_the_folded_block_that_hides_the_problem(
    panel: NetworkPanel, document: Document
) -> None:
    panel.stack.selection.fold("parallel", True)
    document.edit("Affine", document.network.insert(Place(0, "inner"), layer("affine", uid="wrong")))
    assert "wrong" not in panel.stack.rows.by_uid
    QTest.mouseClick(panel.problems, LEFT)
    assert document.selection == ("wrong",) and QApplication.focusWidget() is card(panel, "wrong")


# -- drops


PLACES = [
    Place(index, block, branch)
    for block, counts in {"": (5,), "residual": (2, 0), "parallel": (1, 1, 0), "inner": (1, 0)}.items()
    for branch, count in enumerate(counts)
    for index in range(count + 1)
]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_drop_goes_where_the_line_is_at_any_depth(panel: NetworkPanel, document: Document, place: Place) -> None:
    assert drop_new(panel, place)
    assert document.network.place("new") == place
    assert document.undo_stack.count() == 1 and document.selection == ("new",)
    document.undo_stack.undo()
    assert now(document) == START


def test_the_place_does_not_run_away_when_a_gap_opens_inside_a_block(panel: NetworkPanel) -> None:
    data = pack([new_layer("dropout")])
    reached = []
    for y in range(0, panel.stack.arrangement.bottom, 2):
        places = set()
        for _ in range(3):
            over(panel, data, y)
            places.add(panel.stack.drop.plan.place)
        assert len(places) == 1
        reached += [place for place in places if place not in reached]
    panel.stack.drop.leave()
    assert sorted(reached, key=str) == sorted(PLACES, key=str), "every place is reached, each in one stretch"


def test_the_drop_line_is_as_wide_as_the_cards_round_it(panel: NetworkPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[float, float, int]] = []

    def spy(_painter: object, left: float, right: float, _y: float, depth: int, *, refused: bool) -> None:
        drawn.append((left, right, depth))

    monkeypatch.setattr("fishlab.ui.panels.network.stack_paint.paint_drop_line", spy)
    for place, uid in ((Place(1, "residual"), "body"), (Place(0, "inner"), "tanh"), (Place(2), "residual")):
        over(panel, pack([new_layer("dropout")]), panel.stack.arrangement.line_y(place))
        drawn.clear()
        panel.stack.grab()
        rect = card(panel, uid).geometry()
        assert drawn and drawn[0][:2] == (rect.left(), rect.left() + rect.width())
    panel.stack.drop.leave()


def test_the_slot_of_an_empty_branch_is_a_target_as_a_whole(panel: NetworkPanel) -> None:
    slot = heading(panel, "parallel", 2)
    data = pack([new_layer("dropout")])
    for y in (slot.y() + 1, slot.geometry().center().y(), slot.geometry().bottom()):
        assert over(panel, data, y)
        assert panel.stack.drop.plan.place == Place(0, "parallel", 2)
    panel.stack.drop.leave()


def test_the_card_under_the_pointer_says_what_the_layer_becomes_in_the_branch(panel: NetworkPanel) -> None:
    data = pack([new_layer("batch_normalization")])
    over(panel, data, panel.stack.arrangement.line_y(Place(1, "residual")))
    assert panel.stack.drop.card.words == "4 × 28 × 28   8 weights"
    narrow = panel.stack.drop.card.width()
    wide = layer("convolution", uid="wide", filters=1234, kernel_size=(5, 5), padding=(2, 2), name="Wide")
    over(panel, pack([wide]), panel.stack.arrangement.line_y(Place(1, "residual")))
    assert panel.stack.drop.card.width() > narrow, "the words are not cut"
    assert not over(panel, pack([new_layer("affine")]), panel.stack.arrangement.line_y(Place(0, "parallel", 2)))
    assert panel.stack.drop.card.refused and "needs a row" in panel.stack.drop.card.words
    panel.stack.drop.leave()


@pytest.mark.parametrize(
    ("uids", "place", "after"),
    [
        (["first"], Place(2, "residual"), [["residual", ["body", "relu", "first"], []], *START[2:]]),
        (["relu"], Place(0), ["relu", "first", ["residual", ["body"], []], *START[2:]]),
        (["relu"], Place(0, "parallel", 2),
         ["first", ["residual", ["body"], []], ["parallel", ["left"], [["inner", ["tanh"], []]], ["relu"]],
          "flatten", "affine"]),
        (["body"], Place(2, "residual"), ["first", ["residual", ["relu", "body"], []], *START[2:]]),
        (["residual"], Place(1, "parallel", 0),
         ["first", ["parallel", ["left", ["residual", ["body", "relu"], []]], [["inner", ["tanh"], []]], []],
          "flatten", "affine"]),
        (["inner"], Place(1), ["first", ["inner", ["tanh"], []], START[1], ["parallel", ["left"], [], []],
                               "flatten", "affine"]),
    ],
    ids=["into a branch", "out of a branch", "between branches", "within a branch", "a block", "a block out of one"],
)  # fmt: skip
def test_own_layers_are_moved_by_a_drop_with_all_that_they_hold(
    panel: NetworkPanel, document: Document, uids: list[str], place: Place, after: list[object]
) -> None:
    assert drag_own(panel, uids, place)
    assert now(document) == after
    assert document.undo_stack.count() == 1 and document.selection == tuple(uids)
    document.undo_stack.undo()
    assert now(document) == START


@pytest.mark.parametrize("place", [Place(0, "parallel", 2), Place(0, "inner"), Place(1, "inner")], ids=str)
def test_a_block_cannot_be_dropped_into_itself_and_says_so(
    panel: NetworkPanel, document: Document, place: Place
) -> None:
    chosen = document.network.chosen(["parallel"])
    panel.stack.drop.begin(chosen)
    y = panel.stack.arrangement.line_y(place)
    assert not over(panel, pack(chosen), y)
    assert panel.stack.drop.card.words == "A block cannot hold itself: drop it outside."
    assert not let_go(panel, pack(chosen), y)
    panel.stack.drop.end()
    assert now(document) == START and not document.undo_stack.count()


def test_a_drop_with_control_copies_even_a_block_into_itself(panel: NetworkPanel, document: Document) -> None:
    assert drag_own(panel, ["residual"], Place(0, "residual", 1), CTRL)
    held = document.network.find("residual").branches[1][0]
    assert [one.kind for one in document.network.walk()].count("residual") == 3
    assert held.uid != "residual" and [one.kind for one in held.branches[0]] == ["convolution", "relu"]
    uids = [one.uid for one in document.network.walk()]
    assert len(uids) == len(set(uids))


def test_a_block_that_fails_already_can_still_be_moved(panel: NetworkPanel, document: Document) -> None:
    document.edit("Spoil", document.network.change("body", filters=5))
    assert drag_own(panel, ["residual"], Place(0))
    assert document.network.place("residual") == Place(0)


def test_blocks_within_blocks_too_deep_are_refused_in_words(panel: NetworkPanel, document: Document) -> None:
    deep = layer("relu", uid="deepest")
    for number in range(8):
        deep = layer("residual", uid=f"deep{number}", branches=((deep,), ()))
    data, y = pack([deep]), panel.stack.arrangement.line_y(Place(0, "residual", 1))
    assert not over(panel, data, y)
    assert "deep" in panel.stack.drop.card.words and not let_go(panel, data, y)
    layer_edits.add(document, [deep], Place(0, "residual", 1))
    assert now(document) == START


def test_a_dragged_block_fades_with_all_that_is_in_it(panel: NetworkPanel, document: Document) -> None:
    panel.stack.drop.begin(document.network.chosen(["parallel"]))
    faded = {uid for uid, one in panel.stack.rows.by_uid.items() if one.presence < 1}
    assert {"parallel", "left", "inner", "tanh", branch_key("inner", 1), end_key("parallel")} <= faded
    assert not faded & {"first", "residual", "body", "flatten"}
    panel.stack.drop.end()
    assert all(one.presence == 1 for one in panel.stack.rows.by_uid.values())


def test_a_folded_block_opens_under_a_drag_that_rests_on_it(panel: NetworkPanel, qtbot: QtBot) -> None:
    panel.stack.selection.fold("parallel", True)
    data, y = pack([new_layer("dropout")]), card(panel, "parallel").geometry().bottom() - 2
    assert over(panel, data, y)
    assert panel.stack.drop.plan.place == Place(3)
    qtbot.waitUntil(lambda: "left" in panel.stack.rows.by_uid, timeout=3000)
    assert panel.stack.drop.plan.place == Place(0, "parallel"), "the pointer rests, what is under it has changed"
    panel.stack.drop.leave()


def test_a_drag_that_passes_on_opens_nothing(panel: NetworkPanel, qtbot: QtBot) -> None:
    panel.stack.selection.fold("parallel", True)
    data, y = pack([new_layer("dropout")]), card(panel, "parallel").geometry().center().y()
    over(panel, data, y)
    over(panel, data, card(panel, "flatten").geometry().center().y())
    qtbot.wait(REST + 100)
    assert "left" not in panel.stack.rows.by_uid
    panel.stack.drop.leave()


# -- mouse and keys


def press(panel: NetworkPanel, uid: str, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
    QTest.mouseClick(panel.stack, LEFT, modifiers, row(panel, uid).geometry().center())


def test_a_press_selects_the_card_the_branch_or_by_its_end_the_block(panel: NetworkPanel, document: Document) -> None:
    for pressed, selected in (
        ("tanh", "tanh"), (branch_key("inner", 1), branch_key("inner", 1)), (end_key("inner"), "inner"),
    ):  # fmt: skip
        press(panel, pressed)
        assert document.selection == (selected,)


def test_a_branch_is_never_one_of_several(panel: NetworkPanel, document: Document) -> None:
    press(panel, "first")
    press(panel, "left", SHIFT)
    assert document.selection == ("first", "residual", "body", "relu", "parallel", "left")
    press(panel, branch_key("inner", 0), CTRL)
    assert document.selection == (branch_key("inner", 0),)


def test_arrows_walk_through_all_that_is_in_sight(panel: NetworkPanel, document: Document) -> None:
    panel.stack.focus_card("first")
    walked = []
    for _ in range(6):
        key(panel, Qt.Key.Key_Down)
        walked += document.selection
        assert QApplication.focusWidget() is row(panel, document.selection[0])
    residual = [branch_key("residual", 0), "body", "relu", branch_key("residual", 1)]
    assert walked == ["residual", *residual, "parallel"]


def test_left_and_right_go_out_of_blocks_fold_and_open_them(panel: NetworkPanel, document: Document) -> None:
    panel.stack.focus_card("relu")
    key(panel, Qt.Key.Key_Left)
    assert document.selection == (branch_key("residual", 0),)
    key(panel, Qt.Key.Key_Left)
    assert document.selection == ("residual",)
    key(panel, Qt.Key.Key_Left)
    assert "body" not in panel.stack.rows.by_uid and card(panel, "residual").content.sub == "2 layers inside"
    assert "folded" in card(panel, "residual").accessibleName()
    key(panel, Qt.Key.Key_Right)
    assert "body" in panel.stack.rows.by_uid
    key(panel, Qt.Key.Key_Right)
    assert document.selection == (branch_key("residual", 0),)
    assert not document.undo_stack.count(), "folding is a matter of looking"


def test_a_press_on_the_chevron_folds_and_what_was_selected_inside_is_the_block(
    panel: NetworkPanel, document: Document
) -> None:
    document.select(("tanh",))
    block = card(panel, "parallel")
    name = block.pos() + QPointF(theme().u(56), theme().u(15)).toPoint()
    QTest.mouseClick(panel.stack, LEFT, PLAIN, name)
    assert "tanh" not in panel.stack.rows.by_uid and document.selection == ("parallel",)
    QTest.mouseClick(panel.stack, LEFT, PLAIN, name)
    assert "tanh" in panel.stack.rows.by_uid
    assert not panel.findChildren(QWidget, "network.rename")


def test_all_blocks_fold_and_open_at_once(panel: NetworkPanel, document: Document) -> None:
    panel.stack.focus_card("tanh")
    panel.commands.actions["fold_all"].trigger()
    assert panel.stack.selection.order == ["input", "first", "residual", "parallel", "flatten", "affine", "loss"]
    assert document.selection == ("parallel",)
    panel.commands.actions["open_all"].trigger()
    assert {"body", "left", "tanh"} < set(panel.stack.selection.order)


def test_undo_inside_a_folded_block_opens_it(panel: NetworkPanel, document: Document) -> None:
    document.edit("Filters", document.network.change("body", filters=4, kernel_size=(5, 5), padding=(2, 2)))
    panel.stack.selection.fold("residual", True)
    document.undo_stack.undo()
    assert "body" in panel.stack.rows.by_uid


def test_alt_and_arrows_move_within_a_branch_and_on_into_the_next_one(panel: NetworkPanel, document: Document) -> None:
    panel.stack.focus_card("body")
    seen = []
    for step in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        key(panel, step, ALT)
        seen.append(document.network.place("body"))
    assert seen == [Place(1, "residual"), Place(0, "residual", 1), Place(0, "residual", 1), Place(1, "residual")]
    assert QApplication.focusWidget() is card(panel, "body")


def test_alt_right_moves_into_the_block_and_alt_left_out_of_it(panel: NetworkPanel, document: Document) -> None:
    panel.stack.focus_card("flatten")
    key(panel, Qt.Key.Key_Right, ALT)
    assert document.network.place("flatten") == Place(1, "parallel")
    key(panel, Qt.Key.Key_Left, ALT)
    assert now(document) == START
    panel.stack.focus_card("first")
    key(panel, Qt.Key.Key_Right, ALT)
    assert document.network.place("first") == Place(0, "residual")
    assert document.undo_stack.count() == 3
    document.select(("affine",))
    assert not panel.commands.actions["into_block"].isEnabled()
    assert not panel.commands.actions["out_of_block"].isEnabled()


def test_a_layer_moved_into_a_folded_block_stays_in_sight(panel: NetworkPanel, document: Document) -> None:
    panel.stack.selection.fold("parallel", True)
    panel.stack.focus_card("flatten")
    key(panel, Qt.Key.Key_Right, ALT)
    assert document.selection == ("flatten",) and QApplication.focusWidget() is card(panel, "flatten")
    assert card(panel, "flatten").content.number == "3a2"


def quick(panel: NetworkPanel, words: str) -> None:
    key(panel, Qt.Key.Key_Slash)
    popup = panel.findChild(QWidget, "network.quick_add")
    assert popup.isVisible()
    QTest.keyClicks(popup.search, words)
    QTest.keyClick(popup.search, Qt.Key.Key_Return)


def test_the_quick_adder_adds_in_the_branch_of_the_selection_and_into_an_empty_one(
    panel: NetworkPanel, document: Document
) -> None:
    panel.stack.focus_card("body")
    quick(panel, "dropout")
    assert [one.kind for one in document.network.find("residual").branches[0]] == ["convolution", "dropout", "relu"]
    panel.stack.focus_card(branch_key("parallel", 2))
    quick(panel, "sigmoid")
    assert [one.kind for one in document.network.find("parallel").branches[2]] == ["sigmoid"]


def test_the_quick_adder_says_where_blocks_go_too_deep(panel: NetworkPanel, document: Document) -> None:
    deep = layer("relu", uid="deepest")
    for number in range(7):
        deep = layer("residual", uid=f"deep{number}", branches=((deep,), ()))
    layer_edits.add(document, [layer("residual", uid="eighth", branches=((deep,), ()))], Place(0))
    panel.stack.focus_card("deepest")
    panel.commands.quick_add()
    popup = panel.findChild(QWidget, "network.quick_add")
    rows = {popup.list.item(at).text(): popup.list.item(at) for at in range(popup.list.count())}
    assert rows["Residual"].data(Role.REFUSED) and rows["Residual"].data(Role.WORDS) == "too many blocks in one another"
    assert not rows["Tanh"].data(Role.REFUSED)
    popup.hide()


def test_a_block_and_a_layer_inside_it_are_acted_on_once(panel: NetworkPanel, document: Document) -> None:
    document.select(("residual", "body"))
    panel.commands.duplicate_selected()
    kinds = [one.kind for one in document.network.layers]
    assert kinds == ["convolution", "residual", "residual", "parallel", "flatten", "affine"]
    document.undo_stack.undo()
    document.select(("residual", "body"))
    panel.commands.delete_selected()
    assert now(document) == ["first", *START[2:]] and document.undo_stack.text(0) == "Delete Residual"


def test_copy_paste_delete_and_rename_work_at_depth(panel: NetworkPanel, document: Document) -> None:
    panel.stack.focus_card("tanh")
    panel.commands.copy()
    panel.stack.focus_card(branch_key("inner", 1))
    panel.commands.paste()
    assert [one.kind for one in document.network.find("inner").branches[1]] == ["tanh"]
    panel.stack.focus_card("tanh")
    key(panel, Qt.Key.Key_F2)
    QTest.keyClicks(QApplication.focusWidget(), "Squash")
    key(panel, Qt.Key.Key_Return)
    assert document.network.find("tanh").name == "Squash" and card(panel, "tanh").content.title == "Squash"
    key(panel, Qt.Key.Key_Delete)
    assert document.network.find("inner").branches[0] == ()
    assert document.selection == (branch_key("inner", 0),), "the slot is where the next layer goes"
    assert document.undo_stack.count() == 3
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert now(document) == START


def test_a_block_survives_the_clipboard_with_uids_of_its_own(panel: NetworkPanel, document: Document) -> None:
    assert unpack(pack(document.network.layers)) == document.network.layers
    document.select(("parallel",))
    panel.commands.copy()
    panel.commands.paste()
    uids = [one.uid for one in document.network.walk()]
    assert len(uids) == len(set(uids)) == 14


def test_undo_leads_to_the_layer_inside_and_not_to_its_block(document: Document) -> None:
    changed = document.network.change("tanh", name="Squash")
    assert changed_uids(document.network, changed) == ("tanh",)
    assert changed_uids(document.network, document.network.remove("tanh")) == ("inner",)


# -- branches


def test_branches_are_added_and_removed_each_in_one_step(panel: NetworkPanel, document: Document) -> None:
    panel.stack.focus_card("parallel")
    panel.commands.actions["add_branch"].trigger()
    assert len(document.network.find("parallel").branches) == 4
    assert document.selection == (branch_key("parallel", 3),)
    panel.stack.focus_card(branch_key("parallel", 1))
    key(panel, Qt.Key.Key_Delete)
    assert now(document)[2] == ["parallel", ["left"], [], []]
    assert document.undo_stack.text(1) == "Remove Branch 2 of Parallel" and document.undo_stack.count() == 2
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert now(document) == START


def enabled(action: QAction) -> bool:
    return action.isEnabled()


def test_the_number_of_branches_keeps_within_what_the_block_takes(panel: NetworkPanel, document: Document) -> None:
    actions = panel.commands.actions
    for uid in ("residual", branch_key("residual", 0)):
        document.select((uid,))
        assert not enabled(actions["add_branch"]) and not enabled(actions["remove_branch"])
    assert not enabled(actions["delete"]), "a residual needs both branches"
    document.select(("parallel",))
    for _ in range(20):
        block_edits.add_branch(document, document.network.find("parallel"))
    assert len(document.network.find("parallel").branches) == 16
    assert not enabled(actions["add_branch"])
    for _ in range(20):
        block_edits.remove_branch(document, document.network.find("parallel"), 0)
    assert document.network.find("parallel").branches == ((),)
    document.select((branch_key("parallel", 0),))
    assert not enabled(actions["remove_branch"])


def test_a_selected_branch_that_goes_is_selected_no_more(document: Document) -> None:
    document.select((branch_key("parallel", 2),))
    document.edit("Less", document.network.change("parallel", branches=((), ())))
    assert document.selection == ()


def test_no_uid_of_a_file_can_be_taken_for_a_branch() -> None:
    network = NetworkSpec(layers=(layer("residual", uid="x"), layer("relu", uid=branch_key("x", 0)[:64])))
    assert branch_place(network.layers[1].uid) is None
    assert has_branch(network, branch_key("x", 1)) and not has_branch(network, branch_key("x", 2))


# -- inspector


@pytest.fixture
def page(qtbot: QtBot, document: Document) -> LayerPage:
    page = LayerPage(document)
    qtbot.addWidget(page)
    page.resize(theme().px(260), theme().px(900))
    page.show()
    return page


def test_the_page_of_a_block_shows_its_branches_their_shapes_and_all_its_weights(
    page: LayerPage, document: Document
) -> None:
    document.select(("parallel",))
    page.sync()
    facts = [(fact.label, fact.note, fact.value) for fact in page.branches.table.facts]
    assert facts == [
        ("Branch 1", "1 layer", "4 × 28 × 28"), ("Branch 2", "1 layer", "4 × 28 × 28"),
        ("Branch 3", "passes its input on", "4 × 28 × 28"),
    ]  # fmt: skip
    assert page.costs.facts[0].value == "148" and page.costs.facts[1].value not in ("none", "—")
    assert "[branch₁(x)" in page.rule.text()


def test_the_heading_of_a_branch_shows_the_page_of_its_block_and_can_be_removed_there(
    page: LayerPage, document: Document
) -> None:
    document.select((branch_key("parallel", 1),))
    page.sync()
    assert page.heading.title.text() == "Parallel" and page.branches.less.text() == "Remove Branch 2"
    QTest.mouseClick(page.branches.less, LEFT)
    assert now(document)[2] == ["parallel", ["left"], []]
    QTest.mouseClick(page.branches.more, LEFT)
    assert now(document)[2] == ["parallel", ["left"], [], []]


def test_the_page_of_a_layer_inside_says_where_it_is(page: LayerPage, document: Document) -> None:
    document.select(("relu",))
    page.sync()
    assert page.heading.sub.text().startswith("layer 2a2, in Residual 2, Body")
    assert page.branches.isHidden()


def test_a_residual_has_no_buttons_for_branches(page: LayerPage, document: Document) -> None:
    document.select(("residual",))
    page.sync()
    assert page.branches.isVisible() and page.branches.more.isHidden() and page.branches.less.isHidden()


def test_several_layers_are_summed_without_counting_one_twice(qtbot: QtBot, document: Document) -> None:
    page = NetworkPage(document)
    qtbot.addWidget(page)
    document.select(("residual", "body"))
    page.sync()
    assert page.costs.facts[0].value == "148"
    document.select(("first", "tanh"))
    page.sync()
    assert page.costs.facts[0].value == "40"
