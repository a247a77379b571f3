"""Confusion, mistakes, scores and calibration show the same answers, by keyboard too, and the test set stays sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from window_kit import blobs, small_project

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.prepare import prepare
from fishlab.core.errors import DataError
from fishlab.core.losses import LOSSES
from fishlab.core.metrics import calibration, class_scores
from fishlab.core.probes.answers import Answers
from fishlab.core.training import Trainer
from fishlab.ui.document import Document
from fishlab.ui.plots.answer_words import AnswerWords
from fishlab.ui.plots.calibration import CalibrationPlot
from fishlab.ui.plots.confusion import Confusion
from fishlab.ui.plots.confusion_matrix import ConfusionMatrix, cell_colours, worst_cell
from fishlab.ui.plots.mistakes import Mistakes
from fishlab.ui.plots.scores import Scores
from fishlab.ui.plots.scores_rows import ScoreRows, outstanding
from fishlab.ui.plots.things import things
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.theme.colormaps import contrast
from fishlab.ui.theme.theme import Mode
from fishlab.ui.theme.tokens import DARK, LIGHT
from fishlab.ui.widgets.gallery import Gallery
from fishlab.ui.widgets.inputs import ChoiceInput

Make = Callable[[type], QWidget]


@pytest.fixture
def document() -> Document:
    project = small_project(epochs=1)
    return Document(replace(project, data=replace(project.data, source="digits", validation=0.25)))


@pytest.fixture
def session(document: Document) -> Iterator[TrainSession]:
    session = TrainSession(document, load=blobs)
    yield session
    session.shut_down()


def model_of(document: Document, steps: int = 3) -> Checkpoint:
    """A network that has learned a little, and still makes mistakes."""
    data = prepare(blobs(document.spec.data, lambda *_: None), document.spec.data, seed=document.spec.training.seed)
    trainer = Trainer(document.spec, data)
    events = trainer.events()
    for _ in events:
        if trainer.position.step >= steps:
            break
    events.close()
    return trainer.checkpoint()


@pytest.fixture
def make(document: Document, session: TrainSession, qtbot: QtBot) -> Make:
    def made(kind: type) -> QWidget:
        instrument = kind(document, session)
        qtbot.addWidget(instrument)
        instrument.resize(590, 200)
        instrument.show()
        return instrument

    return made


@pytest.fixture
def answered(make: Make, document: Document, qtbot: QtBot) -> Make:
    """Makes an instrument that shows the answers of a network that makes mistakes."""
    if document.model is None:
        document.set_model(model_of(document))

    def made(kind: type) -> QWidget:
        instrument = make(kind)
        qtbot.waitUntil(lambda: instrument.answers is not None and not instrument.is_empty)
        assert not instrument.answers.correct.all()
        return instrument

    return made


def answers_of(labels: list[int], seen: list[int], sure: list[float]) -> Answers:
    images, confidence = np.zeros((len(labels), 1, 4, 4), np.uint8), np.array(sure, np.float32)
    return Answers(
        "validation", len(labels), images, np.array(labels), np.array(seen), np.arange(1, len(labels) + 1), confidence,
        confidence, ("a", "b", "c"), True, "Softmax + loss",
    )  # fmt: skip


# -- all of them -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Confusion, Mistakes, Scores])
def test_without_a_network_a_sentence_says_what_to_do(make: Make, kind: type) -> None:
    instrument = make(kind)
    assert instrument.is_empty and "Press Run" in instrument._empty._sentence.text()
    assert instrument.summary() == "" and list(instrument.table()[1]) == []


@pytest.mark.parametrize("kind", [Confusion, Mistakes, Scores])
def test_answers_of_a_model_are_shown_and_said(answered: Make, kind: type, session: TrainSession) -> None:
    instrument = answered(kind)
    found = instrument.answers
    right = f"{100 * found.correct.mean():.2f} % right of 100 validation images"
    assert instrument.summary().startswith(right) and len(instrument.summary()) > len(right) + 10
    assert found.split == "validation" and len(found) == 100
    columns, rows = instrument.table()
    assert rows and all(len(row) == len(columns) for row in rows)


@pytest.mark.parametrize("kind", [Confusion, Mistakes, Scores])
def test_answers_of_the_network_before_it_was_changed_are_said_to_be_that(
    answered: Make, kind: type, document: Document, qtbot: QtBot
) -> None:
    instrument = answered(kind)
    assert "before your changes" not in instrument.summary()
    layers = document.network.layers
    fewer = document.spec.edit_network(lambda network: network.with_layers((*layers[:1], *layers[3:])))
    document.edit("Remove", fewer)
    qtbot.waitUntil(lambda: instrument._title._note.endswith("validation images, before your changes"))
    assert "before your changes" in instrument.summary()


def test_all_instruments_ask_one_question(answered: Make, session: TrainSession) -> None:
    kinds = [answered(kind) for kind in (Confusion, Mistakes, Scores)]
    assert len({one.question() for one in kinds}) == 1
    assert len({id(one.answers) for one in kinds}) <= 2


def test_training_images_can_be_answered_too(answered: Make, qtbot: QtBot) -> None:
    confusion = answered(Confusion)
    confusion.split.setCurrentIndex(confusion.split.findData("train"))
    qtbot.waitUntil(lambda: confusion.answers.split == "train")
    qtbot.waitUntil(lambda: "300 training images" in confusion.summary())


def test_beside_a_run_fewer_images_are_asked_for(answered: Make, session: TrainSession) -> None:
    confusion = answered(Confusion)
    assert confusion.question().options["quick"] is False
    session._work._state = State.RUNNING
    try:
        assert confusion.question().options["quick"] is True
    finally:
        session._work._state = State.IDLE


def test_fewer_images_than_there_are_is_said(answered: Make) -> None:
    confusion = answered(Confusion)
    some = replace(confusion.answers, total=5000)
    assert confusion.of_how_many(some) == "the first 100 of 5,000 validation images"


def test_a_set_that_cannot_be_read_says_why(
    make: Make, document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    def fail(*_: object) -> None:
        raise DataError("The disk is gone. Plug it in.")

    session.looks._observer._shelf._load = fail
    document.set_model(model_of(document))
    confusion = make(Confusion)
    qtbot.waitUntil(lambda: confusion._empty._sentence.text() == "The disk is gone. Plug it in.")


@pytest.mark.parametrize("kind", [Confusion, Mistakes, Scores])
def test_what_is_shown_is_saved_as_picture_drawing_and_numbers(answered: Make, kind: type, tmp_path: Path) -> None:
    instrument = answered(kind)
    size = instrument.size()
    instrument.save_png(tmp_path / "shown.png")
    instrument.save_svg(tmp_path / "shown.svg")
    picture = QImage(str(tmp_path / "shown.png"))
    assert picture.width() >= 2 * size.width() and picture.height() >= 2 * size.height()
    assert "<svg" in (tmp_path / "shown.svg").read_text(encoding="utf-8")
    columns, rows = instrument.table()
    lines = instrument.csv().splitlines()
    assert lines[0].count(",") >= len(columns) - 1 and len(lines) == len(rows) + 1
    assert instrument.size() == size


def test_a_frozen_view_keeps_its_answers_and_still_opens_cells(
    answered: Make, document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    confusion, mistakes = answered(Confusion), answered(Mistakes)
    confusion.freeze_action.setChecked(True)
    kept = confusion.answers
    document.set_model(model_of(document, steps=12))
    qtbot.waitUntil(lambda: (mistakes.answers.seen != kept.seen).any())
    assert confusion.answers is kept
    row, column = worst_cell(kept.confusion)
    confusion.matrix.look_at(row, column)
    confusion.open_cell(row, column)
    assert confusion.gallery.places().tolist() == kept.of(row, column).tolist()


def test_nothing_is_drawn_again_for_a_moment_that_was_not_answered_yet(
    answered: Make, session: TrainSession, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    confusion = answered(Confusion)
    qtbot.wait(200)
    drawn = []
    monkeypatch.setattr(confusion, "show_answers", drawn.append)
    for _ in range(5):
        session.looks.moment_changed.emit()
        qtbot.wait(40)
    qtbot.wait(150)
    assert drawn == []


def test_a_long_look_says_how_far_it_is(answered: Make, session: TrainSession) -> None:
    confusion = answered(Confusion)
    session.looks.progressed.emit(confusion._asked, 1200, 5000)
    assert confusion._title._note == "seeing 1,200 of 5,000…"
    confusion.redraw()
    assert confusion._title._note.endswith("right of 100 validation images")


def test_when_a_run_rests_all_images_are_asked_for(answered: Make, session: TrainSession) -> None:
    confusion = answered(Confusion)
    session._work.set_state(State.RUNNING)
    assert confusion._asked.options["quick"] is True
    session._work.set_state(State.PAUSED)
    assert confusion._asked.options["quick"] is False
    session._work.set_state(State.IDLE)


# -- the test set ------------------------------------------------------------------------------------------------------


def test_the_test_set_is_asked_only_after_a_look_that_is_counted(
    answered: Make, document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    confusion, mistakes = answered(Confusion), answered(Mistakes)
    confusion.split.setCurrentIndex(confusion.split.findData("test"))
    qtbot.waitUntil(lambda: confusion.is_empty)
    assert confusion.question() is None and confusion.look_once.isVisible() and confusion.look_once.isEnabled()
    assert "looked at 0 times" in confusion._empty._sentence.text()
    assert document.model.test_looks == 0
    confusion.look_once.click()
    qtbot.waitUntil(lambda: confusion._shown() is not None and not confusion.is_empty, timeout=10_000)
    assert document.model.test_looks == 1 and confusion.answers.split == "test" and len(confusion.answers) == 400
    assert not confusion.look_once.isVisible()
    assert session.test_score.correct == confusion.answers.correct.sum()
    mistakes.split.setCurrentIndex(mistakes.split.findData("test"))
    qtbot.waitUntil(lambda: mistakes._shown() is not None)
    assert document.model.test_looks == 1, "it is the same look"
    document.set_model(model_of(document, steps=4))
    qtbot.waitUntil(lambda: confusion.sealed and confusion.is_empty)
    assert confusion.question() is None and mistakes.question() is None


def test_while_something_runs_the_test_set_waits(answered: Make, session: TrainSession, qtbot: QtBot) -> None:
    confusion = answered(Confusion)
    confusion.split.setCurrentIndex(confusion.split.findData("test"))
    session._work._state = State.RUNNING
    confusion.redraw()
    assert not confusion.look_once.isEnabled() and "nothing is running" in confusion._empty._sentence.text()
    session._work._state = State.IDLE


# -- confusion ---------------------------------------------------------------------------------------------------------


def test_arrows_and_enter_open_the_images_of_a_cell(answered: Make, qtbot: QtBot) -> None:
    confusion = answered(Confusion)
    matrix, found = confusion.matrix, confusion.answers
    assert matrix.cell == worst_cell(found.confusion)
    row, column = matrix.cell
    matrix.setFocus()
    qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert confusion.beside.isVisible() and confusion.gallery.hasFocus()
    assert confusion.gallery.places().tolist() == found.of(row, column).tolist() != []
    assert confusion.beside._title.text() == matrix.words(row, column)
    qtbot.keyClick(confusion.gallery, Qt.Key.Key_Escape)
    assert not confusion.beside.isVisible() and matrix.hasFocus()
    qtbot.keyClick(matrix, Qt.Key.Key_Home)
    assert matrix.cell == (row, 0)
    qtbot.keyClick(matrix, Qt.Key.Key_Left)
    assert matrix.cell == (row, 0)
    qtbot.keyClick(matrix, Qt.Key.Key_Right)
    assert matrix.cell == (row, 1) and matrix.accessibleDescription() == matrix.words(row, 1)


def test_a_click_opens_the_cell_under_it(answered: Make, qtbot: QtBot) -> None:
    confusion = answered(Confusion)
    at = confusion.matrix.rect_of(3, 3).center().toPoint()
    qtbot.mouseClick(confusion.matrix, Qt.MouseButton.LeftButton, pos=at)
    assert confusion.matrix.cell == (3, 3) and confusion.beside.isVisible()
    assert confusion.gallery.places().tolist() == confusion.answers.of(3, 3).tolist()
    qtbot.mouseClick(confusion.matrix, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert confusion.matrix.cell == (3, 3)


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_numbers_can_be_read_on_every_cell(tokens, qtbot: QtBot, own_theme: None) -> None:
    theme().set_mode(Mode.DARK if tokens is DARK else Mode.LIGHT)
    counts = np.zeros((12, 12), np.intp)
    counts[0] = np.arange(12) ** 2
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    matrix.resize(500, 400)
    matrix.show_counts(counts, tuple(map(str, range(12))))
    matrix.grab()
    colours = cell_colours(counts, tokens)
    assert len({tuple(colour) for colour in colours[0, 1:]}) == 11, "the more, the darker"
    for column in range(1, 12):
        cell = QColor(*map(int, colours[0, column])).name()
        assert contrast(matrix._cell_inks[0][column].name(), cell) >= 4.5
    assert contrast(tokens.ink2, QColor(*map(int, colours[0, 0])).name()) >= 4.5


@pytest.mark.parametrize("count", [2, 10, 100])
def test_a_matrix_of_few_and_of_many_classes_can_be_read(qtbot: QtBot, count: int) -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 5, (count, count))
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    matrix.resize(400, 180)
    names = tuple(f"class {number}" for number in range(count))
    matrix.show_counts(counts, names)
    matrix.show()
    for row, column in [(0, 0), (count - 1, 0), (count - 1, count - 1)]:
        assert matrix.rect().contains(matrix.rect_of(row, column).toAlignedRect())
        assert matrix.cell_at(matrix.rect_of(row, column).center()) == (row, column)
    assert f"class {count - 1}" in matrix.words(count - 1, 0)
    assert not matrix.grab().isNull()


def test_the_matrix_as_a_table_has_a_row_for_each_class(answered: Make) -> None:
    confusion = answered(Confusion)
    columns, rows = confusion.table()
    assert len(columns) == 11 and [row[0] for row in rows] == list("0123456789")
    np.testing.assert_array_equal([row[1:] for row in rows], confusion.answers.confusion)


# -- mistakes ----------------------------------------------------------------------------------------------------------


def test_mistakes_stand_in_the_order_of_confidence(answered: Make, qtbot: QtBot) -> None:
    mistakes = answered(Mistakes)
    found = mistakes.answers
    places = mistakes.gallery.places()
    assert sorted(places) == np.flatnonzero(~found.correct).tolist()
    assert (np.diff(found.confidence[places]) <= 0).all()
    mistakes.order.setCurrentIndex(1)
    assert (np.diff(found.confidence[mistakes.gallery.places()]) >= 0).all()


def test_mistakes_are_filtered_by_what_they_are_and_by_what_was_seen(answered: Make) -> None:
    mistakes = answered(Mistakes)
    found = mistakes.answers
    place = int(mistakes.gallery.places()[0])
    label, seen = int(found.labels[place]), int(found.seen[place])
    mistakes.label.setCurrentIndex(mistakes.label.findData(label))
    assert set(found.labels[mistakes.gallery.places()]) == {label}
    mistakes.seen.setCurrentIndex(mistakes.seen.findData(seen))
    assert mistakes.gallery.places().tolist() == mistakes.mistakes(found).tolist()
    assert set(found.seen[mistakes.gallery.places()]) == {seen}
    mistakes.seen.setCurrentIndex(mistakes.seen.findData(label))
    assert mistakes.gallery.count() == 0 and mistakes._line.text() == "No mistake of this kind."
    assert len(mistakes.table()[1]) == 0


def test_a_picture_says_what_it_is_what_was_seen_and_how_surely(answered: Make, qtbot: QtBot) -> None:
    mistakes = answered(Mistakes)
    found = mistakes.answers
    mistakes.gallery.setFocus(Qt.FocusReason.TabFocusReason)
    place = mistakes.gallery.current()
    assert place == mistakes.gallery.places()[0]
    label, seen = found.labels[place], found.seen[place]
    sure = f"{100 * found.confidence[place]:.0f} %"
    said = AnswerWords(found)
    assert said.caption(place) == f"{label}→{seen} {sure}"
    assert mistakes._line.text() == said.words(place) == mistakes.gallery.accessibleDescription()
    assert f"Image {found.numbers[place]} is {label}, seen as {seen}" in said.words(place)


def test_words_below_a_picture_are_those_of_the_answers_that_are_drawn(answered: Make) -> None:
    mistakes = answered(Mistakes)
    place = int(mistakes.gallery.places()[0])
    before = mistakes.gallery._caption(place)
    found = mistakes.answers
    mistakes.take(replace(found, seen=found.labels.copy()))
    assert mistakes.gallery._caption(place) == before
    mistakes.redraw()
    assert mistakes.gallery.count() == 0


def test_no_mistakes_is_good_news(make: Make) -> None:
    mistakes = make(Mistakes)
    mistakes.take(answers_of([0, 1, 2], [0, 1, 2], [0.9, 0.8, 0.7]))
    mistakes.redraw()
    assert mistakes._line.text() == "No mistakes: all of 3 validation images are right."
    assert mistakes.label.count() == 4, "the classes are those of the answers"


# -- the gallery -------------------------------------------------------------------------------------------------------


@pytest.fixture
def gallery(qtbot: QtBot) -> Gallery:
    gallery = Gallery("Pictures")
    qtbot.addWidget(gallery)
    gallery.resize(400, 200)
    images = np.random.default_rng(0).integers(0, 256, (300, 1, 28, 28), dtype=np.uint8)
    gallery.show_pictures(images, np.arange(0, 300, 2), str, str)
    gallery.show()
    return gallery


def test_keys_move_through_a_gallery(gallery: Gallery, qtbot: QtBot) -> None:
    columns = gallery.columns()
    moves = [
        (Qt.Key.Key_Right, 0), (Qt.Key.Key_Right, 2), (Qt.Key.Key_Down, 2 + 2 * columns),
        (Qt.Key.Key_Left, 2 * columns), (Qt.Key.Key_Up, 0), (Qt.Key.Key_Up, 0), (Qt.Key.Key_End, 298),
        (Qt.Key.Key_Down, 298), (Qt.Key.Key_Home, 0),
    ]  # fmt: skip
    for key, place in moves:
        qtbot.keyClick(gallery, key)
        assert gallery.current() == place and gallery.accessibleDescription() == str(place)
        row = place // 2
        assert gallery.viewport().rect().intersects(gallery.rect_of(row))
    with qtbot.waitSignal(gallery.chosen) as told:
        qtbot.keyClick(gallery, Qt.Key.Key_Return)
    assert told.args == [0]


def test_the_picture_that_is_looked_at_stays_so_when_others_come(gallery: Gallery) -> None:
    images = gallery._images
    gallery.look_at(5)
    told = []
    gallery.current_changed.connect(told.append)
    gallery.show_pictures(images, np.arange(10, 20), str, str)
    assert gallery.current() == 10 and told == []
    gallery.show_pictures(images, np.arange(20, 30), str, str)
    assert gallery.current() is None and told == [None]


def test_a_click_looks_at_the_picture_under_it(gallery: Gallery, qtbot: QtBot) -> None:
    qtbot.mouseClick(gallery.viewport(), Qt.MouseButton.LeftButton, pos=gallery.rect_of(3).center())
    assert gallery.current() == 6
    assert gallery.row_at(QPointF(gallery.columns() * gallery.cell_size().width() + 1, 5)) is None


def test_pictures_grow_where_there_is_room(gallery: Gallery) -> None:
    small = gallery.side()
    gallery.resize(900, 700)
    assert gallery.side() == 2 * small
    gallery.look_at(149)
    assert gallery.viewport().rect().contains(gallery.rect_of(149))
    gallery.resize(400, 200)
    assert gallery.side() == small


def test_the_scroll_bar_of_a_gallery_is_not_its_own_reason(gallery: Gallery) -> None:
    cell = gallery.cell_size()
    gallery.resize(6 * cell.width(), 2 * cell.height())
    assert gallery.verticalScrollBar().maximum() > 0
    images = np.zeros((12, 1, 28, 28), np.uint8)
    gallery.show_pictures(images, np.arange(12), str, str)
    QApplication.processEvents()
    assert gallery.verticalScrollBar().maximum() == 0
    assert gallery.columns() == 6 and gallery.viewport().rect().contains(gallery.rect_of(11))


def test_only_pictures_in_sight_are_drawn(gallery: Gallery) -> None:
    asked = []
    gallery.show_pictures(gallery._images, np.arange(300), lambda place: asked.append(place) or "x", str)
    asked.clear()
    gallery.grab()
    assert 0 < len(asked) <= 2 * gallery.columns() * 4


@pytest.mark.parametrize("images", [
    np.zeros((3, 3, 8, 8), np.uint8), np.linspace(-1, 1, 3 * 25, dtype=np.float32).reshape(3, 1, 5, 5),
    np.zeros((3, 2), np.float32), np.zeros((3, 2, 6, 6), np.uint8),
])  # fmt: skip
def test_pictures_of_every_kind_are_shown(gallery: Gallery, images: np.ndarray) -> None:
    gallery.show_pictures(images, np.arange(3), str, str)
    assert not gallery.grab().isNull() and gallery.count() == 3


# -- scores and calibration --------------------------------------------------------------------------------------------


def test_scores_name_the_best_and_the_worst_class(answered: Make) -> None:
    scores = answered(Scores)
    classes = scores.answers.scores.classes
    f1 = [one.f1 for one in classes]
    assert f"Seen best is {np.argmax(f1)}, F1 {100 * max(f1):.1f} %" in scores.summary()
    assert f"seen worst are {f1.count(min(f1))} classes, F1 {100 * min(f1):.1f} %" in scores.summary()
    columns, rows = scores.table()
    assert columns == ("class", "precision", "recall", "f1", "images")
    assert [row[3] for row in rows] == f1
    scores.order.setCurrentIndex(1)
    assert [row[3] for row in scores.table()[1]] == sorted(f1)


@pytest.mark.parametrize(("labels", "words"), [([1, 1], "All images are b."), ([1, 2], "equally well, F1 100.0 %.")])
def test_scores_without_a_best_class_say_so(make: Make, labels: list[int], words: str) -> None:
    scores = make(Scores)
    scores.take(answers_of(labels, labels, [0.9, 0.9]))
    assert words in scores.summary()


def test_calibration_is_said_in_words(make: Make, qtbot: QtBot) -> None:
    scores = make(Scores)
    scores.what.setCurrentIndex(1)
    assert not scores.order.isVisible()
    for right, words in ((4, "20.0 points less sure"), (2, "20.0 points too sure"), (3, "about as sure of itself")):
        seen = [0] * right + [1] * (5 - right)
        scores.take(answers_of([0] * 5, seen, [0.6] * 5))
        scores.redraw()
        assert words in scores.summary()
    assert "Expected calibration error 0.0 %" in scores.summary()
    columns, rows = scores.table()
    assert len(rows) == 15 and sum(row[columns.index("images")] for row in rows) == 5


def test_a_loss_without_probabilities_has_no_calibration_and_says_so(
    make: Make, document: Document, qtbot: QtBot
) -> None:
    document.edit("loss", replace(document.network, loss=LOSSES["squared_error"].item.Spec()))
    document.set_model(model_of(document))
    scores = make(Scores)
    qtbot.waitUntil(lambda: scores.answers is not None)
    scores.what.setCurrentIndex(1)
    assert "Squared error gives scores, not probabilities" in scores.summary()
    assert not scores._page.plot.isVisible() and len(scores.table()[1]) == 0
    mistakes = make(Mistakes)
    qtbot.waitUntil(lambda: mistakes.answers is not None)
    assert "%" not in AnswerWords(mistakes.answers).caption(0)


def test_the_reliability_diagram_draws_bars_only_where_there_are_answers(qtbot: QtBot) -> None:
    plot = CalibrationPlot()
    qtbot.addWidget(plot)
    plot.resize(300, 180)
    plot.show_calibration(calibration(np.array([0.95, 0.97]), np.array([True, True])))
    image = plot.grab().toImage()
    blue = theme().curve(0).name()
    found = {x for x in range(image.width()) for y in range(image.height()) if image.pixelColor(x, y).name() == blue}
    assert found and min(found) > 0.8 * image.width()


@pytest.mark.parametrize("count", [2, 10, 100])
def test_rows_of_few_and_of_many_classes_have_their_height(qtbot: QtBot, count: int) -> None:
    rows = ScoreRows()
    qtbot.addWidget(rows)
    scores = class_scores(np.eye(count, dtype=np.intp)).classes
    rows.show_rows(list(zip(map(str, range(count)), scores, strict=True)), things((2,)))
    assert rows.minimumSizeHint().height() >= (count + 1) * rows.row_height()
    rows.resize(300, rows.sizeHint().height())
    assert not rows.grab().isNull()


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("kind", [Confusion, Mistakes, Scores])
def test_in_a_narrow_strip_nothing_of_the_header_is_cut_off(
    answered: Make, kind: type, scale: float, own_theme: None
) -> None:
    theme().set_font_scale(scale)
    instrument = answered(kind)
    instrument.resize(round(534 * scale), round(178 * scale))
    QApplication.processEvents()
    boxes = [box for box in instrument.findChildren(ChoiceInput) if box.isVisible()]
    assert boxes and boxes[0] is instrument.split
    for box in boxes:
        place = QRect(box.mapTo(instrument, QPoint()), box.size())
        assert instrument.rect().contains(place) and box.accessibleName()
        assert box.width() >= box.sizeHint().width(), box.objectName()
    assert instrument.view.height() >= 100 * scale


@pytest.mark.parametrize(("shape", "many"), [((2,), "points"), ((5,), "rows"), ((1, 4, 4), "images")])
@pytest.mark.parametrize("kind", [Confusion, Mistakes, Scores])
def test_what_is_no_image_is_not_called_one(
    make: Make, document: Document, kind: type, shape: tuple[int, ...], many: str
) -> None:
    document.edit("Read", replace(document.network, in_shape=shape))
    view = make(kind)
    found = answers_of([0, 1, 1, 2, 2], [0, 1, 2, 1, 2], [0.9] * 5)
    found = replace(found, images=np.zeros((5, *shape), np.float32))
    view.take(found)
    view.redraw()
    said = [view.summary(), view.split.toolTip(), view.look_once.text(), view.look_once.toolTip(), *view.table()[0]]
    if kind is Confusion:
        view.open_cell(1, 2)
        said += [view.gallery.accessibleName(), view.beside.close_button.toolTip(), AnswerWords(found).words(2)]
    if kind is Mistakes:
        said += [view.label.accessibleName(), view._line.text()]
    if kind is Scores:
        said += [*view._page.rows.columns()]
    view.split.setCurrentIndex(view.split.findData("test"))
    view.redraw()
    said += [view._empty._title.text(), view._empty._sentence.text()]
    assert any(many in words.lower() for words in said)
    assert many == "images" or not [words for words in said if "image" in words.lower()]


@pytest.mark.parametrize(("seen", "words"), [
    ([0, 1, 1, 1, 1], "Seen best is a, F1 100.0 %; seen worst is c, F1 0.0 %."),
    ([0, 0, 0, 0, 0], "Seen best is a, F1 33.3 %; seen worst are b, c, F1 0.0 %."),
    ([0, 1, 1, 0, 0], "Seen best is b, F1 100.0 %; seen worst is c, F1 0.0 %."),
])  # fmt: skip
def test_classes_that_share_the_worst_score_are_all_named(answered: Make, seen: list[int], words: str) -> None:
    scores = answered(Scores)
    assert words in scores.told(answers_of([0, 1, 1, 2, 2], seen, [0.9] * 5))


def test_of_many_classes_that_share_a_score_their_number_is_said(answered: Make) -> None:
    labels = list(range(10)) * 2
    found = replace(answers_of(labels, [0] * 20, [0.9] * 20), class_names=tuple("abcdefghij"))
    assert "seen worst are 9 classes, F1 0.0 %" in answered(Scores).told(found)


@pytest.mark.parametrize(("f1", "marked"), [
    ([0.5, 0.9, 0.1, 0.4], {1, 2}), ([0.0, 0.9, 0.0, 0.4], {0, 1, 2}), ([1.0, 1.0, 1.0, 1.0], set()),
    ([0.0, 0.0, 0.0, 0.0, 0.9], {4}),
])  # fmt: skip
def test_the_best_and_the_worst_rows_stand_out_unless_many_share_the_score(f1: list[float], marked: set[int]) -> None:
    assert outstanding(f1) == marked
