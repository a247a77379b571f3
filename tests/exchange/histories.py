"""Models with a history, as a training would have left them, without the training."""

import dataclasses
import math

import numpy as np

from fishlab.core.exchange.model import imported_model
from fishlab.core.history import History, Mark
from fishlab.core.network import Network
from fishlab.core.templates import TEMPLATES

BATCHES = 7  # of an epoch


def trained(history, kind="two_layer_net"):
    """A model of a template with this history; its weights are not those that it started with."""
    project = TEMPLATES[kind].item()
    model = imported_model(project, Network(project.network, seed=0).arrays())
    weights = {key: array * 2 + 0.25 for key, array in model.weights.items()}
    return dataclasses.replace(model, weights=weights, history=history)


def history(epochs=3, *, validation=True, rates=True, measured=True):
    """Numbers that need all their digits, a rate that changes in the middle, two changes by hand."""
    made, rng = History(), np.random.default_rng(7)
    for step in range(1, epochs * BATCHES + 1):
        x = step / BATCHES
        made.steps.append(x, rng.random() * 3, rng.random(), 100 if step % BATCHES else 33)
        if rates:
            made.keep_rate(x, 0.001 if step <= 10 else 0.0003)
        if measured and step % 4 == 1:
            made.keep_metrics(x, rng.random() * 5, math.nan if step == 1 else rng.random())
        if step % BATCHES == 0:
            validated = rng.random(2) if validation else (math.nan, math.nan)
            made.epochs.append(step // BATCHES, rng.random(), rng.random(), *validated)
    made.marks += [Mark(10 / BATCHES, "rate 0.001 → 0.0003"), Mark(10 / BATCHES, 'said "slower", twice')]
    return made
