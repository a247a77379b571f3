"""What was changed between two runs that follow one another, in the few words that a mark on the curve has room for."""

from __future__ import annotations

from collections.abc import Iterator

from fishlab.core.optimizers import OPTIMIZERS, OptimizerSpec
from fishlab.core.schedules import SCHEDULES
from fishlab.core.spec import DECAYS, SAMPLINGS, ProjectSpec, TrainingSpec


def changes(before: ProjectSpec, after: ProjectSpec) -> Iterator[str]:
    """One text for each thing that makes the curve bend: 'rate 0.1 → 0.01'."""
    yield from _of_optimizer(before.training.optimizer, after.training.optimizer)
    yield from _of_training(before.training, after.training)
    thawed, frozen = (len(project.network.frozen_uids()) for project in (before, after))
    if thawed != frozen:
        yield f"frozen layers {thawed} → {frozen}"
    if before.data.augmentation != after.data.augmentation:
        yield "other augmentation"


def _of_optimizer(old: OptimizerSpec, new: OptimizerSpec) -> Iterator[str]:
    if old.kind != new.kind:
        yield f"{_named(old)} → {_named(new)}"
    elif old.learning_rate != new.learning_rate:
        yield f"rate {old.learning_rate:g} → {new.learning_rate:g}"


def _of_training(old: TrainingSpec, new: TrainingSpec) -> Iterator[str]:
    if old.weight_decay != new.weight_decay:
        yield f"decay {old.weight_decay:g} → {new.weight_decay:g}"
    if old.clip_norm != new.clip_norm:
        yield f"clip {old.clip_norm:g} → {new.clip_norm:g}"
    if old.decay_kind != new.decay_kind:
        yield " → ".join(DECAYS[spec.decay_kind].partition(",")[0] for spec in (old, new))
    if old.schedule != new.schedule:
        same = old.schedule.kind == new.schedule.kind
        yield f"another {_schedule(new)}" if same else f"{_schedule(old)} → {_schedule(new)}"
    if old.batch_size != new.batch_size:
        yield f"batch {old.batch_size:,} → {new.batch_size:,}"
    if old.sampling != new.sampling:
        yield f"drawn {SAMPLINGS[old.sampling]} → {SAMPLINGS[new.sampling]}"
    if old.precision != new.precision:
        yield f"{old.precision} → {new.precision}"


def _named(spec: OptimizerSpec) -> str:
    return f"{OPTIMIZERS[spec.kind].title} {spec.learning_rate:g}"


def _schedule(spec: TrainingSpec) -> str:
    return f"{SCHEDULES[spec.schedule.kind].title.lower()} rate"
