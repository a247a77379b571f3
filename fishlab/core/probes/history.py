"""How numbers lay at each moment of a run: histograms one beside the other. Plain arrays only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fishlab.core.layers.base import Array
from fishlab.core.probes.histogram import Floats

QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, eq=False)
class Spread:
    """Samples of T moments: `shares` (T, BINS) between `edges`, with `log` those of log10 of the magnitude.

    `quantiles` (T, 3) are where 5, 50 and 95 % of what is in the bins lie, `std` (T,) the standard deviations of all
    finite numbers, `zeros` (T,) the shares of exact zeros where they are in no bin, `unfit` (T,) those of what is
    infinite or no number.
    """

    edges: Floats
    shares: Floats
    quantiles: Floats
    std: Floats
    zeros: Floats
    unfit: Floats
    log: bool = False


@dataclass(frozen=True, eq=False)
class HistogramHistory:
    """The numbers of one layer at T moments, oldest first: `x` (T,) in epochs, `steps` (T,).

    `name` is that of its parameter. Of `units`, as many as `silent` (T,) were silent; None where none can be.
    """

    uid: str
    number: str
    title: str
    name: str
    x: Floats
    steps: Array
    spread: Spread
    units: int = 0
    silent: Array | None = None


def spread(samples: Sequence[Array], edges: Floats, *, apart: bool = False, log: bool = False) -> Spread:
    """That of T samples (n,); `apart` and `log` are those of `fishlab.core.probes.histogram.histogram`.

    Sorted, a sample gives both where its quantiles lie and how many numbers lie below each edge.
    """
    values = np.array(samples, np.float64)
    finite = np.isfinite(values)
    values[~finite] = np.nan
    with np.errstate(all="ignore"):
        std = np.array([_deviation(line[known]) for line, known in zip(values, finite, strict=True)])
        zero = (values == 0) & (apart or log)
        binned = np.log10(np.abs(values)) if log else values
    binned[zero] = np.nan
    binned.sort(axis=1)  # those that are no numbers come last
    counts = np.count_nonzero(~np.isnan(binned), axis=1)
    lines = [line[:count] for line, count in zip(binned, counts, strict=True)]
    inner = [np.searchsorted(line, edges[1:-1]) for line in lines]
    below = np.column_stack([np.zeros_like(counts), np.array(inner), counts])
    total = max(1, binned.shape[1])
    quantiles = np.array([line[_places(len(line))] if len(line) else _NOTHING for line in lines])
    unfit = np.count_nonzero(~finite, axis=1) / total
    return Spread(edges, np.diff(below) / total, quantiles, std, np.count_nonzero(zero, axis=1) / total, unfit, log)


_NOTHING = np.full(len(QUANTILES), np.nan)


def _deviation(values: Array) -> float:
    return float(values.std()) if values.size else np.nan


def _places(count: int) -> list[int]:
    return [round(share * (count - 1)) for share in QUANTILES]
