"""Pin: the button, and its key, by which an instrument that shows one layer stays at it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from fishlab.ui.widgets.icon import icon

KEY = "Shift+F8"


class PinAction(QAction):
    """Stands beside freeze where an instrument has a layer, and nowhere else.

    `show_pin` says what it is pinned to; a person presses it, which `triggered(pinned)` tells.
    """

    def __init__(self, owner: QWidget, name: str) -> None:
        super().__init__(icon("pin"), "", owner)
        self.setObjectName(f"{name}.pin")
        self.setCheckable(True)
        self.setWhatsThis(_tr("Stays at the layer that is shown while others are selected in the network, also at the "
                              "next start. Pressed again, it shows what it showed before."))  # fmt: skip
        self.show_pin("")

    def show_pin(self, layer: str, lost: str = "") -> None:
        """It is pinned to this layer, "" for none; `lost` is one that was removed, and whose pin waits for it."""
        words = _tr("Pin: stay at this layer, whatever is selected ({key})")
        if layer:
            words = _tr("Pinned to {layer}, whatever is selected ({key})")
        elif lost:
            words = _tr("{layer} was removed: pinned to it again when it comes back; or pin this layer ({key})")
        self.setText(words.format(key=KEY, layer=layer or lost))
        self.setChecked(bool(layer))


def toggle_pin(instrument: QWidget) -> None:
    """Pin this instrument to its layer, or let it go."""
    action = pin_of(instrument)
    if action is not None and action.isEnabled():
        action.trigger()


def pin_of(instrument: QWidget) -> PinAction | None:
    """The button of an instrument that can be pinned."""
    return next((action for action in instrument.actions() if isinstance(action, PinAction)), None)


def _tr(text: str) -> str:
    return QCoreApplication.translate("PinAction", text)
