"""What the tiles of loss and accuracy share: raw and smoothed training, validation, an earlier run, marks."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from fishlab.core.history import History
from fishlab.ui.plots import axis
from fishlab.ui.plots.curve_plot import CurvePlot
from fishlab.ui.plots.decimate import MOST_RAW, Floats, Points, envelope, finite, running_mean, smoothing_window
from fishlab.ui.plots.drawing import NOTHING, Drawing
from fishlab.ui.plots.live_tile import LiveTile
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.session import TrainSession
from fishlab.ui.widgets.legend import Series

LONGEST_STILL = 0.5  # seconds: the numbers in the header go on even where no pixel changes


class CurveTile(LiveTile):
    """What both curves share. `column` names the quantity in the history's tables."""

    column = ""

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        self.plot = CurvePlot()
        super().__init__(self.column, self.plot, session, parent)
        self._train: Points = NOTHING
        self._validation: Points = NOTHING
        self._smoothed: tuple[History | None, Points] = (None, NOTHING)
        self._drawn_x, self._drawn_at = 0.0, 0.0
        session.run_started.connect(self.throttle.ask)
        session.metrics_added.connect(self._on_session_metrics_added)
        self.throttle.ask()

    def _on_session_metrics_added(self) -> None:
        """Ask when the line has grown by a pixel: of twenty epochs, one takes a while to be seen."""
        grown = _end(self.session.history) - self._drawn_x
        pixels = grown * self.plot.area().width() / (self.plot.drawing.epochs if self.plot.drawing else 1)
        if abs(pixels) >= 1 or time.monotonic() - self._drawn_at >= LONGEST_STILL:
            self.throttle.ask()

    # -- what a subclass gives ---------------------------------------------------------------------------------------
    def empty_words(self) -> str:
        """What to do to see something here."""
        raise NotImplementedError

    def value_text(self, value: float, *, exact: bool = False) -> str:
        """A value in words; `exact` for the mean over many images."""
        raise NotImplementedError

    def shown(self, y: Floats) -> Floats:
        """Values as they stand on the axis."""
        return y

    def value_shown(self, y: float) -> str:
        """A place on the axis in words."""
        raise NotImplementedError

    def y_axis(self, calm: Floats, raw: Floats) -> tuple[axis.Range, list[axis.Tick]]:
        """The range and the numbers for the calm lines (as values) and the raw points behind them."""
        raise NotImplementedError

    def best(self, values: Floats) -> int:
        """The index of the best of some values."""
        raise NotImplementedError

    # -- drawing -----------------------------------------------------------------------------------------------------
    def redraw(self) -> None:
        """Draw the session's history."""
        history = self.session.history
        self._drawn_at = time.monotonic()
        self._train = running_mean(history.steps.column("x"), history.steps.column(self.column))
        if not len(self._train[0]):
            self._show_nothing()
            return
        self._drawn_x = _end(history)
        self._validation = _validation(history, self.column)
        self._set_header()
        words = self.tr("train: mean of the last {window} batches, fewer at the start; behind it every batch")
        self._set_tip(words.format(window=smoothing_window(len(history.steps))))
        self.plot.show_drawing(self._drawing(history), live=self.live)
        self.show_view()

    def _set_tip(self, words: str) -> None:
        if words != self.toolTip():
            self.setToolTip(words)

    def _show_nothing(self) -> None:
        self._train = self._validation = NOTHING
        self.set_series(())
        self._set_tip("")
        self.show_nothing(self.tr("No run yet."), self.empty_words())

    def _drawing(self, history: History) -> Drawing:
        raw = envelope(history.steps.column("x"), history.steps.column(self.column), self._raw_points())
        epochs = axis.epochs_shown(history.steps.column("x")[-1])
        earlier = self._earlier(epochs)
        calm = np.concatenate([self._train[1], self._validation[1], earlier[1]])
        y_range, y_ticks = self.y_axis(calm, raw[1])
        return Drawing(
            epochs, y_range, y_ticks, axis.epoch_ticks(epochs),
            *(self._on_axis(points) for points in (raw, self._train, self._validation, earlier)),
            marks=tuple(history.marks), say=self.value_shown, names=self._names(),
        )  # fmt: skip

    def _earlier(self, epochs: int) -> Points:
        """The smoothed training curve of an earlier run, which stands still, as far as the axis reaches."""
        history = self.session.earlier
        if history is not self._smoothed[0]:
            steps = history.steps if history else None
            points = running_mean(steps.column("x"), steps.column(self.column)) if steps else NOTHING
            self._smoothed = (history, points)
        x, y = self._smoothed[1]
        return (x, y) if not len(x) or x[-1] <= epochs else (x[x <= epochs], y[x <= epochs])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the points and the header to the new width."""
        super().resizeEvent(event)
        self.throttle.ask()

    def _on_axis(self, points: Points) -> Points:
        return points[0], self.shown(points[1])

    def _raw_points(self) -> int:
        """Two for each column of pixels are all that can be seen."""
        pixels = self.plot.area().width() * self.plot.devicePixelRatioF()
        return int(min(MOST_RAW, max(32.0, 2 * pixels)))

    def _names(self) -> tuple[tuple[str, str], ...]:
        return (
            ("train", self.tr("train")),
            ("validation", self.tr("validation")),
            ("earlier", self.tr("earlier run")),
        )

    def _set_header(self) -> None:
        """As many entries as the header has room for: an earlier run goes first, then training."""
        series = self._series()
        earlier = Series(self.tr("earlier"), "curve3", "dot")
        if self.session.earlier is not None and self.header_holds([*series, earlier], samples=True):
            self.set_series([*series, earlier])
        else:
            self.set_series(series if self.header_holds(series) else series[-1:])

    def _series(self) -> list[Series]:
        series = [Series(self.tr("train"), "curve0", "line", self.value_text(self._train[1][-1]))]
        if len(self._validation[1]):
            value = self.value_text(self._validation[1][-1], exact=True)
            series.append(Series(self.tr("validation"), "curve1", "dash", value))
        return series

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right carry the crosshair along, Escape takes it away; a screen reader hears what it reads."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if steps is not None and not self.is_empty:
            self.setAccessibleDescription(", ".join(self.plot.step_crosshair(steps)))
        elif event.key() == Qt.Key.Key_Escape:
            self.plot.hide_crosshair()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the crosshair away."""
        super().focusOutEvent(event)
        self.plot.hide_crosshair()

    def draw_for_picture(self, ratio: float | None) -> None:
        """Pens for a picture."""
        self.plot.draw_for(ratio)

    # -- in words and numbers ----------------------------------------------------------------------------------------
    def summary(self) -> str:
        """Where the curves stand, the best validation, and what was changed on the way."""
        if not len(self._train[0]):
            return ""
        x, y = self._train
        words = [
            self.tr("After {x} epochs: train {value}").format(x=f"{x[-1]:.1f}", value=self.value_text(y[-1])),
            *self._validation_words(),
        ]
        changes = [
            self.tr("{change} at epoch {x}").format(change=mark.text, x=f"{mark.x:.1f}")
            for mark in self.session.history.marks
        ]
        return "; ".join(words + changes) + "."

    def _validation_words(self) -> list[str]:
        epochs, values = self._validation
        if not len(epochs):
            return []
        best = self.best(values)
        now = self.tr("validation {value}").format(value=self.value_text(values[-1], exact=True))
        top = self.tr("best {value} at epoch {epoch}")
        return [now, top.format(value=self.value_text(values[best], exact=True), epoch=f"{epochs[best]:.0f}")]

    def table(self) -> Table:
        """Every batch with its place, and the validation at the batch that ended an epoch."""
        history = self.session.history
        measured = dict(zip(*(points.tolist() for points in _validation(history, self.column)), strict=True))
        rows = [
            (x, y, measured.get(round(x, 9), ""))
            for x, y in zip(*(history.steps.column(name).tolist() for name in ("x", self.column)), strict=True)
        ]
        return ("epoch", f"train_{self.column}", f"validation_{self.column}"), rows


def _end(history: History) -> float:
    """How far the run has come, in epochs."""
    return float(history.steps.column("x")[-1]) if len(history.steps) else 0.0


def _validation(history: History, column: str) -> Points:
    return finite(history.epochs.column("epoch"), history.epochs.column(f"validation_{column}"))
