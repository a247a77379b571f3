"""The number pointed at in the tensors of a step: what it is made of is marked, and said."""

from __future__ import annotations

import numpy as np

from fishlab.core.layers.base import Shape
from fishlab.core.stepper import LayerTrace, Trace
from fishlab.core.stepper.links import PRODUCTS, Link, Ranges, link
from fishlab.ui.plots.stepper import words
from fishlab.ui.plots.stepper.matrices import from_matrix, to_matrices
from fishlab.ui.plots.stepper.sides import PATCH, patch_of
from fishlab.ui.plots.stepper.steps import LOSS, Step
from fishlab.ui.plots.stepper.tensor_row import TensorRow


class Pointing:
    """Marks in `tensors` and, where a convolution is unfolded, in `unfolded`. `at` is a tensor's name and a place.

    `show` is called when the step is another, or something else is pointed at.
    """

    def __init__(self, tensors: TensorRow, unfolded: TensorRow) -> None:
        self._tensors, self._unfolded = tensors, unfolded
        self._layer: LayerTrace | None = None
        self.at: tuple[str, Shape] | None = None

    def take(self, name: str, place: Shape) -> bool:
        """Point at what was pointed at in one of the views; False where that says its own value and no more."""
        if name == PATCH:
            return False
        matrix = None if self._layer is None else from_matrix(self._layer, name, place)
        self.at = matrix or (name, place)
        return True

    @property
    def link(self) -> Link | None:
        """What the number is made of."""
        return link(self._layer, *self.at) if self._layer is not None and self.at is not None else None

    def show(self, trace: Trace, step: Step, row: tuple[int, int]) -> str:
        """Mark all that belongs to it, and return the sum behind it; `row` of the batch's tensors, and of how many."""
        self._layer = layer = trace.layer(step.uid)
        begins = self.at is None or not self._is_there(*self.at)
        if begins:
            self.at = self._largest()
        name, place = self.at or ("", None)
        found = self.link
        marks: dict[str, Ranges] = dict(found.marks) if found else _loss_marks(trace, step)
        self._show_patch(name, place)
        self._tensors.mark(marks, name, place)
        if begins and found is not None:
            self._turn_to_most(found)
        if layer is not None and place is not None and not self._unfolded.isHidden():
            self._unfolded.mark(*to_matrices(layer, name, place, marks))
        return self._words(found, name, place, row)

    def _turn_to_most(self, found: Link) -> None:
        """Of a sum over channels of filters, show the channel that gives most of it."""
        views = [self._tensors.view(name) for name in ("W", PATCH, "x")]
        weight, layer = views[0], self._layer
        if weight is None or weight.tensor is None or weight.tensor.ndim != 4 or layer is None or found.how != PRODUCTS:
            return
        channels = len(layer.x)
        most = int(np.abs(found.terms.prod(axis=1).reshape(channels, -1).sum(axis=1)).argmax())
        for view in views:
            if view is not None:
                view.turn(most - view.channel % channels)

    def _show_patch(self, name: str, place: Shape | None) -> None:
        """What the number of out that is pointed at sees of x, channel by channel with the filter."""
        view, layer = self._tensors.view(PATCH), self._layer
        if view is None or layer is None or place is None or name != "out":
            return
        view.show_tensor(PATCH, patch_of(layer, place), view.words, pixels=view.pixels, like=layer.x)
        weight = self._tensors.view("W")
        if weight is not None:
            view.turn(weight.channel % len(layer.x) - view.channel)

    def _words(self, found: Link | None, name: str, place: Shape | None, row: tuple[int, int]) -> str:
        if place is None:
            return ""
        if found is not None:
            return words.sum_words(found, name, place, row)
        view = self._tensors.view(name)
        return view.value_words() if view is not None else ""

    def _is_there(self, name: str, place: Shape) -> bool:
        view = self._tensors.view(name)
        sizes = view.tensor.shape if view is not None and view.tensor is not None else ()
        return len(sizes) == len(place) > 0 and all(at < size for at, size in zip(place, sizes, strict=True))

    def _largest(self) -> tuple[str, Shape] | None:
        """The number to begin with: the largest of what comes out."""
        for view in (self._tensors.right, *self._tensors.middle[:1], self._tensors.left):
            if view.tensor is not None and not view.isHidden() and view.tensor.size:
                flat = int(np.nanargmax(np.abs(view.tensor))) if np.isfinite(view.tensor).any() else 0
                return view.name, tuple(int(index) for index in np.unravel_index(flat, view.tensor.shape))
        return None


def _loss_marks(trace: Trace, step: Step) -> dict[str, Ranges]:
    """At the loss the label is marked everywhere."""
    here = (range(trace.loss.label, trace.loss.label + 1),)
    return dict.fromkeys(("scores", "y", "dscores"), here) if step.way == LOSS else {}
