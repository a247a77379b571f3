"""Network, data and training together: the one value that a document holds."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fishlab.core.errors import SpecError
from fishlab.core.fields import whole_text
from fishlab.core.spec.data import DataSpec
from fishlab.core.spec.network import NetworkSpec
from fishlab.core.spec.reading import entry, expect, only
from fishlab.core.spec.training import TrainingSpec

MOST_NOTES = 100_000


@dataclass(frozen=True, kw_only=True)
class ProjectSpec:
    """All that a person sets: the one value a document holds. `notes` are the person's own words about it."""

    network: NetworkSpec = field(default_factory=NetworkSpec)
    data: DataSpec = field(default_factory=DataSpec)
    training: TrainingSpec = field(default_factory=TrainingSpec)
    notes: str = ""

    def __post_init__(self) -> None:
        expect(self.network, NetworkSpec, "The network of a project", "NetworkSpec()")
        expect(self.data, DataSpec, "The data of a project", "DataSpec()")
        expect(self.training, TrainingSpec, "The training of a project", "TrainingSpec()")
        expect(self.notes, str, "The notes of a project", "a text")
        object.__setattr__(self, "notes", whole_text(self.notes))
        if len(self.notes) > MOST_NOTES:
            raise SpecError(f"The notes are {len(self.notes):,} letters long; at most {MOST_NOTES:,} are kept.")

    def replace(self, **changes: Any) -> ProjectSpec:
        """A copy with network, data, training or notes exchanged."""
        return dataclasses.replace(self, **changes)

    def edit_network(self, edit: Callable[[NetworkSpec], NetworkSpec]) -> ProjectSpec:
        """A copy with an edit applied to the network."""
        return dataclasses.replace(self, network=edit(self.network))

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict; notes only where there are any."""
        return {
            "network": self.network.to_dict(),
            "data": self.data.to_dict(),
            "training": self.training.to_dict(),
            **({"notes": self.notes} if self.notes else {}),
        }

    @classmethod
    def from_dict(cls, data: Any) -> ProjectSpec:
        """The project that `to_dict` wrote; raises SpecError or FieldError."""
        network = entry(data, "network", Mapping, "project")
        only(data, {"network", "data", "training", "notes"}, "project")
        return cls(
            network=NetworkSpec.from_dict(network),
            data=DataSpec.from_dict(entry(data, "data", Mapping, "project")),
            training=TrainingSpec.from_dict(entry(data, "training", Mapping, "project")),
            notes=data.get("notes", ""),
        )
