"""Data sets read and looked through in a thread, so that the window never waits for a disk or for whitening."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from fishlab.core.data.comparison import Comparison, compare, variants
from fishlab.core.data.dataset import Load
from fishlab.core.data.overview import Overview, overview, overview_of_tests
from fishlab.core.data.preview import what_is_named
from fishlab.core.errors import Cancelled, FishLabError
from fishlab.core.runner import load_by_spec
from fishlab.core.spec import DataSpec
from fishlab.ui.sampler import Sampler

T = TypeVar("T")
_TELL = 150  # milliseconds


class DataFeed(QObject):
    """`look` is answered by `read(Overview)`, `look_at_tests` by `tested(Overview)`.

    `compare` is answered by `compared(Comparison)`, `vary` by `varied(images)`.

    Each may instead be answered by a sentence that says why not. `progressed(what, share)` tells how far reading is.
    What is asked next gives up what is read now.
    """

    read = Signal(object)
    tested = Signal(object)
    compared = Signal(object)
    varied = Signal(object)
    progressed = Signal(str, float)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.load: Load = load_by_spec
        self._reader, self._tester = Sampler(self), Sampler(self)
        self._comparer, self._varier = Sampler(self), Sampler(self)
        self._reading, self._held = _Reading(), _Held()
        self._key: Hashable = None
        self._asked: Hashable = None
        self._answer: tuple[Hashable, Comparison | str] | None = None
        self._turn = self._openings = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_TELL)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._reader.arrived.connect(self._on_reader_arrived)
        self._tester.arrived.connect(self._on_tester_arrived)
        self._comparer.arrived.connect(self._on_comparer_arrived)
        self._varier.arrived.connect(self._on_varier_arrived)

    @property
    def reading(self) -> bool:
        """Whether a set is being read."""
        return self._timer.isActive()

    def has(self, spec: DataSpec, seed: int) -> bool:
        """Whether the set that a spec names is what was read last, or is being read."""
        return self._key_of(spec, seed) == self._key

    def _key_of(self, spec: DataSpec, seed: int) -> Hashable:
        return what_is_named(spec), spec.subset, spec.validation, seed, self._turn

    def release(self) -> None:
        """Keep nothing of the set that was read: two large ones would not fit into memory."""
        self._held.found = None
        self._held, self._answer = _Held(), None

    def look(self, spec: DataSpec, seed: int, before: Overview | None = None) -> None:
        """Read the set that a spec names, unless that is what was read last.

        `before` is what was read for it before `forget`: it is the answer where the images are still the same.
        """
        key = self._key_of(spec, seed)
        if key == self._key:
            return
        self._reading.wanted = False
        self._key, self._reading = key, _Reading()
        self._held.found = before
        self._timer.start()
        self._reader.ask(key, partial(_look, spec, seed, self.load, self._reading, self._held))

    def look_at_tests(self, spec: DataSpec, found: Overview) -> None:
        """Look through the images to test of the set that `found` shows the others of."""
        self._openings += 1
        self._held.found = found
        self._tester.ask(self._openings, partial(_look_at_tests, spec, self.load, self._held))

    def forget(self) -> None:
        """What was read may have changed: the next `look` reads it again."""
        self._turn += 1

    def give_up(self) -> None:
        """Stop reading: nobody looks any more."""
        if self.reading:
            self._reading.wanted = False
            self._timer.stop()
            self._key = None
            self.forget()

    def compare(self, found: Overview, spec: DataSpec, numbers: NDArray[np.intp]) -> None:
        """Scale the images of these numbers as the spec says."""
        key = (self._key, spec.scaling, spec.epsilon, tuple(numbers.tolist()))
        if self._answer is not None and self._answer[0] == key:
            self.compared.emit(self._answer[1])
        else:
            self._asked, self._held.found = key, found
            self._comparer.ask(key, partial(_compare, self._held, spec, numbers))

    def vary(self, found: Overview, spec: DataSpec, numbers: NDArray[np.intp], draws: int) -> None:
        """Change the images of these numbers as the spec says, so many times."""
        key = (self._key, spec.augmentation, tuple(numbers.tolist()), draws)
        self._held.found = found
        self._varier.ask(key, partial(_vary, self._held, spec, numbers, draws))

    def _on_timer_timeout(self) -> None:
        what, done, total = self._reading.told
        if what:
            self.progressed.emit(what, done / max(1, total))

    def _on_reader_arrived(self, found: Overview | str | None) -> None:
        if self.reading:
            self._timer.stop()
            self.read.emit(found or self.tr("The data could not be read."))

    def _on_tester_arrived(self, found: Overview | str | None) -> None:
        self.tested.emit(found or self.tr("The test set could not be read."))

    def _on_comparer_arrived(self, found: Comparison | str | None) -> None:
        answer = found or self.tr("The scaling could not be found.")
        self._answer = (self._asked, answer)
        self.compared.emit(answer)

    def _on_varier_arrived(self, found: NDArray[np.float32] | str | None) -> None:
        self.varied.emit(self.tr("The images could not be changed.") if found is None else found)


class _Held:
    """The set that a thread is to look at, for as long as anybody does."""

    found: Overview | None = None

    def set(self) -> Overview:
        if self.found is None:
            raise Cancelled("Nobody looks at these data any more.")
        return self.found

    def tell(self, _what: str, _done: int, _total: int) -> None:
        self.set()


class _Reading:
    """What the reading thread and the window tell each other: how far it is, and whether it is still wanted."""

    def __init__(self) -> None:
        self.wanted = True
        self.told = ("", 0, 0)

    def tell(self, what: str, done: int, total: int) -> None:
        if not self.wanted:
            raise Cancelled("Nobody looks at these data any more.")
        self.told = (what, done, total)


def _look(spec: DataSpec, seed: int, load: Load, reading: _Reading, held: _Held) -> Overview | str:
    return _or_why(lambda: overview(spec, reading.tell, seed=seed, load=load, before=held.found))


def _look_at_tests(spec: DataSpec, load: Load, held: _Held) -> Overview | str:
    return _or_why(lambda: overview_of_tests(load(spec, held.tell), held.set(), held.tell))


def _compare(held: _Held, spec: DataSpec, numbers: NDArray[np.intp]) -> Comparison | str:
    return _or_why(lambda: compare(held.set(), spec, numbers))


def _vary(held: _Held, spec: DataSpec, numbers: NDArray[np.intp], draws: int) -> NDArray[np.float32] | str:
    return _or_why(lambda: variants(held.set(), spec, numbers, draws))


def _or_why(find: Callable[[], T]) -> T | str:
    try:
        return find()
    except FishLabError as error:
        return str(error)
