"""What histograms show, in sentences: silent units first, gradients that vanish, what has moved most."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fishlab.core.probes.activations import Activations, Outputs
from fishlab.core.probes.gradients import Gradients
from fishlab.core.probes.histogram import HistogramRow
from fishlab.core.probes.history import HistogramHistory
from fishlab.ui.numbers import percent_text, significant
from fishlab.ui.plots.histogram_words import deviation, row_title, titled, told_apart, tr


def activation_findings(found: Activations) -> list[str]:
    """A sentence for each layer with silent, then with saturated units, the worst first; else that there is none."""
    unfit = [_no_numbers(row_title(row.histogram)) for row in found.rows if row.histogram.now.unfit]
    silent = [row for row in found.rows if row.units.silent]
    silent.sort(key=_silent_share, reverse=True)
    ended = [row for row in found.rows if row.units.saturated is not None and row.units.near > 0]
    ended.sort(key=_near, reverse=True)
    said = [*unfit, *map(_silent_words, silent), *map(_ended_words, ended)]
    if said:
        return said
    if any(row.units.silent is not None for row in found.rows):
        return [tr("Every unit answers to some of {n} images: none is silent.").format(n=f"{found.images:,}")]
    return _widths([row.histogram for row in found.rows])


def _silent_share(row: Outputs) -> float:
    return len(row.units.silent or ()) / max(1, row.units.count)


def _near(row: Outputs) -> float:
    return row.units.near


def _silent_words(row: Outputs) -> str:
    """'Layer 6: 37 of 100 ReLUs have been silent for the whole batch.'"""
    at, count = row.histogram, len(row.units.silent or ())
    words = {
        (True, True): tr("Layer {number}: {n} of {count} {title} channels has been silent for the whole batch."),
        (True, False): tr("Layer {number}: {n} of {count} {title} channels have been silent for the whole batch."),
        (False, True): tr("Layer {number}: {n} of {count} {title}s has been silent for the whole batch."),
        (False, False): tr("Layer {number}: {n} of {count} {title}s have been silent for the whole batch."),
    }[row.units.channels, count == 1]
    return words.format(number=at.number, title=at.title, n=f"{count:,}", count=f"{row.units.count:,}")


def _ended_words(row: Outputs) -> str:
    at, throughout = row.histogram, len(row.units.saturated or ())
    words = tr("Layer {number}: {share} of what its {title}s give lies near an end, where the slope vanishes").format(
        number=at.number, share=percent_text(row.units.near, 0), title=at.title
    )
    if not throughout:
        return f"{words}."
    kept = tr("{n} of {count} units for the whole batch").format(n=f"{throughout:,}", count=f"{row.units.count:,}")
    return f"{words}; {kept}."


def _widths(rows: Sequence[HistogramRow]) -> list[str]:
    if not rows:
        return []
    if len(rows) == 1:
        return [tr("Outputs of {layer}: σ {std}.").format(layer=row_title(rows[0]), std=deviation(rows[0].now.std))]
    least, most = min(rows, key=_width), max(rows, key=_width)
    words = tr("Outputs are narrowest after {least}, σ {low}, and widest after {most}, σ {high}.")
    return [
        words.format(
            least=row_title(least), low=deviation(least.now.std), most=row_title(most), high=deviation(most.now.std)
        )
    ]


def _width(row: HistogramRow) -> float:
    return row.now.std if math.isfinite(row.now.std) else 0.0


def gradient_findings(found: Gradients) -> list[str]:
    """Whether gradients vanish or explode on their way back, and where."""
    exploding, vanishing = found.exploding(), found.vanishing()
    unfit = [row for row in exploding if not math.isfinite(row.norm)]
    if unfit:
        return [tr("The gradient of {layer} is no number.").format(layer=row_title(row)) for row in unfit]
    said = []
    if exploding:
        words = tr("Gradients explode: an error of {error} has become {norm} at {layer}.")
        said.append(_flow_words(words, found, max(exploding, key=_norm)))
    if vanishing:
        words = tr("Gradients vanish: of an error of {error} only {norm} arrives at {layer}.")
        said.append(_flow_words(words, found, min(vanishing, key=_norm)))
    if said or not found.rows:
        return said
    if len(found.rows) == 1:
        words = tr("The gradient is sound: its norm is {norm} at {layer}.")
        return [_flow_words(words, found, found.rows[0])]
    least, most = min(found.rows, key=_norm), max(found.rows, key=_norm)
    words = tr("Gradients are sound: norms from {low} at {least} to {high} at {most}.")
    return [
        words.format(
            low=significant(least.norm), least=row_title(least), high=significant(most.norm), most=row_title(most)
        )
    ]


def _norm(row: HistogramRow) -> float:
    return row.norm


def _flow_words(words: str, found: Gradients, row: HistogramRow) -> str:
    return words.format(error=significant(found.error), norm=significant(row.norm), layer=row_title(row))


def parameter_findings(rows: Sequence[HistogramRow]) -> list[str]:
    """Which layer has changed most, by its standard deviation."""
    unfit = [_no_numbers(row_title(row)) for row in rows if row.now.unfit]
    if unfit:
        return unfit
    moved = [row for row in rows if row.before is not None and row.now.std != row.before.std]
    if not moved:
        return [tr("All stand as they did at the start.")] if rows else []
    most = max(moved, key=_moved)
    assert most.before is not None
    words = (
        tr("The spread of {layer} has changed most: σ {before} at the start, {now} now.")
        if len(rows) > 1
        else tr("{layer}: σ {before} at the start, {now} now.")
    )
    before, now = told_apart(most.before.std, most.now.std)
    return [words.format(layer=row_title(most), before=before, now=now)]


def _moved(row: HistogramRow) -> float:
    """How many times wider or narrower it has become, as a logarithm; what began at one value comes first."""
    assert row.before is not None
    return abs(math.log(max(row.now.std, 1e-30) / max(row.before.std, 1e-30)))


def history_findings(rows: Sequence[HistogramHistory]) -> list[str]:
    """Where units fell silent, most first; then how wide each layer was at first and is now."""
    asleep = [row for row in rows if row.silent is not None and row.silent[-1] > row.silent[0]]
    asleep.sort(key=_fell_silent, reverse=True)
    return [*map(_asleep_words, asleep), *map(_width_words, rows)]


def _fell_silent(row: HistogramHistory) -> float:
    return float(row.silent[-1] - row.silent[0]) / max(1, row.units) if row.silent is not None else 0.0


def _asleep_words(row: HistogramHistory) -> str:
    assert row.silent is not None
    words = tr("Layer {number}: {before} of {count} {title} units were silent at epoch {from_x}, {now} at {x}.")
    return words.format(
        number=row.number, title=row.title, count=f"{row.units:,}", before=f"{int(row.silent[0]):,}",
        now=f"{int(row.silent[-1]):,}", from_x=f"{row.x[0]:.2f}", x=f"{row.x[-1]:.2f}",
    )  # fmt: skip


def _width_words(row: HistogramHistory) -> str:
    words = tr("{layer}: σ {before} at the start, {now} at epoch {x}.") if not row.x[0] else tr(
        "{layer}: σ {before} at epoch {from_x}, {now} at epoch {x}."
    )
    std = row.spread.std
    return words.format(
        layer=titled(row.number, row.title, row.name), from_x=f"{row.x[0]:.2f}", x=f"{row.x[-1]:.2f}",
        before=deviation(float(std[0])), now=deviation(float(std[-1])),
    )  # fmt: skip


def _no_numbers(layer: str) -> str:
    return tr("{layer} has infinite numbers, or what is none: the run has diverged.").format(layer=layer)
