"""Training without a window, as fast as it goes: what `benchmarks.window` holds the window's speed against.

    python -m benchmarks.headless DeepConvNet --way processes:2 --seconds 6

Trains a template on the set that is at hand, in a worker thread as the window does, and prints images/s once the run
is warm, nothing else.
"""

import argparse
import subprocess
import sys
import time

from fishlab.core.events import StepDone
from fishlab.core.parallel.way import Way
from fishlab.core.runner import Runner
from fishlab.core.templates import find_template

WARM_SECONDS = 1.5
POLL = 0.1


def images_per_second(network: str, way: Way, seconds: float) -> float:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.headless", network, "--way", str(way), "--seconds", str(seconds)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(network: str, way: Way, seconds: float) -> float:
    """Images learned in a second by a run of this process."""
    project = find_template(network).item()
    runner = Runner()
    runner.train(project.replace(training=project.training.replace(epochs=1000)), way=way)
    try:
        while not _steps(runner):
            pass
        time.sleep(WARM_SECONDS)
        _steps(runner)
        began, images = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            images += sum(step.images for step in _steps(runner))
        return images / (time.perf_counter() - began)
    finally:
        runner.control.stop()
        runner.join()


def _steps(runner: Runner) -> list[StepDone]:
    time.sleep(POLL)
    if not runner.alive:
        raise RuntimeError("The run has ended.")
    return runner.mailbox.drain().metrics


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="a template")
    parser.add_argument("--way", type=Way.parse, default="one", help="one, threads:2 or processes:2")
    parser.add_argument("--seconds", type=float, default=6.0)
    words = parser.parse_args()
    print(measure(words.network, words.way, words.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
