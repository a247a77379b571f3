"""Chapter 7, convolutional networks: convolution by hand, im2col made visible, pooling, SimpleConvNet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fishlab.core.book import (
    Unfolding,
    compare_convolutions,
    convolve_unfolded,
    convolve_with_loops,
    output_size,
    pool,
    shifted,
)
from fishlab.core.book.unfolding import Patch, Pixel
from fishlab.core.errors import DataError, FieldError
from fishlab.core.layers import LAYERS
from fishlab.core.network import Network
from fishlab.core.spec import NetworkSpec, ProjectSpec

IMAGE = np.array([[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]])[None, None]
FILTER = np.array([[2, 0, 1], [0, 1, 2], [1, 0, 2]])[None, None]
BOTH = pytest.mark.parametrize("convolve", [convolve_with_loops, convolve_unfolded])
Convolve = Callable[..., np.ndarray]


# -- convolution by hand -----------------------------------------------------------------------------------------------
@BOTH
def test_the_convolution_of_a_4_by_4_image(convolve: Convolve) -> None:
    """Convolution operations: the 4 x 4 input and the 3 x 3 filter."""
    np.testing.assert_array_equal(convolve(IMAGE, FILTER)[0, 0], [[15, 16], [6, 15]])


@BOTH
def test_a_bias_is_added_everywhere(convolve: Convolve) -> None:
    """Convolution operations: a bias of 3."""
    np.testing.assert_array_equal(convolve(IMAGE, FILTER, np.array([3]))[0, 0], [[18, 19], [9, 18]])


@BOTH
def test_padding_1_keeps_the_size_and_the_middle(convolve: Convolve) -> None:
    """Padding: a frame of zeros makes 4 x 4 of 4 x 4."""
    found = convolve(IMAGE, FILTER, padding=(1, 1))
    assert found.shape == (1, 1, 4, 4)
    np.testing.assert_array_equal(found[0, 0, 1:3, 1:3], [[15, 16], [6, 15]])
    assert found[0, 0, 0, 0] == 1 * 1 + 2 * 2 + 0 * 0 + 1 * 2


@BOTH
def test_7_by_7_with_stride_2_becomes_3_by_3(convolve: Convolve) -> None:
    """Stride: every second place down and across."""
    image = np.arange(49.0).reshape(1, 1, 7, 7)
    found = convolve(image, FILTER, stride=(2, 2))
    assert found.shape == (1, 1, 3, 3)
    np.testing.assert_array_equal(found, convolve(image, FILTER)[:, :, ::2, ::2])


@BOTH
def test_channels_are_added_and_filters_stay_apart(convolve: Convolve) -> None:
    """Performing a convolution on three-dimensional data, and thinking in blocks: (3, 4, 4) * (2, 3, 3, 3)."""
    rng = np.random.default_rng(0)
    image, filters = rng.normal(size=(1, 3, 4, 4)), rng.normal(size=(2, 3, 3, 3))
    found = convolve(image, filters)
    alone = [sum(convolve(image[:, [c]], filters[[f]][:, [c]])[0, 0] for c in range(3)) for f in range(2)]
    assert found.shape == (1, 2, 2, 2)
    np.testing.assert_allclose(found[0], alone, rtol=1e-12)


@pytest.mark.parametrize(
    ("size", "window", "stride", "padding", "out"),
    [(4, 3, 1, 1, 4), (7, 3, 2, 0, 3), (28, 5, 3, 2, 10), (31, 5, 3, 2, 11), (4, 3, 1, 0, 2), (28, 5, 1, 0, 24)],
)
def test_the_output_size_formula(size: int, window: int, stride: int, padding: int, out: int) -> None:
    """Stride: OH = (H + 2P - FH) / S + 1, with the three examples of the book first."""
    assert output_size(size, window, stride, padding) == out


def test_a_size_that_does_not_divide_is_refused_with_the_arithmetic() -> None:
    """Stride: 28 with 5 and stride 2 gives 12.5."""
    with pytest.raises(FieldError, match=r"\(28 \+ 2·0 − 5\) / 2 \+ 1 = 12\.5 is not a whole number") as refusal:
        output_size(28, 5, 2)
    assert refusal.value.field == "stride"
    with pytest.raises(FieldError, match=r"larger than the image: \(3 \+ 2·0 − 5\)"):
        output_size(3, 5)
    with pytest.raises(FieldError, match="stride is 0"):
        convolve_unfolded(IMAGE, FILTER, stride=(0, 1))


@BOTH
def test_channels_that_do_not_agree_are_refused(convolve: Convolve) -> None:
    with pytest.raises(DataError, match="same number of channels"):
        convolve(IMAGE, np.ones((1, 2, 3, 3)))


@BOTH
def test_the_engine_s_convolution_computes_the_same(convolve: Convolve) -> None:
    """Implementing a convolution layer: asymmetric throughout."""
    rng = np.random.default_rng(1)
    images, filters, bias = rng.normal(size=(4, 3, 8, 9)), rng.normal(size=(5, 3, 2, 3)), rng.normal(size=5)
    stride, padding = (1, 2), (2, 1)
    spec = LAYERS["convolution"].item.Spec(uid="c", filters=5, kernel_size=(2, 3), stride=stride, padding=padding)
    tail = (LAYERS["flatten"].item.Spec(), LAYERS["affine"].item.Spec(units=10))
    network = Network(
        NetworkSpec(in_shape=(3, 8, 9), layers=(spec, *tail)), dtype=np.float64, start={"c/W": filters, "c/b": bias}
    )
    by_layer = network.layers[0].forward(np.ascontiguousarray(np.moveaxis(images, 0, -1)), training=False)
    by_hand = convolve(images, filters, bias, stride, padding)
    np.testing.assert_allclose(by_hand, np.moveaxis(by_layer, -1, 0), rtol=1e-11, atol=1e-13)


def test_a_filter_finds_the_edges_that_it_is_made_for() -> None:
    """What a filter sees: one for vertical edges answers to the sides of a square, not to its top and bottom."""
    image = np.zeros((1, 1, 12, 12))
    image[:, :, 3:9, 3:9] = 1
    answer = convolve_unfolded(image, np.array([[1.0, 0, -1]] * 3)[None, None], padding=(1, 1))[0, 0]
    assert (answer[5, 2], answer[5, 3], answer[5, 8], answer[5, 9]) == (-3, -3, 3, 3)
    np.testing.assert_array_equal(answer[:, 5:7], 0)


# -- im2col ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("images", "matrix"), [(1, (9, 75)), (10, (90, 75))])
def test_the_unfolded_matrix_of_7_by_7_images(images: int, matrix: tuple[int, int]) -> None:
    """Expansion by im2col: (1, 3, 7, 7) and (10, 3, 7, 7) with 5 x 5."""
    unfolding = Unfolding((images, 3, 7, 7), (5, 5))
    assert unfolding.matrix == matrix
    assert unfolding.unfold(np.ones((images, 3, 7, 7))).shape == matrix


@pytest.mark.parametrize(
    "unfolding",
    [
        Unfolding((1, 3, 7, 7), (5, 5)),
        Unfolding((2, 3, 5, 6), (2, 3), (1, 3), (0, 0)),
        Unfolding((2, 2, 5, 7), (3, 2), (2, 1), (1, 2)),
    ],
)
def test_every_cell_can_be_traced_to_its_pixel_and_back(unfolding: Unfolding) -> None:
    """Expansion by im2col made visible: row, patch, pixel."""
    images = np.arange(1.0, 1 + np.prod(unfolding.shape)).reshape(unfolding.shape)
    matrix = unfolding.unfold(images)
    found: dict[Pixel, set[tuple[int, int]]] = {}
    for row, column in np.ndindex(unfolding.matrix):
        pixel = unfolding.pixel(row, column)
        assert matrix[row, column] == (0 if pixel is None else images[pixel])
        if pixel is not None:
            found.setdefault(pixel, set()).add((row, column))
    for place in np.ndindex(unfolding.shape):
        assert set(unfolding.cells(Pixel(*place))) == found.get(Pixel(*place), set())


def test_rows_are_patches_in_reading_order() -> None:
    """Expansion by im2col: the last row of the second image is its last patch."""
    unfolding = Unfolding((2, 3, 7, 7), (5, 5))
    assert unfolding.patch(0) == Patch(0, 0, 0)
    assert unfolding.patch(4) == Patch(0, 1, 1)
    assert unfolding.patch(17) == Patch(1, 2, 2)


def test_the_memory_factor_is_the_price_of_im2col() -> None:
    """Expansion by im2col: overlapping patches hold many copies; where none overlap there is one of each."""
    assert Unfolding((1, 3, 7, 7), (5, 5)).memory_factor == pytest.approx(9 * 75 / 147)
    assert Unfolding((1, 1, 6, 8), (2, 2), (2, 2)).memory_factor == 1
    unfolding = Unfolding((2, 3, 9, 8), (3, 3))
    assert unfolding.memory_factor == unfolding.unfold(np.ones(unfolding.shape)).size / np.prod(unfolding.shape)


def test_folding_is_the_way_back_of_unfolding() -> None:
    """col2im: the sum over cells of m U(x) is the sum over pixels of F(m) x, for every m and x."""
    unfolding = Unfolding((2, 2, 5, 7), (3, 2), (2, 1), (1, 2))
    rng = np.random.default_rng(2)
    x, m = rng.normal(size=unfolding.shape), rng.normal(size=unfolding.matrix)
    assert np.sum(m * unfolding.unfold(x)) == pytest.approx(np.sum(unfolding.fold(m) * x), rel=1e-12)


def test_folding_counts_in_how_many_patches_a_pixel_lies() -> None:
    """col2im: the middle of 7 x 7 lies in nine patches of 5 x 5, a corner in one."""
    counts = Unfolding((1, 1, 7, 7), (5, 5)).fold(np.ones((9, 25)))[0, 0]
    assert (counts[0, 0], counts[3, 3], counts[0, 3]) == (1, 9, 3)


def test_im2col_and_loops_agree_and_are_timed() -> None:
    """Implementing a convolution layer: the same numbers; one product is faster than loops."""
    rng = np.random.default_rng(3)
    found = compare_convolutions(rng.normal(size=(4, 3, 12, 12)), rng.normal(size=(8, 3, 5, 5)))
    np.testing.assert_allclose(found.loops, found.unfolded, rtol=1e-10, atol=1e-12)
    assert found.ratio > 1


def test_images_of_another_shape_are_refused() -> None:
    with pytest.raises(DataError, match=r"\(1, 1, 4, 4\) and not \(1, 3, 7, 7\)"):
        Unfolding((1, 3, 7, 7), (5, 5)).unfold(IMAGE)


def test_a_matrix_of_another_shape_is_refused() -> None:
    with pytest.raises(DataError, match=r"\(75, 9\) and not \(9, 75\)"):
        Unfolding((1, 3, 7, 7), (5, 5)).fold(np.ones((75, 9)))


# -- pooling -----------------------------------------------------------------------------------------------------------
def test_max_and_average_of_each_window() -> None:
    """Pooling layer: 2 x 2 with stride 2 on a 4 x 4 image."""
    image = np.array([[1.0, 2, 1, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 4, 0, 1]])[None, None]
    np.testing.assert_array_equal(pool(image)[0, 0], [[2, 3], [4, 2]])
    np.testing.assert_array_equal(pool(image, reduce=np.mean)[0, 0], [[1, 1.5], [2.25, 1]])


@pytest.mark.parametrize(("kind", "reduce"), [("max_pool", np.max), ("average_pool", np.mean)])
def test_the_engine_s_poolings_compute_the_same(kind: str, reduce: Callable[..., np.ndarray]) -> None:
    """Implementing a pooling layer: overlapping windows, images that are not square."""
    images = np.random.default_rng(4).normal(size=(3, 2, 6, 7))
    layer_type = LAYERS[kind].item
    spec = layer_type.Spec(pool_size=(2, 3), stride=(2, 1))
    layer = layer_type(spec, (2, 6, 7), {}, np.dtype(np.float64))
    by_layer = layer.forward(np.ascontiguousarray(np.moveaxis(images, 0, -1)), training=False)
    np.testing.assert_allclose(pool(images, (2, 3), (2, 1), reduce), np.moveaxis(by_layer, -1, 0), rtol=1e-13)


def test_channels_do_not_change_in_number_or_mix() -> None:
    """Characteristics of a pooling layer: the number of channels does not change, nothing is learned."""
    images = np.random.default_rng(5).normal(size=(2, 3, 4, 4))
    assert pool(images).shape == (2, 3, 2, 2)
    np.testing.assert_array_equal(pool(images)[:, 1], pool(images[:, [1]])[:, 0])


def test_a_small_shift_does_not_matter_to_max_pooling() -> None:
    """Characteristics of a pooling layer: robust to a tiny change of position."""
    image = np.zeros((1, 1, 9, 9))
    image[0, 0, 1, 1], image[0, 0, 4, 7], image[0, 0, 7, 4] = 9, 8, 7
    assert not np.array_equal(image, shifted(image, 0, 1))
    for rows, columns in ((0, 1), (1, 0), (-1, -1)):
        np.testing.assert_array_equal(pool(shifted(image, rows, columns), (3, 3)), pool(image, (3, 3)))
    assert not np.array_equal(pool(shifted(image, 0, 2), (3, 3)), pool(image, (3, 3)))


def test_pooling_of_what_is_no_batch_of_images_is_refused() -> None:
    with pytest.raises(DataError, match=r"\(N, C, H, W\), and these are \(4, 4\)"):
        pool(np.ones((4, 4)))


# -- SimpleConvNet -----------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_simple_conv_net_reaches_97_5_percent_in_one_epoch(
    template: Callable[..., ProjectSpec], reached: Callable[..., float]
) -> None:
    """Implementing a CNN: conv 30 5x5, pool, 100, 10, with Adam at 0.001."""
    project = template("SimpleConvNet", epochs=1)
    assert (type(project.training.optimizer).kind, project.training.optimizer.learning_rate) == ("adam", 0.001)
    assert reached(project) >= 0.975
