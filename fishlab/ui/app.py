"""main(): logging, error funnel, pyqtgraph options, theme, window."""

from __future__ import annotations

import logging
import os
import signal
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from platformdirs import user_log_path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"

import pyqtgraph

from fishlab.ui.document import Document
from fishlab.ui.error_funnel import ErrorFunnel
from fishlab.ui.main_window import MainWindow
from fishlab.ui.session import TrainSession
from fishlab.ui.settings import Settings
from fishlab.ui.theme import Mode, theme

SIGNAL_CHECK_MILLISECONDS = 200


def make_application(arguments: list[str] | None = None) -> QApplication:
    """The QApplication with FishLab's name and plot options; the one that runs if there is one."""
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(arguments or sys.argv[:1])
    app.setApplicationName("FishLab")
    app.setDesktopFileName("fishlab")
    pyqtgraph.setConfigOptions(antialias=False, imageAxisOrder="row-major")
    return app


def dress(app: QApplication, settings: Settings) -> None:
    """Put on the theme that the person chose last."""
    wanted = settings.text("view/theme", Mode.SYSTEM.value)
    chosen = next((mode for mode in Mode if mode.value == wanted), Mode.SYSTEM)
    theme().apply(app)
    theme().set_mode(chosen)
    theme().set_font_scale(settings.number("view/font_scale", 1.0))
    theme().set_reduce_motion(settings.flag("view/reduce_motion"))


def make_window(settings: Settings) -> MainWindow:
    """A window with a document and a session of its own, as yet not shown."""
    document = Document()
    session = TrainSession(document)
    return MainWindow(document, session, settings)


def main(argv: list[str] | None = None) -> int:
    """Open the window, with the project file named in `argv` if there is one; returns the exit code."""
    start_log()
    app = make_application()
    funnel = ErrorFunnel()
    funnel.install()
    settings = Settings()
    dress(app, settings)
    window = make_window(settings)
    funnel.reported.connect(window.on_unexpected_error)
    window.start(Path(argv[0]) if argv else None)
    window.show()
    waker = _quit_on_signals(window)
    code = app.exec()
    waker.stop()
    funnel.remove()
    return code


def start_log() -> None:
    """Log to a file in the person's log folder, or only to stderr where that cannot be written."""
    handlers: list[logging.Handler] = []
    try:
        folder = user_log_path("fishlab", appauthor=False, ensure_exists=True)
        handlers.append(
            RotatingFileHandler(folder / "fishlab.log", maxBytes=1_000_000, backupCount=2, encoding="utf-8")
        )
    except OSError:
        handlers.append(logging.StreamHandler())
    logging.basicConfig(level=logging.INFO, handlers=handlers, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def _quit_on_signals(window: MainWindow) -> QTimer:
    """SIGTERM and Ctrl+C close the window; the timer lets Python look at signals while Qt waits."""

    def close(_number: int, _frame: object) -> None:
        window.close_without_asking()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, close)
    waker = QTimer()
    waker.timeout.connect(_look)
    waker.start(SIGNAL_CHECK_MILLISECONDS)
    return waker


def _look() -> None:
    """Nothing: being called is enough for Python to run its signal handlers."""
