"""From an empty stack to a confusion matrix, by keys alone: nothing here calls the program but to look at it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from window_kit import Opener

from fishlab.ui.main_window import MainWindow
from fishlab.ui.session import State

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
    """A key, to whatever has the keyboard."""
    QTest.keyClick(_focus(), key, modifiers)
    QApplication.processEvents()


def write(words: str) -> None:
    QTest.keyClicks(_focus(), words)
    QApplication.processEvents()


def _focus():
    widget = QApplication.focusWidget()
    assert widget is not None, "nothing has the keyboard"
    return widget


def command(words: str) -> None:
    """Find a command by a few letters, and do it."""
    press(Qt.Key.Key_P, CTRL | SHIFT)
    write(words)
    press(Qt.Key.Key_Return)


def add_layer(words: str) -> None:
    """The quick adder: what is found first comes after the selected card."""
    write("/")
    write(words)
    press(Qt.Key.Key_Return)


def kinds(window: MainWindow) -> list[str]:
    return [layer.kind for layer in window.document.network.layers]


def test_from_an_empty_stack_to_a_confusion_matrix_by_keys_alone(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    press(Qt.Key.Key_N, CTRL)
    assert kinds(window) == []

    for words in ("flatten", "affine", "relu", "affine"):
        add_layer(words)
    assert kinds(window) == ["flatten", "affine", "relu", "affine"]

    assert window.session.obstacle  # a hundred scores for ten digits
    reach(window.inspector_panel.layer_tab.layer_page.form.field("units").controls[0])
    press(Qt.Key.Key_A, CTRL)
    write("10")
    press(Qt.Key.Key_Return)
    assert window.document.network.layers[-1].units == 10 and not window.session.obstacle

    press(Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: len(window.session.history.epochs) == 3)  # it may be over before anybody looks
    qtbot.waitUntil(lambda: window.session.state is State.IDLE)

    command("confusion")
    strip = window.live_panel.strip
    assert strip.current() == "confusion"
    confusion = strip.instrument("confusion")
    qtbot.waitUntil(lambda: not confusion.is_empty, timeout=20_000)
    rows = confusion.table()[1]
    counts = [row[1:] for row in rows]
    assert len(rows) == 10 and sum(map(sum, counts)) > 0
    assert sum(counts[place][place] for place in range(10)) > 0.5 * sum(map(sum, counts))

    reach(confusion.matrix)
    row, column = confusion.matrix.cell
    step = Qt.Key.Key_Right if column < 9 else Qt.Key.Key_Left
    press(step)
    assert confusion.matrix.cell != (row, column)


def reach(widget) -> None:
    """Tab until it has the keyboard."""
    for _ in range(200):
        if widget.hasFocus():
            return
        press(Qt.Key.Key_Tab)
    raise AssertionError(f"Tab never comes to {widget.objectName()}")
