"""Schedules: how the learning rate changes while a run goes on (chapter 6.1).

A schedule is a pure function of the place in the training: it gives the factor by which the base rate is multiplied.
Nothing is counted or kept, so a run that was stopped goes on with exactly the rates of one that was not, and the base
rate may be changed at any time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from fishlab.core.errors import SpecError
from fishlab.core.fields import Spec, float_field, int_field
from fishlab.core.registry import Registry


@dataclass(frozen=True, kw_only=True)
class ScheduleSpec(Spec):
    """What every schedule has. After the warm-up, the schedule's own time begins at 0.

    `formula` is the factor as one writes it.
    """

    formula: ClassVar[str] = ""

    warm_up: float = float_field(
        0.0,
        "Warm-up",
        "So many epochs the rate climbs from 0 in a straight line, before the schedule begins; 0 is none.",
        minimum=0.0,
        maximum=10_000.0,
        unit="epochs",
        larger="A gentler start, with more epochs at rates below the one chosen.",
        smaller="Full steps sooner, when the first gradients are still wild; 0 begins at once.",
    )

    def factor(self, x: float, epochs: float, step: float = 0.0) -> float:
        """The share of the base rate, 0 to 1, for a step that begins `x` epochs into a run of `epochs`.

        `step` is the length of that step in epochs: within the warm-up a step has the rate of its end, so that the
        first one learns too.
        """
        if x < self.warm_up:
            return min(1.0, (x + step) / self.warm_up)
        return self.course(x - self.warm_up, max(0.0, epochs - self.warm_up))

    def course(self, x: float, epochs: float) -> float:
        """The factor without warm-up, `x` of `epochs` epochs after that; 1 at x = 0."""
        raise NotImplementedError


SCHEDULES: Registry[type[ScheduleSpec]] = Registry("schedule")


def _register(kind: str, **description: Any) -> Any:
    enter = SCHEDULES.register(kind, **description)

    def decorate(cls: type[ScheduleSpec]) -> type[ScheduleSpec]:
        cls.kind = kind
        return enter(cls)

    return decorate


@_register("constant", title="Constant", chapter="6.1", help="The same rate from beginning to end.")
@dataclass(frozen=True, kw_only=True)
class Constant(ScheduleSpec):
    """f(x) = 1."""

    formula = "f = 1"

    def course(self, x: float, epochs: float) -> float:
        return 1.0


@_register("step", title="Step", chapter="6.1", help="Every few epochs the rate is multiplied by gamma.")
@dataclass(frozen=True, kw_only=True)
class Step(ScheduleSpec):
    """f(x) = gamma ^ floor(x / every)."""

    formula = "f = γ^⌊x/every⌋"

    every: int = int_field(
        5, "Every", "So many epochs one rate lasts.", minimum=1, maximum=10_000, unit="epochs",
        larger="Each rate lasts longer, and the rate falls later.",
        smaller="The rate falls sooner; too soon, and learning freezes.",
    )
    gamma: float = float_field(
        0.1, "Gamma", "What the rate is then multiplied by.", minimum=0.0, maximum=1.0,
        larger="Gentler steps down; 1 leaves the rate as it is.",
        smaller="The rate falls deeper at each step.",
    )

    def course(self, x: float, epochs: float) -> float:
        return float(self.gamma ** math.floor(x / self.every))


@_register("exponential", title="Exponential", chapter="6.1", help="Every epoch takes the same share off the rate.")
@dataclass(frozen=True, kw_only=True)
class Exponential(ScheduleSpec):
    """f(x) = gamma ^ x, also between two epochs."""

    formula = "f = γ^x"

    gamma: float = float_field(
        0.9, "Gamma", "What is left of the rate after an epoch.", minimum=0.0, maximum=1.0, minimum_open=True,
        larger="The rate falls slowly; 1 leaves it as it is.",
        smaller="The rate is soon too small to learn with.",
    )

    def course(self, x: float, epochs: float) -> float:
        return float(self.gamma**x)


@_register("cosine", title="Cosine", chapter="6.1", help="Half a cosine down: slow at first, fast, slow at the end.")
@dataclass(frozen=True, kw_only=True)
class Cosine(ScheduleSpec):
    """f(x) = floor + (1 - floor) (1 + cos(pi x / length)) / 2, from then on `floor`. Loshchilov and Hutter 2017."""

    formula = "f = floor + (1 − floor) (1 + cos(π x/length)) / 2"

    length: int = int_field(
        0, "Length", "Epochs to the lowest rate, warm-up included; 0 is the run's own length.", maximum=10_000,
        unit="epochs",
        larger="The rate falls more slowly.",
        smaller="The lowest rate is reached earlier, and stays; 0 is the run's own length.",
    )  # fmt: skip
    floor: float = float_field(
        0.0, "Floor", "What is left of the rate at the end.", minimum=0.0, maximum=1.0,
        larger="Goes on learning with more of the rate at the end.",
        smaller="Comes to rest at the end; 0 stops learning there.",
    )

    def course(self, x: float, epochs: float) -> float:
        length = max(0.0, self.length - self.warm_up) if self.length else epochs
        if x >= length:
            return self.floor if x else 1.0
        return self.floor + (1 - self.floor) * (1 + math.cos(math.pi * x / length)) / 2


@_register("inverse_time", title="1/t", chapter="6.1", help="Falls as one over the time, never quite to nothing.")
@dataclass(frozen=True, kw_only=True)
class InverseTime(ScheduleSpec):
    """f(x) = 1 / (1 + decay x): with steps that add up to infinity and squares that do not. Robbins and Monro 1951."""

    formula = "f = 1 / (1 + decay · x)"

    decay: float = float_field(
        1.0, "Decay", "After 1 / decay epochs half of the rate is left.", minimum=0.0, maximum=1_000.0,
        larger="The rate falls sooner.",
        smaller="The rate falls later; 0 leaves it as it is.",
    )

    def course(self, x: float, epochs: float) -> float:
        return 1.0 / (1.0 + self.decay * x)


CONSTANT = Constant()


def schedule_from_dict(data: Any) -> ScheduleSpec:
    """The schedule that `to_dict` wrote; None, as in files from before there were any, is the constant one."""
    if data is None:
        return CONSTANT
    if not isinstance(data, Mapping) or not isinstance(data.get("kind"), str):
        raise SpecError("A schedule is no table with a 'kind', such as 'cosine'.")
    return SCHEDULES[data["kind"]].item.from_dict(data)
