"""What the session can be doing."""

from enum import Enum


class State(Enum):
    """What the session is doing; the buttons say this and nothing else."""

    IDLE = "idle"
    PREPARING = "preparing"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    STOPPING = "stopping"
    EVALUATING = "evaluating"
    FETCHING = "fetching"
    VERIFYING = "verifying"
