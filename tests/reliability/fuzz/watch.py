"""Watches one input after the other: how long each took, what it left in memory, and which one broke a promise."""

from __future__ import annotations

import faulthandler
import gc
import hashlib
import resource
import sys
import time
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from tests.reliability.fuzz.targets import Target

HANGS = 60.0  # seconds after which a hanging reader is ended, with its traceback


def resident() -> int:
    """KiB that this process has in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024


def peak() -> int:
    """KiB that this process had in memory at most since `forget_peak`."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])


def forget_peak() -> None:
    """From now on."""
    Path("/proc/self/clear_refs").write_text("5")


@dataclass
class Watch:
    """Counts inputs; `broken` are the promises that were broken, each kind once, and its input goes to `folder`."""

    reader: Target
    folder: Path
    count: int = 0
    slowest: float = 0.0
    largest: int = 0
    broken: dict[str, str] = field(default_factory=dict)
    memory: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, content: bytes) -> None:
        """Try one input out."""
        (self.folder / f"{self.reader.name}-last").write_bytes(content)
        faulthandler.dump_traceback_later(HANGS, exit=True)
        forget_peak()
        before, began = resident(), time.process_time()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                self.reader.try_out(content)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            self._keep(f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}", str(error), content)
        seconds, growth = time.process_time() - began, peak() - before
        faulthandler.cancel_dump_traceback_later()
        self.slowest = max(self.slowest, seconds)
        self.count += 1
        if self.count > 200:  # the first ones import and fill caches
            self.largest = max(self.largest, growth)
            if growth > self.reader.megabytes << 10:
                self._keep("memory", f"{growth >> 10} MB", content)
            if seconds > self.reader.seconds:
                self._keep("time", f"{seconds:.2f} s", content)

    def rest(self) -> None:
        """Look at what is left in memory."""
        gc.collect()
        self.memory.append((self.count, resident()))

    def _keep(self, kind: str, what: str, content: bytes) -> None:
        if kind not in self.broken:
            path = self.folder / f"{self.reader.name}-{hashlib.sha256(content).hexdigest()[:12]}"
            path.write_bytes(content)
            self.broken[kind] = f"{what[:300]} ({path})"
            print(f"{self.reader.name}: {kind}: {self.broken[kind]}", file=sys.stderr, flush=True)

    def slope(self) -> float:
        """KiB that a thousand inputs left in memory, over the second half of them."""
        half = self.memory[len(self.memory) // 2 :]
        if len(half) < 2:
            return 0.0
        (first, low), (last, high) = half[0], half[-1]
        return 1000 * (high - low) / (last - first)

    def words(self) -> str:
        """One line for people."""
        return (
            f"{self.reader.name}: {self.count:,} inputs in {time.process_time():.0f} s of processor, "
            f"slowest {self.slowest:.2f} s, largest {self.largest >> 10} MB, "
            f"{self.slope():.0f} KiB per 1,000 inputs, {len(self.broken)} broken"
        )
