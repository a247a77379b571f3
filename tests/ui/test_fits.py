"""Nothing is cut off: at 1280 x 720, with letters half as large again, in every dock, tab, instrument and dialog."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QToolButton,
    QWidget,
)
from window_kit import Opener, in_the_end
from window_walk import dialogs, instrument_names, path, show_instrument, with_a_run

from fishlab.ui.theme import theme
from fishlab.ui.widgets.label import Label

SLACK = 2  # pixels: widths are rounded
LAYOUTS = ("build", "watch", "explain")


def cut_off(root: QWidget) -> set[str]:
    """The words in sight that have less room than they need, and no way to be read whole."""
    parts = [part for part in root.findChildren(QWidget) if part.isVisible() and part.window() is root.window()]
    return {f"{path(part)}: “{words}”" for part in parts for words in (*_cut_words(part), *_beyond(part))}


def _beyond(part: QWidget) -> list[str]:
    """The words of a part that reaches out of a page at its side, where nobody can scroll to it."""
    if not isinstance(part, (QLabel, QAbstractButton, QComboBox, QLineEdit)):
        return []
    words = part.currentText() if isinstance(part, QComboBox) else part.text()
    if not words:
        return []
    at = part.parentWidget()
    while at is not None and not isinstance(at, QAbstractScrollArea):
        at = at.parentWidget()
    if at is None or at.horizontalScrollBar().isVisible() or not at.viewport().isAncestorOf(part):
        return []
    beyond = part.mapTo(at.viewport(), QPoint(part.width(), 0)).x() - at.viewport().width()
    return [f"{words}, {beyond} pixels beyond"] if beyond > SLACK else []


def _cut_words(part: QWidget) -> list[str]:
    if isinstance(part, QLabel):
        return [part.text()] if _label_is_cut(part) else []
    if isinstance(part, QTabBar):
        return [part.tabText(index) for index in range(part.count()) if _tab_is_cut(part, index)]
    if isinstance(part, QComboBox):
        cut = _wide(part, part.currentText()) > _field(part).width() + SLACK
        return [part.currentText()] if cut and not part.toolTip() else []
    if isinstance(part, (QPushButton, QToolButton, QCheckBox, QRadioButton)) and _shows_words(part):
        return [part.text()] if part.sizeHint().width() > part.width() + SLACK else []
    return []


def _label_is_cut(label: QLabel) -> bool:
    if label.toolTip() == label.text():
        return False
    if not label.text() or label.wordWrap():
        short = label.wordWrap() and label.heightForWidth(label.width()) > label.height() + SLACK
        return bool(label.text()) and short
    if isinstance(label, Label) and label._elide:
        return False  # an ellipsis, and the whole in the tooltip
    return _wide(label, label.text()) > label.width() + SLACK


def _wide(part: QWidget, words: str) -> int:
    return max((part.fontMetrics().horizontalAdvance(line) for line in words.split("\n")), default=0)


def _field(box: QComboBox) -> QRect:
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    field = QStyle.SubControl.SC_ComboBoxEditField
    return box.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, box)


def _tab_is_cut(bar: QTabBar, index: int) -> bool:
    room = bar.tabRect(index).width()
    return bar.isTabVisible(index) and _wide(bar, bar.tabText(index)) > room and not bar.tabToolTip(index)


def _shows_words(button: QAbstractButton) -> bool:
    iconic = isinstance(button, QToolButton) and button.toolButtonStyle().name == "ToolButtonIconOnly"
    return bool(button.text()) and not (iconic and not button.icon().isNull())


@pytest.fixture(params=[1.0, 1.5], ids=["letters as usual", "letters half as large again"])
def scale(request: pytest.FixtureRequest, own_theme: None) -> float:
    return request.param


@pytest.mark.one_in(6)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_window_cuts_nothing_off(open_window: Opener, qtbot, scale: float, layout: str) -> None:
    window = with_a_run(open_window, qtbot, size=(1280, 720))
    theme().set_font_scale(scale)
    window.show_layout(layout)
    QApplication.processEvents()
    window.resize(1280, 720)
    found = set()
    for uid in ("input", window.document.network.layers[0].uid, "loss"):
        window.document.select((uid,))
        for tab in ("layer", "data", "training"):
            window.inspector_panel.show_tab(tab)
            qtbot.wait(80)  # pages fit themselves to a new width by and by
            found |= in_the_end(set(), lambda: cut_off(window))
    assert (window.width(), window.height()) == (1280, 720)
    assert found == set()


@pytest.mark.one_in(2)
def test_no_instrument_cuts_anything_off(open_window: Opener, qtbot, scale: float) -> None:
    window = with_a_run(open_window, qtbot, size=(1280, 720))
    theme().set_font_scale(scale)
    window.show_layout("watch")
    QApplication.processEvents()
    window.resize(1280, 720)
    found = set()
    for name in instrument_names(window):
        shown = show_instrument(window, name)
        qtbot.waitUntil(lambda: not window.session.looks.busy, timeout=20_000)
        qtbot.wait(50)
        found |= {f"{name}: {words}" for words in in_the_end(set(), lambda shown=shown: cut_off(shown))}
    assert (window.width(), window.height()) == (1280, 720)
    assert found == set()


def test_no_dialog_cuts_anything_off(open_window: Opener, scale: float) -> None:
    window, _ = open_window(size=(1280, 720))
    theme().set_font_scale(scale)
    found = {f"{name}: {words}" for name, dialog in dialogs(window) for words in cut_off(dialog)}
    assert found == set()


def test_a_word_that_is_cut_off_is_found(open_window: Opener) -> None:
    window, _ = open_window(size=(1280, 720))
    label = Label("A long line of words that has no room", parent=window.run_bar)
    label.resize(20, 20)
    label.show()
    assert any("A long line" in words for words in cut_off(window))
    label.setParent(None)
