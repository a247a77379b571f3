"""Which format is meant, where only the file itself can tell."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fishlab.core.errors import FileFormatError
from fishlab.core.exchange import EXPORTS, Subject
from fishlab.core.exchange.choosing import import_for, obstacle
from fishlab.core.spec import NetworkSpec, ProjectSpec


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_of_no_known_suffix_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "weights")
    with pytest.raises(FileFormatError, match="“weights” cannot be opened: it is not an ordinary file"):
        import_for(tmp_path / "weights")


def test_a_file_of_no_known_suffix_is_told_by_its_first_bytes(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"\x80\x04}.")
    assert import_for(tmp_path / "weights").kind == "book"


def test_a_name_of_several_lines_is_told_on_one() -> None:
    subject = Subject(ProjectSpec(network=NetworkSpec(name="one\ntwo")))
    assert str(obstacle(EXPORTS["csv"], subject)).startswith("“one�two” has not been trained")
