"""Which format is meant, where only the file itself can tell."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from fishlab.core.errors import FileFormatError
from fishlab.core.exchange import EXPORTS, Subject
from fishlab.core.exchange.choosing import import_for, obstacle
from fishlab.core.exchange.formats import ExchangeError
from fishlab.core.spec import NetworkSpec, ProjectSpec


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_of_no_known_suffix_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "weights")
    with pytest.raises(FileFormatError, match="“weights” cannot be opened: it is not an ordinary file"):
        import_for(tmp_path / "weights")


def test_a_file_of_no_known_suffix_is_told_by_its_first_bytes(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"\x80\x04}.")
    assert import_for(tmp_path / "weights").kind == "book"


@pytest.mark.parametrize("name", ["weights", "model.onnx", "model.pt", "model.zip", "params.pkl"])
@pytest.mark.parametrize("version", [1, 3, 4, 5])
def test_a_project_under_another_name_is_known_by_what_it_holds(name: str, version: int, tmp_path: Path) -> None:
    content = (Path(__file__).parents[1] / "core" / "fixtures" / f"format-{version}.fishlab").read_bytes()
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ExchangeError, match=f"“{name}” is a project of FishLab under another name"):
        import_for(tmp_path / name)
    (tmp_path / name).write_bytes(content[:3000])  # a damaged one too: opening it says what is wrong with it
    with pytest.raises(ExchangeError, match="under another name"):
        import_for(tmp_path / name)


def test_an_archive_of_something_else_is_no_project(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.pt", "w") as archive:
        archive.writestr("archive/data.pkl", "fishlab.project")
    assert import_for(tmp_path / "model.pt").kind == "safetensors"


def test_a_name_of_several_lines_is_told_on_one() -> None:
    subject = Subject(ProjectSpec(network=NetworkSpec(name="one\ntwo")))
    assert str(obstacle(EXPORTS["csv"], subject)).startswith("“one�two” has not been trained")
