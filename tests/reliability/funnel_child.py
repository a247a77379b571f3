"""A whole program in which things go wrong: in a slot, in a paint event, in a thread and in the worker.

Prints what was reported, one line each, then whether a run still works. The log goes where XDG_STATE_HOME says.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget
from window_kit import blobs, small_project

from fishlab.ui import app as application
from fishlab.ui.error_funnel import ErrorFunnel
from fishlab.ui.logs import start_log
from fishlab.ui.session import State
from fishlab.ui.settings import Settings
from fishlab.ui.tour import spin


class BadPainter(QWidget):
    """Fails with every frame."""

    def paintEvent(self, event: object) -> None:
        raise ZeroDivisionError("in a paint event")


def fail_in_a_slot() -> None:
    raise KeyError("in a slot")


def fail_in_a_thread() -> None:
    raise OSError("in a thread")


def fail_in_the_worker(_spec: object, _progress: object) -> None:
    raise RuntimeError("in the worker")


def main() -> None:
    start_log()
    app = application.make_application()
    funnel = ErrorFunnel()
    funnel.install()
    settings = Settings(Path(sys.argv[1]) / "window.ini")
    application.dress(app, settings)
    window = application.make_window(settings)
    funnel.reported.connect(window.on_unexpected_error)
    funnel.reported.connect(lambda text: print("reported", text))
    window.start()
    window.show()
    go_wrong(window)
    run(window)
    window.close_without_asking()
    funnel.remove()


def go_wrong(window: QWidget) -> None:
    timer = QTimer()
    timer.timeout.connect(fail_in_a_slot)
    timer.start(10)
    painter = BadPainter(window)
    painter.show()
    for _ in range(10):
        painter.update()
        spin(0.03)
    timer.stop()
    painter.hide()
    painter.deleteLater()
    thread = threading.Thread(target=fail_in_a_thread)
    thread.start()
    thread.join()
    spin(0.05)
    print("status", window.status.sentence.text())


def run(window: QWidget) -> None:
    """A run whose worker fails, then one that works."""
    session = window.session
    session.failed.connect(lambda text: print("failed", text))
    window.document.replace(small_project())
    for load in (fail_in_the_worker, blobs):
        session._load = load
        window.actions_["train.run"].trigger()
        while session.state is not State.IDLE:
            spin(0.02)
    print("trained", window.document.model is not None, window.actions_["train.run"].isEnabled())


if __name__ == "__main__":
    main()
