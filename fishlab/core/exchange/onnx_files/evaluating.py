"""A graph gone through from its input to its output: what each name in it stands for."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from fishlab.core.errors import FileFormatError
from fishlab.core.exchange.formats import ExchangeError, Progress

# Importing them enters their operators in the table.
from fishlab.core.exchange.onnx_files import arithmetic, shaping, windows  # noqa: F401
from fishlab.core.exchange.onnx_files.call import REBUILD, Call
from fishlab.core.exchange.onnx_files.constants import FOLDED
from fishlab.core.exchange.onnx_files.decomposed import with_whole_gelus
from fishlab.core.exchange.onnx_files.file import Graph, Input, Node, OnnxFile
from fishlab.core.exchange.onnx_files.neighbours import read_part
from fishlab.core.exchange.onnx_files.operators import OPERATORS
from fishlab.core.exchange.onnx_files.tensors import NUMBERS
from fishlab.core.exchange.onnx_files.turned import read_turned
from fishlab.core.exchange.onnx_files.values import Known, Logarithms, Neighbours, Partial, Turned, TurnedRow, Value
from fishlab.core.exchange.reading import quoted
from fishlab.core.layers import Shape
from fishlab.core.layers.base import Array
from fishlab.core.spec import MOST_LAYERS

OPSETS = range(7, 29)
"""The versions of ONNX's operators that are known here."""

STANDARD = ("", "ai.onnx")
"""How files call the domain of the standard's operators."""

MOST_VALUES = 4 * MOST_LAYERS
"""Nodes that take the network's input further; the other ones put constants together."""

MOST_NUMBERS = 10_000_000
"""In one input of the network."""

MOST_COPIED = 2
"""How many times as many bytes as the file holds, and SPARE, its arrays may take that have been changed."""

SPARE = 2**22


INSTEAD = {
    operator: f"{words}, train it again and export it."
    for operator, words in {
        "Clip": "It may be a ReLU6: build the network with ReLU",
        "PRelu": "Its slope is learned: build the network with Leaky ReLU, whose slope is a setting",
        "HardSwish": "Build the network with GELU, which bends much like it",
        "HardSigmoid": "Build the network with Sigmoid",
        "InstanceNormalization": "Build the network with batch normalization",
        "GroupNormalization": "Build the network with batch normalization or layer normalization",
        "LSTM": "Networks here go forwards only: build it of Affine and convolutions",
        "GRU": "Networks here go forwards only: build it of Affine and convolutions",
    }.items()
}
"""Operators that people do meet, and the nearest that there is here."""


class Evaluation:
    """What the names of a graph stand for. `said` gets sentences about what had to be done to it."""

    def __init__(self, file: OnnxFile, size: int, said: list[str], progress: Progress) -> None:
        if file.opset not in OPSETS:
            raise ExchangeError(
                f"It is written in operator set {file.opset} of ONNX; {OPSETS[0]} to {OPSETS[-1]} are read here."
            )
        self.given = input_of(file)
        self._file, self._said = file, said
        self._room, self._counted = MOST_COPIED * size + SPARE, set[Value | int]()
        self._known: dict[str, Known] = dict(file.arrays)
        self._known[self.given.name] = _as_value(self.given)
        self._images = (self.given.sizes or [None])[0] or 1
        self._values = 0
        for number, node in enumerate(needed := _needed(with_whole_gelus(file), output_of(file))):
            progress("Reading nodes", number, len(needed))
            self._evaluate(node)

    def output(self) -> Value:
        """What the network gives: a row."""
        found = self._known.get(output_of(self._file))
        if isinstance(found, Logarithms):
            self._said.append("It gives the logarithms of probabilities; here it gives the probabilities.")
            found = found.of
        if not isinstance(found, Value):
            raise ExchangeError("Its output does not depend on its input by layers that there are here.")
        return found.settled

    def _evaluate(self, node: Node) -> None:
        if node.operator == "If" and node.domain in STANDARD:
            self._known[node.outputs[0]] = self._chosen(node)
            return
        given = tuple(map(self._look_up, node.inputs))
        call = Call(node, given, self._file.opset, self._said.append, self._images)
        result = self._result(call)
        if isinstance(result, Value):
            self._count(result)
        self._take(result)
        self._known[node.outputs[0]] = result

    def _chosen(self, node: Node) -> Known:
        """What the way gives that an If takes, where that is known before any number of an image is."""
        call = Call(node, tuple(map(self._look_up, node.inputs)), self._file.opset, self._said.append, self._images)
        way = node.attributes.get("then_branch" if call.yes(0) else "else_branch")
        if not isinstance(way, Graph) or len(way.outputs) != 1:
            raise call.refuse("has not two ways to choose from, each with one result.")
        self._known.update(way.arrays)
        for inner in _needed(way.nodes, way.outputs[0].name):
            self._evaluate(inner)
        return self._look_up(way.outputs[0].name)

    def _look_up(self, name: str) -> Known | None:
        if not name:
            return None
        if name not in self._known:
            raise ExchangeError(f"It uses {quoted(name)}, which no node before gives in a form that is read here.")
        return self._known[name]

    def _result(self, call: Call) -> Known:
        operator, domain = call.node.operator, call.node.domain
        known = domain in STANDARD and (operator in OPERATORS or operator in FOLDED)
        if not known:
            shown = f"{domain}.{operator}" if domain else operator
            raise call.refuse(
                f"is of a kind that no layer here is made of ({quoted(shown)[1:-1]}). Read are "
                f"{', '.join(sorted({*OPERATORS}))}.", INSTEAD.get(operator, REBUILD),
            )
        if not any(isinstance(given, Value | Partial) for given in call.given):
            if operator not in FOLDED:
                raise call.refuse("computes with constants alone, in a way that is not read here.")
            return FOLDED[operator](call)
        if any(isinstance(given, Neighbours) for given in call.given):
            return read_part(call)
        if any(isinstance(given, Turned | TurnedRow) for given in call.given):
            return read_turned(call)
        if operator not in OPERATORS:
            raise call.refuse("takes tensors apart, which no layer here does.")
        return OPERATORS[operator](call)

    def _count(self, value: Value) -> None:
        """Refuse more than can be put together in good time; know how deep it lies before others ask from far."""
        self._values += 1
        if self._values > MOST_VALUES:
            raise ExchangeError(f"It has more than {MOST_VALUES:,} nodes behind one another; that is too many.")
        _ = value.jump

    def _take(self, result: Known) -> None:
        """Refuse what grows and grows: constants of other types, weights that are changed again and again."""
        waiting: list[Value | Array] = [result.of if isinstance(result, Partial) else result]
        while waiting:
            found = waiting.pop()
            if isinstance(found, Value):
                if found not in self._counted:
                    self._counted.add(found)
                    waiting += [*found.weights.values(), found.scale, found.shift, *found.inputs]
            elif isinstance(found.base, np.ndarray):
                waiting.append(found.base)
            elif found.flags.owndata and id(found) not in self._counted:
                self._counted.add(id(found))
                self._room -= found.nbytes
        if self._room < 0:
            raise FileFormatError("its nodes change weights so often that they would take far more memory than it")


def input_of(file: OnnxFile) -> Input:
    """The one thing that the graph takes: old files list their arrays among its inputs."""
    open_ones = [given for given in file.inputs if given.name not in file.arrays]
    if len(open_ones) != 1:
        raise ExchangeError(f"It takes {len(open_ones)} inputs; networks here take one.")
    return open_ones[0]


def output_of(file: OnnxFile) -> str:
    """The name of what the graph gives, before the node that only passes it on, where there is one."""
    if len(file.outputs) != 1:
        raise ExchangeError(f"It gives {len(file.outputs)} outputs; networks here give one.")
    name = file.outputs[0].name
    last = next((node for node in file.nodes if name in node.outputs[:1]), None)
    return last.inputs[0] if last and last.operator == "Identity" and last.inputs else name


def _as_value(given: Input) -> Value:
    sizes = given.sizes
    if sizes is None or len(sizes) not in (2, 3, 4):
        raise ExchangeError(
            "Its input has no shape, or not that of images N × C × H × W or rows N × F. Export it with a fixed size."
        )
    dims = tuple(size for size in sizes[1:] if size is not None)
    if len(dims) < len(sizes) - 1:
        raise ExchangeError("Its input leaves more open than the number of images. Export it with a fixed size.")
    if math.prod(dims) > MOST_NUMBERS:
        raise ExchangeError(f"Its input has more than {MOST_NUMBERS:,} numbers.")
    dtype = NUMBERS.get(given.number)
    if dtype is None or not (np.issubdtype(dtype, np.floating) or np.issubdtype(dtype, np.unsignedinteger)):
        raise ExchangeError("Its input is of another number type than floats or bytes.")
    shape: Shape = (1, *dims) if len(dims) == 2 else dims
    return Value(shape, dims, Node(name=given.name, operator="input"))


def _needed(nodes: Iterable[Node], output: str) -> list[Node]:
    """The nodes that the output depends on, in their order; others are passed over."""
    wanted, found = {output}, []
    for node in reversed(list(nodes)):
        if not wanted.isdisjoint(node.outputs):
            wanted.update(node.uses)
            found.append(node)
    return found[::-1]
