"""Chapter 8, deep learning: why deep, and DeepConvNet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fishlab.core.book import Window, convolve_unfolded, receptive_field, receptive_fields, weights
from fishlab.core.spec import ProjectSpec


def test_two_filters_of_3_see_as_much_as_one_of_5_with_18_weights_for_25() -> None:
    """Motivation for a deeper network: the same receptive field."""
    small, large = [Window(3), Window(3)], [Window(5)]
    assert receptive_field(small) == receptive_field(large) == 5
    assert (weights(small), weights(large)) == (18, 25)


def test_three_filters_of_3_see_as_much_as_one_of_7_with_27_weights_for_49() -> None:
    """Motivation for a deeper network: the deeper, the more is saved."""
    small, large = [Window(3)] * 3, [Window(7)]
    assert receptive_field(small) == receptive_field(large) == 7
    assert (weights(small), weights(large)) == (27, 49)
    assert weights(small, channels=16) == 27 * 16**2


@pytest.mark.parametrize(
    "windows",
    [
        [Window(3), Window(3)],
        [Window(5)],
        [Window(5), Window(2, 2), Window(3)],
        [Window(3, 2), Window(3, 2), Window(3)],
    ],
)
def test_the_receptive_field_is_what_a_number_really_depends_on(windows: list[Window]) -> None:
    """Motivation for a deeper network: each pixel is turned on alone, and one number in the middle looked at."""
    seen, size = receptive_field(windows), 29
    pixels = np.eye(size)[:, None, None, :]
    row = pixels
    for window in windows:
        last = (row.shape[3] - window.size) // window.stride * window.stride + window.size
        row = convolve_unfolded(row[..., :last], np.ones((1, 1, 1, window.size)), stride=(1, window.stride))
    middle = row[:, 0, 0, row.shape[3] // 2]
    touched = np.flatnonzero(middle)
    assert len(touched) == seen
    assert touched[-1] - touched[0] == seen - 1


def test_strides_make_what_follows_see_further() -> None:
    """Motivation for a deeper network: after a pooling of 2, a filter of 3 reaches 4 pixels further."""
    assert receptive_fields([Window(5), Window(2, 2), Window(3)]) == [5, 6, 10]
    assert receptive_field([]) == 1


@pytest.mark.slow
def test_deep_conv_net_reaches_97_percent_in_one_epoch(
    template: Callable[..., ProjectSpec], reached: Callable[..., float]
) -> None:
    """Toward a deeper network: 3 x 3 filters, 16 16 32 32 64 64 channels, dropout, Adam, He."""
    assert reached(template("DeepConvNet", epochs=1)) >= 0.97
