"""Which instrument is in sight, which have windows, and what they are pinned to: kept from one start to the next."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QObject
from PySide6.QtWidgets import QWidget

from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.plots.strip import InstrumentStrip
from fishlab.ui.settings import Settings

_WINDOWS, _PINS = "instruments/windows", "instruments/pins"


class InstrumentPlaces(QObject):
    """Each named layout keeps the instrument that was looked at in it; where none was, what is looked at stays.

    A pin names a layer by its uid. It waits where the project that is open has no such layer.
    """

    def __init__(self, strip: InstrumentStrip, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._strip, self._settings = strip, settings
        self._layout = ""
        self._made: dict[str, Instrument] = {}
        strip.made.connect(self._on_strip_made)

    def restore(self, layout: str) -> None:
        """Turn to the instrument that this layout was left with."""
        self._layout = layout
        name = self._settings.text(f"instruments/{layout}")
        if name in self._strip.names():
            self._strip.turn_to(name)

    def turn(self, layout: str) -> None:
        """Another layout: what it was left with, and this one is kept as it is."""
        if layout != self._layout:
            self._keep_current()
            self.restore(layout)

    def open_windows(self) -> None:
        """Take out what had a window of its own at the end, to where it was."""
        for name, place in self._settings.texts(_WINDOWS).items():
            if name in self._strip.names() and name not in self._strip.windows:
                window = self._strip.take_out(name)
                window.restoreGeometry(QByteArray.fromBase64(place.encode()))

    def remember(self) -> None:
        """Keep everything for the next start; instruments that were not made keep their pins."""
        self._keep_current()
        places = {name: one.saveGeometry().toBase64().toStdString() for name, one in self._strip.windows.items()}
        self._settings.set_texts(_WINDOWS, places)
        pins = self._settings.texts(_PINS) | {name: one.pin for name, one in self._made.items()}
        self._settings.set_texts(_PINS, {name: uid for name, uid in pins.items() if uid})

    def _keep_current(self) -> None:
        if self._layout:
            self._settings.set(f"instruments/{self._layout}", self._strip.current())

    def _on_strip_made(self, instrument: QWidget) -> None:
        if isinstance(instrument, Instrument):
            self._made[instrument.name] = instrument
            uid = self._settings.texts(_PINS).get(instrument.name)
            if uid:
                instrument.set_pin(uid)
