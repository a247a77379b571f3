"""What programs that end badly may leave on a machine."""

from __future__ import annotations

import time
from pathlib import Path

_NAMES = ("psm_", "sem.", "pym-", "pymp-")  # Python's: of shared memory, of semaphores, of arenas and their folders


def shared_memory() -> set[Path]:
    """Named memory of the kind that Python makes. Whatever else is there is of other programs, and comes and goes.

    Looked at twice: Python takes such a name away as soon as it is made, in the tests beside this one too.
    """
    first = _named()
    time.sleep(0.05)
    return first & _named()


def _named() -> set[Path]:
    return {path for path in Path("/dev/shm").iterdir() if path.name.startswith(_NAMES)}
