"""What each layer costs: shapes, parameters, multiply-adds and memory at once, time once it is measured."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtWidgets import QWidget

from fishlab.core.cost_rows import CostRow, counted, dearest_first, in_all, measured
from fishlab.core.layers.base import shape_text
from fishlab.core.probes import Question
from fishlab.core.probes.cost import Measured
from fishlab.ui.document import Document
from fishlab.ui.numbers import bytes_text, percent_text, short_count, significant
from fishlab.ui.plots.layer_table import Cell, Column, LayerTable, Line
from fishlab.ui.plots.on_request import OnRequest
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.plots.things import things
from fishlab.ui.session import TrainSession
from fishlab.ui.widgets.inputs import ChoiceInput
from fishlab.ui.widgets.legend import Series

FORWARD, BACKWARD = "curve0", "curve1"


class Cost(OnRequest):
    """A line for each layer, in order or the dearest first; layers that run as one are one line once measured."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        table = LayerTable(())
        table.setAccessibleName(table.tr("Cost of each layer"))
        super().__init__("cost", table.tr("Cost"), table.tr("Measure"), table, document, session, parent)
        self.result: Measured | None = None
        self._alone, self._run_said = True, ""
        self.button.setToolTip(self.tr("Measure the time of each layer, forward and backward, over one batch"))
        self._build_order()
        self.redraw()

    def _build_order(self) -> None:
        self.order = ChoiceInput(self)
        self.order.setObjectName("live.cost.order")
        self.order.setAccessibleName(self.tr("Order of the layers"))
        self.order.setToolTip(self.tr("Order of the layers"))
        self.order.addItem(self.tr("in order"), False)
        self.order.addItem(self.tr("dearest first"), True)
        self.order.currentIndexChanged.connect(self._on_order_changed)
        self.add_control(self.order)

    def _on_freeze_toggled(self, frozen: bool) -> None:
        self._run_said = self._run_of_now() if frozen else ""
        super()._on_freeze_toggled(frozen)

    def _on_order_changed(self, _index: int) -> None:
        self.redraw()

    # -- asking ------------------------------------------------------------------------------------------------------
    def wanted(self, attempt: int) -> Question:
        """The time of a batch as it is trained with."""
        return Question("cost", fresh=True, once=True, images=self._batch(), attempt=attempt)

    def keep(self, data: Any) -> None:
        """Keep the times, and whether a run went on beside the measurement."""
        self.result, self._alone = data, not self.session.training

    def _batch(self) -> int:
        return self.project.training.batch_size

    # -- showing -----------------------------------------------------------------------------------------------------
    @property
    def timed(self) -> Measured | None:
        """What was measured of the network as it stands."""
        if self.result is None or not self.current:
            return None
        stages = [uid for cost in self.result.costs[:-1] for uid in cost.uids]
        return self.result if stages == [layer.uid for layer in self.project.network.layers] else None

    def rows(self) -> tuple[CostRow, ...]:
        """All layers, in the order that is chosen, without the sums."""
        result = self.timed
        images = result.images if result else self._batch()
        number = np.dtype(self.project.training.precision).itemsize
        rows = counted(self.shapes, images * number)
        if result:
            rows = measured(rows, result.costs)
        return dearest_first(rows) if self.order.currentData() else rows

    def shown_rows(self) -> tuple[CostRow, ...]:
        """Those of the layer to show, or all."""
        return tuple(row for row in self.rows() if any(map(self.shows, row.uids)))

    def redraw(self) -> None:
        """Show the table, or what keeps the network from having a cost."""
        self.sync_button()
        if not self.shapes.ok:
            self.set_series(())
            self.show_empty(self.tr("The network cannot run yet."), self.tr("Mend it, and what it costs stands here."))
            return
        rows = self.rows()
        times = [Series(self.tr("forward"), FORWARD, "fill"), Series(self.tr("backward"), BACKWARD, "fill")]
        self.set_series(times if self.timed else [Series(self.tr("multiply-adds"), "edge", "fill")])
        whole = in_all(rows)
        lines = [self._line(row, whole, max(map(_size, rows))) for row in self.shown_rows()]
        self.lines.show_lines(self._columns(), [*lines, self._sum_line(whole)])
        self.say(self.summary())
        self.show_view()

    def _said(self, words: str) -> str:
        """The words, with what goes through the network called what it is."""
        return things(self.project.network.in_shape).called(words)

    def _columns(self) -> list[Column]:
        batch = f"{self.timed.images if self.timed else self._batch():,}"
        memory = self.tr("memory") if self.timed else self.tr("outputs")
        memory_tip = self.tr("What it holds to work in, its output among it, for a batch of {n} images") if (
            self.timed
        ) else self.tr("What comes out of it, for a batch of {n} images")
        time_tip = self._said(self.tr("Milliseconds for a batch of {n} images")).format(n=batch)
        head = [
            Column(self.tr("layer")),
            Column(self.tr("shape"), 5, tip=self._said(self.tr("What comes out for one image"))),
            Column(self.tr("weights"), 4, tip=self.tr("Numbers that it learns")),
            Column(self.tr("mult-adds"), 3, tip=self._said(self.tr("Multiplications with an addition for one image"))),
            Column(memory, 6, tip=self._said(memory_tip).format(n=batch)),
        ]
        times = [
            Column(self.tr("forward ms"), 2, tip=time_tip), Column(self.tr("backward ms"), 2, tip=time_tip)
        ]
        share_tip = self.tr("Of the time of a step") if self.timed else self.tr("Of all multiply-adds")
        return [
            *head, *(times if self.timed else ()), Column(self.tr("share"), tip=share_tip), Column("", 1, bars=True)
        ]  # fmt: skip

    def _line(self, row: CostRow, whole: CostRow, most: float) -> Line:
        parts = [(row.forward or 0.0, FORWARD), (row.backward or 0.0, BACKWARD)]
        parts = parts if self.timed else [(float(row.mult_adds), "edge")]
        bars = tuple((part / most if most else 0.0, colour) for part, colour in parts)
        ink = "ink2" if row.depth else "ink"
        cells = [Cell(f"{row.number} {row.title}", ink, 400 if row.depth else 500), *self._numbers(row, ink)]
        total = _size(whole)
        share = Cell(percent_text(_size(row) / total, 0) if total else "—", ink)
        return Line(row.uids[0], (*cells, share, Cell(bars=bars)), row.depth, _tip(row), row.uids[1:])

    def _sum_line(self, whole: CostRow) -> Line:
        numbers = [Cell(cell.text, cell.ink, 600) for cell in self._numbers(whole, "ink")]
        numbers[0] = Cell()  # shapes do not add up
        return Line("", (Cell(self.tr("All"), weight=600), *numbers, Cell("100 %", weight=600), Cell()))

    def _numbers(self, row: CostRow, ink: str) -> list[Cell]:
        memory = row.held_bytes if self.timed else row.output_bytes
        texts = [
            shape_text(row.out_shape),
            f"{row.weights:,}" if row.weights else "",
            short_count(row.mult_adds) if row.mult_adds else "",
            "" if memory is None else bytes_text(memory),
        ]
        if self.timed:
            texts += [_milliseconds(row.forward), _milliseconds(row.backward)]
        return [Cell(text, ink) for text in texts]

    # -- words -------------------------------------------------------------------------------------------------------
    def summary(self) -> str:
        """The dearest layer, and what a step takes."""
        if not self.shapes.ok:
            return self.tr("The network cannot run yet.")
        rows, whole = self.rows(), in_all(self.rows())
        one = self.layers.one if self.layers is not None else ""
        named = [row for row in rows if one in row.uids] or [row for row in rows if not row.depth]
        dearest = max(named, key=_size)
        name = f"{dearest.number} {dearest.title}"
        if not _size(whole):
            return self.tr("Nothing here multiplies. Press Measure to see where the time goes.")
        share = percent_text(_size(dearest) / _size(whole), 0)
        result = self.timed
        if result is None:
            words = self.tr("{name} has {share} of all multiply-adds. Press Measure to see where the time goes.")
            return words.format(name=name, share=share)
        words = self.tr("{name} takes {share} of a step. A batch of {n} takes {time} ms on one processor: {speed}.")
        said = words.format(
            name=name, share=share, n=f"{result.images:,}", time=significant(1000 * result.step, 3),
            speed=self._said(self.tr("{n} images/s")).format(n=f"{result.images / result.step:,.0f}"),
        )  # fmt: skip
        if not self._alone:
            return f"{said} {self.tr('A run went on meanwhile: all times are longer for it.')}"
        return f"{said} {self._run_words()}".rstrip()

    def _run_words(self) -> str:
        """How fast the network learned, for comparison: with its optimizer, on as many processors as took part."""
        return self._run_said if self.frozen else self._run_of_now()

    def _run_of_now(self) -> str:
        speeds, way = self.session.record.speeds.column("images_per_second"), self.session.ways.in_use
        if not len(speeds) or way is None or not self.session.continues:
            return ""
        words = self.tr("The run came to {n} images/s with 1 worker, its optimizer included.")
        if way.workers > 1:
            words = self.tr("The run came to {n} images/s with {workers} workers, its optimizer included.")
        return self._said(words).format(n=f"{np.median(speeds):,.0f}", workers=way.workers)

    def table(self) -> Table:
        """A row for each line: bytes and seconds, in full."""
        names = (
            "number", "layer", "depth", "shape", "weights", "mult_adds", "output_bytes", "forward_s", "backward_s",
            "held_bytes",
        )  # fmt: skip
        rows = [
            (row.number, row.title, row.depth, "x".join(map(str, row.out_shape)), row.weights, row.mult_adds,
             row.output_bytes, *map(_known, (row.forward, row.backward, row.held_bytes)))
            for row in self.shown_rows()
        ]  # fmt: skip
        return names, rows


def _size(row: CostRow) -> float:
    """What shares are of: time where it was measured."""
    return row.mult_adds if row.forward is None else row.seconds


def _known(value: float | None) -> float | str:
    return "" if value is None else value


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{1000 * seconds:.2f}" if seconds < 0.1 else f"{1000 * seconds:,.0f}"


def _tip(row: CostRow) -> str:
    return f"{row.number} {row.title}, {shape_text(row.out_shape)}"
