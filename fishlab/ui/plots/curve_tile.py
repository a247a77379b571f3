"""A tile with one curve: raw and smoothed training, validation, earlier runs, marks."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from fishlab.ui.plots.chart import Chart
from fishlab.ui.plots.curve_plot import CurvePlot
from fishlab.ui.plots.quantity import Quantity
from fishlab.ui.plots.shows_curves import ShowsCurves
from fishlab.ui.session import TrainSession


class CurveTile(ShowsCurves):
    """Shows one quantity of the session's runs."""

    def __init__(self, quantity: Quantity, session: TrainSession, parent: QWidget | None = None) -> None:
        self.plot, self.chart = CurvePlot(), Chart(quantity)
        super().__init__(quantity.key, self.plot, session, parent)
        self.set_title(quantity.words(quantity.title))
        self.listen()
