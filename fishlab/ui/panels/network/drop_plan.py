"""What would happen if layers were dropped at a place of the stack: pure values, nothing drawn, nothing changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from fishlab.core.layers import LayerSpec
from fishlab.core.layers.base import shape_text
from fishlab.core.shapes import LayerReport, would_become
from fishlab.core.spec import NetworkSpec
from fishlab.ui.layer_words import weights_text


@dataclass(frozen=True)
class DropPlan:
    """`index` counts the layers as they are now; `refusal` is empty where the drop can work."""

    index: int
    words: str
    refusal: str = ""


def plan_drop(
    network: NetworkSpec, layers: Sequence[LayerSpec], index: int, moving: Collection[str] = ()
) -> DropPlan:
    """Return what `layers` become before layer `index`; the ones in `moving` leave their old place for it.

    Refused is only what makes one of the dropped layers itself fail there: what it does to the others is legal.
    """
    place = index - sum(layer.uid in moving for layer in network.layers[:index])
    network = network.remove(*moving)
    reports: list[LayerReport] = []
    for offset, layer in enumerate(layers):
        report = would_become(network, place + offset, layer)
        if report.problem:
            return DropPlan(index, "", report.problem.reason)
        reports.append(report)
        network = network.insert(place + offset, layer)
    return DropPlan(index, _words(reports))


def _words(reports: Sequence[LayerReport]) -> str:
    shape = reports[-1].out_shape if reports else None
    weights = weights_text(sum(report.weights for report in reports))
    return "   ".join(part for part in (shape_text(shape) if shape else "—", weights) if part)
