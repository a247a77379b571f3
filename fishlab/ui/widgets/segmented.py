"""A switch with a few named positions: Build | Watch | Explain.

switch = Segmented(self.tr("Layout"), [("build", "Build"), ("watch", "Watch")])
switch.value(), switch.set_value("watch"), switch.edited        as fields have them
"""

from collections.abc import Iterable

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QSizePolicy, QWidget

from fishlab.ui.theme import theme

_PADDING = 3


class Segmented(QWidget):
    """Exactly one of `options` (key, text) is chosen; arrow keys move the choice."""

    edited = Signal(object)

    def __init__(self, name: str, options: Iterable[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._group = QButtonGroup(self)
        self._segments: dict[str, _Segment] = {}
        self._row = QHBoxLayout(self)
        self._row.setSpacing(0)
        for key, text in options:
            self._segments[key] = segment = _Segment(text, self)
            self._group.addButton(segment)
            self._row.addWidget(segment)
        self._group.buttonClicked.connect(self._on_group_button_clicked)
        self.set_value(next(iter(self._segments)))
        self._sync()
        theme().changed.connect(self._sync)

    def value(self) -> str:
        """Return the key of the chosen segment."""
        return next(key for key, segment in self._segments.items() if segment.isChecked())

    def set_value(self, key: str) -> None:
        """Choose segment `key` without sending `edited`."""
        self._segments[key].setChecked(True)

    def _on_group_button_clicked(self, _button: QRadioButton) -> None:
        self.edited.emit(self.value())

    def _sync(self) -> None:
        padding = theme().px(_PADDING)
        self._row.setContentsMargins(padding, padding, padding, padding)
        width = max(segment.natural_width() for segment in self._segments.values())
        for segment in self._segments.values():
            segment.setFixedSize(width, theme().px(26))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the track."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("line"))
        painter.drawRoundedRect(QRectF(self.rect()), theme().u(7), theme().u(7))


class _Segment(QRadioButton):
    """One position, drawn as a flat word or, chosen, as a small card."""

    def natural_width(self) -> int:
        metrics = QFontMetrics(theme().font("body", 600))
        return metrics.horizontalAdvance(self.text()) + theme().px(26)

    def sizeHint(self) -> QSize:
        return QSize(self.natural_width(), theme().px(26))

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isChecked():
            painter.setPen(QPen(theme().colour("edge"), 1))
            painter.setBrush(theme().colour("card"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme().u(5), theme().u(5))
        strong = self.isChecked() or self.underMouse()
        painter.setFont(theme().font("body", 600 if self.isChecked() else 400))
        painter.setPen(theme().colour(("ink" if strong else "ink2") if self.isEnabled() else "disabled"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
