"""An ONNX file as plain data: its nodes, arrays, input and outputs, with every bound checked on the way.

Arrays are read-only views of the file's bytes, and are as long as their shapes say. Field numbers are those of the
ONNX standard (onnx.proto).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fishlab.core.errors import FileFormatError
from fishlab.core.exchange.formats import ExchangeError
from fishlab.core.exchange.onnx_files import wire
from fishlab.core.exchange.onnx_files.tensors import MOST_LISTED, tensor
from fishlab.core.exchange.onnx_files.wire import Budget, Field, fields, inside
from fishlab.core.exchange.reading import quoted
from fishlab.core.layers.base import Array

MOST_NODES = 10_000
MOST_ARRAYS = 10_000
DEEPEST_GRAPH = 4
"""Graphs in nodes of graphs, as the two ways of an If; each is looked into."""


@dataclass
class Node:
    """One operation. `inputs` and `outputs` are names of tensors; an empty one was left out."""

    name: str = ""
    operator: str = ""
    domain: str = ""
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    attributes: dict[str, Attribute] = field(default_factory=dict)

    @property
    def uses(self) -> Iterator[str]:
        """The names that it takes, also those in graphs of its own."""
        yield from self.inputs
        for graph in self.attributes.values():
            if isinstance(graph, Graph):
                yield from (name for node in graph.nodes for name in node.uses)
                yield from (given.name for given in graph.outputs)

    @property
    def words(self) -> str:
        """'The node “conv1” (Conv)', for messages."""
        called = quoted(self.name or next(iter(self.outputs), ""))
        return f"The node {called} ({quoted(self.operator)[1:-1]})"


@dataclass
class Input:
    """What the graph takes: a name, a number type, and sizes, None where a size is open."""

    name: str = ""
    number: int = 0
    sizes: list[int | None] | None = None


@dataclass
class Graph:
    """Nodes and arrays, what they take and what they give. One in a node may use names of the graph around it, too."""

    name: str = ""
    nodes: list[Node] = field(default_factory=list)
    arrays: dict[str, Array] = field(default_factory=dict)
    inputs: list[Input] = field(default_factory=list)
    outputs: list[Input] = field(default_factory=list)


Attribute = int | float | str | list[int] | list[float] | Array | Graph


@dataclass
class OnnxFile(Graph):
    """What is used of an ONNX file. `opset` is the version of the standard's operators."""

    opset: int = 0
    producer: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


def parse(data: memoryview) -> OnnxFile:
    """The file with these bytes. Raises FileFormatError where they are damaged, ExchangeError for what is not read."""
    budget, found = Budget(), OnnxFile()
    seen_graph = False
    for part in fields(data, budget):
        match part.number:
            case 2:
                found.producer = wire.text(part)
            case 7:
                _graph(inside(part), budget, found)
                seen_graph = True
            case 8:
                _operator_set(inside(part), budget, found)
            case 14:
                key, value = _entry(inside(part), budget)
                _room(found.metadata, MOST_LISTED, "entries in its metadata")
                found.metadata[key] = value
    if not seen_graph or not found.opset:
        raise FileFormatError("it holds no network" if seen_graph else wire.DAMAGED)
    return found


def _room(items: Any, most: int, what: str) -> None:
    if len(items) >= most:
        raise FileFormatError(f"it has more than {most:,} {what}")


def _operator_set(data: memoryview, budget: Budget, found: OnnxFile) -> None:
    domain, version = "", 0
    for part in fields(data, budget):
        if part.number == 1:
            domain = wire.text(part)
        elif part.number == 2:
            version = wire.number(part)
    if domain in ("", "ai.onnx"):
        found.opset = version


def _entry(data: memoryview, budget: Budget) -> tuple[str, str]:
    key = value = ""
    for part in fields(data, budget):
        if part.number == 1:
            key = wire.text(part)
        elif part.number == 2:
            value = wire.text(part)
    return key, value


def _graph(data: memoryview, budget: Budget, found: Graph, depth: int = 0) -> None:
    if depth > DEEPEST_GRAPH:
        raise FileFormatError(f"its graphs lie more than {DEEPEST_GRAPH} deep in one another")
    for part in fields(data, budget):
        match part.number:
            case 1:
                _room(found.nodes, MOST_NODES, "nodes")
                found.nodes.append(_node(inside(part), budget, depth))
            case 2:
                found.name = wire.text(part)
            case 5:
                _room(found.arrays, MOST_ARRAYS, "arrays")
                name, array = tensor(inside(part), budget)
                found.arrays[name] = array
            case 11 | 12:
                into = found.inputs if part.number == 11 else found.outputs
                _room(into, MOST_ARRAYS, "inputs")
                into.append(_value_info(inside(part), budget))
            case 15:
                raise ExchangeError("It holds sparse arrays, which are not read here. Export it with dense ones.")


def _node(data: memoryview, budget: Budget, depth: int) -> Node:
    node = Node()
    for part in fields(data, budget):
        match part.number:
            case 1:
                node.inputs.append(wire.text(part))
            case 2:
                node.outputs.append(wire.text(part))
            case 3:
                node.name = wire.text(part)
            case 4:
                node.operator = wire.text(part)
            case 5:
                name, value = _attribute(inside(part), budget, depth)
                if value is not None:
                    node.attributes[name] = value
            case 7:
                node.domain = wire.text(part)
    return node


def _attribute(data: memoryview, budget: Budget, depth: int) -> tuple[str, Attribute | None]:
    """The name and value; None for what is a list of graphs or another thing that no layer has."""
    name = ""
    single: Attribute | None = None
    reals: list[float] = []
    whole: list[int] = []
    for part in fields(data, budget):
        match part.number:
            case 1:
                name = wire.text(part)
            case 2:
                single = wire.real(part)
            case 3:
                single = wire.number(part)
            case 4:
                single = wire.text(part)
            case 5:
                single = tensor(inside(part), budget)[1]
            case 6:
                single = Graph()
                _graph(inside(part), budget, single, depth + 1)
            case 7:
                reals += _reals(part, budget)
            case 8:
                whole += wire.wholes(part, MOST_LISTED, budget)
    if max(len(reals), len(whole)) > MOST_LISTED:
        raise FileFormatError(f"a list in it has more than {MOST_LISTED:,} entries")
    return name, whole or reals or single


def _reals(part: Field, budget: Budget) -> list[float]:
    if part.wire == wire.FIXED32:
        return [wire.real(part)]
    data = inside(part)
    if len(data) % 4 or len(data) > 4 * MOST_LISTED:
        raise FileFormatError(wire.DAMAGED)
    budget.take(len(data) // 4)
    return [float(value) for value in np.frombuffer(data, "<f4")]


# -- what goes in and comes out ----------------------------------------------------------------------------------
def _value_info(data: memoryview, budget: Budget) -> Input:
    found = Input()
    for part in fields(data, budget):
        if part.number == 1:
            found.name = wire.text(part)
        elif part.number == 2:
            for tensor in _all(1, inside(part), budget):
                _tensor_type(inside(tensor), budget, found)
    return found


def _tensor_type(data: memoryview, budget: Budget, found: Input) -> None:
    for part in fields(data, budget):
        if part.number == 1:
            found.number = wire.number(part)
        elif part.number == 2:
            found.sizes = [_size(inside(size), budget) for size in _all(1, inside(part), budget)]


def _size(data: memoryview, budget: Budget) -> int | None:
    sizes = [wire.number(part) for part in _all(1, data, budget)]
    return sizes[-1] if sizes and sizes[-1] > 0 else None


def _all(number: int, data: memoryview, budget: Budget) -> Iterator[Field]:
    """The fields of a message that have this number."""
    return (part for part in fields(data, budget) if part.number == number)
