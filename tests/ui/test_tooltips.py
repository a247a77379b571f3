"""The pointer is told what each control of each instrument is."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QSlider, QWidget
from window_kit import Opener
from window_walk import instrument_names, show_instrument, small_convolutions

from fishlab.ui.plots.tips import _tips
from fishlab.ui.widgets.segmented import Segmented

CONTROLS = (QAbstractSpinBox, QComboBox, QAbstractButton, QSlider)
MOST = 120  # letters: a tooltip is read at a glance


def controls(instrument: QWidget) -> list[QWidget]:
    """What a person turns or presses; an option of a row of options has that row's words."""
    found = [part for part in instrument.findChildren(QWidget) if isinstance(part, (*CONTROLS, QLineEdit, Segmented))]
    inner = (QAbstractSpinBox, QComboBox, Segmented)
    return [part for part in found if not isinstance(part.parentWidget(), inner)]


def test_every_control_of_every_instrument_has_a_short_tooltip_that_says_more_than_its_name(
    open_window: Opener,
) -> None:
    window, _ = open_window()
    window.document.replace(small_convolutions())
    seen: set[str] = set()
    for name in instrument_names(window):
        instrument = show_instrument(window, name)
        for control in controls(instrument):
            tip = control.toolTip()
            assert tip and len(tip) <= MOST, f"{name}: {control.objectName() or control}: {tip!r}"
            if isinstance(control, QComboBox | QAbstractSpinBox):
                assert tip != control.accessibleName(), f"{control.objectName()} says its name only"
            seen.add(control.objectName())
        for action in instrument.actions():
            assert action.toolTip(), f"{name}: {action.objectName()}"
    assert set(_tips()) <= seen, "words for a control that is not there"
