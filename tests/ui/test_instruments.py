"""What every instrument can: ask only while it is seen, freeze, follow the selection, be enlarged, have a window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot
from window_kit import blobs

from fishlab.core.observer import Answer
from fishlab.core.probes import Question
from fishlab.core.templates import find_template
from fishlab.ui.document import Document
from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.plots.live import INSTRUMENTS, LivePanel
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.plots.strip import InstrumentStrip
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon import icon


class Numbers(Instrument):
    """The simplest instrument: keeps every answer."""

    def __init__(self, document: Document, session: TrainSession) -> None:
        super().__init__("numbers", "Numbers", QWidget(), document, session)
        self.taken: list[object] = []
        self.drawn = 0
        self.add_layer_choice(lambda layer: layer.kind in ("affine", "convolution"))

    def question(self) -> Question:
        assert self.layers is not None
        return Question("weights", layer=self.layers.uid)

    def take(self, data: object) -> None:
        self.taken.append(data)

    def redraw(self) -> None:
        self.drawn += 1
        self.show_view()

    def summary(self) -> str:
        return f"{len(self.taken)} answers"

    def table(self) -> Table:
        return ("answers",), [(len(self.taken),)]


@pytest.fixture
def document() -> Document:
    return Document(find_template("SimpleConvNet").item())


@pytest.fixture
def session(document: Document) -> TrainSession:
    return TrainSession(document, load=blobs)  # small ones: instruments may read them at once


@pytest.fixture
def numbers(document: Document, session: TrainSession, qtbot: QtBot) -> Numbers:
    instrument = Numbers(document, session)
    qtbot.addWidget(instrument)
    instrument.show()
    return instrument


def asked(session: TrainSession) -> list[Question]:
    return list(session.looks._asked.values())


def uids(document: Document, kind: str) -> list[str]:
    return [layer.uid for layer in document.network.layers if layer.kind == kind]


def test_a_question_is_asked_only_while_the_instrument_is_seen(numbers: Numbers, session: TrainSession) -> None:
    assert asked(session) == [numbers.question()]
    numbers.hide()
    assert asked(session) == []
    numbers.show()
    assert asked(session) == [numbers.question()]


def test_its_layer_follows_the_selection_and_stays_where_it_is_pinned(
    numbers: Numbers, document: Document, session: TrainSession
) -> None:
    first, last = uids(document, "convolution")[0], uids(document, "affine")[-1]
    assert numbers.layers.uid == first
    document.select((last,))
    assert numbers.layers.uid == last and asked(session) == [Question("weights", layer=last)]
    document.select((uids(document, "relu")[0],))
    assert numbers.layers.uid == last, "a ReLU has nothing to show here: what was shown stays"
    numbers.layers.pin(first)
    document.select((last,))
    assert numbers.layers.uid == first and numbers.layers.pinned
    document.edit("Remove", document.network.remove(first))
    assert numbers.layers.uid == last and not numbers.layers.pinned


def test_a_second_view_of_the_same_question_is_answered_at_once(
    document: Document, session: TrainSession, numbers: Numbers, qtbot: QtBot
) -> None:
    session.looks._take_answer(Answer(numbers.question(), None, "seen"))
    second = Numbers(document, session)
    qtbot.addWidget(second)
    second.show()
    assert second.taken == ["seen"]


def test_a_second_view_of_a_question_without_an_answer_says_why_too(
    document: Document, session: TrainSession, numbers: Numbers, qtbot: QtBot
) -> None:
    session.looks._take_answer(Answer(numbers.question(), None, error="There are no images."))
    second = Numbers(document, session)
    qtbot.addWidget(second)
    second.show()
    assert second.is_empty
    assert "There are no images." in [label.text() for label in second.findChildren(QLabel)]


def test_frozen_it_keeps_what_it_shows_and_asks_nothing(numbers: Numbers, session: TrainSession, qtbot: QtBot) -> None:
    question = numbers.question()
    session.looks.answered.emit(question, "seen")
    numbers.freeze_action.trigger()
    assert asked(session) == []
    session.looks.answered.emit(question, "missed")
    assert numbers.taken[-1] == "seen"
    qtbot.wait(150)
    before = numbers.drawn
    session.state_changed.emit()
    qtbot.wait(150)
    assert numbers.drawn == before
    numbers.freeze_action.trigger()
    session.looks.answered.emit(question, "again")
    assert numbers.taken[-1] == "again"
    qtbot.waitUntil(lambda: numbers.drawn > before)


def test_a_look_that_fails_says_why(numbers: Numbers, session: TrainSession) -> None:
    session.looks.failed.emit(numbers.question(), "The images cannot be had.")
    assert numbers.is_empty
    assert "The images cannot be had." in {label.text() for label in numbers._empty.findChildren(QLabel)}


def test_an_instrument_has_a_window_of_its_own_until_that_is_closed(
    document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    strip, instrument = InstrumentStrip(), Numbers(document, session)
    qtbot.addWidget(strip)
    strip.add("numbers", "Numbers", lambda: instrument)
    strip.add("others", "Others", QWidget)
    strip.show()
    window = strip.take_out("numbers")
    assert instrument.window() is window and instrument.isVisible() and asked(session)
    strip.show_instrument("others")
    assert instrument.isVisible(), "it is seen, whatever the strip shows"
    window.close()
    assert instrument.window() is strip and not strip.windows and not asked(session)
    strip.show_instrument("numbers")
    assert instrument.isVisible()


def test_an_instrument_is_made_when_it_is_first_seen(
    document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    strip, made = InstrumentStrip(), []
    qtbot.addWidget(strip)
    strip.made.connect(made.append)
    strip.add("first", "First", QWidget)
    strip.add("numbers", "Numbers", lambda: Numbers(document, session))
    strip.show()
    assert [type(one) for one in made] == [QWidget]
    strip.show_instrument("numbers")
    strip.show_instrument("first")
    strip.show_instrument("numbers")
    assert [type(one) for one in made] == [QWidget, Numbers]
    assert strip.instrument("numbers").isVisible()


def test_the_strip_takes_the_room_of_the_tiles_and_gives_it_back(
    document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    panel = LivePanel(document, session)
    qtbot.addWidget(panel)
    panel.resize(640, 760)
    panel.show()
    before = panel.strip.height()
    panel.strip.enlarge_action.trigger()
    qtbot.waitUntil(lambda: panel.strip.height() > 2 * before)
    assert not any(tile.isVisible() for tile in panel.tiles())
    panel.strip.enlarge_action.trigger()
    qtbot.waitUntil(lambda: panel.strip.height() == before)
    assert all(tile.isVisible() for tile in panel.tiles())


def test_every_instrument_is_in_the_list(document: Document, session: TrainSession, qtbot: QtBot) -> None:
    panel = LivePanel(document, session)
    qtbot.addWidget(panel)
    panel.show()
    listed = [action.text() for action in panel.strip.list_menu.actions()]
    assert listed == list(map(panel.strip.title, panel.strip.names()))
    panel.strip.show_actions["log"].trigger()
    assert panel.strip.current() == "log"


def test_all_instruments_have_windows_at_once_and_come_back_when_these_are_closed(
    document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    panel = LivePanel(document, session)
    qtbot.addWidget(panel)
    panel.show()
    panel.strip.windows_action.trigger()
    assert all(panel.strip.instrument(name).isVisible() for name in panel.strip.names())
    for window in list(panel.strip.windows.values()):
        window.close()
    seen = [name for name in panel.strip.names() if panel.strip.instrument(name).isVisible()]
    assert seen == [panel.strip.current()]


@pytest.mark.parametrize("width", [420, 640, 1600])
def test_tabs_that_have_no_room_are_counted_and_reached_by_the_arrow_keys(
    document: Document, session: TrainSession, qtbot: QtBot, width: int
) -> None:
    strip = InstrumentStrip()
    qtbot.addWidget(strip)
    names = [f"number {index}" for index in range(15)]
    for name in names:
        strip.add(name, name.capitalize(), QWidget)
    strip.resize(width, 220)
    strip.show()
    for name in names:
        tabs = strip.tabs
        assert strip.current() == name and tabs.isTabVisible(tabs.currentIndex())
        seen = [index for index in range(tabs.count()) if tabs.isTabVisible(index)]
        assert tabs.tabRect(seen[-1]).right() <= tabs.width(), "none is cut"
        hidden = len(names) - len(seen)
        assert strip._more.text() == (f"{hidden} more" if hidden else "All")
        QTest.keyClick(tabs, Qt.Key.Key_Right)
    assert strip.current() == names[-1], "there is none behind the last"
    QTest.keyClick(strip.tabs, Qt.Key.Key_Home)
    assert strip.current() == names[0]


def with_buttons() -> QWidget:
    """What takes room from the tabs, as most instruments do."""
    instrument = QWidget()
    for name in ("freeze", "save"):
        instrument.addAction(QAction(icon(name), name, instrument))
    return instrument


@pytest.mark.parametrize("width", [350, 414, 574])
def test_no_tab_is_cut_whichever_instrument_is_shown(width: int, qapp: QApplication, qtbot: QtBot) -> None:
    theme().apply(qapp)
    strip, titles = InstrumentStrip(), [title for _, title, _ in INSTRUMENTS]
    for title in titles:
        strip.add(title, title, with_buttons)
    qtbot.addWidget(strip)
    strip.resize(width, 200)
    strip.show()
    for title in (*titles, *reversed(titles)):
        strip.show_instrument(title)
        QApplication.processEvents()  # the button beside them says how many are left out, and has another width
        tabs = strip.tabs
        first, *_, last = [tabs.tabRect(index) for index in range(tabs.count()) if tabs.isTabVisible(index)] * 2
        assert first.left() == 0 and last.right() < tabs.width(), title
