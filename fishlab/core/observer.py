"""Observer: answers questions about moments in a thread of its own, which ends by itself when all are answered.

The owner says what is asked (`want`) and what there is to look at (`show`), and collects (`drain`); nothing here
touches a network that learns. While a run goes on (`set_share`) a question may be answered again only when it has had
its part of the share: what is cheap is answered often, what is dear seldom, and the run keeps the rest of the time.
One answer that takes long is worked at in pieces with rests in between, also where it is asked for only once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from weakref import ref

from fishlab.core.data.dataset import Load
from fishlab.core.data.prepare import Prepared
from fishlab.core.errors import Cancelled, FishLabError
from fishlab.core.evaluation import computing
from fishlab.core.moment import Moment
from fishlab.core.observer_bench import Bench, Line, Shelf
from fishlab.core.own_layers import fault
from fishlab.core.probes import PROBES, Question
from fishlab.core.sight import Sight
from fishlab.core.spec import ProjectSpec

log = logging.getLogger(__name__)

AT_ONCE, PIECE = 0.1, 0.02  # seconds: what an answer may take without a rest, and from then on between two
BESIDE = 0.25  # the part of a processor's time that a long answer then takes from a run


@dataclass(frozen=True)
class Answer:
    """What a question's probe found at `moment`; `error` says in a sentence why it found nothing."""

    question: Question
    moment: Moment | None
    data: Any = None
    error: str = ""


@dataclass(frozen=True)
class Progress:
    """A question is being worked at."""

    question: Question
    done: int
    total: int


@dataclass(frozen=True)
class Subject:
    """What is looked at: a moment, or a project that has learned nothing yet, and the moments of the run so far."""

    moment: Moment | None = None
    project: ProjectSpec | None = None
    line: Sequence[Moment] = ()

    @property
    def is_learned(self) -> bool:
        """Whether the moment is of the project's network: then there is no fresh one to look at in its place."""
        moment, project = self.moment, self.project
        return moment is not None and (project is None or moment.network == project.network)


@dataclass
class _Account:
    """When a question was answered for what, and from when on it may be answered again.

    It keeps no moment alive, nor a line that the answer does not depend on.
    """

    answered: bool = False
    moment: ref[Moment] | None = None
    project: ProjectSpec | None = None
    line: tuple[ref[Moment], ...] | None = None
    due: float = 0.0

    def enter(self, subject: Subject, *, read_line: bool) -> None:
        """The question was answered for this."""
        self.answered = True
        self.moment = ref(subject.moment) if subject.moment is not None else None
        self.project, self.line = subject.project, tuple(map(ref, subject.line)) if read_line else None

    def holds(self, subject: Subject) -> bool:
        """Whether the answer is that for this subject too."""
        then, now = self.moment() if self.moment else None, subject.moment
        if not self.answered or then is not now or (then is None and self.moment) or self.project != subject.project:
            return False
        return self.line is None or self.line == tuple(map(ref, subject.line))


@dataclass
class _State:
    """All that both sides read and write, under the lock."""

    questions: dict[Question, _Account] = field(default_factory=dict)
    subject: Subject = field(default_factory=Subject)
    share: float | None = None
    found: dict[Question, Answer] = field(default_factory=dict)
    progress: dict[Question, Progress] = field(default_factory=dict)
    stopping: bool = False


class Observer:
    """See the module. `load` reads a data set; what a run has prepared already is given by `give`."""

    def __init__(self, load: Load) -> None:
        self._condition = threading.Condition()
        self._state = _State()
        self._thread: threading.Thread | None = None
        self._shelf = Shelf(load)
        self._bench = Bench()

    # -- the owner's side ----------------------------------------------------------------------------------------
    def want(self, questions: Iterable[Question], answered: Iterable[Question] = ()) -> None:
        """These are asked now, and no others; for those `answered` the owner has the answer to what is shown now."""
        with self._condition:
            before = self._state.questions
            self._state.questions = {question: before.get(question) or _Account() for question in questions}
            for question in set(self._state.questions).difference(before).intersection(answered):
                self._state.questions[question].enter(self._state.subject, read_line=True)
            for kept in (self._state.found, self._state.progress):
                for question in set(kept) - set(self._state.questions):
                    del kept[question]
            self._wake()

    def show(self, subject: Subject) -> None:
        """This is there to look at now."""
        with self._condition:
            self._state.subject = subject
            self._wake()

    def give(self, project: ProjectSpec, data: Prepared) -> None:
        """These are the project's images."""
        self._shelf.put(project, data)

    def set_share(self, share: float | None) -> None:
        """Which part of the time all answers together may take; None for all of it."""
        with self._condition:
            self._state.share = share
            for account in self._state.questions.values():
                account.due = 0.0
            self._wake()

    def drain(self) -> tuple[list[Answer], list[Progress]]:
        """What was found since the last call, the newest of each question, and how far the others are."""
        with self._condition:
            found, self._state.found = self._state.found, {}
            progress, self._state.progress = self._state.progress, {}
            return list(found.values()), list(progress.values())

    @property
    def busy(self) -> bool:
        """Whether something may still be found."""
        return self._thread is not None

    def stop(self, timeout: float | None = None) -> bool:
        """End for good; whether the thread has ended."""
        with self._condition:
            self._state.stopping = True
            self._state.questions = {}
            self._condition.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return thread is None or not thread.is_alive()

    def _wake(self) -> None:
        self._condition.notify_all()
        if self._thread is None and not self._state.stopping and self._open():
            self._thread = threading.Thread(target=self._live, name="fishlab-observer", daemon=True)
            self._thread.start()

    # -- the observer's side -------------------------------------------------------------------------------------
    def _open(self) -> list[tuple[float, Question]]:
        """The questions that are not answered for the present subject, and when each is due."""
        subject = self._state.subject
        return [
            (account.due, question)
            for question, account in self._state.questions.items()
            if not account.holds(subject)
            and not (question.once and account.answered)
            and (subject.moment is not None or (question.fresh and subject.project is not None))
        ]

    def _live(self) -> None:
        while True:
            with self._condition:
                chosen = self._next()
                if chosen is None:
                    self._thread = None
                    return
            self._answer(*chosen)
            del chosen  # else a moment of long ago would stay while nothing is due

    def _next(self) -> tuple[Question, Subject] | None:
        """Wait until a question is due; None when there is none."""
        while waiting := self._open():
            due, question = min(waiting, key=lambda pair: pair[0])
            left = due - time.monotonic()
            if left <= 0:
                subject = self._state.subject
                return question, replace(subject, line=Line(subject.line))
            self._condition.wait(left)
        return None

    def _answer(self, question: Question, subject: Subject) -> None:
        began = time.thread_time()
        try:
            answer = self._found(question, subject)
        except Cancelled:
            return
        cost = time.thread_time() - began
        read_line = isinstance(subject.line, Line) and subject.line.read
        with self._condition:
            share = self._state.share
            for one in (question, question.twin) if subject.is_learned else (question,):
                account = self._state.questions.get(one)
                if account is not None:
                    account.enter(subject, read_line=read_line)
                    account.due = time.monotonic() + (cost * len(self._state.questions) / share if share else 0.0)
                    self._state.found[one] = replace(answer, question=one)

    def _found(self, question: Question, subject: Subject) -> Answer:
        """The answer, which may be that there is none."""
        moment = None
        try:
            with computing():
                moment = _moment(question, subject)
                look = _Look(self._state, self._condition, question)
                data, network = partial(self._shelf.take, look=look), partial(self._bench.network, look.breathe)
                sight = Sight(moment, network=network, data=data, line=subject.line, look=look, breathe=look.breathe)
                answer = Answer(question, moment, PROBES[question.probe].item(sight, **question.options))
        except Cancelled:
            raise
        except FishLabError as error:
            answer = Answer(question, moment, error=str(error))
        except MemoryError:
            answer = Answer(question, moment, error="The memory is not enough for this look. Choose fewer images.")
        except Exception as error:  # a look that fails is reported where it was asked for; the rest goes on
            log.exception("%r failed", question)
            words = fault(error) or f"This look ended in an error that it should not: {error!r}."
            answer = Answer(question, moment, error=words)
        return answer


class _Look:
    """Called by a probe now and then, in any thread: tells its progress, and ends it when nobody asks any more.

    While a run goes on it has the probe rest after each piece of work.
    """

    def __init__(self, state: _State, condition: threading.Condition, question: Question) -> None:
        self._state, self._condition, self._question = state, condition, question
        self._free = AT_ONCE  # work that may still be done without a rest
        self._since = _Since()

    def __call__(self, done: int, total: int) -> None:
        self.breathe()
        with self._condition:
            self._state.progress[self._question] = Progress(self._question, done, total)

    def breathe(self) -> None:
        """Without telling anything."""
        worked = time.thread_time() - self._since.time
        if self._state.share is not None and worked > PIECE:
            self._free -= worked
            self._rest(worked * (1 / BESIDE - 1) if self._free < 0 else 0.0)
            self._since.time = time.thread_time()
        if self._question not in self._state.questions:
            raise Cancelled("Nobody looks any more.")

    def _rest(self, seconds: float) -> None:
        """So long, unless the run ends meanwhile, or nobody asks any more."""
        end = time.monotonic() + seconds
        with self._condition:
            while self._question in self._state.questions and self._state.share is not None:
                left = end - time.monotonic()
                if left <= 0:
                    return
                self._condition.wait(left)


class _Since(threading.local):
    """When a thread's present piece of work began, on its own clock."""

    def __init__(self) -> None:
        self.time = time.thread_time()


def _moment(question: Question, subject: Subject) -> Moment:
    """What to look at; a project without a model, or another than the model's, is built as it would begin."""
    if question.fresh and subject.project is not None and not subject.is_learned:
        return Moment.fresh(subject.project)
    assert subject.moment is not None
    return subject.moment
