"""Whether a layer works, and the dash for what is not known."""

from enum import Enum

from fishlab.core.shapes import LayerReport

DASH = "—"


class State(Enum):
    """Whether a card's layer works, is the first that cannot, or waits for that one."""

    FINE = "fine"
    FAILING = "failing"
    WAITING = "waiting"


def state_of(report: LayerReport) -> State:
    """Return how it is with the layer of a report."""
    if report.problem:
        return State.FAILING
    return State.WAITING if report.out_shape is None else State.FINE
