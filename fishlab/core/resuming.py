"""How a run goes on with a checkpoint: where it begins, where it heads for, what has changed since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from fishlab.core.changes import changes
from fishlab.core.checkpoint import Checkpoint
from fishlab.core.errors import TrainingError
from fishlab.core.events import Position
from fishlab.core.network import Network
from fishlab.core.optimizers import Optimizer
from fishlab.core.spec import DataSpec, ProjectSpec


def first_position(resume: Checkpoint | None, project: ProjectSpec, batches: int) -> Position:
    """Where to go on, in epochs of `batches`; with other images or batch sizes, at the same share of the epoch."""
    if resume is None:
        return Position()
    before, place = resume.project, resume.position
    if place.batch == 0 or _dealt(before) == _dealt(project):
        return place
    share = resume.history.steps.column("x")[-1] - place.epoch
    return replace(place, batch=int(share * batches))


def first_target(resume: Checkpoint | None, project: ProjectSpec, position: Position, epochs: int | None) -> int:
    """After which epoch to end: `epochs` more; without them where the run was heading for, or as the project says."""
    if epochs is not None and (not isinstance(epochs, (int, np.integer)) or isinstance(epochs, bool) or epochs < 0):
        raise TrainingError(f"A run of {epochs!r} epochs cannot be: it takes a whole number, 0 or more.")
    if epochs is None and resume is not None and resume.target > position.epoch:
        return resume.target
    return position.epoch + (project.training.epochs if epochs is None else epochs)


def changed_since(resume: Checkpoint, project: ProjectSpec, data_name: str) -> Iterator[str]:
    """What is other than in the run that stopped: the curve goes on, and bends here."""
    yield from changes(resume.project, project)
    if resume.data_name != data_name:
        yield f"{resume.data_name} → {data_name}"


def restore_memory(optimizer: Optimizer[Any], network: Network, resume: Checkpoint) -> None:
    """Give an optimizer the memory of the run it goes on with; one of another kind has a memory of its own."""
    if resume.project.training.optimizer.kind != optimizer.spec.kind:
        return
    optimizer.steps = resume.optimizer_steps
    for slot, flat in optimizer.memory.items():
        kept = resume.memory.get(slot, {})
        for key, part in network.split(flat):
            if key in kept:
                part[...] = kept[key]


def _dealt(project: ProjectSpec) -> tuple[DataSpec, int]:
    """What decides which images are in a batch, whatever is done to them then."""
    return project.data.replace(augmentation=(), scaling="unit"), project.training.batch_size
