"""The book's computational graphs, ready to step through (chapter 5 and appendix A)."""

from __future__ import annotations

from collections.abc import Callable

from fishlab.core.book.graph import Graph, Node, Value, leaf, node
from fishlab.core.registry import Registry

GRAPHS: Registry[Callable[[], Graph]] = Registry("graph")


@GRAPHS.register("apples", title="Apples", chapter="5.1", help="Two apples at 100, ten per cent of tax: 220.")
def apples() -> Graph:
    """2 apples at 100 and a tax of 10 %: 220, and back 2.2 for the apple, 110 for their number, 200 for the tax."""
    return Graph((
        leaf("apple", 100), leaf("apples", 2), leaf("tax", 1.1),
        node("price", "multiply", "apple", "apples"),
        node("total", "multiply", "price", "tax"),
    ))


@GRAPHS.register("oranges", title="Apples and oranges", chapter="5.4", help="Three oranges at 150 are added: 715.")
def apples_and_oranges() -> Graph:
    """2 apples at 100, 3 oranges at 150, a tax of 10 %: 715."""
    return Graph((
        leaf("apple", 100), leaf("apples", 2), leaf("orange", 150), leaf("oranges", 3), leaf("tax", 1.1),
        node("price of apples", "multiply", "apple", "apples"),
        node("price of oranges", "multiply", "orange", "oranges"),
        node("price", "add", "price of apples", "price of oranges"),
        node("total", "multiply", "price", "tax"),
    ))


@GRAPHS.register("square", title="Square of a sum", chapter="5.2", help="(x + y)², where the chain rule begins.")
def square_of_sum(x: Value = 3.0, y: Value = 4.0) -> Graph:
    """z = t^2 with t = x + y: dz/dx = 2 t."""
    return Graph((leaf("x", x), leaf("y", y), node("t", "add", "x", "y"), node("z", "square", "t")))


@GRAPHS.register("sigmoid", title="Sigmoid", chapter="5.5", help="1 / (1 + exp(−x)) in four nodes.")
def sigmoid_graph(x: Value = 0.0) -> Graph:
    """y = 1 / (1 + exp(-x)): times -1, exp, plus 1, one over. Back comes y (1 - y)."""
    return Graph((
        leaf("x", x), leaf("-1", -1, constant=True), leaf("1", 1, constant=True),
        node("-x", "multiply", "x", "-1"),
        node("exp(-x)", "exp", "-x"),
        node("1 + exp(-x)", "add", "exp(-x)", "1"),
        node("y", "divide", "1", "1 + exp(-x)"),
    ))


@GRAPHS.register("affine", title="Affine", chapter="5.6", help="x · W + b for two rows at once; b is used twice.")
def affine_graph(
    x: Value = ((1.0, 2.0), (3.0, 4.0)),
    W: Value = ((1.0, 0.0, -1.0), (2.0, 1.0, 0.5)),
    b: Value = (1.0, 2.0, 3.0),
) -> Graph:
    """y = x W + b with x (N, D), W (D, M), b (M,). Back: dx = dy W^T, dW = x^T dy, db = the sum of dy over the rows."""
    return Graph((
        leaf("x", x), leaf("W", W), leaf("b", b),
        node("x · W", "dot", "x", "W"),
        node("y", "add", "x · W", "b"),
    ))


def softmax_nodes(scores: str) -> tuple[Node, ...]:
    """From scores (K,) to the shares y (K,): exp, their sum, one over it, and the product."""
    return (
        leaf("1", 1, constant=True),
        node("exp(a)", "exp", scores),
        node("S", "sum", "exp(a)"),
        node("1/S", "divide", "1", "S"),
        node("y", "multiply", "exp(a)", "1/S"),
    )


@GRAPHS.register(
    "softmax_with_loss", title="Softmax with loss", chapter="A", help="Softmax and cross entropy: back comes y − t."
)
def softmax_with_loss_graph(a: Value = (0.3, 2.9, 4.0), t: Value = (0.0, 1.0, 0.0)) -> Graph:
    """L = -sum_k t_k log y_k with y = softmax(a). All of it together hands back y - t."""
    return Graph((
        leaf("a", a), leaf("t", t, constant=True), leaf("-1", -1, constant=True),
        *softmax_nodes("a"),
        node("log y", "log", "y"),
        node("t log y", "multiply", "log y", "t"),
        node("Σ t log y", "sum", "t log y"),
        node("L", "multiply", "Σ t log y", "-1"),
    ))
