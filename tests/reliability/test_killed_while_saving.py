"""Row 1: killed while saving. The file is the old one or the new one, whole, and what was left is swept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from counts import times
from window_kit import Opener, small_project

from fishlab.core.files import save_project
from fishlab.core.files.atomic import TEMPORARY

# A child of the child is killed: it has nothing of the test's, and is there in no time.
SAVES_UNTIL_KILLED = """
import os, random, signal, sys, time
from pathlib import Path
from small_runs import layer, project, trained
from fishlab.core.files import open_project, save_project, sweep
from fishlab.core.files.atomic import TEMPORARY
path, times = Path(sys.argv[1]), int(sys.argv[2])
nets = [[layer("flatten"), layer("affine", units=units), layer("affine", units=10)] for units in (1500, 4000)]
saved = [(spec, trained(spec, steps=1)) for spec in map(project, nets)]
whole = []
for spec, model in saved:
    save_project(path, spec, model)
    whole.append(path.read_bytes())
waits, most, struck, half, changed = random.Random(5), 0, 0, 0, 0
for turn in range(times):
    before = path.read_bytes()
    child = os.fork()
    if child == 0:
        while True:
            for spec, model in saved:
                save_project(path, spec, model)
    time.sleep(waits.uniform(0.02, 0.12))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    stale = [file.stat().st_size for file in path.parent.glob(TEMPORARY.format("*"))]
    content = path.read_bytes()
    assert content in whole, "half written"
    spec, model = open_project(path)
    assert (spec, model.project) == (saved[whole.index(content)][0],) * 2
    most, struck = max(most, len(stale)), struck + bool(stale)
    half += any(size not in map(len, whole) for size in stale)
    changed += content != before
sweep(path.parent)
print(most, struck, half, changed, len(list(path.parent.iterdir())), *map(len, whole))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a fault that is made in the way of Unix")
def test_killed_while_saving_the_file_is_always_whole(tmp_path: Path) -> None:
    kills = times(30, 1000)
    folders = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, "-c", SAVES_UNTIL_KILLED, str(tmp_path / "loop.fishlab"), str(kills)]
    ended = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": folders})
    assert ended.returncode == 0, ended.stderr[-2000:]
    most, struck, half, changed, left, *sizes = map(int, ended.stdout.split())
    print(
        f"{kills} kills, files of {' and '.join(f'{size / 1e6:.1f}' for size in sizes)} MB: {struck} while a temporary "
        f"file was there, {half} of them half written; {changed} times another file had taken the place"
    )
    assert most == 1, "no child was killed in the middle of writing, or more than one file was left behind"
    assert struck >= kills // 10
    assert left == 1


def test_what_a_killed_window_left_is_swept_when_its_project_is_opened_again(
    open_window: Opener, tmp_path: Path
) -> None:
    path = tmp_path / "net.fishlab"
    save_project(path, small_project(), None)
    (tmp_path / TEMPORARY.format("0123456789abcdef")).write_bytes(path.read_bytes()[:100])
    window, _ = open_window(path)
    assert window.document.path == path
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["net.fishlab"]
