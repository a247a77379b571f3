"""Words in a type step and an ink of the theme."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.theme.palette import INK_ROLES
from fishlab.ui.theme.theme import Step


class Label(QLabel):
    """Words of step caption, small, body or heading, weight 400, 500 or 600, in ink, ink2, ink3, bad, warn or accent.

    With `wrap` the text breaks into lines, with `elide` it gives way with an ellipsis and shows whole in the tooltip.
    """

    def __init__(
        self,
        text: str = "",
        step: Step = "body",
        weight: int = 400,
        ink: str = "ink",
        *,
        wrap: bool = False,
        elide: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._step: Step = step
        self._weight = weight
        self._elide = elide
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.set_ink(ink)
        if elide:
            self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            self.installEventFilter(self)
        self._sync()
        theme().changed.connect(self._sync)

    def set_ink(self, ink: str) -> None:
        """Take another ink of `INK_ROLES`."""
        self.setForegroundRole(INK_ROLES[ink])

    def _sync(self) -> None:
        self.setFont(theme().font(self._step, self._weight))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text, shortened where an eliding label is too narrow."""
        if not self._elide:
            super().paintEvent(event)
            return
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), self.alignment() | Qt.AlignmentFlag.AlignVCenter, shown)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Offer the whole text as tooltip while it is shortened. A filter, as only labels that elide pay for it."""
        if event.type() != QEvent.Type.ToolTip or self.toolTip():
            return False
        cut = self.fontMetrics().horizontalAdvance(self.text()) > self.width()
        self.setToolTip(self.text() if cut else "")
        handled = self.event(event)
        self.setToolTip("")
        return handled
