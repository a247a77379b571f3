"""Row 9: hours of work cost no memory and no breath: under 1 MB a minute, 99 of 100 heartbeats within 100 ms.

How fast the machine is nobody knows: unless the full count is asked for, the window must breathe more often than it
could be made anew.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from counts import FULL, times
from programs import environment, fair

CHILD = Path(__file__).with_name("soak_child.py")
SECONDS = times(25, 1800)
MOST_GROWTH, MOST_GAP = 1.0, 100.0  # MB a minute, milliseconds
SETTLING = 2.0  # MB by which the heap goes up and down however long it is watched


@pytest.mark.slow
@pytest.mark.alone
def test_training_looking_editing_and_saving_for_a_while_leaves_nothing_behind(own_home: Path, tmp_path: Path) -> None:
    variables = environment(own_home) | {"MALLOC_ARENA_MAX": "1"}  # or each new thread may take a heap of its own
    child = subprocess.run(
        [sys.executable, CHILD, str(SECONDS), tmp_path], env=variables, capture_output=True, text=True,
        timeout=2 * SECONDS + 120, check=False,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    facts = json.loads(child.stdout)
    seconds, memory, nones = np.array(facts["rounds"]).T
    minutes = seconds / 60
    assert len(seconds) >= SECONDS / 20 and facts["errors"] == []
    assert growth(minutes, memory) * minutes[-1] < MOST_GROWTH * minutes[-1] + SETTLING, facts
    assert growth(minutes, nones) >= 0
    assert facts["p99"] < (fair(MOST_GAP) if FULL else facts["making"]), facts
    print(f"99 of 100 gaps within {facts['p99']:.0f} ms, the longest {facts['longest']:.0f} ms")


def growth(minutes: np.ndarray, values: np.ndarray) -> float:
    """What each minute adds, once things have found their size: the median over all pairs of rounds."""
    late = minutes > minutes[-1] / 3
    minutes, values = minutes[late], values[late]
    first, second = np.triu_indices(len(minutes), 1)
    return float(np.median((values[second] - values[first]) / (minutes[second] - minutes[first])))
