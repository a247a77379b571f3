"""The tiles of loss and accuracy: two quantities, one way to draw them."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from fishlab.ui.plots.curve_tile import CurveTile
from fishlab.ui.plots.quantity import ACCURACY, LOSS
from fishlab.ui.session import TrainSession


class LossTile(CurveTile):
    """The loss, on a logarithmic axis unless the menu says otherwise."""

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(LOSS, session, parent)
        self.log_action = QAction(self.tr("Logarithmic"), self, checkable=True, checked=True)
        self.log_action.setObjectName("live.loss.log")
        first = self.menu.actions()[0]
        self.menu.insertAction(first, self.log_action)
        self.menu.insertSeparator(first)
        self.log_action.toggled.connect(self._on_log_toggled)

    def _on_log_toggled(self, _log: bool) -> None:
        self.throttle.ask()
        self.throttle.catch_up()

    @property
    def log_y(self) -> bool:
        """Whether the axis is logarithmic."""
        return self.log_action.isChecked()


class AccuracyTile(CurveTile):
    """The share of images that was right, in percent; the range is fitted to the upper part of the curve."""

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(ACCURACY, session, parent)
