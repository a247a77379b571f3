"""What every worker of a run is told: the network, how it is trained, and how the board is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fishlab.core.augmentation import AugmentationSpec, Pipeline, augmentation_from_dict, in_use
from fishlab.core.data.dataset import ImageSet
from fishlab.core.data.scaling import Scaling, array_shapes
from fishlab.core.network import Memory, Network
from fishlab.core.optimizers import CHUNK, OPTIMIZERS
from fishlab.core.own_layers import files_of, load_layers
from fishlab.core.parallel.board import Board, Layout
from fishlab.core.spec import NetworkSpec, TrainingSpec

LINE = 16  # of eight bytes each: what one worker writes and others read has cache lines of its own
SUM_ROOM = 1024


@dataclass(frozen=True)
class Task:
    """A run as its workers need it."""

    network: NetworkSpec
    training: TrainingSpec
    scaling: Scaling
    workers: int
    augmentation: tuple[AugmentationSpec, ...] = ()

    @property
    def dtype(self) -> str:
        """What the run computes in."""
        return self.training.precision

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "layer_files": [(str(file.path), file.digest) for file in files_of(self.network.walk())],
            "network": self.network.to_dict(),
            "training": self.training.to_dict(),
            "scaling": self.scaling.to_dict(),
            "workers": self.workers,
            "augmentation": [spec.to_dict() for spec in self.augmentation],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any], board: Board) -> Task:
        """The task that `to_dict` wrote, with the arrays of its scaling on the board; loads layer files it names."""
        for path, digest in data["layer_files"]:
            load_layers(path, digest)
        arrays = {name: board[scaling_key(name)] for name in array_shapes(data["scaling"], 0)}
        return cls(
            NetworkSpec.from_dict(data["network"]),
            TrainingSpec.from_dict(data["training"]),
            Scaling.from_dict(data["scaling"], arrays),
            data["workers"],
            tuple(map(augmentation_from_dict, data["augmentation"])),
        )

    def twin(self, memory: Memory) -> Network:
        """A network of this task over the given vectors."""
        return Network(self.network, seed=self.training.seed, dtype=self.dtype, memory=memory)

    def pipeline(self, images: ImageSet) -> Pipeline | None:
        """What changes these images in every step, if anything does; raises DataError where they are none."""
        shape = images.images.shape[1:]
        return Pipeline(self.augmentation, shape, self.training.seed) if in_use(self.augmentation) else None


def scaling_key(name: str) -> str:
    """Where an array of the scaling lies on the board."""
    return f"scaling/{name}"


def board_layout(task: Task, memory: Memory, images: ImageSet, *, shared: bool) -> Layout:
    """What the workers of a task share; where they are other processes, the images and journals too."""
    size, state, workers = memory.grads.size, memory.state.size, task.workers  # what is frozen only has values
    slots = len(OPTIMIZERS[task.training.optimizer.kind].item.slots)
    room = SUM_ROOM + state
    layout: dict[str, tuple[tuple[int, ...], str]] = {
        "values": ((memory.values.size,), task.dtype),
        "good": ((size,), task.dtype),
        "state": ((state,), task.dtype),
        "good_state": ((state,), task.dtype),
        "grads": ((workers, size), task.dtype),
        "memory": ((slots, size), task.dtype),
        "order": ((len(images),), "intp"),
        "orders": ((LINE,), "int64"),
        "settings": ((LINE,), "float64"),
        "found": ((workers, LINE), "float64"),
        "sums": ((workers + 1, room), "float64"),
        "called": ((workers, LINE), "int64"),
        "arrived": ((workers, LINE), "int64"),
        "asleep": ((workers, LINE), "int64"),
    }
    if shared:
        layout |= {
            "images": (images.images.shape, str(images.images.dtype)),
            "labels": ((len(images),), "intp"),
            "journal": ((workers, slots, min(size, CHUNK)), task.dtype),
            "marks": ((workers, LINE), "int64"),
        }
        layout |= {scaling_key(name): (array.shape, "float32") for name, array in task.scaling.arrays().items()}
    return layout
