"""Looks: what views ask of the network, answered by an observer about the moment that is looked at.

That is the newest moment of the run, or, after `go_to`, one of the past: then all views show it together.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from fishlab.core.data.dataset import Load
from fishlab.core.data.prepare import Prepared
from fishlab.core.moment import Moment
from fishlab.core.observer import Answer, Observer, Subject
from fishlab.core.probes import Question
from fishlab.core.spec import ProjectSpec
from fishlab.core.time_line import TimeLine
from fishlab.ui.pace import Pace

SHARE = 0.06
"""The part of the time that all answers together take from a run."""
KEPT = 16
"""How many answers are kept that nobody asks for at the moment."""


class Looks(QObject):
    """`ask(view, question)` says what a view wants to see now, None for nothing.

    Signals: `answered(question, data)`, data None where there is nothing to look at; `failed(question, sentence)`;
    `progressed(question, done, total)`; `line_changed()` when moments came or went; `moment_changed()` when another
    one is looked at.
    """

    answered = Signal(object, object)
    failed = Signal(object, str)
    progressed = Signal(object, int, int)
    line_changed = Signal()
    moment_changed = Signal()

    def __init__(self, load: Load, parent: QObject) -> None:
        super().__init__(parent)
        self.line = TimeLine()
        self._observer = Observer(load)
        self._asked: dict[object, Question] = {}
        self._found: dict[Question, Answer] = {}
        self._epochs: dict[Question, float] = {}  # of what was found
        self._current: set[Question] = set()  # those of them that are about what is looked at now
        self._newest: Moment | None = None
        self._past: Moment | None = None
        self._project: ProjectSpec | None = None
        self._subject = Subject()
        self._running = self._expecting = False
        self._timer = Pace(self)
        self._timer.timeout.connect(self.pump)

    # -- what views ask --------------------------------------------------------------------------------------------
    def ask(self, view: object, question: Question | None) -> None:
        """What `view` wants to see from now on."""
        before = self._asked.get(view)
        if question == before:
            return
        if question is None:
            del self._asked[view]
        else:
            self._asked[view] = question
        self._keep_found(KEPT)
        self._share_with_twin(question)
        self._observer.want(self._asked.values(), answered=self._current)
        if question is not None:
            self._timer.ask()
            self._expect()
            if question in self._found:  # another view has asked it before
                self._send(self._found[question])
            elif not self.can_answer(question):
                self.answered.emit(question, None)

    def _share_with_twin(self, question: Question | None) -> None:
        """What was found of the model at hand for a view that would also look at a fresh network is found for both."""
        if question is None or question in self._current or not self._subject.is_learned:
            return
        if question.twin in self._current:
            self._found[question] = replace(self._found[question.twin], question=question)
            self._epochs[question] = self._epochs.get(question.twin, 0.0)
            self._current.add(question)

    def _keep_found(self, others: int) -> None:
        """Keep the answers to what is asked, and so many others for whoever comes back to them."""
        asked = set(self._asked.values())
        left = [one for one in self._found if one not in asked]
        for one in left[: max(0, len(left) - others)]:
            del self._found[one]
            self._epochs.pop(one, None)
        self._current &= self._found.keys()

    def epoch(self, question: Question | None) -> float:
        """How far the network had come that the newest answer to it is about, in epochs; 0 where it began."""
        return self._epochs.get(question, 0.0) if question is not None else 0.0

    @property
    def busy(self) -> bool:
        """Whether an answer may still come."""
        return self._observer.busy or self._expecting

    @property
    def outgrown(self) -> bool:
        """Whether the network in the document is another one than that of the moment that is looked at."""
        moment, project = self.moment, self._project
        return moment is not None and project is not None and moment.network != project.network

    def can_answer(self, question: Question) -> bool:
        """Whether there is anything to look at for it."""
        return self.moment is not None or (question.fresh and self._project is not None)

    # -- which moment ----------------------------------------------------------------------------------------------
    @property
    def moment(self) -> Moment | None:
        """What is looked at; None where nothing has been learned yet."""
        return self._past or self._newest

    @property
    def in_the_past(self) -> bool:
        """Whether an earlier moment is looked at than the newest."""
        return self._past is not None

    def go_to(self, index: int | None) -> None:
        """Look at this moment of the line from now on; None, or the last one, for the newest as it comes."""
        moments = self.line.moments
        past = None if index is None or index >= len(moments) - 1 else moments[max(0, index)]
        if past is not self._past:
            self._past = past
            self._timer.ask()
            self._show()
            self.moment_changed.emit()

    @property
    def index(self) -> int:
        """The place in the line of the moment that is looked at; −1 without any."""
        moments = self.line.moments
        if self._past is None:
            return len(moments) - 1
        return moments.index(self._past) if self._past in moments else 0

    # -- what the session tells --------------------------------------------------------------------------------------
    def set_running(self, running: bool) -> None:
        """Whether a run computes beside the observer, which then keeps to its share."""
        self._running = running
        self._timer.set_running(running)
        self._observer.set_share(SHARE if running else None)
        self._expect()

    def take(self, *moments: Moment) -> None:
        """Newer moments of the run; the first one of another run begins the line anew."""
        self._newest = moments[-1]
        for moment in moments:
            self._follow(moment)
        self._show()
        self.line_changed.emit()
        if self._past is None:
            self.moment_changed.emit()

    def _follow(self, moment: Moment) -> None:
        last = self.line.moments[-1] if self.line.moments else None
        if last is None or not _same_run(moment, last):
            self._past = None
            self.line.begin(moment)
        elif moment.weights is not last.weights:
            self.line.add(moment)
        past = self._past
        if past is not None and past not in self.line.moments:  # it was thinned out: its neighbour
            self._past = min(self.line.moments, key=partial(_steps_between, past))

    def give_data(self, project: ProjectSpec, data: Prepared) -> None:
        """The run has prepared the project's images."""
        self._observer.give(project, data)

    def rest(self, model: Moment | None) -> None:
        """Nothing runs: this is the document's model."""
        self._newest = model
        if model is None:
            self._past = None
            self.line.begin()
        else:
            self._follow(model)
        self._show()
        self.line_changed.emit()
        self.moment_changed.emit()

    def forget(self) -> None:
        """Another project comes: no answer about the last one is given to views that ask from now on."""
        self._found.clear()
        self._epochs.clear()
        self._current.clear()

    def set_project(self, project: ProjectSpec) -> None:
        """What is in the document, for questions that need no model."""
        if project != self._project:
            self._project = project
            self._show()

    # -- the observer ------------------------------------------------------------------------------------------------
    def _show(self) -> None:
        moment = self.moment
        self._keep_found(0)  # the others were about something else
        self._current.clear()
        project = None if self.in_the_past else self._project  # back there is no fresh network
        self._subject = Subject(moment, project, self.line.moments)
        self._observer.show(self._subject)
        self._expect()
        if moment is None:
            for question in dict.fromkeys(self._asked.values()):
                if not self.can_answer(question):
                    self._take_answer(Answer(question, None))

    def _expect(self) -> None:
        """Look for answers at least once more: the observer may have found one already, and be at rest again."""
        if self._asked:
            self._expecting = True
            if not self._timer.isActive():
                self._timer.start()

    def pump(self) -> None:
        """Pass on what was found, until nothing more can come."""
        busy = self._observer.busy  # before looking: what was found last is not missed
        self._expecting = False
        self._timer.look()
        answers, progress = self._observer.drain()
        for step in progress:
            self.progressed.emit(step.question, step.done, step.total)
        for answer in answers:
            if self.can_answer(answer.question):  # else it is about a project that is no longer there
                self._take_answer(answer)
        if not (busy or self._expecting or (self._running and self._asked)):
            self._timer.stop()

    def _take_answer(self, answer: Answer) -> None:
        """Pass it on, and keep it for views that ask the same later."""
        if answer.moment is not None and answer.moment is self.moment:
            self._current.add(answer.question)
        if answer.question in self._asked.values():
            self._epochs[answer.question] = answer.moment.x if answer.moment is not None else 0.0
            self._found[answer.question] = replace(answer, moment=None)  # else moments of long ago would stay
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        if answer.error:
            self.failed.emit(answer.question, answer.error)
        else:
            self.answered.emit(answer.question, answer.data)

    def shut_down(self, seconds: float) -> bool:
        """End whatever is being looked at; False if it took longer."""
        self._timer.stop()
        return self._observer.stop(seconds)


def _same_run(moment: Moment, last: Moment) -> bool:
    """Whether a moment is the last one, or goes on from it, in the same run."""
    same_start = all(moment.start.get(key) is array for key, array in last.start.items())
    return same_start and moment.step >= last.step and moment.network == last.network


def _steps_between(one: Moment, other: Moment) -> int:
    return abs(one.step - other.step)
