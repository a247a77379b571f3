"""The weights of every layer as histograms, now over the start."""

from __future__ import annotations

from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QWidget

from fishlab.core.probes import Question
from fishlab.core.probes.histogram import HistogramRow
from fishlab.ui.plots.histogram_tables import parameter_table
from fishlab.ui.plots.histogram_view import HistogramView
from fishlab.ui.plots.histogram_words import parameter_row, row_title, spread
from fishlab.ui.plots.live_tile import LiveTile
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.session import TrainSession
from fishlab.ui.widgets.legend import Series

PROBE = Question("weights")


class WeightsTile(LiveTile):
    """Shows the probe 'weights'; asks for it only while it can be seen."""

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        self._view = HistogramView()
        super().__init__(PROBE.probe, self._view, session, parent)
        self.set_title(self.tr("Weights"))
        self._layers: tuple[HistogramRow, ...] = ()
        session.looks.answered.connect(self._on_looks_answered)
        self.redraw()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for histograms."""
        super().showEvent(event)
        self.session.looks.ask(self, PROBE)

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask no longer."""
        super().hideEvent(event)
        self.session.looks.ask(self, None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll through many layers."""
        QApplication.sendEvent(self._view.scroll_bar, event)

    def _on_looks_answered(self, question: Question, data: object) -> None:
        if question == PROBE:
            self._layers = data or ()  # type: ignore[assignment]
            self.throttle.ask()

    def redraw(self) -> None:
        """Show the newest histograms."""
        if not self._layers:
            self.set_note("")
            self.set_series(())
            words = self.tr("Press Run and they appear here, now over the start.")
            self.show_nothing(self.tr("No weights yet."), words)
            return
        self.set_note(self.tr("before this run") if self.shows_last_model else self.tr("per layer"))
        self.set_series([Series(self.tr("now"), "curve0", "fill"), Series(self.tr("start"), "ink2", "dash")])
        of = self.tr("of the weights")
        self._view.show_rows([parameter_row(layer, of) for layer in self._layers])
        self.show_view()

    def summary(self) -> str:
        """The spread of each layer's weights."""
        return "; ".join(f"{row_title(layer)} {spread(layer)}" for layer in self._layers)

    def hidden_height(self) -> int:
        """The rows that only scrolling shows."""
        return self._view.hidden_height()

    def draw_for_picture(self, ratio: float | None) -> None:
        """A picture shows all rows and needs no scroll bar; the screen is where it was before."""
        self._view.draw_for_picture(ratio)

    def table(self) -> Table:
        """A row for each bin of each layer: its edges and the shares of the weights in it."""
        return parameter_table(self._layers)
