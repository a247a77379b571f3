"""Keyboard focus shown as a ring around the control, which a style sheet cannot draw.

Buttons, check boxes and widgets with the property `focus_ring` get it; fields show focus in their own border,
item views at their current row. The ring comes only when the focus moved without the mouse.
"""

from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFocusFrame,
    QProxyStyle,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QWidget,
)

if TYPE_CHECKING:
    from fishlab.ui.theme.theme import Theme

_GAP, _WIDTH = 2.0, 2.0


class FocusRing(QFocusFrame):
    """A ring of 2 in the accent colour, 2 outside the widget it follows."""

    def __init__(self, theme: "Theme", parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._margins = _RingMargins("Fusion")
        self._margins.setParent(self)
        self.setStyle(self._margins)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ring where the followed widget lies inside this frame."""
        widget = self.widget()
        if widget is None or self.parentWidget() is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("accent"), _WIDTH))
        rect = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        radius = self._theme.u(5) + _GAP
        painter.drawRoundedRect(rect, radius, radius)


class _RingMargins(QProxyStyle):
    """Says how far the frame reaches beyond its widget, and over what; only the ring wears it."""

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returned: QStyleHintReturn | None = None,
    ) -> int:
        if hint == QStyle.StyleHint.SH_FocusFrame_AboveWidget:
            return 1  # a child of the window: the widget's own parent may be too tight for a ring around it
        return super().styleHint(hint, option, widget, returned)

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        if metric in (QStyle.PixelMetric.PM_FocusFrameHMargin, QStyle.PixelMetric.PM_FocusFrameVMargin):
            return round(_GAP + _WIDTH)
        return super().pixelMetric(metric, option, widget)


class FocusFollower(QObject):
    """Keeps one `FocusRing` at the widget that has the keyboard focus."""

    def __init__(self, theme: "Theme", app: QApplication) -> None:
        super().__init__(app)
        self._theme = theme
        self._ring: FocusRing | None = None
        app.focusChanged.connect(self._on_app_focus_changed)

    def _on_app_focus_changed(self, old: QWidget | None, now: QWidget | None) -> None:
        if now is None:  # the program sleeps: when it wakes the ring is where it was
            return
        by_mouse = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        had_ring = self._ringed() is not None and self._ringed() in (old, now)
        by_itself = _gave_way(old, now) and not had_ring  # no one's step to a button
        if _wants_ring(now) and not by_mouse and not by_itself:
            self._ring_for(now).setWidget(now)
        elif self._ring is not None and self._ringed() is not None:
            self._ring.setWidget(None)  # type: ignore[arg-type]

    def _ringed(self) -> QWidget | None:
        return self._ring.widget() if self._ring is not None and shiboken6.isValid(self._ring) else None

    def _ring_for(self, widget: QWidget) -> FocusRing:
        if self._ring is None or not shiboken6.isValid(self._ring):
            self._ring = FocusRing(self._theme, widget.window())
        return self._ring


def _gave_way(old: QWidget | None, now: QWidget) -> bool:
    """Whether the focus moved because a window opened, or because where it was can no longer have it."""
    return old is None or not old.isEnabled() or not old.isVisible() or old.window() is not now.window()


def _wants_ring(widget: QWidget) -> bool:
    return isinstance(widget, QAbstractButton) or bool(widget.property("focus_ring"))
