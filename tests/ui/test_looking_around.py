"""What somebody meets who tries everything: a network that breaks while it is looked at, choices that come and go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot
from window_kit import blobs
from window_walk import small_convolutions

from fishlab.core.observer import Answer
from fishlab.core.probes import Question
from fishlab.ui.document import Document
from fishlab.ui.plots.filters_instrument import FiltersInstrument
from fishlab.ui.plots.histograms import Histograms
from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.session import TrainSession


@pytest.fixture
def document() -> Document:
    return Document(small_convolutions(epochs=1000))


def nobody(*_: object, **__: object) -> None:
    """Takes questions and never answers: a test does."""


@pytest.fixture
def session(document: Document, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrainSession]:
    session = TrainSession(document, load=blobs)
    monkeypatch.setattr(session.looks._observer, "want", nobody)
    yield session
    session.shut_down()


class Held(Instrument):
    """Shows whatever it was told last."""

    def __init__(self, document: Document, session: TrainSession) -> None:
        super().__init__("held", "Held", QWidget(), document, session)
        self.taken: object = None

    def question(self) -> Question:
        return Question("weights", fresh=True)

    def take(self, data: object) -> None:
        self.taken = data

    def redraw(self) -> None:
        self.show_view()

    def summary(self) -> str:
        return ""


def words(widget: QWidget) -> set[str]:
    return {label.text() for label in widget.findChildren(QLabel)}


def test_why_nothing_is_found_is_not_covered_by_what_was_found_before(
    document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    held = Held(document, session)
    qtbot.addWidget(held)
    held.show()
    session.looks.answered.emit(held.question(), "seen")
    qtbot.waitUntil(lambda: not held.is_empty)
    session.looks.failed.emit(held.question(), "This network cannot be built.")
    session.state_changed.emit()
    qtbot.wait(200)
    assert held.is_empty and "This network cannot be built." in words(held)
    session.looks.answered.emit(held.question(), "seen again")
    qtbot.waitUntil(lambda: not held.is_empty)


def test_a_view_of_a_network_that_cannot_run_says_so_above_the_reason(
    document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    held = Held(document, session)
    qtbot.addWidget(held)
    held.show()
    session.looks.failed.emit(held.question(), "The images cannot be had.")
    assert {"There is nothing to see.", "The images cannot be had."} <= words(held)
    document.edit("Break", document.network.remove(document.network.layers[5].uid))
    session.looks.failed.emit(held.question(), "7 Affine needs a row.")
    assert {"The network cannot run yet.", "7 Affine needs a row."} <= words(held)


def test_another_project_shows_nothing_of_the_last_one_while_its_answer_is_on_its_way(
    document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    first, second, frozen = (Held(document, session) for _ in range(3))
    for held in (first, frozen):
        qtbot.addWidget(held)
        held.show()
    session.looks._take_answer(Answer(first.question(), None, "of the first project"))
    frozen.freeze_action.trigger()
    document.replace(small_convolutions())
    qtbot.addWidget(second)
    second.show()
    assert (first.taken, second.taken) == (None, None)
    assert frozen.taken == "of the first project", "frozen it keeps what it shows"


def test_an_answer_about_a_project_that_has_gone_is_not_shown(
    document: Document, session: TrainSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, fresh = Question("histories"), Question("weights", fresh=True)
    given: list[Question] = []
    session.looks.answered.connect(lambda question, _data: given.append(question))
    found = [Answer(late, None, "of the last project"), Answer(fresh, None, "of this one")]
    monkeypatch.setattr(session.looks._observer, "drain", lambda: (found, []))
    session.looks.pump()
    assert given == [fresh], "without a model there is no history"


def test_in_the_middle_of_a_run_nobody_waits_for_its_first_batch(
    document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    histograms = Histograms(document, session)
    qtbot.addWidget(histograms)
    session.run()
    histograms.redraw()
    assert "The first batch is on its way." in words(histograms)
    qtbot.waitUntil(lambda: len(session.history.steps) > 0, timeout=20_000)
    histograms.redraw()
    assert "The network is being looked at." in words(histograms)


def test_what_is_pinned_to_a_removed_layer_is_pinned_again_when_that_is_undone(
    document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    first, last = (document.network.layers[place].uid for place in (0, 3))
    for instrument, without in ((Histograms(document, session), "all"), (FiltersInstrument(document, session), first)):
        qtbot.addWidget(instrument)
        instrument.layers.pin(last)
        document.edit("Remove", document.network.remove(last))
        assert instrument.layers.uid == without
        document.undo_stack.undo()
        assert instrument.layers.uid == last and instrument.layers.pinned


def test_all_layers_can_be_chosen_after_another_layer_is_selected(
    document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    histograms = Histograms(document, session)
    qtbot.addWidget(histograms)
    box = histograms.layers.box
    document.select((document.network.layers[3].uid,))
    first, second, *_ = [box.itemText(row) for row in range(box.count())]
    assert (first, second) == ("All layers", "Selected: 4 Convolution")
