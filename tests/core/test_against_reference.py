"""Every kernel, every layer and every planned stage gives the numbers of the plain reference (reference.py).

Short rows of layers are drawn from a seed: each kind alone, and the orders that may be fused. Sizes are lopsided, one
engine meets several batch sizes, memory orders and weights in a row, and all that comes out is compared. The data keep
away from the corners of ReLU and pooling, where single and double precision may rightly disagree; what happens on the
corner itself has a test of its own, with whole numbers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
import pytest
from counts import times
from reference import PLAIN, PlainStack, Step

from fishlab.core.kernels import backward, tiles
from fishlab.core.layers import LAYERS, Layer, LayerSpec, Parameter, Shape
from fishlab.core.layers.base import Misfit
from fishlab.core.network import parameter_key, public
from fishlab.core.plan import plan

Array = np.ndarray

# Rows of layers, a letter each (LETTERS below): every kind alone, and what the planner may and may not take together.
ORDERS = (
    "c", "c", "c", "c", "p", "p", "a", "f", "f", "n", "o", "r", "s", "t", "x", "i", "l",
    "L", "E", "G", "S", "m", "m", "N", "N", "R", "R", "R", "h", "z", "z", "u", "u", "u", "T", "T", "T", "T",
    "cr", "cp", "crp", "crp", "cpr", "cpr", "ca", "cra", "car", "cs", "cn", "cnr", "cnrp", "cnpr", "cpnr", "crn",
    "cro", "crop",
    "crcr", "crcrp", "ccp", "crcp", "cprc", "cprcpr", "crpc", "crr", "crpr", "cprr", "crpp", "cpp", "cir", "crip",
    "rc", "pc", "rp", "pr", "rr", "nr", "np", "ncr", "or", "ro", "crl", "crlf", "cprlfr", "cnlfr",
    "fL", "fE", "fG", "fS", "NL", "aE", "mL", "TL", "TE", "nL", "cL", "cG", "cE", "cRp", "crRp", "cNr", "czr", "zc",
    "zT", "uc", "cu", "cru", "Tr", "TrT", "cTc", "Tp", "cmr", "crm", "hc", "ch", "lfrhT", "lhc", "pu", "uT", "TR", "zm",
    "zN", "fNL", "cuR", "zh", "Th", "LzT",
    "fr", "fs", "fx", "fn", "fnr", "frf", "frfr", "ff", "frr", "fro", "fi", "fir", "rf", "lf", "lfr",
)  # fmt: skip
FAST, MORE = range(len(ORDERS)), range(len(ORDERS), 400)
LETTERS = {
    "c": "convolution", "p": "max_pool", "a": "average_pool", "f": "affine", "n": "batch_normalization",
    "o": "dropout", "r": "relu", "s": "sigmoid", "t": "tanh", "x": "softmax", "i": "identity", "l": "flatten",
    "L": "leaky_relu", "E": "elu", "G": "gelu", "S": "step", "m": "global_average_pool", "N": "layer_normalization",
    "R": "local_response_normalization", "h": "reshape", "z": "zero_padding", "u": "upsampling",
    "T": "transposed_convolution",
}  # fmt: skip
NEEDS_ROW, NEEDS_IMAGE = "f", "cpalmRzuT"


class Case(NamedTuple):
    """A row of layers over inputs of `in_shape`, and two batch sizes."""

    layers: tuple[LayerSpec, ...]
    in_shape: Shape
    batches: tuple[int, int]

    @property
    def out_shape(self) -> Shape:
        shape = self.in_shape
        for layer in self.layers:
            shape = LAYERS[layer.kind].item.output_shape(layer, shape)
        return shape


# -- drawing cases ---------------------------------------------------------------------------------------------------
def random_case(seed: int) -> Case:
    """Orders in turn; sizes at random, small enough for the reference."""
    rng = np.random.default_rng([seed, 11])
    order = ORDERS[seed % len(ORDERS)]
    while True:
        case = _draw(rng, order)
        if case and _cost(case) < 3e6:
            return case


def _draw(rng: np.random.Generator, order: str) -> Case | None:
    starts_flat = order[0] in NEEDS_ROW or (not set(order) & set(NEEDS_IMAGE) and rng.random() < 0.5)
    height, width = (int(size) for size in rng.integers(1, 13, 2))
    in_shape = (int(rng.integers(1, 80)),) if starts_flat else (_channels(rng), height, width)
    shape, layers = in_shape, []
    for number, letter in enumerate(order):
        values = _values(rng, letter, shape)
        spec = LAYERS[LETTERS[letter]].item.Spec(uid=f"{number}-{LETTERS[letter]}", **values)
        try:
            shape = LAYERS[spec.kind].item.output_shape(spec, shape)
        except Misfit:
            return None
        layers.append(spec)
    batches = (int(rng.choice([1, 2, 3, 17, 50, 100, 130, rng.integers(1, 131)])), int(rng.integers(1, 40)))
    return Case(tuple(layers), in_shape, batches)


def _channels(rng: np.random.Generator) -> int:
    return int(rng.choice([1, 1, 2, 3, 5, 7, 15, 16, 17, 33]))


def _values(rng: np.random.Generator, letter: str, shape: Shape) -> dict[str, Any]:
    pair = {"stride": _pair(rng, [1, 1, 1, 2, 3]), "padding": _pair(rng, [0, 0, 0, 1, 1, 2, 3])}
    square = _pair(rng, [1, 2, 2, 3, 3, 4, 5])
    if rng.random() < 0.4:  # what people build: equal sides, stride 1, often "same" padding
        square, side = (square[0],) * 2, square[0]
        pair = {"stride": (1, 1), "padding": (int(rng.choice([0, side // 2])),) * 2}
    if letter == "c":
        return {"filters": _channels(rng), "kernel_size": square, "bias": bool(rng.random() < 0.8), **pair}
    if letter in "pa":
        if rng.random() < 0.5:  # windows side by side, without a border
            size = _pair(rng, [1, 2, 2, 2, 3])
            return {"pool_size": size, "stride": size}
        return {"pool_size": _pair(rng, [1, 2, 3]), "stride": pair["stride"], "padding": _pair(rng, [0, 0, 1, 2])}
    if letter == "f":
        return {"units": int(rng.integers(1, 70)), "bias": bool(rng.random() < 0.8)}
    if letter == "T":
        extra = tuple(int(rng.integers(step)) for step in pair["stride"])
        values = {"kernel_size": square, "output_padding": extra, "bias": bool(rng.random() < 0.8)}
        return {"filters": _channels(rng), **values, **pair}
    return _other_values(rng, letter, shape)


def _other_values(rng: np.random.Generator, letter: str, shape: Shape) -> dict[str, Any]:
    drawn: dict[str, Callable[[], dict[str, Any]]] = {
        "n": lambda: {"momentum": 0.7, "epsilon": 1e-3},
        "N": lambda: {"epsilon": 1e-3},
        "o": lambda: {"rate": 0.3, "scaled": str(rng.choice(["training", "predicting"]))},
        "L": lambda: {"slope": float(rng.choice([0.01, 0.3, 1.0]))},
        "E": lambda: {"alpha": float(rng.choice([0.4, 1.0, 1.6]))},
        "S": lambda: {"forward_only": True},
        "R": lambda: {"size": int(rng.integers(1, 9)), "alpha": 0.6, "beta": 0.6, "k": float(rng.choice([0.5, 1, 2]))},
        "h": lambda: {"shape": " ".join(map(str, rng.permutation(_three_factors(rng, math.prod(shape)))))},
        "z": lambda: dict(zip(("top", "bottom", "left", "right"), map(int, rng.integers(0, 4, 4)), strict=True)),
        "u": lambda: {"factor": _pair(rng, [1, 2, 3]), "method": str(rng.choice(["nearest", "bilinear"]))},
    }
    return drawn[letter]() if letter in drawn else {}


def _three_factors(rng: np.random.Generator, count: int) -> tuple[int, int, int]:
    """Three numbers whose product is `count`."""
    one = int(rng.choice([factor for factor in range(1, count + 1) if count % factor == 0]))
    rest = count // one
    other = int(rng.choice([factor for factor in range(1, rest + 1) if rest % factor == 0]))
    return one, other, rest // other


def _pair(rng: np.random.Generator, choices: Sequence[int]) -> tuple[int, int]:
    down, across = rng.choice(choices, 2)
    return int(down), int(across)


def _cost(case: Case) -> float:
    shape, numbers = case.in_shape, math.prod(case.in_shape)
    for layer in case.layers:
        products = LAYERS[layer.kind].item.mult_adds(layer, shape)
        shape = LAYERS[layer.kind].item.output_shape(layer, shape)
        numbers += 10 * math.prod(shape) + (math.prod(products) if products else 0) / 20
    return numbers * max(case.batches)


# -- the engine's side -----------------------------------------------------------------------------------------------
class Engine:
    """The layers of a case over flat buffers, in the stages that the planner makes of them, asked for dx too."""

    def __init__(self, case: Case, dtype: Any) -> None:
        self.case, self.dtype = case, np.dtype(dtype)
        self.layers: list[Layer[Any]] = []
        self.flats: list[tuple[Array, Array]] = []
        self.parameters: dict[str, Parameter] = {}
        shape = case.in_shape
        for spec in case.layers:
            kind = LAYERS[spec.kind].item
            own = {info.name: self._parameter(spec, info) for info in kind.parameters(spec, shape)}
            self.layers.append(kind(spec, shape, own, self.dtype))
            shape = kind.output_shape(spec, shape)
        self.stages = plan(self.layers)

    def _parameter(self, spec: LayerSpec, info: Any) -> Parameter:
        values, grads = np.zeros((2, info.size), self.dtype)
        self.flats.append((values, grads))
        parameter = Parameter(info, public(values, info, 0), public(grads, info, 0))
        self.parameters[parameter_key(spec.uid, info.name)] = parameter
        return parameter

    def set_weights(self, rng: np.random.Generator) -> None:
        """Nothing special: no zeros, no ones, variances that are positive. Gradients start as what nothing leaves."""
        for parameter in self.parameters.values():
            size = rng.uniform(0.3, 1.3, parameter.info.shape) / math.sqrt(parameter.info.fan_in)
            sign = 1 if parameter.info.role == "state" else rng.choice([-1, 1], parameter.info.shape)
            parameter.value[...] = size * sign
        for _, grads in self.flats:
            grads[...] = 99.0

    def weights(self) -> dict[str, Array]:
        return {key: parameter.value.copy() for key, parameter in self.parameters.items()}

    def masks(self, batch: int, seed: int) -> dict[str, Array]:
        """What the dropout layers keep in a step of this seed: what one by itself makes of ones."""
        found = {}
        for index, layer in enumerate(self.layers):
            if layer.uses_rng:
                alone = type(layer)(layer.spec, layer.in_shape, {}, self.dtype)
                alone.rng = np.random.default_rng([seed, index])
                found[layer.spec.uid] = alone.forward(np.ones((*layer.in_shape, batch), self.dtype), training=True)
        return found

    def forward(self, x: Array, seed: int, *, training: bool) -> Array:
        for index, layer in enumerate(self.layers):
            if layer.uses_rng:
                layer.rng = np.random.default_rng([seed, index])
        for stage in self.stages:
            x = stage.forward(x, training=training)
        return x

    def step(self, x: Array, dout: Array, seed: int, *, training: bool) -> Step:
        out = self.forward(x, seed, training=training).copy()
        for stage in reversed(self.stages):
            dout = stage.backward(dout)
        learned = {key: p for key, p in self.parameters.items() if p.info.role != "state"}
        state = {key: p.value.copy() for key, p in self.parameters.items() if p.info.role == "state"}
        return Step(out, dout.copy(), {key: p.grad.copy() for key, p in learned.items()}, state, {}, np.empty(0))


def images(rng: np.random.Generator, shape: Shape, batch: int, dtype: Any) -> Array:
    """Normal numbers (*shape, N), read-only."""
    return frozen(rng.normal(size=(*shape, batch)).astype(dtype))


def frozen(array: Array) -> Array:
    array.setflags(write=False)
    return array


def turned(array: Array) -> Array:
    """The same numbers, as the view that images (N, C, H, W) are with the batch last."""
    return np.moveaxis(frozen(np.ascontiguousarray(np.moveaxis(array, -1, 0))), 0, -1)


def away_from_corners(
    engine: Engine, rng: np.random.Generator, batch: int, seed: int, *, training: bool
) -> tuple[Array, Step]:
    """Inputs of which none comes near a corner, and what the reference makes of them. Images that do are redrawn."""
    masks, weights = engine.masks(batch, seed), engine.weights()
    x = images(rng, engine.case.in_shape, batch, engine.dtype).copy()
    dout = images(rng, engine.case.out_shape, batch, engine.dtype)
    needed = 16 * np.finfo(engine.dtype).eps
    for _ in range(60):
        plain = PlainStack(engine.case.layers, weights)
        step = plain.step(x, dout, masks, training=training)
        near = step.margins < needed
        if not near.any():
            return frozen(x), step._replace(
                scales={
                    **step.scales,
                    "out": _scale(plain, "out", step.out),
                    "dx": _scale(plain, "dx", step.dx),
                    "dout": dout,
                }
            )
        x[..., near] = rng.normal(size=(*engine.case.in_shape, int(near.sum())))
    raise AssertionError("No data without near-ties was found.")


def _scale(plain: PlainStack, name: str, array: Array) -> float:
    return max([float(abs(array).max(initial=0.0)), *(layer.scales.get(name, 0.0) for layer in plain.walk())])


# -- comparing -------------------------------------------------------------------------------------------------------
def tolerance(case: Case, dtype: Any) -> float:
    """What rounding may do, as a share of the terms that are summed: some eps for each layer, times sqrt(terms).

    Sums of K numbers err by about sqrt(K) eps; the largest of thousands of such errors is some four times that.
    float64 gets a floor of 1e-12, for a batch normalization over few numbers, whose gradient is nearly nothing.
    """
    shape, longest = case.in_shape, 1
    for layer in case.layers:
        longest = max(longest, *LAYERS[layer.kind].item.mult_adds(layer, shape)[-1:], math.prod(shape[1:]))
        shape = LAYERS[layer.kind].item.output_shape(layer, shape)
    terms = longest * max(case.batches)
    return max(1e-12, 2 * len(case.layers) * float(np.finfo(dtype).eps) * math.sqrt(terms))


def assert_agrees(found: Mapping[str, Array], wanted: Mapping[str, Array], scales: Mapping[str, float], share: float):
    assert set(found) == set(wanted)
    for key, array in wanted.items():
        scale = max(float(abs(array).max(initial=0.0)), scales.get(key, 0.0))
        assert found[key].shape == array.shape, key
        away = float(abs(found[key] - array).max(initial=0.0))
        assert away <= share * scale, (
            f"{key}: away by {away:.3g}, {away / scale:.2g} of {scale:.3g}; {share:.2g} may be"
        )


def check(case: Case, dtype: Any, seed: int) -> None:
    """One engine: train, train on another batch size, predict, and once more, always with other weights."""
    rng = np.random.default_rng([seed, 5])
    engine, share = Engine(case, dtype), tolerance(case, dtype)
    large, small = case.batches
    for number, (batch, training, view) in enumerate(
        [(large, True, False), (small, True, True), (small, False, False), (large, False, True), (large, True, False)]
    ):
        engine.set_weights(rng)
        x, wanted = away_from_corners(engine, rng, batch, seed + number, training=training)
        dout = wanted.scales.pop("dout")
        if number % 2:  # forwards that no backward follows leave no trace
            kept = {key: p.value.copy() for key, p in engine.parameters.items()}
            engine.forward(images(rng, case.in_shape, large, dtype), seed, training=number == 1)
            engine.forward(images(rng, case.in_shape, small, dtype), seed, training=False)
            for key, value in kept.items():
                engine.parameters[key].value[...] = value
        found = engine.step(*((turned(x), turned(dout)) if view else (x, dout)), seed + number, training=training)
        assert {array.dtype for array in (found.out, found.dx, *found.grads.values())} == {np.dtype(dtype)}
        for name in ("out", "dx"):
            assert_agrees({name: getattr(found, name)}, {name: getattr(wanted, name)}, wanted.scales, share)
        assert_agrees(found.grads, wanted.grads, wanted.scales, share)
        assert_agrees(found.state, wanted.state, wanted.scales, share)


def named(seed: int) -> Any:
    return pytest.param(seed, id=f"{seed} {ORDERS[seed % len(ORDERS)]}")


both_types = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])


@pytest.mark.one_in(23)
@pytest.mark.parametrize("seed", [named(seed) for seed in FAST])
def test_what_the_engine_computes_is_what_the_plain_layers_compute(seed: int) -> None:
    check(random_case(seed), (np.float32, np.float64)[seed % 2], seed)


@pytest.mark.slow
@both_types
@pytest.mark.parametrize("seed", [named(seed) for seed in [*FAST, *MORE[:: times(6, 1)]]])
def test_it_is_so_for_many_more(seed: int, dtype: Any) -> None:
    check(random_case(seed), dtype, seed)


# -- however it is cut -----------------------------------------------------------------------------------------------
# Bytes of a tile, the largest small product, the widths of products, and from which size on factors are turned round.
CUTS = {
    "slivers": (1, 1, 1, 1, 1, 10**9),
    "narrow": (3_000, 2_000, 3, 17, 9, 0),
    "ragged": (20_000, 30_000, 24, 90, 50, 300),
    "whole": (10**9, 10**9, 10**6, 10**6, 10**6, 2_000),
}
CUT_SEEDS = [seed for seed in range(2000, 2120) if "c" in ORDERS[seed % len(ORDERS)]]


@pytest.fixture
def cut(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    values = CUTS[request.param]
    names = ("TILE_BYTES", "SMALL_PRODUCT", "LEAST_SMALL", "MOST", "WHOLE")
    for name, value in zip(names, values, strict=False):
        monkeypatch.setattr(tiles, name, value)
    monkeypatch.setattr(backward, "SMALL_PRODUCT", values[1])
    monkeypatch.setattr(backward, "LEAST_TURNED", values[5])


@pytest.mark.one_in(8)
@pytest.mark.parametrize("cut", ["narrow", "ragged"], indirect=True)
@pytest.mark.parametrize("seed", [named(seed) for seed in CUT_SEEDS[:8]])
def test_it_does_not_matter_how_a_convolution_is_cut_into_tiles(seed: int, cut: None) -> None:
    check(random_case(seed), np.float64, seed)


@pytest.mark.slow
@pytest.mark.parametrize("cut", CUTS, indirect=True)
@pytest.mark.parametrize("seed", [named(seed) for seed in CUT_SEEDS[:: times(4, 1)]])
def test_many_convolutions_may_be_cut_into_any_tiles(seed: int, cut: None) -> None:
    check(random_case(seed), np.float32 if seed % 2 else np.float64, seed)


def test_the_drawn_cases_have_every_kind_alone_and_are_lopsided() -> None:
    cases = [random_case(seed) for seed in FAST]
    single = {entry.kind for entry in LAYERS if not entry.item.Spec().branches}
    assert set(LETTERS.values()) == set(PLAIN) == single, "A new layer needs a plain one in reference.py."
    assert {case.layers[0].kind for case in cases if len(case.layers) == 1} == single
    convolutions = [layer for case in cases for layer in case.layers if layer.kind == "convolution"]
    for name in ("kernel_size", "stride", "padding"):
        assert sum(len(set(getattr(layer, name))) > 1 for layer in convolutions) > len(convolutions) / 5
    assert {1, 130} <= {batch for case in cases for batch in case.batches}


# -- on the corner itself --------------------------------------------------------------------------------------------
WINDOWS = {  # the one that is fused with a convolution, and all that are nearly it
    "2x2": {"pool_size": (2, 2), "stride": (2, 2)},
    "2x3": {"pool_size": (2, 3), "stride": (2, 3)},
    "2x2 by 2x1": {"pool_size": (2, 2), "stride": (2, 1)},
    "2x2 by 1x2": {"pool_size": (2, 2), "stride": (1, 2)},
    "2x2, border 0x1": {"pool_size": (2, 2), "stride": (2, 2), "padding": (0, 1)},
    "2x2, border 1x0": {"pool_size": (2, 2), "stride": (2, 2), "padding": (1, 0)},
    "1x2 by 2x2": {"pool_size": (1, 2), "stride": (1, 2)},
    "3x2 by 1x2": {"pool_size": (3, 2), "stride": (1, 2)},
    "3x3 by 1x1, border 1x2": {"pool_size": (3, 3), "stride": (1, 1), "padding": (1, 2)},
}


@pytest.mark.one_in(11)
@pytest.mark.parametrize("order", ["p", "cp", "cpr", "crp", "rp", "pr", "crpcpr", "npr", "pp"])
@pytest.mark.parametrize("window", WINDOWS)
def test_among_equals_the_first_in_reading_order_gets_the_gradient(order: str, window: str) -> None:
    """Whole numbers, small enough to be exact: here nothing is rounded, and both sides agree to the last bit."""
    dtype = np.float32
    values = {"c": {"filters": 6, "kernel_size": (1, 1)}, "p": WINDOWS[window], "n": {"epsilon": 1.0}}
    case = _that_fits(order, values)
    engine, rng = Engine(case, dtype), np.random.default_rng(1)
    for parameter in engine.parameters.values():
        state = {"running_mean": 0.0, "running_var": 3.0}  # 3 and an epsilon of 1: a deviation of 2
        whole = rng.integers(-1, 2, parameter.info.shape)
        parameter.value[...] = state.get(parameter.info.name, whole)
    training = "n" not in order
    x = frozen(rng.integers(-1, 2, (*case.in_shape, 5)).astype(dtype))
    dout = frozen(rng.integers(-4, 5, (*case.out_shape, 5)).astype(dtype))
    wanted = PlainStack(case.layers, engine.weights()).step(x, dout, {}, training=training)
    found = engine.step(x, dout, 0, training=training)
    np.testing.assert_array_equal(found.out, wanted.out)
    np.testing.assert_array_equal(found.dx, wanted.dx)
    for key in wanted.grads:
        np.testing.assert_array_equal(found.grads[key], wanted.grads[key])


def _that_fits(order: str, values: Mapping[str, Mapping[str, Any]]) -> Case:
    """An order over the smallest image, about 9 x 7 or larger, that its windows fit."""
    layers = tuple(
        LAYERS[LETTERS[letter]].item.Spec(uid=f"{number}", **values.get(letter, {}))
        for number, letter in enumerate(order)
    )
    for height, width in itertools.product(range(9, 40), range(7, 40)):
        case = Case(layers, (3, height, width), (5, 5))
        with suppress(Misfit):
            assert case.out_shape
            return case
    raise AssertionError("No image fits.")


@both_types
@pytest.mark.parametrize("order", ["r", "cr", "fr", "cpr", "nr"])
def test_at_zero_relu_passes_nothing_back(order: str, dtype: Any) -> None:
    values = {
        "c": {"filters": 4, "kernel_size": (2, 3)},
        "f": {"units": 5},
        "p": {"pool_size": (2, 1), "stride": (2, 1)},
    }
    layers = tuple(
        LAYERS[LETTERS[letter]].item.Spec(uid=f"{number}", **values.get(letter, {}))
        for number, letter in enumerate(order)
    )
    case = Case(layers, (6,) if "f" in order else (2, 5, 7), (3, 3))
    engine = Engine(case, dtype)
    for parameter in engine.parameters.values():
        parameter.value[...] = 1.0 if parameter.info.role in ("scale", "state") else 0.0
    x = images(np.random.default_rng(0), case.in_shape, 3, dtype) * (0 if order in ("r", "nr") else 1)
    found = engine.step(frozen(x), frozen(np.ones((*case.out_shape, 3), dtype)), 0, training=True)
    assert not found.out.any()
    assert not found.dx.any()
    assert not any(grad.any() for grad in found.grads.values())
