"""What is written about FishLab keeps up with what FishLab is."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import fishlab.core
from fishlab import cli
from fishlab.commands.catalogue import page
from fishlab.core.own_layers import unload_layers

ROOT = Path(__file__).resolve().parents[1]
LAYER_FILE = ROOT / "docs" / "scripts" / "swish.py"
SCRIPTS = sorted(set(LAYER_FILE.parent.glob("*.py")) - {LAYER_FILE})


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
