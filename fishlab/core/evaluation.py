"""Measuring a network on images that it does not learn from.

The images go through in batches of a size that the network decides, whichever thread takes them, and what they give is
put together in batch order: no bit depends on the number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from fishlab.core.data.batches import Batcher
from fishlab.core.data.checks import refuse_unfit
from fishlab.core.data.dataset import ImageSet
from fishlab.core.data.prepare import Scaling
from fishlab.core.errors import DataError, LabelError, TrainingError
from fishlab.core.events import Evaluating, Score
from fishlab.core.layers.base import Array
from fishlab.core.metrics import refuse_strange
from fishlab.core.network import Network, answered_at_once
from fishlab.core.processors import processors
from fishlab.core.shapes import BYTES, NetworkReport, infer
from fishlab.core.spec import MOST_CLASSES, NetworkSpec

UFUNC_BUFFER = 2048
MOST_THREADS = 16
TWIN_BYTES = 256 * 2**20  # for the working memory of all helping threads together
WORTH_A_THREAD = 100_000_000  # multiply-adds: about a millisecond, several times what a thread costs

Found = TypeVar("Found")
Measure = Callable[[Network, Array, Array], Found]
"""What to find out about a batch, from the network, its images (C, H, W, n) and its labels (n,)."""


@contextmanager
def computing() -> Iterator[None]:
    """BLAS is held to one thread, so that bits do not depend on it; overflow is looked for, not warned of.

    Several threads may compute at once: the last that ends gives BLAS back.
    """
    with _BLAS, arithmetic():
        yield


class _OneThread:
    """Holds BLAS to one thread for as long as anybody computes: its limit belongs to the whole program."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._holders = 0
        self._pools: ThreadpoolController | None = None
        self._limits: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if self._pools is None:
                self._pools = ThreadpoolController()  # NumPy's was there first; to look for it takes milliseconds
            if self._holders == 0:
                self._limits = self._pools.limit(limits=1, user_api="blas")
            self._holders += 1

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            self._holders -= 1
            if self._holders == 0 and self._limits is not None:
                self._limits.restore_original_limits()


_BLAS = _OneThread()


@contextmanager
def arithmetic() -> Iterator[None]:
    """How a thread computes: every thread needs this of its own, while one of them holds BLAS with `computing`.

    NumPy walks through strided arrays in pieces of UFUNC_BUFFER numbers, which should stay in the nearest cache; where
    a sum is cut into them its bits depend on it, so it is the same everywhere.
    """
    with np.errstate(all="ignore"):
        np.setbufsize(UFUNC_BUFFER)  # until the end of errstate, which puts back both
        yield


def evaluate(
    network: Network, images: ImageSet, scaling: Scaling, *, threads: int | None = None
) -> Generator[Evaluating, None, Score]:
    """Loss and accuracy over a set; yields its progress and returns the Score.

    `threads` None: as many as pay. Closing the generator ends the threads. Raises TrainingError for images of another
    size than the network takes.
    """
    found = yield from over_batches(network, images, scaling, _measure, threads=threads)
    total, correct = len(images), sum(right for _, right in found)
    return Score(sum(loss for loss, _ in found) / total, correct / total, correct, total)


def _measure(network: Network, x: Array, labels: Array) -> tuple[float, int]:
    scores = network.forward(x, training=False)
    return network.loss.forward(scores, labels) * labels.size, network.loss.correct(scores, labels)


def predictions(
    network: Network, images: ImageSet, scaling: Scaling, *, threads: int | None = None
) -> Generator[Evaluating, None, NDArray[np.intp]]:
    """The class (N,) that the network sees in each image; yields its progress. Otherwise like `evaluate`."""
    found = yield from over_batches(network, images, scaling, _classes, threads=threads)
    return np.concatenate(found)


def _classes(network: Network, x: Array, labels: Array) -> Array:
    answer: Array = network.forward(x, training=False).argmax(axis=0)
    return answer


def answers(
    network: Network, images: ImageSet, scaling: Scaling, *, threads: int | None = None
) -> Generator[Evaluating, None, Array]:
    """What the network answers to each image (N, K), for softmax the probabilities. Otherwise like `evaluate`."""
    found = yield from over_batches(network, images, scaling, _answers, threads=threads)
    return np.concatenate(found)


def _answers(network: Network, x: Array, labels: Array) -> Array:
    return network.loss.outputs(network.forward(x, training=False)).T.copy()


def confusion_matrix(labels: NDArray[np.intp], seen: NDArray[np.intp], classes: int = 0) -> NDArray[np.intp]:
    """Counts (K, K): row, the class an image is of; column, the class that was seen in it. Right is the diagonal.

    K is `classes`, or more where a label is larger, or unless it is given as many as occur. Raises LabelError for what
    are no labels, or not as many, DataError where there are none.
    """
    labels, seen = np.asarray(labels), np.asarray(seen)
    if not labels.size:
        raise DataError("There are no labels to count.")
    if labels.shape != seen.shape or labels.ndim != 1 or {labels.dtype.kind, seen.dtype.kind} - set("iu"):
        raise LabelError(
            f"Labels {labels.shape} of {labels.dtype} and what was seen, {seen.shape} of {seen.dtype}, do not go "
            "together: both are whole numbers (N,)."
        )
    for numbers in (labels, seen):
        refuse_strange(numbers, MOST_CLASSES)
    classes = max(classes, int(labels.max()) + 1, int(seen.max()) + 1)
    places = labels.astype(np.intp) * classes + seen
    return np.bincount(places, minlength=classes * classes).reshape(classes, classes)


def evaluate_now(network: Network, images: ImageSet, scaling: Scaling, *, threads: int | None = None) -> Score:
    """`evaluate` run to its end."""
    return finish(evaluate(network, images, scaling, threads=threads))


def finish(steps: Generator[Evaluating, None, Found]) -> Found:
    """What a generator of progress returns, once it has run to its end."""
    with computing():
        while True:
            try:
                next(steps)
            except StopIteration as end:
                found: Found = end.value
                return found


class Model(Protocol):
    """What answers images (N, C, H, W) with (N, K): a network, or an ensemble of them."""

    def predict(self, images: Array) -> Array:
        """The answers."""


def recognise(network: Model, image: Array, scaling: Scaling) -> Array:
    """The network's, or ensemble's, answer (K,) to one image (C, H, W) of grey levels 0..255."""
    with arithmetic():
        answer: Array = network.predict(scaling.apply(image[None]))[0]
    return answer


# -- over several threads -------------------------------------------------------------------------------------------
def over_batches(
    network: Network, images: ImageSet, scaling: Scaling, measure: Measure[Found], *, threads: int | None = None
) -> Generator[Evaluating, None, list[Found]]:
    """What `measure` finds for every batch, in their order; the caller's thread computes too, between two yields."""
    if not len(images):
        raise TrainingError("There are no images to evaluate.")
    refuse_unfit(network.spec, images)
    shared = _Batches(images, scaling, measure, network.at_once)
    helpers = (threads or worth_threads(network.spec, len(images))) - 1
    twins = [type(network)(network.spec, dtype=network.dtype, memory=network.memory) for _ in range(helpers)]
    crew = [Thread(target=shared.help, args=(twin,), name="fishlab-evaluation") for twin in twins]
    try:
        for thread in crew:
            thread.start()
        for _ in shared.work(network):
            yield Evaluating(shared.done, len(images))
        for thread in crew:
            thread.join()
    finally:
        shared.stopping = True
        for thread in crew:
            if thread.ident is not None:  # it did start
                thread.join()
    if shared.error is not None:
        raise shared.error
    if crew:
        yield Evaluating(len(images), len(images))
    return [shared.found[number] for number in sorted(shared.found)]


class _Batches(Generic[Found]):
    """The batches of a set, for several threads to take from, and what was found for each."""

    def __init__(self, images: ImageSet, scaling: Scaling, measure: Measure[Found], size: int) -> None:
        self._images, self._scaling, self._measure, self._size = images, scaling, measure, size
        self._starts = iter(range(0, len(images), size))  # next() of it is one step for all threads
        self.found: dict[int, Found] = {}
        self.error: BaseException | None = None
        self.stopping = False

    @property
    def done(self) -> int:
        """How many images have been seen."""
        return min(len(self._images), len(self.found) * self._size)

    def work(self, network: Network) -> Iterator[None]:
        """Take batches until there are none, or until somebody stops; yields after each."""
        batcher = Batcher(self._images, self._scaling, self._size, dtype=network.dtype)
        for start in self._starts:
            x, labels = batcher.gather(np.arange(start, min(start + self._size, len(self._images))))
            self.found[start] = self._measure(network, x, labels)
            if self.stopping:
                return
            yield

    def help(self, network: Network) -> None:
        """The whole life of a helping thread; its error waits for the thread that asked."""
        try:
            with arithmetic():
                for _ in self.work(network):
                    pass
        except BaseException as error:
            self.error, self.stopping = error, True


def worth_threads(network: NetworkSpec, images: int) -> int:
    """How many threads pay for so many images: those that have a processor, enough to do, and memory to work in."""
    report = infer(network)
    work = images * report.mult_adds // WORTH_A_THREAD
    batches = -(-images // answered_at_once(report, BYTES))
    room = 1 + TWIN_BYTES // _working_bytes(report)
    return max(1, min(processors(), MOST_THREADS, work, batches, room))


def _working_bytes(report: NetworkReport) -> int:
    """About what a forward pass holds: every output."""
    outputs = sum(math.prod(layer.out_shape or ()) for layer in report.walk())
    return BYTES * answered_at_once(report, BYTES) * max(1, outputs)
