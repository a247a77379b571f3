"""The machine that was measured, for the table."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import time
from pathlib import Path

CPUS = os.cpu_count() or 1
QUIET, BUSY = 0.05, 0.25  # share of the processors that others take: to warn of, and to judge nothing by
CPU = Path("/sys/devices/system/cpu/cpu0/cache")


def describe() -> dict[str, str]:
    """Processor, caches, system, Python, and when."""
    return {
        "date": datetime.date.today().isoformat(),
        "processor": _processor(),
        "cores": f"{CPUS} logical",
        "caches": _caches() or "unknown",
        "system": platform.platform(),
        "Python": platform.python_version(),
    }


def _processor() -> str:
    """The model, with family and wide vectors where Linux tells them: virtual machines give short names."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return _sysctl("machdep.cpu.brand_string") or platform.processor() or platform.machine()
    fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines) if value}
    name = fields.get("model name", platform.machine())
    flags = fields.get("flags", fields.get("Features", "")).split()
    vectors = next((flag for flag in ("avx512f", "avx2", "asimd") if flag in flags), "")
    family = f"family {fields['cpu family']} model {fields['model']}" if "cpu family" in fields else ""
    return ", ".join(filter(None, (name, family, vectors)))


def _caches() -> str:
    found = []
    for index in sorted(CPU.glob("index*")) if CPU.exists() else []:
        level, kind, size = ((index / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            found.append(f"L{level} {size}")
    return ", ".join(found) or ", ".join(
        f"{name} {int(size) // 1024}K" for name, key in (("L1", "hw.l1dcachesize"), ("L2", "hw.l2cachesize"))
        if (size := _sysctl(key))
    )  # fmt: skip


def _sysctl(key: str) -> str:
    if platform.system() != "Darwin":
        return ""
    done = subprocess.run(["sysctl", "-n", key], capture_output=True, text=True)
    return done.stdout.strip()


class Others:
    """What other programs take of the processors, from when this is made until it is asked (Linux only)."""

    def __init__(self) -> None:
        self._began, self._busy, self._own = time.monotonic(), _busy_seconds(), _own_seconds()

    def share(self) -> float | None:
        """The share of all processors, 0 to 1; to be asked when all processes of the measurement have ended."""
        busy = _busy_seconds()
        if busy is None or self._busy is None:
            return None
        took = (time.monotonic() - self._began) * CPUS
        return max(0.0, busy - self._busy - (_own_seconds() - self._own)) / took


def _busy_seconds() -> float | None:
    """Processor time used by anyone since the start of the machine, stolen time of a virtual one included."""
    try:
        first = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    except OSError:
        return None
    user, nice, system, _, _, irq, softirq, steal = map(int, first[:8])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _own_seconds() -> float:
    return sum(os.times()[:4])
