"""A row of histograms as plain data with its words: the instruments make it, `HistogramRows` paints it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fishlab.core.probes.history import HistogramHistory

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Row:
    """What a layer's row shows: shares of numbers `now`, and at the start, in bins between `edges`, or a `history`.

    `captions` stand under the title, the longest that has room; `alarming` ones are worth a look. With `log` the edges
    are powers of ten. `what` names the numbers: weights, outputs. A history with `ridge` is an outline for each moment
    instead of a heat map.
    """

    title: str
    captions: tuple[str, ...]
    edges: Floats
    now: Floats | None = None
    before: Floats | None = None
    history: HistogramHistory | None = None
    log: bool = False
    alarming: bool = False
    what: str = ""
    ridge: bool = False

    @property
    def places(self) -> int:
        """How many bins, or moments, a cursor can stand on."""
        return len(self.history.x) if self.history is not None else len(self.edges) - 1


def on_one_axis(rows: tuple[Row, ...]) -> bool:
    """Whether all rows have the same bins."""
    return all(np.array_equal(row.edges, rows[0].edges) for row in rows)
