"""What nobody caught is told once and written down, and the program goes on."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

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


class Stumbling(QWidget):
    """Fails once, in the midst of painting."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if not self.property("failed"):
            self.setProperty("failed", True)
            raise ValueError("in the midst of it")
        painter.fillRect(self.rect(), 0)


def test_an_error_in_the_midst_of_painting_leaves_no_painter_at_work(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    funnel, told = ErrorFunnel(), []
    funnel.reported.connect(told.append)
    monkeypatch.setattr(sys, "excepthook", funnel._on_exception)
    widget = Stumbling()
    qtbot.addWidget(widget)
    widget.resize(80, 80)
    widget.show()
    qtbot.waitUntil(lambda: bool(told))
    widget.resize(90, 90)  # Qt warns of a painter that is still at work, which fails this test
    QApplication.processEvents()
    assert told == ["ValueError: in the midst of it"] and not widget.paintingActive()
