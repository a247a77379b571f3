"""What nobody has fetched yet stays within its bytes, however large a network is and however long nobody looks."""

from __future__ import annotations

import gc
from typing import Any
from weakref import WeakSet

import pytest
from small_runs import dataset, project
from test_time_line import moment

from fishlab.core.events import Finished
from fishlab.core.mailbox import MOST_MOMENTS, Mailbox
from fishlab.core.moment import Moment
from fishlab.core.parallel.way import ONE
from fishlab.core.runner import Runner
from fishlab.core.training import Trainer


def test_the_newest_moments_stay_within_their_bytes() -> None:
    mailbox = Mailbox(most_bytes=3 * 4_000)
    for step in range(10):
        mailbox.post(moment(step, numbers=1000))
    assert [one.step for one in mailbox.drain().moments] == [7, 8, 9]
    for step in range(2 * MOST_MOMENTS):
        mailbox.post(moment(step, numbers=1))
    assert len(mailbox.drain().moments) == MOST_MOMENTS


def test_one_that_is_larger_than_the_room_is_there_alone() -> None:
    mailbox = Mailbox(most_bytes=100)
    for step in range(3):
        mailbox.post(moment(step, numbers=1000))
    assert [one.step for one in mailbox.drain().moments] == [2]


def test_there_is_room_for_the_first_and_for_what_drives_out_none() -> None:
    mailbox = Mailbox(most_bytes=2 * 4_000)
    assert mailbox.has_room_for_one_more
    mailbox.post(moment(0, numbers=1000))
    assert mailbox.has_room_for_one_more
    mailbox.post(moment(1, numbers=1000))
    assert not mailbox.has_room_for_one_more
    mailbox.drain()
    assert mailbox.has_room_for_one_more


def ended(runner: Runner) -> Any:
    assert runner.join(60)
    return runner.mailbox.drain()


def test_of_a_large_network_no_copies_are_made_that_nobody_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    alive: WeakSet[Moment] = WeakSet()
    most = copies = 0
    now = Moment.now

    def counted(trainer: Trainer) -> Moment:
        nonlocal most, copies
        alive.add(made := now(trainer))
        copies, most = copies + 1, max(most, len(alive))
        return made

    monkeypatch.setattr(Moment, "now", counted)
    monkeypatch.setattr("fishlab.core.runner.MOMENT_INTERVAL", 0.0)
    monkeypatch.setattr("fishlab.core.runner.MOMENT_SHARE", 1e9)
    monkeypatch.setattr("fishlab.core.mailbox.MOST_BYTES", 1)
    runner = Runner(lambda spec, progress: dataset())
    runner.train(project(epochs=40), way=ONE)
    mail = ended(runner)
    assert isinstance(mail.events[-1], Finished) and len(mail.metrics) > 100
    assert copies == 2 and most == 2, "where the run began, and where it ended"
    assert [one.step for one in mail.moments] == [len(mail.metrics)]
    gc.collect()


def test_where_there_is_no_memory_for_a_copy_the_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_trainer: Trainer) -> Moment:
        raise MemoryError

    monkeypatch.setattr(Moment, "now", refuse)
    runner = Runner(lambda spec, progress: dataset())
    runner.train(project(epochs=3), way=ONE)
    mail = ended(runner)
    assert isinstance(mail.events[-1], Finished) and not mail.moments
