"""How a network is trained."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from fishlab.core.fields import Spec, bool_field, choice_field, float_field, int_field
from fishlab.core.optimizers import OPTIMIZERS, OptimizerSpec
from fishlab.core.schedules import CONSTANT, ScheduleSpec, schedule_from_dict
from fishlab.core.spec.reading import entry, expect

SAMPLINGS = {"permutation": "each image once", "replacement": "by chance"}
PRECISIONS = {"float32": "32 bits", "float64": "64 bits"}
DECAYS = {
    "l2": "L2, by a share of each",
    "l1": "L1, all by the same",
    "max_norm": "Max-norm, only the too long",
}


def _default_optimizer() -> OptimizerSpec:
    spec: OptimizerSpec = OPTIMIZERS["adam"].item.Spec()
    return spec


@dataclass(frozen=True, kw_only=True)
class TrainingSpec(Spec):
    """How the network is trained."""

    batch_size: int = int_field(
        100, "Batch size", "How many are learned in one step.", minimum=1, maximum=100_000,
        larger="Gradients are less noisy and each epoch faster, but has fewer steps; the learning rate may be larger.",
        smaller="More steps an epoch, each by a noisier gradient; slower to compute.",
    )
    epochs: int = int_field(
        3, "Epochs", "How many times one press of Run goes through the training set.", minimum=1, maximum=10_000,
        larger="More time to learn, and in the end to learn by heart.",
        smaller="Ends sooner, perhaps before it has learned what it can.",
    )
    decay_kind: str = choice_field("l2", "Decay", "What holds the weights small.", DECAYS, later=True)
    weight_decay: float = float_field(
        0.0,
        "Weight decay",
        "Pulls every weight towards zero: adds this share of the weight to its gradient (6.4.2).",
        minimum=0.0,
        maximum=10.0,
        live=True,
        shown_when=("decay_kind", ("l2", "l1")),
        larger="Smaller weights and less overfitting, until the network can no longer learn the training set "
        "either.",
        smaller="Weights grow freely; 0 is none.",
    )
    max_norm: float = float_field(
        3.0,
        "Max norm",
        "The weights that lead into a unit, taken as a vector, are never longer than this.",
        minimum=0.0,
        maximum=1_000_000.0,
        minimum_open=True,
        shown_when=("decay_kind", ("max_norm",)),
        later=True,
        larger="Hardly ever in the way.",
        smaller="Units are held shorter: less overfitting, until too little can be learned.",
    )
    clip_norm: float = float_field(
        0.0,
        "Clip gradient",
        "A gradient that is longer, over all parameters together, is shortened to this; 0 leaves it as it is.",
        minimum=0.0,
        maximum=1_000_000.0,
        later=True,
        larger="Only rare, very long gradients are shortened.",
        smaller="More and more steps are shortened, and learning slows down; 0 never shortens.",
    )
    seed: int = int_field(0, "Seed", "The same seed gives the same numbers.", minimum=0, maximum=2**31 - 1)
    sampling: str = choice_field(
        "permutation",
        "Sampling",
        "How batches are drawn: all once an epoch, or each batch by chance from all, as the book does.",
        SAMPLINGS,
        later=True,
    )
    patience: int = int_field(
        0,
        "Patience",
        "The run ends after so many epochs without a better validation loss, and the best weights are kept; 0 goes on.",
        minimum=0,
        maximum=10_000,
        unit="epochs",
        later=True,
        larger="Waits longer for a better epoch, and wastes more time when none comes.",
        smaller="Stops sooner, perhaps at a loss that was only worse by chance; 0 never stops.",
    )
    keep_best: bool = bool_field(
        True,
        "Keep the best",
        "Keep the weights of the epoch with the best validation loss beside the last ones, however the run ends.",
        shown_when=("patience", (0,)),
        later=True,
    )
    precision: str = choice_field(
        "float32",
        "Precision",
        "How many digits are computed with: seven, or sixteen in twice the time and memory.",
        PRECISIONS,
        later=True,
    )
    optimizer: OptimizerSpec = field(default_factory=_default_optimizer)
    schedule: ScheduleSpec = CONSTANT

    def __post_init__(self) -> None:
        super().__post_init__()
        expect(self.optimizer, OptimizerSpec, "The optimizer", "OPTIMIZERS['adam'].item.Spec()")
        expect(self.schedule, ScheduleSpec, "The schedule", "SCHEDULES['cosine'].item()")

    @property
    def wants_best(self) -> bool:
        """Whether a run keeps the weights of its best epoch: it is told to, or waits for better ones."""
        return self.keep_best or self.patience > 0

    def to_dict(self) -> dict[str, Any]:
        plain = {**super().to_dict(), "optimizer": self.optimizer.to_dict(), "schedule": self.schedule.to_dict()}
        if self.schedule == CONSTANT:  # files did not have it at first
            del plain["schedule"]
        return plain

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        optimizer = entry(data, "optimizer", Mapping, "training")
        kind = entry(optimizer, "kind", str, "optimizer")
        spec = super().from_dict({name: data[name] for name in data if name not in ("optimizer", "schedule")})
        schedule = schedule_from_dict(data.get("schedule"))
        return dataclasses.replace(
            spec, optimizer=OPTIMIZERS[kind].item.Spec.from_dict(optimizer), schedule=schedule
        )
