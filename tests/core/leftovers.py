"""What programs that end badly may leave on a machine."""

from __future__ import annotations

import time
from pathlib import Path

_NAMES = ("psm_", "sem.", "pym-", "pymp-")  # Python's: of shared memory, of semaphores, of arenas and their folders


def shared_memory() -> set[Path]:
    """Named memory of the kind that Python makes. Whatever else is there is of other programs, and comes and goes.

    What is there is looked at for half a second: Python takes such a name away as soon as it is made, in the tests
    beside this one too, and as soon as a busy computer lets it.
    """
    found = _named()
    for _ in range(10):
        if not found:
            break
        time.sleep(0.05)
        found &= _named()
    return found


def _named() -> set[Path]:
    return {path for path in Path("/dev/shm").iterdir() if path.name.startswith(_NAMES)}
