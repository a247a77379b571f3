"""Optimizers: how a gradient becomes a step (chapter 6.1).

Each works in place on flat vectors, in chunks that stay in the cache, so that one call updates every parameter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from fishlab.core.fields import Spec, float_field
from fishlab.core.registry import Registry

Array = NDArray[Any]
CHUNK = 32768


def rate_field(default: float) -> Any:
    """The learning rate, changeable while training runs."""
    return float_field(
        default, "Learning rate", "How far one step goes along the gradient.", minimum=0.0, maximum=100.0, live=True,
        minimum_open=True,
        larger="Learns faster, until the loss jumps about, rises, or is no number any more.",
        smaller="Steadier and slower; too small, and the loss hardly falls.",
    )


@dataclass(frozen=True, kw_only=True)
class OptimizerSpec(Spec):
    """What every optimizer has."""

    learning_rate: float = rate_field(0.01)


SpecT = TypeVar("SpecT", bound=OptimizerSpec)


class Optimizer(Generic[SpecT]):
    """The base of every optimizer. `slots` names its memory, one value per parameter each, starting at zero.

    `step(values, grads)` changes `values` in place; between two steps `spec` may be replaced (a live learning rate),
    and `factor` set: what a schedule makes of the learning rate.
    `memory` gives vectors of zeros to keep the memory in, (slots, size), in place of fresh ones. `decoupled` says that
    weight decay, which is not the optimizer's affair, does not go by way of the gradient. `formula` is one step as one
    writes it, an equation a line: what has a stroke is what it becomes.
    """

    Spec: ClassVar[type[OptimizerSpec]]
    formula: ClassVar[str] = ""
    slots: ClassVar[tuple[str, ...]] = ()
    decoupled: ClassVar[bool] = False

    def __init__(self, spec: SpecT, size: int, dtype: Any, memory: Array | None = None) -> None:
        self.spec = spec
        self.steps = 0
        self.factor = 1.0
        vectors = np.zeros((len(self.slots), size), dtype) if memory is None else memory
        self.memory = dict(zip(self.slots, vectors, strict=True))
        self._work = np.empty((2, min(size, CHUNK)), dtype)

    @property
    def rate(self) -> float:
        """The learning rate of this step."""
        return self.spec.learning_rate * self.factor

    def step(self, values: Array, grads: Array) -> None:
        """One update of all parameters: values and grads (size,)."""
        self.steps += 1
        for begin in range(0, values.size, CHUNK):
            part = slice(begin, begin + CHUNK)
            value = values[part]
            memory = [self.memory[name][part] for name in self.slots]
            self.update(value, grads[part], memory, self._work[:, : value.size])

    def update(self, value: Array, grad: Array, memory: list[Array], work: Array) -> None:
        """Update one chunk in place; `work` is two vectors of scratch memory. `grad` is left as it is."""
        raise NotImplementedError


OPTIMIZERS: Registry[type[Optimizer[Any]]] = Registry("optimizer")


def _register(kind: str, **description: Any) -> Any:
    enter = OPTIMIZERS.register(kind, **description)

    def decorate(cls: type[Optimizer[Any]]) -> type[Optimizer[Any]]:
        cls.Spec.kind = kind
        return enter(cls)

    return decorate


@dataclass(frozen=True, kw_only=True)
class SGDSpec(OptimizerSpec):
    """SGD's learning rate."""

    learning_rate: float = rate_field(0.1)


@_register("sgd", title="SGD", chapter="6.1.2", help="Steps straight down the gradient.")
class SGD(Optimizer[SGDSpec]):
    """W <- W - lr dW."""

    formula = "W′ = W − η dW"
    Spec = SGDSpec

    def update(self, value: Array, grad: Array, memory: list[Array], work: Array) -> None:
        value -= np.multiply(grad, self.rate, out=work[0])


@dataclass(frozen=True, kw_only=True)
class MomentumSpec(OptimizerSpec):
    """Learning rate and the share of the last step that is kept."""

    momentum: float = float_field(
        0.9, "Momentum", "The share of the last step that is kept.", minimum=0.0, maximum=0.9999,
        larger="Faster along long valleys; it overshoots, and wants a smaller learning rate.",
        smaller="Nearer to plain SGD, which 0 is.",
    )


@_register("momentum", title="Momentum", chapter="6.1.4", help="Rolls like a ball: part of the last step is kept.")
class Momentum(Optimizer[MomentumSpec]):
    """v <- a v - lr dW; W <- W + v."""

    formula = "v′ = α v − η dW\nW′ = W + v′"
    Spec = MomentumSpec
    slots = ("v",)

    def update(self, value: Array, grad: Array, memory: list[Array], work: Array) -> None:
        (v,) = memory
        v *= self.spec.momentum
        v -= np.multiply(grad, self.rate, out=work[0])
        value += v


@_register(
    "nesterov",
    title="Nesterov",
    chapter="6.1.4",
    help="Momentum that looks ahead: the slope is taken where the ball is about to be.",
)
class Nesterov(Optimizer[MomentumSpec]):
    """v <- a v - lr dW; W <- W + a v - lr dW. Nesterov 1983 in the form of Sutskever et al. 2013.

    W is the point ahead, where the gradient is taken; the ball itself is at W - a v.
    """

    formula = "v′ = α v − η dW\nW′ = W + α v′ − η dW"

    @dataclass(frozen=True, kw_only=True)
    class Spec(MomentumSpec):
        """Learning rate and the share of the last step that is kept."""

    slots = ("v",)

    def update(self, value: Array, grad: Array, memory: list[Array], work: Array) -> None:
        (v,) = memory
        step = np.multiply(grad, self.rate, out=work[0])
        v *= self.spec.momentum
        v -= step
        value -= step
        value += np.multiply(v, self.spec.momentum, out=work[0])


@_register("adagrad", title="AdaGrad", chapter="6.1.5", help="Parameters that moved much move less from then on.")
class AdaGrad(Optimizer[OptimizerSpec]):
    """h <- h + dW^2; W <- W - lr dW / (sqrt(h) + 1e-7). Duchi et al. 2011."""

    formula = "h′ = h + dW²\nW′ = W − η dW / √h′"

    @dataclass(frozen=True, kw_only=True)
    class Spec(OptimizerSpec):
        """AdaGrad's learning rate."""

    slots = ("h",)

    def update(self, value: Array, grad: Array, memory: list[Array], work: Array) -> None:
        (h,) = memory
        h += np.multiply(grad, grad, out=work[0])
        scaled_step(value, grad, h, self.rate, 1e-7, work)


@dataclass(frozen=True, kw_only=True)
class RMSpropSpec(OptimizerSpec):
    """Learning rate and how slowly the mean forgets."""

    decay: float = float_field(
        0.99, "Decay", "How slowly the mean of squares forgets.", minimum=0.0, maximum=0.99999,
        larger="Looks further back: the scale of each step is steadier.",
        smaller="Looks at the last few gradients only: the scale of each step wavers.",
    )


@_register("rmsprop", title="RMSprop", chapter="6.1.5", help="AdaGrad that forgets: a moving mean of squares.")
class RMSprop(Optimizer[RMSpropSpec]):
    """h <- d h + (1 - d) dW^2; W <- W - lr dW / (sqrt(h) + 1e-7). Tieleman and Hinton 2012."""

    formula = "h′ = ρ h + (1 − ρ) dW²\nW′ = W − η dW / √h′"
    Spec = RMSpropSpec
    slots = ("h",)

    def update(self, value: Array, grad: Array, memory: list[Array], work: Array) -> None:
        (h,) = memory
        forget(h, grad, self.spec.decay, work[0])
        scaled_step(value, grad, h, self.rate, 1e-7, work)


@dataclass(frozen=True, kw_only=True)
class AdaDeltaSpec(OptimizerSpec):
    """A factor on the steps, which find their own size, and how slowly the means forget."""

    learning_rate: float = rate_field(1.0)
    decay: float = float_field(
        0.9, "Decay", "How slowly both means forget.", minimum=0.0, maximum=0.99999,
        larger="Looks further back: the length of the steps is steadier, and adapts slowly.",
        smaller="Looks at the last few steps only: their length wavers.",
    )


@_register(
    "adadelta", title="AdaDelta", chapter="6.1.5", help="Needs no learning rate: earlier steps say how long one is."
)
class AdaDelta(Optimizer[AdaDeltaSpec]):
    """h <- d h + (1 - d) dW^2; D = dW sqrt(s + e) / sqrt(h + e); s <- d s + (1 - d) D^2; W <- W - lr D.

    With e = 1e-6. Zeiler 2012, where lr is 1.
    """

    formula = "h′ = ρ h + (1 − ρ) dW²\nD = dW √(s + ε) / √(h′ + ε)\ns′ = ρ s + (1 − ρ) D²\nW′ = W − η D"
    Spec = AdaDeltaSpec
    slots = ("h", "s")
    epsilon = 1e-6

    def update(self, value: Array, grad: Array, memory: list[Array], work: Array) -> None:
        h, s = memory
        step, other = work
        forget(h, grad, self.spec.decay, other)
        np.sqrt(np.add(s, self.epsilon, out=step), out=step)
        np.sqrt(np.add(h, self.epsilon, out=other), out=other)
        step /= other
        step *= grad
        forget(s, step, self.spec.decay, other)
        step *= self.rate
        value -= step


@dataclass(frozen=True, kw_only=True)
class AdamSpec(OptimizerSpec):
    """Learning rate and the two moving means."""

    learning_rate: float = rate_field(0.001)
    beta1: float = float_field(
        0.9, "Beta 1", "How slowly the mean gradient forgets.", minimum=0.0, maximum=0.99999,
        larger="Smoother steps that keep their direction; they turn late.",
        smaller="Each batch counts for more; 0 has no momentum.",
    )
    beta2: float = float_field(
        0.999, "Beta 2", "How slowly the mean of squares forgets.", minimum=0.0, maximum=0.9999999,
        larger="The scale of each parameter is steadier, and adapts slowly.",
        smaller="It follows the last gradients; steps grow uneven.",
    )


@_register("adam", title="Adam", chapter="6.1.6", help="Momentum and a scale for each parameter together.")
class Adam(Optimizer[AdamSpec]):
    """m, v are moving means of dW and dW^2; W <- W - lr_t m / (sqrt(v) + 1e-7) with lr_t corrected for the start.

    lr_t = lr sqrt(1 - b2^t) / (1 - b1^t), the form at the end of section 2 of Kingma and Ba 2014 that the book uses.
    """

    formula = (
        "m′ = β₁ m + (1 − β₁) dW\nv′ = β₂ v + (1 − β₂) dW²\n"
        "W′ = W − ηₜ m′ / √v′\nηₜ = η √(1 − β₂^t) / (1 − β₁^t)"
    )
    Spec = AdamSpec
    slots = ("m", "v")

    def update(self, value: Array, grad: Array, memory: list[Array], work: Array) -> None:
        m, v = memory
        spec = self.spec
        m *= spec.beta1
        m += np.multiply(grad, 1 - spec.beta1, out=work[0])
        forget(v, grad, spec.beta2, work[0])
        rate = self.rate * (1 - spec.beta2**self.steps) ** 0.5 / (1 - spec.beta1**self.steps)
        scaled_step(value, m, v, rate, 1e-7, work)


@_register(
    "adamw", title="AdamW", chapter="6.1.6", help="Adam whose weight decay acts on the weights, not by the gradient."
)
class AdamW(Adam):
    """Adam's step; weight decay takes lr times its share off the weights themselves. Loshchilov and Hutter 2019.

    Without weight decay it is Adam.
    """

    formula = (
        "m′ = β₁ m + (1 − β₁) dW\nv′ = β₂ v + (1 − β₂) dW²\n"
        "W′ = (1 − η λ) W − ηₜ m′ / √v′\nηₜ = η √(1 − β₂^t) / (1 − β₁^t)"
    )

    @dataclass(frozen=True, kw_only=True)
    class Spec(AdamSpec):
        """Learning rate and the two moving means."""

    decoupled = True


def forget(mean: Array, values: Array, decay: float, work: Array) -> None:
    """mean <- decay * mean + (1 - decay) * values^2, in place."""
    square = np.multiply(values, values, out=work)
    square *= 1 - decay
    mean *= decay
    mean += square


def scaled_step(value: Array, direction: Array, squares: Array, rate: float, epsilon: float, work: Array) -> None:
    """value -= rate * direction / (sqrt(squares) + epsilon), in place."""
    scale = np.sqrt(squares, out=work[0])
    scale += epsilon
    step = np.divide(direction, scale, out=work[1])
    step *= rate
    value -= step
