"""A network made to fit its data: it takes their shape and tells their classes apart."""

from __future__ import annotations

import dataclasses
from typing import Protocol

from fishlab.core.layers import Shape
from fishlab.core.shapes import infer
from fishlab.core.spec import LOSS_UID, NetworkSpec, ProjectSpec


class Shaped(Protocol):
    """A Dataset, or a Survey of one."""

    @property
    def shape(self) -> Shape:
        """Of one image (C, H, W), or of one row (F,)."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """What each class is called."""


def fits(network: NetworkSpec, dataset: Shaped) -> bool:
    """Whether the network takes images of this shape and has a class for each of theirs, and no more."""
    return network.in_shape == dataset.shape and network.classes == len(dataset.class_names)


def fit_network(project: ProjectSpec, dataset: Shaped) -> ProjectSpec:
    """The project with the input shape and number of classes of the data; a last Affine gets that many units.

    Layers in between stay as they are. Where one does not fit the new shape, `infer` says so, and proposes repairs.
    """
    return project.edit_network(lambda network: _fitted(network, dataset))


def _fitted(network: NetworkSpec, dataset: Shaped) -> NetworkSpec:
    if fits(network, dataset):
        return network
    fitted = dataclasses.replace(network, in_shape=dataset.shape, classes=len(dataset.class_names))
    problem = infer(fitted).problem
    if problem is not None and problem.uid == LOSS_UID and problem.repairs:
        return problem.repairs[0].network
    return fitted
