"""Blocks: layers that hold stacks of layers (chapter 8.2: Inception and residual learning).

A block sends its input through each of its branches and puts what comes out together again. A branch is a stack like
any other, may hold blocks itself, and may be empty: then it passes its input on as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, TypeVar

import numpy as np

from fishlab.core.errors import FieldError, SpecError
from fishlab.core.layers.base import (
    LAYERS,
    Array,
    Branches,
    Layer,
    LayerSpec,
    Parameter,
    ParameterInfo,
    Shape,
    layer_from_dict,
)
from fishlab.core.layers.tiling import tiles

DEEPEST = 8  # blocks within blocks


@dataclass(frozen=True, kw_only=True)
class BlockSpec(LayerSpec):
    """What every block has: `branches`, each a tuple of layers. At least `least` of them and at most `most`."""

    least: ClassVar[int] = 1
    most: ClassVar[int] = 16

    branches: Branches = ((),)

    def __post_init__(self) -> None:
        super().__post_init__()
        branches = self.branches
        if not isinstance(branches, tuple) or not self.least <= len(branches) <= self.most:
            raise FieldError("branches", f"A {self.kind} block has {_counted(self.least, self.most)}.")
        if not all(isinstance(layer, LayerSpec) for branch in branches for layer in branch):
            raise FieldError("branches", f"The branches of a {self.kind} block hold layers and nothing else.")
        if _depth(self) > DEEPEST:
            raise FieldError("branches", f"Blocks within blocks go {_depth(self)} deep; at most {DEEPEST} are read.")

    def with_branches(self, branches: Branches) -> Self:
        return self.replace(branches=branches)

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "branches": [[layer.to_dict() for layer in branch] for branch in self.branches]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        held = data.get("branches")
        if not isinstance(held, list) or not all(isinstance(branch, list) for branch in held):
            raise SpecError(f"A {cls.kind} block has no “branches”, a list of lists of layers.")
        branches = tuple(tuple(layer_from_dict(layer) for layer in branch) for branch in held)
        return super().from_dict({**data, "branches": branches})


def _counted(least: int, most: int) -> str:
    return f"{least} branches" if least == most else f"{least} to {most} branches"


def _depth(spec: LayerSpec) -> int:
    inner = (_depth(layer) for branch in spec.branches for layer in branch)
    return 1 + max(inner, default=0) if spec.branches else 0


BlockT = TypeVar("BlockT", bound=BlockSpec)


class Chain:
    """Stages one after the other: a branch as it runs."""

    def __init__(self, stages: Sequence[Any]) -> None:
        self.stages = stages

    def forward(self, x: Array, *, training: bool) -> Array:
        """x (*in_shape, N) -> what the last stage makes of it; an empty chain gives x itself."""
        for stage in self.stages:
            x = stage.forward(x, training=training)
        return x

    def backward(self, dout: Array) -> Array:
        """dL/dout -> dL/dx; where a stage was told that nobody needs its dx, it is the last one asked."""
        for stage in reversed(self.stages):
            dout = stage.backward(dout)
            if not stage.input_gradient:
                break
        return dout


class Block(Layer[BlockT]):
    """The base of every block. A subclass gives `joined`, `join` and `split`.

    Its parameters are those of the layers in it, each under the inner layer's own uid. `chains` run the branches;
    the planner gives them stages (see fishlab.core.plan).
    """

    adds: ClassVar[bool] = False  # what comes out of the branches, rather than laying it one behind the other

    # -- described by the spec alone -------------------------------------------------------------------------
    @classmethod
    def branch_titles(cls, spec: BlockT) -> tuple[str, ...]:
        """What people call the branches."""
        return tuple(f"Branch {number}" for number in range(1, len(spec.branches) + 1))

    @classmethod
    def joined(cls, spec: BlockT, in_shape: Shape, shapes: Sequence[Shape]) -> Shape:
        """The shape that comes of the branches' shapes; raises Misfit where they do not go together."""
        raise NotImplementedError

    @classmethod
    def output_shape(cls, spec: BlockT, in_shape: Shape) -> Shape:
        return cls.joined(spec, in_shape, [_shapes(branch, in_shape)[-1] for branch in spec.branches])

    @classmethod
    def parameters(cls, spec: BlockT, in_shape: Shape) -> tuple[ParameterInfo, ...]:
        return tuple(
            owned(info, layer.uid)
            for branch in spec.branches
            for layer, shape in zip(branch, _shapes(branch, in_shape), strict=False)
            for info in LAYERS[layer.kind].item.parameters(layer, shape)
        )

    @classmethod
    def reach(cls, spec: BlockT, in_shape: Shape, place: Shape) -> tuple[range, ...]:
        return tuple(map(range, in_shape))

    # -- built for real ----------------------------------------------------------------------------------------
    def __init__(
        self, spec: BlockT, in_shape: Shape, parameters: Mapping[str, Parameter], dtype: np.dtype[Any]
    ) -> None:
        super().__init__(spec, in_shape, parameters, dtype)
        self._branches = tuple(self._build(branch) for branch in spec.branches)
        self.chains = tuple(map(Chain, self._branches))

    def _build(self, branch: Sequence[LayerSpec]) -> tuple[Layer[Any], ...]:
        built, shapes = [], _shapes(branch, self.in_shape)
        held = (layer.replace(frozen=True) for layer in branch) if self.spec.frozen else branch
        for layer, shape in zip(held, shapes, strict=False):
            kind = LAYERS[layer.kind].item
            infos = kind.parameters(layer, shape)
            own = {info.label: self.params[owned(info, layer.uid).label] for info in infos}
            built.append(kind(layer, shape, own, self.dtype))
        return tuple(built)

    @property
    def branches(self) -> tuple[tuple[Layer[Any], ...], ...]:
        return self._branches

    def arrange(self, plan: Callable[[Sequence[Layer[Any]]], Sequence[Any]]) -> None:
        """Run each branch in the stages that `plan` makes of its layers."""
        self.chains = tuple(Chain(plan(branch)) for branch in self._branches)

    def output(self, batch: int) -> Array:
        """Where the output is written: always the same for a batch size."""
        return self.buffer("out", (*self.out_shape, batch))

    def forward(self, x: Array, *, training: bool) -> Array:
        return self.join([chain.forward(x, training=training) for chain in self.chains])

    def backward(self, dout: Array) -> Array:
        parts = [chain.backward(part) for chain, part in zip(self.chains, self.split(dout), strict=True)]
        if not self.input_gradient:
            return dout
        return self._sum(parts) if len(parts) > 1 else parts[0]

    def _sum(self, parts: Sequence[Array]) -> Array:
        """All parts added up, tile by tile, so that the sum stays in the cache."""
        first, second, *others = parts
        dx = self.buffer("dx", first.shape)
        for tile in tiles(first.shape):
            here = np.add(first[tile], second[tile], out=dx[tile])
            for other in others:
                here += other[tile]
        return dx

    def join(self, parts: Sequence[Array]) -> Array:
        """What comes out of the branches, put together."""
        raise NotImplementedError

    def split(self, dout: Array) -> Sequence[Array]:
        """The gradient that each branch gets."""
        raise NotImplementedError


def owned(info: ParameterInfo, uid: str) -> ParameterInfo:
    """The parameter as a block names it: with the uid of the inner layer that it belongs to."""
    return info if info.owner else replace(info, owner=uid)


def _shapes(branch: Sequence[LayerSpec], shape: Shape) -> list[Shape]:
    """The shape before each layer of a branch, and the one that comes out; raises Misfit."""
    shapes = [shape]
    for layer in branch:
        shapes.append(LAYERS[layer.kind].item.output_shape(layer, shapes[-1]))
    return shapes
