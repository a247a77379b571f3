"""The contract of layers notices what is wrong: layers broken on purpose, each in one way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from fishlab.core.contract import CHECKS, Broken, Sample, samples_of
from fishlab.core.contract.sample import ROW
from fishlab.core.layers import Layer, LayerSpec, ParameterInfo
from fishlab.core.layers.activation import Tanh

Array = np.ndarray


@dataclass(frozen=True, kw_only=True)
class ScaleSpec(LayerSpec):
    kind = "tanh"  # what stands in files is not what is tried here


class Scale(Layer[ScaleSpec]):
    """y = a x, right in all that the contract asks of computing."""

    Spec = ScaleSpec
    formula = "a · x"

    @classmethod
    def parameters(cls, spec: ScaleSpec, in_shape: tuple[int, ...]) -> tuple[ParameterInfo, ...]:
        return (ParameterInfo("a", (in_shape[0],), "weight", "one"),)

    def forward(self, x: Array, *, training: bool) -> Array:
        self.x = x
        return np.multiply(x, self._a(x), out=self.buffer("out", x.shape))

    def backward(self, dout: Array) -> Array:
        products = np.multiply(dout, self.x, out=self.buffer("products", dout.shape))
        self.params["a"].grad[...] = products.reshape(len(dout), -1).sum(axis=1)
        return np.multiply(dout, self._a(dout), out=self.buffer("dx", dout.shape))

    def _a(self, x: Array) -> Array:
        return self.params["a"].value.reshape(-1, *[1] * (x.ndim - 1))


class WrongSlope(Scale):
    def backward(self, dout: Array) -> Array:
        dx = super().backward(dout)
        dx *= 1.001
        return dx


class WrongGradient(Scale):
    def backward(self, dout: Array) -> Array:
        dx = super().backward(dout)
        self.params["a"].grad[-1] = 0
        return dx


class WritesToItsInput(Scale):
    def forward(self, x: Array, *, training: bool) -> Array:
        x *= 2
        return super().forward(x, training=training)


class WritesToItsWeights(Scale):
    def backward(self, dout: Array) -> Array:
        dx = super().backward(dout)
        self.params["a"].value[0] += 1
        return dx


class OtherShape(Scale):
    @classmethod
    def output_shape(cls, spec: ScaleSpec, in_shape: tuple[int, ...]) -> tuple[int, ...]:
        return (in_shape[0] + 1, *in_shape[1:])


class AlwaysDouble(Scale):
    def forward(self, x: Array, *, training: bool) -> Array:
        return super().forward(x, training=training).astype(np.float64)


class LosesDigits(Scale):
    def forward(self, x: Array, *, training: bool) -> Array:
        out = super().forward(x, training=training)
        if out.dtype == np.float32:
            out[...] = np.round(out, 2)
        return out


class LooksAtItsNeighbours(Scale):
    def forward(self, x: Array, *, training: bool) -> Array:
        out = super().forward(x, training=training)
        out -= out.mean(axis=-1, keepdims=True)
        return out


class RemembersTheSize(Scale):
    largest = 0

    def forward(self, x: Array, *, training: bool) -> Array:
        smaller, self.largest = x.shape[-1] < self.largest, max(self.largest, x.shape[-1])
        self.worn = smaller or getattr(self, "worn", False)
        out = super().forward(x, training=training)
        if self.worn:
            out += 1
        return out


class TakesMemory(Scale):
    def forward(self, x: Array, *, training: bool) -> Array:
        self.x = x
        return x * self._a(x)


class ReadsMemoryAsItLies(Scale):
    def forward(self, x: Array, *, training: bool) -> Array:
        return super().forward(x.ravel(order="K").reshape(x.shape), training=training)


class SecretlyRandom(Scale):
    def forward(self, x: Array, *, training: bool) -> Array:
        out = super().forward(x, training=training)
        assert self.rng is not None
        out += self.rng.normal()
        return out


class RandomOfItself(Scale):
    def forward(self, x: Array, *, training: bool) -> Array:
        out = super().forward(x, training=training)
        out += np.random.default_rng().normal()
        return out


class LearnsOnlyWithAnInputGradient(Scale):
    def backward(self, dout: Array) -> Array:
        return super().backward(dout) if self.input_gradient else dout


class UnknownRole(Scale):
    @classmethod
    def parameters(cls, spec: ScaleSpec, in_shape: tuple[int, ...]) -> tuple[ParameterInfo, ...]:
        return (ParameterInfo("a", (in_shape[0],), "factor", "one"),)


class NoStart(Scale):
    @classmethod
    def parameters(cls, spec: ScaleSpec, in_shape: tuple[int, ...]) -> tuple[ParameterInfo, ...]:
        return (ParameterInfo("a", (in_shape[0],), "weight", "spec"),)


NOTICED: list[tuple[type[Scale], str]] = [
    (WrongSlope, "backward agrees"),
    (WrongGradient, "backward agrees"),
    (WritesToItsInput, "arguments stay"),
    (WritesToItsWeights, "arguments stay"),
    (OtherShape, "inferred shape"),
    (AlwaysDouble, "number type"),
    (LosesDigits, "single precision"),
    (LooksAtItsNeighbours, "do not see one another"),
    (RemembersTheSize, "another size"),
    (TakesMemory, "no large arrays"),
    (ReadsMemoryAsItLies, "memory order"),
    (SecretlyRandom, "the same seed"),
    (RandomOfItself, "the same seed"),
    (LearnsOnlyWithAnInputGradient, "without an input gradient"),
    (UnknownRole, "known roles"),
    (NoStart, "known roles"),
]
COMPUTING = [name for name in CHECKS if not any(word in name for word in ("words", "JSON", "saved"))]


def check(words: str) -> Callable[[Sample], None]:
    (found,) = (check for name, check in CHECKS.items() if words in name)
    return found


def sample(kind: type[Layer[Any]]) -> Sample:
    return Sample(kind, kind.Spec(), ROW)


@pytest.mark.parametrize(("kind", "words"), NOTICED, ids=[kind.__name__ for kind, _ in NOTICED])
def test_a_layer_that_is_broken_on_purpose_is_noticed(kind: type[Scale], words: str) -> None:
    with pytest.raises(Broken):
        check(words)(sample(kind))


@pytest.mark.parametrize("name", COMPUTING)
def test_the_same_layer_unbroken_keeps_the_contract(name: str) -> None:
    CHECKS[name](sample(Scale))


def test_what_is_wrong_is_said_with_its_place_and_numbers() -> None:
    with pytest.raises(Broken, match=r"^dx at \(\d+, \d+\) is -?\d+\.\d+, -?\d+\.\d+ was expected\.$"):
        check("backward agrees")(sample(WrongSlope))


def test_a_layer_may_bring_samples_of_its_own() -> None:
    class Picky(Tanh):
        samples = (({}, (3, 2)),)

    assert [found.in_shape for found in samples_of(Picky)] == [(3, 2)]
