"""The check of a whole stack: each layer by itself, neighbours that run as one, the loss, and all of it together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from fishlab.core.checking.alone import Alone, beside
from fishlab.core.checking.report import Finding, GradientReport, Verdict
from fishlab.core.checking.slopes import Comparison, Uncheckable, compare
from fishlab.core.checking.together import check_together, fused
from fishlab.core.checking.whole import Whole, inside
from fishlab.core.errors import Cancelled, NetworkError
from fishlab.core.evaluation import arithmetic
from fishlab.core.free_memory import free_bytes
from fishlab.core.interruptible import Breathe, interruptible, unhurried
from fishlab.core.layers.base import Array, Layer
from fishlab.core.losses import LOSSES
from fishlab.core.network import Memory, Network
from fishlab.core.own_layers import fault
from fishlab.core.plan import one_by_one
from fishlab.core.shapes import infer, layer_title
from fishlab.core.spec import LOSS_UID, NetworkSpec, numbered

NOTHING = Comparison(0.0, 0, 0, 0)
ITEM, NETWORKS, ROOMS = 8, 5, 12  # bytes; copies of every weight; of every output: kept, moved, compared, computed in
Look = Callable[[int, int], None]


def _unheard(done: int, total: int) -> None:
    """Nobody listens."""


def check_gradients(
    spec: NetworkSpec, weights: Mapping[str, Array], x: Array, labels: Array, *, most: int = 20, seed: int = 0,
    look: Look = _unheard, breathe: Breathe = unhurried,
) -> GradientReport:  # fmt: skip
    """Backpropagation against central differences in float64, gradient by gradient, `most` numbers of each.

    `x` (*in_shape, N), scaled, the batch last, and `labels` (N,). Batch normalization takes its statistics from the
    batch, as in training, and dropout has one mask for all passes. `look(done, total)` is called now and then,
    `breathe()` before every layer of every pass.
    Raises NetworkError for a stack that has a problem, or needs more memory than there is.
    """
    _refuse_too_large(spec, labels.size)
    with arithmetic():
        return _Check(spec, weights, most, seed, look, breathe).report(np.asarray(x, np.float64), labels)


def _refuse_too_large(spec: NetworkSpec, images: int) -> None:
    """Raise NetworkError where two networks in float64, with room to compare, are more than the memory that is free."""
    report, free = infer(spec), free_bytes()
    outputs = sum(math.prod(layer.out_shape or ()) for layer in report.walk())
    needed = ITEM * (NETWORKS * report.weights + ROOMS * images * outputs)
    if free is not None and needed > free:
        raise NetworkError(
            f"The check needs about {needed / 1e9:,.1f} GB of memory, and {free / 1e9:,.1f} GB are free. Check fewer "
            "images, or a smaller network."
        )


class _Check:
    """Two twins of one network that share their weights: `plain` runs layer by layer, `network` as it learns."""

    def __init__(
        self, spec: NetworkSpec, weights: Mapping[str, Array], most: int, seed: int, look: Look, breathe: Breathe
    ) -> None:
        self._spec, self._most, self._look = spec, most, look
        self._rng = np.random.default_rng(seed)
        self._network = Network(spec, seed=seed, dtype=np.float64, start=weights)
        memory = Memory(*(self._network.values, *(flat.copy() for flat in self._network.memory[1:])))
        self._plain = Network(spec, seed=seed, dtype=np.float64, memory=memory)
        self._plain.stages = one_by_one(self._plain.layers)
        for network in (self._network, self._plain):
            interruptible(network, breathe)
        self._layers = {layer.spec.uid: layer for layer in self._plain.walk()}
        self._names = {layer.uid: (number, layer_title(layer)) for number, layer in numbered(spec.layers)}
        self._done, self._total = 0, len(self._layers) + len(dict(self._network.split(self._network.grads)))

    def report(self, x: Array, labels: Array) -> GradientReport:
        """All of it."""
        inputs = {layer.spec.uid: came for layer, came in self._inputs(self._plain.layers, x)}
        found = [finding for uid, came in inputs.items() for finding in self._alone(self._layers[uid], came)]
        whole = None if any(finding.problem for finding in found) else Whole(self._network, x, labels)
        if whole:
            found = [self._in_network(finding, whole) for finding in found]
            for stage in fused(self._network.stages):
                place, finding = self._together(found, stage, inputs[stage.layers[0].spec.uid])
                if len(stage.layers) > 1 or finding.verdict is not Verdict.RIGHT:
                    found.insert(place, finding)
            found.append(self._loss(whole))
        self._tell()
        return GradientReport(tuple(_judged(found, self._layers)), labels.size)

    def _inputs(self, layers: Sequence[Layer[Any]], x: Array) -> Iterator[tuple[Layer[Any], Array]]:
        """Every layer with what comes into it, a block before the layers in it."""
        for layer in layers:
            yield layer, x
            for branch in layer.branches:
                yield from self._inputs(branch, x)
            self._begin()
            x = layer.forward(x, training=True).copy()

    def _begin(self) -> None:
        self._plain.begin_step(0)
        self._network.begin_step(0)

    def _tell(self) -> None:
        self._look(self._done, self._total)

    # -- the parts -----------------------------------------------------------------------------------------------
    def _alone(self, layer: Layer[Any], x: Array) -> Iterator[Finding]:
        """Every gradient of a layer by itself, or what kept it from being checked."""
        try:
            gradients = list(Alone(layer, x, self._begin, self._rng).gradients())
        except Uncheckable as error:
            gradients = []
            yield self._finding(layer, "dx", NOTHING, str(error))
        for name, movable in gradients:
            try:
                compared = compare(movable, self._most, self._rng, self._tell)
                yield self._finding(layer, name, compared if compared.compared else self._beside(layer, x, name))
            except Exception as error:  # somebody's own code
                problem = str(error) if isinstance(error, Uncheckable) else fault(error)
                if isinstance(error, Cancelled) or not problem:
                    raise
                yield self._finding(layer, name, NOTHING, problem)
        self._done += 1

    def _beside(self, layer: Layer[Any], x: Array, name: str) -> Comparison:
        """Where all numbers stand on corners, as after a black image: the same with an input a little beside it."""
        gradients = dict(Alone(layer, beside(x, self._rng), self._begin, self._rng).gradients())
        return compare(gradients[name], self._most, self._rng, self._tell)

    def _finding(self, layer: Layer[Any], gradient: str, alone: Comparison, problem: str = "") -> Finding:
        uid = layer.spec.uid
        number, title = self._names[uid]
        return Finding(uid, number, title, gradient, alone, None, _verdict(alone, problem), problem)

    def _in_network(self, finding: Finding, whole: Whole) -> Finding:
        """The same with what the loss of the network says about a parameter."""
        if finding.gradient == "dx":
            return finding
        movable = whole.movable(finding.uid, finding.gradient[1:])
        compared = compare(movable, max(1, self._most // 2), self._rng, self._tell)
        self._done += 1
        return replace(finding, network=compared)

    def _together(self, found: Sequence[Finding], stage: Any, x: Array) -> tuple[int, Finding]:
        """Where among the findings neighbours belong that run as one, and what there is to say of them."""
        self._tell()
        uids = [layer.spec.uid for layer in stage.layers]
        numbers, titles = zip(*(self._names[uid] for uid in uids), strict=True)
        alone = check_together(stage, [self._layers[uid] for uid in uids], x, self._begin, self._rng)
        covered = {inner.spec.uid for layer in stage.layers for inner in inside(layer)}
        verdict = Verdict.SPOILED if alone.wrong and covered & _wrong(found) else _verdict(alone)
        place = 1 + max(index for index, finding in enumerate(found) if finding.uid == uids[-1])
        number = f"{numbers[0]}–{numbers[-1]}" if len(numbers) > 1 else numbers[0]
        return place, Finding(uids[0], number, " + ".join(titles), "", alone, None, verdict)

    def _loss(self, whole: Whole) -> Finding:
        """What the scores get from the loss."""
        alone = compare(whole.over_scores(), self._most, self._rng, self._tell)
        title = LOSSES[self._spec.loss.kind].title
        return Finding(LOSS_UID, str(len(self._spec.layers) + 1), title, "dx", alone, None, _verdict(alone))


def _verdict(alone: Comparison, problem: str = "") -> Verdict:
    if alone.wrong or problem:
        return Verdict.WRONG
    return Verdict.RIGHT if alone.compared else Verdict.UNKNOWN


def _judged(found: Sequence[Finding], layers: Mapping[str, Layer[Any]]) -> Iterator[Finding]:
    """What holds a layer that is wrong by itself is not to blame; nor is what only learns from it."""
    wrong = _wrong(found)
    for finding in found:
        layer = layers.get(finding.uid)
        held = {inner.spec.uid for inner in inside(layer)[1:]} if layer else set()
        if wrong & held or (finding.verdict is not Verdict.WRONG and finding.network and finding.network.wrong):
            yield replace(finding, verdict=Verdict.SPOILED)
        elif finding.verdict is Verdict.UNKNOWN and finding.network and finding.network.compared:
            yield replace(finding, verdict=Verdict.RIGHT)
        else:
            yield finding


def _wrong(found: Sequence[Finding]) -> set[str]:
    """The uids of the layers that are wrong by themselves."""
    return {finding.uid for finding in found if finding.verdict is Verdict.WRONG and finding.gradient}
