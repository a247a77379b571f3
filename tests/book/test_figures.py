"""The numbers that the book's networks reach on the real MNIST, on its 10,000 test images."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from fishlab.core.data.dataset import load_dataset
from fishlab.core.data.prepare import Prepared, prepare
from fishlab.core.evaluation import evaluate_now
from fishlab.core.events import StepDone
from fishlab.core.spec import DataSpec, ProjectSpec
from fishlab.core.templates import find_template
from fishlab.core.training import Trainer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def data(mnist_dir: Path) -> Prepared:
    spec = DataSpec(source="mnist", folder=str(mnist_dir))
    found = prepare(load_dataset(spec), spec)
    assert (found.name, len(found.train), len(found.test)) == ("MNIST", 55_000, 10_000)
    return found


def template(name: str, *, epochs: int) -> ProjectSpec:
    project = find_template(name).item()
    return project.replace(training=dataclasses.replace(project.training, epochs=epochs, batch_size=100, seed=0))


def test_accuracy(project: ProjectSpec, data: Prepared, *, steps: int | None = None) -> float:
    """Accuracy on the test images after the project's epochs, or after so many batches."""
    trainer = Trainer(project, data)
    events = trainer.events()
    for event in events:
        if isinstance(event, StepDone) and trainer.position.step == steps:
            break
    events.close()
    return evaluate_now(trainer.network, data.test, data.scaling).accuracy


test_accuracy.__test__ = False


def test_simple_conv_net_reaches_97_5_percent_in_one_epoch(data: Prepared) -> None:
    project = template("SimpleConvNet", epochs=1)
    assert (type(project.training.optimizer).kind, project.training.optimizer.learning_rate) == ("adam", 0.001)
    assert test_accuracy(project, data) >= 0.975


def test_two_layer_net_reaches_96_5_percent_in_10_000_batches(data: Prepared) -> None:
    project = template("TwoLayerNet", epochs=19)
    assert (type(project.training.optimizer).kind, project.training.optimizer.learning_rate) == ("sgd", 0.1)
    assert test_accuracy(project, data, steps=10_000) >= 0.965


def test_deep_conv_net_reaches_97_percent_in_one_epoch(data: Prepared) -> None:
    assert test_accuracy(template("DeepConvNet", epochs=1), data) >= 0.97
