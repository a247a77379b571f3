"""The gradient check names the layer that is wrong, wherever it stands, and blames no other."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from checked_stacks import PLACES, batch, checked, on_images, on_rows
from small_runs import layer

from benchmarks.stacks import random_stack
from fishlab.core.checking import GradientReport, Verdict, check_gradients
from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.network import Network
from fishlab.core.own_layers import load_layers, unload_layers
from fishlab.core.spec import NetworkSpec, each_layer

BROKEN = Path(__file__).with_name("fixtures") / "broken_layers.py"
"""See what stands there for what is wrong with each; the tables say which gradients that spoils."""
ON_ROWS = {
    "sign_of_db": {"db"},
    "half_of_dw": {"dW"},
    "no_dw": {"dW"},
    "dx_a_little_too_large": {"dx"},
    "dx_not_turned": {"dx"},
    "dw_of_another_row": {"dW"},
    "sigmoid_without_its_slope": {"dx"},
    "passes_the_negative": {"dx"},
    "forgets_the_mask": {"dx"},
    "forgets_the_mean": {"dx"},
    "dgamma_without_spread": {"dgamma"},
    "one_number_of_dx": {"dx"},
}
ON_IMAGES = {
    "kernel_turned_in_dw": {"dW"},
    "kernel_turned_in_dx": {"dx"},
    "db_a_mean": {"db"},
    "pool_to_all": {"dx"},
    "passes_the_negative": {"dx"},
    "forgets_the_mask": {"dx"},
    "forgets_the_mean": {"dx"},
}



@pytest.fixture(autouse=True, scope="module")
def broken_layers() -> Iterator[None]:
    load_layers(BROKEN)
    yield
    unload_layers(BROKEN)


FITTING = {"units": 6, "filters": 3, "kernel_size": 3, "padding": 1, "rate": 0.4}


def broken_layer(kind: str) -> LayerSpec:
    spec: LayerSpec = LAYERS[kind].item.Spec(uid="broken")
    fields = {name: value for name, value in FITTING.items() if hasattr(spec, name) and kind != "pool_to_all"}
    return spec.replace(**fields)


def wrong(report: GradientReport) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for culprit in report.culprits:
        found.setdefault(culprit.uid, set()).add(culprit.gradient)
    return found


@pytest.mark.one_in(19)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ON_ROWS)
def test_a_broken_layer_in_rows_is_named_and_no_other(kind: str, place: str) -> None:
    report = checked(on_rows(broken_layer(kind), place))
    assert wrong(report) == {"broken": ON_ROWS[kind]}


@pytest.mark.one_in(13)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ON_IMAGES)
def test_a_broken_layer_in_images_is_named_and_no_other(kind: str, place: str) -> None:
    if kind == "pool_to_all" and place not in PLACES[:3]:
        place = "in the middle"  # it halves the image, which does not fit beside a shortcut
    report = checked(on_images(broken_layer(kind), place))
    assert wrong(report) == {"broken": ON_IMAGES[kind]}


def test_what_is_before_a_wrong_dx_learns_from_it_and_is_not_blamed() -> None:
    report = checked(on_rows(broken_layer("dx_a_little_too_large"), "in the middle"))
    assert {(spoiled.number, spoiled.gradient) for spoiled in report.spoiled} == {("1", "dW"), ("1", "db")}
    behind = [finding for finding in report.findings if finding.number == "5"]
    assert [finding.verdict for finding in behind] == [Verdict.RIGHT] * 3


def test_a_block_is_not_blamed_for_what_is_in_it() -> None:
    report = checked(on_rows(broken_layer("dx_not_turned"), "in a branch of a body"))
    assert {"3", "3a1"} <= {spoiled.number for spoiled in report.spoiled if spoiled.gradient == "dx"}


def test_a_block_is_blamed_for_its_own_sum() -> None:
    block = LAYERS["joins_with_a_factor"].item.Spec(uid="broken", branches=((layer("tanh"),), ()))
    assert wrong(checked(on_rows(block, "in the middle"))) == {"broken": {"dx"}}


# -- anywhere --------------------------------------------------------------------------------------------------------
FAULTS_OF = {
    "affine": ("half_of_dw", "no_dw", "dx_a_little_too_large", "one_number_of_dx"),
    "sigmoid": ("sigmoid_without_its_slope",),
    "dropout": ("forgets_the_mask",),
    "batch_normalization": ("forgets_the_mean", "dgamma_without_spread"),
}
STACKS = [random_stack(seed, small=True) for seed in range(1000, 1030)]  # before broken layers are there to draw from


@pytest.mark.one_in(13)
@pytest.mark.parametrize("number", range(len(STACKS)))
def test_a_broken_layer_in_a_generated_stack_is_named_and_no_other(number: int) -> None:
    stack, rng = STACKS[number], np.random.default_rng(number)
    right = rng.choice([layer.uid for layer in stack.walk() if layer.kind in FAULTS_OF])
    old = next(layer for layer in stack.walk() if layer.uid == right)
    new = LAYERS[rng.choice(FAULTS_OF[old.kind])].item.Spec
    broken = new(**{info.name: getattr(old, info.name) for info in dataclasses.fields(new)})
    swapped = each_layer(stack.layers, lambda layer: broken if layer.uid == right else layer)
    assert set(wrong(checked(stack.with_layers(swapped), most=20, seed=number))) == {right}


def test_two_broken_layers_are_both_named() -> None:
    spec = on_rows(broken_layer("sign_of_db"), "in the middle")
    second = LAYERS["half_of_dw"].item.Spec(uid="second", units=6)
    assert wrong(checked(spec.insert(1, second))) == {"broken": {"db"}, "second": {"dW"}}


def test_a_layer_that_is_wrong_only_where_it_runs_with_its_neighbour_is_named() -> None:
    spec = NetworkSpec(
        in_shape=(6,), layers=(layer("affine", units=6), broken_layer("wrong_in_place"), layer("affine", units=10))
    )
    report = checked(spec)
    (culprit,) = report.culprits
    assert (culprit.number, culprit.title, culprit.gradient) == ("1–2", "Affine + wrong in place", "")
    assert culprit.alone.wrong > 10 and {spoiled.gradient for spoiled in report.spoiled} == {"dW", "db"}


def test_a_layer_that_runs_otherwise_in_a_network_than_by_itself_is_named() -> None:
    spec = on_images(broken_layer("forward_that_is_passed_over"), "in the middle")
    (culprit,) = checked(spec).culprits
    assert (culprit.number, culprit.title, culprit.gradient) == ("3", "forward that is passed over", "")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("another_each_time", "another answer each time"),
        ("adds_up_dw", "nothing adds up"),
        ("writes_into_dout", "read-only"),
        ("dx_of_another_shape", "Its gradient is 5 × 4; 6 × 4 was expected"),
    ],
)
def test_a_layer_that_cannot_be_checked_is_named_with_the_reason(kind: str, words: str) -> None:
    (culprit,) = checked(on_rows(broken_layer(kind), "in the middle")).culprits
    assert (culprit.uid, culprit.verdict) == ("broken", Verdict.WRONG)
    assert words in culprit.problem


def test_a_broken_relu_on_black_images_is_found_all_the_same() -> None:
    spec = NetworkSpec(in_shape=(8,), layers=(broken_layer("passes_the_negative"), layer("affine", units=10)))
    _, labels = batch(spec)
    report = check_gradients(spec, Network(spec, seed=1).arrays(), np.zeros((8, 4)), labels)
    assert wrong(report) == {"broken": {"dx"}}


def test_tiny_numbers_deep_in_a_stack_are_compared_with_one_another() -> None:
    spec = on_rows(broken_layer("dx_a_little_too_large"), "last but one")
    weights = {key: value * 1e-7 for key, value in Network(spec, seed=1).arrays().items()}
    assert wrong(check_gradients(spec, weights, *batch(spec))) == {"broken": {"dx"}}
