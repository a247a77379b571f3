"""The sorts of histograms there are: what each asks of the network, and how its answer becomes rows and words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from fishlab.core.probes import Question
from fishlab.core.probes.activations import Activations
from fishlab.core.probes.gradients import Gradients
from fishlab.core.probes.histogram import HistogramRow
from fishlab.core.probes.history import HistogramHistory
from fishlab.ui.plots import histogram_findings as findings
from fishlab.ui.plots import histogram_tables as tables
from fishlab.ui.plots.histogram_row import Row
from fishlab.ui.plots.histogram_words import gradient_row, history_row, output_row, parameter_row, tr
from fishlab.ui.plots.save_menu import Table


@dataclass(frozen=True)
class Sort:
    """What is asked about a layer, "" for all; the part of an answer that is about one; its rows, sentences, table."""

    question: Callable[[str], Question]
    only: Callable[[Any, str], Any]
    rows: Callable[[Any], list[Row]]
    findings: Callable[[Any], list[str]]
    table: Callable[[Any], Table]


def sort(what: str, when: str) -> Sort:
    """That of "weights", "biases", "gradients" or "outputs", "now", or over "time", which a "ridge" shows too."""
    return _SORTS[what, "time" if when == "ridge" else when]


def over_start(what: str) -> bool:
    """Whether what is now stands over how it was at the start."""
    return what in ("weights", "biases")


def _now(what: str, _uid: str) -> Question:
    return Question("weights", fresh=True, what=what)


def _over_time(what: str, uid: str) -> Question:
    return Question("histories", what=what, layer=uid)


def _gradients(_uid: str) -> Question:
    return Question("gradients", fresh=True)


def _outputs(_uid: str) -> Question:
    return Question("activations", fresh=True)


def _only_rows(rows: tuple[Any, ...], uid: str) -> tuple[Any, ...]:
    return tuple(row for row in rows if row.uid == uid)


def _only_gradients(found: Gradients, uid: str) -> Gradients:
    return replace(found, rows=_only_rows(found.rows, uid))


def _only_outputs(found: Activations, uid: str) -> Activations:
    return replace(found, rows=tuple(row for row in found.rows if row.histogram.uid == uid))


def _weight_rows(rows: Sequence[HistogramRow]) -> list[Row]:
    return [parameter_row(row, tr("of the weights")) for row in rows]


def _bias_rows(rows: Sequence[HistogramRow]) -> list[Row]:
    return [parameter_row(row, tr("of the biases")) for row in rows]


def _gradient_rows(found: Gradients) -> list[Row]:
    return [gradient_row(row, found) for row in found.rows]


def _output_rows(found: Activations) -> list[Row]:
    return [output_row(row) for row in found.rows]


def _history_rows(rows: Sequence[HistogramHistory]) -> list[Row]:
    return [history_row(row) for row in rows]


def _weights(what: str, rows: Callable[[Any], list[Row]]) -> Sort:
    return Sort(partial(_now, what), _only_rows, rows, findings.parameter_findings, tables.parameter_table)


def _history(what: str) -> Sort:
    return Sort(partial(_over_time, what), _only_rows, _history_rows, findings.history_findings, tables.history_table)


_SORTS = {
    ("weights", "now"): _weights("weights", _weight_rows),
    ("biases", "now"): _weights("biases", _bias_rows),
    ("gradients", "now"): Sort(
        _gradients, _only_gradients, _gradient_rows, findings.gradient_findings, tables.gradient_table
    ),
    ("outputs", "now"): Sort(
        _outputs, _only_outputs, _output_rows, findings.activation_findings, tables.activation_table
    ),
    **{(what, "time"): _history(what) for what in ("weights", "biases", "gradients", "outputs")},
}
