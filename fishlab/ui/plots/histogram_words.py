"""Histograms in words: what stands under a layer's name, what a cursor reads."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from fishlab.core.probes.activations import Outputs, Units
from fishlab.core.probes.gradients import Gradients
from fishlab.core.probes.histogram import Histogram, HistogramRow
from fishlab.core.probes.history import HistogramHistory
from fishlab.ui.numbers import percent_text, plain, significant
from fishlab.ui.plots.histogram_row import Row

ALARMING_SILENT, ALARMING_NEAR = 0.2, 0.5  # shares of a layer: some silent units are the normal case
_ONE_NAME = ("W", "b", "")  # of a parameter that needs no telling


def parameter_row(row: HistogramRow, what: str) -> Row:
    """Weights or biases, now over the start, with their standard deviations."""
    captions = (spread(row), f"σ → {deviation(row.now.std)}")
    before = row.before.shares if row.before is not None else None
    return Row(
        row_title(row), unfit_first(row.now, captions), row.now.edges, row.now.shares, before,
        alarming=row.now.unfit > 0, what=what,
    )  # fmt: skip


def spread(row: HistogramRow) -> str:
    """σ at the start and now: 'σ 0.010 → 0.094'."""
    start = row.before.std if row.before is not None else row.now.std
    return f"σ {deviation(start)} → {deviation(row.now.std)}"


def gradient_row(row: HistogramRow, found: Gradients) -> Row:
    """The magnitudes of a gradient, and its norm."""
    alarming = row in found.vanishing() or row in found.exploding()
    captions = (tr("norm {value}").format(value=significant(row.norm)),)
    return Row(
        row_title(row), unfit_first(row.now, captions), row.now.edges, row.now.shares, log=True, alarming=alarming,
        what=tr("of the gradient"),
    )  # fmt: skip


def output_row(outputs: Outputs) -> Row:
    """What comes out of a layer: silent units, outputs at an end, zeros, or else how wide it is."""
    row, units = outputs.histogram, outputs.units
    captions = (*_unit_captions(units), *_zero_captions(row.now), f"σ {deviation(row.now.std)}")
    return Row(
        row_title(row), unfit_first(row.now, captions), row.now.edges, row.now.shares, what=tr("of the outputs"),
        alarming=row.now.unfit > 0 or alarming(units),
    )  # fmt: skip


def history_row(history: HistogramHistory) -> Row:
    """Over time: how many units were silent at first and are now, else the standard deviations then and now."""
    found = history.spread
    ends = deviation(float(found.std[0])), deviation(float(found.std[-1]))
    captions: tuple[str, ...] = (f"σ {ends[0]} → {ends[1]}", f"σ → {ends[1]}")
    if history.silent is not None and history.silent.any():
        first, last = int(history.silent[0]), int(history.silent[-1])
        captions = (tr("{first} → {last} silent").format(first=f"{first:,}", last=f"{last:,}"), *captions)
    title = titled(history.number, history.title, history.name)
    return Row(title, captions, found.edges, history=history, log=found.log)


def row_title(row: HistogramRow) -> str:
    """'5 Affine', 'gamma' after it where a layer has several of a sort."""
    return titled(row.number, row.title, row.name)


def titled(number: str, title: str, name: str) -> str:
    """Number and name of a layer, and of its parameter where that is not W or b."""
    return f"{number} {title}" if name in _ONE_NAME else f"{number} {title} {name}"


def alarming(units: Units) -> bool:
    """Whether so many units are silent or saturated that it is worth a look."""
    silent = len(units.silent or ()) >= ALARMING_SILENT * units.count
    return (silent and bool(units.silent)) or (units.saturated is not None and units.near >= ALARMING_NEAR)


def unfit_first(found: Histogram, captions: tuple[str, ...]) -> tuple[str, ...]:
    """The captions; where something is no number, that alone."""
    if not found.unfit:
        return captions
    return (tr("{share} no number").format(share=percent_text(found.unfit, 0)),)


def _unit_captions(units: Units) -> tuple[str, ...]:
    if units.silent:
        words = tr("{n} of {count} silent").format(n=f"{len(units.silent):,}", count=f"{units.count:,}")
        return words, tr("{n} silent").format(n=f"{len(units.silent):,}")
    if units.saturated is not None:
        share = percent_text(units.near, 0)
        return tr("{share} at the ends").format(share=share), share
    return ()


def _zero_captions(found: Histogram) -> tuple[str, ...]:
    return (tr("{share} zero").format(share=percent_text(found.zeros, 0)),) if found.zeros else ()


def deviation(value: float) -> str:
    """A standard deviation: three decimals where they say enough."""
    return f"{value:.3f}" if 0.001 <= value < 10 or value == 0 else significant(value)


def told_apart(one: float, other: float) -> tuple[str, str]:
    """Two standard deviations that differ, with as many digits as show it."""
    more = ((significant(one, digits), significant(other, digits)) for digits in range(3, 8))
    usual = deviation(one), deviation(other)
    return next((pair for pair in (usual, *more) if pair[0] != pair[1]), usual)


def range_text(row: Row) -> str:
    """The ends of a row's own axis: '±0.68', '0 … 16'."""
    if row.edges[0] == -row.edges[-1]:
        return f"±{plain(float(row.edges[-1]), 2)}"
    return f"{plain(float(row.edges[0]), 2)} … {plain(float(row.edges[-1]), 2)}"


def reading(row: Row, place: int) -> list[str]:
    """What stands at a bin, or at a moment, line by line."""
    return _moment_lines(row.history, place) if row.history is not None else _bin_lines(row, place)


def _bin_lines(row: Row, place: int) -> list[str]:
    ends = [10.0 ** float(edge) if row.log else float(edge) for edge in row.edges[place : place + 2]]
    lines = [f"{row.title}, {_between(*ends)}"]
    if row.now is not None:
        now = tr("{share} {what}").format(share=percent_text(float(row.now[place])), what=row.what)
        lines.append(now)
    if row.before is not None:
        lines.append(tr("{share} at the start").format(share=percent_text(float(row.before[place]))))
    return lines


def _between(low: float, high: float) -> str:
    """'0.12 … 0.13', with as many digits as tell the two apart."""
    texts = ((plain(low, digits), plain(high, digits)) for digits in range(2, 7))
    return " … ".join(next((pair for pair in texts if pair[0] != pair[1]), (plain(low), plain(high))))


def _moment_lines(history: HistogramHistory, place: int) -> list[str]:
    found = history.spread
    quantiles = 10.0 ** found.quantiles[place] if found.log else found.quantiles[place]
    low, middle, high = (significant(float(value)) for value in quantiles)
    words = tr("epoch {x}, batch {step}").format(x=f"{history.x[place]:.2f}", step=f"{int(history.steps[place]):,}")
    lines = [
        words,
        tr("σ {std}, median {middle}").format(std=deviation(float(found.std[place])), middle=middle),
        tr("90 % between {low} and {high}").format(low=low, high=high),
    ]
    if found.zeros[place]:
        lines.append(tr("{share} zero, left out").format(share=percent_text(float(found.zeros[place]), 0)))
    if history.silent is not None:
        silent = tr("{n} of {count} silent")
        lines.append(silent.format(n=f"{int(history.silent[place]):,}", count=f"{history.units:,}"))
    return lines


def tr(text: str) -> str:
    """Return the text in the language of the window."""
    return QCoreApplication.translate("histograms", text)
