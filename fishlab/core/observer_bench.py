"""What an observer keeps at hand: the network it built last, the images it prepared last, the run it may read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, overload
from weakref import ref

from fishlab.core.data.dataset import Load
from fishlab.core.data.prepare import Prepared, prepare
from fishlab.core.interruptible import Breathe, interruptible
from fishlab.core.moment import Moment
from fishlab.core.network import Network
from fishlab.core.sight import built
from fishlab.core.spec import ProjectSpec


class Bench:
    """The network that was built last: the moments of a run differ in weights alone."""

    def __init__(self) -> None:
        self._made_for: tuple[Any, ...] = ()
        self._network: Network | None = None
        self._breathe: Breathe | None = None

    def network(self, breathe: Breathe, moment: Moment) -> Network:
        """A network that holds the moment's weights; whatever was done to it before is undone."""
        key = (moment.network, moment.precision, moment.project.training.seed)
        self._breathe = breathe
        if self._network is None or key != self._made_for:
            self._network = None  # two large ones are never there at once
            self._network, self._made_for = interruptible(built(moment), self._between), key
        for name, parameter in self._network.parameters.items():
            parameter.value[...] = moment.weights[name]
        return self._network

    def _between(self) -> None:
        """Before every layer: the network is there for many questions."""
        if self._breathe is not None:
            self._breathe()


class Shelf:
    """The data that were prepared last."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._key: tuple[Any, ...] = ()
        self._data: Prepared | None = None

    def put(self, project: ProjectSpec, data: Prepared) -> None:
        """Keep these."""
        with self._lock:
            self._key, self._data = _dealt(project), data

    def take(self, moment: Moment, look: Callable[[int, int], None]) -> Prepared:
        """Those of the moment's project; read where they are not there, unless nobody waits for them any more."""
        key = _dealt(moment.project)
        with self._lock:
            if self._data is not None and key == self._key:
                return self._data
        spec = moment.project.data
        dataset = self._load(spec, lambda _, done, total: look(done, total))
        data = prepare(dataset, spec, seed=moment.project.training.seed)
        self.put(moment.project, data)
        return data


class Line(Sequence[Moment]):
    """The moments of a run; knows whether anybody has read them. Before that it keeps none of them alive."""

    def __init__(self, moments: Sequence[Moment]) -> None:
        self._refs = tuple(map(ref, moments))
        self.read = False

    @cached_property
    def _moments(self) -> tuple[Moment, ...]:
        return tuple(moment for one in self._refs if (moment := one()) is not None)

    @overload
    def __getitem__(self, index: int) -> Moment: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Moment]: ...
    def __getitem__(self, index: int | slice) -> Moment | Sequence[Moment]:
        self.read = True
        return self._moments[index]

    def __len__(self) -> int:
        self.read = True
        return len(self._moments)


def _dealt(project: ProjectSpec) -> tuple[Any, ...]:
    """What decides which images there are and how they are scaled."""
    return project.data.replace(augmentation=()), project.training.seed
