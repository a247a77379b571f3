"""What views may ask of a network, a family a file; `fishlab.core.observer` answers."""

from fishlab.core.probes import (  # noqa: F401  (each registers its probes)
    activations,
    answers,
    cost,
    digit,
    excite,
    filters,
    gradient_check,
    gradients,
    histories,
    maps,
    saliency,
    stepper,
    weights,
)
from fishlab.core.probes.base import PROBES, Probe, Question

__all__ = ["PROBES", "Probe", "Question"]
