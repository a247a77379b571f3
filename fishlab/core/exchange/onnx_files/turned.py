"""Images with their channels last, as TensorFlow has them: turned where they come in, and where they become rows.

Layers here take channels first. A Transpose of the network's input says only how a file wants its images; one before a
Flatten says in which order the weights behind it count. Anywhere else it is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from fishlab.core.exchange.onnx_files.call import Call
from fishlab.core.exchange.onnx_files.operators import OPERATORS
from fishlab.core.exchange.onnx_files.shaping import order_of, without_batch
from fishlab.core.exchange.onnx_files.values import Known, Turned, TurnedRow

TURNED: dict[str, Callable[[Call, Any], Known]] = {}


def _turned(*operators: str) -> Callable[[Callable[[Call, Any], Known]], Callable[[Call, Any], Known]]:
    def enter(reading: Callable[[Call, Any], Known]) -> Callable[[Call, Any], Known]:
        TURNED.update(dict.fromkeys(operators, reading))
        return reading

    return enter


def read_turned(call: Call) -> Known:
    """What a node makes of an image, or a row, whose numbers stand in another order than here."""
    first, operator = call.given[0], call.node.operator
    if not isinstance(first, Turned | TurnedRow) or operator not in TURNED:
        raise call.refuse("takes an image whose axes were moved by a Transpose, which no layer here does.")
    return TURNED[operator](call, first)


@_turned("Identity", "Cast")
def _same(call: Call, found: Turned | TurnedRow) -> Known:
    return found


@_turned("Transpose")
def _transpose(call: Call, found: Turned | TurnedRow) -> Known:
    if isinstance(found, TurnedRow):
        raise call.refuse("turns a row.")
    order = tuple(found.order[axis] for axis in order_of(call, found.dims))
    return found.of if order == tuple(sorted(order)) else replace(found, order=order)


@_turned("Flatten", "Reshape")
def _row(call: Call, found: Turned | TurnedRow) -> Known:
    count = math.prod(found.of.shape)
    if isinstance(found, TurnedRow) or _dims(call, found) != (count,):
        raise call.refuse("gives another shape than a row to an image whose axes were moved.")
    return TurnedRow(call.layer("flatten", x=found.of), found)


def _dims(call: Call, found: Turned) -> tuple[int, ...]:
    if call.has(1):
        return without_batch(call, found.dims, call.wholes(1))
    return (math.prod(found.dims),) if call.whole("axis", 1) == 1 else ()


@_turned("Gemm", "MatMul")
def _product(call: Call, found: Turned | TurnedRow) -> Known:
    weights, axis = call.numbers(1), call.whole("transB", 0)
    if isinstance(found, Turned) or weights.ndim != 2 or weights.shape[axis] != found.of.shape[0]:
        raise call.refuse("multiplies an image whose axes were moved, or with a matrix that does not go with it.")
    ours = np.take(weights, np.argsort(found.places), axis)
    return OPERATORS[call.node.operator](replace(call, given=(found.of, ours, *call.given[2:])))
