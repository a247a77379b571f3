"""`fishlab doctor`: what FishLab stands on here, and what to do where something is missing. Needs no display."""

import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import platformdirs
from threadpoolctl import threadpool_info

import fishlab
from fishlab.core.data.cache import cache_dir
from fishlab.core.data.mnist import find_mnist
from fishlab.ui import environment

PACKAGES = ("PySide6-Essentials", "pyqtgraph", "numpy", "safetensors")


@dataclass(frozen=True)
class Check:
    """One line of the report. `advice` is what to do; it is empty where all is well or nothing need be done."""

    name: str
    value: str
    ok: bool = True
    advice: str = ""


def run(*, as_json: bool = False, write: Callable[[str], object] = sys.stdout.write) -> int:
    """Write the report; 0 when FishLab can work here, 1 when something it needs is missing."""
    checks = examine()
    write((to_json(checks) if as_json else to_text(checks)) + "\n")
    return 0 if all(check.ok for check in checks) else 1


def examine() -> list[Check]:
    """Every check, in the order of the report. None raises; what goes wrong is said in its line."""
    return [*_versions(), _libraries(), _qt(), _display(), _blas(), *_data(), *_folders()]


def to_json(checks: list[Check]) -> str:
    report = {"ok": all(check.ok for check in checks), "checks": [asdict(check) for check in checks]}
    return json.dumps(report, indent=2, ensure_ascii=False)


def to_text(checks: list[Check]) -> str:
    width = max(len(check.name) for check in checks)
    lines = [f"{'ok' if check.ok else 'NO'}  {check.name:<{width}}  {check.value}" for check in checks]
    wrong = [check for check in checks if not check.ok]
    verdict = [f"{check.name}: {check.advice}" for check in wrong] or ["FishLab has all it needs."]
    return "\n".join([*lines, "", *verdict])


def _versions() -> list[Check]:
    python = f"{platform.python_version()} ({platform.system()} {platform.machine()}), {sys.executable}"
    own = [Check("FishLab", fishlab.__version__), Check("Python", python)]
    return own + [_version(name) for name in PACKAGES]


def _version(package: str) -> Check:
    try:
        return Check(package, version(package))
    except PackageNotFoundError:
        return Check(package, "not installed", False, "start FishLab once with python3 run.py, which installs it.")


def _libraries() -> Check:
    missing = environment.missing_libraries()
    if missing:
        return Check("System libraries", "missing: " + ", ".join(missing), False, environment.explain(missing))
    return Check("System libraries", "all that Qt needs" if environment.needed_libraries() else "come with Qt")


def _qt() -> Check:
    try:
        from PySide6.QtCore import qVersion
        from PySide6.QtWidgets import QApplication  # noqa: F401 - a system library that is missing shows here
    except ImportError as error:
        return Check("Qt", f"does not load: {error}", False, "install the system libraries named above.")
    return Check("Qt", qVersion())


def _display() -> Check:
    chosen = os.environ.get("QT_QPA_PLATFORM")
    if chosen:
        return Check("Display", f"QT_QPA_PLATFORM asks for “{chosen}”")
    if environment.has_display():
        return Check("Display", os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or "the system's own")
    return Check("Display", "none: the command line and the tour work, the window does not")


def _blas() -> Check:
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    described = [
        f"{pool['internal_api']} {pool['version']}, {pool.get('architecture', 'own')} kernels, "
        f"{pool['num_threads']} threads"
        for pool in pools
    ]
    pinned = os.environ.get("OPENBLAS_CORETYPE")
    told = f" (chosen by OPENBLAS_CORETYPE={pinned})" if pinned else ""
    return Check("BLAS", ("; ".join(described) or f"of the system, {os.cpu_count()} processors") + told)


def _data() -> list[Check]:
    found = find_mnist()
    absent = "not here yet: FishLab fetches it when it is chosen"
    return [Check("Digits", "built in"), Check("MNIST", str(found) if found else absent)]


def _folders() -> list[Check]:
    return [
        _writable("Settings", platformdirs.user_config_path("fishlab", appauthor=False)),
        _writable("Cache", cache_dir()),
        _writable("Own files", platformdirs.user_data_path("fishlab", appauthor=False)),
    ]


def _writable(name: str, folder: Path) -> Check:
    """Whether FishLab could write into the folder; it is not made, the nearest one that exists is asked."""
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        tempfile.TemporaryFile(dir=nearest).close()
    except OSError as error:
        advice = f"make {nearest} writable, or set HOME to a folder that is."
        return Check(name, f"{folder}: {error.strerror}", False, advice)
    return Check(name, f"{folder} (writable)")
