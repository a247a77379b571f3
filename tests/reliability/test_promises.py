"""Every promise of docs/reliability.md is tried here, and every one that is tried here stands there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "docs" / "reliability.md"
ROWS = set(range(1, 21))
NAMED = re.compile(r"\brows?\s+(\d+(?:(?:, | and |, and )\d+)*)", re.IGNORECASE)


def rows_of(path: Path) -> set[int]:
    """The rows that a test file's docstring says it tries: “Row 3: ...”, “Rows 7 and 12: ...”."""
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return {int(number) for found in NAMED.findall(words) for number in re.findall(r"\d+", found)}


def table() -> dict[int, list[str]]:
    """The cells of each row of the page."""
    lines = (line.strip("| \n").split(" | ") for line in TABLE.read_text(encoding="utf-8").splitlines())
    return {int(cells[0]): cells for cells in lines if cells[0].isdecimal()}


def test_every_row_is_tried_by_a_test() -> None:
    tried = set().union(*(rows_of(path) for path in HERE.glob("test_*.py")))
    assert tried == ROWS


def test_every_row_says_fault_promise_figure_and_command() -> None:
    rows = table()
    assert set(rows) == ROWS
    assert all(len(cells) == 5 and all(cell.strip() for cell in cells) for cells in rows.values())


def test_every_command_finds_the_test_of_its_row() -> None:
    for row, cells in table().items():
        names = [name.strip("` ") for name in cells[-1].split(" or ")]
        tried = set().union(*(rows_of(path) for name in names for path in HERE.glob(f"{name}.py")))
        assert row in tried, cells[-1]
