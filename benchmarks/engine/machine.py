"""The machine that was measured, for the table."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from pathlib import Path

CPU = Path("/sys/devices/system/cpu/cpu0/cache")


def describe() -> dict[str, str]:
    """Processor, caches, system, Python, and when."""
    return {
        "date": datetime.date.today().isoformat(),
        "processor": _processor(),
        "cores": f"{os.cpu_count()} logical",
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
