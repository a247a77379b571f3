"""The checks: one function each, which raises Broken, with numbers, where a sample does not keep to the contract."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fishlab.core.contract.sample import Broken, Sample, forward, frozen, learned, pass_through
from fishlab.core.fields import describe
from fishlab.core.initializers import INITIALIZERS
from fishlab.core.layers import LAYERS, Layer, LayerSpec, Parameter, Shape
from fishlab.core.layers.base import Array, layer_from_dict, shape_text
from fishlab.core.network import ROLES, Network
from fishlab.core.numeric import numerical_gradient
from fishlab.core.spec import NetworkSpec, walk

Check = Callable[[Sample], None]
CHECKS: dict[str, Check] = {}
BOTH_MODES = (True, False)


def _check(words: str) -> Callable[[Check], Check]:
    def enter(check: Check) -> Check:
        CHECKS[words] = check
        return check

    return enter


def _same(found: Any, wanted: Any, what: str, rtol: float = 0.0, atol: float = 0.0) -> None:
    """Refuse numbers that differ by more than the tolerances allow, naming the largest difference."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    if found.shape != wanted.shape:
        raise Broken(f"{what} has the shape {found.shape}, {wanted.shape} was expected.")
    if not np.allclose(found, wanted, rtol=rtol, atol=atol):
        off = np.abs(found - wanted)
        place = np.unravel_index(np.nanargmax(np.where(np.isnan(off), np.inf, off)), off.shape)
        where = tuple(map(int, place))
        raise Broken(f"{what} at {where} is {found[place]:.10g}, {wanted[place]:.10g} was expected.")


def _grad_names(sample: Sample, layer: Layer[Any]) -> list[str]:
    return ["The output", "dx", *(f"d{parameter.info.label}" for parameter in learned(layer))]


def _same_passes(sample: Sample, found: Sequence[Array], wanted: Sequence[Array], **tolerances: float) -> None:
    for what, one, other in zip(_grad_names(sample, sample.build()), found, wanted, strict=True):
        _same(one, other, what, **tolerances)


@_check("it describes itself in words")
def describes_itself(sample: Sample) -> None:
    """A title, a group, a source, a help of a sentence or two, and help for every field."""
    kind = sample.spec.kind
    entry = LAYERS[kind]
    if kind != kind.lower() or not kind.replace("_", "").isalnum():
        raise Broken(f"The kind {kind!r} is its name in files: small letters, digits and underscores.")
    for what in ("title", "group", "icon"):
        if not getattr(entry, what):
            raise Broken(f"It has no {what}.")
    if not (entry.chapter or entry.paper):
        raise Broken("It names neither a chapter nor a paper that it comes from.")
    if not entry.help.endswith(".") or not 40 < len(entry.help) < 200:
        raise Broken(f"Its help has {len(entry.help)} letters; a sentence or two of 40 to 200, with a full stop, fit.")
    if not sample.kind.__doc__ or not sample.kind.summary(sample.kind.Spec()):
        raise Broken("It has no docstring, or neither a formula nor a summary.")
    for info in describe(sample.kind.Spec):
        if not info.label or not info.help.endswith((".", "?")):
            raise Broken(f"Its field {info.name!r} has no label, or no sentence of help.")


@_check("its parameters have known roles and a start")
def parameters_have_a_role_and_a_start(sample: Sample) -> None:
    """Names of their own, a role that the network knows, an initial value that can be drawn."""
    infos = sample.kind.parameters(sample.spec, sample.in_shape)
    if len({info.label for info in infos}) != len(infos):
        raise Broken("Two of its parameters carry the same name.")
    specs = {spec.uid: spec for spec in walk([sample.spec])}
    for info in infos:
        if info.role not in (*ROLES, "state"):
            raise Broken(f"{info.label} has the role {info.role!r}; known are {', '.join((*ROLES, 'state'))}.")
        owner = specs[info.owner or sample.spec.uid]
        if info.init not in ("zero", "one") and getattr(owner, "init", None) not in INITIALIZERS:
            raise Broken(f"{info.label} begins as {info.init!r}: give it 'zero', 'one', or the layer a field `init`.")


@_check("what comes out has the inferred shape")
def shapes_are_as_inferred(sample: Sample) -> None:
    """`output_shape` says what `forward` gives, and `backward` gives the shape of the input."""
    for training in BOTH_MODES:
        for batch in (1, 3):
            layer = sample.build()
            _shape(forward(layer, sample.x(batch), training), (*sample.out_shape, batch), "The output")
            _shape(layer.backward(sample.dout(batch)), (*sample.in_shape, batch), "dx")


def _shape(found: Array, wanted: Shape, what: str) -> None:
    if found.shape != wanted:
        raise Broken(f"{what} is {shape_text(found.shape)}, {shape_text(wanted)} was inferred (the batch comes last).")


@_check("backward agrees with numerical differentiation")
def gradients_are_right(sample: Sample) -> None:
    """dx and the gradient of every parameter, in float64, for one image and for three, training and predicting."""
    for training in BOTH_MODES:
        for batch in (1, 3):
            _gradients(sample, sample.x(batch), sample.dout(batch), training)


def _gradients(sample: Sample, x: Array, dout: Array, training: bool) -> None:
    _, dx, *grads = pass_through(sample.build(), x, dout, training)
    probe = sample.build()  # its running statistics move with every pass, which no gradient sees

    def projected(values: Array) -> float:
        return float(np.sum(forward(probe, values, training) * dout))

    _same(dx, numerical_gradient(projected, x), "dx", rtol=1e-6, atol=1e-7)
    for parameter, grad in zip(learned(probe), grads, strict=True):

        def of_parameter(values: Array, parameter: Parameter = parameter) -> float:
            parameter.value[...] = values
            return projected(x)

        start = parameter.value.copy()
        _same(grad, numerical_gradient(of_parameter, start), f"d{parameter.info.label}", rtol=1e-6, atol=1e-7)
        parameter.value[...] = start


@_check("its arguments stay untouched")
def arguments_stay_untouched(sample: Sample) -> None:
    """Neither x nor dout nor a weight is written to."""
    for training in BOTH_MODES:
        layer = sample.build()
        weights = [parameter.value.copy() for parameter in learned(layer)]
        try:
            pass_through(layer, sample.x(3), sample.dout(3), training)  # both are read-only
        except ValueError as error:
            raise Broken(f"It writes to its arguments, which are others': {error}.") from error
        for parameter, weight in zip(learned(layer), weights, strict=True):
            _same(parameter.value, weight, f"After a pass {parameter.info.label}")


@_check("the number type is kept")
def the_number_type_is_kept(sample: Sample) -> None:
    """float32 in, float32 out; float64 in, float64 out."""
    for training in BOTH_MODES:
        for dtype in (np.float32, np.float64):
            layer = sample.build(dtype)
            found = pass_through(layer, sample.x(3, dtype=dtype), sample.dout(3, dtype=dtype), training)
            for what, array in zip(_grad_names(sample, layer), found, strict=True):
                if array.dtype != dtype:
                    raise Broken(f"{what} is {array.dtype} where {np.dtype(dtype)} went in.")


@_check("single precision computes what double does")
def single_precision_is_near(sample: Sample) -> None:
    """To 1e-4 of the largest number."""
    for training in BOTH_MODES:
        training = training and not sample.kind.uses_rng  # the two types draw different random numbers
        single, double = (
            pass_through(sample.build(dtype), sample.x(3, dtype=dtype), sample.dout(3, dtype=dtype), training)
            for dtype in (np.float32, np.float64)
        )
        for what, one, other in zip(_grad_names(sample, sample.build()), single, double, strict=True):
            _same(one, other, what, rtol=1e-4, atol=1e-4 * (1 + float(np.abs(other).max())))


@_check("images of a batch do not see one another when predicting")
def images_are_apart(sample: Sample) -> None:
    """One by one they get the same answers as together."""
    x = sample.x(3)
    together = forward(sample.build(), x, training=False).copy()
    layer = sample.build()
    for image in range(3):
        alone = forward(layer, x[..., image : image + 1], training=False)
        _same(alone[..., 0], together[..., image], f"Alone, image {image}", rtol=1e-12, atol=1e-12)


@_check("a batch of another size in between changes nothing")
def other_sizes_leave_no_trace(sample: Sample) -> None:
    """The last batch of an epoch is smaller."""
    for training in BOTH_MODES:
        layer = sample.build()
        first = pass_through(layer, sample.x(3), sample.dout(3), training)
        state = {name: parameter.value.copy() for name, parameter in layer.params.items()}
        pass_through(layer, sample.x(2, seed=8), sample.dout(2, seed=9), training)
        for name, parameter in layer.params.items():
            parameter.value[...] = state[name]
        _same_passes(sample, pass_through(layer, sample.x(3), sample.dout(3), training), first)


@_check("a step after the first makes no large arrays")
def steps_take_no_memory(sample: Sample) -> None:
    """Working memory comes from `self.buffer`, and is used again."""
    batch = 100_000 // int(np.prod(sample.in_shape))  # large beside NumPy's own buffers of 8,192 numbers
    x, dout, layer = sample.x(batch), sample.dout(batch), sample.build()
    pass_through(layer, x, dout, True)
    layer.rng = np.random.default_rng(5)
    tracing = tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        layer.forward(x, training=True)
        layer.backward(dout)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        if not tracing:
            tracemalloc.stop()
    if peak >= 0.8 * x.nbytes:
        raise Broken(f"A step takes {peak:,} new bytes where its input has {x.nbytes:,}: write into self.buffer(...).")


@_check("the memory order of its arguments does not matter")
def memory_order_does_not_matter(sample: Sample) -> None:
    """Images may lie in memory one after the other, and gradients too."""
    x, dout = sample.x(3), sample.dout(3)
    turned = [np.moveaxis(frozen(np.ascontiguousarray(np.moveaxis(array, -1, 0))), 0, -1) for array in (x, dout)]
    strided = pass_through(sample.build(), turned[0], turned[1], True)
    _same_passes(sample, strided, pass_through(sample.build(), x, dout, True), rtol=1e-12, atol=1e-12)


@_check("the same seed gives the same numbers, another only to layers that say so")
def randomness_is_owned(sample: Sample) -> None:
    """Random numbers come from `self.rng`, in training alone, and only where `uses_rng` says so."""
    first, again = (pass_through(sample.build(), sample.x(3), sample.dout(3), True) for _ in range(2))
    _same_passes(sample, again, first)
    draws = sample.kind.uses_rng and getattr(sample.spec, "rate", 1) > 0
    for training in BOTH_MODES:
        one, other = (forward(sample.build(), sample.x(3), training, seed).copy() for seed in (1, 2))
        if np.array_equal(one, other) == (draws and training):
            raise Broken(
                "It says uses_rng, and the generator changes nothing." if draws and training else
                "The generator changes what it computes; in training that takes uses_rng = True."
            )  # fmt: skip


@_check("without an input gradient the parameters get theirs all the same")
def first_layers_learn_too(sample: Sample) -> None:
    """`input_gradient` False spares dx and nothing else."""
    _, _, *wanted = pass_through(sample.build(), sample.x(3), sample.dout(3), True)
    first = sample.build()
    first.input_gradient = False
    forward(first, sample.x(3), True)
    first.backward(sample.dout(3))
    for parameter, grad in zip(learned(first), wanted, strict=True):
        _same(parameter.grad, grad, f"d{parameter.info.label}", rtol=1e-12, atol=1e-12)


@_check("frozen, it keeps its weights and its state, and passes the same gradient on")
def frozen_layers_stay(sample: Sample) -> None:
    """In training nothing that it keeps moves; where it has no running statistics it computes what it always does."""
    if not sample.kind.parameters(sample.spec, sample.in_shape):
        return
    still = sample._replace(spec=sample.spec.replace(frozen=True))
    layer, before = still.build(), still.build()
    out, dx, *_ = pass_through(layer, sample.x(3), sample.dout(3), True)
    for name, parameter in layer.params.items():
        _same(parameter.value, before.params[name].value, name)
    if not any(parameter.info.role == "state" for parameter in layer.params.values()):
        wanted = pass_through(sample.build(), sample.x(3), sample.dout(3), True)
        _same(out, wanted[0], "The output")
        _same(dx, wanted[1], "dx")


@_check("its spec comes back from JSON")
def spec_comes_back(sample: Sample) -> None:
    """What a file holds is what was set."""
    again = layer_from_dict(json.loads(json.dumps(sample.spec.to_dict())))
    if again != sample.spec:
        raise Broken(f"{again} came back for {sample.spec}.")


@_check("weights that are saved and loaded compute the same")
def weights_come_back(sample: Sample) -> None:
    """As part of a network, from other initial values."""
    spec = NetworkSpec(in_shape=sample.in_shape, layers=(sample.spec, *_ending(sample.out_shape)))
    trained = Network(spec, seed=1)
    for parameter in trained.parameters.values():
        parameter.value += np.float32(0.1)
    again = Network(NetworkSpec.from_dict(json.loads(json.dumps(spec.to_dict()))), seed=2, start=trained.arrays())
    images = np.moveaxis(sample.x(3, dtype=np.float32), -1, 0)
    _same(again.predict(images), trained.predict(images), "The answer")
    _same(again.state, trained.state, "The state")


def _ending(shape: Shape) -> tuple[LayerSpec, ...]:
    """What turns any shape into ten scores."""
    flatten = (LAYERS["flatten"].item.Spec(),) if len(shape) == 3 else ()
    return (*flatten, LAYERS["affine"].item.Spec().replace(units=10))
