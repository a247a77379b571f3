"""Computational graphs: values flow forward, slopes flow back (chapter 5 and appendix A).

A Graph is plain data: leaves that hold a value and nodes that hold an operation, each after what it takes its inputs
from. `forward_steps` and `backward_steps` go through it one node at a time, so that a window can stop after each.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fishlab.core.book.operations import OPERATIONS, Operation
from fishlab.core.errors import SpecError
from fishlab.core.layers.base import Array

Value = Any
"""A number, or nested tuples of numbers."""


@dataclass(frozen=True)
class Node:
    """A leaf (no operation) with a value, or an operation on the nodes that `inputs` names, in order.

    `constant` marks leaves that belong to the formula, like the 1 in 1 + exp(-x): nobody asks for their slope.
    """

    name: str
    operation: str = ""
    inputs: tuple[str, ...] = ()
    value: Value = None
    constant: bool = False


def leaf(name: str, value: Value, *, constant: bool = False) -> Node:
    """A value that comes from outside."""
    return Node(name, value=_frozen(value), constant=constant)


def node(name: str, operation: str, *inputs: str) -> Node:
    """An operation on other nodes, by their names."""
    return Node(name, operation, inputs)


def _frozen(value: ArrayLike) -> Value:
    found = np.asarray(value, np.float64)
    return float(found) if found.ndim == 0 else tuple(_frozen(part) for part in found)


@dataclass(frozen=True)
class Graph:
    """Nodes in an order in which they can be computed; the last one is the result.

    Raises SpecError for a name used twice, an input that does not stand before its node, an unknown operation or a
    wrong number of inputs.
    """

    nodes: tuple[Node, ...]

    def __post_init__(self) -> None:
        known: set[str] = set()
        for entry in self.nodes:
            if entry.name in known:
                raise SpecError(f"Two nodes are called {entry.name!r}: give one of them another name.")
            _check(entry, known)
            known.add(entry.name)
        if not self.nodes:
            raise SpecError("A graph needs at least one node.")

    @property
    def result(self) -> str:
        """The name of the last node."""
        return self.nodes[-1].name

    @property
    def leaves(self) -> tuple[Node, ...]:
        """The values from outside, in order."""
        return tuple(entry for entry in self.nodes if not entry.operation)

    def with_values(self, **values: Value) -> Graph:
        """The same graph with other values in some leaves; raises SpecError for what is not a leaf."""
        strange = set(values) - {entry.name for entry in self.leaves}
        if strange:
            raise SpecError(f"{sorted(strange)[0]!r} is not a leaf of this graph.")
        changed = (
            dataclasses.replace(entry, value=_frozen(values[entry.name])) if entry.name in values else entry
            for entry in self.nodes
        )
        return Graph(tuple(changed))


def _check(entry: Node, known: set[str]) -> None:
    if not entry.operation:
        return
    wanted = _operation(entry).inputs
    if len(entry.inputs) != wanted:
        raise SpecError(f"{entry.name!r} ({entry.operation}) takes {wanted} inputs and gets {len(entry.inputs)}.")
    strange = next((name for name in entry.inputs if name not in known), None)
    if strange is not None:
        raise SpecError(f"{entry.name!r} takes its input from {strange!r}, which does not stand before it.")


def _operation(entry: Node) -> Operation:
    return OPERATIONS[entry.operation].item


# -- forward ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class ForwardStep:
    """One node and the value that it has now."""

    node: Node
    value: Array


def forward_steps(graph: Graph) -> Iterator[ForwardStep]:
    """Every node with its value, inputs before what is made of them.

    What has no finite value, like the logarithm of 0, becomes inf or nan without a warning.
    """
    values: dict[str, Array] = {}
    for entry in graph.nodes:
        values[entry.name] = _value(entry, values)
        yield ForwardStep(entry, values[entry.name])


def _value(entry: Node, values: Mapping[str, Array]) -> Array:
    if not entry.operation:
        return np.asarray(entry.value, np.float64)
    with np.errstate(all="ignore"):
        return np.asarray(_operation(entry).forward(*(values[name] for name in entry.inputs)))


def forward(graph: Graph) -> dict[str, Array]:
    """The value of every node, by name."""
    return {step.node.name: step.value for step in forward_steps(graph)}


# -- backward --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class BackwardStep:
    """One node: `dout` is the slope of the result along its value, `dx` what it hands on to each of its inputs.

    A leaf hands on nothing. Where several nodes use one value, its `dout` is the sum of what they handed back.
    """

    node: Node
    dout: Array
    dx: tuple[Array, ...]


def backward_steps(graph: Graph, values: Mapping[str, Array], dout: float = 1.0) -> Iterator[BackwardStep]:
    """Every node with its slopes, from the result back to the leaves. `values` are those of `forward`."""
    slopes: dict[str, Array] = {entry.name: np.zeros_like(values[entry.name]) for entry in graph.nodes}
    slopes[graph.result] = np.full_like(values[graph.result], dout)
    for entry in reversed(graph.nodes):
        step = BackwardStep(entry, slopes[entry.name], _handed_on(entry, slopes[entry.name], values))
        for name, dx in zip(entry.inputs, step.dx, strict=True):
            slopes[name] = slopes[name] + dx
        yield step


def _handed_on(entry: Node, dout: Array, values: Mapping[str, Array]) -> tuple[Array, ...]:
    if not entry.operation:
        return ()
    inputs = tuple(values[name] for name in entry.inputs)
    with np.errstate(all="ignore"):
        handed = _operation(entry).backward(dout, inputs, values[entry.name])
    return tuple(_summed_to(dx, x.shape) for dx, x in zip(handed, inputs, strict=True))


def _summed_to(dx: Array, shape: tuple[int, ...]) -> Array:
    """Where a value was used for several others at once (broadcast), its slopes add up."""
    extra = dx.ndim - len(shape)
    dx = dx.sum(axis=tuple(range(extra))) if extra else dx
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1 and dx.shape[axis] != 1)
    return np.asarray(dx.sum(axis=stretched, keepdims=True) if stretched else dx)


def backward(graph: Graph, values: Mapping[str, Array], dout: float = 1.0) -> dict[str, Array]:
    """The slope of the result along every node's value, by name."""
    return {step.node.name: step.dout for step in backward_steps(graph, values, dout)}
