"""What a node of a computational graph can do: a value forward, slopes back (chapter 5.2 to 5.6).

`backward(dout, inputs, output)` gives one slope for each input: dout times the slope of the output along that input.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fishlab.core.layers.base import Array
from fishlab.core.registry import Registry

Forward = Callable[..., Any]
Backward = Callable[[Any, tuple[Any, ...], Any], tuple[Any, ...]]


@dataclass(frozen=True)
class Operation:
    """`symbol` stands in the node, `rule` says in one line what is handed back to the inputs."""

    symbol: str
    inputs: int
    rule: str
    forward: Forward
    backward: Backward


OPERATIONS: Registry[Operation] = Registry("operation")


def _enter(kind: str, title: str, chapter: str, operation: Operation) -> None:
    OPERATIONS.register(kind, title=title, chapter=chapter)(operation)


_enter("add", "Add", "5.3.1", Operation("+", 2, "dx = dout, dy = dout", np.add, lambda d, xs, out: (d, d)))
_enter(
    "subtract", "Subtract", "5.3.1",
    Operation("−", 2, "dx = dout, dy = −dout", np.subtract, lambda d, xs, out: (d, -d)),
)
_enter(
    "multiply", "Multiply", "5.3.2",
    Operation("×", 2, "dx = dout · y, dy = dout · x", np.multiply, lambda d, xs, out: (d * xs[1], d * xs[0])),
)
_enter(
    "divide", "Divide", "5.5.2",
    Operation(
        "/", 2, "dx = dout / y, dy = −dout · x / y²", np.divide,
        lambda d, xs, out: (d / xs[1], -d * out / xs[1]),
    ),
)
_enter("exp", "Exponential", "5.5.2", Operation("exp", 1, "dx = dout · exp(x)", np.exp, lambda d, xs, out: (d * out,)))
_enter("log", "Logarithm", "A.1", Operation("log", 1, "dx = dout / x", np.log, lambda d, xs, out: (d / xs[0],)))
_enter(
    "square", "Square", "5.2.1",
    Operation("x²", 1, "dx = dout · 2x", np.square, lambda d, xs, out: (d * 2 * xs[0],)),
)
_enter(
    "power", "Power", "5.2.1",
    Operation(
        "xⁿ", 2, "dx = dout · n xⁿ⁻¹, dn = dout · xⁿ log x", np.power,
        lambda d, xs, out: (d * xs[1] * np.power(xs[0], xs[1] - 1), d * out * _log_of_positive(xs[0])),
    ),
)
_enter("sum", "Sum", "A.1", Operation("Σ", 1, "every dx = dout", np.sum, lambda d, xs, out: (d * np.ones_like(xs[0]),)))
_enter(
    "dot", "Matrix product", "5.6.1",
    Operation(
        "x·W", 2, "dx = dout · Wᵀ, dW = xᵀ · dout", np.matmul,
        lambda d, xs, out: (d @ xs[1].T, xs[0].T @ d),
    ),
)


def _log_of_positive(x: Array) -> Array:
    """log x, and 0 where there is none: an exponent of a number that is not positive has no slope to speak of."""
    positive = np.asarray(x) > 0
    return np.log(np.where(positive, x, 1.0))
