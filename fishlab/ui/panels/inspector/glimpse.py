"""The data set in sight, looked at without loading it, and not more often than it changes."""

import threading
from collections.abc import Hashable
from queue import Empty, SimpleQueue

from PySide6.QtCore import QObject, QTimer, Signal

from fishlab.core.data.preview import Survey, obstacle, survey, what_is_named
from fishlab.core.spec import DataSpec
from fishlab.ui.session import TrainSession

PATIENCE = 0.06  # seconds that the window waits for an answer; most sets answer in a few thousandths
_LOOK = 50  # ms, between two looks whether one that takes longer has come

Answer = tuple[Survey | None, str]  # what it is, or why it cannot be had


class Glimpse(QObject):
    """`glimpse.of(spec)` is the Survey of a data set, None where it is not at hand.

    A folder of many pictures, or one far away, takes time to look through: then it is None at first too, `looking` says
    so, and `changed` tells when there is an answer.
    """

    changed = Signal()

    def __init__(self, session: TrainSession, parent: QObject) -> None:
        super().__init__(parent)
        self._seen: dict[Hashable, Answer] = {}  # of what is chosen, and of what a run uses
        self._awaited: dict[Hashable, SimpleQueue[Answer]] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK)
        self._timer.timeout.connect(self._on_timer_timeout)
        session.data_changed.connect(self._on_data_changed)

    def of(self, spec: DataSpec) -> Survey | None:
        """Return how many images `spec` names, and from where."""
        return self._answer(spec)[0]

    def why_not(self, spec: DataSpec) -> str:
        """Return why a set cannot be had, in a sentence; empty where nothing is known to be wrong."""
        return self._answer(spec)[1]

    def looking(self, spec: DataSpec) -> bool:
        """Return whether the answer is still to come."""
        return what_is_named(spec) in self._awaited

    def split(self, spec: DataSpec) -> tuple[int, int] | None:
        """Return how many images there are to learn from and to validate with."""
        found = self.of(spec)
        if found is None:
            return None
        total = min(found.train, spec.subset) if spec.subset else found.train
        held_out = round(spec.validation * total)
        return total - held_out, held_out

    def _answer(self, spec: DataSpec) -> Answer:
        key = what_is_named(spec)
        if key not in self._seen and key not in self._awaited:
            self._ask(key, spec)
        return self._seen.get(key, (None, ""))

    def _ask(self, key: Hashable, spec: DataSpec) -> None:
        answers: SimpleQueue[Answer] = SimpleQueue()
        threading.Thread(target=_look, args=(spec, answers), name="fishlab-glimpse", daemon=True).start()
        try:
            self._keep(key, answers.get(timeout=PATIENCE))
        except Empty:
            self._awaited[key] = answers
            self._timer.start()

    def _keep(self, key: Hashable, answer: Answer) -> None:
        self._seen = dict([*self._seen.items()][-1:]) | {key: answer}

    def _on_timer_timeout(self) -> None:
        arrived = [key for key, answers in self._awaited.items() if not answers.empty()]
        for key in arrived:
            self._keep(key, self._awaited.pop(key).get())
        if not self._awaited:
            self._timer.stop()
        if arrived:
            self.changed.emit()

    def _on_data_changed(self) -> None:
        self._seen.clear()


def _look(spec: DataSpec, answers: SimpleQueue[Answer]) -> None:
    answer: Answer = (None, "")
    try:
        found = survey(spec)
        answer = (found, "" if found else obstacle(spec))
    finally:
        answers.put(answer)
