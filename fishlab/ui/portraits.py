"""Portraits: pictures of every instrument in a window of its own and of the time line looking back, in both themes.

They are taken of a window whose network has learned, so that each instrument has something to show. Afterwards the
window is as it was before.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication, QWidget

from fishlab.core.errors import TrainingError
from fishlab.ui.main_window import MainWindow
from fishlab.ui.plots.instrument_window import InstrumentWindow
from fishlab.ui.theme import Mode, theme
from fishlab.ui.tour_guide import FIVE, spin, until
from fishlab.ui.widgets.empty_state import EmptyState

WIDTH, HEIGHT = 900, 600
HEIGHTS = {
    "scores": 360, "filter_bank": 580, "maps": 500, "excite": 460, "saliency": 360, "cost": 300, "gradient_check": 500,
    "log": 240,
}  # fmt: skip
"""Of those that would leave much of the room empty."""
TIME_LINE = "time-line"
MODES = (Mode.LIGHT, Mode.DARK)
_ONE = (((0.50, 0.20), (0.50, 0.50), (0.49, 0.80)),)
_SEVEN = (((0.30, 0.24), (0.50, 0.23), (0.70, 0.22), (0.60, 0.45), (0.48, 0.80)),)


def file_name(name: str, mode: Mode) -> str:
    """What the picture of an instrument, or of the time line, is called."""
    return f"{name}-{mode.value}.png"


def take_portraits(window: MainWindow, folder: Path, scratch: Path) -> list[str]:
    """Write the pictures into `folder` and return their names; digits are kept in `scratch`, not among a person's own.

    Raises TrainingError where an instrument has nothing to show.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [*_of_instruments(window, folder, scratch), *_of_the_time_line(window, folder)]


def _of_instruments(window: MainWindow, folder: Path, scratch: Path) -> list[str]:
    """All of them at once: they ask together, and the theme changes once."""
    strip, before = window.live_panel.strip, theme().mode
    own = {name: strip.take_out(name) for name in strip.names()}
    try:
        for name, one in own.items():
            one.resize(WIDTH, HEIGHTS.get(name, HEIGHT))
            spin(0.1)
            _PREPARED.get(name, _as_it_is)(one.instrument, scratch)
        return [name for mode in MODES for name in _in(mode, window, own, folder)]
    finally:
        for one in own.values():
            one.close()
        theme().set_mode(before)


def _in(mode: Mode, window: MainWindow, own: dict[str, InstrumentWindow], folder: Path) -> list[str]:
    theme().set_mode(mode)
    _settle(window)
    for name, one in own.items():
        until(partial(_shows, one.instrument), f"the instrument {name} to show something")
    return [_save(one, folder, file_name(name, mode)) for name, one in own.items()]


def _of_the_time_line(window: MainWindow, folder: Path) -> list[str]:
    """The live panel, a third of the way through the run, over the outputs of the last layer but one in all of it."""
    strip, looks, before, shown = window.live_panel.strip, window.session.looks, theme().mode, []
    histograms: Any = strip.instrument("histograms")
    strip.show_instrument("histograms")
    looks.go_to(len(looks.line.moments) // 3)
    _choose(histograms, "time", window.document.network.layers[-2].uid)
    for mode in MODES:
        theme().set_mode(mode)
        _settle(window)
        shown.append(_save(window.live_panel, folder, file_name(TIME_LINE, mode)))
    theme().set_mode(before)
    _choose(histograms, "now", "all")
    strip.show_instrument(strip.names()[0])
    looks.go_to(None)
    return shown


def _choose(histograms: Any, when: str, layer: str) -> None:
    for box, value in ((histograms.when, when), (histograms.layers.box, layer)):
        box.setCurrentIndex(box.findData(value))


def _settle(window: MainWindow) -> None:
    spin(0.3)
    until(lambda: not window.session.looks.busy, "the instruments")
    spin(0.3)


def _shows(instrument: QWidget) -> bool:
    """Whether it shows something: no sentence stands in its place."""
    return not any(part.isVisible() for part in instrument.findChildren(EmptyState))


def _save(widget: QWidget, folder: Path, name: str) -> str:
    focused = QApplication.focusWidget()
    if focused is not None:
        focused.clearFocus()
    if not widget.grab().save(str(folder / name)):
        raise TrainingError(f"The tour cannot write “{name}” into “{folder}”.")
    return name


# -- what a hand does first --------------------------------------------------------------------------------------------
def _as_it_is(_instrument: Any, _scratch: Path) -> None:
    """Most show something by themselves."""


def _digit(instrument: Any, scratch: Path) -> None:
    """A one and a seven are kept, a five is drawn."""
    instrument.kept.file = scratch / "kept-digits.npz"
    for label, strokes in ((1, _ONE), (7, _SEVEN)):
        _draw(instrument.pad, strokes)
        instrument.pad.digit_typed.emit(label)
    _draw(instrument.pad, FIVE)


def _draw(pad: Any, strokes: tuple[tuple[tuple[float, float], ...], ...]) -> None:
    pad.clear()
    for stroke in strokes:
        pad.begin_stroke(*stroke[0])
        for place in stroke[1:]:
            pad.continue_stroke(*place)
        pad.end_stroke()
    spin(0.1)


def _outputs(instrument: Any, _scratch: Path) -> None:
    """The weights are in a tile anyway."""
    instrument.what.setCurrentIndex(instrument.what.findData("outputs"))


def _worst_cell(instrument: Any, _scratch: Path) -> None:
    until(lambda: not instrument.is_empty, "the confusion matrix")
    instrument.open_cell(*instrument.matrix.cell)


def _asked(instrument: Any, _scratch: Path) -> None:
    """Press its button."""
    instrument.start()
    until(lambda: not instrument.busy, f"the answer to “{instrument.title}”")


_PREPARED: dict[str, Callable[[Any, Path], None]] = {
    "try": _digit,
    "histograms": _outputs,
    "confusion": _worst_cell,
    "cost": _asked,
    "gradient_check": _asked,
}
