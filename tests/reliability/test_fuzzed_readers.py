"""Rows 3 and 4 with inputs that nobody thought of: seeds with edits, and all that ever brought a reader down.

`python -m tests.reliability.fuzz.run --minutes 30` goes on for longer, and is guided by what the inputs reach.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from counts import times
from hypothesis import HealthCheck, Phase, given, settings

from fishlab.core.errors import FishLabError
from tests.reliability.fuzz.edits import inputs
from tests.reliability.fuzz.targets import FOUND, Target, targets
from tests.reliability.fuzz.watch import Watch

# Settings are a person's own file; what Qt says of a strange value in it is no fault of the reader.
pytestmark = pytest.mark.qt_log_ignore("^QVariant::load", "^QRect", extend=True)

TARGETS = list(targets())
EXTRAS = {"onnx": "onnx"}
linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in the way of Linux")


def needs(found: Target) -> None:
    if found.name in EXTRAS:
        pytest.importorskip(EXTRAS[found.name], reason=f"the extra of {found.name} is not installed")


@pytest.mark.parametrize("found", TARGETS, ids=lambda found: found.name)
def test_a_reader_takes_its_seeds(found: Target, tmp_path: Path) -> None:
    needs(found)
    seeds = found.seeds()
    assert seeds
    for number, seed in enumerate(seeds):
        path = tmp_path / f"{number}{found.suffix}"
        path.write_bytes(seed)
        found.read(path)


def made_of(found: Target, count: int) -> list[bytes]:
    """Inputs for a reader: always the same."""
    made: list[bytes] = []

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs(found.seeds()))
    def collect(content: bytes) -> None:
        made.append(content)

    collect()
    return made


@linux
@pytest.mark.slow
@pytest.mark.parametrize("found", TARGETS, ids=lambda found: found.name)
def test_a_reader_raises_nothing_but_its_own_takes_no_memory_and_no_time(found: Target, tmp_path: Path) -> None:
    needs(found)
    watch = Watch(found, tmp_path)
    made = made_of(found, times(60, 3000))
    assert len(made) >= 60
    for content in made:
        watch(content)
    assert not watch.broken
    watch.rest()
    begun = watch.count
    for content in times(5, 20) * made[:100]:  # again, and nothing may be left of it
        watch(content)
    watch.rest()
    (_, before), (count, after) = watch.memory
    print(f"{found.name}: {watch.count:,} inputs, {after - before:,} KiB left by the last {count - begun:,}")
    assert after - before < 2 * (count - begun) + 1024
    assert not watch.broken


@pytest.mark.parametrize("path", sorted(FOUND.glob("*/*")), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_once_brought_a_reader_down_is_refused_now(path: Path) -> None:
    found = next(found for found in TARGETS if found.name == path.parent.name)
    needs(found)
    try:
        found.read(path)
    except FishLabError as error:
        assert str(error)
    found.try_out(path.read_bytes())
