"""What a network needs of a file: its layers with weights, in order, and arrays that go into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fishlab.core.errors import NetworkError
from fishlab.core.exchange.formats import ExchangeError
from fishlab.core.exchange.reading import quoted
from fishlab.core.layers import LayerSpec
from fishlab.core.layers.base import Array, ParameterInfo
from fishlab.core.network import parameter_key
from fishlab.core.shapes import NetworkReport, infer
from fishlab.core.spec import NetworkSpec, ProjectSpec
from fishlab.core.spec.training import PRECISIONS

_NAMES_AND_BEGINNINGS = ("uid", "name", "frozen", "init", "std")


@dataclass(frozen=True)
class Holder:
    """A layer that has parameters: its uid, what people call it, and what it needs, by parameter name."""

    uid: str
    label: str
    needs: Mapping[str, ParameterInfo]

    def key(self, name: str) -> str:
        """The key of one of its parameters."""
        return parameter_key(self.uid, name)


def holders(network: NetworkSpec) -> list[Holder]:
    """The layers with parameters from top to bottom, those inside blocks among them. Raises NetworkError."""
    report = working(network)
    return [
        Holder(layer.uid, f"layer {layer.number}, {layer.title},", {info.name: info for info in layer.parameters})
        for layer in report.walk()
        if layer.parameters and not layer.branches
    ]


def working(network: NetworkSpec) -> NetworkReport:
    """The report of a network that can be built; raises NetworkError for one that cannot."""
    report = infer(network)
    if report.problem:
        raise NetworkError(f"The network cannot be built: {report.problem.sentence}. {report.problem.reason}")
    return report


def alike(one: Sequence[LayerSpec], other: Sequence[LayerSpec]) -> bool:
    """Whether two stacks answer alike with the same weights: whatever their names and how they begin."""
    return list(map(_bare, one)) == list(map(_bare, other))


def _bare(layer: LayerSpec) -> dict[str, Any]:
    plain = {name: value for name, value in layer.to_dict().items() if name not in _NAMES_AND_BEGINNINGS}
    return plain | {"branches": [list(map(_bare, branch)) for branch in layer.branches]}


def refuse_endless(arrays: Mapping[str, Array]) -> None:
    """Raise ExchangeError where there is infinity or no number among the weights."""
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ExchangeError(
                f"{quoted(name)} holds numbers that are not finite: the training it comes from went astray. Export "
                "the weights again from before that."
            )


def refuse_one_output(count: int) -> None:
    """Raise ExchangeError for a network that gives one number: those here tell classes apart."""
    if count < 2:
        raise ExchangeError(
            "It gives one number; networks here give one for each class, and there are two or more. Give it an output "
            "for each class, train it again and save it."
        )


def in_precision(project: ProjectSpec, weights: Mapping[str, Array], *, fixed: bool) -> tuple[ProjectSpec, list[str]]:
    """The project in the precision of its weights, and sentences about it; where it is `fixed`, they are rounded."""
    widest = np.result_type(np.float32, *{array.dtype.newbyteorder("=") for array in weights.values()}).name
    if widest == project.training.precision or widest not in PRECISIONS:
        return project, []
    if not fixed:
        training = project.training.replace(precision=widest)
        return project.replace(training=training), [_said(widest)] if widest != "float32" else []
    if widest == "float64":
        return project, ["Its weights have 64 bits; the template computes in 32 bits, to which they were rounded."]
    return project, []


def _said(precision: str) -> str:
    return f"Its weights have 64 bits, so the network computes in {precision}; 32 bits are faster and enough to train."


def rounded(weights: Mapping[str, Array], precision: str) -> dict[str, Array]:
    """The weights in a precision; raises ExchangeError where one is too large for it."""
    with np.errstate(all="ignore"):
        found = {key: np.ascontiguousarray(array, precision) for key, array in weights.items()}
    refuse_endless(found)
    return found


def class_names(project: ProjectSpec) -> tuple[str, ...]:
    """What classes are called where nobody says it: 0, 1, 2, ..."""
    return tuple(map(str, range(project.network.classes)))


def refuse_left_over(found: Iterable[str], used: Iterable[str], *, remedy: str) -> None:
    """Raise ExchangeError, with the first of them, where arrays of the file have no place in the network."""
    taken = set(used)
    for name in found:
        if name not in taken:
            raise ExchangeError(f"{quoted(name)} has no place in the network. {remedy}")
