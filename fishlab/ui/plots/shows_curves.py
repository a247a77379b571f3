"""What a tile and an instrument share that show a chart: drawing it, saying it, the crosshair by keys, the numbers."""

from __future__ import annotations

import time
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent

from fishlab.ui.plots.chart import Chart, Manner, colour_of, end_of, run_name, values_at, values_near
from fishlab.ui.plots.curve_choices import curve_choices
from fishlab.ui.plots.curve_plot import CurvePlot
from fishlab.ui.plots.decimate import MOST_RAW
from fishlab.ui.plots.live_tile import LiveTile
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.run_record import RunRecord
from fishlab.ui.widgets.legend import Series

MOST_CHANGES = 20  # that a summary tells of; of more before them it says how many
LONGEST_STILL = 0.5  # seconds: the numbers in the header go on even where no pixel changes


class ShowsCurves(LiveTile):
    """A live tile whose view is a CurvePlot, `plot`. A subclass gives `chart`, `log_y` and `log_x`."""

    plot: CurvePlot
    chart: Chart
    log_x = False

    @property
    def record(self) -> RunRecord:
        """The runs to show."""
        return self.session.record

    @property
    def moment(self) -> float | None:
        """The epoch that all other views show, where that is of the past."""
        looks = self.session.looks
        return looks.moment.x if looks.in_the_past and looks.moment else None

    def listen(self) -> None:
        """Draw whenever there is something new; called once, when all is there."""
        self._drawn_x, self._drawn_at = 0.0, 0.0
        self.session.run_started.connect(self.throttle.ask)
        self.session.metrics_added.connect(self._on_session_metrics_added)
        self.session.looks.moment_changed.connect(self.throttle.ask)
        curve_choices().changed.connect(self.throttle.ask)
        self.throttle.ask()

    def _on_session_metrics_added(self) -> None:
        """Ask when the line has grown by a pixel: of twenty epochs, one takes a while to be seen."""
        grown = end_of(self.record) - self._drawn_x
        pixels = grown * self.plot.area().width() / (self.plot.drawing.epochs if self.plot.drawing else 1)
        if abs(pixels) >= 1 or time.monotonic() - self._drawn_at >= LONGEST_STILL:
            self.throttle.ask()

    @property
    def log_y(self) -> bool:
        """Whether the y axis is logarithmic."""
        return self.chart.quantity.log

    # -- drawing -----------------------------------------------------------------------------------------------------
    def redraw(self) -> None:
        """Draw the session's runs."""
        record, quantity = self.record, self.chart.quantity
        self._drawn_at = time.monotonic()
        manner = Manner(curve_choices().span, self.log_y, self.log_x, self._raw_points())
        drawing = self.chart.drawing(record, manner)
        if drawing is None:
            self.set_series(())
            self._set_tip("")
            title = self.tr("Not measured in this run.") if len(record.history.steps) else self.tr("No run yet.")
            self.show_nothing(title, quantity.words(quantity.empty))
            return
        self._drawn_x = end_of(record)
        self._set_header()
        self._set_tip(self._tip())
        self.plot.show_drawing(replace(drawing, moment=self.moment), live=self.live)
        self.show_view()

    def _tip(self) -> str:
        if not self.chart.quantity.calm:
            return ""
        if curve_choices().span == 1:
            return self.tr("every value as it was measured")
        words = self.tr("averaged over about {span} batches, fewer at the start; behind it every value")
        return words.format(span=f"{curve_choices().span:,}")

    def _set_tip(self, words: str) -> None:
        if words != self.toolTip():
            self.setToolTip(words)

    def _raw_points(self) -> int:
        """Two for each column of pixels are all that can be seen."""
        pixels = self.plot.area().width() * self.plot.devicePixelRatioF()
        return int(min(MOST_RAW, max(32.0, 2 * pixels)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the points and the header to the new width."""
        super().resizeEvent(event)
        self.throttle.ask()

    def draw_for_picture(self, ratio: float | None) -> None:
        """Pens for a picture."""
        self.plot.draw_for(ratio)

    # -- the header --------------------------------------------------------------------------------------------------
    def _set_header(self) -> None:
        """As many entries as the header has room for: earlier runs go first, then training."""
        series = self._series()
        earlier = [Series(run_name(run), f"curve{colour_of(run)}", "dot") for run, _ in self.chart.earlier]
        if earlier and self.header_holds([*series, *earlier], samples=True):
            self.set_series([*series, *earlier])
        else:
            self.set_series(next((some for some in (series, series[-1:]) if self.header_holds(some)), ()))

    def _series(self) -> list[Series]:
        chart = self.chart
        name = self.tr("train") if chart.quantity.validated else self.tr("now")
        series = [Series(name, "curve0", "line", self._now())]
        if len(chart.validation[1]):
            value = chart.quantity.text(float(chart.validation[1][-1]), exact=True)
            series.append(Series(self.tr("validation"), "curve1", "dash", value))
        return series

    def _now(self) -> str:
        assert self.chart.series is not None
        values = self.chart.series.smooth if self.chart.quantity.calm else self.chart.series.y
        return self.chart.quantity.text(float(values[-1]))

    # -- keys --------------------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right carry the crosshair along, Escape takes it away; a screen reader hears what it reads."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if steps is not None and not self.is_empty:
            self.setAccessibleDescription(", ".join(self.plot.step_crosshair(steps)))
        elif event.key() == Qt.Key.Key_Escape and self.plot.has_crosshair:
            self.plot.hide_crosshair()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the crosshair away."""
        super().focusOutEvent(event)
        self.plot.hide_crosshair()

    # -- in words and numbers ----------------------------------------------------------------------------------------
    def summary(self) -> str:
        """Where the curves stand, the best validation, what was changed last, and why it ended."""
        chart, record = self.chart, self.record
        if chart.is_empty:
            return ""
        words = self.tr("After {x} epochs: {name} {value}")
        name = self.tr("train") if chart.quantity.validated else chart.quantity.words(chart.quantity.title)
        first = words.format(x=f"{end_of(record):.1f}", name=name, value=self._now())
        facts = "; ".join([first, *self._validation_words(), *self._changes(), *self._earlier_words()])
        return f"{facts}. {record.ended}".strip()

    def _changes(self) -> list[str]:
        """The last ones, and how many were before them."""
        marks, change = self.record.history.marks, self.tr("{change} at epoch {x}")
        more = len(marks) - MOST_CHANGES
        before = self.tr("{count} changes before") if more > 1 else self.tr("1 change before")
        told = [change.format(change=mark.text, x=f"{mark.x:.1f}") for mark in marks[-MOST_CHANGES:]]
        return [before.format(count=f"{more:,}"), *told] if more > 0 else told

    def _validation_words(self) -> list[str]:
        epochs, values = self.chart.validation
        quantity = self.chart.quantity
        if not len(epochs) or quantity.best is None:
            return []
        best = quantity.best(values)
        now = self.tr("validation {value}").format(value=quantity.text(float(values[-1]), exact=True))
        top = self.tr("best {value} at epoch {epoch}")
        return [now, top.format(value=quantity.text(float(values[best]), exact=True), epoch=f"{epochs[best]:.0f}")]

    def _earlier_words(self) -> list[str]:
        words = self.tr("{run} ({title}): {value}")
        return [
            words.format(run=run_name(run), title=run.title, value=self.chart.quantity.text(float(points[1][-1])))
            for run, points in self.chart.earlier
            if len(points[1])
        ]

    def table(self) -> Table:
        """Every value of the run in sight by its place, raw and smoothed, the validation at the end of each epoch, and
        of each earlier run that is shown the smoothed value next to it.
        """
        chart = self.chart
        assert chart.series is not None
        key, x = chart.quantity.column, chart.series.x
        name = f"train_{key}" if chart.quantity.validated else key
        columns: dict[str, list[object]] = {"epoch": x.tolist(), name: chart.series.y.tolist()}
        if chart.quantity.calm:
            columns["smoothed"] = chart.series.smooth.tolist()
        if chart.quantity.validated:
            measured = values_at(chart.validation)
            columns[f"validation_{key}"] = [measured.get(round(place, 9), "") for place in x.tolist()]
        for run, points in chart.earlier:
            columns[f"run_{run.number}"] = values_near(points, x)
        return tuple(columns), list(zip(*columns.values(), strict=True))
