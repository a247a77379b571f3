"""With every instrument open at once, each in a window of its own: the run is the same, and memory stays."""

from __future__ import annotations

import gc
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from weakref import WeakSet

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from window_kit import Person, small_project

from fishlab.core.layers import LAYERS
from fishlab.core.layers.base import Array
from fishlab.core.moment import Moment
from fishlab.core.parallel.way import ONE
from fishlab.core.spec import NetworkSpec, ProjectSpec
from fishlab.core.time_line import MOST
from fishlab.ui.main_window import MainWindow
from fishlab.ui.session import State

Opener = Callable[..., tuple[MainWindow, Person]]

SNAPSHOTS = 1000
BOUND = 24 * 2**20  # bytes that the program may grow by in the last half; if it kept its moments it were 165 MB
WATCHED = {"weights", "filters", "maps", "answers", "saliency", "excite", "stepper"}


def project(epochs: int) -> ProjectSpec:
    """A network with something to see for every instrument, and with a state and chance of its own."""
    kinds = (
        ("convolution", {"filters": 8, "kernel_size": (4, 4), "stride": (2, 2)}), ("batch_normalization", {}),
        ("relu", {}), ("flatten", {}), ("affine", {"units": 60}), ("relu", {}), ("dropout", {"rate": 0.3}),
        ("affine", {"units": 10}),
    )  # fmt: skip
    layers = tuple(LAYERS[kind].item.Spec(**values) for kind, values in kinds)
    return small_project(epochs).replace(network=NetworkSpec(name="Seen", layers=layers))


def show_all(window: MainWindow) -> None:
    """Every instrument in its window, the tiles behind."""
    window.live_panel.strip.take_all_out()


def hide_all(window: MainWindow) -> None:
    """Nobody looks at anything."""
    window.live_panel.hide()


def trained(open_window: Opener, qtbot: QtBot, arrange: Callable[[MainWindow], None]) -> tuple[list[bytes], set[str]]:
    """Every array and number that a run ends with, and which probes were answered in it."""
    window, _ = open_window()
    window.document.replace(project(epochs=25))
    session = window.session
    session.ways.choose(ONE)
    arrange(window)
    answered: set[str] = set()
    session.looks.answered.connect(lambda question, data: answered.add(question.probe) if data is not None else None)
    session.run()
    assert not session.obstacle
    qtbot.waitUntil(lambda: session.state is State.IDLE, timeout=60_000)
    in_time = set(answered)
    model = window.document.model
    assert model is not None
    arrays: list[Array] = [*model.weights.values(), model.history.steps.column("loss")]
    found = [array.tobytes() for array in arrays]
    window.close_without_asking()
    return found, in_time


@pytest.mark.slow
def test_a_run_that_every_instrument_looks_at_ends_with_the_same_bits(open_window: Opener, qtbot: QtBot) -> None:
    alone, unseen = trained(open_window, qtbot, hide_all)
    watched, seen = trained(open_window, qtbot, show_all)
    assert not unseen
    assert seen >= WATCHED
    assert watched == alone


def snapshots(start: Moment) -> Iterator[Moment]:
    """Moments of a run whose weights take 330 KB each."""
    rng = np.random.default_rng(3)
    for step in range(1, SNAPSHOTS + 1):
        weights = {
            key: array + rng.normal(0, 0.01, array.shape).astype(array.dtype) for key, array in start.weights.items()
        }
        yield replace(start, weights=weights, position=replace(start.position, step=step), x=step / 20)


def resident() -> int:
    """Bytes of this process that are in memory."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts pages in Linux's tables")
def test_memory_stays_over_a_thousand_snapshots_that_every_instrument_follows(
    open_window: Opener, qtbot: QtBot
) -> None:
    window, _ = open_window()
    window.document.replace(project(epochs=2))
    show_all(window)
    looks, answered = window.session.looks, Counter[str]()
    looks.answered.connect(lambda question, data: answered.update([question.probe]))
    start = Moment.fresh(window.document.spec)
    alive, longest, memory = WeakSet([start]), 0, []
    looks.take(start)
    looks.set_running(True)
    for moment in snapshots(start):
        alive.add(moment)
        looks.take(moment)
        qtbot.wait(8)
        longest = max(longest, len(looks.line.moments))
        if moment.step % 50 == 0:
            memory.append(resident())
    looks.set_running(False)
    assert len(alive) <= longest + 2 <= MOST + 2  # the newest, and the one that is being looked at
    assert min(answered[probe] for probe in WATCHED) > 3
    half = len(memory) // 2
    assert max(memory[half:]) - max(memory[:half]) < BOUND
