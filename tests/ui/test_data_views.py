"""The instrument "Data": any number of images to browse, averages, counts, points, before and after the scaling."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fishlab.core.augmentation import AUGMENTATIONS
from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.data.overview import Overview, overview_of
from fishlab.core.errors import Cancelled, DataError
from fishlab.core.spec import DataSpec
from fishlab.core.templates import find_template
from fishlab.ui.document import Document
from fishlab.ui.plots.data_bank import Bank, as_image, lay_out, listed, numbered, picture
from fishlab.ui.plots.data_controls import AVERAGES, COUNTS, IMAGES, SCALING, VARIANTS
from fishlab.ui.plots.data_grid import ImageGrid
from fishlab.ui.plots.data_tile import DataInstrument
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme

COUNT, TESTS = 600, 30


def set_of(channels: int = 1, size: tuple[int, int] = (6, 5), count: int = COUNT) -> Dataset:
    """Images whose first pixel is their label, in three classes that take turns."""
    labels = np.arange(count) % 3
    images = np.random.default_rng(2).integers(0, 256, (count, channels, *size)).astype(np.uint8)
    images[:, :, 0, 0] = labels[:, None]
    made = ImageSet(images, labels)
    return Dataset("Marked", "marked", made, made.take(np.arange(TESTS)), ("one", "two", "three"))


@pytest.fixture(autouse=True)
def nothing_at_hand(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISHLAB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("FISHLAB_DATA_DIR", raising=False)
    theme().apply(qapp)


Opener = Callable[..., DataInstrument]


@pytest.fixture
def opened(qtbot: QtBot) -> Iterator[Opener]:
    """`opened(dataset, **data)` shows the instrument over this set, or over the one that the spec names."""
    sessions: list[TrainSession] = []

    def make(dataset: Dataset | None = None, **values: object) -> DataInstrument:
        data = DataSpec(source="digits", validation=0.25).replace(**values)
        document = Document(find_template("TwoLayerNet").item().replace(data=data))
        sessions.append(TrainSession(document))
        tile = DataInstrument(document, sessions[-1])
        qtbot.addWidget(tile)
        if dataset is not None:
            tile.feed.load = lambda spec, progress: dataset
        tile.resize(theme().px(590), theme().px(214))
        tile.show()
        qtbot.waitUntil(lambda: not tile.feed.reading)
        QApplication.processEvents()
        return tile

    yield make
    for session in sessions:
        assert session.shut_down(30.0)


def turn_to(tile: DataInstrument, view: str) -> None:
    box = tile.controls.view_box
    box.setCurrentIndex(box.findData(view))
    box.activated.emit(box.currentIndex())
    QApplication.processEvents()


def choose(tile: DataInstrument, name: str, row: int) -> None:
    box = {"part": tile.controls.part_box, "class": tile.controls.class_box, "scaling": tile.controls.scaling_box}[name]
    box.setCurrentIndex(row)
    box.activated.emit(row)
    QApplication.processEvents()


# -- what cannot be read -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("again", ["looked at again", "run again"])
def test_images_that_were_mended_are_read_when_they_are(opened: Opener, qtbot: QtBot, again: str) -> None:
    tile = opened(set_of())

    def broken(_spec: DataSpec, _progress: object) -> Dataset:
        raise DataError("one.png cannot be read.")

    tile.feed.load = broken
    tile.document.edit("Set", tile.document.spec.replace(data=tile.document.spec.data.replace(subset=50)))
    qtbot.waitUntil(lambda: tile.is_empty and tile._trouble == "one.png cannot be read.")
    tile.feed.load = lambda _spec, _progress: set_of(count=90)
    if again == "looked at again":
        tile.hide()
        tile.show()
    else:
        tile.session._work.set_state(State.PREPARING)
    qtbot.waitUntil(lambda: not tile.is_empty)
    assert len(tile._found.images) == 90
    tile.session._work.set_state(State.IDLE)


# -- pictures ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [12, 3])
def test_many_images_become_one_picture(channels: int, side: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (7, channels, 6, 4)).astype(np.uint8)
    bank = Bank(images, np.array([5, 1, 3]), 0, 255, str, str)
    grid = lay_out(bank.size, side, 2 * 40, 3, 2)
    pixels = picture(bank, grid, 0, 3, 0xFF102030)
    colours = as_image(pixels)
    shown = bank.pixels(0, 3, grid.shrink)
    for place in range(3):
        row, column = divmod(place, grid.columns)
        corner = pixels[row * grid.step_down :, column * grid.step_across :][: grid.height, : grid.width]
        assert np.array_equal(corner[:: grid.grow, :: grid.grow], shown[place])
    if grid.shrink == 1:
        first = images[5, :, 0, 0]
        wanted = first if channels == 3 else [first[0]] * 3
        assert colours.pixelColor(0, 0).getRgb()[:3] == tuple(map(int, wanted))
    assert pixels[grid.height, 0] == 0xFF102030


def test_numbers_that_are_no_grey_levels_go_from_the_least_to_the_largest() -> None:
    rows = np.array([[-1.0, 0.0, 3.0]], np.float32)
    bank = Bank(rows, numbered(1), -1, 3, str, str)
    assert bank.size == (1, 3)
    assert [pixel & 0xFF for pixel in bank.pixels(0, 1)[0, 0].tolist()] == [0, 63, 255]


# -- the grid ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def grid(qtbot: QtBot) -> ImageGrid:
    view = ImageGrid()
    qtbot.addWidget(view)
    view.resize(theme().px(400), theme().px(160))
    images = np.zeros((60_000, 1, 28, 28), np.uint8)
    view.show_bank(Bank(images, numbered(60_000), 0, 255, listed(("a",) * 60_000), str))
    view.show()
    QApplication.processEvents()
    return view


def test_of_sixty_thousand_images_only_those_in_sight_are_painted(
    grid: ImageGrid, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted = []
    bank = grid.bank()
    assert bank is not None
    taken = Bank.pixels
    monkeypatch.setattr(Bank, "pixels", lambda self, *args: painted.append(args[:2]) or taken(self, *args))
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum() // 2)
    grid.viewport().repaint()
    assert len(painted) == 1
    begin, end = painted[0]
    assert 20_000 < begin < end < 40_000 and end - begin < 200
    grid.viewport().repaint()
    assert len(painted) == 1, "what has not changed was made again"


def test_keys_go_through_all_images(grid: ImageGrid) -> None:
    columns = grid.grid().columns
    QTest.keyClick(grid, Qt.Key.Key_Right)
    QTest.keyClick(grid, Qt.Key.Key_Down)
    assert grid.current() == 1 + columns
    QTest.keyClick(grid, Qt.Key.Key_End)
    assert grid.current() == 59_999 and 59_999 in grid.shown()
    assert grid.cell(59_999).bottom() <= grid.viewport().height()
    QTest.keyClick(grid, Qt.Key.Key_PageUp)
    assert grid.current() < 59_999 - columns
    QTest.keyClick(grid, Qt.Key.Key_Home)
    assert grid.current() == 0 and grid.verticalScrollBar().value() == 0
    QTest.keyClick(grid, Qt.Key.Key_Left)
    assert grid.current() == 0


def test_images_can_be_made_larger_and_the_current_one_stays_in_sight(grid: ImageGrid) -> None:
    grid.go_to(30_000)
    before = grid.cell(30_000).width()
    for _ in range(4):
        QTest.keyClick(grid, Qt.Key.Key_Plus)
    assert grid.cell(30_000).width() > 1.5 * before
    assert 30_000 in grid.shown()
    for _ in range(8):
        QTest.keyClick(grid, Qt.Key.Key_Minus)
    assert grid.cell(30_000).width() < before and 30_000 in grid.shown()


def test_a_press_makes_the_image_under_it_the_current_one(grid: ImageGrid) -> None:
    grid.go_to(30_000)
    place = grid.shown()[grid.grid().columns + 2]
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=grid.cell(place).center().toPoint())
    assert grid.current() == place
    assert grid.place_at(QPointF(0, 0)) == -1


# -- browsing ----------------------------------------------------------------------------------------------------------
def test_images_are_browsed_by_part_and_class(opened: Opener) -> None:
    tile = opened(set_of())
    assert tile.views.grid.bank() is not None and len(tile.views.grid.bank()) == 450
    choose(tile, "class", 3)
    bank = tile.views.grid.bank()
    assert bank is not None and {int(bank.values(place)[0, 0, 0]) for place in range(len(bank))} == {2}
    assert bank.name(0) == "three"
    choose(tile, "part", 1)
    choose(tile, "class", 0)
    bank = tile.views.grid.bank()
    assert bank is not None and len(bank) == 150


def test_what_is_shown_can_be_read_as_a_sentence(opened: Opener, qtbot: QtBot) -> None:
    tile = opened(set_of())
    assert tile.accessibleDescription() == tile.summary() != ""
    turn_to(tile, SCALING)
    qtbot.waitUntil(lambda: tile._shown is not None)
    assert tile.accessibleDescription() == tile.summary() == tile.views.scaled.words()


def test_a_number_goes_to_its_image_in_whatever_part_and_class_it_is(opened: Opener) -> None:
    tile = opened(set_of())
    found = tile._found
    assert found is not None
    choose(tile, "class", 1)
    place = int(found.find("validation", 2)[4])
    wanted = place + 1  # people count from 1
    tile.controls.number.setValue(wanted)
    grid = tile.views.grid
    bank = grid.bank()
    assert bank is not None and int(bank.numbers[grid.current()]) == place
    assert tile.controls.part() == "validation" and tile.controls.label() is None
    assert tile.controls.number.value() == wanted
    assert f"image {wanted}" in tile.views.detail.words.text() and "three" in tile.views.detail.words.text()


def test_an_image_that_a_subset_leaves_out_is_said_to_be_unused(opened: Opener) -> None:
    tile = opened(set_of(), subset=100)
    found = tile._found
    assert found is not None
    unused = next(n for n in range(COUNT) if n not in set(found.parts["train"]) | set(found.parts["validation"]))
    tile.controls.number.setValue(unused + 1)
    assert tile._title._note == f"image {unused + 1} is not used"  # type: ignore[attr-defined]
    assert ("not used", 500) in tile.views.counts.parts()


def test_the_pixel_under_the_pointer_says_its_value(opened: Opener) -> None:
    tile = opened(set_of(channels=3))
    detail, bank = tile.views.detail, tile.views.grid.bank()
    assert bank is not None
    picture = detail.picture
    area = picture._area()
    inside = QPoint(int(area.left() + area.width() * 2.5 / 5), int(area.top() + area.height() * 3.5 / 6))
    QTest.mouseMove(picture, inside)
    values = ", ".join(str(int(value)) for value in bank.values(0)[:, 3, 2])
    assert detail.pixel.text() == f"row 4, column 3: {values}"
    picture.setFocus()
    QTest.keyClick(picture, Qt.Key.Key_Right)
    assert detail.pixel.text().startswith("row 4, column 4:")


def test_averages_are_pictures_of_the_mean_the_deviation_and_each_class(opened: Opener) -> None:
    tile = opened(set_of())
    turn_to(tile, AVERAGES)
    found, bank = tile._found, tile.views.averages.bank()
    assert found is not None and bank is not None
    assert [bank.name(place) for place in range(5)] == ["μ", "σ", "one", "two", "three"]
    learned = found.images[found.find("train", 1)].mean(axis=0)
    np.testing.assert_allclose(bank.values(3), learned, rtol=1e-5)
    names, rows = tile.table()
    assert names == ("average of", "channel", "row", "column", "value") and len(rows) == 5 * 30
    assert len(tile.views.averages.shown()) == 5


def test_counts_name_the_split_and_each_class(opened: Opener) -> None:
    tile = opened(set_of())
    turn_to(tile, COUNTS)
    assert tile.views.counts.parts() == [("to learn", 450), ("to validate", 150), ("to test, sealed", 30)]
    assert tile.summary() == "Marked: 450 to learn, 150 to validate, 30 to test, sealed, in 3 classes."
    tile.views.counts.setFocus()
    QTest.keyClick(tile.views.counts, Qt.Key.Key_Right)
    learn, validate = (int(row[1]) for row in tile._found.counts)  # type: ignore[union-attr]
    assert tile.views.counts.words(1).startswith(f"two: {learn} to learn, ")
    assert tile.views.counts.words(1).endswith(f"{validate} to validate")
    assert tile.table()[1][1] == ("two", learn, validate)


def test_points_are_shown_in_the_plane_and_say_where_they_are(opened: Opener) -> None:
    tile = opened(source="gates", points=200, noise=0.05)
    assert tile.views.currentWidget() is tile.views.points
    points = tile.views.points
    assert points.count() == 150
    spot = points.spots()[7]
    QTest.mouseMove(points, QPointF(*spot).toPoint())
    place = points.current()
    assert place >= 0 and abs(points.spots()[place] - spot).max() < 3
    assert "(" in tile._note() and tile._note()[0] in "01"
    points.setFocus()
    QTest.keyClick(points, Qt.Key.Key_Home)
    assert points.current() == 0
    turn_to(tile, AVERAGES)
    assert tile.views.currentWidget() is points


def test_another_scaling_can_be_tried_without_changing_the_project(opened: Opener, qtbot: QtBot) -> None:
    tile = opened(set_of(size=(8, 8)))
    before = tile.document.spec
    turn_to(tile, SCALING)
    qtbot.waitUntil(lambda: tile._shown is not None)
    first = tile._shown
    assert first is not None and first.measures_after.high == 1
    choose(tile, "scaling", tile.controls.scaling_box.findData("whitened"))
    qtbot.waitUntil(lambda: tile._shown is not first)
    assert tile._shown is not None and abs(tile._shown.measures_after.mean) < 0.01
    assert tile.document.spec == before
    assert "mean 12" in tile.summary() and "after it 0" in tile.summary()
    assert [row[0] for row in tile.table()[1]][:2] == ["mean", "deviation"]
    assert tile.table()[1][0][2] == tile._shown.measures_after.mean


def test_the_augmentation_is_shown_as_it_is_edited(opened: Opener, qtbot: QtBot) -> None:
    tile = opened(set_of(size=(12, 10)))
    turn_to(tile, VARIANTS)
    assert tile.is_empty
    flip = AUGMENTATIONS["flip"].item.Spec(horizontal=1.0)
    data = tile.document.spec.data
    tile.document.edit("Flip", tile.document.spec.replace(data=data.replace(augmentation=(flip,))))
    qtbot.waitUntil(lambda: tile.views.variants._images is not None and not tile.is_empty)
    found, images = tile._found, tile.views.variants._images
    assert found is not None and images is not None
    before = found.images[tile._compared()]
    np.testing.assert_allclose(images[0], before)
    for drawn in images[1:]:
        np.testing.assert_allclose(drawn, before[..., ::-1], atol=1e-3)
    grid, rows = tile.views.variants.layout_of((12, 10))
    assert rows >= 3 and grid.columns >= 8 and not tile.grab().isNull()
    off = data.replace(augmentation=(flip.replace(enabled=False),))
    tile.document.edit("Off", tile.document.spec.replace(data=off))
    qtbot.waitUntil(lambda: tile.is_empty)


def test_what_cannot_be_whitened_says_why_and_another_scaling_can_be_chosen(opened: Opener, qtbot: QtBot) -> None:
    tile = opened(set_of(size=(70, 70), count=30))
    turn_to(tile, SCALING)
    qtbot.waitUntil(lambda: tile._shown is not None)
    choose(tile, "scaling", tile.controls.scaling_box.findData("whitened"))
    qtbot.waitUntil(lambda: tile.is_empty and "4,096" in tile._trouble)
    turn_to(tile, IMAGES)
    assert not tile.is_empty
    turn_to(tile, SCALING)
    assert "4,096" in tile._trouble
    choose(tile, "scaling", 0)
    qtbot.waitUntil(lambda: not tile.is_empty)


# -- where it comes from -----------------------------------------------------------------------------------------------
def test_a_set_that_is_not_here_says_what_to_do(opened: Opener) -> None:
    tile = opened(source="mnist")
    assert tile.is_empty and "Get it in the Data tab" in tile.summary()


def test_another_set_is_read_when_the_document_names_it(opened: Opener, qtbot: QtBot) -> None:
    tile = opened(source="moons", points=80)
    document = tile.document
    document.edit("Data", document.spec.replace(data=document.spec.data.replace(points=120)))
    qtbot.waitUntil(lambda: tile._found is not None and len(tile._found.images) == 120)
    tile.freeze_action.setChecked(True)
    document.edit("Data", document.spec.replace(data=document.spec.data.replace(points=200)))
    qtbot.wait(60)
    assert tile._found is not None and len(tile._found.images) == 120
    tile.freeze_action.setChecked(False)
    qtbot.waitUntil(lambda: tile._found is not None and len(tile._found.images) == 200)


def test_a_set_that_is_no_longer_named_is_let_go_of_even_unseen(opened: Opener, qtbot: QtBot) -> None:
    tile = opened(set_of(size=(8, 8)))
    for view in (SCALING, COUNTS, AVERAGES, IMAGES):
        turn_to(tile, view)
    qtbot.waitUntil(lambda: tile._shown is not None)
    assert tile._found is not None
    kept = weakref.ref(tile._found)
    tile.feed.load = lambda spec, progress: set_of(count=90)
    tile.hide()
    document = tile.document
    document.edit("Data", document.spec.replace(data=document.spec.data.replace(drawn=2_000)))
    gc.collect()
    assert kept() is None
    tile.show()
    qtbot.waitUntil(lambda: tile._found is not None and len(tile._found.images) == 90)


def test_editing_the_augmentation_reads_nothing_and_moves_nothing(opened: Opener, qtbot: QtBot) -> None:
    tile = opened(set_of())
    tile.views.grid.go_to(77)
    data = tile.document.spec.data
    flip = AUGMENTATIONS["flip"].item.Spec()
    tile.document.edit("Flip", tile.document.spec.replace(data=data.replace(augmentation=(flip,))))
    QApplication.processEvents()
    assert not tile.feed.reading and tile.views.grid.current() == 77


def test_a_run_that_begins_moves_nothing_unless_the_images_have_changed(
    opened: Opener, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    same, other = set_of(), set_of(count=90)
    tile = opened(same)
    before = tile._found
    tile.views.grid.go_to(77)
    monkeypatch.setattr(TrainSession, "state", State.RUNNING)
    for dataset in (same, other):
        tile.feed.load = lambda spec, progress, dataset=dataset: dataset
        tile.session.data_changed.emit()
        assert tile.feed.reading and not tile.is_empty
        qtbot.waitUntil(lambda: not tile.feed.reading)
        assert (tile._found is before) == (dataset is same)
        assert tile.views.grid.current() == (77 if dataset is same else 0)


def test_hidden_it_reads_nothing_and_gives_up_what_it_reads(opened: Opener, qtbot: QtBot) -> None:
    tile = opened(set_of())
    begun, ended = threading.Event(), threading.Event()

    def slow(_spec: DataSpec, progress: Callable[[str, int, int], None]) -> Dataset:
        begun.set()
        try:
            while not ended.wait(0.005):
                progress("Drawing", 1, 4)
        except Cancelled:
            ended.set()
            raise
        return set_of()

    tile.feed.load = slow
    document = tile.document
    document.edit("Data", document.spec.replace(data=document.spec.data.replace(drawn=2_000)))
    qtbot.waitUntil(begun.is_set)
    qtbot.waitUntil(lambda: tile.feed.reading)
    tile.hide()
    assert ended.wait(30) and not tile.feed.reading
    tile.feed.load = lambda spec, progress: set_of(count=90)
    document.edit("Data", document.spec.replace(data=document.spec.data.replace(drawn=3_000)))
    assert not tile.feed.reading
    tile.show()
    qtbot.waitUntil(lambda: tile._found is not None and len(tile._found.images) == 90)


def test_views_paint_what_no_set_has_too(opened: Opener, qtbot: QtBot) -> None:
    """Rows of numbers, a single image, classes without images."""
    rows = ImageSet(np.random.default_rng(0).normal(0, 1, (40, 5)).astype(np.float32), np.zeros(40, np.intp))
    tile = opened(Dataset("Rows", "rows", rows, rows, ("only", "none")))
    for view in (IMAGES, AVERAGES, COUNTS):
        turn_to(tile, view)
        assert not tile.grab().isNull()
    turn_to(tile, IMAGES)
    choose(tile, "class", 2)
    assert tile.is_empty and len(tile._numbers()) == 0
    turn_to(tile, SCALING)
    qtbot.waitUntil(lambda: tile._shown is not None)
    assert len(tile._shown.before) == 0 and not tile.grab().isNull()  # type: ignore[union-attr]


def test_an_overview_of_a_large_set_takes_no_copy_of_it() -> None:
    dataset = set_of(count=90)
    found: Overview = overview_of(dataset, DataSpec(), lambda *_: None)
    assert found.images is dataset.train.images
