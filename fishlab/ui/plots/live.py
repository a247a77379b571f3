"""The live panel: what a run does, in four tiles, and the instruments under them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from fishlab.ui.benches.try_digit import TryDigit
from fishlab.ui.document import Document
from fishlab.ui.plots.curves import AccuracyTile, LossTile
from fishlab.ui.plots.filters import FiltersTile
from fishlab.ui.plots.log import Log
from fishlab.ui.plots.strip import InstrumentStrip
from fishlab.ui.plots.weights import WeightsTile
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.island import Island
from fishlab.ui.widgets.label import Label

# name, title, class: adding an instrument is adding a line. The class is called with document and session.
INSTRUMENTS: tuple[tuple[str, str, Callable[[Document, TrainSession], QWidget]], ...] = (
    ("try", QT_TRANSLATE_NOOP("LivePanel", "Try a digit"), TryDigit),
    ("log", QT_TRANSLATE_NOOP("LivePanel", "Log"), Log),
)
QWIDGETSIZE_MAX = (1 << 24) - 1  # Qt's own name for it has no place in PySide6
_HEADER, _STRIP, _LOW_STRIP, _LOW = 36, 270, 214, 690
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
        self.header = _Header(session)
        self.loss, self.accuracy = LossTile(session), AccuracyTile(session)
        self.weights, self.filters = WeightsTile(session), FiltersTile(session)
        self.strip = InstrumentStrip()
        for name, title, kind in INSTRUMENTS:
            self.strip.add(name, QCoreApplication.translate("LivePanel", title), kind(document, session))
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
        height = theme().px(_LOW_STRIP if low else _STRIP)
        self.strip.setMinimumHeight(height)
        self.strip.setMaximumHeight(QWIDGETSIZE_MAX if self.strip.enlarge_action.isChecked() else height)

    def _on_enlarge_toggled(self, enlarged: bool) -> None:
        for tile in self.tiles():
            tile.setVisible(not enlarged)
        self._column.setStretchFactor(self._grid, 0 if enlarged else 1)
        self._column.setStretchFactor(self.strip, 1 if enlarged else 0)
        self._set_strip_height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the strip less height in a low window."""
        super().resizeEvent(event)
        self._set_strip_height()


class _Header(Island):
    """What is shown: "Live  running                    now, epoch 12.4"."""

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._state = Label("", "body", 400, "ink2", elide=True)
        self._place = Label("", "body", 400, "ink2")
        row = QHBoxLayout(self)
        row.addWidget(Label(self.tr("Live"), "body", 600))
        row.addWidget(self._state, 1)
        row.addWidget(self._place)
        for signal in (session.state_changed, session.run_started, session.progress_changed):
            signal.connect(self._sync_words)
        theme().changed.connect(self._sync)
        self._sync()
        self._sync_words()

    def _sync(self) -> None:
        self.layout().setContentsMargins(theme().px(12), 0, theme().px(12), 0)
        self.layout().setSpacing(theme().px(8))

    def _sync_words(self) -> None:
        self._state.setText(self._state_words())
        self._place.setText(self._place_words())

    def _state_words(self) -> str:
        words = {
            State.PREPARING: self.tr("getting ready"),
            State.RUNNING: self.tr("running"),
            State.PAUSING: self.tr("pausing…"),
            State.PAUSED: self.tr("paused"),
            State.STOPPING: self.tr("stopping…"),
            State.EVALUATING: self.tr("evaluating the test images"),
            State.FETCHING: self.tr("fetching data"),
            State.VERIFYING: self.tr("verifying"),
        }
        resting = self.tr("at rest") if len(self._session.history.steps) else self.tr("no run yet")
        return words.get(self._session.state, resting)

    def _place_words(self) -> str:
        if not len(self._session.history.steps):
            return ""
        x = f"{self._session.history.steps.column('x')[-1]:.1f}"
        return (self.tr("now, epoch {x}") if self._session.training else self.tr("end, epoch {x}")).format(x=x)
