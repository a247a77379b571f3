"""The history of a training as tables for spreadsheets and pandas.

    OUT.csv          a row for each step
    OUT-epochs.csv   a row for each epoch

Comma separated as in RFC 4180, UTF-8, a decimal point everywhere, every number in full: what is read back is the same
number bit for bit. An empty field says that something was not measured; nan and inf are what was measured.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from fishlab.core.exchange.formats import Progress, Subject
from fishlab.core.exchange.history_rows import (
    changes_of_steps,
    history_of,
    metrics_of_steps,
    number,
    rates_of_steps,
    steps_at,
    told,
)
from fishlab.core.files.atomic import write_atomic
from fishlab.core.history import EPOCH_COLUMNS, History

STEP_NAMES = ("step", "epoch", "loss", "accuracy", "images", "learning_rate", "change", "gradient_norm", "update_ratio")
EPOCH_NAMES = ("epoch", "step", *EPOCH_COLUMNS[1:])

Row = Sequence[object]


def write_history(subject: Subject, path: Path, progress: Progress) -> list[Path]:
    """Write both tables; raises ExchangeError where there is no history, SaveError."""
    history = history_of(subject)
    beside = path.with_name(f"{path.stem}-epochs{path.suffix}")
    epochs = told(epoch_rows(history), "Writing the epochs", len(history.epochs), progress)
    write_atomic(beside, table_bytes(EPOCH_NAMES, epochs))
    steps = told(step_rows(history), "Writing the steps", len(history.steps), progress)
    write_atomic(path, table_bytes(STEP_NAMES, steps))
    return [path, beside]


def step_rows(history: History) -> Iterator[Row]:
    """A row for each step. `epoch` is the place after it in epochs, `change` what a person changed right before it."""
    changes = changes_of_steps(history)
    known = (history.steps.rows, rates_of_steps(history), metrics_of_steps(history))
    steps = zip(*(table.tolist() for table in known), strict=True)
    for index, ((x, loss, accuracy, images), rate, measured) in enumerate(steps):
        change = "; ".join(changes.get(index, ()))
        row = index + 1, number(x), number(loss), number(accuracy), int(images), _or_empty(rate), change
        yield *row, *map(_or_empty, measured)


def epoch_rows(history: History) -> Iterator[Row]:
    """A row for each epoch; `step` is the number of its last step. Without validation images two fields are empty."""
    steps = steps_at(history, history.epochs.column("epoch"))
    for (epoch, *train, loss, accuracy), step in zip(history.epochs.rows.tolist(), steps.tolist(), strict=True):
        validated = not (math.isnan(loss) and math.isnan(accuracy))
        validation = map(number, (loss, accuracy)) if validated else ("", "")
        yield int(epoch), step, *map(number, train), *validation


def table_bytes(names: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """A table as pieces of a CSV file, a line each."""
    for row in (names, *rows):
        line = io.StringIO(newline="")
        csv.writer(line).writerow(row)
        yield line.getvalue().encode()


def _or_empty(value: float) -> str:
    return "" if math.isnan(value) else number(value)
