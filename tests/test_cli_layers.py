"""Layers of one's own on the command line: tried, trained with, evaluated; and never run without being asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from idx_files import small_set, write_set
from small_runs import layer
from test_own_layers import SWISH

from fishlab import cli
from fishlab.core.files import open_project, save_project
from fishlab.core.layers import LAYERS
from fishlab.core.own_layers import load_layers, unload_layers
from fishlab.core.spec import NetworkSpec, ProjectSpec


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to work in, with a layer file, a project that uses it, and a small set beside it."""
    monkeypatch.chdir(tmp_path)
    write_set(tmp_path / "set", small_set(train=240, test=50))
    file = tmp_path / "swish.py"
    file.write_text(SWISH, encoding="utf-8")
    load_layers(file)
    layers = (layer("flatten"), layer("affine", units=20), layer("swish"), layer("affine", units=10))
    save_project("start.fishlab", ProjectSpec(network=NetworkSpec(name="Own", layers=layers)), None)
    unload_layers(file)
    yield tmp_path
    unload_layers(file)


def fishlab(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.main(list(words))
    return code, *capsys.readouterr()


def test_a_layer_file_is_tried_check_by_check(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, printed, _ = fishlab(capsys, "check-layer", "swish.py")
    assert code == 0 and printed.startswith("Swish (swish)")
    assert "ok  backward agrees with numerical differentiation" in printed and printed.strip().endswith("hold.")


def test_a_broken_layer_ends_with_one_and_says_what_is_wrong(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("swish.py").write_text(SWISH.replace("dx += self._slope", "dx -= self._slope"), encoding="utf-8")
    code, printed, _ = fishlab(capsys, "check-layer", "swish.py", "--json")
    assert code == 1
    verdicts = json.loads(printed)["swish"]
    (broken,) = [check for check, problem in verdicts.items() if problem != "holds"]
    assert broken == "backward agrees with numerical differentiation" and "dx at" in verdicts[broken]


def test_a_file_that_cannot_be_run_is_bad_input(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("swish.py").write_text("1 / 0", encoding="utf-8")
    code, printed, said = fishlab(capsys, "check-layer", "swish.py")
    assert (code, printed) == (2, "") and "line 1: ZeroDivisionError" in said and "Traceback" not in said


def test_a_project_with_a_layer_of_ones_own_asks_for_its_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("start.fishlab", "--data-dir", "set", "--epochs", "1")
    code, _, said = fishlab(capsys, "train", *words, "-o", "out.fishlab")
    assert code == 2 and "no layer called 'swish'" in said and "once its file is loaded" in said
    assert "swish" not in LAYERS


@pytest.mark.parametrize("way", ["one", "processes:2"])
def test_with_its_file_it_trains_and_is_evaluated(here: Path, capsys: pytest.CaptureFixture[str], way: str) -> None:
    words = ("--layers", "swish.py", "--data-dir", "set")
    code, _, said = fishlab(
        capsys, "train", "start.fishlab", *words, "--epochs", "1", "--way", way, "-o", "out.fishlab"
    )
    assert code == 0, said
    _, model = open_project("out.fishlab")
    assert model is not None and str(model.way) == ("one" if way == "one" else way)
    assert fishlab(capsys, "evaluate", "out.fishlab", *words)[0] == 0
    assert fishlab(capsys, "profile", "out.fishlab", "--layers", "swish.py", "--steps", "1")[0] == 0
