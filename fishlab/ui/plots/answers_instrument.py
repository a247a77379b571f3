"""The base of the instruments over the answers of the network: confusion, mistakes, scores.

All of them ask the same question, so the network goes through the images once for all that are open.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QComboBox

from fishlab.core.probes import Question
from fishlab.core.probes.answers import Answers
from fishlab.ui.numbers import percent_text
from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.plots.things import Things, things
from fishlab.ui.session import State
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.inputs import ChoiceInput

SEALED = "test"


class AnswersInstrument(Instrument):
    """A subclass gives `show_answers`, `told` and `table`, and draws from `self.answers`.

    The test images are sealed: their answers are shown once they have been looked at as the inspector does it, which
    is counted, and for as long as the network stays the one that was tried.
    """

    answers: Answers | None = None
    _error = _right = ""
    _kept: Answers | None = None  # while frozen

    def set_up(self) -> None:
        """Offer the splits, and follow how far the network is with them."""
        super().set_up()
        self._build_controls()
        self.split.currentIndexChanged.connect(self._on_question_changed)
        self.look_once.clicked.connect(self._on_look_once_clicked)
        self.session.looks.progressed.connect(self._on_looks_progressed)
        self.session.looks.moment_changed.connect(self._on_looks_moment_changed)
        self.session.state_changed.connect(self.ask)

    def _build_controls(self) -> None:
        self.split = self.add_choice("split", self.tr("What is answered"), asks=True)
        self.split.addItem(self.tr("Validation"), "validation")
        self.split.addItem(self.tr("Training"), "train")
        self.split.addItem(self.tr("Test"), SEALED)
        self.look_once = Button("")
        self.look_once.setObjectName(f"{self.objectName()}.look_once")
        self.add_control(self.look_once, asks=True)
        self._sync_look_once()

    @property
    def things(self) -> Things:
        """What the network reads: images, points or rows."""
        return things(self.document.network.in_shape)

    def _sync_look_once(self) -> None:
        words = self.tr("Look at the test {things}").format(things=self.things.many)
        self.look_once.setText(words)
        self.look_once.setToolTip(self.tr("{words} once. The looks are counted.").format(words=words))
        self.look_once.setVisible(self.sealed)

    def add_choice(self, name: str, words: str, *, asks: bool = False) -> ChoiceInput:
        """Put a choice into the header."""
        box = ChoiceInput(self)
        box.setObjectName(f"{self.objectName()}.{name}")
        box.setAccessibleName(words)
        box.setToolTip(words)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.add_control(box, asks=asks)
        return box

    # -- what a subclass gives -----------------------------------------------------------------------------------
    def show_answers(self, answers: Answers) -> None:
        """Draw them."""
        raise NotImplementedError

    def told(self, answers: Answers) -> str:
        """What they show, in a sentence or two."""
        raise NotImplementedError

    # -- asking --------------------------------------------------------------------------------------------------
    @property
    def sealed(self) -> bool:
        """Whether the test images are asked for that this network was not tried on."""
        return self.split.currentData() == SEALED and not self._tried()

    def _tried(self) -> bool:
        moment, model = self.session.looks.moment, self.document.model
        tried = self.session.test_score is not None and not self.session.training
        return tried and moment is not None and model is not None and moment.weights is model.weights

    def question(self) -> Question | None:
        """The answers to a split: to fewer images while a run goes on."""
        split = self.split.currentData()
        if self.sealed:
            return None
        return Question("answers", split=split, quick=self.live and split != SEALED)

    def take(self, data: Any) -> None:
        """Keep the answers."""
        self.answers, self._error = data, ""

    def _on_freeze_toggled(self, frozen: bool) -> None:
        self._kept = self._of_now() if frozen and not self.is_empty else None
        super()._on_freeze_toggled(frozen)

    def shown_words(self) -> str:
        """Of which images."""
        return self.split.currentText()

    def take_error(self, sentence: str) -> None:
        """Keep why there are none."""
        self.answers, self._error = None, sentence
        self.redraw()

    def _on_look_once_clicked(self) -> None:
        self.session.evaluate_test()

    def _on_looks_moment_changed(self) -> None:
        """Of another moment the test images are sealed again; other answers come by themselves."""
        if self.split.currentData() == SEALED:
            self._on_question_changed()

    def _on_looks_progressed(self, question: Question, done: int, total: int) -> None:
        if question == self._asked and not self.live and not self.frozen:
            self.set_note(self.tr("seeing {done} of {total}…").format(done=f"{done:,}", total=f"{total:,}"))

    # -- showing -------------------------------------------------------------------------------------------------
    def redraw(self) -> None:
        """Show the answers, or say why there are none. Frozen, what was seen and said then is shown otherwise."""
        if self.frozen:
            if self._kept is not None:
                self.show_answers(self._kept)
            return
        self._sync_look_once()
        answers = self._shown()
        if answers is None:
            self.set_note("")
            self._show_why()
            return
        self._right = self.right_words(answers)
        self.set_note(self.tr("before this run") if self.shows_last_model else self._right)
        self.show_answers(answers)
        self.show_view()

    def _shown(self) -> Answers | None:
        """The answers to what is chosen; others may still be on their way. Frozen, those of then."""
        return self._kept if self.frozen else self._of_now()

    def _of_now(self) -> Answers | None:
        if self.sealed or self.answers is None:
            return None
        split = self.split.currentData()
        stands_in = split == "validation" and self.answers.split == "train"  # nothing was set aside
        return self.answers if self.answers.split == split or stands_in else None

    def _show_why(self) -> None:
        if self.sealed:
            self._show_sealed()
        elif self._error:
            self.show_empty(self.tr("There are no answers."), self._error)
        elif self.session.looks.moment is not None and self._asked is not None:
            words = self.tr("The network goes through the {things}.")
            self.show_empty(words.format(things=self.things.many))
        else:
            words = self.tr("Press Run, and what the network answers to each {thing} appears here.")
            self.show_nothing(self.tr("No answers yet."), words.format(thing=self.things.one))

    def _show_sealed(self) -> None:
        model, state = self.document.model, self.session.state
        self.look_once.setEnabled(model is not None and state is State.IDLE)
        if state is State.EVALUATING:
            self.show_empty(self.tr("The test {things} are being evaluated.").format(things=self.things.many))
            return
        looks = model.test_looks if model else 0
        times = self.tr("They were looked at 1 time.") if looks == 1 else self.tr(
            "They were looked at {n} times."
        ).format(n=looks)
        if model is None:
            reason = self.tr("Train a network first.")
        elif state is not State.IDLE:
            reason = self.tr("They wait until nothing is running.")
        else:
            reason = self.tr("Who tunes by them has none left: each look is counted.")
        title = self.tr("The test {things} are sealed.").format(things=self.things.many)
        self.show_empty(title, f"{times} {reason}")

    def summary(self) -> str:
        """How many answers are right, and what the view shows of them."""
        answers = self._shown()
        if answers is None:
            return ""
        return f"{self._right if self.frozen else self.right_words(answers)}. {self.told(answers)}"

    def right_words(self, answers: Answers) -> str:
        """'98.90 % right of 5,000 validation images', of which place in a run that goes on, of which network."""
        rest, run = self.tr("{percent} right of {images}"), self.tr("{percent} right of {images}, epoch {x}")
        changed = self.tr("{percent} right of {images}, before your changes")
        words = run if self.live else rest if self.session.training or self.session.continues else changed
        accuracy = percent_text(answers.scores.accuracy)
        return words.format(percent=accuracy, images=self.of_how_many(answers), x=f"{answers.x:.1f}")

    # -- words ------------------------------------------------------------------------------------------------------
    def of_how_many(self, answers: Answers) -> str:
        """'5,000 validation images', or of which they are the first."""
        count, total = f"{len(answers):,}", f"{answers.total:,}"
        names = {
            "validation": self.tr("{n} validation {things}"),
            "train": self.tr("{n} training {things}"),
            "test": self.tr("{n} test {things}"),
        }
        words = names[answers.split].replace("{things}", things(answers.shape).many)
        if len(answers) == answers.total:
            return words.format(n=count)
        return self.tr("the first {count} of {all}").format(count=count, all=words.format(n=total))
