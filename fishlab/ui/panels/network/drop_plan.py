"""What would happen if layers were dropped at a place of the stack: pure values, nothing drawn, nothing changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication

from fishlab.core.errors import FieldError
from fishlab.core.layers import LayerSpec
from fishlab.core.layers.base import shape_text
from fishlab.core.shapes import LayerReport, Problem, infer, would_become
from fishlab.core.spec import NetworkSpec, Place, fresh_copies, walk
from fishlab.ui.layer_words import weights_text


@dataclass(frozen=True)
class DropPlan:
    """`place` counts the layers as they are now; `refusal` is empty where the drop can work."""

    place: Place
    words: str
    refusal: str = ""


def plan_drop(
    network: NetworkSpec, layers: Sequence[LayerSpec], place: Place, moving: Collection[str] = ()
) -> DropPlan:
    """Return what `layers` become before `place`; the ones in `moving` leave their old place for it.

    Refused is only what makes one of the dropped layers itself fail there, unless it fails already where it is: what
    it does to the others is legal.
    """
    if moving and place.block in {layer.uid for layer in walk(layers)}:
        return DropPlan(place, "", _tr("A block cannot hold itself: drop it outside."))
    try:
        return _plan(network, layers if moving else fresh_copies(layers), place, moving)
    except FieldError as error:  # blocks within blocks go only so deep
        return DropPlan(place, "", str(error))


def _plan(network: NetworkSpec, layers: Sequence[LayerSpec], place: Place, moving: Collection[str]) -> DropPlan:
    before = sum(layer.uid in moving for layer in network.stack(place)[: place.index])
    goal = replace(place, index=place.index - before)
    there = network.remove(*moving)
    reports: list[LayerReport] = []
    for offset, layer in enumerate(layers):
        here = replace(goal, index=goal.index + offset)
        report = would_become(there, here, layer)
        problem = _first_problem(report)
        if problem and not _fails_already(network, layer):
            return DropPlan(place, "", problem.reason)
        reports.append(report)
        there = there.insert(here, layer)
    return DropPlan(place, _words(reports))


def _first_problem(report: LayerReport) -> Problem | None:
    return next((inner.problem for inner in report.walk() if inner.problem), None)


def _fails_already(network: NetworkSpec, layer: LayerSpec) -> bool:
    report = infer(network).find(layer.uid)
    return report is not None and _first_problem(report) is not None


def _words(reports: Sequence[LayerReport]) -> str:
    shape = reports[-1].out_shape if reports else None
    weights = weights_text(sum(report.weights for report in reports))
    return "   ".join(part for part in (shape_text(shape) if shape else "—", weights) if part)


def _tr(text: str) -> str:
    return QCoreApplication.translate("network", text)
