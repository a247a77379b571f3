"""Training without a window, as fast as it goes: what `benchmarks.window` holds the window's speed against.

    with Headless("DeepConvNet", Way("processes", 2)) as headless:
        headless.images_per_second(1.5)

It trains in a process of its own, in a worker thread as in the window, and stands still between two askings: both
trainings stay warm, and turns can be short.
"""

import subprocess
import sys
import time
from types import TracebackType
from typing import Self

from fishlab.core.events import StepDone
from fishlab.core.mailbox import Mail, Paused
from fishlab.core.parallel.way import Way
from fishlab.core.runner import Runner
from fishlab.core.templates import find_template

POLL = 0.1


class Headless:
    """The process. It is ready, and stands still, once it has been made."""

    def __init__(self, network: str, way: Way) -> None:
        command = [sys.executable, "-m", "benchmarks.headless", network, str(way)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.images_per_second(1.0)

    def images_per_second(self, seconds: float) -> float:
        """Train for so long and return the images learned in a second."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate()


def main(network: str, way: str) -> int:
    """For each line of seconds that comes in, train and print images/s; end with the input."""
    project = find_template(network).item()
    runner = Runner()
    runner.control.pause()
    runner.train(project.replace(training=project.training.replace(epochs=1000)), way=Way.parse(way))
    try:
        for line in sys.stdin:
            print(_measure(runner, float(line)), flush=True)
    finally:
        runner.control.stop()
        runner.join()
    return 0


def _measure(runner: Runner, seconds: float) -> float:
    runner.control.resume()
    while not _mail(runner).metrics:  # the first step after a rest is not counted
        pass
    began, images = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        images += _images(_mail(runner).metrics)
    speed = images / (time.perf_counter() - began)
    runner.control.pause()
    while not any(isinstance(event, Paused) for event in _mail(runner).events):
        pass
    return speed


def _images(steps: list[StepDone]) -> int:
    return sum(step.images for step in steps)


def _mail(runner: Runner) -> Mail:
    time.sleep(POLL)
    if not runner.alive:
        raise RuntimeError("The run has ended.")
    return runner.mailbox.drain()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
