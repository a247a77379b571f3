"""What a page is about: an icon, a title, a line under it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from fishlab.ui.panels.inspector.words import soft_breaks
from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon import icon_pixmap
from fishlab.ui.widgets.label import Label


class Heading(QWidget):
    """An icon in the accent colour, the title in 600, the sub-line in caption.

    `lines` of the sub-line keep their room, so that nothing below moves when its words change.
    """

    def __init__(self, parent: QWidget | None = None, *, lines: int = 1) -> None:
        super().__init__(parent)
        self._icon_name = ""
        self._lines = lines
        self._icon = Label()
        self.title = Label("", "heading", 600, wrap=True)
        self.sub = Label("", "caption", 400, "ink2", wrap=True)
        self.sub.setAlignment(Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.title)
        words.addWidget(self.sub)
        row = QHBoxLayout(self)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter if lines == 1 else Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self._sync()
        theme().changed.connect(self._sync)

    def set_words(self, icon_name: str, title: str, sub: str = "") -> None:
        """Show these."""
        self._icon_name = icon_name
        self.title.setText(soft_breaks(title))
        self.sub.setText(sub)
        self.sub.setVisible(bool(sub))
        self.setAccessibleName(f"{title}, {sub}" if sub else title)
        self._sync()

    def _sync(self) -> None:
        t = theme()
        self.layout().setContentsMargins(0, 0, 0, t.px(4))
        self.layout().setSpacing(t.px(10))
        self._icon.setFixedWidth(t.px(24))
        self._icon.setContentsMargins(0, t.px(5) if self._lines > 1 else 0, 0, 0)  # beside title and first line
        self.sub.setMinimumHeight(self._lines * self.sub.fontMetrics().lineSpacing() if self._lines > 1 else 0)
        self._icon.setVisible(bool(self._icon_name))
        if self._icon_name:
            self._icon.setPixmap(icon_pixmap(self._icon_name, "accent", t.u(24), self.devicePixelRatioF()))
