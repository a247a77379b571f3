"""A share, shown as percent."""

from PySide6.QtWidgets import QWidget

from fishlab.ui.widgets.fields import FloatField

_MOST = 90.0


class PercentField(FloatField):
    """Holds 0 to 0.9 and shows 0 % to 90 %, with at most two decimals."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, 0.0, _MOST, step=1.0, unit="%", parent=parent)

    def value(self) -> float:
        """Return the share."""
        return super().value() / 100

    def _show(self, value: float) -> None:
        super()._show(round(100 * value, 2))
