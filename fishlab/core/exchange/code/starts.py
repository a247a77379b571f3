"""How the weights that a training begins with are written: one function an initializer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fishlab.core.exchange.code.stack import Named
from fishlab.core.exchange.code.tables import PYTHON, Table
from fishlab.core.exchange.code.text import entry, literal
from fishlab.core.initializers import INITIALIZERS

initial: Table[Callable[[Named, str], str]] = Table(INITIALIZERS, PYTHON)


@initial("he")
def _he(named: Named, rng: str) -> str:
    return f"he({rng}, {literal(named.info.shape)}, fan_in={named.info.fan_in})"


@initial("xavier")
def _xavier(named: Named, rng: str) -> str:
    return f"xavier({rng}, {literal(named.info.shape)}, fan_in={named.info.fan_in})"


@initial("glorot")
def _glorot(named: Named, rng: str) -> str:
    info = named.info
    return f"glorot({rng}, {literal(info.shape)}, fan_in={info.fan_in}, fan_out={info.fan_out})"


@initial("he_uniform")
def _he_uniform(named: Named, rng: str) -> str:
    return f"uniform({rng}, {literal(named.info.shape)}, variance=2 / {named.info.fan_in})"


@initial("xavier_uniform")
def _xavier_uniform(named: Named, rng: str) -> str:
    return f"uniform({rng}, {literal(named.info.shape)}, variance=1 / {named.info.fan_in})"


@initial("glorot_uniform")
def _glorot_uniform(named: Named, rng: str) -> str:
    info = named.info
    return f"uniform({rng}, {literal(info.shape)}, variance=2 / {info.fan_in + info.fan_out})"


@initial("orthogonal")
def _orthogonal(named: Named, rng: str) -> str:
    return f"orthogonal({rng}, {literal(named.info.shape)}, unit_axis={named.info.out_axis})"


@initial("normal")
def _normal(named: Named, rng: str) -> str:
    spec: Any = named.spec
    return f"normal({rng}, {literal(named.info.shape)}, std={literal(spec.std)})"


@initial("zero")
def _zero(named: Named, rng: str) -> str:
    return f"zeros({literal(named.info.shape)})"


FILLS = {"zero": "zeros", "one": "ones"}


def initial_params(named: Sequence[Named], name_of: Callable[[Named], str]) -> str:
    """The function that draws the weights a training begins with."""
    lines = ["def initial_params():", '    """The weights a training begins with (chapter 6.2)."""', "    return {"]
    for one in named:
        value = _first_value(one) + (".T" if one.turned else "")
        lines.append(entry(name_of(one), value))
    return "\n".join([*lines, "    }"])


def _first_value(named: Named) -> str:
    if named.info.init in FILLS:
        return f"{FILLS[named.info.init]}({literal(named.info.shape)})"
    spec: Any = named.spec
    return initial[spec.init](named, f'stream("init", {named.layer}, {named.place})')
