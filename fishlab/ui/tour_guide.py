"""What the tour's hands do: drop, type, draw, wait and take pictures, in the real window."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from fishlab.core.errors import TrainingError
from fishlab.core.layers import LAYERS
from fishlab.ui import app as application
from fishlab.ui.layer_mime import pack
from fishlab.ui.main_window import MainWindow
from fishlab.ui.settings import Settings
from fishlab.ui.theme import Mode, theme
from fishlab.ui.widgets.field import Field

SIZE = (1440, 900)
MOST_SECONDS = 600.0
# A five as a hand draws it: stem and belly, then the hat; 0..1 from the upper left corner.
FIVE = (
    ((0.36, 0.24), (0.34, 0.36), (0.33, 0.48), (0.44, 0.43), (0.56, 0.44), (0.65, 0.52), (0.66, 0.64), (0.58, 0.75),
     (0.45, 0.79), (0.32, 0.74)),
    ((0.36, 0.24), (0.50, 0.23), (0.66, 0.22)),
)  # fmt: skip


def spin(seconds: float) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def until(holds: Callable[[], bool], what: str) -> None:
    """Let the window live until this holds. Raises TrainingError where it never does."""
    end = time.monotonic() + MOST_SECONDS
    while not holds():
        if time.monotonic() > end:
            raise TrainingError(f"The tour waited {MOST_SECONDS:.0f} seconds for {what}.")
        spin(0.05)


class Guide:
    """A window of its own settings, and hands for it; pictures go into a folder, what is measured into `report`."""

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

    def _scroll_to(self, part: QWidget) -> None:
        area = part.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if area is not None:
            area.ensureWidgetVisible(part)

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
