"""Images or features of one's own in a CSV file: a row for each, one column for the label.

Commas, semicolons and tabs divide cells. A first row with names of columns is known by its words.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Hashable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import DATASETS, SAMPLES, Dataset, Progress, Source, Survey, Values
from fishlab.core.data.labelled import (
    compact,
    count_to_test,
    existing_file,
    is_number,
    labels_of,
    parted,
    refuse_much,
    shaped,
)
from fishlab.core.errors import DataError
from fishlab.core.spec import DataSpec

MOST_LINE = 4 * 2**20
AT_ONCE = 16 * 2**20
SMALL = 2**20  # read at once for a survey
_WHAT = "CSV file"
_LABEL_NAMES = ("label", "labels", "class", "target", "y")
_DELIMITERS = ",;\t"
_DECIMAL_COMMA = re.compile(r"'[-+]?\d+,\d+'")  # as it is quoted

Line = tuple[int, str]
"""The number of a line, from 1, and what it says."""


@DATASETS.register("csv", title="CSV file", help="Numbers of your own, a row for each image, with its label.")
class Csv(Source):
    """The rows of `file`, whose labels stand in `label_column`; `row_is` says what the other columns are."""

    by_name = True

    def find(self, spec: DataSpec) -> DataSpec:
        return spec

    def key(self, spec: DataSpec) -> Hashable:
        look = existing_file(spec.file, _WHAT).stat()
        file = spec.file, look.st_mtime_ns, look.st_size
        return *file, spec.label_column, spec.row_is, spec.image_size, spec.test_share

    def load(self, spec: DataSpec, progress: Progress) -> Dataset:
        path = existing_file(spec.file, _WHAT)
        try:
            rows, words, numbers = _read(path, spec.label_column, progress)
        except OSError as error:
            raise DataError(f"“{path}” cannot be read: {error.strerror or error}. Choose another file.") from error
        labels, names = labels_of(words, path, lambda row: f"line {numbers[row]:,}")
        train, test = parted(shaped(rows, spec.row_is, path, spec.image_size), labels, spec.test_share)
        return Dataset(path.name, spec.source, train, test, names)

    def survey(self, spec: DataSpec) -> Survey:
        path = existing_file(spec.file, _WHAT)
        if path.stat().st_size <= SMALL:
            return Survey.of(self.load(spec, _silent), path)
        build = build_of(path, spec.label_column)
        with path.open("rb") as file:
            count = sum(part.count(b"\n") for part in iter(lambda: file.read(2**20), b"")) - build.named
        test = count_to_test(count, spec.test_share)
        return Survey(path.name, count - test, test, path)

    def samples(self, spec: DataSpec, count: int = SAMPLES) -> Values:
        path = existing_file(spec.file, _WHAT)
        build = build_of(path, spec.label_column)
        chunk = list(islice(_lines(path), build.named, count + build.named))
        rests = tuple(_parted_line(line, build, path)[1] for line in chunk)
        return shaped(compact(_numbers(rests, chunk, build, path)), spec.row_is, path, spec.image_size)

    def labels(self, spec: DataSpec) -> NDArray[np.intp] | None:
        small = existing_file(spec.file, _WHAT).stat().st_size <= SMALL
        return self.load(spec, _silent).train.labels if small else None


def _silent(what: str, done: int, total: int) -> None:
    """A survey is too short to tell of."""


# -- how the file is built -------------------------------------------------------------------------------------------
class Build(NamedTuple):
    """How a file is built: what divides its cells, how many a row has, which is the label, and if names stand first."""

    delimiter: str
    columns: int
    label: int
    named: bool


def build_of(path: Path, label_column: str) -> Build:
    """Look at the first two lines; raises DataError where there is no table, or no such column."""
    lines = _lines(path)
    first, second = next(lines, None), next(lines, None)
    if first is None:
        raise DataError(f"“{path}” is empty; expected was a row of numbers for each image. Choose another file.")
    delimiter = max(_DELIMITERS, key=first[1].count)
    cells = _cells(first, delimiter, path)
    if len(cells) < 2:
        raise DataError(
            f"“{path}” has one column; expected were a label and numbers, divided by commas, semicolons or tabs."
        )
    words = [place for place, cell in enumerate(cells) if not is_number(cell)]
    known = (*_LABEL_NAMES, label_column.casefold())
    named = len(words) > 1 or any(cells[place].casefold() in known for place in words)
    if named and second is None:
        raise DataError(f"“{path}” has names of columns and no row of numbers. Choose another file.")
    example = _cells(second, delimiter, path) if named and second else cells
    return Build(delimiter, len(cells), _label_place(path, cells if named else [], example, label_column), named)


def _label_place(path: Path, names: list[str], example: list[str], wanted: str) -> int:
    folded = [name.casefold() for name in names]
    if wanted:
        if wanted.casefold() in folded:
            return folded.index(wanted.casefold())
        if wanted.isdecimal() and len(wanted) < 8 and 1 <= int(wanted) <= len(example):
            return int(wanted) - 1
        known = f"; its columns are {', '.join(names[:8])}{' …' if len(names) > 8 else ''}" if names else ""
        raise DataError(
            f"“{path}” has no column {wanted[:40]!r}{known}. Write one of its names, or a number of 1 to "
            f"{len(example):,}."
        )
    called = [place for place, name in enumerate(folded) if name in _LABEL_NAMES]
    words = [place for place, cell in enumerate(example) if not is_number(cell)]
    return called[0] if called else words[0] if len(words) == 1 else 0


# -- its rows --------------------------------------------------------------------------------------------------------
def _read(path: Path, label_column: str, progress: Progress) -> tuple[Values, list[str], list[int]]:
    """The numbers (N, F), the labels as they are written, and the line of each row."""
    build = build_of(path, label_column)
    size, done = path.stat().st_size, 0
    parts: list[Values] = []
    words: list[str] = []
    numbers: list[int] = []
    for chunk in _chunks(path, skip=build.named):
        progress("Reading rows", min(done, size), size)
        done += sum(len(line) + 1 for _, line in chunk)
        labels, rests = zip(*(_parted_line(line, build, path) for line in chunk), strict=True)
        words.extend(labels)
        numbers.extend(number for number, _ in chunk)
        refuse_much(path, len(words), (build.columns - 1,), 4)
        parts.append(compact(_numbers(rests, chunk, build, path)))
    kept = np.uint8 if all(part.dtype == np.uint8 for part in parts) else np.float32
    return np.concatenate([part.astype(kept, copy=False) for part in parts]), words, numbers


def _lines(path: Path) -> Iterator[Line]:
    """The lines that say something; DataError for one that is no text, or far too long."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MOST_LINE):
            number += 1
            if len(line) >= MOST_LINE:
                raise DataError(f"“{path}” has {MOST_LINE:,} bytes or more in line {number:,}: it is no CSV file.")
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip("\r\n ")
            except UnicodeDecodeError as error:
                words = f"“{path}” is no text in line {number:,}; expected was UTF-8. Save it as CSV in UTF-8."
                raise DataError(words) from error
            if text:
                yield number, text


def _chunks(path: Path, skip: bool) -> Iterator[list[Line]]:
    """Lines together, AT_ONCE letters or a little more of them."""
    chunk: list[Line] = []
    letters = 0
    lines = _lines(path)
    if skip:
        next(lines)
    for line in lines:
        chunk.append(line)
        letters += len(line[1])
        if letters >= AT_ONCE:
            yield chunk
            chunk, letters = [], 0
    if chunk:
        yield chunk


def _cells(line: Line, delimiter: str, path: Path) -> list[str]:
    number, text = line
    if '"' not in text:
        return [cell.strip() for cell in text.split(delimiter)]
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter))]
    except csv.Error as error:
        raise DataError(f"“{path}” is no CSV in line {number:,} ({error}). Mend that line.") from error


def _parted_line(line: Line, build: Build, path: Path) -> tuple[str, str]:
    """The label of a line, and the line without it; DataError where it has more cells than the first, or fewer."""
    number, text = line
    quoted = '"' in text
    cells = _cells(line, build.delimiter, path) if quoted else text.split(build.delimiter, build.label + 1)
    count = len(cells) if quoted else text.count(build.delimiter) + 1
    if count != build.columns:
        raise DataError(
            f"“{path}” has {count:,} cells in line {number:,}; expected were {build.columns:,}, as in its first line. "
            "Mend that line."
        )
    label = cells.pop(build.label).strip()
    return label, build.delimiter.join(cells)


def _numbers(rests: tuple[str, ...], chunk: list[Line], build: Build, path: Path) -> NDArray[np.float32]:
    if not all(rest.strip() for rest in rests):  # NumPy would pass over such a line, and labels over theirs
        raise _no_number(rests, chunk, build, path)
    try:
        with np.errstate(all="ignore"):
            rows = np.loadtxt(rests, np.float32, comments=None, delimiter=build.delimiter, ndmin=2)
    except ValueError:
        raise _no_number(rests, chunk, build, path) from None
    if not np.isfinite(rows).all():
        row, column = np.argwhere(~np.isfinite(rows))[0]
        raise _refuse_cell(path, chunk[row][0], int(column), build, f"{rows[row, column]:g}")
    return rows


def _no_number(rests: tuple[str, ...], chunk: list[Line], build: Build, path: Path) -> DataError:
    for (number, _), rest in zip(chunk, rests, strict=True):
        for column, cell in enumerate(rest.split(build.delimiter)):
            if not is_number(cell) or "_" in cell:
                return _refuse_cell(path, number, column, build, repr(cell.strip()[:40]))
    return DataError(f"“{path}” holds numbers that cannot be read. Save it as CSV with plain numbers.")


def _refuse_cell(path: Path, number: int, column: int, build: Build, found: str) -> DataError:
    place = column + 1 + (column >= build.label)
    cure = "Mend that cell, or name the column of the labels."
    if _DECIMAL_COMMA.fullmatch(found):
        cure = "Write decimals with a point, as in 1.5."
    return DataError(f"“{path}” has {found} in line {number:,}, column {place:,}; expected was a number. {cure}")
