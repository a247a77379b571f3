"""Shape inference over a spec: a report for each layer, problems as data and never as a crash."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from string import ascii_lowercase

from fishlab.core.errors import FieldError, NetworkError
from fishlab.core.layers import LAYERS, Layer, LayerSpec, Shape
from fishlab.core.layers.base import Fix, Misfit, ParameterInfo, new_uid
from fishlab.core.layers.block import Block, owned
from fishlab.core.losses import LOSSES
from fishlab.core.own_layers import fault
from fishlab.core.spec import LOSS_UID, NetworkSpec, Place

BYTES = 4
MOST_PARAMETERS = 100_000_000


@dataclass(frozen=True)
class Repair:
    """A mend that was computed to work: what its button says and the network that it leads to."""

    label: str
    network: NetworkSpec


@dataclass(frozen=True)
class Problem:
    """Why the first failing layer cannot work. `number` is its place in the stack, as people count."""

    uid: str
    number: str
    title: str
    summary: str
    reason: str
    arithmetic: str = ""
    fields: tuple[str, ...] = ()
    short: str = ""
    shape_text: str = ""
    repairs: tuple[Repair, ...] = ()

    @property
    def sentence(self) -> str:
        """'1 Convolution does not fit evenly'."""
        return f"{self.number} {self.title} {self.summary}"


@dataclass(frozen=True)
class LayerReport:
    """What one layer does to the shape. `in_shape` and `out_shape` are None where it waits for an earlier one.

    `number` counts from 1; the layers in the branches of block 3 are 3a1, 3a2, ... and 3b1, 3b2, ... `parameters` of a
    block are those of the layers in it, whose own reports are in `branches`.
    """

    uid: str
    number: str
    title: str
    in_shape: Shape | None
    out_shape: Shape | None
    parameters: tuple[ParameterInfo, ...] = ()
    mult_adds: Shape = ()
    problem: Problem | None = None
    branches: tuple[tuple[LayerReport, ...], ...] = ()

    def walk(self) -> Iterator[LayerReport]:
        """This report and those of the layers inside, from top to bottom."""
        yield self
        for branch in self.branches:
            for report in branch:
                yield from report.walk()

    @property
    def weights(self) -> int:
        """How many numbers it learns; state that is only kept is not counted."""
        return sum(info.size for info in self.parameters if info.role != "state")


@dataclass(frozen=True)
class NetworkReport:
    """The whole stack; the last report is the loss's."""

    layers: tuple[LayerReport, ...]

    def walk(self) -> Iterator[LayerReport]:
        """Every report from top to bottom, a block's before those of the layers in it."""
        for layer in self.layers:
            yield from layer.walk()

    @property
    def problem(self) -> Problem | None:
        """The first thing that does not work, or None."""
        return next((layer.problem for layer in self.walk() if layer.problem), None)

    @property
    def ok(self) -> bool:
        """Whether the network can be built."""
        return self.problem is None

    @property
    def weights(self) -> int:
        """Learned numbers in all."""
        return sum(layer.weights for layer in self.layers)

    @property
    def mult_adds(self) -> int:
        """Multiply-adds for one image, forward."""
        return sum(math.prod(layer.mult_adds) for layer in self.walk() if layer.mult_adds)

    def find(self, uid: str) -> LayerReport | None:
        """The report of one layer."""
        return next((layer for layer in self.walk() if layer.uid == uid), None)


def layer_type(spec: LayerSpec) -> type[Layer[LayerSpec]]:
    """The class that builds this spec."""
    return LAYERS[spec.kind].item


def layer_title(spec: LayerSpec) -> str:
    """What a card calls the layer: the name a person gave it, or its kind's."""
    return spec.name or LAYERS[spec.kind].title


def infer(network: NetworkSpec) -> NetworkReport:
    """Shapes, sizes and the first problem of a stack that ends in a score for each of the network's classes."""
    if not isinstance(network, NetworkSpec):
        raise NetworkError(f"A NetworkSpec is looked at, such as project.network; this is a {type(network).__name__}.")
    return _infer(network, repairs=True)


def _infer(network: NetworkSpec, *, repairs: bool) -> NetworkReport:
    reports = _stack_reports(network, network.layers, network.in_shape, "", repairs)
    shape = reports[-1].out_shape if reports else network.in_shape
    return NetworkReport((*reports, _loss_report(network, shape)))


def would_become(network: NetworkSpec, where: int | Place, spec: LayerSpec) -> LayerReport:
    """The report that `spec` would get if it were put in before a place."""
    newcomer = spec.replace(uid=new_uid())  # its own uid may be there already: a layer that is being copied
    report = _infer(network.insert(where, newcomer), repairs=False).find(newcomer.uid)
    assert report is not None
    return report


def _stack_reports(
    network: NetworkSpec, stack: Sequence[LayerSpec], shape: Shape | None, prefix: str, repairs: bool
) -> tuple[LayerReport, ...]:
    reports: list[LayerReport] = []
    for index, spec in enumerate(stack, start=1):
        reports.append(_layer_report(network, spec, f"{prefix}{index}", shape, repairs))
        shape = reports[-1].out_shape
    return tuple(reports)


def _layer_report(
    network: NetworkSpec, spec: LayerSpec, number: str, shape: Shape | None, repairs: bool
) -> LayerReport:
    title = layer_title(spec)
    inner = tuple(
        _stack_reports(network, branch, shape, f"{number}{letter}", repairs)
        for letter, branch in zip(ascii_lowercase, spec.branches, strict=False)
    )
    if shape is None or any(branch and branch[-1].out_shape is None for branch in inner):
        return LayerReport(spec.uid, number, title, shape, None, branches=inner)
    kind = layer_type(spec)
    try:
        out, parameters = _outcome(spec, shape, inner)
    except Misfit as misfit:
        mends = _repairs(network, spec, misfit.fixes) if repairs else ()
        problem = _problem(spec.uid, number, title, misfit, mends)
        # Where only its own fields are at fault, what it would learn is known all the same.
        would_learn = kind.parameters(spec, shape) if misfit.fields else ()
        return LayerReport(spec.uid, number, title, shape, None, would_learn, problem=problem, branches=inner)
    return LayerReport(spec.uid, number, title, shape, out, parameters, kind.mult_adds(spec, shape), branches=inner)


def _outcome(
    spec: LayerSpec, shape: Shape, inner: Sequence[Sequence[LayerReport]]
) -> tuple[Shape, tuple[ParameterInfo, ...]]:
    """What a layer makes of an input: its output shape and what it learns; raises Misfit.

    For a block it is known from the reports of what is inside: to ask again at every level would take ever longer.
    """
    kind = layer_type(spec)
    if issubclass(kind, Block):
        out = kind.joined(spec, shape, [branch[-1].out_shape or () if branch else shape for branch in inner])
        parameters = tuple(
            owned(info, report.uid) for branch in inner for report in branch for info in report.parameters
        )
    else:
        try:
            out, parameters = kind.output_shape(spec, shape), kind.parameters(spec, shape)
        except Exception as error:
            if isinstance(error, Misfit) or not fault(error):
                raise
            raise Misfit(fault(error), summary="has an error in its file") from error
    _refuse_too_large(out, parameters)
    return out, parameters


def _refuse_too_large(out: Shape, parameters: tuple[ParameterInfo, ...]) -> None:
    weights = sum(info.size for info in parameters)
    if weights > MOST_PARAMETERS:
        raise Misfit(
            f"It would learn {weights:,} weights; at most {MOST_PARAMETERS:,} fit. Make it, or what comes before it, "
            "smaller.",
            summary="is too large",
            arithmetic=" + ".join("·".join(map(str, info.shape)) for info in parameters) + f" = {weights:,}",
            short="too large",
        )
    if math.prod(out) > MOST_PARAMETERS // 10:
        raise Misfit(
            f"One image would become {math.prod(out):,} numbers; at most {MOST_PARAMETERS // 10:,} fit.",
            summary="is too large",
            short="too large",
        )


def _problem(uid: str, number: str, title: str, misfit: Misfit, repairs: tuple[Repair, ...]) -> Problem:
    return Problem(
        uid, number, title, misfit.summary, misfit.reason, misfit.arithmetic, misfit.fields, misfit.short,
        misfit.shape_text, repairs,
    )


def _repairs(network: NetworkSpec, spec: LayerSpec, fixes: tuple[Fix, ...]) -> tuple[Repair, ...]:
    """The proposals that really make this layer fit, tried one by one."""
    found = []
    for fix in fixes:
        mended = _apply(network, spec, fix)
        if mended is not None and _fits(mended, spec.uid):
            found.append(Repair(fix.label, mended))
    return tuple(found)


def _apply(network: NetworkSpec, spec: LayerSpec, fix: Fix) -> NetworkSpec | None:
    place = network.place(spec.uid)
    if fix.insert_before:
        return network.insert(place, LAYERS[fix.insert_before].item.Spec())
    if fix.replace_with:
        return network.remove(spec.uid).insert(place, LAYERS[fix.replace_with].item.Spec(uid=spec.uid, name=spec.name))
    if fix.move_before:
        stack = network.stack(place)[: place.index]
        earlier = (replace(place, index=index) for index, layer in enumerate(stack) if layer.kind == fix.move_before)
        first = next(earlier, None)
        return None if first is None else network.move([spec.uid], first)
    try:
        return network.change(spec.uid, **fix.changes)
    except FieldError:
        return None


def _fits(network: NetworkSpec, uid: str) -> bool:
    report = _infer(network, repairs=False).find(uid)
    return report is not None and report.out_shape is not None


def _loss_report(network: NetworkSpec, shape: Shape | None) -> LayerReport:
    """The loss takes one score for each class; what would mend it is an Affine of that many units."""
    classes = network.classes
    number, title = str(len(network.layers) + 1), LOSSES[network.loss.kind].title
    if shape is None:
        return LayerReport(LOSS_UID, number, title, None, None)
    if shape == (classes,):
        return LayerReport(LOSS_UID, number, title, shape, shape)
    wanted = f"needs {classes} scores, one for each class"
    ends = _ends_in_classes(network, shape, classes)
    short = f"needs a row of {classes}"
    gets = " × ".join(f"{size:,}" for size in shape)
    problem = Problem(
        LOSS_UID, number, title, f"needs a row of {classes}", f"It {wanted}, and gets {gets}.", short=short,
        shape_text=gets, repairs=ends,
    )
    return LayerReport(LOSS_UID, number, title, shape, None, problem=problem)


def _ends_in_classes(network: NetworkSpec, shape: Shape, classes: int) -> tuple[Repair, ...]:
    affine = LAYERS["affine"].item.Spec().replace(units=classes)
    flat = () if len(shape) == 1 else (LAYERS["flatten"].item.Spec(),)
    added = network.insert(len(network.layers), *flat, affine)
    words = f"Add Affine of {classes}" if not flat else f"Add Flatten and Affine of {classes}"
    repairs = [Repair(words, added)]
    last = network.layers[-1] if network.layers else None
    if last is not None and last.kind == affine.kind:
        repairs.insert(0, Repair(f"Units {shape[0]} → {classes}", network.change(last.uid, units=classes)))
    return tuple(repairs)
