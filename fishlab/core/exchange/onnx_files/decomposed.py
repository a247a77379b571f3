"""GELU in parts: ONNX has it since operator set 20, and exporters for earlier ones write out its formula.

With the error function x (1 + erf(x / sqrt 2)) / 2, with tanh x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. The
three factors come in any order; the last product becomes the one node that it stands for, and nobody asks for the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from fishlab.core.exchange.onnx_files.file import Node, OnnxFile
from fishlab.core.layers.base import Array


def with_whole_gelus(file: OnnxFile) -> list[Node]:
    """The nodes of a file, with a Gelu in place of the last node of each that is written out."""
    standard = [node for node in file.nodes if node.outputs and node.domain in ("", "ai.onnx")]
    graph, found = _Graph(standard, file.arrays), dict[int, Node]()
    for node in standard:
        x, way = graph.bend(node)
        last = graph.product(node, x) if x else None
        if x and last is not None:
            found[id(last)] = replace(last, operator="Gelu", inputs=[x], attributes={"approximate": way})
    return [found.get(id(node), node) for node in file.nodes]


class _Graph:
    """Which node gives a name, which ones take it, and which names are single numbers."""

    def __init__(self, nodes: list[Node], arrays: Mapping[str, Array]) -> None:
        self._arrays = arrays
        self._makers = {name: node for node in nodes for name in node.outputs}
        self._users: dict[str, list[Node]] = {}
        for node in nodes:
            for name in node.inputs:
                self._users.setdefault(name, []).append(node)

    def bend(self, node: Node) -> tuple[str, str]:
        """The x of erf(x / sqrt 2) or of the longer argument of tanh, and how Gelu calls that; empty for others."""
        if len(node.inputs) == 1 and node.operator == "Erf":
            inner = self._maker(node.inputs[0], "Div", "Mul")
            wanted = math.sqrt(2) if inner and inner.operator == "Div" else math.sqrt(0.5)
            return self._beside(inner, wanted), "none"
        if len(node.inputs) == 1 and node.operator == "Tanh":
            sum_ = self._maker(self._beside(self._maker(node.inputs[0], "Mul"), math.sqrt(2 / math.pi)), "Add")
            for x, cube in self._pairs(sum_):
                if self._is_cube(self._beside(self._maker(cube, "Mul"), 0.044715), x):
                    return x, "tanh"
        return "", ""

    def product(self, bend: Node, x: str) -> Node | None:
        """The last of the nodes that make (1 + bend) x / 2."""
        shifted, one = self._used_in(bend, "Add")
        first, other = self._used_in(shifted, "Mul")
        if not self._is(one, 1) or first is None:
            return None
        if self._beside(self._maker(other, "Mul"), 0.5) == x:
            return first
        second, last = self._used_in(first, "Mul")
        halved = (other == x and self._is(last, 0.5)) or (last == x and self._is(other, 0.5))
        return second if halved else None

    def _used_in(self, node: Node | None, operator: str) -> tuple[Node | None, str]:
        """The one node that takes what this one gives, and what it takes beside that; None where it is another."""
        users = self._users.get(node.outputs[0], []) if node is not None else []
        if node is None or len(users) != 1 or users[0].operator != operator:
            return None, ""
        beside = (other for one, other in self._pairs(users[0]) if one == node.outputs[0])
        return users[0], next(beside, "")

    def _maker(self, name: str, *operators: str) -> Node | None:
        node = self._makers.get(name)
        return node if node is not None and node.operator in operators and len(node.inputs) == 2 else None

    @staticmethod
    def _pairs(node: Node | None) -> Iterator[tuple[str, str]]:
        if node is not None and len(node.inputs) == 2:
            yield node.inputs[0], node.inputs[1]
            yield node.inputs[1], node.inputs[0]

    def _beside(self, node: Node | None, number: float) -> str:
        """What a node computes with, beside this number; a quotient has the number behind it."""
        pairs = list(self._pairs(node))[: 1 if node is not None and node.operator == "Div" else 2]
        return next((name for name, other in pairs if self._is(other, number)), "")

    def _is_cube(self, name: str, x: str) -> bool:
        power = self._maker(name, "Pow")
        if power is not None:
            return power.inputs[0] == x and self._is(power.inputs[1], 3)
        squares = (self._maker(square, "Mul") for one, square in self._pairs(self._maker(name, "Mul")) if one == x)
        return any(square is not None and square.inputs == [x, x] for square in squares)

    def _is(self, name: str, number: float) -> bool:
        maker, found = self._makers.get(name), self._arrays.get(name)
        if maker is not None and maker.operator == "Constant":
            given = maker.attributes.get("value", maker.attributes.get("value_float"))
            found = None if given is None or isinstance(given, str) else np.asarray(given)
        if found is None or found.size != 1 or found.ndim > 1 or found.dtype.kind not in "fi":
            return False
        return math.isclose(float(found.reshape(-1)[0]), number, rel_tol=1e-5)
