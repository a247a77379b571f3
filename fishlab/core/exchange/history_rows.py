"""What a history says of each step and each epoch beyond its own columns; what goes out as numbers needs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from fishlab.core.exchange.formats import ExchangeError, Progress, Subject
from fishlab.core.exchange.reading import quoted
from fishlab.core.history import History

Floats = NDArray[np.float64]
Row = TypeVar("Row")

SAID_EVERY = 1000
_NEAR = 1e-9  # of an epoch; places are sums of shares of it


def history_of(subject: Subject) -> History:
    """The history of the subject's model; raises ExchangeError where there is none to write."""
    name = quoted(subject.project.network.name)
    if subject.model is None:
        raise ExchangeError(f"{name} has not been trained: there is no history yet. Train it first.")
    if not len(subject.model.history.steps):
        raise ExchangeError(f"The weights of {name} came without a history. Train it here to have one.")
    return subject.model.history


def rates_of_steps(history: History) -> Floats:
    """The learning rate that each step used, (steps,); NaN where the history does not say it."""
    changed = history.rates.column("x")
    last = np.searchsorted(changed, history.steps.column("x") + _NEAR, side="right") - 1
    known = np.append(history.rates.column("rate"), np.nan)  # the place before the first is the last one
    return known[last]


def metrics_of_steps(history: History) -> Floats:
    """Gradient norm and update-to-weight ratio of each step, (steps, 2); NaN for the steps that were not measured."""
    found = np.full((len(history.steps), 2), np.nan)
    found[steps_at(history, history.metrics.column("x")) - 1] = history.metrics.rows[:, 1:]
    return found


def steps_at(history: History, places: Floats) -> NDArray[np.intp]:
    """How many steps were done at each of these places, counted in epochs, (places,)."""
    return np.searchsorted(history.steps.column("x"), places + _NEAR, side="right")


def changes_of_steps(history: History) -> dict[int, list[str]]:
    """Index of a step to what was changed right before it; what was changed after the last stands at the last."""
    found: dict[int, list[str]] = {}
    for mark in history.marks:
        index = int(steps_at(history, np.array([mark.x]))[0])
        found.setdefault(min(index, len(history.steps) - 1), []).append(mark.text)
    return found


def told(rows: Iterable[Row], what: str, count: int, progress: Progress) -> Iterator[Row]:
    """The rows as they are; of each SAID_EVERY it is said how many of `count` there were, so that a stop is heard."""
    for done, row in enumerate(rows, 1):
        if done % SAID_EVERY == 0 or done == count:
            progress(what, done, count)
        yield row


def number(value: Any) -> str:
    """A number in the fewest digits that give the same one again, with a decimal point; nan and inf are words."""
    return repr(float(value))
