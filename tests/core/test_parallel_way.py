"""A way of running is written and read as text, and kept in the project file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from small_runs import project, trained

from fishlab.core.errors import FieldError
from fishlab.core.files import open_project, save_project
from fishlab.core.history import History
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


def test_a_file_keeps_the_way_and_says_version_2_only_where_it_must(tmp_path: Path) -> None:
    spec = project()
    alone = trained(spec, steps=1)
    alone.history.rates = History().rates  # as in a run from before rates were kept
    for way, version in ((ONE, b'"version":"1"'), (Way("threads", 3), b'"version":"2"')):
        path = tmp_path / "way.fishlab"
        save_project(path, spec, dataclasses.replace(alone, way=way))
        opened = open_project(path)[1]
        assert opened is not None
        assert opened.way == way
        assert version in path.read_bytes()
        assert (b"way" in path.read_bytes()) == (way != ONE)
