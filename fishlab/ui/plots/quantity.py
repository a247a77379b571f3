"""What a curve can show of a run: where its numbers are, what they are called, and how their axis is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from fishlab.core.history import Table
from fishlab.ui.numbers import loss_text, percent_text, significant
from fishlab.ui.plots import axis
from fishlab.ui.plots.decimate import Floats, Points, envelope, finite, quantile
from fishlab.ui.plots.drawing import NOTHING
from fishlab.ui.run_record import Run

Span = tuple[axis.Range, list[axis.Tick]]


@dataclass(frozen=True)
class Quantity:
    """`column` of a run's table `source`. `validated` names the column of the epochs, where there is one, `best` picks
    the best of some values. `log` says whether its axis is logarithmic unless something else is chosen, `calm` whether
    it is drawn raw under smoothed: else as it is.
    """

    key: str
    title: str
    empty: str
    source: Callable[[Run], Table]
    column: str
    text: Callable[..., str]
    fit: Callable[[Floats, Floats, Floats], Span]
    validated: str = ""
    best: Callable[[Floats], int] | None = None
    log: bool = False
    calm: bool = True

    def words(self, text: str) -> str:
        """`title` or `empty` in the language of the window."""
        return QCoreApplication.translate("Quantity", text)

    def validation(self, run: Run) -> Points:
        """What was measured on the validation images after each epoch."""
        if not self.validated:
            return NOTHING
        return finite(run.history.epochs.column("epoch"), run.history.epochs.column(self.validated))

    def span(self, own: Floats, earlier: Floats, raw: Floats, *, log: bool) -> Span:
        """The range of the axis and its numbers: all of the calm lines, those of the run in sight and of earlier ones,
        and most of the raw points behind them.
        """
        if not log:
            return self.fit(own, earlier, raw)
        low, high = _most(own, earlier, raw)
        span = axis.log_range(low, high)
        return span, axis.log_ticks(*span)


def _most(own: Floats, earlier: Floats, raw: Floats) -> axis.Range:
    """All of the calm lines, and of the raw points all but the lowest and the highest hundredth."""
    calm = np.append(own, earlier)
    return min(float(calm.min()), quantile(raw, 0.01)), max(float(calm.max()), quantile(raw, 0.99))


def _from_zero(own: Floats, earlier: Floats, raw: Floats) -> Span:
    span = axis.linear_range(*_most(own, earlier, raw))
    return span, axis.linear_ticks(*span)


def _upper_shares(own: Floats, earlier: Floats, raw: Floats) -> Span:
    """From the first tenth of the calm lines up: the climb from chance would flatten everything after it. A run that
    has just begun is seen all the same.
    """
    calm = np.append(own, earlier)
    high = max(float(calm.max()), quantile(raw, 0.98))
    span = axis.percent_range(min(quantile(own, 0.1), quantile(calm, 0.1)), high)
    return span, axis.percent_ticks(*span)


def _loss_text(value: float, *, exact: bool = False) -> str:
    """The same digits for one batch and for many."""
    return loss_text(value)


def _share_text(value: float, *, exact: bool = False) -> str:
    """Percent with one decimal, for the mean over many images with two."""
    return percent_text(value, 2 if exact else 1)


def _digits(value: float, *, exact: bool = False) -> str:
    return significant(value, 3)


def _speed_text(value: float, *, exact: bool = False) -> str:
    words = QCoreApplication.translate("Quantity", "{count} a second")
    return words.format(count=f"{value:,.0f}" if value >= 100 else significant(value, 3))


def _rate_text(value: float, *, exact: bool = False) -> str:
    return f"{value:.4g}" if value >= 1e-4 else significant(value, 3)


LOSS = Quantity(
    "loss", QT_TRANSLATE_NOOP("Quantity", "Loss"),
    QT_TRANSLATE_NOOP("Quantity", "Press Run and the loss appears here."),
    lambda run: run.history.steps, "loss", _loss_text, _from_zero,
    validated="validation_loss", best=lambda values: int(np.argmin(values)), log=True,
)  # fmt: skip
ACCURACY = Quantity(
    "accuracy", QT_TRANSLATE_NOOP("Quantity", "Accuracy"),
    QT_TRANSLATE_NOOP("Quantity", "Press Run and the share of right answers appears here."),
    lambda run: run.history.steps, "accuracy", _share_text, _upper_shares,
    validated="validation_accuracy", best=lambda values: int(np.argmax(values)),
)  # fmt: skip
RATE = Quantity(
    "rate", QT_TRANSLATE_NOOP("Quantity", "Learning rate"),
    QT_TRANSLATE_NOOP("Quantity", "Press Run and the learning rate of every batch appears here."),
    lambda run: run.history.rates, "rate", _rate_text, _from_zero, calm=False,
)  # fmt: skip
GRADIENT = Quantity(
    "gradient", QT_TRANSLATE_NOOP("Quantity", "Gradient norm"),
    QT_TRANSLATE_NOOP("Quantity", "Press Run and the length of the gradient appears here, measured every few batches."),
    lambda run: run.history.metrics, "gradient_norm", _digits, _from_zero, log=True,
)  # fmt: skip
RATIO = Quantity(
    "ratio", QT_TRANSLATE_NOOP("Quantity", "Update ratio"),
    QT_TRANSLATE_NOOP("Quantity", "Press Run and what a step changes of the weights appears here, measured every few "
                      "batches."),
    lambda run: run.history.metrics, "update_ratio", _digits, _from_zero, log=True,
)  # fmt: skip
SPEED = Quantity(
    "speed", QT_TRANSLATE_NOOP("Quantity", "Throughput"),
    QT_TRANSLATE_NOOP("Quantity", "Press Run and how many are learned in a second appears here. It is not kept in "
                      "files, which know no clock."),
    lambda run: run.speeds, "images_per_second", _speed_text, _from_zero,
)  # fmt: skip
QUANTITIES = (LOSS, ACCURACY, RATE, GRADIENT, RATIO, SPEED)


def steps_between(x: Floats, y: Floats, end: float, most: int) -> Points:
    """A line through values that hold until the next one, and the last one until `end`."""
    if not len(x):
        return NOTHING
    x, y = envelope(np.append(x, max(end, x[-1])), np.append(y, y[-1]), most)
    return np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
