"""Whatever a test of the window starts, it also ends: widgets, timers and threads left over fail the test."""

import gc
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QThread, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

T = TypeVar("T", bound=QObject)

# Qt keeps one of each for the whole program once it has been used.
_OWN_TO_QT = ("QTipLabel", "QShapedPixmapWidget", "QDesktopWidget")

LONG = 30_000  # milliseconds
MANY = 20_000  # objects: modules that were imported, what tests before have reported

_passed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.stash[_passed] = report.passed
    return report


@pytest.fixture(scope="session", autouse=True)
def empty_clipboard(qapp: QApplication) -> Iterator[None]:
    """The offscreen clipboard lives longer than Python does, and would take down what Python made: a crash at exit."""
    yield
    qapp.clipboard().clear()


@pytest.fixture
def open_window(qapp: QApplication, tmp_path: Path) -> Iterator[Callable[..., object]]:
    """`open_window(path=None, size=(1280, 720))` starts and shows a window over small data: window, who answers."""
    from window_kit import WindowMaker  # here: most tests need no window, and this file also stands alone

    maker = WindowMaker(tmp_path)
    yield maker.open
    maker.close()


@pytest.fixture
def own_theme(qapp: QApplication) -> Iterator[None]:
    """Puts theme, text size and motion back as they were."""
    from fishlab.ui.theme import theme

    mode, scale, motion = theme().mode, theme().font_scale, theme()._reduce_motion
    yield
    theme().set_mode(mode)
    theme().set_font_scale(scale)
    theme().set_reduce_motion(motion)


@pytest.fixture(autouse=True)
def patient_glimpse(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the computer is, small data are looked at before a test goes on."""
    from fishlab.ui.panels.inspector import glimpse

    monkeypatch.setattr(glimpse, "PATIENCE", 20.0)


@pytest.fixture(autouse=True)
def patient_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the computer is, a small project is open before a test goes on."""
    from fishlab.ui import project_files, project_reader, recovery

    places = ((project_reader, "PATIENCE"), (project_files, "AT_START"), (recovery, "AT_START"))
    for module, name in places:
        monkeypatch.setattr(module, name, 20.0)


@pytest.fixture(autouse=True)
def patient_merge(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the computer is, edits of one gesture follow each other closely."""
    from fishlab.ui import document

    monkeypatch.setattr(document, "MERGE_SECONDS", 60.0)


class PatientBot(QtBot):
    """Waits for what comes in milliseconds, or in many seconds where neighbours keep the processors at work.

    Holds its widgets until they are closed, as the program does. pytest-qt does not: one that the test has let go of
    would be collected while the last events are seen to, perhaps in the midst of its own paintEvent, which crashes.
    """

    def __init__(self, request: pytest.FixtureRequest) -> None:
        super().__init__(request)
        self.held: list[QWidget] = []

    def addWidget(self, widget: QWidget, **words: Any) -> None:
        """Close it after the test, and hold it until then."""
        super().addWidget(widget, **words)
        self.held.append(widget)

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = 0) -> None:
        """At least half a minute: only what never comes takes so long."""
        super().waitUntil(callback, timeout=max(timeout, LONG))

    def waitSignal(self, signal: Any, *, timeout: int = 0, **words: Any) -> Any:
        """At least half a minute, too."""
        return super().waitSignal(signal, timeout=max(timeout, LONG), **words)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[QtBot]:
    """Drives the window; nothing that it waits for is given up because the computer is busy."""
    bot = PatientBot(request)
    yield bot
    bot.held.clear()


@pytest.fixture
def long_there(qapp: QApplication) -> None:
    """What was there long before a test is not looked through after it: more than half the time of a small test."""
    if len(gc.get_objects()) > MANY:
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True)
def nothing_left_behind(
    request: pytest.FixtureRequest, qapp: QApplication, long_there: None
) -> Iterator[None]:
    """Fails a test that leaves a top-level widget, a running timer or a thread, or a mouse button held down.

    Only one that passed: a failed test's traceback keeps its frames, and with them its widgets, alive.
    """
    before, held = _alive(), QGuiApplication.mouseButtons()
    yield
    if request.node.stash.get(_passed, False):
        _settle()
        patience = Patience()
        while (left := _new(before)) and patience:
            QCoreApplication.processEvents()  # a timer that waits for a thread hears only now that it has ended
        assert not left, "left behind: " + ", ".join(left)
        assert QGuiApplication.mouseButtons() in (held, Qt.MouseButton.NoButton), "left behind: a held mouse button"


def _new(before: list[object]) -> list[str]:
    return [_describe(thing) for thing in _alive() if not any(thing is old for old in before)]


class Patience:
    """True for three seconds: nobody waits for so long, except who leaves something behind."""

    def __init__(self) -> None:
        self._end = time.monotonic() + 3.0

    def __bool__(self) -> bool:
        return time.monotonic() < self._end


def _alive() -> list[object]:
    return [*_windows(), *_threads(), *_running(QTimer, "isActive"), *_running(QThread, "isRunning")]


def _windows() -> list[QWidget]:
    """Those that belong to no other: the list of a box goes with its box, a dialog with its window."""
    found = [widget for widget in QApplication.topLevelWidgets() if widget.parentWidget() is None]
    return [widget for widget in found if widget.metaObject().className() not in _OWN_TO_QT]


def _threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)]


def _running(kind: type[T], asked: str) -> list[T]:
    found = [thing for thing in gc.get_objects() if issubclass(type(thing), kind)]
    return [thing for thing in found if shiboken6.isValid(thing) and getattr(thing, asked)()]


def _settle() -> None:
    """Let what is already on its way out go: deleteLater, reference cycles, threads at their last line."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    for thread in _threads():
        if thread not in (threading.main_thread(), threading.current_thread()):
            thread.join(timeout=10.0)


def _describe(thing: object) -> str:
    name = thing.objectName() if isinstance(thing, QObject) else getattr(thing, "name", "")
    return f"{type(thing).__name__} “{name}”"
