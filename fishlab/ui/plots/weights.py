"""The weights of every layer as histograms, now over the start."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QVBoxLayout, QWidget

from fishlab.core.probes import Question
from fishlab.core.probes.weights import LayerHistogram
from fishlab.ui.plots.histogram_rows import HistogramAxis, HistogramRows, spread
from fishlab.ui.plots.live_tile import LiveTile
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.legend import Series

PROBE = Question("weights")


class WeightsTile(LiveTile):
    """Shows the probe 'weights'; asks for it only while it can be seen."""

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        self._view = _View()
        super().__init__(PROBE.probe, self._view, session, parent)
        self.set_title(self.tr("Weights"))
        self._layers: tuple[LayerHistogram, ...] = ()
        self._scrolled = 0
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
        self._view.show_layers(self._layers)
        self.show_view()

    def summary(self) -> str:
        """The spread of each layer's weights."""
        return "; ".join(f"{layer.number} {layer.title} {spread(layer)}" for layer in self._layers)

    def hidden_height(self) -> int:
        """The rows that only scrolling shows."""
        return self._view.scroll_bar.maximum()

    def draw_for_picture(self, ratio: float | None) -> None:
        """A picture shows all rows and needs no scroll bar; the screen is where it was before."""
        if ratio is not None:
            self._scrolled = self._view.scroll_bar.value()
        self._view.show_scroll_bar(ratio is None)
        if ratio is None:
            self._view.scroll_bar.setValue(self._scrolled)

    def table(self) -> Table:
        """A row for each bin of each layer: its edges and the shares of the weights in it."""
        rows = [
            (f"{layer.number} {layer.title}", *numbers)
            for layer in self._layers
            for numbers in zip(*_columns(layer), strict=True)
        ]
        return ("layer", "from", "to", "share_start", "share_now"), rows


def _columns(layer: LayerHistogram) -> tuple[list[float], ...]:
    """Left and right edges of the bins, shares at the start and now: in full, as Python writes numbers."""
    edges: list[float] = layer.edges.tolist()
    return edges[:-1], edges[1:], layer.before.tolist(), layer.now.tolist()


class _View(QWidget):
    """The rows, which scroll where they are many, above their axis."""

    def __init__(self) -> None:
        super().__init__()
        self._rows = HistogramRows()
        self._axis = HistogramAxis(self._rows)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._rows)
        self._rows.setAutoFillBackground(False)
        self._scroll.viewport().setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setSpacing(0)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._axis)
        self.scroll_bar = self._scroll.verticalScrollBar()
        self._sync()
        theme().changed.connect(self._sync)

    def _sync(self) -> None:
        self.layout().setContentsMargins(0, 0, 0, theme().px(4))

    def show_scroll_bar(self, shown: bool) -> None:
        policy = Qt.ScrollBarPolicy
        self._scroll.setVerticalScrollBarPolicy(policy.ScrollBarAsNeeded if shown else policy.ScrollBarAlwaysOff)

    def show_layers(self, layers: tuple[LayerHistogram, ...]) -> None:
        self._rows.show_layers(layers)
        self._axis.set_limit(float(layers[0].edges[-1]))
