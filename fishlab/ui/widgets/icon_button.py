"""A small button that is only an icon, with its words as tooltip and accessible name."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QToolButton, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon import icon


class IconButton(QToolButton):
    """A flat button showing icon `name` at 16 u, in a hit area of 24 u. `words` say what it does."""

    def __init__(self, name: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIcon(icon(name))
        self.setToolTip(words)
        self.setWhatsThis(words)
        self.setAccessibleName(words)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._sync()
        theme().changed.connect(self._sync)

    def _sync(self) -> None:
        side = theme().px(16)
        self.setIconSize(QSize(side, side))
        self.setFixedSize(theme().px(24), theme().px(24))
