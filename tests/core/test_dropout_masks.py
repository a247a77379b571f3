"""What dropout keeps is drawn as it says: at its rate, each number by itself, and nobody's share is another's."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fishlab.core.layers import LAYERS
from fishlab.core.layers.base import Shape
from fishlab.core.share import Share

Array = np.ndarray


def kept(rate: float, shape: Shape, share: Share, seed: int = 1, dtype: type = np.float32) -> Array:
    """Which numbers (*shape, n) of a share of a batch of ones come through."""
    kind = LAYERS["dropout"].item
    layer = kind(kind.Spec(rate=rate), shape, {}, np.dtype(dtype))
    layer.share, layer.rng = share, np.random.default_rng(seed)
    out = layer.forward(np.ones((*shape, share.end - share.begin), dtype), training=True)
    assert set(np.unique(out)) <= {dtype(0), dtype(1 / (1 - rate))}
    return out > 0


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.3, 0.5, 0.77, 0.99])
def test_the_rate_is_what_it_says(rate: float) -> None:
    found = kept(rate, (301,), Share.whole(1001))
    spread = np.sqrt(rate * (1 - rate) / found.size) + 2**-17  # decisions are as fine as 1 in 65,536
    assert abs(1 - found.mean() - rate) < 4 * spread


def test_numbers_are_dropped_independently_of_each_other() -> None:
    """Between neighbours, across thirds and halves, and from one step to the next: no correlation, beyond chance."""
    features, batch = 300, 1000
    found = kept(0.3, (features,), Share.whole(batch)) - 0.7
    later = kept(0.3, (features,), Share.whole(batch), seed=2) - 0.7
    shifts = [(1, 0), (0, 1), (100, 0), (200, 0), (150, 0), (0, 500), (100, 500), (1, 1)]
    pairs = [(found, np.roll(found, shift, axis=(0, 1))) for shift in shifts] + [(found, later)]
    for (one, other), name in zip(pairs, [*shifts, "the next step"], strict=True):
        correlation = (one * other).mean() / 0.21
        assert abs(correlation) < 4.5 / np.sqrt(found.size), name


def test_each_feature_and_each_image_loses_its_fair_part() -> None:
    found = kept(0.4, (299,), Share.whole(997))
    for axis in (0, 1):
        counts, of = found.sum(axis=axis), found.shape[axis]
        chi = ((counts - 0.6 * of) ** 2).sum() / (0.24 * of) / counts.size
        assert abs(chi - 1) < 6 * np.sqrt(2 / counts.size)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("shape", "total"), [((7,), 130), ((2, 3, 5), 31), ((1,), 3), ((4, 1, 2), 2)])
def test_every_share_gets_its_part_of_one_mask(shape: Shape, total: int, dtype: type) -> None:
    whole = kept(0.5, shape, Share.whole(total), dtype=dtype)
    for begin, end in itertools.combinations(range(0, total + 1, max(1, total // 6)), 2):
        part = kept(0.5, shape, Share(begin, end, total), dtype=dtype)
        np.testing.assert_array_equal(part, whole[..., begin:end])
