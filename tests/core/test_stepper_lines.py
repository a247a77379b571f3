"""The lines that are shown of a layer compute what it computes, and its reach is what an output number is made from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from small_runs import layer

from fishlab.core.contract.sample import Sample, samples_of
from fishlab.core.exchange.code.numpy_file import BOOK
from fishlab.core.exchange.code.parts import library
from fishlab.core.layers import LAYERS
from fishlab.core.layers.base import Array
from fishlab.core.losses import LOSSES, LossSpec
from fishlab.core.stepper.lines import lines_of, loss_lines

SAMPLES = [sample for entry in LAYERS for sample in samples_of(entry.item)]
PLAIN = [sample for sample in SAMPLES if not sample.spec.branches]


def rows_first(tensor: Array) -> Array:
    """The batch from the last axis to the first."""
    return np.moveaxis(tensor, -1, 0)


def book() -> dict[str, Any]:
    """What the snippets define."""
    names: dict[str, Any] = {"np": np, "math": math}
    exec("\n\n\n".join(part.source for part in library(*BOOK).parts.values()), names)
    return names


@pytest.mark.one_in(5)
@pytest.mark.parametrize("sample", PLAIN, ids=lambda sample: f"{sample.spec.kind} {sample}")
def test_the_lines_of_a_layer_compute_what_it_computes(sample: Sample) -> None:
    built, lines = sample.build(), lines_of(sample.spec, sample.in_shape)
    built.rng = np.random.default_rng(1)
    x, dout = sample.x(3), sample.dout(3)
    names = book() | {name: parameter.value.copy() for name, parameter in built.params.items()}
    out = built.forward(x, training=True).copy()
    dx = built.backward(dout).copy()
    names |= {"x": rows_first(x), "dout": rows_first(dout), "rng": Drawn(out != 0)}
    exec(lines.forward, names)
    exec(lines.backward, names)
    np.testing.assert_allclose(names["out"], rows_first(out), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(names["dx"], rows_first(dx), rtol=1e-6, atol=1e-9)
    for name, parameter in built.params.items():
        if parameter.info.role != "state":
            np.testing.assert_allclose(names[f"d{name}"], parameter.grad, rtol=1e-6, atol=1e-9)


LOSS_SPECS = [entry.item.Spec() for entry in LOSSES] + [LOSSES["softmax_cross_entropy"].item.Spec(label_smoothing=0.2)]


@pytest.mark.parametrize("spec", LOSS_SPECS, ids=str)
def test_the_lines_of_a_loss_compute_what_it_computes(spec: LossSpec) -> None:
    scores, labels = np.random.default_rng(0).normal(size=(4, 3)), np.array([2, 0, 3])
    built, lines = LOSSES[spec.kind].item(spec), loss_lines(spec)
    expected = built.forward(scores, labels), built.backward()
    names = book() | {"scores": rows_first(scores), "t": labels}
    exec(lines.forward, names)
    exec(lines.backward, names)
    assert names["loss"] == pytest.approx(expected[0])
    np.testing.assert_allclose(names["dscores"], rows_first(expected[1]), atol=1e-12)
    assert "self" not in lines.forward + lines.backward


class Drawn:
    """A generator that draws what the layer drew: 1 where it kept a number."""

    def __init__(self, kept: Array) -> None:
        self._kept = kept

    def random(self, _shape: Any) -> Array:
        return rows_first(self._kept).astype(float)


def test_the_lines_have_the_books_names_and_the_layers_numbers() -> None:
    affine = lines_of(layer("affine", units=3), (4,))
    assert affine.forward == "y = x @ W\nout = y + b"
    assert affine.backward == "dW = x.T @ dout\ndb = dout.sum(axis=0)\ndx = dout @ W.T"
    assert lines_of(layer("affine", units=3, bias=False), (4,)).forward == "y = x @ W\nout = y"
    strided = lines_of(layer("convolution", filters=2, kernel_size=3, stride=2, padding=1), (1, 5, 5))
    assert "windows = x.shape, (size, (2, 2), (1, 1))" in strided.forward
    assert "running_mean" not in lines_of(layer("batch_normalization"), (4,)).backward


def test_a_frozen_batch_normalization_computes_with_what_it_kept() -> None:
    text = lines_of(layer("batch_normalization", frozen=True), (4,)).forward
    assert "mean, var = running_mean, running_var" in text and "x.mean" not in text


def test_a_block_is_said_in_terms_of_its_branches() -> None:
    lines = lines_of(layer("residual", branches=((layer("relu"),), ())), (4,))
    assert lines.forward.splitlines()[0] == "body, shortcut = branches"


def test_every_layer_says_its_formulas_both_ways() -> None:
    silent = [entry.kind for entry in LAYERS if not entry.item.formula or not entry.item.backward_formulas]
    assert silent == []
    learning = [sample for sample in PLAIN if sample.kind.parameters(sample.spec, sample.in_shape)]
    for sample in learning:
        said = {formula.split(" = ")[0] for formula in sample.kind.backward_formulas}
        symbols = {"gamma": "γ", "beta": "β"}
        infos = sample.kind.parameters(sample.spec, sample.in_shape)
        wanted = {f"d{symbols.get(info.name, info.name)}" for info in infos if info.role != "state"}
        assert said >= wanted | {"dx"}, sample.spec.kind


NOT_ALONE = ("batch_normalization",)  # through the statistics of the batch a number depends on all of its channel


@pytest.mark.one_in(3)
@pytest.mark.parametrize("sample", PLAIN, ids=lambda sample: f"{sample.spec.kind} {sample}")
def test_the_reach_of_an_output_number_is_what_it_depends_on(sample: Sample) -> None:
    built = sample.build()
    x = np.abs(sample.x(1)) if sample.spec.kind == "max_pool" else sample.x(1)
    training = sample.spec.kind not in NOT_ALONE and not built.uses_rng
    out = built.forward(x, training=training).copy()
    rng = np.random.default_rng(2)
    for flat in rng.permutation(math.prod(sample.out_shape))[:8]:
        place = tuple(int(index) for index in np.unravel_index(flat, sample.out_shape))
        reach = sample.kind.reach(sample.spec, sample.in_shape, place)
        inside = np.zeros(sample.in_shape, bool)
        pairs = zip(reach, sample.in_shape, strict=True)
        inside[np.ix_(*([i for i in one if 0 <= i < size] for one, size in pairs))] = True
        beyond = x + np.where(inside, 0, 0.7)[..., None]
        assert built.forward(beyond, training=training)[place] == pytest.approx(out[place], rel=1e-12), place
        if inside.any():
            others = (x * np.where(inside, factor, 1)[..., None] for factor in (-1.7, 1.7))
            changes = [built.forward(other, training=training)[place].copy() for other in others]
            assert any(np.any(one != out[place]) for one in changes), place
