"""Every word is read from what it stands on, 4.5 to 1, every sign is told from it, 3 to 1: as painted, in both themes.

WCAG 2.2, 1.4.3 (words) and 1.4.11 (lines, icons and the borders of controls). What is disabled is exempt there. Lines
and fills in the colours of surfaces, hairlines and grids are decoration; what lets the ground through is shade.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from contrast_kit import borderless, poor, words
from painted import Ground
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QTabBar,
    QToolTip,
    QWidget,
)
from window_kit import Opener
from window_walk import (
    dialogs,
    instrument_names,
    interactive,
    show_instrument,
    small_convolutions,
    with_a_run,
)

from fishlab.core.layers import LAYERS
from fishlab.ui.main_window import MainWindow
from fishlab.ui.session import State
from fishlab.ui.theme import Mode, theme
from fishlab.ui.theme.focus_ring import FocusRing
from fishlab.ui.widgets.icon import icon_pixmap
from fishlab.ui.widgets.label import Label


@pytest.fixture(params=[Mode.LIGHT, Mode.DARK], ids=["light", "dark"], autouse=True)
def worn(request: pytest.FixtureRequest, own_theme: None) -> None:
    theme().set_mode(request.param)


# -- the window --------------------------------------------------------------------------------------------------------
def test_the_panels_are_read_and_told_apart(open_window: Opener, qtbot) -> None:
    window = with_a_run(open_window, qtbot)
    for dock in window.docks.values():
        dock.show()
    found = poor(window)
    for uid in ("input", window.document.network.layers[0].uid, "loss"):
        window.document.select((uid,))
        for tab in ("layer", "data", "training"):
            window.inspector_panel.show_tab(tab)
            QApplication.processEvents()
            found |= poor(window.inspector_panel) | borderless(window.inspector_panel)
    found |= poor(window.docks["network"])  # with the loss selected
    assert found == set()


@pytest.mark.slow
def test_every_instrument_is_read(open_window: Opener, qtbot) -> None:
    window = with_a_run(open_window, qtbot)
    found = set()
    for name in instrument_names(window):
        shown = show_instrument(window, name)
        _fill(shown)
        qtbot.waitUntil(lambda: not window.session.looks.busy, timeout=20_000)
        qtbot.wait(30)
        found |= {f"{name}: {said}" for said in poor(shown) | borderless(shown)}
    assert found == set()


def _fill(instrument: QWidget) -> None:
    """Draw a digit, or press the button of one that computes only when asked."""
    if hasattr(instrument, "pad"):
        instrument.pad.begin_stroke(0.5, 0.2)
        instrument.pad.continue_stroke(0.5, 0.8)
        instrument.pad.end_stroke()
    elif hasattr(instrument, "start"):
        instrument.start()


def test_dialogs_and_the_command_search_are_read(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    found = set()
    for name, dialog in dialogs(window):
        assert len(words(dialog)) > 20
        found |= {f"{name}: {said}" for said in poor(dialog) | borderless(dialog)}
    assert found == set()


def test_menus_lists_and_tooltips_are_read(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    found = set()
    for opened in _opened(window):
        qtbot.waitUntil(opened.isVisible)
        assert words(opened)
        found |= poor(opened)
        opened.close()
    assert found == set()


def _opened(window: MainWindow) -> Iterator[QWidget]:
    for action in window.menuBar().actions():
        menu = action.menu()
        menu.popup(QPoint(10, 10))
        menu.setActiveAction(next(one for one in menu.actions() if one.isEnabled() and not one.isSeparator()))
        yield menu
    window.inspector_panel.show_tab("training")
    QApplication.processEvents()
    for box in window.inspector_panel.findChildren(QComboBox):
        if box.isVisible() and box.isEnabled():
            box.showPopup()
            yield box.view().window()
    QToolTip.showText(QPoint(20, 20), "A word about it", window)
    yield next(one for one in QApplication.topLevelWidgets() if one.metaObject().className() == "QTipLabel")


# -- states ------------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_words_are_read_while_it_runs_pauses_and_has_ended(open_window: Opener, qtbot) -> None:
    window, _ = open_window(size=(1440, 900))
    window.document.replace(small_convolutions(epochs=10_000))
    session = window.session
    session.run()
    qtbot.waitUntil(lambda: len(session.history.epochs) > 1, timeout=30_000)
    found = poor(window)
    session.pause()
    qtbot.waitUntil(lambda: session.state is State.PAUSED, timeout=30_000)
    found |= poor(window)
    session.stop()
    qtbot.waitUntil(lambda: session.state is State.IDLE, timeout=30_000)
    assert found | poor(window) == set()


def test_words_under_the_pointer_and_pressed_are_read(open_window: Opener, qtbot) -> None:
    window = with_a_run(open_window, qtbot)
    found = set()
    for place in ("layer", "training"):
        window.inspector_panel.show_tab(place)
        QApplication.processEvents()
        under = [part for part in window.findChildren(QWidget) if part.isVisible() and part.isEnabled()]
        for part in under:
            part.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
            QApplication.sendEvent(part, QEnterEvent(QPointF(2, 2), QPointF(2, 2), QPointF(2, 2)))
        found |= poor(window)
        for part in under:
            if isinstance(part, QAbstractButton):
                part.setDown(True)
        found |= poor(window)
        for part in under:
            if isinstance(part, QAbstractButton):
                part.setDown(False)
            part.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
            QApplication.sendEvent(part, QEvent(QEvent.Type.Leave))
    assert found == set()


def test_what_has_the_focus_is_read_and_seen_to_have_it(open_window: Opener, qtbot) -> None:
    window = with_a_run(open_window, qtbot)
    window.activateWindow()
    window.inspector_panel.show_tab("training")
    QApplication.processEvents()
    of_each_kind = {type(part): part for part in interactive(window)}
    found = set()
    for part in of_each_kind.values():
        part.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        ground = Ground(part)
        found |= poor(part, ground)
        for ring in window.findChildren(FocusRing):
            found |= poor(ring, Ground(ring))
    assert len(of_each_kind) > 10
    assert found == set()


def test_what_does_not_fit_and_what_is_refused_is_read(open_window: Opener, qtbot) -> None:
    window, _ = open_window(size=(1440, 900))
    project = small_convolutions()
    layers = list(project.network.layers)
    layers[3] = LAYERS["convolution"].item.Spec(filters=4, kernel_size=(90, 90))
    window.document.replace(project.replace(network=replace(project.network, layers=tuple(layers))))
    window.document.select((layers[3].uid,))
    QApplication.processEvents()
    field = next(box for box in window.inspector_panel.findChildren(QAbstractSpinBox) if box.isVisible())
    for part in (window.docks["network"], window.inspector_panel, window):
        assert poor(part) == set()
    field.setProperty("bad", True)
    field.style().polish(field)
    assert poor(field) == set()


@pytest.mark.slow
def test_an_empty_window_is_read(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    found = poor(window)
    for name in instrument_names(window):
        found |= poor(show_instrument(window, name))
    assert found == set()


# -- and they can fail -------------------------------------------------------------------------------------------------
class _Drawn(QWidget):
    """A word, a line and an icon by hand, in colours too pale for any card."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("card"))
        painter.setPen(QColor("#7f8488"))
        painter.drawText(10, 20, "drawn")
        painter.drawPixmap(100, 4, icon_pixmap("check", "line", 16, 1.0))
        painter.setPen(QPen(theme().colour("ink", 230), 1))
        painter.setOpacity(0.3)
        painter.drawText(10, 40, "pale")
        painter.setOpacity(1.0)
        painter.fillRect(0, 50, 150, 50, theme().colour("edge"))
        painter.drawLine(10, 45, 90, 45)
        painter.setPen(theme().colour("ink3"))
        painter.drawLine(10, 70, 90, 70)


def _planted(window: MainWindow, part: QWidget, size: tuple[int, int] = (150, 100)) -> QWidget:
    part.setParent(window)
    part.setGeometry(300, 300, *size)
    part.show()
    part.raise_()
    QApplication.processEvents()
    return part


def test_a_pale_word_line_or_icon_drawn_by_hand_is_found(open_window: Opener) -> None:
    window, _ = open_window()
    found = " ".join(sorted(poor(_planted(window, _Drawn()))))
    assert "“drawn” in #7f8488" in found and "“pale”" in found
    assert "“icon”" in found and "“line”" in found and found.count("to 1") == 4


def test_a_pale_word_of_a_control_of_qts_own_is_found(open_window: Opener) -> None:
    window, _ = open_window()
    label, tabs, line = Label("A label"), QTabBar(), QLineEdit()
    pale = QPalette(label.palette())
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.PlaceholderText):
        pale.setColor(role, theme().colour("edge"))
    label.setPalette(pale)
    tabs.addTab("A tab")
    tabs.setStyleSheet("QTabBar::tab { color: " + theme().tokens.edge + " }")
    line.setPlaceholderText("A place")
    line.setStyleSheet("QLineEdit { placeholder-text-color: " + theme().tokens.edge + " }")
    for part, word in ((label, "A label"), (tabs, "A tab"), (line, "A place")):
        assert any(word in said for said in poor(_planted(window, part)))
        part.setParent(None)


def test_a_field_with_a_pale_border_is_found(open_window: Opener) -> None:
    window, _ = open_window()
    holder = QWidget()
    holder.setAutoFillBackground(True)
    line = QLineEdit(holder)
    line.setStyleSheet("QLineEdit { border: 1px solid " + theme().tokens.line + " }")
    line.setGeometry(20, 20, 100, 28)
    assert any("QLineEdit" in said for said in borderless(_planted(window, holder)))
    line.setStyleSheet("")
    assert borderless(holder) == set()
    holder.setParent(None)


def test_every_kind_of_word_is_noticed(open_window: Opener, qtbot) -> None:
    window = with_a_run(open_window, qtbot)
    window.document.select((window.document.network.layers[0].uid,))
    QApplication.processEvents()
    seen = words(window)
    for word in ("Max pool", "4 filters 5", "Run", "Training", "File", "Loss", "104 weights", "Search layers"):
        assert word in seen, word
