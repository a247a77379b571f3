"""The images that the network gets wrong, the surest mistakes first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fishlab.core.probes.answers import Answers
from fishlab.ui.document import Document
from fishlab.ui.plots.answer_words import AnswerWords
from fishlab.ui.plots.answers_instrument import AnswersInstrument
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.plots.things import things
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.gallery import Gallery
from fishlab.ui.widgets.inputs import ChoiceInput
from fishlab.ui.widgets.label import Label

ANY = -1
_HIGHEST = 4000  # pixels of a saved picture that are not on the screen


class Mistakes(AnswersInstrument):
    """A gallery; which class the images are of and which was seen in them can be chosen."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        view = _View()
        super().__init__("mistakes", view.tr("Mistakes"), view, document, session, parent)
        self.gallery, self._line = view.gallery, view.line
        self._names: tuple[str, ...] = ()
        self._build_filters()
        self._fill(session.class_names())
        for box in (self.label, self.seen, self.order):
            box.currentIndexChanged.connect(self._on_filter_changed)
        self.gallery.current_changed.connect(self._on_gallery_current_changed)
        self.redraw()

    def _build_filters(self) -> None:
        self.label = self.add_choice("label", self.tr("What they are"))
        self.seen = self.add_choice("seen", self.tr("What was seen in them"))
        self.order = self.add_choice("order", self.tr("Which stand first"))
        self.order.addItem(self.tr("surest"), True)
        self.order.addItem(self.tr("closest"), False)

    def _fill(self, names: tuple[str, ...]) -> None:
        """Offer these classes; what was chosen stays, where it still is one."""
        if names == self._names:
            return
        self._names = names
        for box, every, one in (
            (self.label, self.tr("is any"), self.tr("is {name}")),
            (self.seen, self.tr("seen as any"), self.tr("seen as {name}")),
        ):
            _refill(box, every, [one.format(name=name) for name in names])

    def _on_filter_changed(self, _index: int) -> None:
        self.redraw()

    def mistakes(self, answers: Answers) -> NDArray[np.intp]:
        """The places of those that are chosen, in the order that is chosen."""
        label, seen = (None if box.currentData() == ANY else box.currentData() for box in (self.label, self.seen))
        places = answers.of(label, seen)
        places = places[~answers.correct[places]]
        sure = answers.confidence[places]
        order = np.argsort(-sure if self.order.currentData() else sure, kind="stable")
        return places[order]

    def show_answers(self, answers: Answers) -> None:
        """Fill the gallery."""
        self._fill(answers.class_names)
        words = AnswerWords(answers)
        self.gallery.show_pictures(answers.images, self.mistakes(answers), words.caption, words.words)
        self._say()

    def _on_gallery_current_changed(self, _place: int | None) -> None:
        self._say()

    def _say(self) -> None:
        """What is looked at, or how many there are."""
        answers, place = self._shown(), self.gallery.current()
        if answers is not None:
            self._line.setText(self._count_words(answers) if place is None else AnswerWords(answers).words(place))

    def _count_words(self, answers: Answers) -> str:
        shown, wrong = self.gallery.count(), len(answers) - int(answers.correct.sum())
        if not wrong:
            return self.tr("No mistakes: all of {images} are right.").format(images=self.of_how_many(answers))
        if not shown:
            return self.tr("No mistake of this kind.")
        if shown < wrong:
            return self.tr("{n} of {all} mistakes").format(n=f"{shown:,}", all=f"{wrong:,}")
        return self.tr("1 mistake") if wrong == 1 else self.tr("{n} mistakes").format(n=f"{wrong:,}")

    def told(self, answers: Answers) -> str:
        """How many mistakes are shown, and the surest of them."""
        places = self.mistakes(answers)
        first = f" {AnswerWords(answers).words(int(places[0]))}" if len(places) else ""
        return f"{self._count_words(answers)}.{first}".replace("..", ".")

    def hidden_height(self) -> int:
        """The pictures that only scrolling shows; of very many a picture holds the first."""
        return min(self.gallery.verticalScrollBar().maximum(), _HIGHEST)

    def table(self) -> Table:
        """A row for each mistake: the number of its image, what it is, what was seen, and what both got."""
        answers = self._shown()
        if answers is None:
            return (), ()
        names = answers.class_names
        rows = [
            (
                int(answers.numbers[place]), names[answers.labels[place]], names[answers.seen[place]],
                str(answers.confidence[place]), str(answers.right[place]),
            )
            for place in self.mistakes(answers)
        ]  # fmt: skip
        return (things(answers.shape).one, "is", "seen_as", "answer", "answer_of_the_label"), rows


def _refill(box: ChoiceInput, every: str, names: list[str]) -> None:
    chosen = box.currentData()
    with QSignalBlocker(box):
        box.clear()
        box.addItem(every, ANY)
        for number, name in enumerate(names):
            box.addItem(name, number)
        box.setCurrentIndex(max(0, box.findData(chosen)))


class _View(QWidget):
    """The gallery above a line about the picture that is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.gallery = Gallery(self.tr("Mistakes"), self)
        self.gallery.setObjectName("live.mistakes.gallery")
        self.line = Label("", "small", 400, "ink2", elide=True)
        self.line.setObjectName("live.mistakes.line")
        column = QVBoxLayout(self)
        column.addWidget(self.gallery, 1)
        column.addWidget(self.line)
        self._sync()
        theme().changed.connect(self._sync)

    def _sync(self) -> None:
        self.layout().setContentsMargins(theme().px(10), 0, theme().px(8), theme().px(6))
        self.layout().setSpacing(theme().px(2))
