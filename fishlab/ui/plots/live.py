"""The live panel: what a run does, in four tiles, and the instruments under them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from fishlab.ui.benches.try_digit import TryDigit
from fishlab.ui.document import Document
from fishlab.ui.plots.confusion import Confusion
from fishlab.ui.plots.cost import Cost
from fishlab.ui.plots.curves import AccuracyTile, LossTile
from fishlab.ui.plots.curves_instrument import CurvesInstrument
from fishlab.ui.plots.data_tile import DataInstrument
from fishlab.ui.plots.excite import ExciteInstrument
from fishlab.ui.plots.feature_maps import FeatureMapsInstrument
from fishlab.ui.plots.filters import FiltersTile
from fishlab.ui.plots.filters_instrument import FiltersInstrument
from fishlab.ui.plots.gradient_check import GradientCheck
from fishlab.ui.plots.histograms import Histograms
from fishlab.ui.plots.live_header import LiveHeader
from fishlab.ui.plots.log import Log
from fishlab.ui.plots.mistakes import Mistakes
from fishlab.ui.plots.saliency import SaliencyInstrument
from fishlab.ui.plots.scores import Scores
from fishlab.ui.plots.stepper.instrument import Stepper
from fishlab.ui.plots.strip import InstrumentStrip
from fishlab.ui.plots.weights import WeightsTile
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme

# name, title, class: adding an instrument is adding a line. The class is called with document and session.
# Where only a few have a tab in sight, those are first that show what no tile shows.
INSTRUMENTS: tuple[tuple[str, str, Callable[[Document, TrainSession], QWidget]], ...] = (
    ("try", QT_TRANSLATE_NOOP("LivePanel", "Try a digit"), TryDigit),
    ("maps", QT_TRANSLATE_NOOP("LivePanel", "Feature maps"), FeatureMapsInstrument),
    ("mistakes", QT_TRANSLATE_NOOP("LivePanel", "Mistakes"), Mistakes),
    ("confusion", QT_TRANSLATE_NOOP("LivePanel", "Confusion"), Confusion),
    ("histograms", QT_TRANSLATE_NOOP("LivePanel", "Histograms"), Histograms),
    ("curves", QT_TRANSLATE_NOOP("LivePanel", "Curves"), CurvesInstrument),
    ("filter_bank", QT_TRANSLATE_NOOP("LivePanel", "Filters"), FiltersInstrument),
    ("excite", QT_TRANSLATE_NOOP("LivePanel", "Excites"), ExciteInstrument),
    ("saliency", QT_TRANSLATE_NOOP("LivePanel", "Saliency"), SaliencyInstrument),
    ("scores", QT_TRANSLATE_NOOP("LivePanel", "Scores"), Scores),
    ("data", QT_TRANSLATE_NOOP("LivePanel", "Data"), DataInstrument),
    ("stepper", QT_TRANSLATE_NOOP("LivePanel", "Stepper"), Stepper),
    ("cost", QT_TRANSLATE_NOOP("LivePanel", "Cost"), Cost),
    ("gradient_check", QT_TRANSLATE_NOOP("LivePanel", "Gradient check"), GradientCheck),
    ("log", QT_TRANSLATE_NOOP("LivePanel", "Log"), Log),
)
QWIDGETSIZE_MAX = (1 << 24) - 1  # Qt's own name for it has no place in PySide6
_HEADER, _STRIP, _LOW_STRIP, _LOW = 36, 270, 214, 690
_SHARE = 0.34  # of the height: on a large screen what is drawn and seen in the strip grows with the tiles
GAP = 6


class LivePanel(QWidget):
    """Header, 2 x 2 tiles, instrument strip. `strip.show_instrument("try")` turns to an instrument."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("live")
        self.session = session
        self._build(document, session)
        self._sync()
        self.strip.enlarge_action.toggled.connect(self._on_enlarge_toggled)
        theme().changed.connect(self._sync)

    def _build(self, document: Document, session: TrainSession) -> None:
        self.header = LiveHeader(session, self)
        self.loss, self.accuracy = LossTile(session), AccuracyTile(session)
        self.weights, self.filters = WeightsTile(session), FiltersTile(session)
        self.strip = InstrumentStrip()
        for name, title, kind in INSTRUMENTS:
            self.strip.add(name, QCoreApplication.translate("LivePanel", title), partial(kind, document, session))
        self.strip.instrument("log")  # it listens, seen or not
        self._grid = QGridLayout()
        for index, tile in enumerate(self.tiles()):
            self._grid.addWidget(tile, index // 2, index % 2)
            self._grid.setRowStretch(index // 2, 1)
            self._grid.setColumnStretch(index % 2, 1)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self.header)
        self._column.addLayout(self._grid, 1)
        self._column.addWidget(self.strip)

    def tiles(self) -> tuple[LossTile, AccuracyTile, WeightsTile, FiltersTile]:
        """The four tiles in reading order."""
        return self.loss, self.accuracy, self.weights, self.filters

    def _sync(self) -> None:
        gap = theme().px(GAP)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(gap)
        self._grid.setSpacing(gap)
        self.header.setFixedHeight(theme().px(_HEADER))
        for tile in self.tiles():
            tile.setMinimumSize(theme().px(180), theme().px(130))
        self._set_strip_height()

    def _set_strip_height(self) -> None:
        low = self.height() < theme().u(_LOW)
        height = theme().px(_LOW_STRIP) if low else max(theme().px(_STRIP), round(_SHARE * self.height()))
        self.strip.setMinimumHeight(height)
        self.strip.setMaximumHeight(QWIDGETSIZE_MAX if self.strip.enlarge_action.isChecked() else height)

    def _on_enlarge_toggled(self, enlarged: bool) -> None:
        for tile in self.tiles():
            tile.setVisible(not enlarged)
        self._column.setStretchFactor(self._grid, 0 if enlarged else 1)
        self._column.setStretchFactor(self.strip, 1 if enlarged else 0)
        self._set_strip_height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the strip less height in a low window, and more in a high one."""
        super().resizeEvent(event)
        self._set_strip_height()
