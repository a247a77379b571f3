"""From a label to pen strokes: which way of writing, which hand, which pen; then MNIST's frame.

All lengths are in unit squares until :func:`frame`, where they become pixels of a 20 x 20 box.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.digits.curves import Bank, Floats, Ints

BOX = 20  # pixels of the longest side, pen included, as in MNIST
MIXING = 1.0  # shape of the gamma distribution behind the mixing weights: small means close to one skeleton
PUSH = (0.0, 0.4)  # how much further from the mean skeleton than the mixture
END_LENGTH, END_ANGLE = 0.18, 0.25  # log sd and sd in radian of the ends of strokes
ASPECT, ASPECT_SPREAD = 0.76, 0.22  # width over height of a unit square when written, and its log sd
SLANT, SLANT_SPREAD = 0.03, 0.25  # to the right, as the tangent of an angle
PEN, PEN_SPREAD = 1.14, 0.33  # half width in pixels and its log sd
PEN_RANGE = (0.75, 2.3)
PRESSURE = 0.12  # sd of the pen's width along the stroke, and again by direction
WAVES = 4
# Half width of the pen at most this share of the digit's width, so that loops stay open.
PEN_CAP = np.array([0.18, 1.0, 0.17, 0.15, 0.16, 0.16, 0.15, 0.2, 0.13, 0.14], dtype=np.float32)


@dataclass(frozen=True)
class Strength:
    """How far digits stray from the skeletons."""

    noise: float  # sd of each control point
    drift: float  # sd of each cosine along a stroke
    warp: float  # sd of the displacement by low waves over the square
    waist: float  # sd of moving the middle up, down, left or right
    taper: float  # sd of top wider than bottom
    rotation: float  # sd in radian
    spread: float  # log sd of all of the above, per image
    outline: float  # sd of the roughness of the outline, in pixels
    specks: float  # share of images with a speck

    @classmethod
    def of(cls, wildness: float) -> Strength:
        """Straight line from neat (0) to wide (1)."""
        pairs = zip(astuple(NEAT), astuple(WIDE), strict=True)
        return cls(*(neat + (wide - neat) * wildness for neat, wide in pairs))


NEAT = Strength(
    noise=0.014,
    drift=0.025,
    warp=0.045,
    waist=0.08,
    taper=0.10,
    rotation=0.10,
    spread=0.0,
    outline=0.12,
    specks=0.0,
)
WIDE = Strength(
    noise=0.02,
    drift=0.045,
    warp=0.085,
    waist=0.15,
    taper=0.18,
    rotation=0.14,
    spread=0.4,
    outline=0.22,
    specks=0.04,
)


@dataclass(frozen=True)
class Strokes:
    """N digits as straight pieces, in pixels of a 20 x 20 box whose first pixel has its centre at 0."""

    starts: Floats  # (N, Q - 1, 2): x, y
    stops: Floats  # (N, Q - 1, 2)
    half_width: Floats  # (N, Q - 1)
    pieces: Ints  # (N,): drawn pieces, the rest repeats the last


def write(rng: np.random.Generator, bank: Bank, labels: Ints, strength: Strength) -> Strokes:
    """Write ``labels`` with the pen, each in a hand of its own."""
    family = choose_families(rng, bank, labels)
    scale = np.exp(strength.spread * _normal(rng, (len(labels),)))
    points = mix_skeletons(rng, bank, family)
    points = turn_ends(rng, bank, family, points)
    points = disturb(rng, bank, family, points, strength, scale)
    rounding = (rng.random((len(labels), 1, 1)) ** 2).astype(np.float32)
    nodes = bank.sharp[family] @ points
    nodes += rounding * (bank.smooth[family] @ points - nodes)
    nodes = bend(rng, nodes, strength, scale)
    return frame(rng, bank, family, slant_and_turn(rng, nodes, strength, scale))


def choose_families(rng: np.random.Generator, bank: Bank, labels: Ints) -> Ints:
    """One family for each label, by weight."""
    ladder = np.cumsum(np.where(bank.labels == np.arange(10)[:, None], bank.weights, 0), axis=1)  # (10, F)
    family: Ints = (rng.random((len(labels), 1)) * 0.9999 >= ladder[labels]).sum(axis=1)
    return family


def mix_skeletons(rng: np.random.Generator, bank: Bank, family: Ints) -> Floats:
    """Random mixtures of a family's skeletons (N, P, 2), pushed away from the mean lest they all look alike."""
    mask = bank.skeleton_mask[family]
    weights = (rng.gamma(MIXING, size=mask.shape) + 1e-6) * mask
    weights /= weights.sum(axis=1, keepdims=True)
    mean = mask / mask.sum(axis=1, keepdims=True)
    weights += rng.uniform(*PUSH, (len(family), 1)) * (weights - mean)
    mixed: Floats = np.einsum("nk,nkpc->npc", weights.astype(np.float32), bank.skeletons[family])
    return mixed


def turn_ends(rng: np.random.Generator, bank: Bank, family: Ints, points: Floats) -> Floats:
    """Make the ends of strokes longer or shorter and turn them."""
    rows = np.arange(len(family))[:, None]
    ends, neighbours = bank.ends[family], bank.neighbours[family]
    pivot = points[rows, neighbours]
    arm = points[rows, ends] - pivot
    length = np.exp(END_LENGTH * _normal(rng, ends.shape))
    angle = END_ANGLE * _normal(rng, ends.shape)
    turned = points.copy()
    turned[rows, ends] = pivot + _rotated(arm, angle) * length[..., None]
    return turned


def disturb(
    rng: np.random.Generator, bank: Bank, family: Ints, points: Floats, strength: Strength, scale: Floats
) -> Floats:
    """An unsteady hand: independent noise of each control point and a smooth drift along each stroke."""
    noise = strength.noise * _normal(rng, points.shape)
    waves = _normal(rng, (len(family), bank.drift.shape[2], 2))
    drift = strength.drift * (bank.drift[family] @ waves)
    disturbed: Floats = points + scale[:, None, None] * (noise + drift)
    return disturbed


def bend(rng: np.random.Generator, nodes: Floats, strength: Strength, scale: Floats) -> Floats:
    """Low waves over the square, a waist higher, lower or to the side, and a top wider or narrower than the foot."""
    count = len(nodes)
    x, y = nodes[..., 0], nodes[..., 1]
    hump = 4 * y * (1 - y)
    waist = strength.waist * _normal(rng, (count, 2)) * scale[:, None] / 2
    taper = strength.taper * _normal(rng, (count,)) * scale
    frequency = rng.uniform(-0.9, 0.9, (count, 2, WAVES)).astype(np.float32) * np.float32(2 * np.pi)
    phase = rng.uniform(0, 2 * np.pi, (count, 1, WAVES)).astype(np.float32)
    push = strength.warp / np.sqrt(WAVES / 2) * _normal(rng, (count, WAVES, 2)) * scale[:, None, None]
    warp = np.cos(nodes @ frequency + phase) @ push.astype(np.float32)
    bent = np.empty_like(nodes)
    bent[..., 0] = 0.5 + (x - 0.5) * (1 + taper[:, None] * (2 * y - 1)) + waist[:, :1] * hump
    bent[..., 1] = y + waist[:, 1:] * hump
    bent += warp
    return bent


def slant_and_turn(rng: np.random.Generator, nodes: Floats, strength: Strength, scale: Floats) -> Floats:
    """Width to height, slant to the right, rotation."""
    count = len(nodes)
    aspect = ASPECT * np.exp(ASPECT_SPREAD * _normal(rng, (count,)))
    slant = SLANT + SLANT_SPREAD * _normal(rng, (count,))
    angle = strength.rotation * _normal(rng, (count,)) * np.minimum(scale, 2)
    slanted = nodes - np.float32(0.5)
    slanted[..., 0] = slanted[..., 0] * aspect[:, None] - slanted[..., 1] * slant[:, None]
    return _rotated(slanted, angle[:, None])


def frame(rng: np.random.Generator, bank: Bank, family: Ints, nodes: Floats) -> Strokes:
    """Choose a pen and fill the box: longest side 20 pixels with the pen, as in MNIST."""
    low, high = nodes.min(axis=1), nodes.max(axis=1)
    size = high - low
    half = draw_pen(rng, bank.labels[family], size)
    scale = (BOX - 2 * half) / size.max(axis=1)
    middle = (nodes - (low + high)[:, None] / 2) * scale[:, None, None]
    pixels = middle + np.float32((BOX - 1) / 2)
    starts = pixels[:, :-1].copy()
    stops = np.where(bank.lifted[family][..., None], starts, pixels[:, 1:])
    width = half[:, None] * pressure(rng, starts, stops)
    return Strokes(starts, stops, width, bank.pieces[family])


def draw_pen(rng: np.random.Generator, labels: Ints, size: Floats) -> Floats:
    """Half width of the pen in pixels: log-normal, thinner for narrow digits with loops."""
    half = np.clip(PEN * np.exp(PEN_SPREAD * _normal(rng, (len(labels),))), *PEN_RANGE)
    width = size[:, 0] / size.max(axis=1) * BOX
    capped: Floats = np.minimum(half, np.maximum(PEN_CAP[labels] * width, PEN_RANGE[0])).astype(np.float32)
    return capped


def pressure(rng: np.random.Generator, starts: Floats, stops: Floats) -> Floats:
    """Width of each piece over the mean: pressure that changes along the stroke, and a nib broader in one direction."""
    count, pieces = starts.shape[:2]
    along = np.linspace(0, 2 * np.pi, pieces, dtype=np.float32)
    phase = along * rng.random((count, 1)) + rng.uniform(0, 2 * np.pi, (count, 1))
    press = PRESSURE * _normal(rng, (count, 1)) * np.cos(phase)
    way = stops - starts
    heading = np.arctan2(way[..., 1], way[..., 0])
    nib = PRESSURE * _normal(rng, (count, 1)) * np.cos(2 * (heading - rng.uniform(0, np.pi, (count, 1))))
    relative: Floats = np.clip(1 + press + nib, 0.6, 1.4).astype(np.float32)
    return relative


def _rotated(vectors: Floats, angle: NDArray[np.floating]) -> Floats:
    cos, sin = np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)
    x, y = vectors[..., 0], vectors[..., 1]
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    return np.clip(rng.standard_normal(shape, dtype=np.float32), -2, 2)
