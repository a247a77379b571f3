"""Engines in processes of their own, from the side that gives them their turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fishlab.core.spec import ProjectSpec

ROOT = Path(__file__).resolve().parents[2]
PINS = (
    "OPENBLAS_",
    "GOTO_",
    "MKL_",
    "OMP_",
    "GOMP_",
    "KMP_",
    "BLIS_",
    "VECLIB_",
    "NVPL_",
    "NUMEXPR_",
    "ONEDNN_",
    "DNNL_",
)
# glibc then keeps what PyTorch frees in every step; otherwise the system hands the same pages out again and again.
KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": "4000000000", "MALLOC_MMAP_THRESHOLD_": "33554432"}
VARIABLES = {"torch:tuned": KEEP_MEMORY}
PATIENCE = 180.0  # seconds for one answer; torch.compile is the slowest


class EngineError(Exception):
    """What an engine said when it could not do what was asked."""


def pins() -> list[str]:
    """Variables of this environment that would tell BLAS, OpenMP or oneDNN which kernels or how many threads to use."""
    wanted = (name for name in os.environ if name.upper().startswith(PINS) or name == "ATEN_CPU_CAPABILITY")
    return sorted(name for name in wanted if name != "KMP_DUPLICATE_LIB_OK")  # threadpoolctl sets it, and it is no pin


class Worker:
    """One engine, waiting for its turn; `name` is what benchmarks.engine.worker calls it."""

    def __init__(self, name: str, images: Sequence[int] = (), **variables: str) -> None:
        self.name = name
        unpinned = {key: value for key, value in os.environ.items() if key not in pins()}
        unpinned |= variables | VARIABLES.get(name, {})
        command = [sys.executable, "-m", "benchmarks.engine.worker", name, *map(str, images)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=unpinned, cwd=ROOT
        )
        self._greeted = False

    @property
    def pid(self) -> int:
        """The process; its helpers are its children."""
        return self._process.pid

    def ask(self, do: str, **values: Any) -> dict[str, Any]:
        """One question and its answer; raises EngineError."""
        if not self._greeted:  # engines start together and are waited for when they are needed
            self._greeted = True
            self._answer()
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps({"do": do, **values}) + "\n")
            self._process.stdin.flush()
        except (OSError, ValueError):  # its pipe is broken, or closed
            raise EngineError("the process has ended") from None
        return self._answer()

    def load(self, project: ProjectSpec) -> dict[str, Any]:
        """Build a network in the engine; says how it runs and on which kernels."""
        return self.ask("load", project=project.to_dict())

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        alarm = threading.Timer(PATIENCE, self._process.kill)
        alarm.start()
        try:
            line = self._process.stdout.readline()
        finally:
            alarm.cancel()
        if not line:
            raise EngineError("the process ended, or did not answer in time")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise EngineError(answer["error"])
        return answer

    def close(self) -> None:
        """Let it end, helpers first; what does not go is made to."""
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write('{"do": "quit"}\n')
            self._process.stdin.close()
        except (OSError, ValueError):
            pass  # it has ended already
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


@contextmanager
def started(names: Sequence[str], images: Sequence[int] = ()) -> Iterator[dict[str, Worker]]:
    """Workers by name, side by side; all are closed in the end.

    Their cache is a folder of their own: how FishLab ran here before, or will run, is no affair of the measurement.
    """
    with tempfile.TemporaryDirectory() as cache:
        workers = {name: Worker(name, images, FISHLAB_CACHE_DIR=cache) for name in names}
        try:
            yield workers
        finally:
            for worker in workers.values():
                worker.close()
