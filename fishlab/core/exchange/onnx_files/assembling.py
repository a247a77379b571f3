"""From tensors and what they come from to a stack: forks that meet again become blocks.

A tensor whose `before` is not its only input is a join; what all ways to it go through is where it forked. Each way
from there is a branch. What is no block (a layer in two ways that are not the same way) cannot be said here.
"""

from __future__ import annotations

from collections.abc import Iterator

from fishlab.core.errors import FieldError
from fishlab.core.exchange.formats import ExchangeError
from fishlab.core.exchange.onnx_files.values import Value
from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.layers.base import Array
from fishlab.core.layers.block import DEEPEST
from fishlab.core.network import parameter_key

Stack = tuple[LayerSpec, ...]


class Assembly:
    """The layers between the network's input and a tensor, and their weights by parameter key."""

    def __init__(self, end: Value) -> None:
        self.weights: dict[str, Array] = {}
        self._taken: set[Value] = set()
        root = end
        while root.before is not None:
            root = root.before
        self.root = root
        self.layers = self._stack(end, root, 0)

    def _stack(self, end: Value, begin: Value, depth: int) -> Stack:
        """The layers that make `end` of `begin`."""
        if depth > DEEPEST:
            raise ExchangeError(f"Its branches lie more than {DEEPEST} deep in one another, and blocks here do not.")
        found = []
        here = end
        while here is not begin:
            if here in self._taken:
                raise ExchangeError(
                    f"{here.node.words} is used on two ways that part before it. Blocks here hold branches that share "
                    "nothing but their input."
                )
            self._taken.add(here)
            found += list(self._layers(here, depth))
            assert here.before is not None
            here = here.before
        return tuple(found[::-1])

    def _layers(self, value: Value, depth: int) -> Iterator[LayerSpec]:
        """The layer, or the block, that gives a tensor; nothing where it is only seen in another shape."""
        if value.join:
            assert value.before is not None
            branches = tuple(self._stack(part, value.before, depth + 1) for part in value.inputs)
            try:
                yield LAYERS[value.join].item.Spec().with_branches(_body_first(branches, value))
            except FieldError as error:
                raise ExchangeError(f"{value.node.words} cannot be a block here. {error}") from error
        elif value.layer is not None:
            for name, array in value.weights.items():
                self.weights[parameter_key(value.layer.uid, name)] = array
            yield value.layer


def _body_first(branches: tuple[Stack, ...], value: Value) -> tuple[Stack, ...]:
    """A sum is the same either way round: its empty branch, where it has one, is the shortcut."""
    adds = getattr(LAYERS[value.join].item, "adds", False)
    return branches[::-1] if adds and not branches[0] else branches
