"""The instrument Curves: any quantity of the run in sight, with earlier runs, on the axes that are wanted."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from fishlab.ui.document import Document
from fishlab.ui.explanations.curves import quantities
from fishlab.ui.plots.chart import Chart, end_of, run_name
from fishlab.ui.plots.curve_choices import curve_choices
from fishlab.ui.plots.curve_plot import CurvePlot
from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.plots.quantity import QUANTITIES
from fishlab.ui.plots.shows_curves import ShowsCurves
from fishlab.ui.plots.smoothing_control import SmoothingControl
from fishlab.ui.run_record import Run, RunRecord
from fishlab.ui.session import TrainSession
from fishlab.ui.widgets.explanation import set_explanation
from fishlab.ui.widgets.inputs import ChoiceInput


class CurvesInstrument(ShowsCurves, Instrument):
    """Each quantity keeps its own choice of axes."""

    draws_frozen = True

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        self.plot = CurvePlot()
        self._charts = {quantity.key: Chart(quantity) for quantity in QUANTITIES}
        self._log_y = {quantity.key: quantity.log for quantity in QUANTITIES}
        self.chart = self._charts[QUANTITIES[0].key]
        self._run_actions: list[QAction] = []
        self._frozen: RunRecord | None = None
        self._frozen_moment: float | None = None
        super().__init__("curves", self.tr("Curves"), self.plot, document, session, parent)
        self._build_controls()
        self._show_choices()
        self._connect()
        self.listen()

    def _build_controls(self) -> None:
        self.quantities = ChoiceInput(self)
        self.quantities.setObjectName("live.curves.quantity")
        self.quantities.setAccessibleName(self.tr("Quantity to show"))
        self.quantities.setSizeAdjustPolicy(ChoiceInput.SizeAdjustPolicy.AdjustToContents)
        for quantity in QUANTITIES:
            self.quantities.addItem(quantity.words(quantity.title), quantity.key)
        self.smoothing = SmoothingControl("live.curves.smoothing", self)
        self.options = QPushButton(self.tr("Show"), self)
        self.options.setObjectName("live.curves.options")
        self.options.setAccessibleName(self.tr("Axes and earlier runs"))
        self.options.setToolTip(self.tr("Logarithmic axes, and which earlier runs are laid over"))
        self.options_menu = QMenu(self.options)
        self.options.setMenu(self.options_menu)
        self.log_y_action = self._add_axis("y", self.tr("Logarithmic y"))
        self.log_x_action = self._add_axis("x", self.tr("Logarithmic x"))
        for control in (self.quantities, self.smoothing, self.options):
            self.add_control(control)

    def _add_axis(self, name: str, text: str) -> QAction:
        action = QAction(text, self, checkable=True)
        action.setObjectName(f"live.curves.log_{name}")
        self.options_menu.addAction(action)
        return action

    def _connect(self) -> None:
        self.quantities.currentIndexChanged.connect(self._on_quantities_current_index_changed)
        self.options_menu.aboutToShow.connect(self._on_options_menu_about_to_show)
        self.log_y_action.toggled.connect(self._on_log_y_toggled)
        self.log_x_action.toggled.connect(self._on_log_x_toggled)
        self.options_menu.triggered.connect(self._on_options_menu_triggered)

    # -- choices -----------------------------------------------------------------------------------------------------
    @property
    def log_y(self) -> bool:
        """Whether the y axis is logarithmic for the quantity that is shown."""
        return self._log_y[self.chart.quantity.key]

    @property
    def log_x(self) -> bool:
        """Whether the x axis is logarithmic."""
        return self.log_x_action.isChecked()

    def show_quantity(self, key: str) -> None:
        """Turn to another quantity."""
        self.quantities.setCurrentIndex(self.quantities.findData(key))

    def _show_choices(self) -> None:
        set_explanation(self.plot, quantities()[self.chart.quantity.key])
        self.log_y_action.setChecked(self.log_y)
        self.smoothing.setEnabled(self.chart.quantity.calm)

    def _on_quantities_current_index_changed(self, _index: int) -> None:
        self.chart = self._charts[self.quantities.currentData()]
        self._show_choices()
        self._draw_now()

    def _on_log_y_toggled(self, log: bool) -> None:
        self._log_y[self.chart.quantity.key] = log
        self._draw_now()

    def _on_log_x_toggled(self, _log: bool) -> None:
        self._draw_now()

    def _on_options_menu_about_to_show(self) -> None:
        """List the earlier runs, the newest first."""
        for action in self._run_actions:
            self.options_menu.removeAction(action)
            action.deleteLater()
        self._run_actions = [self.options_menu.addSection(self.tr("Earlier runs"))]
        self._run_actions += [self._run_action(run) for run in reversed(self.record.past)]
        if not self.record.past:
            nothing = self.options_menu.addAction(self.tr("None yet: they appear when another one is started"))
            nothing.setEnabled(False)
            self._run_actions.append(nothing)

    def _run_action(self, run: Run) -> QAction:
        words = self.tr("{name}: {title}").format(name=run_name(run), title=run.title)
        action = self.options_menu.addAction(words)
        action.setCheckable(True)
        action.setChecked(run.shown)
        action.setData(run.number)
        return action

    def _on_options_menu_triggered(self, action: QAction) -> None:
        for run in self.record.past:
            if run.number == action.data():
                curve_choices().show_run(run, action.isChecked())
                self._draw_now()

    # -- frozen ------------------------------------------------------------------------------------------------------
    @property
    def record(self) -> RunRecord:
        """The runs to show: while frozen, as they were then."""
        return self._frozen or super().record

    def _on_freeze_toggled(self, frozen: bool) -> None:
        self._frozen_moment = self.moment if frozen else None
        self._frozen = self.session.record.copy() if frozen else None
        super()._on_freeze_toggled(frozen)
        self._draw_now()  # what stays is what was there when it was asked for

    @property
    def moment(self) -> float | None:
        """The moment of the past that is marked: while frozen, that of then."""
        return self._frozen_moment if self.frozen else super().moment

    @property
    def epoch(self) -> float:
        """How far the run had come."""
        record = self.session.record
        return end_of(record) if len(record.history.steps) else 0.0

    def shown_words(self) -> str:
        """Which quantity."""
        return self.quantities.currentText()

    def _draw_now(self) -> None:
        """A choice shows at once."""
        self.throttle.ask()
        self.throttle.catch_up()
