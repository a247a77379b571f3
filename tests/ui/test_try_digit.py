"""A drawn digit is seen as MNIST would hold it, and recognised while the instrument is seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEventPoint, QGuiApplication, QInputDevice, QPointingDevice, QTabletEvent, QTouchEvent
from pytestqt.qtbot import QtBot

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import Dataset, ImageSet, load_dataset
from fishlab.core.data.prepare import prepare
from fishlab.core.files.atomic import SaveError
from fishlab.core.spec import DataSpec
from fishlab.core.templates import TEMPLATES
from fishlab.core.training import Trainer
from fishlab.ui.benches import kept_digits, kept_panel
from fishlab.ui.benches.digit_columns import KEPT, MAPS, SEES
from fishlab.ui.benches.digit_maps import largest_squares
from fishlab.ui.benches.digit_pad import DigitPad, smooth_path
from fishlab.ui.benches.kept_digits import KeptDigits
from fishlab.ui.benches.try_digit import TryDigit
from fishlab.ui.document import Document
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme

ONE = [(0.5, 0.2), (0.5, 0.5), (0.5, 0.8)]


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where these tests keep digits."""
    path = tmp_path / "own" / "kept-digits.npz"
    monkeypatch.setattr(kept_digits, "digits_file", lambda: path)
    return path


@pytest.fixture
def document() -> Document:
    return Document(TEMPLATES["two_layer_net"].item())


@pytest.fixture
def session(document: Document) -> TrainSession:
    return TrainSession(document)


@pytest.fixture
def make(document: Document, session: TrainSession, qtbot: QtBot) -> Callable[[], TryDigit]:
    kept = []

    def made() -> TryDigit:
        trial = TryDigit(document, session)
        kept.append(trial)
        qtbot.addWidget(trial)
        trial.resize(616, 236)
        trial.show()
        return trial

    return made


@pytest.fixture
def model(document: Document) -> Checkpoint:
    """A network with its first weights, as a checkpoint."""

    rng = np.random.default_rng(0)
    images = ImageSet(rng.integers(0, 256, (20, 1, 28, 28), dtype=np.uint8), np.arange(20) % 10)
    data = prepare(Dataset("noise", "noise", images, images), document.spec.data, seed=0)
    return Trainer(document.spec, data).checkpoint()


def draw(pad: DigitPad, points: list[tuple[float, float]] = ONE) -> None:
    pad.begin_stroke(*points[0])
    for point in points[1:]:
        pad.continue_stroke(*point)
    pad.end_stroke()


def ink(image: np.ndarray) -> tuple[int, int]:
    rows, columns = np.nonzero(image[0] > 60)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


# -- the pad -----------------------------------------------------------------------------------------------------------


def test_a_mouse_draws_a_stroke(make, qtbot: QtBot) -> None:
    pad = make().pad
    side = pad.width()
    assert pad.image() is None
    qtbot.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(side // 2, side // 5))
    for y in range(side // 5, side * 4 // 5, 5):
        qtbot.mouseMove(pad, QPoint(side // 2, y))
    qtbot.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(side // 2, side * 4 // 5))
    qtbot.mouseMove(pad, QPoint(5, 5))
    image = pad.image()
    assert image is not None and image.shape == (1, 28, 28)
    assert ink(image)[0] == 20 and ink(image)[1] <= 4, "one upright stroke, and nothing after the button was let go"


def test_the_right_button_draws_nothing(make, qtbot: QtBot) -> None:
    pad = make().pad
    qtbot.mouseClick(pad, Qt.MouseButton.RightButton)
    assert pad.is_empty


def test_a_pen_draws_and_its_other_end_clears(make) -> None:
    pad = make().pad
    pen, eraser = QPointingDevice.PointerType.Pen, QPointingDevice.PointerType.Eraser
    for kind, y in ((QEvent.Type.TabletPress, 40), (QEvent.Type.TabletMove, 120), (QEvent.Type.TabletRelease, 120)):
        QGuiApplication.sendEvent(pad, _tablet(pad, kind, QPointF(90, y), pen))
    assert ink(pad.image())[0] == 20
    QGuiApplication.sendEvent(pad, _tablet(pad, QEvent.Type.TabletPress, QPointF(90, 40), eraser))
    assert pad.is_empty


def _tablet(pad: DigitPad, kind: QEvent.Type, at: QPointF, pointer: QPointingDevice.PointerType) -> QTabletEvent:
    device = QPointingDevice(
        "pen", 7, QInputDevice.DeviceType.Stylus, pointer, QInputDevice.Capability.Position, 1, 1, pad.objectName()
    )
    pad.__dict__.setdefault("devices", []).append(device)
    return QTabletEvent(
        kind, device, at, at, 0.5, 0, 0, 0, 0, 0, Qt.KeyboardModifier.NoModifier,
        Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton,
    )  # fmt: skip


def test_a_finger_draws(make) -> None:
    pad = make().pad
    device = QPointingDevice(
        "screen", 8, QInputDevice.DeviceType.TouchScreen, QPointingDevice.PointerType.Finger,
        QInputDevice.Capability.Position, 1, 0,
    )  # fmt: skip
    states = QEventPoint.State
    for kind, state, y in (
        (QEvent.Type.TouchBegin, states.Pressed, 40),
        (QEvent.Type.TouchUpdate, states.Updated, 120),
        (QEvent.Type.TouchEnd, states.Released, 120),
    ):
        at = QPointF(90, y)
        point = QEventPoint(1, state, at, QPointF(pad.mapToGlobal(at)))
        QGuiApplication.sendEvent(pad, QTouchEvent(kind, device, Qt.KeyboardModifier.NoModifier, [point]))
    assert not pad.is_empty and pad._drawing is False


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Escape, Qt.Key.Key_Backspace])
def test_keys_clear_the_pad(make, qtbot: QtBot, key: Qt.Key) -> None:
    trial = make()
    draw(trial.pad)
    with qtbot.waitSignal(trial.pad.drawn):
        qtbot.keyClick(trial.pad, key)
    assert trial.pad.is_empty and trial.pad.image() is None


def test_strokes_survive_a_resize(make) -> None:
    trial = make()
    draw(trial.pad)
    before = trial.pad.image()
    trial.resize(900, 400)
    np.testing.assert_array_equal(trial.pad.image(), before)


def test_small_and_large_digits_look_alike_to_the_network(make) -> None:
    pad = make().pad
    images = []
    for scale in (0.45, 1.0):
        pad.clear()
        draw(pad, [(0.5 + scale * (x - 0.5), 0.5 + scale * (y - 0.5)) for x, y in [(0.3, 0.2), (0.7, 0.2), (0.4, 0.8)]])
        images.append(pad.image())
    assert np.corrcoef(images[0].ravel(), images[1].ravel())[0, 1] > 0.9


def test_a_tap_leaves_a_dot(make) -> None:
    pad = make().pad
    draw(pad, [(0.5, 0.5)])
    assert pad.image() is not None and pad.image().sum() > 0
    assert smooth_path([QPointF(3, 3)]).length() > 0


def test_a_curve_bends_smoothly_through_its_points() -> None:
    path = smooth_path([QPointF(0, 0), QPointF(10, 0), QPointF(10, 10), QPointF(20, 10)])
    assert path.currentPosition() == QPointF(20, 10)
    assert not path.contains(QPointF(10, 0)) and path.boundingRect().contains(QPointF(9, 2))


def test_drawing_is_told_at_most_30_times_a_second(make, qtbot: QtBot) -> None:
    pad = make().pad
    told, began = [], time.monotonic()
    pad.drawn.connect(lambda: told.append(1))
    pad.begin_stroke(0.2, 0.2)
    for step in range(60):
        pad.continue_stroke(0.2 + step / 100, 0.5)
        qtbot.wait(2)
    qtbot.waitUntil(lambda: len(told) > 1)
    assert len(told) <= 2 + 30 * (time.monotonic() - began)


def test_the_pad_is_white_on_black_in_both_themes(make, request: pytest.FixtureRequest) -> None:
    mode = theme().mode
    request.addfinalizer(lambda: theme().set_mode(mode))
    pad = make().pad
    draw(pad)
    for name in ("LIGHT", "DARK"):
        theme().set_mode(type(mode)[name])
        image = pad.grab().toImage()
        middle = image.width() // 2, image.height() // 2
        assert image.pixelColor(*middle).name() == "#ffffff"
        assert image.pixelColor(image.width() // 5, middle[1]).name() == "#000000"


# -- with the network ------------------------------------------------------------------------------------------------


def test_before_training_it_says_so_and_still_lets_draw(make) -> None:
    trial = make()
    assert trial.pad.isVisible() and not trial.bars.isVisible()
    assert trial._hint()[0] == "Train first."


def test_a_network_with_a_problem_is_named(make, document: Document) -> None:
    trial = make()
    broken = document.network.remove(document.network.layers[0].uid)
    document.edit("remove", broken)
    assert not trial.pad.isVisible() and not trial.clear_action.isEnabled()
    title, sentence = trial._obstacle()
    assert title == "The network cannot run yet."
    assert document.report.problem.sentence in sentence
    document.undo_stack.undo()
    assert trial.pad.isVisible() and trial.clear_action.isEnabled()


def test_a_network_that_reads_other_images_says_which(make, document: Document) -> None:
    trial = make()
    document.edit("input", replace(document.network, in_shape=(1, 8, 8)))
    assert not trial.pad.isVisible()
    assert "1 × 8 × 8" in trial._obstacle()[1]


def test_the_model_answers_what_is_drawn(make, document, session, model: Checkpoint, qtbot: QtBot) -> None:
    trial = make()
    document.set_model(model)
    assert trial.bars.isVisible() and trial.bars.answer() is None
    draw(trial.pad)
    qtbot.waitUntil(lambda: trial.bars.answer() is not None)
    expected = model.network().predict(model.scaling.apply(trial.pad.image()[None]))[0]
    assert trial.bars._values == pytest.approx([float(value) for value in expected], abs=1e-6)
    answer = trial.bars.answer()
    said = trial.accessibleDescription()
    assert said.startswith(f"The drawing is taken for {answer}: ") and "%" in said
    qtbot.keyClick(trial.pad, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: trial.bars.answer() is None)
    assert trial.accessibleDescription() == "Nothing is drawn."


def test_a_changed_network_no_longer_answers(make, document, model: Checkpoint, qtbot: QtBot) -> None:
    trial = make()
    document.set_model(model)
    draw(trial.pad)
    qtbot.waitUntil(lambda: trial.bars.answer() is not None)
    document.edit("units", document.network.change(document.network.layers[1].uid, units=7))
    assert not trial.bars.isVisible()
    assert trial._hint()[0] == "The network has changed."


def test_answers_come_while_it_learns(make, session: TrainSession) -> None:
    trial = make()
    session._work.project = session.document.spec
    session._work.set_state(State.RUNNING)
    assert trial.bars.isVisible()
    draw(trial.pad)
    session.digit.answered.emit(np.eye(10)[5])
    assert trial.bars.answer() == 5
    session._work.project, session._work._state = None, State.IDLE


def test_the_session_is_asked_only_while_the_instrument_is_seen(make, session: TrainSession, qtbot: QtBot) -> None:
    trial = make()
    draw(trial.pad)
    qtbot.waitUntil(lambda: session.digit._image is not None)
    trial.hide()
    assert session.digit._image is None
    trial.show()
    assert session.digit._image is not None


def test_the_network_sees_the_image_that_is_shown(make, qtbot: QtBot) -> None:
    trial = make()
    draw(trial.pad)
    with qtbot.waitSignal(trial.pad.drawn):
        pass
    shown = trial._bench.seen._image
    assert (shown.width(), shown.height()) == (28, 28)
    assert shown.pixelColor(14, 14).red() == int(trial.pad.image()[0, 14, 14]) > 100


# -- what the first convolution makes of it ----------------------------------------------------------------------------


def test_the_first_convolution_shows_its_maps_of_the_drawing(qtbot: QtBot) -> None:
    document = Document(TEMPLATES["simple_conv_net"].item())
    session = TrainSession(document)
    trial = TryDigit(document, session)
    qtbot.addWidget(trial)
    trial.resize(1200, 240)
    trial.show()
    document.set_model(model_of(document))
    assert trial._bench.maps.maps is None
    draw(trial.pad)
    qtbot.waitUntil(lambda: trial._bench.maps.maps is not None)
    shown = trial._bench.maps.maps
    assert (shown.uid, shown.values.shape) == (document.network.layers[0].uid, (30, 24, 24))
    assert "30 maps of 24 × 24 after 1 Convolution" in trial._bench.maps.accessibleDescription()
    qtbot.keyClick(trial.pad, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: trial._bench.maps.maps is None)
    trial.hide()
    assert not session.looks._asked


def model_of(document: Document) -> Checkpoint:
    rng = np.random.default_rng(0)
    images = ImageSet(rng.integers(0, 256, (20, 1, 28, 28), dtype=np.uint8), np.arange(20) % 10)
    data = prepare(Dataset("noise", "noise", images, images), document.spec.data, seed=0)
    return Trainer(document.spec, data).checkpoint()


def test_a_network_without_a_convolution_says_so(make, document: Document, model: Checkpoint) -> None:
    trial = make()
    document.set_model(model)
    draw(trial.pad)
    assert trial._bench.maps.summary() == "This network has no convolution."


def test_squares_are_as_large_as_the_room_allows() -> None:
    for count, width, height in [(30, 135, 135), (30, 500, 100), (1, 80, 40), (7, 100, 300)]:
        columns, side = largest_squares(count, width, height)
        rows = -(-count // columns)
        assert columns * side <= width + 1e-9 and rows * side <= height + 1e-9
        assert all(min(width / n, height / -(-count // n)) <= side for n in range(1, count + 1))


def test_in_a_high_window_all_stand_in_two_rows(make) -> None:
    trial = make()
    trial.resize(640, 690)
    bench = trial._bench
    assert all(bench.shows(name) for name in (SEES, MAPS, KEPT)) and not bench.choice.isVisible()
    parts = [bench.pad, bench.seen, bench.bars, bench.maps, bench.kept]
    rects = [part.geometry() for part in parts]
    assert all(bench.rect().contains(rect) for rect in rects)
    assert not any(one.intersects(other) for one, other in combinations(rects, 2))
    assert bench.pad.width() == bench.pad.height() > 200
    trial.resize(480, 200)
    assert bench.choice.isVisible() and not bench.shows(KEPT)


def test_what_has_no_room_beside_the_others_is_there_by_choice(make) -> None:
    trial = make()
    bench = trial._bench
    every = [SEES, MAPS, KEPT]
    for width, beside, offered in [(1300, every, []), (616, [SEES], [MAPS, KEPT]), (480, [], every)]:
        trial.resize(width, 200)
        choices = [bench.choice.itemData(index) for index in range(bench.choice.count())]
        assert (choices if offered else []) == offered and bench.choice.isVisible() is bool(offered)
        for name in offered or beside:
            bench.show_view(name)
            shown = [one for one in (SEES, MAPS, KEPT) if bench.shows(one)]
            assert shown == ([*beside, name] if offered else beside)
            squares = [bench.pad, *(bench._views[one] for one in shown), bench.bars]
            rects = [one.geometry() for one in squares]
            assert all(one.right() < other.left() for one, other in pairwise(rects))
            assert all(bench.rect().contains(rect) for rect in rects)


# -- digits that are kept ----------------------------------------------------------------------------------------------


def test_a_digit_typed_over_a_drawing_keeps_it(make, qtbot: QtBot, file: Path) -> None:
    trial = make()
    qtbot.keyClick(trial.pad, "1")
    assert len(trial.kept) == 0, "there was nothing to keep"
    draw(trial.pad)
    image = trial.pad.image()
    qtbot.keyClick(trial.pad, "1")
    assert trial.kept.labels.tolist() == [1] and trial.pad.is_empty
    np.testing.assert_array_equal(trial.kept.images[0], image[0])
    assert trial._bench.shows(KEPT) and trial._bench.kept.summary() == "1 kept"


def test_what_was_kept_is_there_at_the_next_start(make, qtbot: QtBot) -> None:
    trial = make()
    for label in (4, 9):
        draw(trial.pad)
        qtbot.waitUntil(trial._bench.kept.keep.isEnabled)
        trial._bench.kept.label.setCurrentIndex(label)
        trial._bench.kept.keep.click()
    again = make()
    assert again.kept.labels.tolist() == [4, 9]
    assert again._bench.kept.gallery.count() == 2


def test_the_label_is_what_the_network_says_unless_somebody_says_otherwise(make, document, model, qtbot: QtBot) -> None:
    trial = make()
    document.set_model(model)
    draw(trial.pad)
    qtbot.waitUntil(lambda: trial.bars.answer() is not None)
    panel = trial._bench.kept
    assert panel.label.currentData() == trial.bars.answer()
    other = (trial.bars.answer() + 1) % 10
    panel.label.setCurrentIndex(other)
    panel.label.activated.emit(other)
    panel.set_drawing(True, trial.bars.answer())
    assert panel.label.currentData() == other


def test_kept_digits_are_answered_and_counted(make, document, model: Checkpoint, qtbot: QtBot) -> None:
    trial = make()
    document.set_model(model)
    images = np.random.default_rng(3).integers(0, 256, (3, 1, 28, 28)).astype(np.float32)
    answers = model.network().predict(model.scaling.apply(images)).argmax(axis=1)
    labels = [int(answers[0]), int(answers[1] + 1) % 10, int(answers[2])]
    for image, label in zip(images, labels, strict=True):
        trial.kept.keep(image, label)
    trial._bench.show_view(KEPT)
    qtbot.waitUntil(lambda: trial._bench.kept.right() is not None)
    assert trial._bench.kept.words.text() == "2 of 3 right"
    assert trial._bench.kept._caption(1) == f"{labels[1]}→{answers[1]}"
    assert "wrong" in trial._bench.kept._all_of(1) and "right" in trial._bench.kept._all_of(0)


def test_a_removed_digit_can_be_brought_back_to_its_place(make, qtbot: QtBot, file: Path) -> None:
    trial = make()
    images = np.random.default_rng(3).integers(0, 256, (3, 1, 28, 28)).astype(np.float32)
    for label, image in enumerate(images):
        trial.kept.keep(image, label)
    panel = trial._bench.kept
    trial._bench.show_view(KEPT)
    assert not panel.remove.isEnabled() and not panel.back.isVisible()
    panel.gallery.look_at(1)
    qtbot.keyClick(panel.gallery.viewport(), Qt.Key.Key_Delete)
    assert trial.kept.labels.tolist() == [0, 2] and panel.back.isVisible()
    assert panel.gallery.current() == 1, "the next one is looked at"
    assert kept_digits.read_digits(file)[1].tolist() == [0, 2]
    panel.back.click()
    assert trial.kept.labels.tolist() == [0, 1, 2] and not panel.back.isVisible()
    np.testing.assert_array_equal(trial.kept.images, images[:, 0])


def test_two_windows_keep_into_one_file_and_lose_nothing(file: Path) -> None:
    one, other = KeptDigits(), KeptDigits()
    image = np.full((1, 28, 28), 7.0, np.float32)
    one.keep(image, 1)
    other.keep(image + 1, 2)
    one.keep(image + 2, 3)
    assert one.labels.tolist() == [1, 2, 3]
    other.remove(0)
    assert kept_digits.read_digits(file)[1].tolist() == [2, 3]
    one.remove(2)
    assert one.labels.tolist() == [2] and len(KeptDigits()) == 1


def test_the_last_digit_removed_leaves_no_file(file: Path) -> None:
    kept = KeptDigits()
    kept.keep(np.ones((1, 28, 28), np.float32), 5)
    assert file.is_file()
    kept.remove(0)
    assert not file.exists() and len(KeptDigits()) == 0


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 neither"])
def test_a_damaged_file_is_put_aside_and_said(file: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    kept = KeptDigits()
    assert len(kept) == 0 and "put aside" in caplog.text
    kept.keep(np.ones((1, 28, 28), np.float32), 5)
    assert KeptDigits().labels.tolist() == [5]
    assert file.with_name(file.name + kept_digits.DAMAGED).read_bytes() == content


@pytest.mark.parametrize("arrays", [
    {"images": np.zeros((2, 8, 8), np.uint8), "labels": np.arange(2)},
    {"images": np.zeros((2, 28, 28), np.float32), "labels": np.arange(2)},
    {"images": np.zeros((2, 28, 28), np.uint8), "labels": np.array([0, -1])},
    {"images": np.zeros((2, 28, 28), np.uint8), "labels": np.array(["a", "b"])},
])  # fmt: skip
def test_other_arrays_are_no_kept_digits(file: Path, arrays: dict[str, np.ndarray]) -> None:
    file.parent.mkdir()
    np.savez(file, **arrays)
    assert len(KeptDigits()) == 0 and not file.exists()


def test_a_file_that_cannot_be_read_is_left_alone(make, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.mkdir(parents=True)  # a folder of that name: neither to be read nor to be replaced
    told = []
    monkeypatch.setattr(kept_panel.QMessageBox, "warning", lambda *words: told.append(words[-1]))
    trial = make()
    assert len(trial.kept) == 0
    draw(trial.pad)
    trial._keep(3)
    assert len(told) == 1 and "cannot be read" in told[0] and file.is_dir()
    assert not trial.pad.is_empty


def test_what_cannot_be_written_is_said_and_nothing_is_lost(make, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = make()
    trial.kept.keep(np.ones((1, 28, 28), np.float32), 5)

    def fail(*_: object) -> None:
        raise SaveError("The disk is full.")

    told = []
    monkeypatch.setattr(kept_digits, "write_atomic", fail)
    monkeypatch.setattr(kept_panel.QMessageBox, "warning", lambda *words: told.append(words[-1]))
    draw(trial.pad)
    trial._keep(3)
    assert told == ["The disk is full."] and not trial.pad.is_empty
    assert trial.kept.labels.tolist() == [5]


def test_a_saved_set_opens_as_own_images(make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = make()
    images = np.random.default_rng(3).integers(0, 256, (4, 1, 28, 28)).astype(np.float32)
    for image, label in zip(images, (1, 0, 2, 1), strict=True):
        trial.kept.keep(image, label)
    target = tmp_path / "mine.npz"
    monkeypatch.setattr(kept_panel.export, "ask_path", lambda *_: target)
    trial._bench.kept.save.click()
    assert trial._bench.kept.words.text() == "Saved."
    opened = load_dataset(DataSpec(source="npz", file=str(target), test_share=0.0))
    assert opened.train.labels.tolist() == [1, 0, 2, 1] and opened.shape == (1, 28, 28)
    np.testing.assert_array_equal(opened.train.images, images)


def test_a_saved_set_that_lacks_a_digit_says_which(make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = make()
    trial.kept.keep(np.ones((1, 28, 28), np.float32), 2)
    monkeypatch.setattr(kept_panel.export, "ask_path", lambda *_: tmp_path / "mine.npz")
    trial._bench.kept.save.click()
    assert "0, 1 missing" in trial._bench.kept.words.text()
