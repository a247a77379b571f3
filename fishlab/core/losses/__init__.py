"""The losses, one a file. Importing this package registers them all, in the order in which they are offered."""

# isort: off
from fishlab.core.losses.softmax_cross_entropy import softmax
from fishlab.core.losses import squared_error, binary_cross_entropy  # noqa: F401

# isort: on
from fishlab.core.losses.base import LOSSES, Loss, LossSpec

__all__ = ["LOSSES", "Loss", "LossSpec", "softmax"]
