"""What is written about FishLab keeps up with what FishLab is."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from idx_files import small_set, write_set

import fishlab.core
from fishlab import cli
from fishlab.commands.catalogue import page
from fishlab.core.exchange import EXPORTS
from fishlab.core.exchange.choosing import export_for
from fishlab.core.files import open_project
from fishlab.core.own_layers import unload_layers
from fishlab.ui.plots.live import INSTRUMENTS
from fishlab.ui.portraits import MODES, TIME_LINE, file_name

ROOT = Path(__file__).resolve().parents[1]
LAYER_FILE = ROOT / "docs" / "scripts" / "swish.py"
SCRIPTS = sorted(set(LAYER_FILE.parent.glob("*.py")) - {LAYER_FILE})

EXCHANGE = (ROOT / "docs" / "exchange.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", EXCHANGE, re.DOTALL | re.MULTILINE)
COMMANDS = [line.split()[1:] for line in EXCHANGE.splitlines() if line.startswith("fishlab ")]


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(fishlab.core.__path__, "fishlab.core."):
        yield importlib.import_module(found.name)


def public(module: ModuleType) -> Iterator[tuple[str, object]]:
    """Functions and classes that a module defines, and what a class defines, properties included."""
    own = {name: thing for name, thing in vars(module).items() if getattr(thing, "__module__", "") == module.__name__}
    for name, thing in own.items():
        if name.startswith("_") or not (inspect.isclass(thing) or inspect.isfunction(thing)):
            continue
        yield name, thing
        for part in vars(thing) if inspect.isclass(thing) else ():
            member = inspect.getattr_static(thing, part)
            if not part.startswith("_") and isinstance(member, FUNCTIONS):
                yield f"{name}.{part}", getattr(thing, part)


FUNCTIONS = (type(public), classmethod, staticmethod, property)


def test_everything_public_in_the_engine_is_documented() -> None:
    bare = [f"{module.__name__}.{name}" for module in modules() for name, thing in public(module) if not said(thing)]
    assert bare == []


def said(thing: object) -> str:
    """The docstring, of a method also the one that it takes over from its base."""
    return (thing.__doc__ or "") if inspect.isclass(thing) else (inspect.getdoc(thing) or "")


def test_the_catalogue_is_the_one_that_the_descriptions_give() -> None:
    written = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
    assert written == "\n".join(page()) + "\n", "Write it anew: fishlab catalogue > docs/catalogue.md"


def test_the_points_of_the_readme_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (words,) = re.findall(r"^fishlab (train .* --data moons .*)$", readme, re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    assert cli.main(words.split()) == 0
    said = capsys.readouterr().out
    assert float(re.findall(r"Validation accuracy ([0-9.]+)%", said)[-1]) > 95, said


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_of_the_documentation_runs(script: Path, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_layer_file_of_the_documentation_keeps_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        assert cli.main(["check-layer", str(LAYER_FILE)]) == 0, capsys.readouterr().out
    finally:
        unload_layers(LAYER_FILE)


# -- the instruments ---------------------------------------------------------------------------------------------------
INSTRUMENTS_PAGE = (ROOT / "docs" / "instruments.md").read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in INSTRUMENTS_PAGE.split("\n## ")[1:]}


@pytest.mark.parametrize(("name", "title"), [(name, title) for name, title, _ in INSTRUMENTS])
def test_an_instrument_has_its_section_its_question_and_its_pictures(name: str, title: str) -> None:
    section = SECTIONS[title]
    assert [line.split(":")[0] for line in section.splitlines() if line.startswith("- ")] == POINTS
    assert f"](#{title.lower().replace(' ', '-')})" in INSTRUMENTS_PAGE, "no question leads to it"
    assert_pictured(section, name)


POINTS = ["- Controls", "- Keys", "- Book", "- CSV"]


def test_the_time_line_is_pictured_looking_back() -> None:
    assert_pictured(SECTIONS["The time line"], TIME_LINE)


def assert_pictured(section: str, name: str) -> None:
    for mode in MODES:
        picture = f"pictures/instruments/{file_name(name, mode)}"
        assert f"]({picture})" in section and (ROOT / "docs" / picture).is_file()


def test_every_picture_of_an_instrument_is_one_that_the_tour_takes() -> None:
    names = (*(name for name, *_ in INSTRUMENTS), TIME_LINE)
    taken = {file_name(name, mode) for name in names for mode in MODES}
    assert {path.name for path in (ROOT / "docs" / "pictures" / "instruments").iterdir()} == taken


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_what_a_page_points_to_is_there(page: Path) -> None:
    pointed = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [path for path in pointed if "://" not in path and not (page.parent / path).exists()] == []


# -- models in and out -------------------------------------------------------------------------------------------------
def test_the_page_on_exchange_has_a_command_and_a_row_for_every_format() -> None:
    exports = [words[words.index("--to") + 1] for words in COMMANDS if words[0] == "export"]
    assert exports == list(EXPORTS.kinds())
    cells = [line.split("|")[1] for line in EXCHANGE.splitlines() if line.startswith("| `")]
    rows = [kind for cell in cells for kind in re.findall(r"`(\w+)`", cell)]
    assert rows == list(EXPORTS.kinds())


@pytest.fixture(scope="module")
def exchanged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the commands of the page were given, but those whose package is not there."""
    folder = tmp_path_factory.mktemp("exchanged")
    write_set(folder / "data" / "mnist", small_set(train=240, test=50))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("FISHLAB_DATA_DIR", str(folder / "data"))
        for words in COMMANDS:
            extra = export_for(Path("out"), words[words.index("--to") + 1]).item.extra if "--to" in words else None
            if extra is None or not extra.missing:
                assert cli.main(words) == 0, words
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: re.findall(r"(?:import|from) (\w+)", text)[-1])
def test_an_example_of_exchange_runs_and_answers_as_the_model_does(
    example: str, exchanged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = set(re.findall(r"^(?:import|from) (\w+)", example, re.MULTILINE))
    for package in needed & {"torch", "onnxruntime"} | ({"torch"} if "model_torch" in needed else set()):
        pytest.importorskip(package, reason=f"{package} is not installed")
    monkeypatch.chdir(exchanged)
    monkeypatch.syspath_prepend(str(exchanged))
    found: dict[str, Any] = {}
    exec(compile(example, "docs/exchange.md", "exec"), found)
    _, model = open_project("model.fishlab")
    assert model is not None
    if "answers" in found:
        assert abs(found["answers"] - model.network().predict(found["x"])).max() < 1e-5
    else:
        assert np.array_equal(found["losses"], model.history.steps.column("loss"))
