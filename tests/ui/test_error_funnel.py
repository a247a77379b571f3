"""What nobody caught is told once and written down, and the program goes on."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QtMsgType, qInstallMessageHandler

from fishlab.ui.error_funnel import ErrorFunnel


def test_the_hooks_come_and_go(qapp) -> None:
    before = sys.excepthook, sys.unraisablehook
    handler = qInstallMessageHandler(None)
    funnel = ErrorFunnel()
    try:
        funnel.install()
        assert sys.excepthook != before[0]
        funnel.remove()
        assert sys.excepthook is sys.__excepthook__
    finally:
        sys.excepthook, sys.unraisablehook = before
        qInstallMessageHandler(handler)


def test_an_error_at_the_same_place_is_told_again_after_a_quiet_while(
    qapp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    funnel, told = ErrorFunnel(), []
    funnel.reported.connect(told.append)
    clock = iter((0.0, 5.0, 14.0, 30.0))
    monkeypatch.setattr("fishlab.ui.error_funnel.time.monotonic", lambda: next(clock))
    for _ in range(4):
        try:
            raise ValueError("again")
        except ValueError as error:
            funnel._on_exception(ValueError, error, error.__traceback__)
    assert told == ["ValueError: again"] * 2 and caplog.text.count("Traceback") == 2


def test_messages_of_qt_are_logged_by_their_weight(qapp, caplog: pytest.LogCaptureFixture) -> None:
    from fishlab.ui.error_funnel import _on_qt_message

    _on_qt_message(QtMsgType.QtWarningMsg, None, "a warning of Qt")
    assert [(record.levelname, record.name) for record in caplog.records] == [("WARNING", "fishlab.qt")]
