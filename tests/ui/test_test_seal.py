"""The test set is browsed on request: each opening of its seal is counted once, and it closes by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from test_answers import model_of
from test_data_views import choose, turn_to
from window_kit import blobs, small_project

from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.data.overview import overview_of, overview_of_tests
from fishlab.core.errors import DataError
from fishlab.core.files.project import open_project, save_project
from fishlab.core.spec import DataSpec
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector.sealed_box import SealedBox
from fishlab.ui.plots.data_controls import AVERAGES, COUNTS, IMAGES, SCALING
from fishlab.ui.plots.data_tile import DataInstrument
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme

TEST_ROW = 2


def silent(*_: object) -> None:
    pass


@pytest.fixture
def document() -> Document:
    project = small_project(epochs=1)
    made = Document(replace(project, data=replace(project.data, source="digits", validation=0.25)))
    made.set_model(model_of(made))
    return made


@pytest.fixture
def session(document: Document) -> Iterator[TrainSession]:
    session = TrainSession(document, load=blobs)
    yield session
    session.shut_down()


@pytest.fixture
def tile(document: Document, session: TrainSession, qtbot: QtBot) -> DataInstrument:
    return opened(document, session, qtbot)


def opened(document: Document, session: TrainSession, qtbot: QtBot) -> DataInstrument:
    view = DataInstrument(document, session)
    qtbot.addWidget(view)
    view.resize(theme().px(640), theme().px(260))
    view.show()
    qtbot.waitUntil(lambda: view._found is not None)
    QApplication.processEvents()
    return view


def looks(tile: DataInstrument) -> int:
    model = tile.document.model
    assert model is not None
    return model.test_looks


def look(tile: DataInstrument, qtbot: QtBot) -> None:
    """Choose the test images and ask for them."""
    choose(tile, "part", TEST_ROW)
    tile.seal.button.click()
    qtbot.waitUntil(lambda: not tile.is_empty)


def said(tile: DataInstrument) -> str:
    return f"{tile._empty._title.text()} {tile._empty._sentence.text()}" if tile.is_empty else ""


# -- closed ------------------------------------------------------------------------------------------------------------
def test_choosing_the_test_images_shows_none_and_says_what_a_look_costs(tile: DataInstrument) -> None:
    choose(tile, "part", TEST_ROW)
    assert said(tile) == (
        "The test set is sealed. Looking at it is counted, so that you know how often it was used."
    )
    assert tile.seal.button.isVisible() and tile.seal.button.text() == "Look at the test set"
    assert not tile.controls.class_box.isVisible() and not tile.controls.number.isVisible()
    assert looks(tile) == 0 and tile.table() == ((), ()) and not tile.menu.isEnabled()
    assert tile.accessibleDescription() == said(tile)


def test_under_the_seal_neither_averages_nor_counts_nor_scaling_tell_of_the_test_images(tile: DataInstrument) -> None:
    choose(tile, "part", TEST_ROW)
    turn_to(tile, AVERAGES)
    assert "sealed" in said(tile) and tile.table() == ((), ())
    turn_to(tile, COUNTS)
    assert len(tile.views.counts.rows) == 2 and (400, "to test, sealed") in [
        (count, name) for name, count in tile.views.counts.parts()
    ]
    turn_to(tile, SCALING)
    assert tile.controls.part() == "train" and set(tile._compared()) <= set(tile._found.parts["train"])
    assert looks(tile) == 0


def test_without_a_network_nothing_could_keep_the_count(
    tile: DataInstrument, document: Document, qtbot: QtBot
) -> None:
    document.set_model(None)
    choose(tile, "part", TEST_ROW)
    assert not tile.seal.button.isEnabled() and "Train a network first" in said(tile)


def test_while_something_runs_the_seal_waits(tile: DataInstrument, session: TrainSession, qtbot: QtBot) -> None:
    choose(tile, "part", TEST_ROW)
    session._work.set_state(State.EVALUATING)
    qtbot.waitUntil(lambda: not tile.seal.button.isEnabled())
    assert "nothing is running" in said(tile)
    session._work.set_state(State.IDLE)
    qtbot.waitUntil(tile.seal.button.isEnabled)


def test_a_set_without_test_images_has_no_seal(document: Document, session: TrainSession, qtbot: QtBot) -> None:
    def without(spec: DataSpec, progress: object) -> Dataset:
        whole = blobs(spec, progress)
        return replace(whole, test=whole.test.take(np.arange(0)))

    session._load = without
    tile = opened(document, session, qtbot)
    choose(tile, "part", TEST_ROW)
    assert "no test set" in said(tile) and not tile.seal.button.isVisible()


# -- open --------------------------------------------------------------------------------------------------------------
def test_an_opening_is_one_look_whatever_is_turned_and_redrawn(tile: DataInstrument, qtbot: QtBot) -> None:
    look(tile, qtbot)
    assert looks(tile) == 1 and not tile.seal.button.isVisible()
    bank = tile.views.grid.bank()
    test = blobs(tile.document.spec.data, silent).test
    assert bank is not None and len(bank) == len(test) == 400
    assert np.array_equal(bank.values(7), test.images[7])
    for view in (AVERAGES, COUNTS, IMAGES):
        turn_to(tile, view)
        assert not tile.is_empty
    choose(tile, "class", 2)
    tile.views.grid.setFocus()
    QTest.keyClick(tile.views.grid, Qt.Key.Key_PageDown)
    tile.redraw()
    tile.hide()
    tile.show()
    QApplication.processEvents()
    assert looks(tile) == 1 and not tile.is_empty
    assert {int(test.labels[place]) for place in tile._numbers()} == {1}


def test_test_images_have_the_numbers_that_the_mistakes_call_them_by(tile: DataInstrument, qtbot: QtBot) -> None:
    look(tile, qtbot)
    assert tile.views.detail.words.text().endswith("test image 1")
    choose(tile, "class", 2)
    labels = blobs(tile.document.spec.data, silent).test.labels
    place = int(np.flatnonzero(labels != 1)[3])
    tile.controls.number.setValue(place + 1)
    assert tile.views.detail.words.text() == f"{tile._found.class_names[labels[place]]}  ·  test image {place + 1}"
    assert tile.controls.part() == "test" and tile.controls.label() is None and looks(tile) == 1
    names, rows = tile.table()
    assert names[:2] == ("image", "class") and len(rows) == 400 and rows[place][0] == place + 1


def test_averages_and_counts_are_those_of_the_test_images_once_they_are_open(
    tile: DataInstrument, qtbot: QtBot
) -> None:
    look(tile, qtbot)
    test = blobs(tile.document.spec.data, silent).test
    turn_to(tile, AVERAGES)
    bank = tile.views.averages.bank()
    assert bank is not None
    np.testing.assert_allclose(bank.values(0), test.images.mean(axis=0), rtol=1e-5)
    turn_to(tile, COUNTS)
    assert tile.table()[0] == ("class", "learn", "validate", "test")
    assert [row[3] for row in tile.table()[1]] == np.bincount(test.labels, minlength=len(tile.table()[1])).tolist()
    assert ("to test", 400) in tile.views.counts.parts() and "to test" in tile.views.counts.words(0)
    assert looks(tile) == 1
    choose(tile, "part", 0)
    assert tile.table()[0] == ("class", "learn", "validate") and ("to test, sealed", 400) in tile.views.counts.parts()


def test_averages_of_what_validates_are_its_own(tile: DataInstrument) -> None:
    turn_to(tile, AVERAGES)
    assert tile.controls.part_box.isVisible()
    choose(tile, "part", 1)
    found, bank = tile._found, tile.views.averages.bank()
    assert found is not None and bank is not None
    np.testing.assert_allclose(bank.values(0), found.images[found.find("validation")].mean(axis=0), rtol=1e-5)


def test_the_look_is_said_where_looks_are_counted_and_survives_saving(
    tile: DataInstrument, document: Document, session: TrainSession, tmp_path: Path, qtbot: QtBot
) -> None:
    box = SealedBox(document, session)
    qtbot.addWidget(box)
    look(tile, qtbot)
    assert box.words.text() == "Looked at 1 time." and document.unsaved
    save_project(tmp_path / "one.fishlab", document.spec, document.model)
    spec, model = open_project(tmp_path / "one.fishlab")
    assert model is not None and model.test_looks == 1
    document.replace(spec, model=model, path=tmp_path / "one.fishlab")
    qtbot.waitUntil(lambda: "1 time so far" in said(tile))
    assert box.words.text() == "Looked at 1 time."


def test_the_pages_that_are_shown_are_saved(tile: DataInstrument, tmp_path: Path, qtbot: QtBot) -> None:
    look(tile, qtbot)
    tile.save_png(tmp_path / "a.png")
    tile.save_svg(tmp_path / "a.svg")
    assert (tmp_path / "a.png").stat().st_size > 1000 and (tmp_path / "a.svg").stat().st_size > 1000
    assert len(tile.csv().splitlines()) == 401 and looks(tile) == 1


def test_by_the_keyboard_the_button_hands_over_to_the_images(tile: DataInstrument, qtbot: QtBot) -> None:
    tile.activateWindow()
    choose(tile, "part", TEST_ROW)
    button = tile.seal.button
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not tile.is_empty)
    assert tile.views.grid.hasFocus() and looks(tile) == 1


# -- closed again ------------------------------------------------------------------------------------------------------
def test_another_part_closes_the_seal_and_the_next_look_counts(tile: DataInstrument, qtbot: QtBot) -> None:
    look(tile, qtbot)
    choose(tile, "part", 1)
    choose(tile, "part", TEST_ROW)
    assert "1 time so far" in said(tile) and tile.table() == ((), ())
    tile.seal.button.click()
    qtbot.waitUntil(lambda: not tile.is_empty)
    assert looks(tile) == 2


def test_other_data_close_the_seal_and_another_subset_does_not(
    tile: DataInstrument, document: Document, qtbot: QtBot
) -> None:
    look(tile, qtbot)
    document.edit("Subset", document.spec.replace(data=document.spec.data.replace(subset=100)))
    qtbot.waitUntil(lambda: tile._found is not None and len(tile._found.parts["train"]) == 75 and not tile.is_empty)
    assert tile.seal.found is not None and looks(tile) == 1
    document.edit("Data", document.spec.replace(data=document.spec.data.replace(source="spirals")))
    qtbot.waitUntil(lambda: tile._found is not None and "sealed" in said(tile))
    assert tile.seal.found is None and tile.table() == ((), ()) and looks(tile) == 1


def test_another_project_with_the_same_data_closes_the_seal(
    tile: DataInstrument, document: Document, qtbot: QtBot
) -> None:
    look(tile, qtbot)
    document.replace(document.spec, model=replace(document.model, test_looks=5))
    qtbot.waitUntil(lambda: "5 times so far" in said(tile))


def test_a_network_that_learned_from_the_start_closes_the_seal_and_one_that_went_on_does_not(
    tile: DataInstrument, document: Document, qtbot: QtBot
) -> None:
    look(tile, qtbot)
    model = document.model
    assert model is not None
    document.set_model(replace(model_of(document, steps=5), test_looks=model.test_looks))
    QApplication.processEvents()
    assert not tile.is_empty
    document.set_model(model_of(document))
    qtbot.waitUntil(lambda: "sealed" in said(tile))


def test_images_that_cannot_be_read_are_no_look(tile: DataInstrument, qtbot: QtBot) -> None:
    def broken(_spec: DataSpec, _progress: object) -> Dataset:
        raise DataError("The disk is gone.")

    choose(tile, "part", TEST_ROW)
    tile.feed.load = broken
    tile.seal.button.click()
    qtbot.waitUntil(lambda: "The disk is gone." in said(tile))
    assert looks(tile) == 0 and tile.seal.button.isEnabled()
    tile.feed.load = tile.session.load
    tile.seal.button.click()
    qtbot.waitUntil(lambda: not tile.is_empty)
    assert looks(tile) == 1


def test_a_run_that_begins_before_the_images_are_there_leaves_them_sealed(
    tile: DataInstrument, session: TrainSession, qtbot: QtBot
) -> None:
    choose(tile, "part", TEST_ROW)
    tile.seal.button.click()
    session._work._state = State.RUNNING
    qtbot.waitUntil(lambda: not tile.seal.asked)
    assert tile.is_empty and looks(tile) == 0
    session._work._state = State.IDLE


def test_frozen_what_is_shown_stays_and_then_the_seal_is_closed(
    tile: DataInstrument, document: Document, qtbot: QtBot
) -> None:
    look(tile, qtbot)
    tile.freeze_action.setChecked(True)
    document.set_model(model_of(document))
    QApplication.processEvents()
    assert not tile.is_empty
    tile.freeze_action.setChecked(False)
    qtbot.waitUntil(lambda: "sealed" in said(tile))


# -- points and classes that only the test set has ---------------------------------------------------------------------
def test_points_to_test_are_called_points(document: Document, qtbot: QtBot) -> None:
    data = document.spec.data.replace(source="gates", points=200)
    document.edit("Points", document.spec.replace(data=data))
    session = TrainSession(document)
    tile = opened(document, session, qtbot)
    choose(tile, "part", TEST_ROW)
    tile.seal.button.click()
    qtbot.waitUntil(lambda: not tile.is_empty)
    assert tile.views.currentWidget() is tile.views.points and looks(tile) == 1
    assert "test points" in tile._note() and "image" not in tile.summary()
    assert session.shut_down(30.0)


def test_a_class_that_only_the_test_set_has_is_counted_too(tile: DataInstrument) -> None:
    learned = ImageSet(np.zeros((6, 1, 2, 2), np.uint8), np.array([0, 1, 0, 1, 0, 1]))
    tests = ImageSet(np.zeros((2, 1, 2, 2), np.uint8), np.array([0, 2]))
    dataset = Dataset("Two", "two", learned, tests, ("a", "b"))
    found = overview_of(dataset, DataSpec(validation=0.0), silent)
    tile.views.counts.show_counts(found, overview_of_tests(dataset, found, silent))
    assert tile.views.counts.names == ("a", "b", "2")
    assert tile.views.counts.rows[:, 2].tolist() == [0, 0, 1]
    tile.views.counts.resize(400, 160)
    tile.views.counts.grab()
