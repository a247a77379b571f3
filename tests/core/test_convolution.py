"""Convolution against the plain sum it stands for, and against the numbers of chapter 7."""

import itertools

import numpy as np
import pytest
from traced import memory_taken

from fishlab.core.kernels import convolution as convolving
from fishlab.core.kernels import tiles
from fishlab.core.kernels.scratch import Scratch
from fishlab.core.kernels.unfolding import Unfolding
from fishlab.core.layers import LAYERS, Parameter
from fishlab.core.layers.activation import ReLUSpec
from fishlab.core.layers.affine import AffineSpec
from fishlab.core.layers.base import LayerSpec
from fishlab.core.layers.convolution import Convolution, ConvolutionSpec
from fishlab.core.layers.pooling import MaxPoolingSpec
from fishlab.core.layers.shape import FlattenSpec
from fishlab.core.network import Network
from fishlab.core.spec import NetworkSpec

BOOK_IMAGE = np.array([[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]], float)
BOOK_FILTER = np.array([[2, 0, 1], [0, 1, 2], [1, 0, 2]], float)


def convolution(weight: np.ndarray, bias: np.ndarray, in_shape: tuple[int, ...], **values) -> Convolution:
    spec = ConvolutionSpec(filters=len(weight), kernel_size=weight.shape[2:], **values)
    infos = {info.name: info for info in Convolution.parameters(spec, in_shape)}
    given = {"W": weight, "b": bias}
    parameters = {name: Parameter(info, given[name], np.zeros(info.shape)) for name, info in infos.items()}
    return Convolution(spec, in_shape, parameters, np.dtype(float))


def plain_convolution(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride, padding) -> np.ndarray:
    """The definition, one number at a time: x (C, H, W, N)."""
    (sh, sw), (ph, pw) = stride, padding
    filters, channels, fh, fw = weight.shape
    image = np.pad(x, ((0, 0), (ph, ph), (pw, pw), (0, 0)))
    out = np.zeros((filters, (image.shape[1] - fh) // sh + 1, (image.shape[2] - fw) // sw + 1, x.shape[3]))
    for f, y, x_ in np.ndindex(*out.shape[:3]):
        for c, i, j in np.ndindex(channels, fh, fw):
            out[f, y, x_] += weight[f, c, i, j] * image[c, y * sh + i, x_ * sw + j]
        out[f, y, x_] += bias[f]
    return out


def plain_gradients(x: np.ndarray, weight: np.ndarray, dout: np.ndarray, stride, padding):
    """dx, dW and db by the same sums, read backwards."""
    (sh, sw), (ph, pw) = stride, padding
    image = np.pad(x, ((0, 0), (ph, ph), (pw, pw), (0, 0)))
    dimage, dweight = np.zeros_like(image), np.zeros_like(weight)
    for f, y, x_ in np.ndindex(*dout.shape[:3]):
        for c, i, j in np.ndindex(*weight.shape[1:]):
            dweight[f, c, i, j] += np.sum(dout[f, y, x_] * image[c, y * sh + i, x_ * sw + j])
            dimage[c, y * sh + i, x_ * sw + j] += dout[f, y, x_] * weight[f, c, i, j]
    height, width = x.shape[1:3]
    return dimage[:, ph : ph + height, pw : pw + width], dweight, dout.sum(axis=(1, 2, 3))


def generated_cases() -> list[tuple]:
    """Shapes in which nothing is equal by accident, for every pair of strides and paddings that fits."""
    cases = []
    for (fh, fw), (sh, sw), (ph, pw) in itertools.product(
        [(2, 3), (3, 1), (1, 4)], [(1, 1), (1, 2), (3, 1)], [(0, 0), (1, 0), (2, 3)]
    ):
        height, width = fh + 2 * sh - ph, fw + 3 * sw - pw  # (H + P - F) / S is whole, and 2P keeps it so or not
        if (height + 2 * ph - fh) % sh == 0 and (width + 2 * pw - fw) % sw == 0 and min(height, width) > 0:
            cases.append(((2, height, width), (3, 2, fh, fw), (sh, sw), (ph, pw)))
    return cases


def test_the_generated_cases_are_many_and_lopsided() -> None:
    cases = generated_cases()
    assert len(cases) >= 15
    assert any(stride[0] != stride[1] for _, _, stride, _ in cases)
    assert any(padding[0] >= weight[2] for _, weight, _, padding in cases)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("limits", [(640_000, 1_400), (1, 1), (2_000, 7)], ids=["whole", "single numbers", "small"])
@pytest.mark.parametrize(("in_shape", "weight_shape", "stride", "padding"), generated_cases())
def test_convolution_equals_its_definition(monkeypatch, in_shape, weight_shape, stride, padding, limits) -> None:
    monkeypatch.setattr(tiles, "TILE_BYTES", limits[0])
    monkeypatch.setattr(tiles, "MOST", limits[1])
    rng = np.random.default_rng(1)
    x, weight, bias = rng.normal(size=(*in_shape, 2)), rng.normal(size=weight_shape), rng.normal(size=weight_shape[0])
    layer = convolution(weight, bias, in_shape, stride=stride, padding=padding)
    out = layer.forward(x, training=True)
    np.testing.assert_allclose(out, plain_convolution(x, weight, bias, stride, padding), atol=1e-12)
    dout = rng.normal(size=out.shape)
    dx, dweight, dbias = plain_gradients(x, weight, dout, stride, padding)
    np.testing.assert_allclose(layer.backward(dout), dx, atol=1e-12)
    np.testing.assert_allclose(layer.params["W"].grad, dweight, atol=1e-12)
    np.testing.assert_allclose(layer.params["b"].grad, dbias, atol=1e-12)


@pytest.mark.parametrize("pays", [True, False], ids=["by taps", "by columns"])
def test_both_ways_back_give_the_gradients_of_the_definition(monkeypatch, pays: bool) -> None:
    monkeypatch.setattr(convolving, "taps_pay", lambda geometry: pays)
    rng = np.random.default_rng(2)
    x, weight = rng.normal(size=(3, 6, 5, 4)), rng.normal(size=(4, 3, 3, 2))
    layer = convolution(weight, np.zeros(4), (3, 6, 5), padding=(2, 1))
    dout = rng.normal(size=layer.forward(x, training=True).shape)
    dx, dweight, _ = plain_gradients(x, weight, dout, (1, 1), (2, 1))
    np.testing.assert_allclose(layer.backward(dout), dx, atol=1e-12)
    np.testing.assert_allclose(layer.params["W"].grad, dweight, atol=1e-12)


@pytest.mark.parametrize(
    ("bias", "padding", "expected"),
    [
        (0, 0, [[15, 16], [6, 15]]),
        (3, 0, [[18, 19], [9, 18]]),
        (0, 1, [[7, 12, 10, 2], [4, 15, 16, 10], [10, 6, 15, 6], [8, 10, 4, 3]]),
    ],
)
def test_the_figures_of_chapter_7(bias: float, padding: int, expected: list[list[int]]) -> None:
    layer = convolution(BOOK_FILTER[None, None], np.array([bias], float), (1, 4, 4), padding=padding)
    out = layer.forward(BOOK_IMAGE[None, :, :, None], training=False)
    assert out[0, :, :, 0].tolist() == expected


@pytest.mark.parametrize(
    ("in_shape", "values", "out_shape"),
    [
        ((1, 7, 7), {"kernel_size": 3, "stride": 2}, (3, 3)),
        ((1, 4, 4), {"kernel_size": 3, "padding": 1}, (4, 4)),
        ((1, 7, 7), {"kernel_size": 3, "stride": 2, "padding": 0}, (3, 3)),
        ((1, 28, 31), {"kernel_size": 5, "stride": 3, "padding": 2}, (10, 11)),
    ],
)
def test_the_output_size_formula_of_chapter_7(in_shape, values, out_shape) -> None:
    spec = ConvolutionSpec(filters=2, **values)
    assert Convolution.output_shape(spec, in_shape) == (2, *out_shape)


@pytest.mark.parametrize(
    ("shape", "filters", "unit"),
    [((64, 30, 40, 200), 64, 1), ((16, 28, 28, 50), 16, 2), ((1, 28, 28, 3_000), 30, 2), ((512, 4, 4, 130), 512, 1)],
)
def test_tiles_keep_to_the_cache_and_cover_all_numbers_once(shape, filters: int, unit: int) -> None:
    unfolding = Unfolding(shape, (3, 3), (1, 1), (1, 1), np.dtype(np.float32), Scratch(), filters=filters, unit=unit)
    covered = np.zeros(shape[1:], int)
    for tile, columns in zip(unfolding.tiles, unfolding.columns, strict=True):
        covered[tile] += 1
        assert columns.target.nbytes <= tiles.MOST_TILES * tiles.TILE_BYTES
        assert all((part.stop - part.start) % unit == 0 for part in tile[:2])
    assert (covered == 1).all()


def test_what_a_convolution_says_of_itself() -> None:
    kind = LAYERS["convolution"].item
    spec = ConvolutionSpec(filters=30, kernel_size=5)
    assert kind.summary(spec) == "30 filters 5 × 5"
    assert kind.summary(spec.replace(stride=2)) == "30 filters 5 × 5, stride 2"
    assert kind.summary(spec.replace(filters=1, stride=(1, 2), padding=(1, 0))) == (
        "1 filter 5 × 5, stride 1 × 2, padding 1 × 0"
    )
    assert sum(info.size for info in kind.parameters(spec, (1, 28, 28))) == 780
    assert kind.mult_adds(spec, (1, 28, 28)) == (30, 24, 24, 25)
    formula = kind.size_formula(spec.replace(stride=2), (1, 28, 28))
    assert (formula.symbol, formula.numerator, formula.denominator, formula.tail) == ("OH", "H + 2P − FH", "S", "+ 1")
    assert (formula.result, formula.numerator_values, formula.denominator_value) == ("12.5", "28 + 2·0 − 5", "2")


# -- as a stage ------------------------------------------------------------------------------------------------------
def stack(*layers: LayerSpec, in_shape: tuple[int, ...] = (2, 10, 14), dtype=np.float64) -> Network:
    whole = (*layers, FlattenSpec(), AffineSpec(units=10))
    return Network(NetworkSpec(layers=whole, in_shape=in_shape), seed=3, dtype=dtype)


def convolutions(*followers: LayerSpec) -> list[LayerSpec]:
    """Two convolutions, lopsided, with these layers between them."""
    first = ConvolutionSpec(filters=18, kernel_size=(3, 2), padding=(1, 0), std=0.3)
    return [first, *followers, ConvolutionSpec(filters=5, kernel_size=(2, 3), padding=(1, 2), std=0.3), ReLUSpec()]


RELU_AND_POOL = [[ReLUSpec()], [MaxPoolingSpec()], [ReLUSpec(), MaxPoolingSpec()], [MaxPoolingSpec(), ReLUSpec()]]


@pytest.mark.parametrize("followers", RELU_AND_POOL, ids=["relu", "pool", "relu pool", "pool relu"])
def test_a_stage_computes_what_its_layers_compute_one_by_one(followers: list[LayerSpec]) -> None:
    network = stack(*convolutions(*followers), in_shape=(2, 10, 15))
    assert [len(stage.layers) for stage in network.stages[:2]] == [1 + len(followers), 2]
    rng = np.random.default_rng(5)
    for batch in (7, 1, 130, 7):
        x = rng.normal(size=(2, 10, 15, batch))
        expected = x
        for layer in network.layers:
            expected = layer.forward(expected, training=True)
        for training in (False, True):
            np.testing.assert_allclose(network.forward(x, training=training), expected, atol=1e-12)
        dout = rng.normal(size=expected.shape)
        found, slow = dout, dout
        for stage in reversed(network.stages):
            found = stage.backward(found)
        grads = network.grads.copy()
        for layer in reversed(network.layers):
            slow = layer.backward(slow)
        np.testing.assert_allclose(grads, network.grads, atol=1e-10)


def test_a_stage_writes_where_the_next_convolution_reads() -> None:
    network = stack(*convolutions(ReLUSpec()))
    first, second, *_ = network.stages
    out = first.forward(np.ones((2, 10, 14, 6)), training=True)
    assert out is second.entrance(6)


def test_two_networks_share_no_memory() -> None:
    one, other = (stack(*convolutions(ReLUSpec())) for _ in range(2))
    x = np.random.default_rng(0).normal(size=(2, 10, 14, 6))
    expected = one.stages[1].forward(one.stages[0].forward(x, training=True), training=True).copy()
    other.forward(-x, training=True)
    kept = one.stages[1].entrance(6)
    np.testing.assert_array_equal(one.stages[1].forward(kept, training=True), expected)


def test_a_step_makes_no_arrays() -> None:
    network = stack(*convolutions(ReLUSpec(), MaxPoolingSpec()), in_shape=(2, 40, 41), dtype=np.float32)
    x = np.random.default_rng(0).normal(size=(2, 40, 41, 25)).astype(np.float32)
    dout = np.ones_like(network.forward(x, training=True))

    def step() -> None:
        network.forward(x, training=True)
        gradient = dout
        for stage in reversed(network.stages):
            gradient = stage.backward(gradient)

    growth, peak = memory_taken(step, 20)
    assert growth < 1_000
    assert peak < 150_000, "NumPy's own buffers are the most that a step may take"


def test_memory_is_kept_for_a_few_batch_sizes_only() -> None:
    network = stack(*convolutions(ReLUSpec()))
    sizes = range(1, 3 * convolving.MOST_BATCH_SIZES)
    answers = [network.forward(np.ones((2, 10, 14, n)), training=True)[..., :1].copy() for n in sizes]
    for answer in answers[1:]:
        np.testing.assert_allclose(answer, answers[0], atol=1e-12)
    assert all(len(stage._convolver._ready) <= convolving.MOST_BATCH_SIZES for stage in network.stages[:2])
