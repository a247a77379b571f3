"""What a run has measured so far: one row a step, one row an epoch, and marks for what was changed on the way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fishlab.core.errors import FileFormatError

Array = NDArray[np.float64]

STEP_COLUMNS = ("x", "loss", "accuracy", "images")
RATE_COLUMNS = ("x", "rate")
METRIC_COLUMNS = ("x", "gradient_norm", "update_ratio")
EPOCH_COLUMNS = ("epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy")


class Table:
    """Columns of numbers that grow by rows; `rows` is a view that later rows do not change."""

    def __init__(self, columns: tuple[str, ...], rows: Array | None = None) -> None:
        self.columns = columns
        self._store = np.empty((256, len(columns)))
        self._count = 0
        if rows is not None:
            self._store, self._count = np.array(rows, dtype=np.float64), len(rows)

    def __len__(self) -> int:
        return self._count

    def append(self, *row: float) -> None:
        """Add one row."""
        if self._count == len(self._store):
            self._store = np.concatenate([self._store, np.empty((max(256, self._count), len(self.columns)))])
        self._store[self._count] = row
        self._count += 1

    @property
    def rows(self) -> Array:
        """All rows, (count, columns)."""
        return self._store[: self._count]

    def column(self, name: str) -> Array:
        """One column, (count,)."""
        return self.rows[:, self.columns.index(name)]


@dataclass(frozen=True)
class Mark:
    """Something changed at `x` epochs into the run: 'rate 0.001 → 0.0003'."""

    x: float
    text: str


class History:
    """`steps` has a row for each batch (x is the epoch position after it), `epochs` one for each epoch; loss and
    accuracy are means over the batch or set, accuracy a share of 1. An epoch without validation images has NaN there.
    `rates` has a row for each step whose learning rate is not that of the step before it, `metrics` one for each step
    that was measured (see step_metrics.py). `marks` rise.
    """

    def __init__(self) -> None:
        self.steps = Table(STEP_COLUMNS)
        self.epochs = Table(EPOCH_COLUMNS)
        self.rates = Table(RATE_COLUMNS)
        self.metrics = Table(METRIC_COLUMNS)
        self.marks: list[Mark] = []

    def keep_rate(self, x: float, rate: float) -> None:
        """The step that ended at `x` used this learning rate; NaN says that it is not known."""
        if not math.isnan(rate) and (not len(self.rates) or self.rates.rows[-1, 1] != rate):
            self.rates.append(x, rate)

    def keep_metrics(self, x: float, gradient_norm: float, update_ratio: float) -> None:
        """The step that ended at `x` was measured; NaN for the norm says that it was not."""
        if not math.isnan(gradient_norm):
            self.metrics.append(x, gradient_norm, update_ratio)

    def copy(self) -> History:
        """A copy that the original's growth does not touch."""
        other = History()
        other.steps = Table(STEP_COLUMNS, self.steps.rows)
        other.epochs = Table(EPOCH_COLUMNS, self.epochs.rows)
        other.rates = Table(RATE_COLUMNS, self.rates.rows)
        other.metrics = Table(METRIC_COLUMNS, self.metrics.rows)
        other.marks = list(self.marks)
        return other

    def arrays(self) -> dict[str, Array]:
        """The tables as arrays, for files; those that files did not have at first only where there is anything."""
        tables = {"steps": self.steps.rows.copy(), "epochs": self.epochs.rows.copy()}
        later = {"rates": self.rates, "metrics": self.metrics}
        return tables | {name: table.rows.copy() for name, table in later.items() if len(table)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any], marks: list[Mark]) -> History:
        """The history that `arrays` gave; raises FileFormatError where the tables have another form."""
        history = cls()
        arrays = {"rates": history.rates.rows, "metrics": history.metrics.rows, **arrays}
        for name in ("steps", "epochs", "rates", "metrics"):
            columns, rows = getattr(history, name).columns, arrays.get(name)
            if rows is None or rows.ndim != 2 or rows.shape[1] != len(columns):
                raise FileFormatError(f"The history of the run has no table {name!r} of {len(columns)} columns.")
            setattr(history, name, Table(columns, rows))
        history.marks = sorted(marks, key=lambda mark: mark.x)
        return history
