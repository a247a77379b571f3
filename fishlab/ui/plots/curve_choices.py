"""What a person chose for all curves together: how much they are smoothed, and which earlier runs are laid over."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from fishlab.ui.run_record import Run
from fishlab.ui.settings import Settings

SPAN, MOST_SPAN = 20, 10_000
_SETTING = "curves/span"


class CurveChoices(QObject):
    """`span` batches are averaged over, about; it is remembered between two starts. `changed` tells of any choice."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._settings = Settings()
        self._span = _in_range(self._settings.number(_SETTING, SPAN))

    @property
    def span(self) -> int:
        """Over about how many batches a smoothed curve is averaged; 1 leaves it as it is."""
        return self._span

    def set_span(self, span: int) -> None:
        """Smooth all curves so from now on."""
        span = _in_range(span)
        if span != self._span:
            self._span = span
            self._settings.set(_SETTING, span)
            self.changed.emit()

    def show_run(self, run: Run, shown: bool) -> None:
        """Lay an earlier run over the one in sight, or take it away."""
        if shown != run.shown:
            run.shown = shown
            self.changed.emit()


def _in_range(span: float) -> int:
    return round(min(MOST_SPAN, max(1.0, span))) if span == span else SPAN


_choices: list[CurveChoices] = []


def curve_choices() -> CurveChoices:
    """The one that all curves share."""
    if not _choices:
        _choices.append(CurveChoices())
    return _choices[0]
