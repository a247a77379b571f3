"""A way of running is written and read as text, and kept in the project file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from small_runs import project, trained

from fishlab.core.errors import FieldError
from fishlab.core.files import open_project, save_project
from fishlab.core.parallel.way import ONE, Way


@pytest.mark.parametrize(
    ("text", "title"), [("one", "1 thread"), ("threads:3", "3 threads"), ("processes:2", "2 processes")]
)
def test_a_way_is_written_and_read(text: str, title: str) -> None:
    way = Way.parse(text)
    assert (str(way), way.title) == (text, title)


@pytest.mark.parametrize(
    "text", ["", "two", "threads", "threads:1", "processes:0", "threads:-2", "threads:٣", "threads:65"]
)
def test_what_is_no_way_is_refused(text: str) -> None:
    with pytest.raises(FieldError):
        Way.parse(text)


def test_one_worker_of_any_kind_is_one() -> None:
    assert Way.of("processes", 1) == ONE
    assert Way.of("threads", 2) == Way("threads", 2)


def test_a_file_keeps_the_way(tmp_path: Path) -> None:
    spec = project()
    alone = trained(spec, steps=1)
    for way in (ONE, Way("threads", 3)):
        path = tmp_path / "way.fishlab"
        save_project(path, spec, dataclasses.replace(alone, way=way))
        opened = open_project(path)[1]
        assert opened is not None
        assert opened.way == way
