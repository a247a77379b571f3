"""The control of smoothing: a slider, and a box beside it with the same number."""

from __future__ import annotations

import math

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from fishlab.ui.plots.curve_choices import MOST_SPAN, curve_choices
from fishlab.ui.theme import theme
from fishlab.ui.widgets.inputs import DeskManners, IntInput, give_text_room

_NOTCHES = 80
_SLIDER, _BOX = 60, 64


class _Slider(DeskManners, QSlider):
    """A slider that leaves the wheel to the page."""


class SmoothingControl(QWidget):
    """Slider and box hold the span that all curves share; the slider is logarithmic."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._build(name)
        self._sync()
        self._show()
        self.slider.valueChanged.connect(self._on_slider_value_changed)
        self.box.valueChanged.connect(curve_choices().set_span)
        curve_choices().changed.connect(self._show)
        theme().changed.connect(self._sync)

    def _build(self, name: str) -> None:
        self.slider = _Slider(Qt.Orientation.Horizontal, self)
        self.slider.setObjectName(f"{name}.slider")
        self.slider.setRange(0, _NOTCHES)
        self.slider.setPageStep(_NOTCHES // 8)
        self.box = IntInput(self)
        self.box.setObjectName(f"{name}.box")
        self.box.setRange(1, MOST_SPAN)
        for control, words in ((self.slider, self.tr("Smoothing")), (self.box, self.tr("Smoothing, in batches"))):
            control.setAccessibleName(words)
            control.setToolTip(self.tr("Smoothing: over about how many batches a curve is averaged. 1 is none."))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.slider)
        row.addWidget(self.box)

    def _sync(self) -> None:
        self.layout().setSpacing(theme().px(6))
        self.slider.setFixedWidth(theme().px(_SLIDER))
        self.box.setFixedWidth(max(theme().px(_BOX), round(theme().text_width("10,000")) + theme().px(36)))
        give_text_room(self.box)

    def _show(self) -> None:
        span = curve_choices().span
        with QSignalBlocker(self.slider), QSignalBlocker(self.box):
            self.box.setValue(span)
            if _span_at(self.slider.value()) != span:
                self.slider.setValue(round(_NOTCHES * math.log(span) / math.log(MOST_SPAN)))

    def _on_slider_value_changed(self, notch: int) -> None:
        curve_choices().set_span(_span_at(notch))


def _span_at(notch: int) -> int:
    return round(MOST_SPAN ** (notch / _NOTCHES))
