"""Backpropagation against numerical differentiation, on request: the network as it is, with images of its own data."""

from __future__ import annotations

from dataclasses import replace

from fishlab.core.checking import GradientReport, check_gradients
from fishlab.core.probes.base import PROBES
from fishlab.core.sight import Sight


@PROBES.register("gradient_check", title="Gradient check")
def gradient_check(sight: Sight, *, images: int = 5, numbers: int = 20, attempt: int = 0) -> GradientReport:
    """Every gradient of every layer in float64: `numbers` of each, over the first `images` images to learn from.

    Another `attempt` draws other numbers.
    """
    x, labels = sight.batch(images)
    moment = sight.moment
    report = check_gradients(
        moment.network, moment.weights, x, labels, most=numbers, seed=attempt, look=sight.look, breathe=sight.breathe
    )
    return replace(report, step=moment.step)
