"""A chart: one quantity of the run in sight and of those before it, cut to what can be seen of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QCoreApplication

from fishlab.core.history import Mark
from fishlab.ui.plots import axis
from fishlab.ui.plots.decimate import MOST_CALM, MOST_RAW, Floats, Points, envelope, finite, means
from fishlab.ui.plots.drawing import NOTHING, Drawing, Line
from fishlab.ui.plots.quantity import Quantity, steps_between
from fishlab.ui.plots.series import Series
from fishlab.ui.run_record import Run, RunRecord

_FIRST_EARLIER = 3  # of the theme's curves; those before it have a meaning of their own


@dataclass(frozen=True)
class Manner:
    """How a chart is drawn: `span` batches are averaged over, `raw_points` can be told apart across it."""

    span: float = 1.0
    log_y: bool = False
    log_x: bool = False
    raw_points: int = MOST_RAW


class Chart:
    """`drawing(record, manner)` draws `quantity`. What it found of the run in sight is kept: `series`, `calm` (what
    was drawn of it), `validation`, and `earlier` runs with what was drawn of them.

    What has been averaged is kept too, and gone on with. A redraw looks through all values once: with three runs of a
    million steps each that is three milliseconds, of a hundred thousand half a one.
    """

    def __init__(self, quantity: Quantity) -> None:
        self.quantity = quantity
        self.series: Series | None = None
        self.calm: Points = NOTHING
        self.validation: Points = NOTHING
        self.earlier: list[tuple[Run, Points]] = []
        self._kept: list[Series] = []

    @property
    def is_empty(self) -> bool:
        """Whether the run in sight has nothing to draw."""
        return not len(self.calm[0])

    def drawing(self, record: RunRecord, manner: Manner) -> Drawing | None:
        """Take what is new of the runs; None where the one in sight has nothing yet."""
        before, self._kept = self._kept, []
        self.series = self._follow(record, before, manner)
        self.calm = self._calm(record, self.series, manner)
        self.validation = self.quantity.validation(record)
        if self.is_empty:
            return None
        epochs = axis.epochs_shown(end_of(record))
        self.earlier = [(run, self._earlier(run, before, manner, epochs)) for run in record.past if run.shown]
        return self._drawing(record, manner, epochs)

    def _follow(self, run: Run, before: list[Series], manner: Manner) -> Series:
        table = self.quantity.source(run)
        known = (one for one in before if one.table is table)
        span = _rows(manner.span, len(table), len(run.history.steps)) if self.quantity.calm else 1.0
        series = next(known, None) or Series(table, self.quantity.column, span)
        series.follow()
        series.set_span(span)
        self._kept.append(series)
        return series

    def _calm(self, run: Run, series: Series, manner: Manner) -> Points:
        if self.quantity.calm:
            return means(series.x, series.smooth, MOST_CALM, log=manner.log_x)
        return steps_between(series.x, series.y, end_of(run), manner.raw_points // 2)

    def _earlier(self, run: Run, before: list[Series], manner: Manner, epochs: int) -> Points:
        """The calm line of an earlier run, as far as the axis reaches."""
        x, y = self._calm(run, self._follow(run, before, manner), manner)
        return (x, y) if not len(x) or x[-1] <= epochs else (x[x <= epochs], y[x <= epochs])

    # -- as plain data -----------------------------------------------------------------------------------------------
    def _drawing(self, record: RunRecord, manner: Manner, epochs: int) -> Drawing:
        assert self.series is not None
        raw = NOTHING
        if self.quantity.calm:
            raw = envelope(self.series.x, self.series.y, manner.raw_points, log=manner.log_x)
        validation = envelope(*self.validation, manner.raw_points, log=manner.log_x)
        own = np.append(self.calm[1], self.validation[1])
        earlier = np.concatenate([NOTHING[1], *(points[1] for _, points in self.earlier)])
        y_range, y_ticks = self.quantity.span(own, earlier, raw[1] if len(raw[1]) else own, log=manner.log_y)
        x_range = (min(float(self.series.x[0]), epochs / 10) if manner.log_x else 0.0, float(epochs))
        found = self._lines(raw, validation)
        lines = tuple(replace(line, points=_shown(line.points, log=manner.log_y)) for line in found)
        x_ticks = axis.places(*x_range) if manner.log_x else axis.epoch_ticks(epochs)
        say = self._say_log if manner.log_y else self._say
        drawing = Drawing(x_range, y_range, y_ticks, x_ticks, lines, say=say, log_x=manner.log_x)
        return replace(drawing, marks=drawing.told_apart(marks_of(record)))

    def _lines(self, raw: Points, validation: Points) -> list[Line]:
        earlier = [
            Line(f"earlier{run.number}", points, colour_of(run), "dot", run_name(run)) for run, points in self.earlier
        ]
        train = _tr("train") if self.quantity.validated else self.quantity.words(self.quantity.title)
        return [
            Line("raw", raw, 0, "raw"),
            *earlier,
            Line("train", self.calm, 0, "line", train),
            Line("validation", validation, 1, "dash", _tr("validation")),
        ]

    def _say(self, y: float) -> str:
        return self.quantity.text(y, exact=True)

    def _say_log(self, y: float) -> str:
        return self.quantity.text(10.0**y, exact=True)


def end_of(run: Run) -> float:
    """How far a run has come, in epochs."""
    steps = run.history.steps
    return float(steps.rows[-1, 0]) if len(steps) else 0.0


def marks_of(run: Run) -> tuple[Mark, ...]:
    """What was changed on the way, and at the end why it ended: the first sentence of that."""
    marks = tuple(run.history.marks)
    return (*marks, Mark(end_of(run), run.ended.split(". ")[0].rstrip("."))) if run.ended else marks


def colour_of(run: Run) -> int:
    """Which of the theme's curves an earlier run is: never that of a role, and the same as long as it is shown."""
    return _FIRST_EARLIER + (run.number - 1) % 4


def run_name(run: Run) -> str:
    """How an earlier run is called in legends."""
    return _tr("run {number}").format(number=run.number)


def values_at(points: Points) -> dict[float, float]:
    """The values by their places, to be looked up by places that are sums of the same shares."""
    return {round(x, 9): y for x, y in zip(*(part.tolist() for part in finite(*points)), strict=True)}


def values_near(points: Points, at: Floats) -> list[object]:
    """The value next to each of the rising places `at`; empty beyond the end."""
    x, y = points
    if not len(x):
        return [""] * len(at)
    right = np.searchsorted(x, at).clip(1, max(1, len(x) - 1))
    near = np.where(x[right % len(x)] - at < at - x[right - 1], right, right - 1)
    reached = int(np.searchsorted(at, x[-1], side="right"))
    return [*y[near[:reached]].tolist(), *[""] * (len(at) - reached)]


def _rows(span: float, rows: int, steps: int) -> float:
    """How many rows of a table tell of so many batches, where it has one only every few batches."""
    return max(1.0, span / max(1, round(steps / rows))) if rows else span


def _shown(points: Points, *, log: bool) -> Points:
    values: Floats = np.log10(np.maximum(points[1], axis.FLOOR)) if log else points[1]
    return points[0], values


def _tr(text: str) -> str:
    return QCoreApplication.translate("Chart", text)
