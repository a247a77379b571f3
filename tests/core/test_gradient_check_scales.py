"""The gradient check of networks whose numbers are far too large or too small: what rounding leaves is no mistake."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from checked_stacks import batch
from small_runs import layer

from fishlab.core.checking import GradientReport, check_gradients
from fishlab.core.losses import LOSSES
from fishlab.core.network import Network
from fishlab.core.spec import NetworkSpec

STACKS = {
    "plain": ("affine", "relu", "affine", "sigmoid"),
    "normalized": ("affine", "relu", "batch_normalization", "affine", "layer_normalization", "tanh"),
    "linear": ("affine", "affine"),
}


def scaled_check(stack: str, loss: str, factor: float) -> GradientReport:
    """The check of a stack whose weights are so many times what they would begin with, on grey levels of 0 to 255."""
    layers = [layer("flatten"), *(layer(kind, units=20) if kind == "affine" else layer(kind) for kind in STACKS[stack])]
    spec = NetworkSpec(in_shape=(1, 12, 12), layers=(*layers, layer("affine", units=10)))
    spec = dataclasses.replace(spec, loss=LOSSES[loss].item.Spec())
    arrays = Network(spec, seed=1).arrays()
    weights = {key: array * factor if key.endswith("/W") else array for key, array in arrays.items()}
    images, labels = batch(spec, count=5)
    return check_gradients(spec, weights, 255 * np.abs(images), labels)


@pytest.mark.one_in(5)  # which meets every factor, loss and stack
@pytest.mark.parametrize("factor", [1e-6, 1e-3, 1e3, 1e6])
@pytest.mark.parametrize("loss", LOSSES.kinds())
@pytest.mark.parametrize("stack", STACKS)
def test_weights_of_any_size_raise_no_false_alarm(stack: str, loss: str, factor: float) -> None:
    report = scaled_check(stack, loss, factor)
    assert not report.culprits
    assert not report.spoiled


def test_a_network_that_gives_no_numbers_is_not_called_right() -> None:
    report = scaled_check("linear", "softmax_cross_entropy", np.inf)
    assert report.culprits or report.spoiled
