"""One window that is worked in without a pause: `soak_child.py SECONDS FOLDER`. Prints what was measured, as JSON."""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
from programs import waited
from window_kit import Person, blobs, small_project

from fishlab.core.parallel.way import ONE
from fishlab.ui import app as application
from fishlab.ui.error_funnel import ErrorFunnel
from fishlab.ui.heartbeat import Heartbeat
from fishlab.ui.layouts import LAYOUTS
from fishlab.ui.main_window import MainWindow
from fishlab.ui.plots.live import INSTRUMENTS
from fishlab.ui.plots.log import MOST
from fishlab.ui.session import State
from fishlab.ui.settings import Settings
from fishlab.ui.tour import spin

PAUSE = 0.05  # seconds between two deeds


class Worker:
    """Somebody who trains, looks at everything, edits, takes back, saves, and begins again."""

    def __init__(self, window: MainWindow, file: Path) -> None:
        self.window, self.file = window, file

    def work(self) -> None:
        """One round."""
        self._train()
        self._look_around()
        self._edit()
        self.window.files.save_to(self.file)
        self._rest()
        self.window.files.open(self.file)

    def _train(self) -> None:
        self.window.document.replace(small_project(epochs=6))
        self.window.session.run()

    def _look_around(self) -> None:
        window = self.window
        for dock in window.docks.values():
            dock.show()
        for name in (name for name, *_ in INSTRUMENTS):
            window.live_panel.strip.show_instrument(name)
            spin(PAUSE)
        for tab in ("layer", "data", "training"):
            window.inspector_panel.show_tab(tab)
            spin(PAUSE)
        for name in LAYOUTS:
            window.show_layout(name)
            spin(PAUSE)
        window.session.digit.show(np.full((1, 28, 28), 90.0, np.float32))

    def _edit(self) -> None:
        document = self.window.document
        for uid in [layer.uid for layer in document.network.layers]:
            document.select((uid,))
            spin(PAUSE)
        for number in range(3):
            document.edit("Rename", document.network.renamed(f"Soak {number}"))
            spin(PAUSE)
        for turn in ("undo", "undo", "redo", "undo", "undo"):
            self.window.actions_[f"edit.{turn}"].trigger()
            spin(PAUSE)

    def _rest(self) -> None:
        while self.window.session.state is not State.IDLE:
            spin(PAUSE)


def settle(window: MainWindow, worker: Worker) -> None:
    """Let everything that is kept up to a bound reach it: the log's lines, and what Qt builds when it is first seen."""
    for number in range(MOST):
        window.live_panel.strip.instrument("log").add(f"Line {number}")
    for _ in range(5):
        worker.work()


class Heart(Heartbeat):
    """Leaves out the time in which the window was ready and no processor was free."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._waited = waited()

    def _on_tick(self) -> None:
        super()._on_tick()
        before, self._waited = self._waited, waited()
        self.gaps[-1] -= 1000 * (self._waited - before)


def memory() -> float:
    """Megabytes in use."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def new_window(settings: Settings, file: Path) -> tuple[Worker, float]:
    """Somebody before a window, and the milliseconds of a processor that it took to make it and to paint it."""
    began = time.thread_time()
    window = application.make_window(settings)
    window.session._load = blobs
    window.session.ways.choose(ONE)
    window.prompts = window.files.prompts = window.recovery_bar.prompts = Person()
    window.start()
    window.resize(1440, 900)
    window.show()
    spin(PAUSE)
    return Worker(window, file), 1000 * (time.thread_time() - began)


def main() -> None:
    """Work for that long, and print seconds, memory and references to None after each round, and the heart's beat."""
    seconds, folder = float(sys.argv[1]), Path(sys.argv[2])
    app = application.make_application()
    funnel = ErrorFunnel()
    funnel.install()
    errors: list[str] = []
    funnel.reported.connect(errors.append)
    settings = Settings(folder / "window.ini")
    application.dress(app, settings)
    worker, making = new_window(settings, folder / "soak.fishlab")
    window = worker.window
    settle(window, worker)
    rounds, gaps = [], []
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        heart = Heart(window)
        worker.work()
        heart.stop()
        gaps += heart.gaps
        heart.deleteLater()
        gc.collect()
        rounds.append((time.monotonic() - began, memory(), sys.getrefcount(None)))
    window.close()
    funnel.remove()
    p99 = float(np.quantile(gaps, 0.99))
    print(json.dumps({"rounds": rounds, "errors": errors, "p99": p99, "longest": max(gaps), "making": making}))


if __name__ == "__main__":
    main()
