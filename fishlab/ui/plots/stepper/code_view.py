"""Lines of code in letters of one width, to read and to copy."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from fishlab.ui.theme import theme

_MOST = 8  # lines that are seen without scrolling


class CodeView(QPlainTextEdit):
    """Shows lines; Tab leaves it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._sync()
        theme().changed.connect(self._sync)

    def show_lines(self, text: str) -> None:
        """Show these lines."""
        if text != self.toPlainText():
            self.setPlainText(text)
            self.updateGeometry()

    def _sync(self) -> None:
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(round(theme().u(12)))
        self.setFont(font)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return room for the lines, as many as there are."""
        lines = min(_MOST, max(2, self.blockCount()))
        return QSize(theme().px(300), round(lines * self.fontMetrics().lineSpacing()) + theme().px(16))

    def minimumSizeHint(self) -> QSize:
        """Return room for two lines."""
        return QSize(theme().px(120), round(2 * self.fontMetrics().lineSpacing()) + theme().px(16))
