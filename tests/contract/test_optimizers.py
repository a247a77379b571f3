"""The contract of every registered optimizer, and each against its formula written plainly."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fishlab.core import optimizers
from fishlab.core.errors import FieldError
from fishlab.core.fields import describe
from fishlab.core.optimizers import OPTIMIZERS, Optimizer

SIZE = 11
every_kind = pytest.mark.parametrize("kind", OPTIMIZERS.kinds())


# Each: (values, gradients of three steps, learning rate) -> values, as chapter 6.1 writes it.
def plain_sgd(w: np.ndarray, grads: np.ndarray, lr: float) -> np.ndarray:
    for g in grads:
        w = w - lr * g
    return w


def plain_momentum(w: np.ndarray, grads: np.ndarray, lr: float) -> np.ndarray:
    v = np.zeros_like(w)
    for g in grads:
        v = 0.9 * v - lr * g
        w = w + v
    return w


def plain_nesterov(w: np.ndarray, grads: np.ndarray, lr: float) -> np.ndarray:
    """As it is usually told: the ball at `ball`, the gradient taken where its speed will have carried it."""
    v, ball = np.zeros_like(w), w
    for g in grads:  # of the point ball + 0.9 v
        v = 0.9 * v - lr * g
        ball = ball + v
    return ball + 0.9 * v


def plain_adagrad(w: np.ndarray, grads: np.ndarray, lr: float) -> np.ndarray:
    h = np.zeros_like(w)
    for g in grads:
        h = h + g * g
        w = w - lr * g / (np.sqrt(h) + 1e-7)
    return w


def plain_rmsprop(w: np.ndarray, grads: np.ndarray, lr: float) -> np.ndarray:
    h = np.zeros_like(w)
    for g in grads:
        h = 0.99 * h + (1 - 0.99) * g * g
        w = w - lr * g / (np.sqrt(h) + 1e-7)
    return w


def plain_adadelta(w: np.ndarray, grads: np.ndarray, lr: float) -> np.ndarray:
    h, s = np.zeros_like(w), np.zeros_like(w)
    for g in grads:
        h = 0.9 * h + (1 - 0.9) * g * g
        delta = np.sqrt(s + 1e-6) / np.sqrt(h + 1e-6) * g
        s = 0.9 * s + (1 - 0.9) * delta * delta
        w = w - lr * delta
    return w


def plain_adam(w: np.ndarray, grads: np.ndarray, lr: float) -> np.ndarray:
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t, g in enumerate(grads, start=1):
        m = 0.9 * m + (1 - 0.9) * g
        v = 0.999 * v + (1 - 0.999) * g * g
        rate = lr * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        w = w - rate * m / (np.sqrt(v) + 1e-7)
    return w


PLAIN: dict[str, Callable[..., np.ndarray]] = {
    "sgd": plain_sgd,
    "momentum": plain_momentum,
    "nesterov": plain_nesterov,
    "adagrad": plain_adagrad,
    "rmsprop": plain_rmsprop,
    "adadelta": plain_adadelta,
    "adam": plain_adam,
    "adamw": plain_adam,  # without weight decay
}


def values_and_gradients(dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    grads = rng.normal(size=(3, SIZE)).astype(dtype)
    grads.setflags(write=False)
    return rng.normal(size=SIZE).astype(dtype), grads


def build(kind: str, dtype: Any = np.float64, size: int = SIZE) -> Optimizer[Any]:
    cls = OPTIMIZERS[kind].item
    return cls(cls.Spec(learning_rate=0.03), size, np.dtype(dtype))


def run(optimizer: Optimizer[Any], values: np.ndarray, grads: np.ndarray) -> np.ndarray:
    values = values.copy()
    for grad in grads:
        optimizer.step(values, grad)
    return values


@every_kind
def test_a_step_equals_its_formula(kind: str) -> None:
    assert kind in PLAIN, f"Write the formula of {kind!r} plainly and enter it in PLAIN of this file."
    values, grads = values_and_gradients()
    np.testing.assert_allclose(run(build(kind), values, grads), PLAIN[kind](values, grads, 0.03), rtol=1e-12)


@every_kind
def test_chunks_make_no_difference(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    values, grads = values_and_gradients(np.float32)
    whole = run(build(kind, np.float32), values, grads)
    monkeypatch.setattr(optimizers, "CHUNK", 4)  # 11 is no multiple of it
    np.testing.assert_array_equal(run(build(kind, np.float32), values, grads), whole)


@every_kind
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_number_type_is_kept_and_the_gradient_untouched(kind: str, dtype: Any) -> None:
    values, grads = values_and_gradients(dtype)
    before = grads.copy()
    optimizer = build(kind, dtype)
    assert run(optimizer, values, grads).dtype == dtype  # the gradients are read-only: writing to them raises
    assert {memory.dtype for memory in optimizer.memory.values()} <= {np.dtype(dtype)}
    np.testing.assert_array_equal(grads, before)


@every_kind
def test_a_live_learning_rate_counts_from_the_next_step(kind: str) -> None:
    values, grads = values_and_gradients()
    changed, steady = build(kind), build(kind)
    first = run(changed, values, grads[:1])
    np.testing.assert_array_equal(first, run(steady, values, grads[:1]))
    changed.spec = changed.spec.replace(learning_rate=0.06)
    move, twice = run(steady, first, grads[1:2]) - first, run(changed, first, grads[1:2]) - first
    if kind in ("momentum", "nesterov"):  # the kept share of the first step was made with the old rate
        kept = 0.9 * (first - values) * (1 if kind == "momentum" else 0.9 / 1.9)
        move, twice = move - kept, twice - kept
    np.testing.assert_allclose(twice, 2 * move, rtol=1e-9)


@every_kind
def test_a_factor_from_a_schedule_acts_as_another_rate(kind: str) -> None:
    values, grads = values_and_gradients()
    half, slow = build(kind), build(kind)
    half.factor, slow.spec = 0.5, slow.spec.replace(learning_rate=0.015)
    np.testing.assert_array_equal(run(half, values, grads), run(slow, values, grads))


@every_kind
def test_a_factor_of_zero_stands_still(kind: str) -> None:
    values, grads = values_and_gradients()
    still = build(kind)
    still.factor = 0.0
    np.testing.assert_array_equal(run(still, values, grads), values)


@every_kind
def test_memory_taken_over_goes_on_bit_for_bit(kind: str) -> None:
    values, grads = values_and_gradients(np.float32)
    unbroken = run(build(kind, np.float32), values, grads)
    first, second = build(kind, np.float32), build(kind, np.float32)
    values = run(first, values, grads[:2])
    second.steps = first.steps
    for name, memory in first.memory.items():
        second.memory[name][...] = memory
    assert set(first.memory) == set(first.slots)
    np.testing.assert_array_equal(run(second, values, grads[2:]), unbroken)


@every_kind
def test_nothing_to_learn_is_no_error(kind: str) -> None:
    assert run(build(kind, size=0), np.empty(0), np.empty((3, 0))).size == 0


@every_kind
def test_a_valley_is_descended(kind: str) -> None:
    """The lopsided bowl of chapter 6.1.2, f = x^2/20 + y^2, from (-7, 2)."""
    rates = {"sgd": 0.9, "adagrad": 1.0, "adadelta": 50.0, "adam": 0.3, "adamw": 0.3}
    optimizer = build(kind, size=2)
    optimizer.spec = optimizer.spec.replace(learning_rate=rates.get(kind, 0.1))
    values = np.array([-7.0, 2.0])
    for _ in range(60):
        optimizer.step(values, np.array([values[0] / 10, 2 * values[1]]))
    assert values[0] ** 2 / 20 + values[1] ** 2 < 0.5


@every_kind
def test_an_optimizer_describes_itself(kind: str) -> None:
    entry = OPTIMIZERS[kind]
    assert entry.title and entry.chapter.startswith("6.1") and entry.help.endswith(".")
    infos = {info.name: info for info in describe(entry.item.Spec)}
    assert infos["learning_rate"].live
    assert all(info.label and info.help.endswith(".") for info in infos.values())
    spec = entry.item.Spec(learning_rate=0.125)
    assert entry.item.Spec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec
    for bad in (0.0, -0.1, float("nan"), "fast"):
        with pytest.raises(FieldError, match="Learning rate is"):
            spec.replace(learning_rate=bad)
