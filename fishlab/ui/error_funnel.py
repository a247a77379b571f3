"""One end for every error that nobody caught: slots, paint events, worker threads, Qt's own messages.

Each is written to the log with its traceback and reported once, so that the window can say so and go on. What fails at
the same place again and again, as a paint event does with every frame, is only counted until it has been quiet.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

log = logging.getLogger("fishlab.errors")

QUIET_SECONDS = 10.0
_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}

Place = tuple[str, str, int]


class ErrorFunnel(QObject):
    """Installed once by `app.main`. `reported(text)` arrives in the GUI thread, whichever thread failed."""

    reported = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._last: dict[Place, float] = {}

    def install(self) -> None:
        """Take over the hooks of Python and Qt."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        sys.unraisablehook = self._on_unraisable
        qInstallMessageHandler(_on_qt_message)

    def remove(self) -> None:
        """Give the hooks back."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        sys.unraisablehook = sys.__unraisablehook__
        qInstallMessageHandler(None)

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        if self._is_new(_place(kind, trace)):
            log.error("unexpected %s", kind.__name__, exc_info=(kind, error, trace))
            self.reported.emit(f"{kind.__name__}: {error}" if str(error) else kind.__name__)
        traceback.clear_frames(trace)  # Python keeps them, and a painter in one would still be at work on the window

    def _is_new(self, place: Place) -> bool:
        """Whether this place has been quiet so far, or for a while."""
        now = time.monotonic()
        with self._lock:
            before, self._last[place] = self._last.get(place), now
        return before is None or now - before > QUIET_SECONDS

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._on_exception(args.exc_type, args.exc_value, args.exc_traceback)

    def _on_unraisable(self, args: object) -> None:
        error = getattr(args, "exc_value", None)
        if isinstance(error, BaseException):
            self._on_exception(type(error), error, error.__traceback__)


def _place(kind: type[BaseException], trace: TracebackType | None) -> Place:
    """What failed, and the line of code where it did."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return kind.__name__, "", 0
    return kind.__name__, trace.tb_frame.f_code.co_filename, trace.tb_lineno


def _on_qt_message(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    logging.getLogger("fishlab.qt").log(_QT_LEVELS.get(kind, logging.WARNING), "%s", text)
