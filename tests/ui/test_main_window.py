"""The window as a whole: keys, layouts, what it remembers, files dropped on it, its end."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDragMoveEvent, QDropEvent, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QWidget
from window_kit import Opener, small_project

from fishlab.core.files.project import save_project
from fishlab.ui.main_window import MainWindow
from fishlab.ui.prompts import Answer
from fishlab.ui.session import State
from fishlab.ui.settings import Settings
from fishlab.ui.theme import Mode, theme

CTRL, SHIFT, ALT = (Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier,
                    Qt.KeyboardModifier.AltModifier)  # fmt: skip


def press(widget: QWidget, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(widget, key, modifiers)


def until(qtbot, window: MainWindow, state: State) -> None:
    qtbot.waitUntil(lambda: window.session.state is state, timeout=10_000)


def layers(window: MainWindow) -> list[str]:
    return [layer.kind for layer in window.document.network.layers]


def in_stack(window: MainWindow, index: int) -> QWidget:
    """Select a layer and put the keyboard on its card, as a click does."""
    uid = window.document.network.layers[index].uid
    window.network_panel.stack.focus_card(uid)
    return window.network_panel.stack.card(uid)


# -- keys --------------------------------------------------------------------------------------------------------------
def test_no_two_actions_fight_over_a_key(open_window: Opener) -> None:
    window, _ = open_window()
    actions = {id(action): action for action in [*window.findChildren(QAction), *window.actions_.all()]}
    keys = [key.toString() for action in actions.values() for key in action.shortcuts()]
    keys += [shortcut.key().toString() for shortcut in window.findChildren(QShortcut)]
    assert {"F5", "Ctrl+S", "Ctrl+Z", "/"} <= set(keys)
    assert [key for key, times in Counter(keys).items() if times > 1] == []


def test_every_entry_of_the_menus_is_connected(open_window: Opener) -> None:
    window, _ = open_window()
    idle = [name for name, action in _entries(window) if not action.receivers("2triggered(bool)")]
    assert idle == []


def _entries(window: MainWindow) -> list[tuple[str, QAction]]:
    return [(name, action) for name, _, action in window.actions_.named() if not name.startswith("view.dock.")]


def test_the_keys_drive_a_run(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    window.document.replace(small_project(epochs=10_000))
    press(window, Qt.Key.Key_F5)
    until(qtbot, window, State.RUNNING)
    press(window, Qt.Key.Key_F6, SHIFT)
    until(qtbot, window, State.PAUSED)
    before = len(window.session.history.steps)
    press(window, Qt.Key.Key_F6)
    qtbot.waitUntil(lambda: len(window.session.history.steps) == before + 1 and window.session.state is State.PAUSED)
    press(window, Qt.Key.Key_F5)
    until(qtbot, window, State.RUNNING)
    press(window, Qt.Key.Key_F5, SHIFT)
    until(qtbot, window, State.IDLE)
    assert window.document.model is not None


def test_undo_and_redo_are_the_documents_while_a_spin_box_is_typed_in(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    in_stack(window, 0)
    field = window.findChild(QWidget, "inspector.filters")
    box = field.findChild(QAbstractSpinBox)
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "12")
    press(box, Qt.Key.Key_Return)
    assert window.document.network.layers[0].filters == 12
    press(box, Qt.Key.Key_Z, CTRL)
    assert window.document.network.layers[0].filters == 30
    press(box, Qt.Key.Key_Z, CTRL | SHIFT)
    assert window.document.network.layers[0].filters == 12
    press(box, Qt.Key.Key_Z, CTRL)
    press(box, Qt.Key.Key_Y, CTRL)
    assert window.document.network.layers[0].filters == 12


def test_the_keys_of_the_stack_edit_layers(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    card = in_stack(window, 1)
    press(card, Qt.Key.Key_D, CTRL)
    assert layers(window)[:3] == ["convolution", "relu", "relu"]
    press(window.focusWidget(), Qt.Key.Key_Z, CTRL)
    press(in_stack(window, 0), Qt.Key.Key_Down, ALT)
    assert layers(window)[:2] == ["relu", "convolution"]
    press(window.focusWidget(), Qt.Key.Key_Up, ALT)
    assert layers(window)[:2] == ["convolution", "relu"]
    press(in_stack(window, 1), Qt.Key.Key_F2)
    editor = window.focusWidget()
    assert isinstance(editor, QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "bend")
    press(editor, Qt.Key.Key_Return)
    assert window.document.network.layers[1].name == "bend"


def test_after_new_the_keyboard_is_in_the_stack(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    search = window.palette_panel.findChild(QLineEdit)
    search.setFocus()
    assert QApplication.focusWidget() is search
    window.menus.new_chosen.emit("empty")
    assert layers(window) == []
    stack = window.network_panel.stack
    focused = QApplication.focusWidget()
    assert focused is not None and (focused is stack or stack.isAncestorOf(focused))


def test_slash_opens_the_quick_adder_at_once_after_the_start(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    window.activateWindow()
    press(window.focusWidget(), Qt.Key.Key_Slash)
    popup = QApplication.activePopupWidget()
    assert popup is not None
    popup.close()


def test_the_text_grows_shrinks_and_comes_back_by_keys(open_window: Opener, own_theme: None) -> None:
    window, _ = open_window()
    theme().set_font_scale(1.0)
    press(window, Qt.Key.Key_Plus, CTRL)
    assert theme().font_scale == pytest.approx(1.1)
    press(window, Qt.Key.Key_Minus, CTRL)
    press(window, Qt.Key.Key_Minus, CTRL)
    assert theme().font_scale == pytest.approx(0.9)
    press(window, Qt.Key.Key_0, CTRL)
    assert theme().font_scale == 1.0 and window.settings.number("view/font_scale", 0) == 1.0


def test_theme_and_motion_are_chosen_in_view_and_remembered(open_window: Opener, own_theme: None) -> None:
    window, _ = open_window()
    window.actions_["view.theme.dark"].trigger()
    assert theme().mode is Mode.DARK and window.settings.text("view/theme") == "dark"
    window.actions_["view.theme.light"].trigger()
    chosen = [mode for mode in Mode if window.actions_[f"view.theme.{mode.value}"].isChecked()]
    assert chosen == [Mode.LIGHT]
    window.actions_["view.motion"].trigger()
    assert theme().reduce_motion and window.settings.flag("view/reduce_motion")


def test_the_network_is_renamed_from_the_menu_in_one_step(open_window: Opener) -> None:
    window, person = open_window()
    person.words = "Mine"
    window.actions_["network.rename_network"].trigger()
    assert window.document.network.name == "Mine" and window.windowTitle().startswith("Mine")
    window.actions_["edit.undo"].trigger()
    assert window.document.network.name == "SimpleConvNet"


# -- layouts -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", [(1280, 720), (1440, 900), (1920, 1080)])
def test_the_docks_of_a_layout_have_their_widths(open_window: Opener, size: tuple[int, int]) -> None:
    window, _ = open_window(size=size)
    for name in ("build", "explain", "watch"):
        window.show_layout(name)
        QApplication.processEvents()
        wanted = window.layouts.widths(name)
        shown = {key: dock.width() for key, dock in window.docks.items() if dock.isVisible()}
        assert shown == pytest.approx(wanted, abs=8), name
        assert (window.width(), window.height()) == size


def test_the_three_layouts_differ_in_what_they_show(open_window: Opener) -> None:
    window, _ = open_window(size=(1440, 900))
    seen = {}
    for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3):
        press(window, key, CTRL)
        QApplication.processEvents()
        seen[window.run_bar.layouts.value()] = {name for name, dock in window.docks.items() if dock.isVisible()}
    assert seen == {
        "build": {"palette", "network", "inspector"},
        "watch": {"palette", "network", "inspector"},
        "explain": {"network", "inspector", "explain"},
    }


@pytest.mark.parametrize("docks", [(), ("explain", "notes")], ids=["as a layout has them", "all open"])
def test_larger_text_fits_the_docks_and_leaves_the_window_as_it_was(
    open_window: Opener, own_theme: None, docks: tuple[str, ...]
) -> None:
    window, _ = open_window(size=(1280, 720))
    for name in docks:
        window.docks[name].show()
    QApplication.processEvents()
    before = {name: dock.width() for name, dock in window.docks.items() if dock.isVisible()}
    for _ in range(5):
        window.actions_["view.larger"].trigger()
        QApplication.processEvents()
        after = {name: dock.width() for name, dock in window.docks.items() if dock.isVisible()}
        assert (window.width(), window.height()) == (1280, 720)
        assert all(width >= before[name] for name, width in after.items())
    assert "palette" not in after  # it gives way
    window.actions_["view.normal"].trigger()
    assert window.docks["palette"].isVisible()


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_the_window_fits_a_small_screen(open_window: Opener, own_theme: None, scale: float) -> None:
    window, _ = open_window()
    theme().set_font_scale(scale)
    QApplication.processEvents()
    for name in ("build", "explain", "watch"):
        window.show_layout(name)
        QApplication.processEvents()
        least = window.minimumSizeHint()
        assert least.width() <= 1280 and least.height() <= 720, name


@pytest.mark.parametrize("name", ["build", "explain", "watch"])
def test_the_live_panel_does_not_scroll_where_it_has_room(open_window: Opener, name: str) -> None:
    window, _ = open_window()
    window.show_layout(name)
    QApplication.processEvents()
    scroll = window.centralWidget()
    assert scroll.verticalScrollBar().maximum() == 0
    assert window.live_panel.size() == scroll.viewport().size()
    window.resize(1280, 460)
    QApplication.processEvents()
    assert scroll.verticalScrollBar().maximum() > 0


def test_a_closed_and_a_floating_dock_are_where_they_were_at_the_next_start(open_window: Opener) -> None:
    window, _ = open_window(size=(1300, 760))
    window.docks["palette"].close()
    window.docks["inspector"].setFloating(True)
    window.close()
    again, _ = open_window(size=(1300, 760))
    assert not again.docks["palette"].isVisible() and again.docks["inspector"].isFloating()
    again.docks["palette"].toggleViewAction().trigger()
    again.docks["inspector"].float_action.trigger()
    assert again.docks["palette"].isVisible() and not again.docks["inspector"].isFloating()


def test_settings_of_another_version_or_broken_ones_give_the_first_layout(open_window: Opener, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings" / "window.ini")
    settings.set("window/geometry", b"junk")
    settings.set("window/docks", b"more junk")
    settings.set("window/layout", "nonsense")
    settings.set("view/font_scale", "huge")
    settings.flush()
    window, _ = open_window()
    assert window.run_bar.layouts.value() == "watch" and window.docks["network"].isVisible()


# -- start -------------------------------------------------------------------------------------------------------------
def test_the_first_start_has_a_network_ready_to_run(open_window: Opener) -> None:
    window, _ = open_window()
    assert window.document.network.name == "SimpleConvNet" and not window.document.unsaved
    assert window.actions_["train.run"].isEnabled()


def test_the_last_project_comes_back_if_it_is_still_there(open_window: Opener, tmp_path: Path) -> None:
    file = tmp_path / "mine.fishlab"
    save_project(file, small_project(), None)
    window, _ = open_window(file)
    window.close()
    again, _ = open_window()
    assert again.document.path == file and again.document.network.name == "Small"
    again.close()
    file.unlink()
    third, person = open_window()
    assert third.document.path is None and third.document.network.name == "SimpleConvNet" and person.told == []


def test_a_broken_file_at_the_start_is_told_in_the_status_bar(open_window: Opener, tmp_path: Path) -> None:
    file = tmp_path / "broken.fishlab"
    file.write_bytes(b"nothing of the kind")
    window, person = open_window(file)
    assert window.status.sentence.text().startswith("“broken.fishlab” cannot be opened") and person.told == []
    assert window.document.network.name == "SimpleConvNet"


def test_settings_that_cannot_be_written_are_told_once_and_the_window_works(
    open_window: Opener, tmp_path: Path, qtbot
) -> None:
    (tmp_path / "settings").write_text("a file where the folder should be")
    window, person = open_window()
    assert "are not remembered" in window.status.sentence.text()
    window.document.replace(small_project())
    window.session.run()
    assert "are not remembered" not in window.status.sentence.text()
    until(qtbot, window, State.IDLE)
    window.files.save_to(tmp_path / "elsewhere.fishlab")
    assert not window.document.unsaved and person.told == []


def test_the_title_names_the_file_and_marks_what_is_not_saved(open_window: Opener, tmp_path: Path, qtbot) -> None:
    window, _ = open_window()
    assert window.windowTitle() == "SimpleConvNet[*] — FishLab" and not window.isWindowModified()
    window.document.replace(small_project(epochs=10_000))
    window.files.save_to(tmp_path / "mine.fishlab")
    assert window.windowTitle() == "mine[*] — FishLab"
    window.session.run()
    until(qtbot, window, State.RUNNING)
    assert window.isWindowModified()
    window.session.stop()
    until(qtbot, window, State.IDLE)
    window.files.save()
    assert not window.isWindowModified()


# -- dropping a file ---------------------------------------------------------------------------------------------------
def drop(target: QWidget, *files: Path) -> bool:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    data.setText("\n".join(map(str, files)))  # file managers send the names as text too
    place, copy = QPointF(target.rect().center()), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place.toPoint(), copy, data, left, none)
    QApplication.sendEvent(target, enter)
    move = QDragMoveEvent(place.toPoint(), copy, data, left, none)
    move.setAccepted(enter.isAccepted())
    QApplication.sendEvent(target, move)
    if move.isAccepted():
        QApplication.sendEvent(target, QDropEvent(place, copy, data, left, none))
    return enter.isAccepted() and move.isAccepted()


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "where", ["network.stack", "live.loss", "palette.search", "palette.layers", "try.pad", "status_bar", "inspector"]
)
def test_a_project_dropped_anywhere_opens(open_window: Opener, tmp_path: Path, where: str) -> None:
    file = tmp_path / "dropped näïve 数 # %20.fishlab"
    save_project(file, small_project(), None)
    window, _ = open_window()
    target = window.findChild(QWidget, where)
    assert drop(target, file) and window.document.path == file


def test_a_project_dropped_on_a_curve_opens(open_window: Opener, tmp_path: Path, qtbot) -> None:
    file = tmp_path / "dropped.fishlab"
    save_project(file, small_project().replace(network=small_project().network.renamed("Dropped")), None)
    window, _ = open_window()
    window.document.replace(small_project())
    window.session.run()
    until(qtbot, window, State.IDLE)
    qtbot.waitUntil(lambda: not window.live_panel.loss.is_empty)
    tile = window.live_panel.loss
    place = tile.mapTo(window, tile.rect().center())
    assert window.childAt(place).acceptDrops()  # the view of a scene says yes to everything that comes
    assert drop(window.childAt(place), file) and window.document.network.name == "Dropped"


def test_other_files_are_not_taken(open_window: Opener, tmp_path: Path) -> None:
    window, person = open_window()
    (tmp_path / "picture.png").touch()
    assert not drop(window.live_panel, tmp_path / "picture.png")
    assert window.document.path is None and person.told == []


# -- the end -----------------------------------------------------------------------------------------------------------
def test_closing_while_training_asks_and_staying_lets_the_run_go_on(open_window: Opener, qtbot) -> None:
    window, person = open_window()
    window.document.replace(small_project(epochs=10_000))
    window.session.run()
    until(qtbot, window, State.RUNNING)
    person.answer = Answer.CANCEL
    assert not window.close() and window.isVisible() and person.asked == ["Small"]
    assert person.ends_run
    steps = len(window.session.history.steps)
    qtbot.waitUntil(lambda: len(window.session.history.steps) > steps)
    assert window.session.state is State.RUNNING


def test_what_nobody_could_be_asked_about_is_back_at_the_next_start(open_window: Opener, qtbot) -> None:
    window, person = open_window()
    window.document.replace(small_project(epochs=10_000))
    window.session.run()
    until(qtbot, window, State.RUNNING)
    qtbot.waitUntil(lambda: len(window.session.history.steps) > 3)
    window.close_without_asking()
    again, _ = open_window()
    assert again.document.network.name == "Small" and again.document.unsaved and person.asked == []
    assert len(again.session.history.steps) >= 3
    again.close()
    third, _ = open_window()
    assert third.document.network.name == "SimpleConvNet" and not third.document.unsaved


def test_the_file_menu_reads_as_everywhere(open_window: Opener) -> None:
    window, _ = open_window()
    menu = window.menus._menus["file"]
    words = ["—" if action.isSeparator() else action.text() for action in menu.actions()]
    assert words == [
        "New", "New from an example…", "Open…", "Recent files", "Recent projects…", "Save", "Save as…", "—",
        "Import…", "Export…", "—", "Quit",
    ]  # fmt: skip
