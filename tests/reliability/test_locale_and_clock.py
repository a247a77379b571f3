"""Row 19: locale and clock. With a decimal comma, in any time zone, while the clock jumps: files are byte-equal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from small_runs import layer, project, trained

from fishlab.core.files import open_project, save_project

# Goes on with a training, saves it, and writes every export that there is. A clock that jumps is told by an argument.
WRITES_ALL = """
import hashlib, json, locale, sys, time, warnings
from pathlib import Path
folder, clock = Path(sys.argv[1]), sys.argv[2]
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    pass
if clock != "steady":
    import itertools, random
    jumps, chosen, real = itertools.count(), random.Random(clock), time.time
    def jumping():
        next(jumps)
        return real() + chosen.choice((-4e8, -7200, 0, 3600, 4e8, 4e9))
    time.time = jumping
    time.time_ns = lambda: int(1e9 * jumping())
from PySide6.QtCore import QLocale
QLocale.setDefault(QLocale())
from small_runs import project, trained
from fishlab.core.exchange import EXPORTS, MissingExtraError, Subject
from fishlab.core.exchange.writing import write_export
from fishlab.core.files import open_project, save_project
spec, model = open_project(folder.parent / "begin.fishlab")
model = trained(spec, resume=model, steps=4)
save_project(folder / "net.fishlab", spec, model)
for entry in EXPORTS:
    try:
        write_export(entry, Subject(spec, model), folder / (entry.kind + (entry.item.suffix or "")))
    except MissingExtraError:
        pass
found = {
    str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
    for path in folder.rglob("*") if path.is_file()
}
spec, model = open_project(folder / "net.fishlab")
print(json.dumps({"files": found, "comma": locale.localeconv()["decimal_point"], "qt": QLocale().toString(1.5),
                  "zone": time.strftime("%z"), "encoding": sys.flags.utf8_mode}))
"""


@cache
def german(folder: Path) -> str:
    """A locale with a decimal comma: the system's, or one made here."""
    made = folder / "locales" / "de_DE.UTF-8"
    made.parent.mkdir()
    try:
        subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", str(made)], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return str(made.parent)


def written(folder: Path, clock: str = "steady", **environment: str) -> dict[str, object]:
    folder.mkdir()
    if not (folder.parent / "begin.fishlab").exists():
        kinds = ("convolution", "relu", "max_pool", "flatten")
        spec = project([*map(layer, kinds), layer("affine", units=10)], epochs=3)
        save_project(folder.parent / "begin.fishlab", spec, trained(spec, steps=8))
    plain = {name: value for name, value in os.environ.items() if name not in ("LANG", "LC_ALL", "TZ", "PYTHONUTF8")}
    plain["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, "-c", WRITES_ALL, str(folder), clock]
    ended = subprocess.run(command, capture_output=True, text=True, env=plain | environment)
    assert ended.returncode == 0, ended.stderr[-3000:]
    said: dict[str, object] = json.loads(ended.stdout)
    return said


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    folder = tmp_path_factory.mktemp("locale")
    said = written(folder / "usual", LC_ALL="C.UTF-8", TZ="UTC")
    assert {"net.fishlab", "csv.csv", "svg.svg", "numpy.py"} <= set(said["files"])
    return folder, said


CASES: dict[str, dict[str, str]] = {
    "plain C without UTF-8": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "Tokyo": {"LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo"},
    "half an hour off": {"LC_ALL": "C.UTF-8", "TZ": "<-0330>3:30"},
    "no such zone": {"LC_ALL": "C.UTF-8", "TZ": "Nowhere/At_All"},
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_files_are_the_same_bytes_in_any_environment(case: str, usual: tuple[Path, dict[str, object]]) -> None:
    folder, said = usual
    assert written(folder / case, **CASES[case])["files"] == said["files"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="locales are made in the way of Linux")
def test_files_are_the_same_bytes_where_a_comma_divides_decimals(usual: tuple[Path, dict[str, object]]) -> None:
    folder, said = usual
    locales = german(folder)
    if not locales:
        pytest.skip("a German locale cannot be made here: localedef and its sources are missing")
    german_said = written(folder / "german", LC_ALL="de_DE.UTF-8", LANG="de_DE.UTF-8", LOCPATH=locales)
    assert (german_said["comma"], german_said["qt"]) == (",", "1,5")
    assert german_said["files"] == said["files"]


@pytest.mark.slow
@pytest.mark.parametrize("clock", ["1", "2"])
def test_files_are_the_same_bytes_while_the_clock_jumps(clock: str, usual: tuple[Path, dict[str, object]]) -> None:
    folder, said = usual
    assert written(folder / f"clock-{clock}", clock=clock, LC_ALL="C.UTF-8", TZ="UTC")["files"] == said["files"]


@pytest.mark.slow
def test_what_was_written_opens_everywhere(usual: tuple[Path, dict[str, object]]) -> None:
    folder, _ = usual
    spec, model = open_project(folder / "usual" / "net.fishlab")
    assert model is not None and model.position.step == 12 and spec == model.project
