"""main(): logging, error funnel, pyqtgraph options, theme, window."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"

import pyqtgraph

from fishlab.core.files.scratch import sweep_scratch
from fishlab.ui.crash_log import CrashLog
from fishlab.ui.document import Document
from fishlab.ui.early_end import early_end
from fishlab.ui.error_funnel import ErrorFunnel
from fishlab.ui.logs import start_log
from fishlab.ui.main_window import MainWindow
from fishlab.ui.session import TrainSession
from fishlab.ui.settings import Settings
from fishlab.ui.signals import SignalWatch
from fishlab.ui.theme import Mode, theme

SWITCH_SECONDS = 0.001
"""How long a thread keeps the interpreter that another one waits for. A run calls hundreds of short NumPy functions in
each batch, and after any of them it may have to wait for a view that draws: Python's own 5 ms each time are too long.
"""


def make_application(arguments: list[str] | None = None) -> QApplication:
    """The QApplication with FishLab's name and plot options; the one that runs if there is one."""
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(arguments or sys.argv[:1])
    app.setApplicationName("FishLab")
    app.setDesktopFileName("fishlab")
    sys.setswitchinterval(SWITCH_SECONDS)
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


def stay() -> None:
    """What is there now stays to the end: Python need not look through it again and again for what nobody holds.

    That takes 60 ms each time, in which neither the window nor a run does anything.
    """
    gc.freeze()


def main(argv: list[str] | None = None) -> int:
    """Open the window, with the project file named in `argv` if there is one; returns the exit code."""
    early_end.hold()
    start_log()
    app = make_application()
    funnel = ErrorFunnel()
    funnel.install()
    try:
        return _live(app, funnel, Path(argv[0]) if argv else None)
    finally:
        funnel.remove()


def _live(app: QApplication, funnel: ErrorFunnel, path: Path | None) -> int:
    """From the first window to the last."""
    sweep_scratch()  # of those that were killed
    settings = Settings()
    dress(app, settings)
    window = make_window(settings)
    funnel.reported.connect(window.on_unexpected_error)
    watch = SignalWatch(window.end)
    app.commitDataRequest.connect(window.keep)
    crashes = window.recovery.crashes = CrashLog()
    try:
        window.start(path)
        window.show()
        stay()
        code = app.exec()
        window.settle_without_asking()  # the window may stand open: some loops end because the screen is gone
        return code
    except Exception as error:  # of the start: what fails later goes to the funnel, and the program goes on
        crashes.write(error)
        raise
    finally:
        watch.stop()
