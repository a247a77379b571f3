"""However much is looked at, the moments of a run that lie in memory stay within their bytes."""

from __future__ import annotations

import time
from collections.abc import Callable
from weakref import WeakSet

import pytest
from pytestqt.qtbot import QtBot
from test_all_instruments import project, show_all
from window_kit import Person

from fishlab.core.moment import Moment
from fishlab.core.parallel.way import ONE
from fishlab.core.time_line import TimeLine
from fishlab.core.training import Trainer
from fishlab.ui.main_window import MainWindow
from fishlab.ui.session import State

ROOM = 3  # moments that the line may hold
BESIDE = 3  # one in the mailbox, one that is being copied, one that an answer is about


@pytest.mark.slow
@pytest.mark.parametrize("stall", [0.0, 0.3], ids=["a window that keeps up", "a window that hangs now and then"])
def test_a_large_network_that_every_instrument_looks_at_lies_in_memory_a_few_times(
    open_window: Callable[..., tuple[MainWindow, Person]], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, stall: float
) -> None:
    alive: WeakSet[Moment] = WeakSet()
    now, most, copies = Moment.now, 0, 0

    def counted(trainer: Trainer) -> Moment:
        nonlocal most, copies
        alive.add(made := now(trainer))
        most, copies = max(most, len(alive)), copies + 1
        return made

    monkeypatch.setattr(Moment, "now", counted)
    monkeypatch.setattr("fishlab.core.runner.MOMENT_INTERVAL", 0.0)
    monkeypatch.setattr("fishlab.core.runner.MOMENT_SHARE", 1e9)  # as many as there can be
    monkeypatch.setattr("fishlab.core.mailbox.MOST_BYTES", 1)
    window, _ = open_window()
    window.document.replace(project(epochs=10_000))
    session, nbytes = window.session, Moment.fresh(window.document.spec).nbytes
    session.looks.line = TimeLine(most_bytes=ROOM * nbytes)
    session.ways.choose(ONE)
    show_all(window)
    session.run()
    qtbot.waitUntil(lambda: session.state is State.RUNNING, timeout=30_000)
    began = time.monotonic()
    while copies < 16:
        assert time.monotonic() - began < 60, "moments are made no more"
        qtbot.wait(5)
        time.sleep(stall)
    session.stop()
    qtbot.waitUntil(lambda: session.state is State.IDLE, timeout=30_000)
    assert most <= ROOM + BESIDE
    assert len(session.looks.line.moments) <= ROOM
