"""What Qt needs from the machine, asked before Qt is imported: system libraries and a display.

Standard library only: `run.py` asks this module before anything is installed. A missing library would otherwise end in
an ImportError from deep inside Qt, or in an abort without a word.
"""

import ctypes
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

# soname of each library -> the Debian and Ubuntu package that brings it. Newer releases call libglib2.0-0
# libglib2.0-0t64; apt resolves the old name there.
OFFSCREEN = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
}
X11 = OFFSCREEN | {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
_HEADLESS_PLATFORMS = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs")

NO_DISPLAY = "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set)"


def has_display() -> bool:
    """Whether a window can be shown to a person. Only Linux and its kin can lack a display."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def needed_libraries() -> dict[str, str]:
    """soname -> Debian package of what Qt needs for the platform it is going to run on here."""
    if not sys.platform.startswith("linux"):
        return {}
    headless = os.environ.get("QT_QPA_PLATFORM", "").startswith(_HEADLESS_PLATFORMS)
    return X11 if os.environ.get("DISPLAY") and not headless else OFFSCREEN


def missing_libraries(needed: Iterable[str] | None = None) -> list[str]:
    """The sonames among `needed` (default: needed_libraries()) that the loader does not find."""
    return [soname for soname in (needed_libraries() if needed is None else needed) if not _loads(soname)]


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def explain(missing: list[str]) -> str:
    """One sentence for the person: which libraries Qt lacks, and the command that brings them."""
    if _is_debian():
        return f"Qt needs system libraries that are missing. Install them with:\n  sudo {_apt_command(missing)}"
    return (
        "Qt needs system libraries that are missing: "
        + ", ".join(missing)
        + ". Install the packages of your system that bring them."
    )


def ensure_libraries() -> bool:
    """See to it that Qt can load: True if it can, else the reason has been said on stderr.

    On Debian and Ubuntu, run by root (a container, most often), the packages are installed, after saying so.
    """
    missing = missing_libraries()
    if missing and _is_debian() and os.geteuid() == 0:
        _say(f"Qt needs system libraries that are missing. Installing them: {_apt_command(missing)}")
        _install(missing)
        missing = missing_libraries(missing)
    if missing:
        _say(explain(missing))
    return not missing


def _say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


def _is_debian() -> bool:
    if not shutil.which("apt-get"):
        return False
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return Path("/etc/debian_version").exists()
    return bool({"debian", "ubuntu"} & {release["ID"], *release.get("ID_LIKE", "").split()})


def _apt_command(missing: list[str]) -> str:
    return "apt-get install -y " + " ".join(X11[soname] for soname in missing)


def _install(missing: list[str]) -> None:
    # The lists may be absent (a fresh image) or old; if updating them fails, what is there may still do.
    for command in ("apt-get update -q", _apt_command(missing)):
        variables = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(command.split(), check=False, env=variables, stdout=subprocess.DEVNULL)
