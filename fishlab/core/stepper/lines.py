"""The lines of NumPy that do what a layer does, out of the code that networks are exported as (resources/code).

A class of the snippets keeps what it needs in `self` and gradients in `self.grads`. Here the same lines stand with the
book's plain names: x, W, b, out; dout, dx, dW, db. What a layer was set to stands in them as numbers, and of two ways
to go on only the one that this layer takes.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from fishlab.core.exchange.code.numpy_file import BOOK
from fishlab.core.exchange.code.numpy_layers import writes
from fishlab.core.exchange.code.numpy_training import losses
from fishlab.core.exchange.code.parts import library
from fishlab.core.exchange.code.tables import Place
from fishlab.core.exchange.formats import ExchangeError
from fishlab.core.layers import LAYERS, LayerSpec, Shape
from fishlab.core.losses import LossSpec


@dataclass(frozen=True)
class Lines:
    """What a layer computes forwards and backwards in training, as source; both empty where it cannot be said."""

    forward: str = ""
    backward: str = ""


@lru_cache(256)
def lines_of(spec: LayerSpec, in_shape: Shape) -> Lines:
    """The lines of one layer, with its settings put in."""
    kind = LAYERS[spec.kind].item
    infos = () if spec.branches else kind.parameters(spec, in_shape)
    place = Place(0, in_shape, kind.output_shape(spec, in_shape), {info.name: info.name for info in infos})
    try:
        made = writes[spec.kind](spec, place)
    except ExchangeError:
        return Lines()
    methods = _methods(made.name)
    init = methods.get("__init__", _NOTHING)
    given = {**_given(init, ast.parse(made.call, mode="eval").body), "train_flg": ast.Constant(not spec.frozen)}
    settled = _Settled(given, [info.name for info in infos if info.role != "state"])
    kept = [] if spec.branches else _statements(init, settled)
    return Lines(
        _source(kept + _statements(methods["forward"], settled), "out"),
        _source(_statements(methods["backward"], settled), "dx"),
    )


@lru_cache(16)
def loss_lines(spec: LossSpec) -> Lines:
    """The lines of a loss: from the scores and the labels t to the loss, and to dscores."""
    try:
        call = ast.parse(losses[spec.kind](spec), mode="eval").body
    except ExchangeError:
        return Lines()
    assert isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    methods = _methods(call.func.id)
    settled = _Settled(_given(methods.get("__init__", _NOTHING), call), [], methods)
    forward, backward = (_statements(methods[name], settled) for name in ("forward", "backward"))
    return Lines(_source(forward, "loss"), _source(backward, "dscores"))


_NO_ARGUMENTS = ast.arguments([], [], None, [], [], None, [])
_NOTHING = ast.FunctionDef("__init__", _NO_ARGUMENTS, [], [])
OWN = ("params", "grads")  # how a file keeps together what it learns


def _methods(name: str) -> dict[str, ast.FunctionDef]:
    """The methods of a class of the snippets, those it has from its base too."""
    (node,) = ast.parse(library(*BOOK).parts[name].source).body
    assert isinstance(node, ast.ClassDef)
    found: dict[str, ast.FunctionDef] = {}
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id != "Layer":
            found |= _methods(base.id)
    return found | {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)}


def _given(init: ast.FunctionDef, call: ast.expr) -> dict[str, ast.expr]:
    """What a call gives for each argument; names stand for themselves."""
    assert isinstance(call, ast.Call)
    arguments = [one.arg for one in init.args.args[1:]]
    usual = dict(zip(arguments[len(arguments) - len(init.args.defaults) :], init.args.defaults, strict=True))
    values = {**usual, **dict(zip(arguments, call.args, strict=False))}
    values |= {one.arg: one.value for one in call.keywords if one.arg}
    return {name: value for name, value in values.items() if not isinstance(value, ast.Call)}


def _statements(method: ast.FunctionDef, settled: _Settled) -> list[ast.stmt]:
    """The body of a method with plain names, without what is given another value at once."""
    body = [one for statement in method.body for one in _each(settled.visit(copy.deepcopy(statement)))]
    targets = [ast.unparse(one.targets[0]) if isinstance(one, ast.Assign) else "" for one in body]
    pairs = zip(body, targets, [*targets[1:], ""][: len(body)], strict=True)
    return [one for one, this, following in pairs if not this or this != following]


def _each(found: object) -> Iterator[ast.stmt]:
    yield from found if isinstance(found, list) else [found] if isinstance(found, ast.stmt) else []


def _source(statements: list[ast.stmt], result: str) -> str:
    """As text, a line each; what is returned has the name `result`."""
    return "\n".join(filter(None, (_line(statement, result) for statement in statements)))


def _line(statement: ast.stmt, result: str) -> str:
    match statement:
        case ast.Return(value=ast.expr() as value):
            text = ast.unparse(value)
            return "" if text == result else f"{result} = {text}"
        case ast.Assign(targets=[target], value=ast.Tuple(elts=elements)) if isinstance(target, ast.Tuple):
            return f"{', '.join(map(ast.unparse, target.elts))} = {', '.join(map(ast.unparse, elements))}"
        case ast.Assign(targets=[ast.Name(id=name)]) if name in OWN:
            return ""
    return ast.unparse(statement)


class _Settled(ast.NodeTransformer):
    """Attributes of self become names, arguments what was given, and `self.grads[0][...]` dW; questions are decided."""

    def __init__(
        self, given: Mapping[str, ast.expr], names: list[str], methods: Mapping[str, ast.FunctionDef] | None = None
    ) -> None:
        self._given, self._names, self._methods = given, names, methods or {}

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """What a short method of its own returns stands in its place."""
        match node.func:
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if name in self._methods:
                method = self._methods[name]
                statement = method.body[-1]
                assert isinstance(statement, ast.Return) and statement.value is not None
                values = [self.visit(value) for value in node.args]
                given = dict(zip((one.arg for one in method.args.args[1:]), values, strict=True))
                inside = _Settled({**self._given, **given}, self._names, self._methods)
                found: ast.AST = inside.visit(copy.deepcopy(statement.value))
                return found
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            return self._named(node.attr, node.ctx)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._named(node.id, node.ctx)

    def _named(self, name: str, ctx: ast.expr_context) -> ast.expr:
        if name in self._given and isinstance(ctx, ast.Load):
            return self._given[name]
        return ast.Name(name, ctx)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        match node:
            case ast.Subscript(
                value=ast.Subscript(value=ast.Attribute(attr="grads"), slice=ast.Constant(value=int(place))),
                slice=ast.Constant(value=value),
            ) if value is Ellipsis:
                return ast.Name(f"d{self._names[place]}", node.ctx)
        return self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        answer = _decided(self.visit(node.test))
        if answer is None:
            return self.generic_visit(node)
        return [one for statement in (node.body if answer else node.orelse) for one in _each(self.visit(statement))]

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        answer = _decided(self.visit(node.test))
        if answer is None:
            return self.generic_visit(node)
        chosen: ast.AST = self.visit(node.body if answer else node.orelse)
        return chosen

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        """Without what would give a name its own value, or keep what is known."""
        self.generic_visit(node)
        (target,) = node.targets
        match target, node.value:
            case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
                pairs = zip(targets, values, strict=True)
                return _assigned([pair for pair in pairs if self._says_something(*pair)])
        return node if self._says_something(target, node.value) else None

    def _says_something(self, target: ast.expr, value: ast.expr) -> bool:
        known = isinstance(target, ast.Name) and target.id in self._given
        return not known and ast.unparse(target) != ast.unparse(value)


def _assigned(pairs: list[tuple[ast.expr, ast.expr]]) -> ast.Assign | None:
    if not pairs:
        return None
    targets, values = (list(side) for side in zip(*pairs, strict=True))
    if len(pairs) == 1:
        return ast.Assign(targets, values[0], lineno=0)
    return ast.Assign([ast.Tuple(targets, ast.Store())], ast.Tuple(values, ast.Load()), lineno=0)


def _decided(test: ast.expr) -> bool | None:
    """The answer to a question that needs no numbers, such as whether there is a bias; else None."""
    match test:
        case ast.Constant(value=bool(answer)):
            return answer
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            opposite = _decided(operand)
            return None if opposite is None else not opposite
        case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() as how], comparators=[ast.Constant(value=None)]):
            missing = isinstance(left, ast.Constant) and left.value is None
            return missing is isinstance(how, ast.Is)
    return None
