"""The drawing, what is made of it, and the answer, side by side as large as the height allows.

Where the width holds no square for each of what the network sees, its maps and the digits kept, two rows do; and where
the height is not enough for those, the last square shows one of them by choice.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QSignalBlocker, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from fishlab.ui.benches.digit_maps import DigitMaps
from fishlab.ui.benches.digit_pad import DigitPad
from fishlab.ui.benches.kept_digits import KeptDigits
from fishlab.ui.benches.kept_panel import KeptPanel
from fishlab.ui.benches.pixels import Pixels
from fishlab.ui.theme import theme
from fishlab.ui.widgets.bars import ProbabilityBars
from fishlab.ui.widgets.empty_state import EmptyState
from fishlab.ui.widgets.inputs import ChoiceInput
from fishlab.ui.widgets.label import Label

SEES, MAPS, KEPT = "sees", "maps", "kept"
_MARGIN, _GAP, _CAPTION, _FOOT, _CHOICE = 12, 16, 24, 12, 28  # u
_LEAST_BARS, _LEAST_SQUARE, _ENOUGH = 130, 60, 118  # u; squares of _ENOUGH may stand beside another one
_LOSS = 0.8  # if they are at least this much of what the height allows
_ALL = 0.6  # two rows show everything: that is worth squares this much of those in one row


class DigitColumns(QWidget):
    """`views_changed` tells that other views are in sight: what is not seen need not be asked for."""

    views_changed = Signal()

    def __init__(self, kept: KeptDigits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pad, self.seen, self.bars = DigitPad(self), Pixels(self), ProbabilityBars(parent=self)
        self.maps, self.kept = DigitMaps(self), KeptPanel(kept, self)
        self._views: dict[str, QWidget] = {SEES: self.seen, MAPS: self.maps, KEPT: self.kept}
        self._titles = {
            SEES: self.tr("the network sees 28 × 28"),
            MAPS: self.tr("feature maps"),
            KEPT: self.tr("kept digits"),
        }
        self._choices = {SEES: self.tr("28 × 28"), MAPS: self.tr("maps"), KEPT: self.tr("kept digits")}
        self._build()
        self.choice.currentIndexChanged.connect(self._on_choice_changed)
        theme().changed.connect(self._place)

    def _build(self) -> None:
        self.seen.setObjectName("try.sees")
        self.bars.setObjectName("try.bars")
        self.maps.setObjectName("try.maps")
        self.seen.setAccessibleName(self.tr("What the network sees, 28 × 28"))
        self.maps.setAccessibleName(self.tr("Feature maps of the drawing"))
        self.choice = ChoiceInput(self)
        self.choice.setObjectName("try.view")
        self.choice.setAccessibleName(self.tr("What to see of the drawing"))
        self.choice.setToolTip(self.tr("28 × 28, as the network sees it; its feature maps; or the kept digits"))
        self._captions = {name: self._caption(title) for name, title in self._titles.items()}
        self._draw, self._probability = self._caption(self.tr("draw here")), self._caption(self.tr("probability"))
        self._hint = EmptyState("", parent=self)
        self.setMinimumHeight(theme().px(120))
        QWidget.setTabOrder(self.pad, self.choice)
        QWidget.setTabOrder(self.choice, self.kept)

    def _caption(self, words: str) -> Label:
        return Label(words, "small", 400, "ink2", elide=True, parent=self)

    def set_hint(self, title: str, sentence: str) -> None:
        """Say this in place of the bars."""
        self._hint.set_words(title, sentence)
        self._hint.setVisible(bool(title))
        self.bars.setVisible(not title)

    def set_frozen(self, frozen: bool) -> None:
        """Take no drawing and keep no digit for as long; what is seen stays."""
        self.pad.setEnabled(not frozen)
        self.kept.setEnabled(not frozen)
        self._draw.setText(self.tr("frozen") if frozen else self.tr("draw here"))
        if frozen and self.maps.maps is None:
            self.maps.show_maps(None, self.tr("Nothing was mapped when this was frozen."))

    def shows(self, name: str) -> bool:
        """Return whether that view is in sight."""
        return not self._views[name].isHidden()

    def show_view(self, name: str) -> None:
        """Turn the choice to a view, if it is not in sight anyway."""
        self.choice.setCurrentIndex(max(0, self.choice.findData(name)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place everything anew."""
        self._place()

    def _on_choice_changed(self, _index: int) -> None:
        self._place()

    # -- where things are ----------------------------------------------------------------------------------------
    def _place(self) -> None:
        squares, side = self._squares()
        before = [name for name in self._views if self.shows(name)]
        shown = self._place_rows() if squares < 4 and self._tall() >= _ALL * side else self._place_row(squares, side)
        for name, view in self._views.items():
            view.setVisible(name in shown)
        if before != [name for name in self._views if name in shown]:
            self.views_changed.emit()

    def _place_row(self, squares: int, side: int) -> list[str]:
        """All in one row; returns which views are shown."""
        u = theme().px
        fixed = [SEES, MAPS, KEPT][: squares - 1 if squares == 4 else squares - 2]
        self._offer([name for name in self._views if name not in fixed])
        shown = fixed if squares == 4 else [*fixed, self.choice.currentData()]
        lefts = [u(_MARGIN) + number * (side + u(_GAP)) for number in range(squares + 1)]
        head = self._head(squares)
        self._place_caption(self._draw, lefts[0], side, head)
        self.pad.setGeometry(lefts[0], head, side, side)
        for name in self._views:
            self._captions[name].setVisible(name in fixed)
        for left, name in zip(lefts[1:], shown, strict=False):
            self._place_view(name, left, side, head, chosen=name not in fixed)
        self.choice.setVisible(squares < 4)
        self._place_bars(lefts[-1], head)
        return shown

    def _head(self, squares: int) -> int:
        """The height above the squares: a caption's, or that of the choice beside the captions."""
        return theme().px(_CAPTION if squares == 4 else _CHOICE + 6)

    def _tall(self) -> int:
        """How large squares are in two rows of two."""
        u = theme().px
        wide = (self.width() - 2 * u(_MARGIN) - 2 * u(_GAP) - u(_LEAST_BARS)) // 2
        return min(wide, (self.height() - 2 * u(_CAPTION) - u(_GAP) - u(_FOOT)) // 2)

    def _place_rows(self) -> list[str]:
        """The drawing and what is seen of it above, its maps and the digits kept below; returns that all are shown."""
        u, side = theme().px, self._tall()
        left, second, third = (u(_MARGIN) + number * (side + u(_GAP)) for number in range(3))
        below = u(_CAPTION) + side + u(_GAP)
        self._place_caption(self._draw, left, side, u(_CAPTION))
        self.pad.setGeometry(left, u(_CAPTION), side, side)
        self._place_view(SEES, second, side, u(_CAPTION), chosen=False)
        self._place_bars(third, u(_CAPTION), side + u(_GAP) // 2)
        rest = self.width() - u(_MARGIN) - second
        for name, at, width in ((MAPS, left, side), (KEPT, second, rest)):
            self._captions[name].setGeometry(at, below + u(3), width, u(_CAPTION) - u(3))
            self._views[name].setGeometry(at, below + u(_CAPTION), width, side)
        for caption in self._captions.values():
            caption.show()
        self.choice.hide()
        return list(self._views)

    def _squares(self) -> tuple[int, int]:
        """How many squares stand side by side, and how large they are."""
        u = theme().px
        for squares in (4, 3, 2):
            high = self.height() - self._head(squares) - u(_FOOT)
            wide = (self.width() - 2 * u(_MARGIN) - squares * u(_GAP) - u(_LEAST_BARS)) // squares
            if squares == 2 or wide >= (high if squares == 4 else max(_LOSS * high, min(high, u(_ENOUGH)))):
                break
        return squares, max(u(_LEAST_SQUARE), min(high, wide))

    def _offer(self, names: list[str]) -> None:
        if [self.choice.itemData(index) for index in range(self.choice.count())] == names:
            return
        with QSignalBlocker(self.choice):
            chosen = self.choice.currentData()
            self.choice.clear()
            for name in names:
                self.choice.addItem(self._choices[name], name)
            self.choice.setCurrentIndex(max(0, self.choice.findData(chosen)))

    def _place_caption(self, caption: Label, left: int, width: int, head: int) -> None:
        """In the middle of the head, where the words of a choice stand too."""
        top = theme().px(2 if head > theme().px(_CAPTION) else 3)
        caption.setGeometry(left, top, width, min(theme().px(_CHOICE), head - top))

    def _place_view(self, name: str, left: int, side: int, top: int, *, chosen: bool) -> None:
        u = theme().px
        height = side if name != KEPT else self.height() - u(_FOOT) - top
        self._views[name].setGeometry(left, top, side, height)
        if chosen:
            wide = min(self.choice.sizeHint().width(), side + u(_GAP) - u(4))  # long words reach into the gap
            self.choice.setGeometry(left, u(2), max(side, wide), u(_CHOICE))
            return
        caption = self._captions[name]
        self._place_caption(caption, left, side, top)
        if name == SEES:
            words = (self._titles[SEES], self.tr("it sees 28 × 28"), self.tr("28 × 28"))
            room = caption.fontMetrics().horizontalAdvance
            caption.setText(next((text for text in words if room(text) <= side), words[-1]))

    def _place_bars(self, left: int, head: int, height: int = 0) -> None:
        u = theme().px
        rest = max(u(80), self.width() - left - u(_MARGIN))
        self._place_caption(self._probability, left, rest, head)
        top = min(head, u(_CHOICE))
        beside = QRect(left, top, rest, height or self.height() - top - u(_FOOT))
        self.bars.setGeometry(beside)
        self._hint.setGeometry(beside)
