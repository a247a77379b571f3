"""The palette: every registered layer is there, is found, and can be added by keyboard, mouse and drag."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from window_kit import Opener

from fishlab.core.layers import LAYERS
from fishlab.core.resources import resource_path
from fishlab.core.spec import NetworkSpec, ProjectSpec
from fishlab.ui.document import Document
from fishlab.ui.layer_edits import new_layer
from fishlab.ui.layer_mime import unpack
from fishlab.ui.panels.palette import PalettePanel
from fishlab.ui.panels.palette.model import Role
from fishlab.ui.theme import theme


@pytest.fixture
def document() -> Document:
    return Document(ProjectSpec(network=NetworkSpec(layers=(new_layer("convolution"), new_layer("relu")))))


@pytest.fixture
def palette(qtbot: QtBot, document: Document) -> PalettePanel:
    panel = PalettePanel(document)
    qtbot.addWidget(panel)
    panel.resize(theme().px(206), theme().px(800))
    panel.show()
    return panel


def rows(palette: PalettePanel) -> Iterator[QModelIndex]:
    model = palette.tree.model()
    for group in range(model.rowCount()):
        parent = model.index(group, 0)
        yield from (model.index(row, 0, parent) for row in range(model.rowCount(parent)))


def shown(palette: PalettePanel) -> list[str]:
    return [row.data(Role.KIND) for row in rows(palette) if not palette.tree.isIndexHidden(row)]


def row_of(palette: PalettePanel, kind: str) -> QModelIndex:
    return next(row for row in rows(palette) if row.data(Role.KIND) == kind)


def kinds(document: Document) -> list[str]:
    return [layer.kind for layer in document.network.layers]


def test_every_registered_layer_stands_in_its_group_in_the_registrys_order(palette: PalettePanel) -> None:
    assert shown(palette) == [entry.kind for entries in LAYERS.groups().values() for entry in entries]
    model = palette.tree.model()
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == list(LAYERS.groups())


@pytest.mark.parametrize("words", ["pool", "dense", "Activation", "6.4", "max pool", "  RELU "])
def test_the_search_finds_what_the_registry_finds(palette: PalettePanel, words: str) -> None:
    QTest.keyClicks(palette.search, words)
    assert set(shown(palette)) == {entry.kind for entry in LAYERS if entry.matches(words)} != set()


def test_a_group_without_a_match_is_hidden(palette: PalettePanel) -> None:
    palette.search.setText("dropout")
    model = palette.tree.model()
    groups = [model.index(row, 0) for row in range(model.rowCount())]
    assert [group.data() for group in groups if not palette.tree.isIndexHidden(group)] == ["Regularize"]


def test_a_search_without_a_match_says_so_and_adds_nothing(palette: PalettePanel, document: Document) -> None:
    palette.search.setText("transformer")
    assert palette.nothing.isVisible() and "transformer" in palette.nothing.text()
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert kinds(document) == ["convolution", "relu"]


def test_enter_in_the_search_adds_the_first_match_after_the_selection(
    palette: PalettePanel, document: Document
) -> None:
    document.select((document.network.layers[0].uid,))
    QTest.keyClicks(palette.search, "max")
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert kinds(document) == ["convolution", "max_pool", "relu"]
    assert document.selection == (document.network.layers[1].uid,)


def test_enter_in_an_empty_search_adds_nothing(palette: PalettePanel, document: Document) -> None:
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert not document.undo_stack.count()


def test_the_keyboard_alone_reaches_and_adds_a_layer(palette: PalettePanel, document: Document) -> None:
    palette.search.setFocus()
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.tree.currentIndex().data(Role.KIND) == "affine"
    QTest.keyClick(palette.tree, Qt.Key.Key_Return)
    assert kinds(document) == ["convolution", "relu", "affine"]


def test_a_double_click_adds_the_layer_at_the_end_where_nothing_is_selected(
    palette: PalettePanel, document: Document
) -> None:
    where = palette.tree.visualRect(row_of(palette, "dropout")).center()
    QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    QTest.mouseDClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    QTest.mouseRelease(palette.tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    assert kinds(document) == ["convolution", "relu", "dropout"]
    assert document.undo_stack.count() == 1


def test_a_click_on_a_group_folds_and_unfolds_it(palette: PalettePanel) -> None:
    group = palette.tree.model().index(0, 0)
    for expanded in (False, True):
        where = palette.tree.visualRect(group).center()
        QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
        assert palette.tree.isExpanded(group) is expanded


def test_each_row_tells_what_the_layer_does_its_formula_and_the_chapter(palette: PalettePanel) -> None:
    for row in rows(palette):
        entry = LAYERS[row.data(Role.KIND)]
        words = row.data(Qt.ItemDataRole.ToolTipRole)
        assert entry.help in words and entry.chapter in words and entry.item.formula in words
        assert row.data(Qt.ItemDataRole.WhatsThisRole) == words


def test_a_row_carries_a_fresh_layer_of_its_kind(palette: PalettePanel) -> None:
    model = palette.tree.model()
    layers = [unpack(model.mimeData([row_of(palette, "affine")]))[0] for _ in range(2)]
    assert [layer.kind for layer in layers] == ["affine", "affine"]
    assert layers[0].uid != layers[1].uid


@pytest.mark.parametrize("kind", LAYERS.kinds())
def test_every_layer_has_an_icon_of_its_own(kind: str) -> None:
    assert resource_path("icons", f"{LAYERS[kind].icon}.svg").is_file()


def test_a_long_name_has_the_lines_it_needs_and_one_where_there_is_room(palette: PalettePanel, qtbot: QtBot) -> None:
    long, short = row_of(palette, "local_response_normalization"), row_of(palette, "affine")

    def height(row: QModelIndex) -> int:
        return palette.tree.visualRect(row).height()

    palette.resize(theme().px(186), theme().px(800))
    qtbot.waitUntil(lambda: height(long) > height(short))
    palette.resize(theme().px(400), theme().px(800))
    qtbot.waitUntil(lambda: height(long) == height(short))


def test_folded_groups_stay_folded_when_the_layers_are_read_anew(palette: PalettePanel) -> None:
    palette.tree.fold(("Activation", "Shape"))
    palette.refresh()
    assert palette.tree.folded() == ("Activation", "Shape")
    assert row_of(palette, "relu").isValid()


def test_folded_groups_are_remembered_from_start_to_start(open_window: Opener) -> None:
    window, _ = open_window()
    window.palette_panel.tree.fold(("Normalize",))
    window.close_without_asking()
    again, _ = open_window()
    assert again.palette_panel.tree.folded() == ("Normalize",)
