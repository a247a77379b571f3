"""The stepper: a batch, or one image, through a network forwards and backwards, and all that is computed on the way."""

from fishlab.core.stepper.trace import LayerTrace, LossTrace, ParameterTrace, Trace
from fishlab.core.stepper.tracing import trace_step

__all__ = ["LayerTrace", "LossTrace", "ParameterTrace", "Trace", "trace_step"]
