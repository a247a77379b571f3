"""Losses by hand (chapter 4.2). Answers y are (K,) or (N, K); t is one-hot of the same shape, or labels () or (N,)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fishlab.core.book.preparing import one_hot
from fishlab.core.errors import DataError
from fishlab.core.layers.base import Array

DELTA = 1e-7
"""What the book adds before it takes a logarithm, so that log 0 does not become minus infinity."""


def squared_error(y: ArrayLike, t: ArrayLike) -> float:
    """1/2 sum_k (y_k - t_k)^2, the mean over a batch (4.2.1)."""
    answers, targets = _rows(y, t)
    return float(0.5 * np.sum((answers - targets) ** 2) / len(answers))


def cross_entropy(y: ArrayLike, t: ArrayLike, delta: float = DELTA) -> float:
    """-sum_k t_k log(y_k + delta), the mean over a batch (4.2.2 to 4.2.4)."""
    answers, targets = _rows(y, t)
    return float(-np.sum(targets * np.log(answers + delta)) / len(answers))


def accuracy(y: ArrayLike, t: ArrayLike) -> float:
    """The share of the rows whose largest answer stands at the label."""
    answers, targets = _rows(y, t)
    return float(np.mean(answers.argmax(axis=1) == targets.argmax(axis=1)))


def _rows(y: ArrayLike, t: ArrayLike) -> tuple[Array, Array]:
    """Both as (N, K), labels as one-hot; raises DataError where they do not go together."""
    answers, targets = np.asarray(y, np.float64), np.asarray(t)
    if targets.shape == answers.shape[:-1]:
        targets = one_hot(targets, answers.shape[-1])
    if targets.shape != answers.shape:
        raise DataError(
            f"Answers {answers.shape} and targets {targets.shape} do not go together: give one-hot rows of the same "
            f"shape, or labels {answers.shape[:-1]}."
        )
    return np.atleast_2d(answers), np.atleast_2d(targets)
