"""Functions of two variables to walk down (chapter 6.1), with gradient and curvature by calculus.

Places are (2,), paths (steps + 1, 2), the start first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fishlab.core.layers.base import Array
from fishlab.core.registry import Registry

Pair = tuple[float, float]


@dataclass(frozen=True)
class Landscape:
    """f(x, y) with its first and second derivatives; x and y may be arrays of any shape.

    `hessian` gives f_xx, f_xy, f_yy. `minima` are the places that a walk may end in (none where there is no bottom),
    `start` is where the book, or a good picture, begins, `window` the part to draw: (x from, to), (y from, to).
    """

    formula: str
    height: Callable[[Array, Array], Array]
    slopes: Callable[[Array, Array], tuple[Array, Array]]
    hessian: Callable[[float, float], tuple[float, float, float]]
    minima: tuple[Pair, ...]
    start: Pair
    window: tuple[Pair, Pair]

    def value(self, place: ArrayLike) -> float:
        """f at one place."""
        x, y = np.asarray(place, np.float64)
        return float(self.height(x, y))

    def gradient(self, place: ArrayLike) -> Array:
        """(df/dx, df/dy) at one place."""
        x, y = np.asarray(place, np.float64)
        return np.array(self.slopes(x, y), np.float64)

    def curvature(self, place: ArrayLike) -> Array:
        """The Hessian (2, 2) at one place."""
        x, y = (float(part) for part in np.asarray(place, np.float64))
        xx, xy, yy = self.hessian(x, y)
        return np.array([[xx, xy], [xy, yy]], np.float64)


LANDSCAPES: Registry[Landscape] = Registry("landscape")

LANDSCAPES.register(
    "valley", title="Long valley", chapter="6.1.3", help="Steep across and nearly flat along: SGD goes zigzag."
)(
    Landscape(
        "x²/20 + y²",
        lambda x, y: x**2 / 20 + y**2,
        lambda x, y: (x / 10, 2 * y),
        lambda x, y: (0.1, 0.0, 2.0),
        minima=((0.0, 0.0),),
        start=(-7.0, 2.0),
        window=((-10.0, 10.0), (-10.0, 10.0)),
    )
)
LANDSCAPES.register("bowl", title="Bowl", chapter="4.3.3", help="The same in every direction.")(
    Landscape(
        "x² + y²",
        lambda x, y: x**2 + y**2,
        lambda x, y: (2 * x, 2 * y),
        lambda x, y: (2.0, 0.0, 2.0),
        minima=((0.0, 0.0),),
        start=(-3.0, 4.0),
        window=((-5.0, 5.0), (-5.0, 5.0)),
    )
)
LANDSCAPES.register(
    "saddle", title="Saddle", chapter="6.1", help="Down along x, up along y: on the ridge x = 0 no slope leads off it."
)(
    Landscape(
        "y² − x²",
        lambda x, y: y**2 - x**2,
        lambda x, y: (-2 * x, 2 * y),
        lambda x, y: (-2.0, 0.0, 2.0),
        minima=(),
        start=(0.0, 2.0),
        window=((-3.0, 3.0), (-3.0, 3.0)),
    )
)
LANDSCAPES.register(
    "two_minima", title="Two minima", chapter="6.1", help="Deep at x = −4, less deep at x = 2: the start decides."
)(
    Landscape(
        "y⁴ + 3x⁴ + 8x³ − 48x²",
        lambda x, y: y**4 + 3 * x**4 + 8 * x**3 - 48 * x**2,
        lambda x, y: (12 * x**3 + 24 * x**2 - 96 * x, 4 * y**3),
        lambda x, y: (36 * x**2 + 48 * x - 96, 0.0, 12 * y**2),
        minima=((-4.0, 0.0), (2.0, 0.0)),
        start=(1.0, 2.0),
        window=((-6.0, 4.0), (-4.0, 4.0)),
    )
)
