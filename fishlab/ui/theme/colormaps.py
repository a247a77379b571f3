"""Colour maps for images of numbers: straight lines in OKLab, 256 steps, as uint8 tables of shape (256, 3).

`diverging(tokens)` is for weights, gradients and responses: index 128 is zero and sinks into the surface; give it a
symmetric range. `sequential(tokens)` is for counts and feature maps. `lookup(table, values, low, high)` turns numbers
into RGB pixels.

Source: B. Ottosson, "A perceptual color space for image processing", 2020 (the OKLab matrices).
"""

import numpy as np
from numpy.typing import NDArray

from fishlab.ui.theme.tokens import Tokens

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

STEPS = 256

_RGB_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LMS_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def rgb_from_hex(colour: str) -> Floats:
    """Return "#RRGGBB" as three sRGB values between 0 and 1."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64) / 255.0


def linear(rgb: Floats) -> Floats:
    """Undo the sRGB transfer curve: (..., 3) between 0 and 1 to linear light."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def gamma(light: Floats) -> Floats:
    """Apply the sRGB transfer curve to linear light (..., 3), clipped to 0..1."""
    light = np.clip(light, 0.0, 1.0)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def oklab(rgb: Floats) -> Floats:
    """Convert sRGB (..., 3) between 0 and 1 to OKLab (L, a, b)."""
    lab: Floats = np.cbrt(linear(rgb) @ _RGB_TO_LMS.T) @ _LMS_TO_LAB.T
    return lab


def rgb(lab: Floats) -> Floats:
    """Convert OKLab (..., 3) to sRGB between 0 and 1, clipped to the gamut."""
    lms = (lab @ np.linalg.inv(_LMS_TO_LAB).T) ** 3
    return gamma(lms @ np.linalg.inv(_RGB_TO_LMS).T)


def contrast(first: str, second: str) -> float:
    """Return the WCAG contrast ratio of two "#RRGGBB" colours, 1 to 21."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    low, high = sorted(float(linear(rgb_from_hex(c)) @ weights) for c in (first, second))
    return (high + 0.05) / (low + 0.05)


def diverging(tokens: Tokens) -> Bytes:
    """Return the (256, 3) table from negative through zero (index 128) to positive."""
    low, middle, high = tokens.diverging
    return np.concatenate([_line(low, middle, STEPS // 2 + 1)[:-1], _line(middle, high, STEPS // 2)])


def sequential(tokens: Tokens) -> Bytes:
    """Return the (256, 3) table from nothing (the surface) to much."""
    return _line(*tokens.sequential, STEPS)


def lookup(table: Bytes, values: Floats, low: float, high: float) -> Bytes:
    """Map `values` of any shape to RGB of shape (..., 3); beyond `low`..`high` come the ends, NaN is `low`."""
    steps = np.zeros(np.shape(values))
    if high > low:
        np.subtract(values, low, out=steps, dtype=np.float64)
        steps *= (STEPS - 1) / (high - low)
    np.rint(steps, out=steps)
    np.fmin(np.fmax(steps, 0.0, out=steps), STEPS - 1, out=steps)  # these take the number where the other is NaN
    pixels: Bytes = table.take(steps.astype(np.intp), axis=0)
    return pixels


def _line(start: str, end: str, count: int) -> Bytes:
    """Return `count` equal steps from `start` to `end` in OKLab as uint8 RGB."""
    t = np.linspace(0.0, 1.0, count)[:, None]
    lab = (1 - t) * oklab(rgb_from_hex(start)) + t * oklab(rgb_from_hex(end))
    return np.rint(rgb(lab) * 255).astype(np.uint8)
