"""A step of a training done beside it, on networks of its own: the same images, the same bits, and all tensors kept.

The batch is the one that the run learns from next: its images in the order of the epoch, changed and scaled as they
will be, dropout masks included. It is shared out among as many workers as the run has, for the order in which
gradients are added up decides their last bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from fishlab.core.data.batches import Batcher, Indices, epoch_order
from fishlab.core.data.checks import refuse_unfit
from fishlab.core.data.dataset import ImageSet
from fishlab.core.data.scaling import Scaling
from fishlab.core.errors import TrainingError
from fishlab.core.evaluation import arithmetic
from fishlab.core.free_memory import free_bytes
from fishlab.core.interruptible import Breathe, interruptible, unhurried
from fishlab.core.layers.base import Array, Layer, Parameter
from fishlab.core.losses import LOSSES
from fishlab.core.memory import image_bytes
from fishlab.core.moment import Moment
from fishlab.core.network import Memory, Network, parameter_key
from fishlab.core.parallel.task import Task
from fishlab.core.shapes import LayerReport, infer
from fishlab.core.share import Share
from fishlab.core.spec import LOSS_UID
from fishlab.core.stepper.meeting import Meeting
from fishlab.core.stepper.recorder import Heard, Recorder
from fishlab.core.stepper.trace import LayerTrace, LossTrace, ParameterTrace, Trace

KEPT = 8_000_000
"""Learned numbers that are kept to be looked at, and as many gradients."""


@dataclass(frozen=True, eq=False)
class Batch:
    """The images that go through together: their `indices` in the set, and the step that they are learned in."""

    indices: Indices
    step: int
    image: int
    alone: bool

    @property
    def here(self) -> Indices:
        """The indices of what goes through."""
        return self.indices[self.image : self.image + 1] if self.alone else self.indices


def next_batch(moment: Moment, images: ImageSet, image: int, *, alone: bool = False) -> Batch:
    """The batch that a run learns from next; `image` is brought into it."""
    spec, place = moment.project.training, moment.position
    first, epoch = place.batch * spec.batch_size, place.epoch
    if first >= len(images):
        first, epoch = 0, epoch + 1
    order = epoch_order(len(images), spec.seed, epoch, replacement=spec.sampling != "permutation")
    indices = order[first : first + spec.batch_size]
    return Batch(indices, place.step, min(max(0, image), len(indices) - 1), alone)


def trace_step(
    moment: Moment,
    network: Network,
    images: ImageSet,
    scaling: Scaling,
    *,
    image: int = 0,
    alone: bool = False,
    breathe: Breathe = unhurried,
) -> Trace:
    """The step that follows a moment; `network` holds its weights and is left as it is.

    Kept are all tensors of one image, from 0, and all parameters with their gradients over the batch; with `alone`
    the image goes through as a batch of one. `breathe()` is called before every layer, and what it raises ends the
    step. Raises TrainingError where there is nothing to learn from, or too little memory.
    """
    if not len(images):
        raise TrainingError("There are no training images: use fewer for validation, or a larger subset.")
    refuse_unfit(moment.network, images, "training")
    batch = next_batch(moment, images, image, alone=alone)
    workers = 1 if alone else min(moment.way.workers, len(batch.indices))
    _refuse_too_large(moment, network, len(batch.here), workers)
    task = Task(moment.network, moment.project.training, scaling, workers, moment.project.data.augmentation)
    with arithmetic():
        return _Step(task, network, images, batch, breathe).run()


def _refuse_too_large(moment: Moment, network: Network, images: int, workers: int) -> None:
    """Raise TrainingError where a step takes more memory than there is."""
    numbers = network.learning * (workers + 2) + 2 * network.values.size
    needed = 2 * images * image_bytes(moment.project, infer(moment.network)) + numbers * network.dtype.itemsize
    free = free_bytes()
    if free is not None and needed > free:
        raise TrainingError(
            f"Stepping through {images:,} images needs about {needed / 10**9:,.1f} GB of memory, and "
            f"{free / 10**9:,.1f} GB are free. Let one image go through alone, or use a smaller batch size."
        )


class Worker:
    """One share of the batch on a network of its own."""

    def __init__(self, network: Network, share: Share, batcher: Batcher) -> None:
        self.network, self.share, self._batcher = network, share, batcher
        self.loss, self.correct = 0.0, 0

    def learn(self, batch: Batch) -> None:
        """Compute the gradient, as a worker of a run does."""
        places = self.share
        if batch.alone:  # changed at random as in its batch, and learned from by itself
            places = Share(batch.image, batch.image + 1, len(batch.indices))
        self.x, self.labels = self._batcher.gather(batch.indices[places.begin : places.end], batch.step, places)
        divided = len(self.share) < self.share.total
        self.network.begin_step(batch.step, self.share if divided else None)
        self.loss, self.correct = self.network.gradient_step(self.x, self.labels)


class _Step:
    """The workers of one step; the one that has the image is listened to."""

    def __init__(self, task: Task, network: Network, images: ImageSet, batch: Batch, breathe: Breathe) -> None:
        self._task, self._like, self._batch, self._images = task, network, batch, images
        self._breathe = breathe
        self._state = network.state.copy()
        self._meeting = Meeting(task.workers)
        self._workers = [self._worker(index, images) for index in range(task.workers)]
        watched = next(worker for worker in self._workers if batch.alone or batch.image < worker.share.end)
        self._place = 0 if batch.alone else batch.image - watched.share.begin
        self._watched = watched
        self._recorder = Recorder(watched.network, self._twin(network.state.copy()), self._place)

    def _worker(self, index: int, images: ImageSet) -> Worker:
        task, count = self._task, len(self._batch.here)
        share = Share.of(count, index, task.workers, self._meeting.sum_of(index))
        batcher = Batcher(images, task.scaling, len(share), task.pipeline(images), task.dtype)
        return Worker(self._twin(self._state), share, batcher)

    def _twin(self, state: Array) -> Network:
        """A network over the same weights, with gradients of its own."""
        memory = Memory(self._like.values, np.zeros(self._like.learning, self._task.dtype), state)
        return interruptible(self._task.twin(memory), self._breathe)

    def run(self) -> Trace:
        """Compute, and gather what there is to see."""
        self._meeting.run([partial(worker.learn, self._batch) for worker in self._workers])
        batch = self._batch
        index = int(batch.indices[batch.image])
        return Trace(
            batch.step + 1, len(batch.indices), batch.image, index, int(self._images.numbers[index]), batch.alone,
            self._task.dtype, len(self._workers), self._layers(), self._loss(),
        )  # fmt: skip

    # -- what there is to see --------------------------------------------------------------------------------------
    def _layers(self) -> tuple[LayerTrace, ...]:
        network, heard, again = self._watched.network, self._recorder.results(), self._recorder.again
        parameters = self._parameters()
        reports = [report for report in infer(network.spec).walk() if report.uid != LOSS_UID]
        return tuple(
            _layer_trace(report, layer, heard[layer], parameters[layer], *again.get(layer, ((), {})))
            for layer, report in zip(network.walk(), reports, strict=True)
        )

    def _parameters(self) -> dict[Layer[Any], tuple[ParameterTrace, ...]]:
        """Those of every layer, as many as there is room for; those of a block are with the layers in it."""
        grads, room, found = self._gradients(), KEPT, {}
        for layer in self._watched.network.walk():
            mine = []
            for name, parameter in {} if layer.branches else layer.params.items():
                keep = parameter.info.size <= room
                room -= parameter.info.size if keep else 0
                mine.append(_parameter(parameter, grads.get(parameter_key(layer.spec.uid, name)), keep=keep))
            found[layer] = tuple(mine)
        return found

    def _gradients(self) -> dict[str, Array]:
        """The gradient of the whole batch: added up over the workers in their order, as a run does."""
        first, *others = self._workers
        total = first.network.grads
        for other in others:
            total = total + other.network.grads
        return dict(first.network.split(total))

    def _loss(self) -> LossTrace:
        network, place = self._watched.network, self._place
        last = self._recorder.results()[network.layers[-1]]
        assert last.out is not None and last.dout is not None
        label = self._watched.labels[place : place + 1]
        scores, loss = last.out[:, None], LOSSES[network.spec.loss.kind].item(network.spec.loss)
        return LossTrace(
            LOSSES[network.spec.loss.kind].title, network.spec.loss, last.out, loss.outputs(scores)[:, 0], last.dout,
            int(label[0]), loss.forward(scores, label), sum(worker.loss for worker in self._workers),
            sum(worker.correct for worker in self._workers),
        )  # fmt: skip


def _parameter(parameter: Parameter, grad: Array | None, *, keep: bool) -> ParameterTrace:
    info = parameter.info
    value, slope = (np.array(one, order="C") if keep and one is not None else None for one in (parameter.value, grad))
    return ParameterTrace(info.name, info.role, info.shape, value, slope)


def _layer_trace(
    report: LayerReport,
    layer: Layer[Any],
    heard: Heard,
    parameters: tuple[ParameterTrace, ...],
    fused: tuple[str, ...],
    apart: Mapping[str, float],
) -> LayerTrace:
    assert heard.x is not None and heard.out is not None
    tensors = heard.x, heard.out, heard.dout, heard.dx
    return LayerTrace(report.uid, report.number, report.title, layer.spec, *tensors, parameters, fused, apart)
