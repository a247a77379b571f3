"""How well each class is seen, and how far the confidence of the answers can be trusted."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from fishlab.core.metrics import Calibration, ClassScore, calibration
from fishlab.core.probes.answers import Answers
from fishlab.ui.document import Document
from fishlab.ui.numbers import percent_text
from fishlab.ui.plots.answers_instrument import AnswersInstrument
from fishlab.ui.plots.calibration import CalibrationPlot
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.plots.scores_rows import MOST_SHARED, ScoreRows
from fishlab.ui.plots.things import things
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.label import Label

TRUSTED = 0.01  # of the confidence: a gap below is none


class Scores(AnswersInstrument):
    """Precision, recall and F1 of each class; with the switch at calibration, confidence against accuracy."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        self._page = _View()
        super().__init__("scores", self._page.tr("Scores"), self._page, document, session, parent)
        self.what = self.add_choice("what", self.tr("What to show"))
        self.what.addItem(self.tr("Each class"), "classes")
        self.what.addItem(self.tr("Calibration"), "calibration")
        self.order = self.add_choice("order", self.tr("Order of the classes"))
        self.order.addItem(self.tr("in order"), False)
        self.order.addItem(self.tr("worst first"), True)
        for box in (self.what, self.order):
            box.currentIndexChanged.connect(self._on_choice_changed)
        self.redraw()

    @property
    def of_classes(self) -> bool:
        """Whether the classes are shown, not the calibration."""
        return self.what.currentData() == "classes"

    def _on_choice_changed(self, _index: int) -> None:
        self.order.setVisible(self.of_classes)
        self.redraw()

    def show_answers(self, answers: Answers) -> None:
        """Draw rows or the reliability diagram."""
        found = trust(answers)
        self._page.show_page(self.of_classes)
        self._page.rows.show_rows(self.rows(answers), things(answers.shape))
        self._page.plot.show_calibration(found)
        self._page.say(self.told(answers), self._trust_words(answers, found))

    def rows(self, answers: Answers) -> list[tuple[str, ClassScore]]:
        """Each class that has images and its scores, in the order that is chosen."""
        rows = [row for row in zip(answers.class_names, answers.scores.classes, strict=True) if row[1].support]
        return sorted(rows, key=_f1) if self.order.currentData() else rows

    # -- words ---------------------------------------------------------------------------------------------------
    def told(self, answers: Answers) -> str:
        """The best and the worst class, or how far the confidence can be trusted."""
        if not self.of_classes:
            return " ".join(self._trust_words(answers, trust(answers)))
        rows = sorted(self.rows(answers), key=_f1)
        if len(rows) == 1:
            return self.tr("All {things} are {best}.").format(things=things(answers.shape).many, best=rows[0][0])
        least, most = (percent_text(_f1(row), 1) for row in (rows[0], rows[-1]))
        if _f1(rows[0]) == _f1(rows[-1]):
            return self.tr("All classes are seen equally well, F1 {most}.").format(most=most)
        best = self._named(rows, rows[-1], self.tr("Seen best is {names}"), self.tr("Seen best are {names}"))
        worst = self._named(rows, rows[0], self.tr("seen worst is {names}"), self.tr("seen worst are {names}"))
        return self.tr("{best}, F1 {most}; {worst}, F1 {least}.").format(best=best, most=most, worst=worst, least=least)

    def _named(self, rows: list[tuple[str, ClassScore]], row: tuple[str, ClassScore], one: str, several: str) -> str:
        """The classes that have this score: by name, or how many they are."""
        names = [other[0] for other in rows if _f1(other) == _f1(row)]
        few = ", ".join(names) if len(names) <= MOST_SHARED else self.tr("{n} classes").format(n=len(names))
        return (one if len(names) == 1 else several).format(names=few)

    def _trust_words(self, answers: Answers, found: Calibration | None) -> tuple[str, ...]:
        """What the network thinks of itself, how true that is, and the number for it."""
        if found is None:
            words = self.tr("{loss} gives scores, not probabilities: there is no confidence to compare. "
                            "Softmax + loss has one.")  # fmt: skip
            return (words.format(loss=answers.loss),)
        sure, right = float(answers.confidence.mean()), float(answers.correct.mean())
        first = self.tr("Mean confidence {sure}, right {right}.")
        error = self.tr("Expected calibration error {ece}, over 15 bins.")
        return (
            self._verdict(found.excess),
            first.format(sure=percent_text(sure, 1), right=percent_text(right, 1)),
            error.format(ece=percent_text(found.error, 1)),
        )

    def _verdict(self, excess: float) -> str:
        points = f"{100 * abs(excess):.1f}"
        if abs(excess) < TRUSTED:
            return self.tr("It is about as sure of itself as it is right.")
        words = self.tr("It is {points} points too sure of itself.") if excess > 0 else self.tr(
            "It is {points} points less sure of itself than it could be."
        )
        return words.format(points=points)

    def table(self) -> Table:
        """A row for each class, or for each bin of confidence."""
        answers = self._shown()
        if answers is None:
            return (), ()
        if self.of_classes:
            rows = [(name, one.precision, one.recall, one.f1, one.support) for name, one in self.rows(answers)]
            return ("class", "precision", "recall", "f1", things(answers.shape).many), rows
        found = trust(answers)
        if found is None:
            return (), ()
        columns = (found.edges[:-1], found.edges[1:], found.counts, found.confidence, found.accuracy)
        return ("from", "to", things(answers.shape).many, "confidence", "right"), list(
            zip(*(column.tolist() for column in columns), strict=True)
        )

    def draw_for_picture(self, ratio: float | None) -> None:
        """Without a scroll bar in a picture."""
        self.hide_bar(self._page.scroll, ratio)

    def hidden_height(self) -> int:
        """The rows that only scrolling shows."""
        return self._page.scroll.verticalScrollBar().maximum() if self.of_classes else 0


def trust(answers: Answers) -> Calibration | None:
    """The calibration of answers; None where they are no probabilities."""
    return calibration(answers.confidence, answers.correct) if answers.probabilities else None


def _f1(row: tuple[str, ClassScore]) -> float:
    return row[1].f1


class _View(QStackedWidget):
    """The rows of the classes, or the diagram with its words."""

    def __init__(self) -> None:
        super().__init__()
        self.rows, self.plot = ScoreRows(), CalibrationPlot()
        self.plot.setObjectName("live.scores.calibration")
        self.scroll = QScrollArea()
        self.scroll.setObjectName("live.scores.rows")
        self.scroll.setAccessibleName(self.tr("Scores of each class"))
        self.scroll.setWidgetResizable(True)
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setWidget(self.rows)
        self.rows.setAutoFillBackground(False)
        self.scroll.viewport().setAutoFillBackground(False)
        self._line = Label("", "small", 400, "ink2", elide=True)
        self._words = [Label("", step, weight, ink, wrap=True) for step, weight, ink in _WORDS]
        self.addWidget(self._classes_page())
        self.addWidget(self._calibration_page())
        self._sync()
        theme().changed.connect(self._sync)

    def _classes_page(self) -> QWidget:
        page = QWidget()
        self._classes = QVBoxLayout(page)
        self._classes.addWidget(self.scroll, 1)
        self._foot = QHBoxLayout()
        self._foot.addWidget(self._line)
        self._classes.addLayout(self._foot)
        return page

    def _calibration_page(self) -> QWidget:
        page = QWidget()
        beside = QVBoxLayout()
        beside.addStretch(1)
        for label in self._words:
            beside.addWidget(label)
        beside.addStretch(1)
        self._calibration = QHBoxLayout(page)
        self._calibration.addWidget(self.plot, 3)
        self._calibration.addLayout(beside, 2)
        return page

    def show_page(self, classes: bool) -> None:
        self.setCurrentIndex(0 if classes else 1)

    def say(self, line: str, trusted: tuple[str, ...]) -> None:
        self._line.setText(line)
        self.plot.setVisible(len(trusted) > 1)
        for label, words in zip(self._words, (*trusted, "", ""), strict=False):
            label.setText(words)
            label.setVisible(bool(words))
        self.plot.setAccessibleName(" ".join(trusted))

    def _sync(self) -> None:
        u = theme().px
        self._classes.setContentsMargins(0, 0, 0, u(6))
        self._classes.setSpacing(u(2))
        self._foot.setContentsMargins(u(12), 0, u(8), 0)
        self._calibration.setContentsMargins(0, 0, u(14), 0)


_WORDS = (("body", 600, "ink"), ("small", 400, "ink2"), ("small", 400, "ink2"))
