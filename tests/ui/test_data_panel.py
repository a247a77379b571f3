"""The Data tab: classes and points of a set, steps of the augmentation with a preview, what whitening does."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from window_kit import Opener, in_the_end, small_project

from fishlab.core.augmentation import AUGMENTATIONS, AugmentationSpec
from fishlab.core.data.preview import survey
from fishlab.core.fields import describe
from fishlab.core.runner import load_by_spec
from fishlab.core.spec import DataSpec
from fishlab.core.templates import TEMPLATES, find_template
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector import InspectorPanel, glimpse
from fishlab.ui.panels.inspector.augmentation_box import AugmentationBox
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.field import Field


@pytest.fixture(autouse=True)
def nothing_at_hand(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISHLAB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("FISHLAB_DATA_DIR", raising=False)
    theme().apply(qapp)


@pytest.fixture
def document(qapp: QApplication) -> Document:
    project = find_template("TwoLayerNet").item()
    return Document(project.replace(data=DataSpec(source="digits", drawn=1_000)))


@pytest.fixture
def panel(qtbot: QtBot, document: Document) -> Iterator[InspectorPanel]:
    session = TrainSession(document)
    panel = InspectorPanel(document, session)
    qtbot.addWidget(panel)
    panel.resize(theme().px(300), theme().px(900))
    panel.show()
    panel.show_tab("data")
    yield panel
    assert session.shut_down(30.0)


@pytest.fixture
def box(panel: InspectorPanel) -> AugmentationBox:
    panel.data_tab.fold.set_open(True)
    return panel.data_tab.augmentation


def step(kind: str, **values: object) -> AugmentationSpec:
    spec: AugmentationSpec = AUGMENTATIONS[kind].item.Spec(**values)
    return spec


def augment(document: Document, *steps: AugmentationSpec) -> None:
    document.edit("Steps", document.spec.replace(data=document.spec.data.replace(augmentation=steps)))


def choose(document: Document, **values: object) -> None:
    document.edit("Data", document.spec.replace(data=document.spec.data.replace(**values)))


def kinds(document: Document) -> list[str]:
    return [one.kind for one in document.spec.data.augmentation]


def part(panel: QWidget, name: str) -> QWidget:
    found = panel.findChild(QWidget, f"inspector.{name}")
    assert found is not None, name
    return found


# -- what there is to see ----------------------------------------------------------------------------------------------
def test_the_classes_are_named_and_counted(panel: InspectorPanel, document: Document, qtbot: QtBot) -> None:
    classes = panel.data_tab.classes
    choose(document, source="circles", arms=3, points=10)
    qtbot.waitUntil(lambda: classes.header.accessibleDescription() == "3, 3 to 4 each")
    assert classes.lines() == [("circle 1", "4"), ("circle 2", "3"), ("circle 3", "3")]
    choose(document, source="digits")
    qtbot.waitUntil(lambda: classes.header.accessibleDescription() == "10 of 100 each")


def test_long_names_of_classes_do_not_widen_the_panel(
    panel: InspectorPanel, document: Document, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "long.csv"
    name = "a name of a class that is much longer than the panel is wide"
    file.write_text(f"1,2,{name}\n3,4,short\n" * 6, encoding="utf-8")
    choose(document, source="csv", file=str(file))
    classes = panel.data_tab.classes
    classes.set_open(True)
    qtbot.waitUntil(lambda: {line[0] for line in classes.lines()} == {name, "short"})
    QApplication.processEvents()
    assert panel.data_tab.widget().width() <= panel.data_tab.viewport().width()


def test_points_are_shown_in_the_plane_and_images_as_images(
    panel: InspectorPanel, document: Document, qtbot: QtBot
) -> None:
    tab = panel.data_tab
    qtbot.waitUntil(lambda: tab.sheet.count() == 21)
    assert not tab.points.isVisible()
    choose(document, source="gates", points=40)
    qtbot.waitUntil(tab.points.isVisible)
    assert tab.points.count() == 40 and not tab.sheet.isVisible()
    colours = {pixel for row in _pixels(tab.points) for pixel in row}
    assert theme().curve(0).rgb() in colours and theme().curve(1).rgb() in colours


def _pixels(widget: QWidget) -> list[list[int]]:
    image = widget.grab().toImage()
    return [[image.pixel(x, y) for x in range(image.width())] for y in range(image.height())]


def test_only_the_fields_of_the_source_stand_under_it(panel: InspectorPanel, document: Document) -> None:
    choose(document, source="moons", scaling="whitened")
    assert part(panel, "epsilon").isVisible()
    assert part(panel, "epsilon") in panel.data_tab.how.fields()
    choose(document, scaling="unit")
    assert not part(panel, "epsilon").isVisible()


def test_whitening_is_shown_before_and_after(panel: InspectorPanel, document: Document, qtbot: QtBot) -> None:
    preview = panel.data_tab.scaled
    assert not preview.isVisible()
    choose(document, scaling="whitened")
    qtbot.waitUntil(lambda: preview.after.count() == 7, timeout=20_000)
    assert preview.before.count() == 7


def test_a_set_that_takes_time_to_look_at_does_not_hold_the_window(
    panel: InspectorPanel, document: Document, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()
    monkeypatch.setattr(glimpse, "PATIENCE", 0.0)
    monkeypatch.setattr(glimpse, "survey", lambda spec: let_go.wait(20) and survey(spec))
    choose(document, source="moons")
    tab = panel.data_tab
    assert "looking at it" in tab.heading.accessibleName() and not panel.misfit_words()
    let_go.set()
    qtbot.waitUntil(lambda: "1,000 + 500 points" in tab.where.text())
    assert "rows of 2 numbers" in panel.misfit_words()


# -- the steps of the augmentation -------------------------------------------------------------------------------------
@pytest.mark.one_in(9)
@pytest.mark.parametrize("kind", AUGMENTATIONS.kinds())
def test_every_step_is_added_from_the_menu_with_its_fields_and_taken_back(
    box: AugmentationBox, document: Document, kind: str
) -> None:
    action = next(one for one in box.add.menu().actions() if one.data() == kind)
    action.trigger()
    assert kinds(document) == [kind] and box.steps.currentRow() == 0
    names = {field.objectName().removeprefix("inspector.augmentation.") for field in box.form.fields()}
    assert names == {info.name for info in describe(type(step(kind))) if info.name != "enabled"}
    assert box.form.isVisible() and box.preview.isVisible()
    document.undo_stack.undo()
    assert kinds(document) == [] and box.words.isVisible() and not box.form.isVisible()


def test_a_number_of_a_step_is_one_undo_step(box: AugmentationBox, document: Document) -> None:
    augment(document, step("rotate"), step("shift"))
    before = document.undo_stack.count()
    box.steps.setCurrentRow(1)
    field = next(one for one in box.form.fields() if one.objectName().endswith(".pixels"))
    assert isinstance(field, Field)
    for pixels in (3, 4, 5):
        field.controls[0].setValue(pixels)  # type: ignore[attr-defined]
    assert document.spec.data.augmentation == (step("rotate"), step("shift", pixels=5.0))
    assert document.undo_stack.count() == before + 1
    assert box.steps.item(1).text() == "Shift, 5 pixels"


def test_steps_are_moved_switched_and_removed_by_keys(box: AugmentationBox, document: Document) -> None:
    augment(document, step("rotate"), step("shift"), step("noise"))
    box.steps.setCurrentRow(0)
    QTest.keyClick(box.steps, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert kinds(document) == ["shift", "rotate", "noise"] and box.steps.currentRow() == 1
    QTest.keyClick(box.steps, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(box.steps, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)  # it is the first already
    assert kinds(document) == ["rotate", "shift", "noise"]
    QTest.keyClick(box.steps, Qt.Key.Key_Space)
    assert [one.enabled for one in document.spec.data.augmentation] == [False, True, True]
    QTest.keyClick(box.steps, Qt.Key.Key_Delete)
    assert kinds(document) == ["shift", "noise"]


def test_a_step_is_moved_by_its_buttons(box: AugmentationBox, document: Document) -> None:
    augment(document, step("rotate"), step("shift"))
    box.steps.setCurrentRow(0)
    assert not box.up.isEnabled()
    box.down.click()
    assert kinds(document) == ["shift", "rotate"] and not box.down.isEnabled()
    box.remove.click()
    assert kinds(document) == ["shift"]


def test_a_drop_asks_for_the_new_order(box: AugmentationBox, document: Document) -> None:
    augment(document, step("rotate"), step("shift"), step("noise"))
    box.steps.setCurrentRow(0)
    _drop(box, box.steps.visualItemRect(box.steps.item(2)).bottomLeft() + QPoint(20, -1))
    assert kinds(document) == ["shift", "noise", "rotate"]
    assert box.steps.count() == 3


def _drop(box: AugmentationBox, at: QPoint) -> None:
    from PySide6.QtCore import QMimeData, QPointF
    from PySide6.QtGui import QDragMoveEvent, QDropEvent

    mime = QMimeData()
    mime.setData("application/x-qabstractitemmodeldatalist", b"")
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    move = QDragMoveEvent(at, Qt.DropAction.MoveAction, mime, buttons, keys)
    box.steps.dragMoveEvent(move)
    drop = QDropEvent(QPointF(at), Qt.DropAction.MoveAction, mime, buttons, keys)
    box.steps.dropEvent(drop)


def test_the_preview_shows_what_a_run_would_make_of_them(
    box: AugmentationBox, document: Document, qtbot: QtBot
) -> None:
    augment(document, step("noise"))
    preview = box.preview
    qtbot.waitUntil(lambda: preview.after.count() == 7)
    first = preview.after.grab().toImage()
    assert first != preview.before.grab().toImage()
    preview.again.click()
    qtbot.waitUntil(lambda: preview.after.grab().toImage() != first)


def test_a_flip_of_digits_is_warned_of_and_of_clothes_not(
    box: AugmentationBox, document: Document, qtbot: QtBot
) -> None:
    augment(document, step("flip"))
    assert box.warning.isVisible() and "mirrored" in box.warning.text()
    box.set_digits(False)
    assert not box.warning.isVisible()
    box.set_digits(True)
    choose(document, augmentation=(step("flip", horizontal=0.0),))
    assert not box.warning.isVisible()


def test_a_turn_that_makes_a_nine_of_a_six_is_warned_of(box: AugmentationBox, document: Document) -> None:
    box.set_digits(True)
    augment(document, step("rotate", degrees=30.0))
    assert not box.warning.isVisible()
    augment(document, step("rotate", degrees=120.0))
    assert box.warning.isVisible() and "look alike" in box.warning.text()


def test_points_have_nothing_to_augment_and_nothing_breaks(
    panel: InspectorPanel, box: AugmentationBox, document: Document, qtbot: QtBot
) -> None:
    augment(document, step("rotate"))
    choose(document, source="moons", scaling="whitened")
    qtbot.waitUntil(panel.data_tab.points.isVisible)
    qtbot.waitUntil(box.preview.nothing.isVisible)
    assert panel.data_tab.scaled.nothing.isVisible()


def test_colours_stay_colours_in_the_preview(
    box: AugmentationBox, document: Document, tmp_path: Path, qtbot: QtBot
) -> None:
    from PIL import Image

    for name, colour in {"red": (250, 0, 0), "blue": (0, 0, 250)}.items():
        (tmp_path / "own" / name).mkdir(parents=True)
        for number in range(4):
            pixels = np.full((8, 8, 3), colour, np.uint8)
            Image.fromarray(pixels).save(tmp_path / "own" / name / f"{number}.png")
    choose(document, source="folder", folder=str(tmp_path / "own"), colour=True, augmentation=(step("flip"),))
    qtbot.waitUntil(lambda: box.preview.after.count() == 6)
    shown = box.preview.after.grab().toImage()
    colour = shown.pixelColor(shown.width() // 14, shown.height() // 2)
    assert {colour.red() > 200, colour.blue() > 200} == {True, False}


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_nothing_widens_a_narrow_dock(
    panel: InspectorPanel, box: AugmentationBox, document: Document, own_theme: None, scale: float, qtbot: QtBot
) -> None:
    theme().set_font_scale(scale)
    panel.resize(theme().px(240), theme().px(700))
    tab = panel.data_tab
    tab.classes.set_open(True)
    steps = tuple(step(kind) for kind in AUGMENTATIONS.kinds())
    choose(document, scaling="whitened", augmentation=steps)
    qtbot.waitUntil(lambda: tab.scaled.after.count() == 7, timeout=30_000)
    for row in range(len(AUGMENTATIONS)):
        box.steps.setCurrentRow(row)
        qtbot.wait(20)
        assert in_the_end(True, lambda: tab.widget().width() <= tab.viewport().width())
    panel.show_tab("training")
    training = panel.training_tab
    for fold in (training.stopping, training.numbers):
        fold.set_open(True)
    qtbot.wait(20)
    assert in_the_end(True, lambda: training.widget().width() <= training.viewport().width())


# -- in the window -----------------------------------------------------------------------------------------------------
def test_run_offers_to_fit_the_network_where_the_data_do_not(open_window: Opener, qtbot: QtBot) -> None:
    window, _ = open_window()
    window.document.replace(small_project())
    window.document.edit("Data", window.document.spec.replace(data=DataSpec(source="spirals", arms=3)))
    window.actions_["train.run"].trigger()
    assert window.session.state is State.IDLE
    assert "rows of 2 numbers in 3 classes" in window.status.sentence.text()
    assert window.inspector_panel.tab() == "data" and window.inspector_panel.data_tab.fit.isVisible()
    window.actions_["network.fit"].trigger()
    assert (window.document.network.in_shape, window.document.network.classes) == ((2,), 3)
    window.document.undo_stack.undo()
    assert window.document.network.in_shape == (1, 28, 28)


BAD = {
    "nan": ("1,2,0\nnan,3,1\n" * 8, "nan in line 2"),
    "one class": ("1,2,0\n" * 8, "class"),
    "empty": ("", "empty"),
    "letters": ("1,2,0\n1,x,1\n", "'x'"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_data_are_a_sentence_and_the_window_goes_on(
    open_window: Opener, qtbot: QtBot, tmp_path: Path, name: str
) -> None:
    window, _ = open_window()
    window.document.replace(small_project())
    window.session._load = load_by_spec
    file = tmp_path / "bad.csv"
    file.write_text(BAD[name][0], encoding="utf-8")
    data = DataSpec(source="csv", file=str(file), label_column="3")
    network = dataclasses.replace(window.document.network, in_shape=(2,), classes=2)
    window.document.edit("Data", window.document.spec.replace(data=data, network=network))
    window.document.edit("Units", network.change(network.layers[-1].uid, units=2))
    window.actions_["train.run"].trigger()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE and bool(window.status.sentence.text()), timeout=20_000)
    assert BAD[name][1] in window.status.sentence.text()


def test_every_example_is_in_the_gallery_by_chapter_and_is_found(open_window: Opener) -> None:
    window, _ = open_window()
    gallery = window.examples
    gallery.open()
    assert sorted(gallery.kinds()) == sorted(TEMPLATES.kinds())
    chapters = [TEMPLATES[kind].chapter for kind in gallery.kinds()]
    assert chapters == sorted(chapters)
    gallery.search.setText("residual")
    assert set(gallery.kinds()) == {entry.kind for entry in TEMPLATES if entry.matches("residual")}
    gallery.search.setText("gates")
    QTest.keyClick(gallery.search, Qt.Key.Key_Return)
    assert not gallery.isVisible()
    assert (window.document.network.name, window.document.spec.data.source) == ("Gates", "gates")
    gallery.open()
    gallery.search.setText("no such thing")
    assert not gallery.use.isEnabled() and "no such thing" in gallery.title.text()
    gallery.reject()
