"""What templates are put together from: stacks of layers in the usual orders, and a project around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.registry import Registry
from fishlab.core.schedules import SCHEDULES, ScheduleSpec
from fishlab.core.spec import DataSpec, NetworkSpec, ProjectSpec, TrainingSpec

Stack = list[LayerSpec]
Template = Callable[[], ProjectSpec]
TEMPLATES: Registry[Template] = Registry("template")


def layer(kind: str, **values: Any) -> LayerSpec:
    """A layer of this kind, with fields other than the usual ones."""
    spec: LayerSpec = LAYERS[kind].item.Spec(**values)
    return spec


def dense(*units: int, activation: str = "relu", **values: Any) -> Stack:
    """Affine layers with an activation between them, scores at the end; `values` are fields of every Affine."""
    *hidden, scores = units
    stack: Stack = []
    for width in hidden:
        stack += [layer("affine", units=width, **values), layer(activation)]
    return [*stack, layer("affine", units=scores, **values)]


def convolution(filters: int, size: int, padding: int = 0, **values: Any) -> Stack:
    """A convolution and its ReLU."""
    return [layer("convolution", filters=filters, kernel_size=size, padding=padding, **values), layer("relu")]


def cosine() -> ScheduleSpec:
    """A rate that falls along a cosine over the run: deep networks end far better."""
    return SCHEDULES["cosine"].item()


def project(
    name: str,
    layers: Stack,
    optimizer: str = "adam",
    *,
    network: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
    training: dict[str, Any] | None = None,
    **values: Any,
) -> ProjectSpec:
    """A network of these layers, trained by an optimizer with these `values`; the rest as usual unless it is given."""
    return ProjectSpec(
        network=NetworkSpec(name=name, layers=tuple(layers), **(network or {})),
        data=DataSpec(**(data or {})),
        training=TrainingSpec(optimizer=OPTIMIZERS[optimizer].item.Spec(**values), **(training or {})),
    )
