"""What a view may ask of a network: a question names a probe and its options; the probe finds the answer."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Hashable
from typing import Any

from fishlab.core.registry import Registry

Probe = Callable[..., Any]
"""A pure function of a Sight and its options.

What it returns is plain data that shares no memory with anything but the images of the data, which never change.
"""

PROBES: Registry[Probe] = Registry("probe")


class Question:
    """`Question("activations", layer="c1")`: equal questions are one, however many views ask.

    With `fresh` a network that has learned nothing yet may answer. With `once` there is one answer, however the
    network changes afterwards: for what takes long and is asked for on purpose.
    """

    def __init__(self, probe: str, *, fresh: bool = False, once: bool = False, **options: Hashable) -> None:
        self.probe, self.fresh, self.once = probe, fresh, once
        self.options = options
        self._key = (probe, fresh, once, tuple(sorted(options.items())))

    @property
    def twin(self) -> Question:
        """The same with `fresh` the other way: of what has learned something both have one answer."""
        return Question(self.probe, fresh=not self.fresh, once=self.once, **self.options)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Question) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        words = [repr(self.probe), *(f"{name}={reprlib.repr(value)}" for name, value in self.options.items())]
        return f"Question({', '.join(words)})"
