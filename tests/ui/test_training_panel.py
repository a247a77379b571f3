"""The Training tab: schedules as a drawing, what is rarely needed folded away, best weights taken, layers frozen."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from window_kit import blobs, small_project

from fishlab.core.layers import LAYERS
from fishlab.core.schedules import SCHEDULES
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector import InspectorPanel
from fishlab.ui.panels.inspector.rate_curve import POINTS, RateCurve
from fishlab.ui.panels.inspector.training_tab import NUMBERS, STOPPING, waiting_labels
from fishlab.ui.panels.network.content import CardContent, stack_contents
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.field import Field


@pytest.fixture
def document(qapp: QApplication) -> Document:
    theme().apply(qapp)
    return Document(small_project(epochs=3))


@pytest.fixture
def session(document: Document) -> Iterator[TrainSession]:
    session = TrainSession(document, load=blobs)
    yield session
    assert session.shut_down(30.0)


@pytest.fixture
def panel(qtbot: QtBot, document: Document, session: TrainSession) -> InspectorPanel:
    panel = InspectorPanel(document, session)
    qtbot.addWidget(panel)
    panel.resize(theme().px(300), theme().px(900))
    panel.show()
    panel.show_tab("training")
    return panel


def part(panel: QWidget, name: str) -> QWidget:
    found = panel.findChild(QWidget, f"inspector.{name}")
    assert found is not None, name
    return found


def choose(panel: QWidget, name: str, value: str) -> None:
    field = part(panel, name)
    assert isinstance(field, Field)
    box = field.controls[0]
    box.setCurrentIndex(box.findData(value))  # type: ignore[attr-defined]
    box.activated.emit(box.currentIndex())  # type: ignore[attr-defined]


def train(document: Document, **values: object) -> None:
    document.edit("Training", document.spec.replace(training=document.spec.training.replace(**values)))


def run_to_the_end(session: TrainSession, qtbot: QtBot) -> None:
    session.run()
    qtbot.waitUntil(lambda: session.state is State.IDLE, timeout=20_000)


# -- the schedule ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", SCHEDULES.kinds())
def test_every_schedule_shows_its_fields_and_is_one_undo_step(
    panel: InspectorPanel, document: Document, kind: str
) -> None:
    train(document, schedule=SCHEDULES["step"].item(warm_up=2.0))
    before = document.undo_stack.count()
    choose(panel, "schedule", kind)
    chosen = document.spec.training.schedule
    assert (chosen.kind, chosen.warm_up) == (kind, 2.0)
    assert document.undo_stack.count() - before == (0 if kind == "step" else 1)
    names = {field.objectName() for field in panel.training_tab.schedule.fields()}
    assert names == {f"inspector.schedule.{name}" for name in chosen.to_dict() if name != "kind"}


def test_the_drawing_is_the_rate_of_the_run(panel: InspectorPanel, document: Document) -> None:
    curve = part(panel, "rate_curve")
    assert isinstance(curve, RateCurve)
    assert not curve.isVisible()  # there is nothing to see of a rate that stays
    choose(panel, "schedule", "cosine")
    assert curve.isVisible()
    rate = document.spec.training.optimizer.learning_rate
    rates = curve.rates()
    assert rates[0] == rate and rates[POINTS // 2] == pytest.approx(rate / 2)
    assert rates[-1] == pytest.approx(rate * (1 + math.cos(math.pi * (POINTS - 1) / POINTS)) / 2)
    train(document, optimizer=document.spec.training.optimizer.replace(learning_rate=0.5))
    assert curve.rates()[0] == 0.5


def test_a_schedule_that_was_changed_waits_for_the_next_run(document: Document) -> None:
    before = document.spec
    train(document, schedule=SCHEDULES["cosine"].item())
    assert waiting_labels(before, document.spec) == ["schedule"]


# -- what folds --------------------------------------------------------------------------------------------------------
def test_what_is_rarely_needed_is_folded_and_says_what_it_holds(panel: InspectorPanel, document: Document) -> None:
    stopping = panel.training_tab.stopping
    assert not part(panel, "patience").isVisible()
    assert stopping.header.accessibleDescription() == "best is kept"
    QTest.mouseClick(stopping.header, Qt.MouseButton.LeftButton)
    assert all(part(panel, name).isVisible() for name in STOPPING)
    QTest.keyClick(stopping.header, Qt.Key.Key_Space)
    assert not part(panel, "patience").isVisible()


def test_a_fold_opens_where_a_project_has_something_unusual_in_it(panel: InspectorPanel, document: Document) -> None:
    assert not panel.training_tab.numbers.is_open()
    train(document, precision="float64")
    assert all(part(panel, name).isVisible() for name in NUMBERS)
    panel.training_tab.numbers.set_open(False)
    train(document, batch_size=7)
    assert not panel.training_tab.numbers.is_open()  # as the person left it
    assert panel.training_tab.numbers.header.accessibleDescription() == "seed 0, 64 bits"


def test_a_field_without_meaning_is_out_of_sight(panel: InspectorPanel, document: Document) -> None:
    assert part(panel, "weight_decay").isVisible() and not part(panel, "max_norm").isVisible()
    choose(panel, "decay_kind", "max_norm")
    assert not part(panel, "weight_decay").isVisible() and part(panel, "max_norm").isVisible()


# -- best weights ------------------------------------------------------------------------------------------------------
def test_the_best_weights_are_taken_and_undo_brings_the_last_back(
    panel: InspectorPanel, document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    assert not part(panel, "take_best").isVisible()
    train(document, optimizer=document.spec.training.optimizer.replace(learning_rate=3.0), epochs=6)
    run_to_the_end(session, qtbot)
    last = document.model
    assert last is not None and last.best is not None and last.best.epoch < 6
    button = part(panel, "take_best")
    assert button.text() == f"Take epoch {last.best.epoch}"  # type: ignore[attr-defined]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert document.model is not None and document.model.weights is last.best.weights
    assert not button.isEnabled()
    assert session.continues and document.model.history.marks[-1].text == f"weights of epoch {last.best.epoch}"
    document.undo_stack.undo()
    assert document.model.weights is last.weights
    document.undo_stack.redo()
    run_to_the_end(session, qtbot)
    trained = document.model
    document.undo_stack.undo()
    assert document.model is trained  # what was learned since is not taken away


def test_patience_says_why_the_run_ended(
    panel: InspectorPanel, document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    train(document, patience=1, epochs=30, optimizer=document.spec.training.optimizer.replace(learning_rate=3.0))
    run_to_the_end(session, qtbot)
    assert session.sentence.startswith("No better for 1 epoch; the best was epoch")


# -- frozen layers -----------------------------------------------------------------------------------------------------
def test_a_layer_is_frozen_learns_nothing_and_is_let_go_again(
    panel: InspectorPanel, document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    first = document.network.layers[1]
    document.select((first.uid,))
    switch = part(panel, "frozen")
    assert isinstance(switch, Field)
    QTest.mouseClick(switch.controls[0], Qt.MouseButton.LeftButton, pos=switch.controls[0].rect().center() / 2)
    assert document.network.frozen_uids() == {first.uid}
    run_to_the_end(session, qtbot)
    model = document.model
    assert model is not None
    still = {key: np.array_equal(value, model.start[key]) for key, value in model.weights.items()}
    assert {key.partition("/")[0] for key, same in still.items() if same} == {first.uid}
    document.undo_stack.undo()
    assert not document.network.frozen_uids()


def test_all_before_the_head_is_frozen_in_one_step_and_the_cards_say_so(
    panel: InspectorPanel, document: Document
) -> None:
    middle = LAYERS["affine"].item.Spec(units=12)
    document.edit("Add", document.network.insert(3, middle))
    first = document.network.layers[1]
    document.edit("Freeze", document.network.change(first.uid, frozen=True))
    document.select((first.uid,))
    steps = document.undo_stack.count()
    QTest.mouseClick(part(panel, "freeze_all"), Qt.MouseButton.LeftButton)
    assert document.network.frozen_uids() == {first.uid, middle.uid}
    assert document.undo_stack.count() == steps + 1
    assert not part(panel, "freeze_all").isVisible()
    counts = {one.uid: one.count for one in stack_contents(document) if isinstance(one, CardContent)}
    assert counts[middle.uid] == "156 frozen" and counts[document.network.layers[-1].uid] == "130 weights"


def test_a_layer_without_weights_has_nothing_to_freeze(panel: InspectorPanel, document: Document) -> None:
    document.select((document.network.layers[2].uid,))
    assert not part(panel, "frozen").isVisible()


# -- the loss ----------------------------------------------------------------------------------------------------------
def test_label_smoothing_is_set_on_the_loss_card(panel: InspectorPanel, document: Document) -> None:
    document.select(("loss",))
    field = part(panel, "loss.label_smoothing")
    assert isinstance(field, Field)
    field.controls[0].setValue(0.1)  # type: ignore[attr-defined]
    assert document.network.loss.to_dict()["label_smoothing"] == 0.1
    document.undo_stack.undo()
    assert "label_smoothing" not in document.network.loss.to_dict()
