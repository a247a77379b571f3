"""What the window costs: its heartbeat while a network trains, the training speed it takes, and its start.

    python -m benchmarks.window [--network DeepConvNet] [--rounds 6] [--seconds 6] [--json]

One run trains throughout. Rounds alternate between all views open (with a digit on the pad) and all views closed, in
the same process, so that both see the same machine; speeds are compared round by round. Starts are whole processes.
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
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import Qt

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
    report: dict[str, Any] = {"start_seconds": start_seconds(words.starts)}
    report |= run_rounds(words.network, words.rounds, words.seconds)
    print(json.dumps(report, indent=2) if words.json else _text(report))
    return 0


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="DeepConvNet", help="a template")
    parser.add_argument("--rounds", type=int, default=6, help="pairs of rounds, views open and closed")
    parser.add_argument("--seconds", type=float, default=6.0, help="length of one round")
    parser.add_argument("--starts", type=int, default=5, help="program starts to time, after one warm-up")
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


def run_rounds(network: str, rounds: int, seconds: float) -> dict[str, Any]:
    """Train `network` on the drawn digits and alternate open and closed views."""
    with tempfile.TemporaryDirectory() as scratch:
        window = _open(Path(scratch), network)
        try:
            return _measure(window, rounds, seconds)
        finally:
            window.close_without_asking()


def _open(scratch: Path, network: str) -> MainWindow:
    app = application.make_application()
    settings = Settings(scratch / "window.ini")
    application.dress(app, settings)
    window = application.make_window(settings)
    window.start()
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    project = find_template(network).item()
    window.document.replace(project.replace(training=project.training.replace(epochs=1000)))
    window.show()
    return window


def _measure(window: MainWindow, rounds: int, seconds: float) -> dict[str, Any]:
    session = window.session
    session.run()
    while session.state is not State.RUNNING:
        spin(0.05)
    _draw(window)
    spin(3.0)
    pairs, gaps = [], []
    for _ in range(rounds):
        _show(window, True)
        beat = Heartbeat()
        opened = _images_per_second(window, seconds)
        beat.stop()
        gaps += beat.gaps
        _show(window, False)
        pairs.append((opened, _images_per_second(window, seconds)))
    _show(window, True)
    milliseconds = np.array(gaps)
    ratios = [opened / closed for opened, closed in pairs]
    return {
        "network": window.document.network.name,
        "data": session.data_name,
        "heartbeat_ms": {
            "p50": round(float(np.median(milliseconds)), 1),
            "p95": round(float(np.quantile(milliseconds, 0.95)), 1),
            "max": round(float(milliseconds.max()), 1),
            "beats": len(gaps),
        },
        "images_per_second": {
            "views_open": round(statistics.median(opened for opened, _ in pairs)),
            "views_closed": round(statistics.median(closed for _, closed in pairs)),
        },
        "speed_open_to_closed": {
            "median": round(statistics.median(ratios), 3), "min": round(min(ratios), 3), "max": round(max(ratios), 3),
        },
    }  # fmt: skip


def _draw(window: MainWindow) -> None:
    pad = window.live_panel.findChild(DigitPad, "try.pad")
    for stroke in FIVE:
        pad.begin_stroke(*stroke[0])
        for place in stroke[1:]:
            pad.continue_stroke(*place)
        pad.end_stroke()


def _show(window: MainWindow, visible: bool) -> None:
    window.live_panel.setVisible(visible)
    for dock in window.docks.values():
        dock.setVisible(visible)
    spin(0.7)


def _images_per_second(window: MainWindow, seconds: float) -> float:
    steps = window.session.history.steps
    first, began = len(steps), time.perf_counter()
    spin(seconds)
    images = steps.column("images")[first:].sum()
    return float(images) / (time.perf_counter() - began)


def _text(report: dict[str, Any]) -> str:
    beat, speed, ratio = report["heartbeat_ms"], report["images_per_second"], report["speed_open_to_closed"]
    start = report["start_seconds"]
    return "\n".join(
        [
            f"window painted after {start['median']} s ({start['min']:.2f} to {start['max']:.2f})",
            f"{report['network']} on {report['data']}",
            f"heartbeat p50 {beat['p50']} ms, p95 {beat['p95']} ms, longest {beat['max']} ms ({beat['beats']} beats)",
            f"images/s: {speed['views_open']:,} with views open, {speed['views_closed']:,} closed",
            f"open / closed {ratio['median']} ({ratio['min']} to {ratio['max']})",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
