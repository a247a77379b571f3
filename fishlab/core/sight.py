"""What a probe looks at: a moment, a network of its own that holds it, and the data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from fishlab.core.data.dataset import ImageSet
from fishlab.core.data.prepare import Prepared
from fishlab.core.data.scaling import Scaling
from fishlab.core.interruptible import Breathe, unhurried
from fishlab.core.layers.base import Array
from fishlab.core.moment import Moment
from fishlab.core.network import Network


def _nothing(done: int, total: int) -> None:
    """Nobody listens."""


class Sight:
    """One question's look at one moment.

    `network` computes in the precision of the training and may be used freely, forwards and backwards. `line` has the
    moments of the run so far, oldest first. `look(done, total)` tells how far long work has come and raises Cancelled
    where nobody waits for it any more. `breathe()` does the latter alone, and gives way to a run: networks that a probe
    builds for itself call it between layers (see fishlab.core.interruptible), as `network` does.
    """

    def __init__(
        self,
        moment: Moment,
        *,
        network: Callable[[Moment], Network] | None = None,
        data: Callable[[Moment], Prepared] | None = None,
        line: Sequence[Moment] = (),
        look: Callable[[int, int], None] = _nothing,
        breathe: Breathe = unhurried,
    ) -> None:
        self.moment = moment
        self.line = line
        self.look, self.breathe = look, breathe
        self._network, self._data = network or built, data

    @cached_property
    def network(self) -> Network:
        """A network with the moment's weights."""
        return self._network(self.moment)

    @cached_property
    def data(self) -> Prepared:
        """The images of the project; raises DataError where they cannot be had."""
        if self._data is None:
            raise LookupError("This sight was given no data.")
        return self._data(self.moment)

    @property
    def scaling(self) -> Scaling:
        """How images become what the network reads."""
        return self.moment.scaling or self.data.scaling

    def images(self, split: str = "train") -> ImageSet:
        """The images of "train" or "validation"; those to learn from where none are set aside to validate."""
        if split == "validation" and len(self.data.validation):
            return self.data.validation
        return self.data.train

    def part_of(self, number: int) -> str:
        """Whether the image of this number, or the next one that is in use, is in "train" or in "validation"."""
        found = {part: images.numbers[images.place(number)]
                 for part in ("train", "validation") if len(images := self.images(part))}  # fmt: skip
        behind = {part: have for part, have in found.items() if have >= number} or found
        return min(behind, key=lambda part: abs(int(behind[part]) - number))

    def batch(self, count: int = 100, *, split: str = "train", begin: int = 0) -> tuple[Array, Array]:
        """The first `count` images from `begin` on, scaled: x (*in_shape, N), batch last, and labels (N,)."""
        images, part = self.images(split), slice(begin, begin + count)
        x = self.scaling.apply(images.images[part]).astype(self.moment.precision, copy=False)
        return np.ascontiguousarray(np.moveaxis(x, 0, -1)), images.labels[part]


def built(moment: Moment) -> Network:
    """A network of its own with the moment's weights."""
    return Network(moment.network, seed=moment.project.training.seed, dtype=moment.precision, start=moment.weights)
