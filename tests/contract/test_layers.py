"""The contract of every registered layer. A new layer is tested by being registered.

A layer's samples are made from the descriptions of its fields; one whose defaults hide something, such as a window
with equal sides, has samples of its own in `SAMPLES`. Symmetric values hide mistakes: nothing here is square.
"""

import io
import json
import re
import tracemalloc
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

from fishlab.core.fields import FieldInfo, describe
from fishlab.core.initializers import INITIALIZERS
from fishlab.core.layers import LAYERS, Layer, LayerSpec, Parameter, Shape
from fishlab.core.layers.base import Misfit
from fishlab.core.network import ROLES, Network
from fishlab.core.numeric import numerical_gradient
from fishlab.core.spec import NetworkSpec, layer_from_dict, walk

IMAGE, ROW = (2, 5, 7), (6,)


def layer(kind: str, **values: Any) -> LayerSpec:
    spec: LayerSpec = LAYERS[kind].item.Spec(uid=f"{kind}{len(values)}", **values)
    return spec


WIDE = layer("convolution", filters=3, kernel_size=(1, 3), padding=(0, 1))
THIN = layer("convolution", filters=3, kernel_size=1)
WINDOW = {"stride": (1, 2), "padding": (1, 0)}
SAMPLES: dict[str, list[tuple[dict[str, Any], Shape]]] = {
    "convolution": [
        ({"filters": 3, "kernel_size": (2, 3), **WINDOW}, IMAGE),
        ({"filters": 4, "kernel_size": (3, 2), "padding": (2, 1), "bias": False}, (3, 4, 5)),
        ({"filters": 1, "kernel_size": (1, 2), "stride": (2, 3)}, (2, 5, 8)),
        ({"filters": 2, "kernel_size": (2, 1), "padding": (3, 0)}, (1, 3, 4)),
    ],
    "max_pool": [
        ({"pool_size": (2, 3), **WINDOW}, IMAGE),
        ({"pool_size": (1, 2), "stride": (2, 3)}, (2, 5, 8)),
        ({"pool_size": (3, 2), "stride": (2, 2), "padding": (2, 1)}, (3, 5, 6)),
    ],
    "average_pool": [
        ({"pool_size": (2, 3), **WINDOW}, IMAGE),
        ({"pool_size": (1, 2), "stride": (2, 3)}, (2, 5, 8)),
        ({"pool_size": (3, 2), "stride": (2, 2), "padding": (2, 1)}, (3, 5, 6)),
    ],
    "residual": [
        ({"branches": ((WIDE, layer("batch_normalization"), layer("tanh")), (THIN,))}, IMAGE),
        ({"branches": ((layer("sigmoid"), layer("affine", units=6)), ())}, ROW),
        ({"branches": ((), (layer("residual", branches=((layer("tanh"),), ())),))}, IMAGE),
    ],
    "parallel": [
        ({"branches": ((THIN, layer("tanh")), (), (WIDE,))}, IMAGE),
        ({"branches": ((layer("affine", units=3, bias=False),), (layer("sigmoid"),))}, ROW),
        ({"branches": ((layer("flatten"),),)}, IMAGE),
    ],
    "affine": [({"units": 4}, ROW), ({"units": 1, "bias": False}, (5,))],
    "dropout": [
        ({"rate": 0.3}, IMAGE),
        ({"rate": 0.3}, ROW),
        ({"rate": 0.0}, ROW),
        ({"rate": 0.3, "scaled": "predicting"}, IMAGE),
    ],
    "step": [({"forward_only": True}, IMAGE), ({"forward_only": True}, ROW)],
    "elu": [({}, IMAGE), ({"alpha": 0.3}, ROW), ({"alpha": 1.7}, IMAGE)],
    "local_response_normalization": [
        ({"size": 3, "alpha": 0.7, "beta": 0.6, "k": 1.3}, (5, 3, 2)),
        ({"size": 4, "alpha": 1.5, "k": 0.4}, (7, 2, 3)),
        ({"size": 9, "alpha": 0.7}, IMAGE),
        ({"size": 1, "alpha": 2.0}, IMAGE),
    ],
    "zero_padding": [
        ({"top": 1, "bottom": 3, "left": 2, "right": 0}, IMAGE),
        ({"top": 0, "bottom": 0, "left": 0, "right": 5}, (1, 3, 2)),
        ({"top": 0, "bottom": 0, "left": 0, "right": 0}, IMAGE),
    ],
    "reshape": [
        ({"shape": "7 × 2 × 5"}, IMAGE),
        ({"shape": "70"}, IMAGE),
        ({"shape": "1, 2, 3"}, ROW),
    ],
    "upsampling": [
        ({"factor": (2, 3)}, IMAGE),
        ({"factor": (3, 1)}, (3, 2, 4)),
        ({"factor": (2, 3), "method": "bilinear"}, IMAGE),
        ({"factor": (4, 1), "method": "bilinear"}, (3, 1, 4)),
    ],
    "transposed_convolution": [
        ({"filters": 3, "kernel_size": (2, 3), "stride": (1, 2), "padding": (1, 0)}, IMAGE),
        ({"filters": 3, "kernel_size": (3, 2), "stride": (2, 3), "output_padding": (1, 2)}, (2, 3, 4)),
        ({"filters": 1, "kernel_size": (4, 3), "stride": (2, 1), "padding": (2, 1), "bias": False}, (3, 4, 5)),
        ({"filters": 2, "kernel_size": (1, 2), "stride": (3, 2), "padding": (0, 1), "output_padding": (2, 0)}, IMAGE),
    ],
}


class Sample(NamedTuple):
    spec: LayerSpec
    in_shape: Shape

    @property
    def kind(self) -> type[Layer[Any]]:
        return LAYERS[self.spec.kind].item

    @property
    def out_shape(self) -> Shape:
        return self.kind.output_shape(self.spec, self.in_shape)


def sample_value(info: FieldInfo) -> Any:
    """A value that is not the default and not symmetric, from the description of a field."""
    if info.form == "int":
        return int(min(max(3, info.minimum), info.maximum))
    if info.form == "float":
        low, high = info.minimum or 0.0, info.maximum if info.maximum is not None else 1.0
        return low + 0.3 * (min(high, low + 1) - low)
    return info.default


def samples_of(kind: str) -> list[Sample]:
    spec_type = LAYERS[kind].item.Spec
    if kind in SAMPLES:
        return [Sample(spec_type(**values), shape) for values, shape in SAMPLES[kind]]
    spec = spec_type(**{info.name: sample_value(info) for info in describe(spec_type)})
    return [Sample(spec, shape) for shape in (IMAGE, ROW) if fits(spec, shape)]


def fits(spec: LayerSpec, shape: Shape) -> bool:
    try:
        LAYERS[spec.kind].item.output_shape(spec, shape)
    except Misfit:
        return False
    return True


def all_samples() -> Iterator[Any]:
    for kind in LAYERS.kinds():
        for sample in samples_of(kind):
            sizes = "x".join(map(str, sample.in_shape))
            summary = sample.kind.summary(sample.spec).replace("×", "x").encode("ascii", "ignore").decode()
            yield pytest.param(sample, id=f"{kind}: {summary}, {sizes}")


every_sample = pytest.mark.parametrize("sample", list(all_samples()))
every_kind = pytest.mark.parametrize("kind", LAYERS.kinds())
every_batch = pytest.mark.parametrize("batch", [1, 3])
both_modes = pytest.mark.parametrize("training", [True, False], ids=["training", "predicting"])


def build(sample: Sample, dtype: Any = np.float64, seed: int = 7) -> Layer[Any]:
    """The layer with parameters that are not special: no zeros, no ones, a positive running variance."""
    rng = np.random.default_rng(seed)
    parameters = {}
    for info in sample.kind.parameters(sample.spec, sample.in_shape):
        value = rng.uniform(0.2, 1.5, info.shape) * (1 if info.role == "state" else rng.choice([-1, 1], info.shape))
        order = info.storage or tuple(range(len(info.shape)))
        stored = np.ascontiguousarray(value.transpose(order), dtype).transpose(np.argsort(order))
        parameters[info.label] = Parameter(info, stored, np.full_like(stored, 99.0))
    return sample.kind(sample.spec, sample.in_shape, parameters, np.dtype(dtype))


def distinct(shape: Shape, seed: int = 3, dtype: Any = np.float64) -> np.ndarray:
    """Numbers of both signs, none equal to another, none near zero: no ties and no corners. Read-only."""
    size = int(np.prod(shape))
    values = (np.random.default_rng(seed).permutation(size) - size / 2 + 0.25) * (6 / size)
    return frozen(values.reshape(shape).astype(dtype))


def frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


def forward(layer: Layer[Any], x: np.ndarray, training: bool, seed: int = 5) -> np.ndarray:
    layer.rng = np.random.default_rng(seed)
    return layer.forward(x, training=training)


def pass_through(layer: Layer[Any], x: np.ndarray, dout: np.ndarray, training: bool) -> list[np.ndarray]:
    """Output, gradient of the input and of each parameter, as copies."""
    out = forward(layer, x, training).copy()
    return [out, layer.backward(dout).copy(), *(p.grad.copy() for p in learned(layer))]


def learned(layer: Layer[Any]) -> list[Parameter]:
    return [parameter for parameter in layer.params.values() if parameter.info.role != "state"]


@every_kind
def test_a_registered_layer_has_a_sample(kind: str) -> None:
    assert samples_of(kind), f"No sample of {kind!r} fits {IMAGE} or {ROW}: give it one in SAMPLES of this file."


@every_kind
def test_a_registered_layer_describes_itself_in_words(kind: str) -> None:
    entry = LAYERS[kind]
    assert kind == kind.lower() and kind.replace("_", "").isalnum()
    assert entry.title and entry.group and entry.icon
    assert entry.chapter[:1].isdigit() or entry.paper, "where does the book have it, or which paper?"
    assert not entry.paper or re.fullmatch(r"[A-Z].+ (19|20)[0-9]{2}", entry.paper)
    assert entry.help.endswith(".") and 40 < len(entry.help) < 200
    assert entry.item.Spec.kind == kind
    assert entry.item.__doc__ and entry.item.summary(entry.item.Spec())
    for info in describe(entry.item.Spec):
        assert info.label and info.help.endswith((".", "?")), f"{kind}.{info.name} has no help"


@every_sample
def test_parameters_have_known_roles_and_a_start(sample: Sample) -> None:
    infos = sample.kind.parameters(sample.spec, sample.in_shape)
    assert len({info.label for info in infos}) == len(infos)
    assert {info.role for info in infos} <= {*ROLES, "state"}
    specs = {spec.uid: spec for spec in walk([sample.spec])}
    drawn = [specs[info.owner or sample.spec.uid] for info in infos if info.init not in ("zero", "one")]
    assert all(getattr(spec, "init", None) in INITIALIZERS for spec in drawn)


@both_modes
@every_batch
@every_sample
def test_what_comes_out_has_the_inferred_shape(sample: Sample, batch: int, training: bool) -> None:
    layer = build(sample)
    out = forward(layer, distinct((*sample.in_shape, batch)), training)
    assert out.shape == (*sample.out_shape, batch)
    assert layer.backward(distinct(out.shape, seed=4)).shape == (*sample.in_shape, batch)
    assert layer.out_shape == sample.out_shape


@both_modes
@every_batch
@every_sample
def test_backward_agrees_with_numerical_differentiation(sample: Sample, batch: int, training: bool) -> None:
    x = distinct((*sample.in_shape, batch))
    dout = distinct((*sample.out_shape, batch), seed=4)
    _, dx, *grads = pass_through(build(sample), x, dout, training)
    probe = build(sample)  # its running statistics move with every pass, which no gradient sees

    def projected(values: np.ndarray) -> float:
        return float(np.sum(forward(probe, values, training) * dout))

    np.testing.assert_allclose(dx, numerical_gradient(projected, x), rtol=1e-6, atol=1e-7)
    for parameter, grad in zip(learned(probe), grads, strict=True):

        def projected_of_parameter(values: np.ndarray, parameter: Parameter = parameter) -> float:
            parameter.value[...] = values
            return projected(x)

        start = parameter.value.copy()
        np.testing.assert_allclose(grad, numerical_gradient(projected_of_parameter, start), rtol=1e-6, atol=1e-7)
        parameter.value[...] = start


@both_modes
@every_sample
def test_arguments_stay_untouched(sample: Sample, training: bool) -> None:
    x, dout = distinct((*sample.in_shape, 3)), distinct((*sample.out_shape, 3), seed=4)
    before = x.copy(), dout.copy()
    layer = build(sample)
    weights = [parameter.value.copy() for parameter in learned(layer)]
    pass_through(layer, x, dout, training)  # both are read-only: writing to them raises
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(dout, before[1])
    for parameter, weight in zip(learned(layer), weights, strict=True):
        np.testing.assert_array_equal(parameter.value, weight)


@both_modes
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_sample
def test_the_number_type_is_kept(sample: Sample, dtype: Any, training: bool) -> None:
    x, dout = distinct((*sample.in_shape, 3), dtype=dtype), distinct((*sample.out_shape, 3), seed=4, dtype=dtype)
    assert {array.dtype for array in pass_through(build(sample, dtype), x, dout, training)} == {np.dtype(dtype)}


@both_modes
@every_sample
def test_single_precision_computes_what_double_does(sample: Sample, training: bool) -> None:
    training = training and not sample.kind.uses_rng  # the two types draw different random numbers
    results = [
        pass_through(
            build(sample, dtype),
            distinct((*sample.in_shape, 3), dtype=dtype),
            distinct((*sample.out_shape, 3), seed=4, dtype=dtype),
            training,
        )
        for dtype in (np.float32, np.float64)
    ]
    for single, double in zip(*results, strict=True):
        np.testing.assert_allclose(single, double, rtol=1e-4, atol=1e-4 * (1 + np.abs(double).max()))


@every_sample
def test_images_of_a_batch_do_not_see_one_another_when_predicting(sample: Sample) -> None:
    x = distinct((*sample.in_shape, 3))
    together = forward(build(sample), x, training=False)
    layer = build(sample)
    for image in range(3):
        alone = forward(layer, x[..., image : image + 1], training=False)
        np.testing.assert_allclose(alone[..., 0], together[..., image], rtol=1e-12, atol=1e-12)


@both_modes
@every_sample
def test_a_batch_of_another_size_in_between_changes_nothing(sample: Sample, training: bool) -> None:
    x, dout = distinct((*sample.in_shape, 3)), distinct((*sample.out_shape, 3), seed=4)
    layer = build(sample)
    first = pass_through(layer, x, dout, training)
    state = {name: p.value.copy() for name, p in layer.params.items()}
    other = distinct((*sample.in_shape, 2), seed=8)
    pass_through(layer, other, distinct((*sample.out_shape, 2), seed=9), training)
    for name, parameter in layer.params.items():
        parameter.value[...] = state[name]
    for again, before in zip(pass_through(layer, x, dout, training), first, strict=True):
        np.testing.assert_array_equal(again, before)


@every_sample
def test_a_step_after_the_first_makes_no_large_arrays(sample: Sample) -> None:
    batch = 100_000 // int(np.prod(sample.in_shape))  # large beside NumPy's own buffers of 8,192 numbers
    x, dout = distinct((*sample.in_shape, batch)), distinct((*sample.out_shape, batch), seed=4)
    layer = build(sample)
    pass_through(layer, x, dout, True)
    layer.rng = np.random.default_rng(5)
    tracemalloc.start()
    try:
        layer.forward(x, training=True)
        layer.backward(dout)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 0.8 * x.nbytes


@every_sample
def test_memory_order_of_the_arguments_does_not_matter(sample: Sample) -> None:
    x, dout = distinct((*sample.in_shape, 3)), distinct((*sample.out_shape, 3), seed=4)
    turned = [frozen(np.ascontiguousarray(np.moveaxis(array, -1, 0))) for array in (x, dout)]
    plain = pass_through(build(sample), x, dout, True)
    strided = pass_through(build(sample), *(np.moveaxis(array, 0, -1) for array in turned), True)
    for one, other in zip(plain, strided, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


@every_sample
def test_the_same_seed_gives_the_same_numbers(sample: Sample) -> None:
    x, dout = distinct((*sample.in_shape, 3)), distinct((*sample.out_shape, 3), seed=4)
    for one, other in zip(*(pass_through(build(sample), x, dout, True) for _ in range(2)), strict=True):
        np.testing.assert_array_equal(one, other)


@every_sample
def test_only_layers_that_say_so_depend_on_the_seed(sample: Sample) -> None:
    x = distinct((*sample.in_shape, 3))
    same = [
        np.array_equal(*(forward(build(sample), x, training, seed) for seed in (1, 2))) for training in (True, False)
    ]
    draws = sample.kind.uses_rng and getattr(sample.spec, "rate", 1) > 0
    assert same == [not draws, True]


@every_sample
def test_without_an_input_gradient_the_parameters_get_theirs_all_the_same(sample: Sample) -> None:
    x, dout = distinct((*sample.in_shape, 3)), distinct((*sample.out_shape, 3), seed=4)
    _, _, *wanted = pass_through(build(sample), x, dout, True)
    first = build(sample)
    first.input_gradient = False
    forward(first, x, True)
    first.backward(dout)
    for parameter, grad in zip(learned(first), wanted, strict=True):
        np.testing.assert_allclose(parameter.grad, grad, rtol=1e-12, atol=1e-12)


@every_sample
def test_a_spec_comes_back_from_json(sample: Sample) -> None:
    text = json.dumps(sample.spec.to_dict())
    assert layer_from_dict(json.loads(text)) == sample.spec


@every_sample
def test_weights_that_are_saved_and_loaded_compute_the_same(sample: Sample) -> None:
    network = NetworkSpec(in_shape=sample.in_shape, layers=(sample.spec, *ending(sample.out_shape)))
    trained = Network(network, seed=1)
    for parameter in trained.parameters.values():
        parameter.value += np.float32(0.1)
    file = io.BytesIO()
    np.savez(file, **{key.replace("/", "|"): value for key, value in trained.arrays().items()})
    file.seek(0)
    loaded = {key.replace("|", "/"): value for key, value in np.load(file).items()}
    again = Network(NetworkSpec.from_dict(json.loads(json.dumps(network.to_dict()))), seed=2, start=loaded)
    images = np.moveaxis(distinct((*sample.in_shape, 3), dtype=np.float32), -1, 0)
    np.testing.assert_array_equal(again.predict(images), trained.predict(images))
    np.testing.assert_array_equal(again.values, trained.values)
    np.testing.assert_array_equal(again.state, trained.state)


def ending(shape: Shape) -> tuple[LayerSpec, ...]:
    """What turns any shape into ten scores."""
    flatten = (LAYERS["flatten"].item.Spec(),) if len(shape) == 3 else ()
    return (*flatten, LAYERS["affine"].item.Spec(units=10))
