"""The first layer's filters as pictures, before and now."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from fishlab.core.probes import Question
from fishlab.core.probes.filters import FilterBank
from fishlab.ui.numbers import significant
from fishlab.ui.plots.live_tile import LiveTile
from fishlab.ui.plots.mosaic_view import Bank, MosaicView
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.session import TrainSession

PROBE = Question("filters")


class FiltersTile(LiveTile):
    """Shows the probe 'filters'; asks for it only while it can be seen."""

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        self._view = MosaicView()
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the tile has it; the instrument walks
        super().__init__(PROBE.probe, self._view, session, parent)
        self.set_title(self.tr("Filters"))
        self._bank: FilterBank | None = None
        session.looks.answered.connect(self._on_looks_answered)
        self.redraw()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for filters."""
        super().showEvent(event)
        self.session.looks.ask(self, PROBE)

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask no longer."""
        super().hideEvent(event)
        self.session.looks.ask(self, None)

    def _on_looks_answered(self, question: Question, data: object) -> None:
        if question == PROBE:
            self._bank = data  # type: ignore[assignment]
            self.throttle.ask()

    def redraw(self) -> None:
        """Show the newest filters."""
        bank = self._bank
        if bank is None:
            self.set_note("")
            self.show_nothing(*self._nothing())
            return
        count, channels, height, width = bank.now.shape
        note = self.tr("{number} {title}, {count} of {height} × {width}")
        text = note.format(number=bank.number, title=bank.title, count=count, height=height, width=width)
        mean = "" if channels == 1 else self.tr(", mean of {n} channels").format(n=channels)
        self.set_note(self.tr("before this run") if self.shows_last_model else text + mean)
        start = Bank(self.tr("before"), pictures(bank.before), total=bank.count)
        self._view.show_banks([start, Bank(self.tr("now"), pictures(bank.now), total=bank.count)])
        self.show_view()

    def _nothing(self) -> tuple[str, str]:
        if self.session.document.model is None and not self.session.training:
            words = self.tr("Press Run and the first layer's filters appear here, before and now.")
            return self.tr("No filters yet."), words
        return self.tr("No filters."), self.tr("The first layer with weights looks at no image.")

    def summary(self) -> str:
        """How many filters there are and how strong they have become."""
        bank = self._bank
        if bank is None:
            return ""
        words = self.tr("{count} filters of {height} × {width}; largest weight {before} before, {now} now")
        count, _, height, width = bank.now.shape
        before, now = (significant(largest(values)) for values in (bank.before, bank.now))
        return words.format(count=count, height=height, width=width, before=before, now=now)

    def table(self) -> Table:
        """A row for each weight: filter, channel, row, column, before and now."""
        if self._bank is None:
            return (), ()
        before, now = self._bank.before, self._bank.now
        rows = [
            (*(i + 1 for i in index), str(before[index]), str(now[index])) for index in np.ndindex(now.shape)
        ]
        return ("filter", "channel", "row", "column", "before", "now"), rows


def pictures(bank: NDArray[np.float32]) -> NDArray[np.float32]:
    """One picture a filter; a layer of many units has a hundred megabytes of them, which are not copied for nothing."""
    return bank[:, 0] if bank.shape[1] == 1 else bank.mean(axis=1)


def largest(values: NDArray[np.float32]) -> float:
    """The largest magnitude, without an array of magnitudes."""
    return float(max(values.max(), -values.min())) if values.size else 0.0
