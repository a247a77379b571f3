"""Which classes are taken for which: the confusion matrix, whose cells open their images."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from fishlab.core.probes.answers import Answers
from fishlab.ui.document import Document
from fishlab.ui.plots.answer_words import AnswerWords
from fishlab.ui.plots.answers_instrument import AnswersInstrument
from fishlab.ui.plots.confusion_matrix import ConfusionMatrix, worst_cell
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.plots.things import Things, things
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.gallery import Gallery
from fishlab.ui.widgets.icon_button import IconButton
from fishlab.ui.widgets.label import Label


class Confusion(AnswersInstrument):
    """Rows are what images are, columns what was seen in them. Enter or a click opens the images of a cell."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        view = _View()
        super().__init__("confusion", view.tr("Confusion"), view, document, session, parent)
        self.matrix, self.beside, self.gallery = view.matrix, view.beside, view.beside.gallery
        self.matrix.chosen.connect(self.open_cell)
        self.matrix.current_changed.connect(self._on_matrix_current_changed)
        self.beside.close_asked.connect(self.close_cell)
        self.redraw()

    def open_cell(self, row: int, column: int) -> None:
        """Show the images of a cell beside the matrix."""
        self.beside.show()
        self._show_cell()
        self.gallery.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_cell(self) -> None:
        """Give the matrix the room again, and the focus."""
        self.beside.hide()
        self.matrix.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_matrix_current_changed(self, _row: int, _column: int) -> None:
        self._show_cell()

    def _show_cell(self) -> None:
        answers = self._shown()
        if answers is not None and not self.beside.isHidden():
            row, column = self.matrix.cell
            self.beside.set_title(self.matrix.words(row, column))
            self.beside.name(things(answers.shape))
            words = AnswerWords(answers)
            self.gallery.show_pictures(answers.images, answers.of(row, column), words.caption, words.words)

    def show_answers(self, answers: Answers) -> None:
        """Draw the matrix, and the images of the cell that is open."""
        self.matrix.show_counts(answers.confusion, answers.class_names)
        self._show_cell()

    def told(self, answers: Answers) -> str:
        """Name the most frequent mistake."""
        row, column = worst_cell(answers.confusion)
        if row == column:
            return self.tr("No mistake at all.")
        words = self.tr("Most often {label} is seen as {seen}: {n} of {total}.")
        names, counts = answers.class_names, answers.confusion
        n, total = f"{counts[row, column]:,}", f"{counts[row].sum():,}"
        return words.format(label=names[row], seen=names[column], n=n, total=total)

    def table(self) -> Table:
        """A row for each class that images are of: how many were seen as each."""
        answers = self._shown()
        if answers is None:
            return (), ()
        rows = [(name, *counts) for name, counts in zip(answers.class_names, answers.confusion.tolist(), strict=True)]
        return ("is, seen as", *answers.class_names), rows


class _View(QWidget):
    """The matrix, and beside it the images of a cell while one is open."""

    def __init__(self) -> None:
        super().__init__()
        self.matrix, self.beside = ConfusionMatrix(self), _Beside(self)
        self.matrix.setObjectName("live.confusion.matrix")
        self.matrix.setAccessibleName(self.tr("Confusion matrix"))
        self.beside.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.matrix, 3)
        row.addWidget(self.beside, 2)


class _Beside(QWidget):
    """The images of a cell under what it counts; Escape closes it."""

    close_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.gallery = Gallery("", self)
        self.gallery.setObjectName("live.confusion.gallery")
        self._title = Label("", "small", 500, elide=True)
        self.close_button = IconButton("close", self.tr("Close (Escape)"), self)
        self.close_button.setObjectName("live.confusion.close")
        self.close_button.clicked.connect(self.close_asked)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.addLayout(head)
        column.addWidget(self.gallery, 1)
        self.name(things(()))
        self._sync()
        theme().changed.connect(self._sync)

    def name(self, kind: Things) -> None:
        self.gallery.setAccessibleName(self.tr("{Things} of the cell").format(Things=kind.many.capitalize()))
        self.gallery.set_empty_words(self.tr("No {thing} is of this kind.").format(thing=kind.one))

    def set_title(self, title: str) -> None:
        self._title.setText(title)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_asked.emit()
        else:
            super().keyPressEvent(event)

    def _sync(self) -> None:
        self.layout().setContentsMargins(theme().px(4), 0, theme().px(8), theme().px(4))
        self.layout().setSpacing(theme().px(2))
