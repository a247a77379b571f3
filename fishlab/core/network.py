"""A NetworkSpec built for real: forward, backward, and all parameters in one flat buffer.

At the door everything is what people expect: images (N, C, H, W) in, one row per image out. Inside, the batch is the
last axis (see fishlab.core.layers.base).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from fishlab.core.errors import NetworkError, UnfitError
from fishlab.core.free_memory import free_bytes
from fishlab.core.initializers import initial_value
from fishlab.core.layers import Layer, Parameter, ParameterInfo
from fishlab.core.layers.base import Array, shape_text
from fishlab.core.losses import LOSSES, Loss
from fishlab.core.plan import Stage, plan
from fishlab.core.randomness import Stream, stream
from fishlab.core.shapes import NetworkReport, infer, layer_type
from fishlab.core.share import Share
from fishlab.core.spec import NetworkSpec

ALIGN = 16
PREDICTED_AT_ONCE = 100
ANSWERED_BYTES = 512 * 2**20  # of outputs, for all images that are answered together
WORTH_ASKING = 100 * 2**20  # bytes
ROLES = ("weight", "bias", "scale", "shift")


def answered_at_once(report: NetworkReport, itemsize: int) -> int:
    """How many images go through a network together where it only answers: fewer than usual where they grow large."""
    image = itemsize * sum(math.prod(layer.out_shape or ()) for layer in report.walk())
    return max(1, min(PREDICTED_AT_ONCE, ANSWERED_BYTES // max(1, image)))


def parameter_key(uid: str, name: str) -> str:
    """How a parameter is called in files and tables."""
    return f"{uid}/{name}"


def parameter_keys(report: NetworkReport) -> dict[str, ParameterInfo]:
    """All that a network learns and keeps, by key; what is inside a block goes by the uid of its own layer."""
    return {
        parameter_key(info.owner or layer.uid, info.name): info for layer in report.layers for info in layer.parameters
    }


def learning_keys(spec: NetworkSpec, report: NetworkReport) -> list[str]:
    """The keys of what training moves: all but state, and what is frozen."""
    frozen = spec.frozen_uids()
    infos = parameter_keys(report).items()
    return [key for key, info in infos if info.role != "state" and key.rpartition("/")[0] not in frozen]


class Memory(NamedTuple):
    """The flat vectors that a network lives in: learned numbers, their gradients, and state that is not learned."""

    values: Array
    grads: Array
    state: Array


class Network:
    """The layers of a spec, built with a seed, ready to compute.

    `values` and `grads` hold every learned number; each parameter is a view of them. Weights stand first, so that
    `values[:decaying]` is all that weight decay touches. Frozen numbers stand last: `values[:learning]` is what
    training moves, and `grads` is as long as that. `start` maps parameter keys to values to begin from in place
    of fresh ones (those that fit by key and shape are taken). Raises NetworkError where the spec has a problem.

    With `memory` the network is a twin: it computes with the flat vectors it is given, which it leaves as they are.
    `stages` are the layers as they run: some of them fused (see fishlab.core.plan). `at_once` images are answered
    together, so that memory does not grow with their number.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        *,
        seed: int = 0,
        dtype: Any = np.float32,
        start: Mapping[str, Array] | None = None,
        memory: Memory | None = None,
    ) -> None:
        if np.dtype(dtype).kind != "f":
            raise NetworkError(f"A network computes in float16, float32 or float64, not in {np.dtype(dtype)}.")
        report = infer(spec)
        if report.problem:
            raise NetworkError(f"{report.problem.sentence}. {report.problem.reason}")
        self.spec = spec
        self.dtype = np.dtype(dtype)
        self.parameters: dict[str, Parameter] = {}
        self._lay_out(list(parameter_keys(report).items()), set(learning_keys(spec, report)), memory)
        self.layers: list[Layer[Any]] = []
        for layer_spec, entry in zip(spec.layers, report.layers, strict=False):
            assert entry.in_shape is not None
            own = {
                info.label: self.parameters[parameter_key(info.owner or entry.uid, info.name)]
                for info in entry.parameters
            }
            self.layers.append(layer_type(layer_spec)(layer_spec, entry.in_shape, own, self.dtype))
        self.at_once = answered_at_once(report, self.dtype.itemsize)
        self.loss: Loss = LOSSES[spec.loss.kind].item(spec.loss)
        self._seed = seed
        self._share: Share | None = None
        if memory is None:
            self._initialize(start or {})
        self._skip_unused_gradients()
        self.stages: tuple[Stage, ...] = plan(self.layers)

    # -- parameters ---------------------------------------------------------------------------------------------
    def _lay_out(
        self, infos: list[tuple[str, ParameterInfo]], learning: Collection[str], memory: Memory | None
    ) -> None:
        """Cut one aligned view of the flat buffers for each parameter, weights first; state lives in a third.

        What is frozen stands behind all that learns, and its gradients, where a layer computes them, are thrown away.
        """
        numbers = sorted((i for i in infos if i[1].role != "state"), key=lambda item: ROLES.index(item[1].role))
        learned = [item for item in numbers if item[0] in learning]
        still = [item for item in numbers if item[0] not in learning]
        kept = [item for item in infos if item[1].role == "state"]
        self.learning = _padded(learned)
        sizes = (self.learning + _padded(still), self.learning, _padded(kept))
        if memory is None:
            _refuse_too_large(sum(sizes) * self.dtype.itemsize)
        self.memory = memory or Memory(*(np.zeros(size, self.dtype) for size in sizes))
        self.values, self.grads, self.state = self.memory
        self.decaying = _padded([item for item in learned if item[1].role == "weight"])
        self._places = list(_places(learned))
        unused = np.zeros(_padded(still), self.dtype)  # takes no memory until a layer writes there
        rest = self.values[self.learning :]
        for values, grads, places in ((self.values, self.grads, self._places), (rest, unused, _places(still))):
            for key, info, place in places:
                self.parameters[key] = Parameter(info, public(values, info, place), public(grads, info, place))
        for key, info, place in _places(kept):
            view = public(self.state, info, place)
            self.parameters[key] = Parameter(info, view, np.empty(0, self.dtype))

    def _initialize(self, start: Mapping[str, Array]) -> None:
        for index, layer in enumerate(self.walk()):
            spec = layer.spec
            for number, parameter in enumerate(() if layer.branches else layer.params.values()):
                given = start.get(parameter_key(spec.uid, parameter.info.name))
                if given is not None and given.shape == parameter.info.shape:
                    parameter.value[...] = given
                else:
                    rng = stream(self._seed, Stream.INIT, index, number)
                    parameter.value[...] = initial_value(rng, parameter.info, spec)

    def _skip_unused_gradients(self) -> None:
        """Up to the first layer that learns, nothing needs the gradient of its input."""
        _skip_to_first_learner(self.layers)

    def walk(self) -> Iterator[Layer[Any]]:
        """Every layer from top to bottom, a block before the layers in it."""
        return _walk(self.layers)

    def split(self, flat: Array) -> Iterator[tuple[str, Array]]:
        """The parts of a flat vector that belong to each parameter that learns, as views in the public shape."""
        for key, info, place in self._places:
            yield key, public(flat, info, place)

    def arrays(self) -> dict[str, Array]:
        """Copies of all parameters and state, public shapes, by key."""
        return {key: np.ascontiguousarray(parameter.value).copy() for key, parameter in self.parameters.items()}

    # -- computing ----------------------------------------------------------------------------------------------
    def begin_step(self, step: int, share: Share | None = None) -> None:
        """Tell the layers which share of the batch they get, and give those that draw a generator for this step."""
        self._share = share
        for index, layer in enumerate(self.walk()):
            layer.share = share
            if layer.uses_rng:
                layer.rng = stream(self._seed, Stream.DROPOUT, step, index)

    def forward(self, x: Array, *, training: bool) -> Array:
        """x (*in_shape, N), batch last -> scores (K, N). Raises UnfitError for another shape."""
        if x.shape[:-1] != self.spec.in_shape:
            raise UnfitError(
                f"The network takes {shape_text(self.spec.in_shape)}, the batch behind it as the last axis, and gets "
                f"{shape_text(x.shape) or 'a single number'}. np.moveaxis(images, 0, -1) puts the batch there."
            )
        for stage in self.stages:
            x = stage.forward(x, training=training)
        return x

    def backward(self) -> Array:
        """Gradients of the last loss into `grads`; returns what came out of the first layer that was asked."""
        dout = self.loss.backward()
        for stage in reversed(self.stages):
            dout = stage.backward(dout)
            if not stage.input_gradient:
                break
        return dout

    def gradient_step(self, x: Array, labels: Array) -> tuple[float, int]:
        """One training pass over a batch: (loss, how many were right), with the gradients in `grads`.

        Over a share of a batch all three are that share's part of the whole batch's: parts add up.
        """
        scores = self.forward(x, training=True)
        loss = self.loss.forward(scores, labels, self._share.total if self._share else 0)
        correct = self.loss.correct(scores, labels)
        self.backward()
        return loss, correct

    def predict(self, images: Array) -> Array:
        """images (N, C, H, W), scaled as in training -> answers (N, K), for softmax the probabilities.

        Many images are taken in parts, so that memory does not grow with their number. Raises UnfitError for images of
        another size.
        """
        images = np.asarray(images)
        if images.shape[1:] != self.spec.in_shape or not images.ndim:
            raise UnfitError(
                f"The network takes images (N, {', '.join(map(str, self.spec.in_shape))}), and gets {images.shape}."
            )
        begins = range(0, max(1, len(images)), self.at_once)
        return np.concatenate([self._answers(images[begin : begin + self.at_once]) for begin in begins])

    def _answers(self, images: Array) -> Array:
        x = np.ascontiguousarray(np.moveaxis(np.asarray(images, self.dtype), 0, -1))
        return self.loss.outputs(self.forward(x, training=False)).T


def _refuse_too_large(needed: int) -> None:
    """Raise NetworkError where the numbers that a network keeps take more memory than there is."""
    free = free_bytes() if needed > WORTH_ASKING else None
    if free is not None and needed > free:
        raise NetworkError(
            f"The network's parameters and their gradients take {needed / 10**9:,.1f} GB of memory, and "
            f"{free / 10**9:,.1f} GB are free. Use fewer or smaller layers."
        )


def _walk(layers: Iterable[Layer[Any]]) -> Iterator[Layer[Any]]:
    for layer in layers:
        yield layer
        for branch in layer.branches:
            yield from _walk(branch)


def _skip_to_first_learner(layers: Iterable[Layer[Any]]) -> bool:
    """Nobody needs the dx of these layers up to the first that learns; says whether there is one."""
    for layer in layers:
        layer.input_gradient = False
        inside = [_skip_to_first_learner(branch) for branch in layer.branches]
        if any(inside) or (layer.params and not inside and not layer.spec.frozen):
            return True
    return False


def _padded(items: list[tuple[str, ParameterInfo]]) -> int:
    return sum(_room(info) for _, info in items)


def _room(info: ParameterInfo) -> int:
    return -(-info.size // ALIGN) * ALIGN


def _places(items: list[tuple[str, ParameterInfo]]) -> Iterator[tuple[str, ParameterInfo, int]]:
    place = 0
    for key, info in items:
        yield key, info, place
        place += _room(info)


def public(flat: Array, info: ParameterInfo, place: int) -> Array:
    """The view of a flat vector that holds one tensor, with its axes in the public order."""
    order = info.storage or tuple(range(len(info.shape)))
    stored = flat[place : place + math.prod(info.shape)].reshape([info.shape[axis] for axis in order])
    return stored.transpose(np.argsort(order))
