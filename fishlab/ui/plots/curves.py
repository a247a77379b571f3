"""Loss and accuracy over the epochs: two quantities, one way to draw them."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from fishlab.ui.numbers import loss_text, percent_text
from fishlab.ui.plots import axis
from fishlab.ui.plots.curve_tile import CurveTile
from fishlab.ui.plots.decimate import Floats, quantile
from fishlab.ui.session import TrainSession


class LossTile(CurveTile):
    """The loss, on a logarithmic axis unless the menu says otherwise."""

    column = "loss"

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.set_title(self.tr("Loss"))
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
    def log(self) -> bool:
        """Whether the axis is logarithmic."""
        return self.log_action.isChecked()

    def empty_words(self) -> str:
        """See CurveTile."""
        return self.tr("Press Run and the loss appears here.")

    def value_text(self, value: float, *, exact: bool = False) -> str:
        """The same digits for one batch and for many."""
        return loss_text(value)

    def shown(self, y: Floats) -> Floats:
        """log10 of the loss, or the loss."""
        return np.log10(np.maximum(y, axis.FLOOR)) if self.log else y

    def value_shown(self, y: float) -> str:
        """The loss at a place on the axis."""
        return self.value_text(10.0**y if self.log else y)

    def y_axis(self, calm: Floats, raw: Floats) -> tuple[axis.Range, list[axis.Tick]]:
        """All of the calm lines, and of the raw points all but the lowest and highest hundredth."""
        low = min(float(calm.min()), quantile(raw, 0.01))
        high = max(float(calm.max()), quantile(raw, 0.99))
        if self.log:
            log_span = axis.log_range(low, high)
            return log_span, axis.log_ticks(*log_span)
        span = axis.linear_range(low, high)
        return span, axis.linear_ticks(*span)

    def best(self, values: Floats) -> int:
        """The lowest."""
        return int(np.argmin(values))


class AccuracyTile(CurveTile):
    """The share of images that was right, in percent; the range is fitted to the upper part of the curve."""

    column = "accuracy"

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.set_title(self.tr("Accuracy"))

    def empty_words(self) -> str:
        """See CurveTile."""
        return self.tr("Press Run and the share of right answers appears here.")

    def value_text(self, value: float, *, exact: bool = False) -> str:
        """Percent with one decimal, or two."""
        return percent_text(value, 2 if exact else 1)

    def value_shown(self, y: float) -> str:
        """The accuracy at a place on the axis."""
        return self.value_text(y, exact=True)

    def y_axis(self, calm: Floats, raw: Floats) -> tuple[axis.Range, list[axis.Tick]]:
        """From the first tenth of the calm lines up: the climb from chance would flatten everything after it."""
        high = max(float(calm.max()), quantile(raw, 0.98))
        span = axis.percent_range(quantile(calm, 0.1), high)
        return span, axis.percent_ticks(*span)

    def best(self, values: Floats) -> int:
        """The highest."""
        return int(np.argmax(values))
