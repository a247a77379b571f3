"""What nobody caught is told once and written down, and the program goes on; asked to end, it ends, its work kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QtMsgType, qInstallMessageHandler
from window_kit import small_project

from fishlab.core.files.project import open_project, save_project
from fishlab.ui.error_funnel import ErrorFunnel

ROOT = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).with_name("funnel_child.py")


@pytest.fixture
def variables(own_home: Path) -> dict[str, str]:
    """The environment of a program with a home of its own."""
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{CHILD.parent}", "PYTHONUNBUFFERED": "1"}


def log_text(home: Path) -> str:
    return "".join(path.read_text() for path in home.rglob("fishlab.log"))


def test_errors_in_slot_paint_event_thread_and_worker_are_told_once_each_and_a_run_still_works(
    variables: dict[str, str], own_home: Path, tmp_path: Path
) -> None:
    child = subprocess.run(
        [sys.executable, CHILD, tmp_path], env=variables, capture_output=True, text=True, timeout=60, check=False
    )
    lines = child.stdout.splitlines()
    assert child.returncode == 0, child.stderr
    assert sorted(line for line in lines if line.startswith("reported")) == [
        "reported KeyError: 'in a slot'", "reported OSError: in a thread",
        "reported ZeroDivisionError: in a paint event",
    ]  # fmt: skip
    assert [line for line in lines if line.startswith("failed")] == [
        "failed The run ended in an error that it should not: RuntimeError('in the worker')."
    ]
    assert "trained True True" in lines
    assert any(line.startswith("status Something went wrong inside FishLab") for line in lines)
    log = log_text(own_home)
    for words in ("in a slot", "in a paint event", "in a thread", "in the worker"):
        assert log.count(f"Error: {words}") + log.count(f"Error: '{words}'") == 1, log
    assert "Traceback" in log


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


# -- asked to end ------------------------------------------------------------------------------------------------------
ASKED = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from fishlab.core.parallel.way import ONE
from fishlab.ui import app, session
from window_kit import blobs, small_project
from fishlab.ui.main_window import MainWindow

start = MainWindow.start
def begin(self, path):
    start(self, path)
    self.session._load = blobs
    self.document.replace(small_project(epochs=10_000))
    self.session.set_way(ONE)
    self.session.run()
    QTimer.singleShot(600, self.{then})
MainWindow.start = begin
MainWindow.say = lambda self: print("ready")
def ask(self):
    print("ready")
    self.prompts.unsaved("Small")
MainWindow.ask = ask
sys.exit(app.main([]))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("then", ["say", "ask"], ids=["while training", "while a question is open"])
def test_asked_to_end_it_ends_at_once_and_its_work_is_back_at_the_next_start(
    variables: dict[str, str], own_home: Path, number: int, then: str
) -> None:
    code = ASKED.replace("{then}", then)
    with subprocess.Popen(
        [sys.executable, "-c", code], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.1)
        began = time.monotonic()
        child.send_signal(number)
        _, errors = child.communicate(timeout=20)
    assert child.returncode == 0, errors
    assert time.monotonic() - began < 10.0  # nobody answers the question
    complaints = [line for line in log_text(own_home).splitlines() if "This plugin does not support" not in line]
    assert errors == "" and complaints == []
    kept = list(own_home.rglob("unsaved-*.fishlab"))
    assert len(kept) == 1 and open_project(kept[0])[1].position.step > 0


def test_a_program_asked_to_end_without_anything_unsaved_leaves_nothing(
    variables: dict[str, str], own_home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "net.fishlab"
    save_project(file, small_project(), None)
    code = (
        "import sys\nfrom PySide6.QtCore import QTimer\nfrom fishlab.ui import app\n"
        "QTimer.singleShot(0, lambda: print('ready'))\nsys.exit(app.main([sys.argv[1]]))"
    )
    command = [sys.executable, "-c", code, file]
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == 0
    assert list(own_home.rglob("unsaved-*.fishlab")) == []
