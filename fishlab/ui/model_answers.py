"""What views ask, answered from a model at rest; while a run goes on the worker answers."""

from __future__ import annotations

from typing import Any

from fishlab.core.checkpoint import Checkpoint, same_structure
from fishlab.core.layers.base import Array
from fishlab.core.network import Network
from fishlab.core.probes import PROBES
from fishlab.core.runner import recognise
from fishlab.core.spec import NetworkSpec


class ModelAnswers:
    """Keeps the network that it built last, since a digit is asked for many times while it is drawn."""

    def __init__(self) -> None:
        self._built: tuple[Checkpoint, Network] | None = None

    def probe(self, name: str, model: Checkpoint | None) -> Any:
        """What probe `name` finds in the model; None without one."""
        return PROBES[name].item(model.project.network, model.weights, model.start) if model else None

    def digit(self, image: Array | None, model: Checkpoint | None, network: NetworkSpec) -> Array | None:
        """The model's answer (K,) to an image, as long as it is a model of the network in sight."""
        if image is None or model is None or not same_structure(model.project.network, network):
            return None
        if self._built is None or self._built[0] is not model:
            self._built = (model, model.network())
        return recognise(self._built[1], image, model.scaling)
