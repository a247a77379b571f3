"""Row 3: a damaged project. Every damage is refused in words and at once; none loads; what is open stays as it is."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from counts import times
from pytestqt.qtbot import QtBot
from small_runs import everything, project, trained
from window_kit import Opener, small_project

from fishlab.core.errors import FileFormatError
from fishlab.core.files import open_project, save_project
from fishlab.core.files.project import VERSION
from fishlab.ui.document import Document
from fishlab.ui.session import State

FIXTURES = Path(__file__).parents[1] / "core" / "fixtures"
BEGINNING = 4096
FLIPS = 500


def newest(folder: Path) -> Path:
    """A file of today's format with all that a model can have."""
    spec = project(everything())
    save_project(folder / "net.fishlab", spec, trained(spec))
    return folder / "net.fishlab"


def refused(path: Path, content: bytes) -> float:
    """The seconds in which a damaged file was refused, as it must be."""
    path.write_bytes(content)
    began = time.process_time()
    with pytest.raises(FileFormatError) as refusal:
        open_project(path)
    seconds = time.process_time() - began
    sentence = str(refusal.value)
    assert sentence.startswith(f"“{path.name}” cannot be opened: ") and sentence.endswith(".") and len(sentence) < 600
    return seconds


def damages(content: bytes) -> Iterator[bytes]:
    """The file with one byte another: each of the beginning and of the directory at the end, and in between."""
    directory = content.rfind(b"PK\x01\x02", 0, content.find(b"PK\x01\x02") + 1)
    beginning = BEGINNING if directory > 0 else BEGINNING // 8  # tests/core has more of the earlier formats
    ends = {*range(min(beginning, len(content))), *(range(directory, len(content)) if directory > 0 else ())}
    for place in sorted(ends.union(range(0, len(content), times(101, 1)))):
        yield content[:place] + bytes([content[place] ^ (1 + place % 255)]) + content[place + 1 :]


def flips(content: bytes) -> Iterator[bytes]:
    """The file with one bit the other way."""
    chosen = random.Random(3)
    for _ in range(times(FLIPS, 10 * FLIPS)):
        bit = chosen.randrange(8 * len(content))
        yield content[: bit // 8] + bytes([content[bit // 8] ^ 1 << bit % 8]) + content[bit // 8 + 1 :]


def cuts(content: bytes) -> Iterator[bytes]:
    """The file up to some place, and with something behind it."""
    step = times(max(1, len(content) // 300), max(1, len(content) // 10_000))
    for length in {*range(min(300, len(content))), *range(0, len(content), step), len(content) - 1}:
        yield content[:length]
    yield content + b"\0"
    yield content + content


def zeroed(content: bytes) -> Iterator[bytes]:
    """The file with a sector that was never written, or written twice."""
    for place in range(0, len(content) - 1, 512):
        sector = content[place : place + 512]
        for other in (bytes(len(sector)), content[:512][: len(sector)]):
            if other != sector:
                yield content[:place] + other + content[place + 512 :]


@pytest.mark.slow
@pytest.mark.parametrize("damage", [damages, flips, cuts, zeroed])
@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_every_damage_is_refused_with_a_sentence_within_a_second(damage, version: int, tmp_path: Path) -> None:
    source = newest(tmp_path) if version == VERSION else FIXTURES / f"format-{version}.fishlab"
    content = source.read_bytes()
    path = tmp_path / "damaged.fishlab"
    seconds = [refused(path, damaged) for damaged in damage(content)]
    assert max(seconds) < 1
    path.write_bytes(content)
    assert open_project(path)[1] is not None
    print(f"version {version}, {damage.__name__}: {len(seconds):,} refused, the slowest in {max(seconds):.3f} s")


def test_the_open_document_stays_as_it_is(open_window: Opener, tmp_path: Path, qtbot: QtBot) -> None:
    window, person = open_window()
    window.document.replace(small_project())
    window.session.run()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE and window.document.model is not None, timeout=10_000)
    window.document.edit("Rename", window.document.network.renamed("Mine"))
    document: Document = window.document
    before = (document.spec, document.model, document.path, document.unsaved, len(window.session.history.steps))
    content = newest(tmp_path).read_bytes()
    middle = len(content) // 2
    for number, damaged in enumerate((b"", content[:middle], content[:middle] + b"x" + content[middle + 1 :])):
        path = tmp_path / f"damaged-{number}.fishlab"
        path.write_bytes(damaged)
        assert not window.files.open(path)
        assert f"“{path.name}” cannot be opened" in person.told[number]
        now = (document.spec, document.model, document.path, document.unsaved, len(window.session.history.steps))
        assert now[0] == before[0] and now[1] is before[1] and now[2:] == before[2:]
    assert person.asked == []
