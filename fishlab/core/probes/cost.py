"""What a training step costs, layer by layer, measured on request on the observer's own network."""

from __future__ import annotations

from dataclasses import dataclass

from fishlab.core.errors import DataError
from fishlab.core.free_memory import free_bytes
from fishlab.core.memory import image_bytes
from fishlab.core.probes.base import PROBES
from fishlab.core.profile import WARM_UP, LayerCost, profile, step_seconds
from fishlab.core.shapes import infer
from fishlab.core.sight import Sight

PLAIN_STEPS = 5


@dataclass(frozen=True)
class Measured:
    """`costs` of each stage and the loss, for a batch of `images`, and the seconds of a whole `step` without a clock.

    A step is the way forward and backward, in one thread; what the optimizer does is not in it.
    """

    images: int
    costs: tuple[LayerCost, ...]
    step: float


@PROBES.register("cost", title="Cost")
def cost(sight: Sight, *, images: int = 100, steps: int = 20, attempt: int = 0) -> Measured:
    """Time and memory of `steps` steps over one batch; another `attempt` is measured anew.

    Raises DataError where the batch takes more memory than there is.
    """
    project = sight.moment.project
    needed, free = images * image_bytes(project, infer(project.network)), free_bytes()
    if free is not None and needed > free:
        raise DataError(
            f"A batch of {images:,} images needs about {needed / 1e9:,.1f} GB of memory, and {free / 1e9:,.1f} GB are "
            "free. Set a smaller batch size."
        )
    x, labels = sight.batch(images)
    done, total = 0, WARM_UP + steps + PLAIN_STEPS

    def look() -> None:
        nonlocal done
        sight.look(done, total)
        done += 1

    costs = profile(sight.network, x, labels, steps=steps, look=look)
    return Measured(labels.size, costs, step_seconds(sight.network, x, labels, steps=PLAIN_STEPS, look=look))
