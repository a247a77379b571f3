"""What a layer learns and keeps: described before it exists, and as views of the network's flat buffers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True)
class ParameterInfo:
    """One learned tensor, or one tensor of state, of a layer before it exists.

    `shape` is the public shape, as the book writes it and files hold it. `storage` is the order of the axes in
    memory, where the fast layout differs. `role` is weight, bias, scale, shift or state; only weights decay, and
    state is not learned. `fan_in` and `fan_out` serve the initial values, `out_axis` is the axis of a weight that
    counts the units or filters; `init` names where they come from:
    'spec' (the layer's own `init` and `std` fields), 'zero' or 'one'. `owner` is the uid of the layer that it belongs
    to where that is not the one described, but one inside it.
    """

    name: str
    shape: tuple[int, ...]
    role: str
    init: str = "spec"
    fan_in: int = 1
    fan_out: int = 1
    out_axis: int = 0
    storage: tuple[int, ...] | None = None
    owner: str = ""

    @property
    def label(self) -> str:
        """What it is called among the parameters of the layer described."""
        return f"{self.owner}/{self.name}" if self.owner else self.name

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)


@dataclass
class Parameter:
    """A learned tensor as views of the network's flat buffers, in the public shape. State has no gradient."""

    info: ParameterInfo
    value: NDArray[Any]
    grad: NDArray[Any]
