"""A drawn digit is seen as MNIST would hold it, and recognised while the instrument is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEventPoint, QGuiApplication, QInputDevice, QPointingDevice, QTabletEvent, QTouchEvent
from pytestqt.qtbot import QtBot

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.data.prepare import prepare
from fishlab.core.templates import TEMPLATES
from fishlab.core.training import Trainer
from fishlab.ui.benches.digit_pad import DigitPad, smooth_path
from fishlab.ui.benches.try_digit import TryDigit
from fishlab.ui.document import Document
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme

ONE = [(0.5, 0.2), (0.5, 0.5), (0.5, 0.8)]


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
    told = []
    pad.drawn.connect(lambda: told.append(1))
    pad.begin_stroke(0.2, 0.2)
    for step in range(60):
        pad.continue_stroke(0.2 + step / 100, 0.5)
        qtbot.wait(2)
    qtbot.wait(60)
    assert 1 <= len(told) <= 20


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
    qtbot.keyClick(trial.pad, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: trial.bars.answer() is None)


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
    session._running_project = session.document.spec
    session._set_state(State.RUNNING)
    assert trial.bars.isVisible()
    draw(trial.pad)
    session.digit_changed.emit(np.eye(10)[5])
    assert trial.bars.answer() == 5
    session._running_project, session._state = None, State.IDLE


def test_the_session_is_asked_only_while_the_instrument_is_seen(make, session: TrainSession, qtbot: QtBot) -> None:
    trial = make()
    draw(trial.pad)
    qtbot.waitUntil(lambda: session._drawn is not None)
    trial.hide()
    assert session._drawn is None
    trial.show()
    assert session._drawn is not None


def test_the_network_sees_the_image_that_is_shown(make, qtbot: QtBot) -> None:
    trial = make()
    draw(trial.pad)
    with qtbot.waitSignal(trial.pad.drawn):
        pass
    shown = trial._bench.seen._image
    assert (shown.width(), shown.height()) == (28, 28)
    assert shown.pixelColor(14, 14).red() == int(trial.pad.image()[0, 14, 14]) > 100
