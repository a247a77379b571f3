"""What single layers promise beyond the contract: the book's numbers, ties, statistics, extreme values."""

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from traced import memory_taken

from fishlab.core.layers import LAYERS, Layer, Parameter, products
from fishlab.core.layers.tiling import TILE, tiles, zeros
from fishlab.core.plan import plan
from fishlab.core.share import Share

KEEP = 0.7
STEPS = {"pool_size": (2, 3), "stride": (1, 3)}


def build(kind: str, in_shape: tuple[int, ...], dtype: Any = np.float64, **values: Any) -> Layer[Any]:
    cls = LAYERS[kind].item
    spec = cls.Spec(**values)
    start = {"one": np.ones, "zero": np.zeros, "spec": np.zeros}
    parameters = {
        info.name: Parameter(info, start[info.init](info.shape, dtype), np.zeros(info.shape, dtype))
        for info in cls.parameters(spec, in_shape)
    }
    return cls(spec, in_shape, parameters, np.dtype(dtype))


def as_image(rows: list[list[float]]) -> np.ndarray:
    return np.array(rows, float)[None, :, :, None]


def plain_pool(x: np.ndarray, size, stride, padding, border: float, reduce) -> np.ndarray:
    (kh, kw), (sh, sw), (ph, pw) = size, stride, padding
    image = np.pad(x, ((0, 0), (ph, ph), (pw, pw), (0, 0)), constant_values=border)
    rows, columns = (image.shape[1] - kh) // sh + 1, (image.shape[2] - kw) // sw + 1
    out = np.empty((x.shape[0], rows, columns, x.shape[3]))
    for y, x_ in np.ndindex(rows, columns):
        out[:, y, x_] = reduce(image[:, y * sh : y * sh + kh, x_ * sw : x_ * sw + kw], axis=(1, 2))
    return out


# -- pooling ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("size", "stride", "padding", "in_shape"),
    [
        ((2, 2), (2, 2), (0, 0), (3, 6, 4)),
        ((2, 3), (1, 2), (1, 0), (2, 5, 7)),
        ((3, 2), (2, 2), (2, 1), (2, 5, 6)),
        ((1, 2), (2, 3), (0, 0), (2, 5, 8)),
        ((4, 3), (1, 1), (3, 2), (1, 4, 3)),
    ],
)
@pytest.mark.parametrize(("kind", "border", "reduce"), [("max_pool", -np.inf, np.max), ("average_pool", 0, np.mean)])
def test_pooling_equals_its_definition(kind, border, reduce, size, stride, padding, in_shape) -> None:
    x = np.random.default_rng(0).normal(size=(*in_shape, 2)) - 3  # all below zero: a border of zeros would win
    layer = build(kind, in_shape, pool_size=size, stride=stride, padding=padding)
    expected = plain_pool(x, size, stride, padding, border, reduce)
    np.testing.assert_allclose(layer.forward(x, training=False), expected, atol=1e-14)


def test_max_pooling_gives_the_figure_of_chapter_7() -> None:
    x = as_image([[1, 2, 1, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 4, 0, 1]])
    assert build("max_pool", (1, 4, 4)).forward(x, training=False)[0, :, :, 0].tolist() == [[2, 3], [4, 2]]


def test_among_equals_the_first_in_reading_order_gets_the_gradient() -> None:
    x = as_image([[0, 5, 1, 1], [5, 0, 1, 1], [2, 3, 7, 7], [3, 1, 0, 7]])
    layer = build("max_pool", (1, 4, 4))
    layer.forward(x, training=True)
    dx = layer.backward(as_image([[10, 20], [30, 40]]))
    assert dx[0, :, :, 0].tolist() == [[0, 10, 20, 0], [0, 0, 0, 0], [0, 30, 40, 0], [0, 0, 0, 0]]


@pytest.mark.parametrize(("size", "stride"), [((2, 2), (2, 2)), ((3, 2), (1, 2)), ((2, 3), (1, 1))])
def test_ties_lose_no_gradient_and_double_none(size, stride) -> None:
    x = np.zeros((2, 5, 6, 3)) if stride == (1, 2) else np.zeros((2, 6, 6, 3))
    layer = build("max_pool", x.shape[:3], pool_size=size, stride=stride)
    dout = np.random.default_rng(0).normal(size=layer.forward(x, training=True).shape)
    np.testing.assert_allclose(layer.backward(dout).sum(axis=(1, 2)), dout.sum(axis=(1, 2)), atol=1e-12)


def test_not_a_number_passes_a_pooling_and_is_not_hidden() -> None:
    x = as_image([[1, np.nan, 0, 0], [0, 0, 0, 0]])
    assert np.isnan(build("max_pool", (1, 2, 4)).forward(x, training=False)[0, 0, 0, 0])


# -- activations --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "x", "expected"),
    [
        ("sigmoid", [-1.0, 1.0, 2.0], [0.26894142, 0.73105858, 0.88079708]),
        ("softmax", [0.3, 2.9, 4.0], [0.01821127, 0.24519181, 0.73659691]),
        ("softmax", [1010, 1000, 990], [9.99954600e-01, 4.53978686e-05, 2.06106005e-09]),
        ("relu", [-2.0, 0.0, 3.0], [0, 0, 3.0]),
        ("tanh", [0.0, 1.0, -1.0], [0, 0.76159416, -0.76159416]),
        ("identity", [1.0, -2.0, 3.0], [1.0, -2.0, 3.0]),
    ],
)
def test_the_numbers_of_chapter_3(kind: str, x: list[float], expected: list[float]) -> None:
    out = build(kind, (3,)).forward(np.array(x)[:, None], training=False)
    np.testing.assert_allclose(out[:, 0], expected, rtol=1e-6)


@pytest.mark.parametrize("kind", ["sigmoid", "tanh", "softmax", "relu"])
def test_huge_numbers_do_not_overflow(kind: str) -> None:
    layer = build(kind, (3,), np.float32)
    out = layer.forward(np.array([[-1e30], [0], [1e30]], np.float32), training=True)  # a warning would fail the test
    assert np.isfinite(out).all()
    assert np.isfinite(layer.backward(np.ones((3, 1), np.float32))).all()


def test_softmax_of_an_image_adds_up_over_the_channels() -> None:
    out = build("softmax", (3, 2, 4)).forward(np.random.default_rng(0).normal(size=(3, 2, 4, 5)), training=False)
    np.testing.assert_allclose(out.sum(axis=0), 1)


def test_relu_passes_no_gradient_at_zero() -> None:
    layer = build("relu", (3,))
    layer.forward(np.array([[-1.0], [0.0], [2.0]]), training=True)
    assert layer.backward(np.ones((3, 1)))[:, 0].tolist() == [0, 0, 1]


# -- dropout ------------------------------------------------------------------------------------------------------
def dropped(seed: int, rate: float = 0.3) -> tuple[Layer[Any], np.ndarray]:
    layer = build("dropout", (100, 50), rate=rate)
    layer.rng = np.random.default_rng(seed)
    return layer, layer.forward(np.ones((100, 50, 20)), training=True)


def test_dropout_drops_its_share_and_scales_the_rest() -> None:
    _, out = dropped(0)
    assert set(np.unique(out)) == {0.0, 1 / KEEP}
    assert np.mean(out == 0) == pytest.approx(0.3, abs=0.005)
    assert out.mean() == pytest.approx(1, abs=0.01)


def test_dropout_passes_back_what_it_passed() -> None:
    layer, out = dropped(0)
    np.testing.assert_array_equal(layer.backward(np.ones_like(out)), out)


def test_dropout_draws_anew_in_each_step_and_nothing_when_predicting() -> None:
    layer, out = dropped(0)
    first = out.copy()
    assert not np.array_equal(first, layer.forward(np.ones_like(out), training=True))
    x = np.random.default_rng(3).normal(size=out.shape)
    before = layer.rng.bit_generator.state
    np.testing.assert_array_equal(layer.forward(x, training=False), x)
    np.testing.assert_array_equal(layer.backward(x), x)
    assert layer.rng.bit_generator.state == before


# -- batch normalization ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("shape", "axes"), [((3, 4, 5), (1, 2, 3)), ((6,), (1,))], ids=["channels", "features"])
def test_a_normalized_batch_has_mean_0_and_deviation_1(shape, axes) -> None:
    x = np.random.default_rng(0).normal(5, 3, (*shape, 200)) * np.arange(1, shape[0] + 1).reshape(-1, *[1] * len(shape))
    out = build("batch_normalization", shape).forward(x, training=True)
    np.testing.assert_allclose(out.mean(axis=axes), 0, atol=1e-12)
    np.testing.assert_allclose(out.std(axis=axes), 1, atol=1e-5)


def test_a_channel_has_one_mean_not_one_for_each_pixel() -> None:
    layer = build("batch_normalization", (3, 4, 5))
    assert [parameter.value.shape for parameter in layer.params.values()] == [(3,)] * 4
    x = np.zeros((3, 4, 5, 2))
    x[:, 0] = 1  # the same in every image: with statistics for each pixel all would become zero
    assert np.abs(layer.forward(x, training=True)).min() > 0.3


def test_running_statistics_move_in_training_and_serve_when_predicting() -> None:
    layer = build("batch_normalization", (2,), momentum=0.75, epsilon=1e-12)
    x = np.array([[1.0, 3.0], [10.0, 30.0]])
    layer.forward(x, training=True)
    assert layer.params["running_mean"].value.tolist() == [0.25 * 2, 0.25 * 20]
    np.testing.assert_allclose(layer.params["running_var"].value, [0.75 + 0.25 * 1, 0.75 + 0.25 * 100])
    held = {name: parameter.value.copy() for name, parameter in layer.params.items()}
    out = layer.forward(x, training=False)
    np.testing.assert_allclose(out[0], (x[0] - 0.5) / 1.0)
    np.testing.assert_allclose(out[1], (x[1] - 5) / np.sqrt(25.75))
    for name, parameter in layer.params.items():
        np.testing.assert_array_equal(parameter.value, held[name])


def test_one_image_alone_is_normalized_without_a_division_by_zero() -> None:
    layer = build("batch_normalization", (4,))
    assert layer.forward(np.arange(4.0)[:, None], training=True).tolist() == [[0.0]] * 4
    assert np.isfinite(layer.backward(np.ones((4, 1)))).all()


# -- flatten ------------------------------------------------------------------------------------------------------
def test_flatten_lays_channels_rows_and_columns_end_to_end() -> None:
    x = np.arange(2 * 3 * 4 * 2).reshape(2, 3, 4, 2)
    out = build("flatten", (2, 3, 4)).forward(x, training=False)
    assert out[:, 1].tolist() == [x[c, h, w, 1] for c in range(2) for h in range(3) for w in range(4)]


def test_the_palette_shows_groups_and_layers_in_the_books_order() -> None:
    assert {group: [entry.title for entry in entries] for group, entries in LAYERS.groups().items()} == {
        "Dense": ["Affine"],
        "Convolution": [
            "Convolution",
            "Max pool",
            "Average pool",
            "Global average pool",
            "Zero padding",
            "Upsampling",
            "Transposed convolution",
        ],
        "Activation": ["ReLU", "Sigmoid", "Tanh", "Identity", "Softmax", "Leaky ReLU", "ELU", "GELU", "Step"],
        "Normalize": ["Batch normalization", "Layer normalization", "Local response normalization"],
        "Regularize": ["Dropout"],
        "Shape": ["Flatten", "Reshape"],
        "Block": ["Residual", "Parallel"],
    }


# -- affine -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("rows", [False, True], ids=["columns", "rows"])
@pytest.mark.parametrize(("inputs", "units", "batch"), [(784, 50, 50), (400, 120, 32), (300, 77, 90), (31, 16, 3)])
def test_a_product_in_pieces_is_the_product(
    inputs: int, units: int, batch: int, rows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "has_small_kernels", lambda: True)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, inputs)).T if rows else rng.normal(size=(inputs, batch))
    layer = build("affine", (inputs,), units=units)
    weight, bias = layer.params["W"], layer.params["b"]
    weight.value[...] = rng.normal(size=(inputs, units))
    bias.value[...] = rng.normal(size=units)
    np.testing.assert_allclose(layer.forward(x, training=True), weight.value.T @ x + bias.value[:, None], rtol=1e-10)
    dout = rng.normal(size=(units, batch))
    np.testing.assert_allclose(layer.backward(dout), weight.value @ dout, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(weight.grad, x @ dout.T, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(bias.grad, dout.sum(axis=1), rtol=1e-10, atol=1e-10)


def test_products_are_cut_only_a_little_above_the_limit_of_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "has_small_kernels", lambda: True)
    assert [products.pieces(50, 50 * 784 * batch) for batch in (10, 50, 100, 1000)] == [1, 2, 5, 1]
    assert [products.pieces(50, 50 * 784 * batch, turned=True) for batch in (5, 50, 1000)] == [1, 5, 1]
    assert products.pieces(53, 53 * 784 * 50) == 1  # a prime number of rows has no equal parts
    monkeypatch.setattr(products, "has_small_kernels", lambda: False)
    assert products.pieces(50, 50 * 784 * 50) == 1


@pytest.mark.parametrize("kind", ["relu", "sigmoid", "tanh"])
@pytest.mark.parametrize(
    ("first", "in_shape", "values"),
    [("affine", (7,), {"units": 5}), ("batch_normalization", (3, 4, 5), {}), ("average_pool", (2, 5, 6), STEPS)],
    ids=["affine", "batch normalization", "average pooling"],
)
def test_an_activation_in_place_computes_what_it_does_by_itself(first, in_shape, values, kind: str) -> None:
    rng = np.random.default_rng(0)
    layer = build(first, in_shape, **values)
    activation = build(kind, layer.out_shape)
    for parameter in layer.params.values():
        parameter.value[...] = rng.uniform(0.5, 1.5, parameter.value.shape)
    (stage,) = plan([layer, activation])
    assert stage.layers == (layer, activation)
    x, dout = rng.normal(size=(*in_shape, 3)), rng.normal(size=(*layer.out_shape, 3))
    together = [stage.forward(x, training=True).copy(), stage.backward(dout).copy()]
    grads = [parameter.grad.copy() for parameter in layer.params.values()]
    out = activation.forward(layer.forward(x, training=True), training=True)
    np.testing.assert_array_equal(out, together[0])
    np.testing.assert_array_equal(layer.backward(activation.backward(dout)), together[1])
    for parameter, grad in zip(layer.params.values(), grads, strict=True):
        np.testing.assert_array_equal(parameter.grad, grad)
    assert np.unique(out).size > 2 and np.abs(together[1]).max() > 0


# -- a batch in two shares ----------------------------------------------------------------------------------------
def in_shares(layers: list[Layer[Any]], x: np.ndarray, dout: np.ndarray, cut: int) -> list[list[np.ndarray]]:
    """Output, dx and parameter gradients of two workers that compute a batch's images before and after `cut`."""
    barrier, handed = threading.Barrier(2), {}

    def work(index: int) -> list[np.ndarray]:
        def add_up(values: np.ndarray) -> np.ndarray:
            handed[index] = values
            barrier.wait(30)
            total = handed[0] + handed[1]
            barrier.wait(30)
            return total

        layer, place = layers[index], slice(cut) if index == 0 else slice(cut, None)
        layer.share = Share(0, cut, x.shape[-1], add_up) if index == 0 else Share(cut, x.shape[-1], x.shape[-1], add_up)
        layer.rng = np.random.default_rng(5)
        out = layer.forward(x[..., place], training=True)
        return [out, layer.backward(dout[..., place]), *(p.grad for p in layer.params.values())]

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(work, range(2)))


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 2e-4)])
@pytest.mark.parametrize("in_shape", [(3, 4, 5), (6,)], ids=["channels", "features"])
def test_shares_of_a_batch_are_normalized_with_the_statistics_of_all(in_shape, dtype, tolerance) -> None:
    rng = np.random.default_rng(0)
    x, dout = rng.normal(30, 2, (*in_shape, 11)).astype(dtype), rng.normal(size=(*in_shape, 11)).astype(dtype)
    x[..., 4:] += 7  # the shares have means of their own
    whole, *halves = (build("batch_normalization", in_shape, dtype) for _ in range(3))
    expected = [whole.forward(x, training=True).copy(), whole.backward(dout)]
    first, second = in_shares(halves, x, dout, 4)
    for number in range(2):
        both = np.concatenate([first[number], second[number]], axis=-1)
        np.testing.assert_allclose(both, expected[number], rtol=tolerance, atol=tolerance)
    for name in ("gamma", "beta"):
        parts = halves[0].params[name].grad + halves[1].params[name].grad
        np.testing.assert_allclose(parts, whole.params[name].grad, rtol=tolerance, atol=10 * tolerance)
    for name in ("running_mean", "running_var"):
        np.testing.assert_allclose(halves[0].params[name].value, whole.params[name].value, rtol=tolerance)
        assert np.ptp(halves[1].params[name].value) == 0  # the first worker remembers for all


def test_statistics_far_from_zero_keep_their_precision() -> None:
    x = np.random.default_rng(0).normal(1000, 1, (4, 9, 8, 300))
    out = build("batch_normalization", (4, 9, 8), np.float32).forward(x.astype(np.float32), training=True)
    exact = build("batch_normalization", (4, 9, 8)).forward(x, training=True)
    np.testing.assert_allclose(out, exact, atol=1e-3)  # rounding x itself costs half of 1.2e-4 before any of it


@pytest.mark.parametrize("in_shape", [(2, 5, 7), (11,), (1,)])
@pytest.mark.parametrize("cut", [1, 4, 6])
def test_what_is_dropped_does_not_depend_on_how_the_batch_is_shared(in_shape: tuple[int, ...], cut: int) -> None:
    x = np.random.default_rng(0).normal(size=(*in_shape, 7))
    whole, *halves = (build("dropout", in_shape, rate=0.4) for _ in range(3))
    whole.rng = np.random.default_rng(5)
    expected = [whole.forward(x, training=True).copy(), whole.backward(x)]
    first, second = in_shares(halves, x, x, cut)
    for number in range(2):
        np.testing.assert_array_equal(np.concatenate([first[number], second[number]], axis=-1), expected[number])


@pytest.mark.parametrize("rate", [0.01, 0.25, 0.99])
def test_each_lane_of_random_bits_drops_its_share(rate: float) -> None:
    layer = build("dropout", (3, 100), rate=rate)
    layer.rng = np.random.default_rng(0)
    out = layer.forward(np.ones((3, 100, 400)), training=True)
    for lane in out:  # three channels: each is drawn from bits of its own
        assert np.mean(lane == 0) == pytest.approx(rate, abs=0.004)
    assert abs(np.corrcoef((out == 0).reshape(3, -1))[0, 1:]).max() < 0.02


def test_flatten_copies_only_what_lies_inside_a_border_and_into_the_same_memory() -> None:
    layer, bordered = build("flatten", (2, 3, 4)), np.random.default_rng(0).normal(size=(2, 5, 6, 7))
    inside, rows = bordered[:, 1:-1, 1:-1], np.moveaxis(bordered[:, :3, :4].transpose(3, 0, 1, 2).copy(), 0, -1)
    first = layer.forward(inside, training=True)
    np.testing.assert_array_equal(first, inside.reshape(24, 7))
    assert layer.forward(inside, training=True).base is first.base
    assert np.shares_memory(layer.forward(rows, training=True), rows)
    assert np.shares_memory(build("flatten", (2, 5, 6)).forward(bordered[:, :, :, 2:5], training=True), bordered)


# -- memory -------------------------------------------------------------------------------------------------------
STEPPING: list[tuple[str, dict[str, Any]]] = [
    ("affine", {"units": 90}),
    ("max_pool", {"pool_size": (3, 2), "stride": (4, 2)}),
    ("max_pool", {"pool_size": (3, 2), "stride": (1, 2), "padding": (1, 0)}),
    ("average_pool", {"pool_size": (3, 2), "stride": (1, 2), "padding": (1, 0)}),
    *((kind, {}) for kind in ("relu", "sigmoid", "tanh", "softmax", "identity", "flatten", "dropout")),
    ("batch_normalization", {}),
    *((kind, {}) for kind in ("leaky_relu", "elu", "gelu", "layer_normalization", "local_response_normalization")),
    *((kind, {}) for kind in ("global_average_pool", "zero_padding", "upsampling")),
    ("step", {"forward_only": True}),
    ("dropout", {"scaled": "predicting"}),
    ("upsampling", {"factor": (1, 3), "method": "bilinear"}),
    ("transposed_convolution", {"filters": 3, "kernel_size": (3, 4), "padding": (1, 0)}),
]


def in_memory_order(x: np.ndarray, order: str) -> np.ndarray:
    """The same numbers, contiguous, inside the border of something larger, or as the data come: a row an image."""
    if order == "bordered":
        return np.pad(x, [(0, 0), *[(1, 1)] * (x.ndim - 2), (0, 0)])[(slice(None), *[slice(1, -1)] * (x.ndim - 2))]
    return np.moveaxis(np.moveaxis(x, -1, 0).copy(), 0, -1) if order == "rows" else x


@pytest.mark.one_in(35)
@pytest.mark.parametrize("order", ["contiguous", "bordered", "rows"])
@pytest.mark.parametrize(("kind", "values"), STEPPING, ids=lambda value: value if isinstance(value, str) else "")
def test_a_hundred_steps_take_no_memory(kind: str, values: dict[str, Any], order: str) -> None:
    in_shape = (500,) if kind == "affine" else (6, 19, 22)
    layer, rng = build(kind, in_shape, np.float32, **values), np.random.default_rng(0)
    count = 100 if math.prod(layer.out_shape) < math.prod(in_shape) else 25
    x = in_memory_order(rng.normal(size=(*in_shape, count)).astype(np.float32), order)
    dout = rng.normal(size=(*layer.out_shape, count)).astype(np.float32)
    layer.rng = rng

    def step() -> None:
        layer.forward(x, training=True)
        layer.backward(dout)

    growth, peak = memory_taken(step, 100)
    assert growth < 1_000
    assert peak < 105_000  # the buffers NumPy works with itself: three at most, of 8,192 numbers
    assert x.nbytes >= 200_000


@pytest.mark.parametrize(
    "shape", [(3, 4, 5, 7), (2, 50, 60, 70), (3, 2, 2, 40_000), (1, 2, 2, 140_000), (5, 300_000), (1, 1), (700, 300)]
)
def test_tiles_cover_an_array_once_and_are_small_where_rows_are(shape: tuple[int, ...]) -> None:
    seen, sizes = np.zeros(shape, np.int8), []
    for part in tiles(shape):
        seen[part] += 1
        sizes.append(seen[part].size)
        assert np.array_equal(zeros(seen[part].shape, np.dtype(np.float32)), np.zeros(seen[part].shape))
    assert (seen == 1).all()
    assert all(size <= max(TILE, math.prod(shape[2:]) if len(shape) > 2 else shape[1]) for size in sizes)
