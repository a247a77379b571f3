"""What programs that end badly may leave on a machine."""

from __future__ import annotations

from pathlib import Path

_NAMES = ("psm_", "sem.", "pym-", "pymp-")  # Python's: of shared memory, of semaphores, of arenas and their folders


def shared_memory() -> set[Path]:
    """Named memory of the kind that Python makes. Whatever else is there is of other programs, and comes and goes."""
    return {path for path in Path("/dev/shm").iterdir() if path.name.startswith(_NAMES)}
