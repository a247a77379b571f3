"""The digits that were kept: their pictures, how many of them the network has right, and what keeps another.

panel.keep_asked(label)          the button was pressed; whoever has the drawing keeps it
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QMessageBox, QVBoxLayout, QWidget

from fishlab.core.files.atomic import SaveError
from fishlab.ui.benches.kept_digits import KeptDigits
from fishlab.ui.numbers import percent_text
from fishlab.ui.plots import export
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.gallery import Gallery
from fishlab.ui.widgets.icon_button import IconButton
from fishlab.ui.widgets.inputs import ChoiceInput
from fishlab.ui.widgets.label import Label

SIDE = 28  # u
_WIDEST = 160  # u
FILE_NAME = "my digits"


class KeptPanel(QWidget):
    """Above the pictures and what is said of them, below what keeps the drawing."""

    keep_asked = Signal(int)

    def __init__(self, kept: KeptDigits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept = kept
        self._names: tuple[str, ...] = ()
        self._answers: NDArray[np.floating] | None = None
        self._has_drawing = self._chosen_by_hand = False
        self._build()
        self._connect()
        self._sync()

    def _build(self) -> None:
        self.gallery = Gallery(self.tr("Kept digits"), self, side=SIDE)
        self.gallery.setObjectName("try.kept")
        self.words = Label("", "small", 500, elide=True)
        self.words.setObjectName("try.kept_words")
        self.remove = IconButton("trash", self.tr("Remove this digit (Delete)"), self)
        self.remove.setObjectName("try.remove")
        self.back = IconButton("undo", self.tr("Bring the removed digit back"), self)
        self.back.setObjectName("try.bring_back")
        self.save = IconButton("save", self.tr("Save as a test set…"), self)
        self.save.setObjectName("try.save_set")
        self.label = ChoiceInput(self)
        self.label.setObjectName("try.label")
        self.label.setAccessibleName(self.tr("What the drawing is"))
        self.keep = Button(self.tr("Keep"))
        self.keep.setObjectName("try.keep")
        self.keep.setToolTip(self.tr("Keep the drawing as this digit. On the pad a key from 0 to 9 does the same."))
        self._said, self._asked = QHBoxLayout(), QHBoxLayout()
        for widget in (self.words, self.remove, self.back, self.save):
            self._said.addWidget(widget, 1 if widget is self.words else 0)
        self._asked.addWidget(self.label, 1)
        self._asked.addWidget(self.keep)
        self._asked.addStretch(0)
        self._sync_width()
        theme().changed.connect(self._sync_width)
        column = QVBoxLayout(self)
        column.addLayout(self._said)
        column.addWidget(self.gallery, 1)
        column.addLayout(self._asked)

    def _sync_width(self) -> None:
        """A digit needs no more, however wide the panel is."""
        self.label.setMaximumWidth(theme().px(_WIDEST))

    def _connect(self) -> None:
        self._kept.changed.connect(self._on_kept_changed)
        self.gallery.current_changed.connect(self._sync_controls)
        self.label.activated.connect(self._on_label_activated)
        self.keep.clicked.connect(self._on_keep_clicked)
        self.remove.clicked.connect(self.remove_current)
        self.back.clicked.connect(self._on_back_clicked)
        self.save.clicked.connect(self._on_save_clicked)
        theme().changed.connect(self._sync)

    # -- what is shown -------------------------------------------------------------------------------------------
    def set_names(self, names: Sequence[str]) -> None:
        """These are the classes."""
        if tuple(names) != self._names:
            self._names = tuple(names)
            self.label.clear()
            for index, name in enumerate(names):
                self.label.addItem(name, index)
            self._show_pictures()

    def set_drawing(self, there: bool, answer: int | None = None) -> None:
        """Whether there is a drawing to keep; what the network says it is, as long as nobody has said otherwise."""
        self._chosen_by_hand = self._chosen_by_hand and there
        if there and answer is not None and not self._chosen_by_hand and not self.label.view().isVisible():
            self.label.setCurrentIndex(answer)
        if there != self._has_drawing:
            self._has_drawing = there
            self._sync_controls()

    def show_answers(self, answers: NDArray[np.floating] | None) -> None:
        """The network's answers (N, K) to the digits, or None without any."""
        fits = answers is not None and answers.shape[0] == len(self._kept)
        self._answers = answers if fits else None
        self._show_pictures()

    def right(self) -> int | None:
        """Return how many of the digits the network has right; None where it has not answered."""
        return None if self._answers is None else int((self._answers.argmax(axis=1) == self._kept.labels).sum())

    def summary(self) -> str:
        """Return how many digits there are and how many of them are right."""
        count, right = len(self._kept), self.right()
        if not count:
            return self.tr("None kept yet")
        if right is None:
            return self.tr("1 kept") if count == 1 else self.tr("{n} kept").format(n=count)
        return self.tr("{right} of {n} right").format(right=right, n=count)

    def _show_pictures(self) -> None:
        images = self._kept.images[:, np.newaxis]
        self.gallery.show_pictures(images, np.arange(len(images)), self._caption, self._all_of)
        self.words.setText(self.summary())
        self._sync_controls()

    def _name(self, label: int) -> str:
        return self._names[label] if label < len(self._names) else str(label)

    def _caption(self, place: int) -> str:
        label = int(self._kept.labels[place])
        seen = label if self._answers is None else int(self._answers[place].argmax())
        return self._name(label) if seen == label else f"{self._name(label)}→{self._name(seen)}"

    def _all_of(self, place: int) -> str:
        label = int(self._kept.labels[place])
        if self._answers is None:
            return self.tr("Kept as {label}").format(label=self._name(label))
        seen = int(self._answers[place].argmax())
        words = self.tr("Kept as {label}, seen as {seen} with {percent}: right") if seen == label else self.tr(
            "Kept as {label}, seen as {seen} with {percent}: wrong"
        )
        percent = percent_text(float(self._answers[place, seen]), 1)
        return words.format(label=self._name(label), seen=self._name(seen), percent=percent)

    def _sync_controls(self) -> None:
        self.keep.setEnabled(self._has_drawing and not self._kept.full)
        self.remove.setEnabled(self.gallery.current() is not None)
        self.back.setVisible(self._kept.can_bring_back)
        self.save.setEnabled(len(self._kept) > 0)

    def _sync(self) -> None:
        self.layout().setContentsMargins(0, 0, 0, 0)
        for row in (self.layout(), self._said, self._asked):
            row.setSpacing(theme().px(4))

    # -- what is done --------------------------------------------------------------------------------------------
    def _on_kept_changed(self) -> None:
        self._answers = None
        self._show_pictures()

    def _on_label_activated(self, _index: int) -> None:
        self._chosen_by_hand = True

    def _on_keep_clicked(self) -> None:
        self.keep_asked.emit(int(self.label.currentData()))

    def _on_back_clicked(self) -> None:
        self._attempt(self._kept.bring_back)

    def remove_current(self) -> None:
        """Remove the digit that is looked at; the next one is looked at then."""
        place = self.gallery.current()
        if place is not None:
            self._attempt(lambda: self._kept.remove(place))
            self.gallery.look_at(place)

    def _on_save_clicked(self) -> None:
        path = export.ask_path(self, self.tr("Save as a test set"), FILE_NAME, "npz")
        if path is not None and self._attempt(lambda: self._kept.save_as(path)):
            self.words.setText(self._saved_words())

    def _saved_words(self) -> str:
        missing = self._kept.missing()
        if not missing:
            return self.tr("Saved.")
        words = self.tr("Saved. To open it as own images, FishLab asks for one of each: {missing} missing.")
        return words.format(missing=", ".join(map(self._name, missing)))

    def _attempt(self, action: Callable[[], None]) -> bool:
        try:
            action()
        except SaveError as error:
            QMessageBox.warning(self, self.tr("Not saved"), str(error))
            return False
        return True

    def keep_drawing(self, image: NDArray[np.floating], label: int) -> bool:
        """Keep an image as this class; says why where that fails."""
        kept = not self._kept.full and self._attempt(lambda: self._kept.keep(image, label))
        if kept:
            self.gallery.look_at(len(self._kept) - 1)
        return kept

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove by Delete and Backspace."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.gallery.current() is not None:
            self.remove_current()
        else:
            super().keyPressEvent(event)
