"""The numbers of histograms as tables, for files: in full, as Python writes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fishlab.core.probes.activations import Activations
from fishlab.core.probes.gradients import Gradients
from fishlab.core.probes.histogram import Histogram, HistogramRow
from fishlab.core.probes.history import HistogramHistory
from fishlab.ui.plots.histogram_row import Floats
from fishlab.ui.plots.histogram_words import row_title, titled
from fishlab.ui.plots.save_menu import Table

Cells = tuple[object, ...]


def parameter_table(rows: Sequence[HistogramRow]) -> Table:
    """A row for each bin: its ends, the shares at the start and now."""
    lines = [
        (row_title(row), low, high, before, now)
        for row in rows
        if row.before is not None
        for low, high, before, now in zip(
            *_ends(row.now.edges), row.before.shares.tolist(), row.now.shares.tolist(), strict=True
        )
    ]
    return ("layer", "from", "to", "share_start", "share_now"), lines


def gradient_table(found: Gradients) -> Table:
    """A row for each bin of magnitudes, one from 0 to 0 for exact zeros, with the norm of the whole gradient."""
    lines = [(*cells, row.norm) for row in found.rows for cells in _bins(row_title(row), row.now, log=True)]
    return ("layer", "from", "to", "share", "norm"), lines


def activation_table(found: Activations) -> Table:
    """A row for each bin, one from 0 to 0 for exact zeros, with how many units were silent and saturated."""
    lines = [
        (*cells, row.units.count, _count(row.units.silent), _count(row.units.saturated))
        for row in found.rows
        for cells in _bins(row_title(row.histogram), row.histogram.now)
    ]
    return ("layer", "from", "to", "share", "units", "silent", "saturated"), lines


def history_table(rows: Sequence[HistogramHistory]) -> Table:
    """A row for each bin at each moment."""
    lines: list[Cells] = []
    for row in rows:
        found, title = row.spread, titled(row.number, row.title, row.name)
        ends = list(zip(*_ends(10.0**found.edges if found.log else found.edges), strict=True))
        for x, step, shares in zip(row.x.tolist(), row.steps.tolist(), found.shares.tolist(), strict=True):
            lines += [(title, x, step, *pair, share) for pair, share in zip(ends, shares, strict=True)]
    return ("layer", "epoch", "step", "from", "to", "share"), lines


def _bins(title: str, found: Histogram, *, log: bool = False) -> Iterator[Cells]:
    if found.zeros:
        yield title, 0.0, 0.0, found.zeros
    edges = 10.0**found.edges if log else found.edges
    for low, high, share in zip(*_ends(edges), found.shares.tolist(), strict=True):
        yield title, low, high, share


def _ends(edges: Floats) -> tuple[list[float], list[float]]:
    """Left and right ends of the bins."""
    ends: list[float] = edges.tolist()
    return ends[:-1], ends[1:]


def _count(units: tuple[int, ...] | None) -> object:
    return "" if units is None else len(units)
