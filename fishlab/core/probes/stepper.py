"""One batch, or one image, through the network forwards and backwards (see fishlab.core.stepper)."""

from __future__ import annotations

from fishlab.core.probes.base import PROBES
from fishlab.core.sight import Sight
from fishlab.core.stepper import Trace, trace_step


@PROBES.register("stepper", title="Stepper")
def stepper(sight: Sight, *, image: int = 0, alone: bool = False) -> Trace:
    """The step that follows the moment, with all tensors of one image of the batch."""
    sight.look(0, 1)
    images, breathe = sight.data.train, sight.breathe
    return trace_step(sight.moment, sight.network, images, sight.scaling, image=image, alone=alone, breathe=breathe)
