"""The tour: the real window, offscreen, driven as a person would drive it, with a picture of every stage.

It starts from an empty network, drops layers where a hand would, mends what does not fit, trains on the data at hand,
draws a digit, saves, closes, opens again and trains on. What it measured is in tour.json.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from fishlab.core.errors import FishLabError, TrainingError
from fishlab.core.layers import LAYERS
from fishlab.ui import app as application
from fishlab.ui.gallery import take_pictures
from fishlab.ui.heartbeat import Heartbeat
from fishlab.ui.layer_mime import pack
from fishlab.ui.main_window import MainWindow
from fishlab.ui.session import State
from fishlab.ui.settings import Settings
from fishlab.ui.theme import Mode, theme
from fishlab.ui.widgets.field import Field

SIZE = (1440, 900)
MOST_SECONDS = 600.0
STACK = ("convolution", "relu", "max_pool", "flatten", "affine", "relu", "affine")
# A five as a hand draws it: stem and belly, then the hat; 0..1 from the upper left corner.
FIVE = (
    ((0.36, 0.24), (0.34, 0.36), (0.33, 0.48), (0.44, 0.43), (0.56, 0.44), (0.65, 0.52), (0.66, 0.64), (0.58, 0.75),
     (0.45, 0.79), (0.32, 0.74)),
    ((0.36, 0.24), (0.50, 0.23), (0.66, 0.22)),
)  # fmt: skip


def main(folder: Path) -> int:
    """Write pictures and tour.json into `folder`; returns the exit code. Raises FishLabError where it cannot."""
    began = time.perf_counter()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("[0-9][0-9]-*.png"):
            old.unlink()
    except OSError as error:
        raise FishLabError(f"The tour cannot write to “{folder}”: {error.strerror}. Choose another folder.") from error
    with tempfile.TemporaryDirectory(prefix="fishlab-tour-", ignore_cleanup_errors=True) as scratch:
        report = Tour(folder, Path(scratch), began).walk()
    (folder / "tour.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))
    return 0


def spin(seconds: float) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


class Tour:
    """One walk through the window; `walk` returns what was measured."""

    def __init__(self, folder: Path, scratch: Path, began: float) -> None:
        self._folder, self._scratch = folder, scratch
        self._number = 0
        self._settings = Settings(scratch / "window.ini")
        self._app = application.make_application()
        application.dress(self._app, self._settings)
        theme().set_mode(Mode.LIGHT)
        self.window = self._open_window()
        self.report: dict[str, Any] = {"seconds_to_first_window": round(time.perf_counter() - began, 2)}

    def _open_window(self) -> MainWindow:
        window = application.make_window(self._settings)
        window.start()
        window.resize(*SIZE)
        window.show()
        self._app.processEvents()
        return window

    def walk(self) -> dict[str, Any]:
        """All stages in order."""
        self._first_look()
        self._build_by_drops()
        self._mend_what_does_not_fit()
        self._fill_a_block()
        self._train()
        self._draw_a_digit()
        self._dark()
        self._evaluate()
        take_pictures(self.window, self._folder / "panels", spin)
        self._light()
        path = self._save()
        self._export()
        self._reopen(path)
        self._close(self.window)
        return self.report

    # -- stages ----------------------------------------------------------------------------------------------------
    def _first_look(self) -> None:
        spin(0.3)
        self._picture("first-look")

    def _build_by_drops(self) -> None:
        """An empty network, then one layer after another dropped at the end of the stack."""
        self.window.files.new("empty")
        for number, kind in enumerate(STACK):
            self._drop(kind, self._find("network.hint").y(), picture="drag" if number == 3 else "")
        self.window.document.edit("Rename network", self.window.document.network.renamed("My first network"))
        last = self.window.document.network.layers[-1]
        self.window.document.select((last.uid,))
        self._type("units", 10)
        self.window.document.select((self.window.document.network.layers[0].uid,))
        self._type("init", "normal")
        self._type("std", 0.05)
        spin(0.3)
        self._picture("built")
        self.report["layers"] = [layer.kind for layer in self.window.document.network.layers]

    def _mend_what_does_not_fit(self) -> None:
        """A stride that does not fit, the card that says so, and one press on its first repair."""
        self._type("stride", (2, 2))
        spin(0.4)
        self._picture("does-not-fit")
        problem = self.window.document.report.problem
        if problem is None:
            raise TrainingError("The tour expected a stride of 2 not to fit a 5 × 5 filter on 28 × 28.")
        button = self._find("network.repair")
        if not isinstance(button, QPushButton):
            raise TrainingError("The failing card offers no repair to press.")
        button.click()
        spin(0.3)
        if self.window.document.report.problem is not None:
            raise TrainingError(f"The repair “{problem.repairs[0].label}” did not mend the network.")

    def _fill_a_block(self) -> None:
        """A residual block after the ReLU, a convolution dropped into its body; then all of it is taken back."""
        document = self.window.document
        before = document.undo_stack.index()
        relu = self._find(f"network.card.{document.network.layers[1].uid}")
        self._drop("residual", relu.geometry().bottom() + 3)
        block = document.network.layers[2]
        slot = self._find(f"network.branch.{block.uid}.0")
        self._drop("convolution", slot.geometry().center().y(), picture="into-a-block")
        self._type("padding", (2, 2))
        spin(0.3)
        self._picture("a-block")
        self.report["block"] = [[layer.kind for layer in branch] for branch in document.network.layers[2].branches]
        if document.report.problem is not None:
            raise TrainingError(f"The tour's block does not fit: {document.report.problem.sentence}.")
        document.undo_stack.setIndex(before)

    def _train(self) -> None:
        """Run with every view open; the heartbeat counts from the first batch to the last."""
        session = self.window.session
        session.run()
        self._until(lambda: session.state is State.RUNNING, "the run to start")
        beat = Heartbeat()
        self._until(lambda: session.progress.x > 0.6 or not session.training, "the first half epoch")
        self._picture("training")
        self.report["images_per_second"] = round(session.progress.images_per_second or 0)
        self._until(lambda: session.state is State.IDLE, "the run to end")
        beat.stop()
        self.report["heartbeat_ms"] = beat.summary()
        model = self.window.document.model
        if model is None:
            raise TrainingError(f"The tour's run left no model: {session.sentence}")
        rows = session.history.epochs.rows
        self.report["data"] = model.data_name
        self.report["epochs"] = len(rows)
        self.report["validation_accuracy"] = round(float(rows[-1, 4]), 4)
        spin(0.5)
        self._picture("trained")

    def _draw_a_digit(self) -> None:
        answers: list[Any] = []
        self.window.session.digit_changed.connect(answers.append)
        pad = self._find("try.pad")
        for stroke in FIVE:
            self._stroke(pad, stroke)
        spin(0.4)
        self._picture("a-digit")
        self.window.session.digit_changed.disconnect(answers.append)
        known = [answer for answer in answers if answer is not None]
        if known:
            self.report["drawn"] = 5
            self.report["recognised"] = int(known[-1].argmax())
            self.report["recognised_with"] = round(float(known[-1].max()), 4)

    def _dark(self) -> None:
        theme().set_mode(Mode.DARK)
        spin(0.4)
        self._picture("dark")
        theme().set_mode(Mode.LIGHT)

    def _light(self) -> None:
        """Back to how the tour began."""
        theme().set_mode(Mode.LIGHT)
        self.window.resize(*SIZE)
        self.window.show_layout("watch")
        self.window.live_panel.strip.show_instrument("try")

    def _evaluate(self) -> None:
        session = self.window.session
        session.evaluate_test()
        self._until(lambda: session.state is State.IDLE, "the test images")
        if session.test_score:
            self.report["accuracy"] = session.test_score.accuracy

    def _save(self) -> Path:
        path = self._scratch / "tour.fishlab"
        self.window.files.save_to(path)
        self._until(lambda: not self.window.document.unsaved, "the file")
        self.report["file_bytes"] = path.stat().st_size
        return path

    def _export(self) -> None:
        """The network as a Python file that runs without FishLab."""
        exchange, target = self.window.exchange, self._scratch / "network.py"
        sheet = exchange.export_sheet
        exchange.export()
        sheet.choose("numpy")
        exchange.export_to("numpy", target)
        self._until(lambda: bool(sheet.outcome.text()), "the export")
        if not target.is_file():
            raise TrainingError(f"The tour's export came to nothing: {sheet.outcome.text()}")
        self.report["exported_bytes"] = target.stat().st_size
        spin(0.3)
        self._picture("export", sheet)
        sheet.reject()

    def _reopen(self, path: Path) -> None:
        """Another window, as after a restart: it opens the last file by itself, and trains on."""
        self._close(self.window)
        self.window = self._open_window()
        spin(0.5)
        self._picture("opened-again")
        model = self.window.document.model
        if self.window.document.path != path or model is None:
            raise TrainingError("The tour's project did not come back.")
        before = model.position.epoch
        session = self.window.session
        session.one_more_epoch()
        self._until(lambda: session.state is State.IDLE, "one more epoch")
        after = self.window.document.model
        self.report["epochs_after_reopening"] = after.position.epoch if after else before
        self._picture("trained-on")

    # -- what a hand does ------------------------------------------------------------------------------------------
    def _drop(self, kind: str, y: float, picture: str = "") -> None:
        """Drag a layer of the palette over the stack to a height and let it go."""
        stack = self._find("network.stack")
        data = pack([LAYERS[kind].item.Spec()])
        place = QPointF(stack.width() / 2, y)
        action, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        self._app.sendEvent(stack, QDragEnterEvent(place.toPoint(), action, data, left, none))
        move = QDragMoveEvent(place.toPoint(), action, data, left, none)
        self._app.sendEvent(stack, move)
        if picture:
            spin(0.3)
            self._picture(picture)
        if not move.isAccepted():
            self._app.sendEvent(stack, QDragLeaveEvent())
            raise TrainingError(f"The stack refused {kind} where the tour drops it.")
        self._app.sendEvent(stack, QDropEvent(place, action, data, left, none))
        spin(0.2)

    def _type(self, name: str, value: object) -> None:
        """Enter a value in a field of the inspector."""
        field = self._find(f"inspector.{name}")
        if not isinstance(field, Field):
            raise TrainingError(f"inspector.{name} is not a field.")
        field.set_value(value)
        field.edited.emit(value)
        self._app.processEvents()

    def _stroke(self, pad: QWidget, points: tuple[tuple[float, float], ...]) -> None:
        places = [QPointF(x * pad.width(), y * pad.height()) for x, y in points]
        press, move, release = (
            QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease,
        )  # fmt: skip
        self._mouse(pad, press, places[0])
        for place in places[1:]:
            self._mouse(pad, move, place)
        self._mouse(pad, release, places[-1])

    def _mouse(self, target: QWidget, kind: QEvent.Type, place: QPointF) -> None:
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        button = none if kind is QEvent.Type.MouseMove else left
        held = none if kind is QEvent.Type.MouseButtonRelease else left
        everywhere = QPointF(target.mapToGlobal(QPoint(0, 0))) + place
        self._app.sendEvent(target, QMouseEvent(kind, place, everywhere, button, held, Qt.KeyboardModifier.NoModifier))

    # -- helpers ---------------------------------------------------------------------------------------------------
    def _find(self, name: str) -> QWidget:
        seen = [part for part in self.window.findChildren(QWidget, name) if part.isVisible()]
        if not seen:
            raise TrainingError(f"The tour finds no “{name}” in the window.")
        return seen[0]

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + MOST_SECONDS
        while not holds():
            if time.monotonic() > end:
                raise TrainingError(f"The tour waited {MOST_SECONDS:.0f} seconds for {what}.")
            spin(0.05)

    def _picture(self, name: str, of: QWidget | None = None) -> None:
        self._number += 1
        focused = QApplication.focusWidget()
        if focused is not None:
            focused.clearFocus()
        (of or self.window).grab().save(str(self._folder / f"{self._number:02}-{name}.png"))

    def _close(self, window: MainWindow) -> None:
        window.close_without_asking()
        window.deleteLater()
        QApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)
