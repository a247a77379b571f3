"""Filters, feature maps, what excites a unit, saliency: what is painted is what was found, and keys reach all of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from instructions import instructions
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from window_kit import blobs

from fishlab.core.probes.excite import Excitation
from fishlab.core.probes.filters import FilterBank
from fishlab.core.probes.maps import FeatureMaps
from fishlab.core.probes.one_image import OneImage
from fishlab.core.probes.saliency import Saliency
from fishlab.core.templates import find_template
from fishlab.ui.document import Document
from fishlab.ui.plots import map_columns
from fishlab.ui.plots.excite import ExciteInstrument
from fishlab.ui.plots.excite_view import ExciteView
from fishlab.ui.plots.feature_maps import FeatureMapsInstrument
from fishlab.ui.plots.filters_instrument import ALL, FiltersInstrument
from fishlab.ui.plots.image_choice import ImageChoice
from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.plots.map_image import Span, coloured, map_image
from fishlab.ui.plots.map_layout import lay_out
from fishlab.ui.plots.mosaic import fit, fit_table
from fishlab.ui.plots.mosaic_view import Bank, MosaicView
from fishlab.ui.plots.saliency import SaliencyInstrument
from fishlab.ui.plots.saliency_view import SaliencyView
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.theme.theme import Mode

KINDS = (FiltersInstrument, FeatureMapsInstrument, ExciteInstrument, SaliencyInstrument)
RNG = np.random.default_rng(4)
NAMES = tuple("0123456789")


@pytest.fixture
def opened(qtbot: QtBot) -> Iterator[Callable[..., Instrument]]:
    """`opened(kind, template="simple_conv_net")` is an instrument of 590 x 214 that has its answer."""
    sessions: list[TrainSession] = []

    def open_one(kind: type[Instrument], template: str = "SimpleConvNet", answered: bool = True) -> Instrument:
        document = Document(find_template(template).item())
        session = TrainSession(document, load=blobs)
        sessions.append(session)
        shown = kind(document, session)  # type: ignore[call-arg]
        qtbot.addWidget(shown)
        shown.resize(590, 214)
        shown.show()
        if answered:
            qtbot.waitUntil(lambda: not shown.is_empty, timeout=20_000)
        return shown

    yield open_one
    for session in sessions:
        session.looks.shut_down(30.0)


def settled(qtbot: QtBot, shown: Instrument) -> None:
    qtbot.waitUntil(lambda: not shown.throttle.isActive() and not shown.session.looks._observer.busy, timeout=20_000)
    qtbot.wait(1)


def bright(widget: QWidget, rect: QRectF) -> np.ndarray:
    """The pixels of a part of a widget, (H, W, 3)."""
    image = widget.grab(rect.toRect()).toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def moved(position: QPointF) -> QMouseEvent:
    nothing = Qt.MouseButton.NoButton
    return QMouseEvent(QEvent.Type.MouseMove, position, position, nothing, nothing, Qt.KeyboardModifier.NoModifier)


def key(qtbot: QtBot, widget: QWidget, *keys: Qt.Key) -> None:
    for one in keys:
        qtbot.keyClick(widget, one)


# -- all four --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_before_the_first_run_the_fresh_network_can_be_looked_at(kind, opened) -> None:
    shown = opened(kind)
    names, rows = shown.table()
    assert shown.summary()
    assert rows and all(len(row) == len(names) for row in rows)
    parts = [part for part in shown.findChildren(QWidget) if part.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert parts and all(part.accessibleName() for part in parts if part.objectName().startswith("live."))


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_that_reads_points_says_why_there_is_nothing(kind, opened, qtbot: QtBot) -> None:
    shown = opened(kind, "Gates", answered=False)
    assert shown.question() is None
    assert shown.is_empty
    assert "This network reads no images" in shown._empty._sentence.text()


@pytest.mark.parametrize("kind", KINDS)
def test_drawing_deep_conv_net_is_the_work_of_numpy_and_qt(kind, opened) -> None:
    shown = opened(kind, "DeepConvNet")

    def draw() -> None:
        shown.redraw()
        shown.view.grab()

    draw()
    assert instructions(draw) < 200_000


@pytest.mark.parametrize("kind", KINDS)
def test_a_large_font_cuts_nothing_off_in_the_header(kind, opened, own_theme) -> None:
    theme().set_font_scale(1.5)
    shown = opened(kind)
    shown.resize(round(530 * 1.5), 321)
    widths = [part.width() for part in shown.children() if isinstance(part, QWidget) and part.isVisible()]
    assert shown.minimumSizeHint().width() <= shown.width(), widths


# -- which image -----------------------------------------------------------------------------------------------------
def found_image(number: int, split: str = "train", first: int = 2, last: int = 9) -> OneImage:
    return OneImage(np.zeros((1, 4, 4)), 0, number, split, first, last, 10)


def test_an_image_is_chosen_by_number_or_by_going_to_the_next(qtbot: QtBot) -> None:
    choice = ImageChoice("live.trial")
    qtbot.addWidget(choice)
    told: list[dict[str, object]] = []
    choice.changed.connect(lambda: told.append(choice.options))
    assert choice.options == {"split": "train", "image": 1, "step": 0}
    choice.show_image(found_image(2))
    assert not told and choice.number.value() == 2 and not choice.before.isEnabled()
    choice.next.click()
    choice.number.stepUp()
    choice.show_image(found_image(9))  # the next but one of this part
    assert choice.number.value() == 9 and not choice.next.isEnabled()
    choice.number.setValue(4)
    choice.show_image(found_image(4, "validation", 1, 8))
    assert choice.part.value == "validation" and choice.next.isEnabled()
    choice.part.setCurrentIndex(0)
    assert told == [
        {"split": "train", "image": 2, "step": 1}, {"split": "train", "image": 2, "step": 2},
        {"split": "", "image": 4, "step": 0}, {"split": "train", "image": 4, "step": 0},
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [FeatureMapsInstrument, SaliencyInstrument])
def test_page_down_goes_to_the_next_image(kind, opened, qtbot: QtBot) -> None:
    shown = opened(kind)
    key(qtbot, shown, Qt.Key.Key_PageDown, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)
    assert shown.question().options["step"] == 1


# -- colours ---------------------------------------------------------------------------------------------------------
def test_zero_is_the_middle_of_numbers_with_both_signs_and_the_surface_of_others() -> None:
    signed = coloured(np.array([-2.0, 0.0, 2.0]), Span.of(np.array([-2.0, 1.0])))
    ends = [QColor(*pixel.tolist()).name() for pixel in signed]
    assert ends[0] == theme().tokens.diverging[0].lower()
    assert np.abs(signed[1] - np.array(QColor(theme().tokens.diverging[1]).getRgb()[:3])).max() <= 1
    risen = coloured(np.array([0.0, 3.0]), Span.of(np.array([0.5, 3.0])))
    assert [QColor(*pixel.tolist()).name() for pixel in risen] == [end.lower() for end in theme().tokens.sequential]


def test_what_is_no_number_does_not_spoil_the_colours_of_the_others() -> None:
    span = Span.of(np.array([np.nan, -1.0, np.inf, 0.5]))
    assert span.ends == (-1.0, 1.0)
    assert map_image(np.array([[np.nan, np.inf]], np.float32), span).width() == 2


# -- mosaics ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("shape", [(3, 3), (28, 28)])
def test_every_pixel_of_a_mosaic_belongs_to_the_number_painted_there(shape: tuple[int, int]) -> None:
    layout = fit(20, shape, (200, 180), 2)
    seen = set()
    for y in range(layout.size[0] + 3):
        for x in range(layout.size[1] + 3):
            hit = layout.hit(y, x)
            if hit:
                top, left = layout.corner(hit[0])
                assert (y - top) * layout.shrink // layout.grow == hit[1]
                assert (x - left) * layout.shrink // layout.grow == hit[2]
                seen.add(hit[0])
    assert seen == set(range(20))
    assert layout.hit(-1, 0) is None


def test_a_table_of_filters_keeps_its_columns_and_shows_its_first_corner_where_it_is_too_large() -> None:
    whole = fit_table(6, 3, (5, 5), (200, 180), 1)
    assert (whole.rows, whole.columns, whole.count) == (6, 3, 18) and whole.grow > 1
    part = fit_table(64, 64, (3, 3), (100, 60), 1)
    assert (part.rows, part.columns) == (25, 15)
    assert part.size[0] <= 100 and part.size[1] <= 60


def test_a_picture_of_a_table_is_found_again_where_only_a_corner_is_shown(qtbot: QtBot) -> None:
    view = MosaicView()
    qtbot.addWidget(view)
    view.resize(100, 140)
    pictures = RNG.normal(size=(40 * 30, 5, 5)).astype(np.float32)
    view.show_banks([Bank("now", pictures, columns=30)])
    view.grab()
    columns = view._layout.columns
    assert columns < 30 and view.shown < 1200
    view.set_current(0)
    key(qtbot, view, Qt.Key.Key_Down, Qt.Key.Key_Right)
    assert view.current == 31
    drawn = view._made[0][1]
    assert view.hit(drawn.area.topLeft() + QPointF(8, 8))[0] == 31


def test_a_filter_large_enough_has_its_numbers_written_in_it(qtbot: QtBot) -> None:
    view = MosaicView()
    qtbot.addWidget(view)
    view.resize(300, 330)
    view.show_banks([Bank("now", np.zeros((1, 3, 3), np.float32))])
    area = view.grab() and view._made[0][1].area
    assert len(np.unique(bright(view, area).reshape(-1, 3), axis=0)) > 3, "letters on a plain ground"


# -- filters ---------------------------------------------------------------------------------------------------------
def bank(*shape: int) -> FilterBank:
    before = RNG.normal(0, 0.1, shape).astype(np.float32)
    return FilterBank("u1", "1", "Convolution", before, (before + RNG.normal(0, 0.05, shape)).astype(np.float32))


def test_filters_are_shown_before_now_and_as_their_difference(opened) -> None:
    shown = opened(FiltersInstrument)
    found = bank(6, 1, 5, 5)
    shown.take(found)
    shown.redraw()
    tables = [one.pictures for one in shown.mosaics._banks]
    for table, wanted in zip(tables, (found.before, found.now, found.now - found.before), strict=True):
        np.testing.assert_array_equal(table, wanted[:, 0])
    moved = int(np.abs(found.now - found.before).reshape(6, -1).max(axis=1).argmax()) + 1
    assert f"Filter {moved} changed most" in shown.summary()
    shown.take(replace(found, now=found.before))
    assert "as they were at the start" in shown.summary() and "changed" not in shown.summary()
    assert shown.channel.isHidden()


def test_filters_of_many_channels_are_a_table_a_mean_or_one_channel(opened) -> None:
    shown = opened(FiltersInstrument)
    found = bank(4, 3, 5, 5)
    shown.take(found)
    shown.redraw()
    np.testing.assert_allclose(shown.mosaics._banks[1].pictures, found.now.mean(axis=1))
    shown.channel.setCurrentIndex(shown.channel.findData(ALL))
    shown.redraw()
    assert shown.mosaics._banks[1].columns == 3
    np.testing.assert_array_equal(shown.mosaics._banks[1].pictures[5], found.now[1, 2])
    shown.channel.setCurrentIndex(shown.channel.findData(2))
    shown.redraw()
    np.testing.assert_array_equal(shown.mosaics._banks[1].pictures, found.now[:, 2])


def test_enter_opens_a_filter_and_escape_goes_back(opened, qtbot: QtBot) -> None:
    shown = opened(FiltersInstrument)
    found = bank(4, 3, 5, 5)
    shown.take(found)
    shown.redraw()
    shown.mosaics.grab()
    shown.mosaics.setFocus()
    key(qtbot, shown.mosaics, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Return)
    np.testing.assert_array_equal(shown.mosaics._banks[1].pictures, found.now[1])
    assert "filter 2:" in shown._title._note
    key(qtbot, shown.mosaics, Qt.Key.Key_Escape)
    assert len(shown.mosaics._banks[1].pictures) == 4
    assert shown.mosaics.current == 1


def test_any_layer_with_filters_can_be_pinned(opened, qtbot: QtBot) -> None:
    shown = opened(FiltersInstrument, "DeepConvNet")
    offered = [shown.layers.box.itemText(index) for index in range(1, shown.layers.box.count())]
    assert offered == ["1 Convolution", "3 Convolution", "6 Convolution", "8 Convolution", "11 Convolution",
                       "13 Convolution", "17 Affine"]  # fmt: skip
    shown.layers.box.setCurrentIndex(7)
    qtbot.waitUntil(lambda: shown._bank is not None and shown._bank.number == "17", timeout=10_000)
    assert shown._bank.now.shape == (50, 64, 4, 4)


# -- feature maps ----------------------------------------------------------------------------------------------------
def test_arrows_walk_through_the_maps_of_all_layers(opened, qtbot: QtBot) -> None:
    shown = opened(FeatureMapsInstrument)
    columns = shown.columns
    columns.setFocus()
    key(qtbot, columns, Qt.Key.Key_Right)
    assert columns.current == (0, 0) and shown._body.large.isVisible()
    for _ in range(columns._columns[0].layout.columns):
        key(qtbot, columns, Qt.Key.Key_Right)
    assert columns.current == (1, 0), "past the last column of a layer comes the next layer"
    key(qtbot, columns, Qt.Key.Key_Left)
    assert columns.current == (0, columns._columns[0].layout.columns - 1)
    key(qtbot, columns, Qt.Key.Key_End, Qt.Key.Key_Down)
    assert columns.current == (6, 1)
    assert shown._title._note == "7 Affine, 2 of 10"
    key(qtbot, columns, Qt.Key.Key_Escape)
    assert columns.current is None and shown._body.large.isHidden()


def test_a_click_on_a_map_shows_it_large(opened, qtbot: QtBot) -> None:
    shown = opened(FeatureMapsInstrument)
    column = shown.columns._columns[0]
    middle = column.cell(3).center().toPoint()
    qtbot.mouseClick(shown.columns, Qt.MouseButton.LeftButton, pos=middle)
    assert shown.columns.current == (0, 3)
    np.testing.assert_array_equal(shown._body.large._banks[0].pictures[0], shown._maps.layers[0].values[3])
    assert shown._body.large._banks[0].span.ends == column.span.ends, "on the scale of its layer"


def test_the_pointer_on_a_map_frames_what_its_number_sees_of_the_image(opened, qtbot: QtBot) -> None:
    shown = opened(FeatureMapsInstrument)
    columns = shown.columns
    cell = columns._columns[0].cell(2)
    at = cell.topLeft() + QPointF(cell.width() * 10.5 / 24, cell.height() * 6.5 / 24)
    before = bright(columns, QRectF(0, 0, 120, columns.height()))
    QApplication.sendEvent(columns, moved(at))
    assert columns._seen == (6, 10, 11, 15)
    assert (bright(columns, QRectF(0, 0, 120, columns.height())) != before).any()
    QApplication.sendEvent(columns, moved(QPointF(2, 2)))
    assert columns._seen is None


def test_where_there_is_height_the_layers_go_on_below_until_all_are_in_sight(opened) -> None:
    shown = opened(FeatureMapsInstrument)
    shown.resize(590, 180)
    QApplication.processEvents()
    columns, layers = shown.columns, range(len(shown._maps.layers))
    assert shown.hidden_width() > 0 and {columns.area_of((layer, 0)).top() for layer in layers} == {0}
    shown.resize(700, 760)
    QApplication.processEvents()
    areas = [columns.area_of((layer, 0)) for layer in layers]
    assert shown.hidden_width() == 0 and all(columns.rect().contains(area) for area in areas)
    assert not any(one.intersects(other) for one, other in pairwise(areas))
    for layer in layers:
        hit = columns.hit(columns._columns[layer].cell(1).center())
        assert hit is not None and hit[0] == (layer, 1)


def test_the_next_image_is_asked_for_and_the_number_ends_where_the_images_do(opened, qtbot: QtBot) -> None:
    shown = opened(FeatureMapsInstrument)
    first = shown._maps.image
    assert shown.image.number.maximum() == first.highest
    shown.image.next.click()
    qtbot.waitUntil(lambda: shown._maps.image.number > first.number, timeout=10_000)
    number = shown._maps.image.number
    assert shown.image.number.value() == number and shown.image.part.value == "train"
    assert shown.summary().startswith(f"Image {number}: the network says")


def test_a_picture_that_is_saved_shows_all_columns(opened, qtbot: QtBot, tmp_path: Path) -> None:
    shown = opened(FeatureMapsInstrument, "DeepConvNet")
    settled(qtbot, shown)
    shown._body.scroll_bar.setValue(300)
    for height in (214, 260, 190):  # the last two are not laid out yet when they are saved
        shown.resize(590, height)
        with shown._as_picture(2.0):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            assert shown.hidden_width() == 0 and shown.columns.width() >= shown.columns.minimumWidth() > 590
            whole = shown.size()
        shown.save_png(tmp_path / "maps.png")
        assert QImage(str(tmp_path / "maps.png")).size() == 2 * whole
        assert (shown.width(), shown.height(), shown._body.scroll_bar.value()) == (590, height, 300)


def test_of_a_network_with_blocks_what_is_inside_them_is_shown_too(opened) -> None:
    shown = opened(FeatureMapsInstrument, "ResNet")
    numbers = [column.layer.number for column in shown.columns._columns]
    inner = next(index for index, number in enumerate(numbers) if "a" in number)
    assert numbers[inner].endswith("a1")
    block = numbers[inner].removesuffix("a1")
    assert numbers.index(block) > inner, "a block stands behind what is in it"


# -- what excites a unit -----------------------------------------------------------------------------------------------
def excitation(uid: str = "u1") -> Excitation:
    images = np.zeros((4, 1, 28, 28), np.uint8)
    boxes = np.tile(np.array([7, 14, 21, 28], np.int32), (2, 3, 1))
    return Excitation(
        uid, "1", "Convolution", 50, np.array([[3, 2, 1], [9, 8, 7]], np.float32), np.array([[0, 1, 2], [3, 2, 1]]),
        boxes, RNG.random((2, 10)).astype(np.float32), images, np.array([5, 5, 6, 7]),
        np.array([10, 20, 30, 40]), NAMES,
    )  # fmt: skip


def test_another_unit_is_shown_without_asking_again(opened, qtbot: QtBot) -> None:
    shown = opened(ExciteInstrument)
    settled(qtbot, shown)
    question = shown.question()
    shown.take(excitation(shown.layers.uid))
    shown.unit.setValue(2)
    shown.redraw()
    assert shown.question() == question
    assert shown.gallery.unit == 1
    assert [row[:4] for row in shown.table()[1]] == [(1, 40, 7, 9.0), (2, 30, 6, 8.0), (3, 20, 5, 7.0)]


def test_while_another_layer_is_looked_at_the_images_of_the_one_before_are_gone(opened, qtbot: QtBot) -> None:
    shown = opened(ExciteInstrument)
    settled(qtbot, shown)
    last = shown.document.network.layers[-1]
    shown.session.looks.blockSignals(True)
    shown.layers.pin(last.uid)
    shown.redraw()
    assert shown.is_empty and shown._empty._title.text() == "Looking at images…"
    shown.session.looks.blockSignals(False)
    shown.unit.setMaximum(10)
    shown.unit.setValue(4)
    shown.ask()
    qtbot.waitUntil(lambda: not shown.is_empty, timeout=20_000)
    assert shown._title._note.startswith("7 Affine, score of 3, of")


def test_the_summary_names_the_class_that_excites_a_unit_most(opened) -> None:
    shown = opened(ExciteInstrument)
    shown.take(excitation(shown.layers.uid))
    shown.redraw()
    said = "Unit 1 of 1 Convolution: 2 of the 3 images that excite it most, among 50, are of class 5."
    assert said in shown.summary()
    found = excitation(shown.layers.uid)
    shown.take(replace(found, values=np.zeros_like(found.values)))
    assert shown.summary() == "Unit 1 of 1 Convolution stays at 0: none of 50 images excites it."


def test_a_stack_without_layers_is_not_looked_through(opened) -> None:
    shown = opened(ExciteInstrument)
    shown.document.replace(find_template("empty").item())
    shown.session.looks.progressed.emit(shown._asked, 100, 2000)
    shown._done = "Image 100 of 2,000"
    shown.redraw()
    assert shown._empty._title.text() == "No images yet."


def test_the_pixels_that_a_flatten_hands_on_are_no_units_to_excite(opened) -> None:
    box = opened(ExciteInstrument).layers.box
    assert [box.itemText(row) for row in range(3, box.count())] == ["3 Max pool", "5 Affine", "6 ReLU", "7 Affine"]


def test_what_a_unit_sees_is_framed_in_the_image(qtbot: QtBot, own_theme) -> None:
    view = ExciteView()
    qtbot.addWidget(view)
    view.resize(590, 180)
    view.show_unit(excitation(), 0)
    for mode in (Mode.LIGHT, Mode.DARK):
        theme().set_mode(mode)
        area = view._large()
        pixels = bright(view, area)
        framed = np.argwhere(pixels.max(axis=2) > 100) / area.width() * 28
        assert framed.min(axis=0) == pytest.approx((7, 14), abs=0.7)
        assert framed.max(axis=0) == pytest.approx((21, 28), abs=0.7)
        assert not pixels[: round(area.height() / 5)].any(), "the rest of a black image is black in both themes"


def test_what_it_sees_of_every_image_stands_small_beside(qtbot: QtBot) -> None:
    view = ExciteView()
    qtbot.addWidget(view)
    view.resize(590, 180)
    found = excitation()
    found.images[:, 0, 7:21, 14:28] = 200
    view.show_unit(found, 0)
    for rank in range(3):
        assert (bright(view, view._cell(rank).adjusted(2, 2, -2, -2)) == 200).all()
    found.boxes[...] = -1
    view.show_unit(found, 0)
    assert 0.2 < (bright(view, view._cell(2)) == 200).mean() < 0.3, "where it is not known, all of it"


def test_page_down_goes_to_the_next_unit(opened, qtbot: QtBot) -> None:
    shown = opened(ExciteInstrument)
    key(qtbot, shown.gallery, Qt.Key.Key_PageDown)
    assert shown.unit.value() == 2


def test_arrows_and_clicks_choose_the_image_that_stands_large(qtbot: QtBot) -> None:
    view = ExciteView()
    qtbot.addWidget(view)
    view.resize(590, 180)
    view.show_unit(excitation(), 0)
    key(qtbot, view, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert view.current == 2
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=view._cell(1).center().toPoint())
    assert view.current == 1
    view.show_unit(excitation(), 1)
    assert view.current == 0, "another unit begins with its strongest"


# -- saliency --------------------------------------------------------------------------------------------------------
def found_saliency() -> Saliency:
    pixels = RNG.integers(0, 256, (1, 28, 28), dtype=np.uint8)
    slopes = RNG.normal(size=(1, 28, 28)).astype(np.float32)
    slopes[0, 3, 4] = -9
    return Saliency(OneImage(pixels, 3, 12), 3, 2.5, slopes, np.full(10, 0.1), NAMES)


def test_pixels_of_the_image_keep_their_grey_in_both_themes(qtbot: QtBot, own_theme) -> None:
    view = SaliencyView()
    qtbot.addWidget(view)
    view.resize(590, 180)
    view.show_saliency(found_saliency(), signed=False)
    pictures = []
    for mode in (Mode.LIGHT, Mode.DARK):
        theme().set_mode(mode)
        pictures.append(bright(view, view._areas()[0]))
        assert (pictures[-1].max(axis=2) == pictures[-1].min(axis=2)).all()
    np.testing.assert_array_equal(*pictures)


def test_where_poolings_tie_the_view_says_that_there_is_no_derivative(qtbot: QtBot) -> None:
    view = SaliencyView()
    qtbot.addWidget(view)
    view.resize(590, 180)
    view.show_saliency(found_saliency(), signed=False)
    place = view._below_last().center()
    plain = bright(view, view._below_last())
    assert view._told(place) == ""
    view.show_saliency(dataclasses.replace(found_saliency(), ties=1200), signed=False)
    assert "In 1,200 pooling windows" in view._told(place) and "no derivative" in view._told(place)
    assert (bright(view, view._below_last()) != plain).any()


def test_the_strength_hides_the_sign_and_the_signed_map_shows_it(qtbot: QtBot) -> None:
    view = SaliencyView()
    qtbot.addWidget(view)
    found = found_saliency()
    view.show_saliency(found, signed=False)
    assert view._span.ends == (0.0, 9.0) and view._values[3, 4] == 9
    view.show_saliency(found, signed=True)
    assert view._span.ends == (-9.0, 9.0) and view._values[3, 4] == -9


def test_saliency_is_asked_for_the_label_the_answer_or_a_class(opened, qtbot: QtBot) -> None:
    shown = opened(SaliencyInstrument)
    assert shown._found.target == shown._found.image.label
    shown.of.setCurrentIndex(shown.of.findData(7))
    qtbot.waitUntil(lambda: shown._found.target == 7, timeout=10_000)
    shown.of.setCurrentIndex(shown.of.findData("answer"))
    qtbot.waitUntil(lambda: shown._found.target == int(shown._found.answer.argmax()), timeout=10_000)


def test_the_summary_says_which_pixel_a_score_hangs_on(opened) -> None:
    shown = opened(SaliencyInstrument)
    shown.take(found_saliency())
    shown.redraw()
    assert shown.summary() == (
        "Image 12: the score of 3 is 2.50. It hangs most on the pixel in row 4, column 5: its slope there is 9.00."
    )


def test_maps_of_another_network_take_the_place_of_the_old_ones(opened, qtbot: QtBot) -> None:
    shown = opened(FeatureMapsInstrument)
    shown.columns.set_current((6, 9))
    small = shown._maps
    shown.take(FeatureMaps(small.image, small.layers[:2], small.answer, small.class_names))
    shown.redraw()
    assert shown.columns.current is None
    assert len(shown.columns._columns) == 2


@pytest.mark.parametrize("template", ["SimpleConvNet", "DeepConvNet"])
def test_no_scroll_bar_comes_and_goes_for_ever(opened, template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fits without one must not be found only where one takes its height."""
    shown, made = opened(FeatureMapsInstrument, template), []
    monkeypatch.setattr(map_columns, "lay_out", lambda *of: made.append(of) or lay_out(*of))
    for width, height in product((605, 900), range(200, 500, 4)):
        shown.resize(width, height)
        for _ in range(6):
            QApplication.processEvents()
        made.clear()
        for _ in range(6):
            QApplication.processEvents()
        assert made == [], f"{width} x {height}"
