"""What the chapters' tests share: numbers as the book prints them, and trainings on the real MNIST."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fishlab.core.data.dataset import load_dataset
from fishlab.core.data.prepare import Prepared, prepare
from fishlab.core.evaluation import evaluate_now
from fishlab.core.events import StepDone
from fishlab.core.spec import DataSpec, ProjectSpec
from fishlab.core.templates import find_template
from fishlab.core.training import Trainer

Printed = Callable[[Any, str], None]


@pytest.fixture(scope="session")
def prints_as() -> Printed:
    """`prints_as(found, "0.31682708 0.69627909")`: every number agrees to the last digit that is printed.

    That is to half of the last digit's worth, or to two units of rounding where a float has no more digits.
    """

    def check(found: Any, text: str) -> None:
        numbers = [Decimal(word) for word in text.split()]
        values = np.asarray(found, np.float64).reshape(-1)
        assert len(values) == len(numbers)
        for value, number in zip(values, numbers, strict=True):
            last_digit = float(Decimal(1).scaleb(int(number.as_tuple().exponent)))
            rounding = 2 * float(np.spacing(abs(float(number))))
            assert abs(value - float(number)) <= max(0.5000001 * last_digit, rounding), f"{value!r} is not {number}"

    return check


@pytest.fixture(scope="session")
def mnist(mnist_dir: Path) -> Prepared:
    """The real MNIST, 55,000 images to learn from and 10,000 to test with."""
    spec = DataSpec(source="mnist", folder=str(mnist_dir))
    found = prepare(load_dataset(spec), spec)
    assert (found.name, len(found.train), len(found.test)) == ("MNIST", 55_000, 10_000)
    return found


@pytest.fixture(scope="session")
def template() -> Callable[..., ProjectSpec]:
    """`template(name, epochs=1)`: a template's project in batches of 100, with seed 0."""

    def find(name: str, *, epochs: int) -> ProjectSpec:
        project = find_template(name).item()
        return project.replace(training=dataclasses.replace(project.training, epochs=epochs, batch_size=100, seed=0))

    return find


@pytest.fixture(scope="session")
def reached(mnist: Prepared) -> Callable[..., float]:
    """`reached(project, steps=None)`: accuracy on the test images after the epochs, or after so many batches."""

    def train(project: ProjectSpec, *, steps: int | None = None) -> float:
        trainer = Trainer(project, mnist)
        events = trainer.events()
        for event in events:
            if isinstance(event, StepDone) and trainer.position.step == steps:
                break
        events.close()
        return evaluate_now(trainer.network, mnist.test, mnist.scaling).accuracy

    return train
