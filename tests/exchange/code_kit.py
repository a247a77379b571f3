"""Files of code made, asked and compared: what the tests of both dialects share."""

from __future__ import annotations

import importlib
import math
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from small_runs import dataset, prepared, run

from fishlab.core.data.batches import Batcher
from fishlab.core.data.dataset import ImageSet
from fishlab.core.events import StepDone
from fishlab.core.exchange import EXPORTS, Subject, silent
from fishlab.core.exchange.model import imported_model
from fishlab.core.network import Network
from fishlab.core.spec import NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.core.training import Trainer

Array = np.ndarray
CHILD = Path(__file__).with_name("code_child.py")
SHARES = {"float32": 1e-5, "float64": 1e-10}


@dataclass
class Case:
    """A project to be exported, what its file is asked, and what it answered."""

    name: str
    subject: Subject
    asked: dict[str, Array]
    found: dict[str, Array] = field(default_factory=dict)


def unevenly(network: Network, seed: int = 1) -> dict[str, Array]:
    """Its weights, every one moved by chance: no bias, scale or running statistic is what it begins with."""
    rng = np.random.default_rng(seed)
    return {
        key: array + 0.2 * rng.random(array.shape, dtype=np.float64).astype(array.dtype)
        for key, array in network.arrays().items()
    }


def to_predict(
    name: str, spec: NetworkSpec, precision: str = "float32", *, batch: int = 3, labels: bool = False, **project: Any
) -> Case:
    """A network with uneven weights, to be asked for its scores, and with `labels` for its gradient."""
    rng = np.random.default_rng(5)
    whole = ProjectSpec(network=spec, training=TrainingSpec(precision=precision, **project))
    model = imported_model(whole, unevenly(Network(spec, dtype=precision)))
    asked = {"images": rng.integers(0, 256, (batch, *spec.in_shape)).astype(np.uint8)}
    if labels:
        asked["labels"] = rng.integers(0, spec.classes, batch)
    return Case(name, Subject(whole, model), asked)


def to_train(name: str, project: ProjectSpec, *, known: bool = True) -> Case:
    """A project to be trained from the beginning, on the small runs' images, whose scaling may be `known`."""
    images, model = dataset().train, Trainer(project, prepared(project)).checkpoint() if known else None
    return Case(name, Subject(project, model), {"train_images": images.images, "train_labels": images.labels})


def packages(folder: Path, names: Iterable[str]) -> Path:
    """A folder in which these packages are, as they are installed; FishLab is in none of them."""
    folder.mkdir()
    for name in names:
        place = Path(importlib.import_module(name).__file__ or "")
        place = place.parent if place.name == "__init__.py" else place
        for part in (place, place.with_name(f"{name}.libs")):
            if part.exists():
                (folder / part.name).symlink_to(part)
    return folder


def ask(cases: Iterable[Case], kind: str, folder: Path, names: Iterable[str]) -> dict[str, Case]:
    """Export all cases to a folder and have one child process answer for them."""
    by_name = {case.name: case for case in cases}
    for case in by_name.values():
        path = folder / f"{case.name}.py"
        assert EXPORTS[kind].item.write(case.subject, path, silent) == [path, path.with_suffix(".npz")]
        np.savez(folder / f"{case.name}.in.npz", **case.asked)
    reach = packages(folder / "packages", names)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    child = [sys.executable, "-I", "-S", str(CHILD), str(reach), str(folder)]
    done = subprocess.run(child, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    for case in by_name.values():
        with np.load(folder / f"{case.name}.out.npz") as found:
            case.found = dict(found)
    return by_name


def assert_agrees(what: str, found: Array, wanted: Array, share: float, scale: float = 0.0) -> None:
    """Equal to a share of the largest number."""
    assert found.shape == wanted.shape, what
    scale = max(scale, float(abs(wanted).max(initial=0.0)))
    away = float(abs(found - wanted).max(initial=0.0))
    assert math.isfinite(away), what
    assert away <= share * scale, f"{what}: away by {away:.3g}, {away / (scale or 1):.2g} of {scale:.3g}"


def scaled(case: Case) -> Array:
    """The images as a training gives them to FishLab's network: batch last, in the precision of the training."""
    model = case.subject.model
    assert model is not None
    images = ImageSet(case.asked["images"], np.zeros(len(case.asked["images"]), np.intp))
    batcher = Batcher(images, model.scaling, len(images), dtype=model.project.training.precision)
    return batcher.gather(np.arange(len(images)))[0]


def assert_answers_alike(case: Case) -> None:
    """Scores and answers are FishLab's; an answer may be off by as much as the scores it is made of."""
    network = case.subject.network()
    scores = network.forward(scaled(case), training=False).copy()
    share = SHARES[network.dtype.name]
    assert case.found["scores"].dtype == network.dtype
    assert_agrees("scores", case.found["scores"], scores.T, share)
    assert_agrees("answers", case.found["answers"], network.loss.outputs(scores).T, share, scale=abs(scores).max())


def gradient_of(case: Case) -> tuple[float, Mapping[str, Array]]:
    """FishLab's loss and gradient for a case, by key."""
    network = case.subject.network()
    network.begin_step(0)
    loss, _ = network.gradient_step(scaled(case), case.asked["labels"])
    return loss, {key: np.array(grad) for key, grad in network.split(network.grads)}


def losses_of(project: ProjectSpec) -> tuple[list[float], dict[str, Array], Mapping[str, Array]]:
    """FishLab's losses of every step of a run, the weights at its end, and those at its beginning."""
    trainer, events = run(project)
    return [event.loss for event in events if isinstance(event, StepDone)], trainer.network.arrays(), trainer.start
