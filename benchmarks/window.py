"""What the window costs: its heartbeat while a network trains, the training speed it takes, and its start.

    python -m benchmarks.window [--network DeepConvNet] [--ways one processes:2] [--rounds 30] [--seconds 1.5]
                                [--instruments] [--json]

For each way of running, turns are taken: all views open with a digit on the pad; all views closed; and, while the
window's run stands still, the same training without a window in a process of its own. With --instruments every
instrument is open in a window of its own as well. Turns are short and many, so that all three see the same machine,
and speeds are compared round by round. Starts are whole processes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import Qt

from benchmarks.headless import Headless
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.templates import find_template
from fishlab.ui import app as application
from fishlab.ui.benches.digit_pad import DigitPad
from fishlab.ui.heartbeat import Heartbeat
from fishlab.ui.main_window import MainWindow
from fishlab.ui.session import State
from fishlab.ui.settings import Settings
from fishlab.ui.tour import FIVE, spin

START = """
import sys, time
from pathlib import Path
from fishlab.ui import app as application
from fishlab.ui.settings import Settings
app = application.make_application()
settings = Settings(Path(sys.argv[1]) / "window.ini")
application.dress(app, settings)
window = application.make_window(settings)
window.start()
window.show()
app.processEvents()
window.grab()
print(time.time() - float(sys.argv[2]))
window.close_without_asking()
"""


def main() -> int:
    """Measure and print."""
    words = _words()
    report: dict[str, Any] = {"start_seconds": start_seconds(words.starts), "network": words.network, "ways": {}}
    for way in words.ways:
        report["ways"][str(way)] = run_rounds(words.network, way, words.rounds, words.seconds, words.instruments)
    print(json.dumps(report, indent=2) if words.json else _text(report))
    return 0


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="DeepConvNet", help="a template")
    parser.add_argument(
        "--ways", type=Way.parse, nargs="+", default=[ONE, Way("processes", 2)], help="one, threads:2, processes:2"
    )
    parser.add_argument("--rounds", type=int, default=30, help="rounds of views open, views closed, no window")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of a turn")
    parser.add_argument("--starts", type=int, default=5, help="program starts to time, after one warm-up")
    parser.add_argument("--instruments", action="store_true", help="every instrument in a window of its own")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args()


def start_seconds(count: int) -> dict[str, float]:
    """From the start of the process to a painted window, warm disk: median, least, most."""
    times = []
    with tempfile.TemporaryDirectory() as scratch:
        for _ in range(count + 1):
            command = [sys.executable, "-c", START, scratch, str(time.time())]
            times.append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    counted = times[1:]
    return {"median": round(statistics.median(counted), 2), "min": min(counted), "max": max(counted)}


def run_rounds(network: str, way: Way, rounds: int, seconds: float, instruments: bool = False) -> dict[str, Any]:
    """Train `network` on the set at hand and alternate open views, closed views and no window."""
    with tempfile.TemporaryDirectory() as scratch:
        window = _open(Path(scratch), network, way)
        if instruments:
            window.live_panel.strip.take_all_out()
        try:
            with Headless(network, way) as headless:
                return _measure(window, headless, rounds, seconds)
        finally:
            window.close_without_asking()


def _open(scratch: Path, network: str, way: Way) -> MainWindow:
    app = application.make_application()
    settings = Settings(scratch / "window.ini")
    application.dress(app, settings)
    window = application.make_window(settings)
    window.start()
    window.session.ways.choose(way)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    project = find_template(network).item()
    window.document.replace(project.replace(training=project.training.replace(epochs=1000)))
    window.show()
    application.stay()
    return window


def _measure(window: MainWindow, headless: Headless, rounds: int, seconds: float) -> dict[str, Any]:
    session = window.session
    session.run()
    _until(window, State.RUNNING)
    _draw(window)
    spin(3.0)
    found = Found()
    for _ in range(rounds):
        _show(window, True)
        found.gaps += _gaps(seconds)  # apart: a hundred beats a second cost the run something themselves
        worked = time.thread_time()
        found.opened.append(_images_per_second(window, seconds))
        found.gui.append((time.thread_time() - worked) / seconds)
        _show(window, False)
        found.closed.append(_images_per_second(window, seconds))
        session.pause()
        _until(window, State.PAUSED)
        found.headless.append(headless.images_per_second(seconds))
        session.run()
        _until(window, State.RUNNING)
    _show(window, True)
    return {"data": session.data_name, "in_use": str(session.ways.in_use)} | found.summary()


@dataclass
class Found:
    """What the rounds gave: images/s, gaps in milliseconds, shares of a processor."""

    opened: list[float] = field(default_factory=list)
    closed: list[float] = field(default_factory=list)
    headless: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    gui: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """Medians, and ratios round by round."""
        gaps = np.array(self.gaps)
        return {
            "heartbeat_ms": {
                "p50": round(float(np.median(gaps)), 1),
                "p95": round(float(np.quantile(gaps, 0.95)), 1),
                "max": round(float(gaps.max()), 1),
                "beats": len(gaps),
            },
            "images_per_second": {
                "views_open": round(statistics.median(self.opened)),
                "views_closed": round(statistics.median(self.closed)),
                "headless": round(statistics.median(self.headless)),
            },
            "gui_thread_share": round(statistics.median(self.gui), 3),
            "speed_open_to_closed": _ratios(self.opened, self.closed),
            "speed_open_to_headless": _ratios(self.opened, self.headless),
        }


def _ratios(ones: list[float], others: list[float]) -> dict[str, float]:
    ratios = [one / other for one, other in zip(ones, others, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    whole = sum(ones) / sum(others)
    return {"median": round(middle, 3), "low": round(low, 3), "high": round(high, 3), "whole": round(whole, 3)}


def _until(window: MainWindow, state: State) -> None:
    while window.session.state is not state:
        spin(0.05)


def _gaps(seconds: float) -> list[float]:
    """Milliseconds between the ticks of a timer of 10."""
    beat = Heartbeat()
    spin(seconds)
    beat.stop()
    return beat.gaps


def _draw(window: MainWindow) -> None:
    pad: DigitPad = window.live_panel.strip.instrument("try").pad
    for stroke in FIVE:
        pad.begin_stroke(*stroke[0])
        for place in stroke[1:]:
            pad.continue_stroke(*place)
        pad.end_stroke()


def _show(window: MainWindow, visible: bool) -> None:
    window.live_panel.setVisible(visible)
    for part in (*window.docks.values(), *window.live_panel.strip.windows.values()):
        part.setVisible(visible)
    spin(0.7)


def _images_per_second(window: MainWindow, seconds: float) -> float:
    steps = window.session.history.steps
    window.session.pump()  # what has been learned by now
    first, began = len(steps), time.perf_counter()
    spin(seconds)
    window.session.pump()
    images = steps.column("images")[first:].sum()
    return float(images) / (time.perf_counter() - began)


def _text(report: dict[str, Any]) -> str:
    start = report["start_seconds"]
    lines = [f"window painted after {start['median']} s ({start['min']:.2f} to {start['max']:.2f})"]
    for found in report["ways"].values():
        beat, speed = found["heartbeat_ms"], found["images_per_second"]
        lines += [
            f"{report['network']} on {found['data']}, {Way.parse(found['in_use']).title}",
            f"  heartbeat p50 {beat['p50']} ms, p95 {beat['p95']} ms, longest {beat['max']} ms ({beat['beats']} beats)",
            f"  images/s: {speed['views_open']:,} with views open, {speed['views_closed']:,} closed, "
            f"{speed['headless']:,} without a window",
            f"  open / closed {_spread(found['speed_open_to_closed'])}",
            f"  open / without a window {_spread(found['speed_open_to_headless'])}",
            f"  the window's thread takes {found['gui_thread_share']:.1%} of a processor",
        ]
    return "\n".join(lines)


def _spread(ratio: dict[str, float]) -> str:
    return f"{ratio['median']} (half of all rounds {ratio['low']} to {ratio['high']}; all images {ratio['whole']})"


if __name__ == "__main__":
    sys.exit(main())
