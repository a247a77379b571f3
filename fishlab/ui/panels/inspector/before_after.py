"""A row of images as they are, and under it what becomes of them."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from fishlab.ui.panels.inspector.contact_sheet import ContactSheet
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.label import Label

Pictures = NDArray[np.uint8]


class BeforeAfter(QWidget):
    """`again` is a button for another try, there where it has words."""

    def __init__(self, again: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._caption = Label(self.tr("before and after"), "caption", 400, "ink2", wrap=True)
        self.again = Button(again, parent=self)  # else it was a window for a moment
        self.again.setObjectName("inspector.draw_again")
        self.again.setVisible(bool(again))
        self.nothing = Label(self.tr("Nothing to show it on yet."), "caption", 400, "ink2", wrap=True)
        self.before, self.after = ContactSheet(), ContactSheet()
        self._top = QHBoxLayout()
        self._top.addWidget(self._caption, 1)
        self._top.addWidget(self.again)
        column = QVBoxLayout(self)
        column.addLayout(self._top)
        for part in (self.nothing, self.before, self.after):
            column.addWidget(part)
        self.show_pair(None)
        self._sync_space()
        theme().changed.connect(self._sync_space)

    def set_caption(self, text: str) -> None:
        """Say what the pictures are."""
        self._caption.setText(text)

    def show_pair(self, pair: tuple[Pictures, Pictures] | None) -> None:
        """Show images before and after, (n, H, W) or (n, H, W, 3), or that there are none."""
        self.before.set_images(pair[0] if pair else None)
        self.after.set_images(pair[1] if pair else None)
        self.nothing.setVisible(pair is None)

    def _sync_space(self) -> None:
        self.layout().setContentsMargins(0, 0, 0, 0)
        self.layout().setSpacing(theme().px(4))
