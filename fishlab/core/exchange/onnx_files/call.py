"""One node of a graph while it is read: its inputs looked up, its attributes checked, and the layer it becomes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fishlab.core.errors import FieldError
from fishlab.core.exchange.formats import ExchangeError
from fishlab.core.exchange.onnx_files.file import Node
from fishlab.core.exchange.onnx_files.tensors import MOST_LISTED
from fishlab.core.exchange.onnx_files.values import Known, Partial, Value
from fishlab.core.exchange.reading import quoted
from fishlab.core.layers import LAYERS, LayerSpec, Shape
from fishlab.core.layers.base import Array, Misfit, shape_text

BATCH = -(2**40)
"""Stands in shapes for the number of images, which is open."""

REBUILD = "Build that part of the network otherwise in the program that made it, and export it again."
"""What helps where nothing closer is known."""


@dataclass(frozen=True)
class Call:
    """A node with what its inputs are (None where one was left out), and the operator set of the file.

    `say` takes sentences about what had to be done to the file. `images` is how many the file is for: 1 where that is
    open, which is what exporters write then.
    """

    node: Node
    given: tuple[Known, ...]
    opset: int
    say: Any
    images: int = 1

    def refuse(self, why: str, do: str = REBUILD) -> ExchangeError:
        """The error that names the node; `why` goes on with what it has or does, `do` says what helps."""
        return ExchangeError(f"{self.node.words} {why} {do}".rstrip())

    # -- inputs ------------------------------------------------------------------------------------------------------
    def has(self, index: int) -> bool:
        """Whether there is an input at this place."""
        return index < len(self.given) and self.given[index] is not None

    def value(self, index: int = 0) -> Value:
        """A tensor that depends on the network's input."""
        found = self.given[index] if self.has(index) else None
        if isinstance(found, Value):
            return found
        if isinstance(found, Partial):
            raise self.refuse("comes at a place where no layer here is made of it.")
        raise self.refuse("computes with constants alone, in a way that is not read here.")

    @property
    def x(self) -> Value:
        """The first input in the shape that ONNX sees."""
        return self.value().settled

    def array(self, index: int) -> Array:
        """A constant."""
        found = self.given[index] if self.has(index) else None
        if isinstance(found, np.ndarray):
            return found
        raise self.refuse(f"takes input {index + 1} from other nodes; only a constant is read there.")

    def numbers(self, index: int) -> Array:
        """A constant of floats."""
        found = self.array(index)
        if found.dtype.kind != "f":
            raise self.refuse(f"has weights of type {found.dtype}; floats are read.")
        return found

    def spread(self, index: int, shape: Shape) -> Array:
        """A constant of floats that goes with every tensor N × `shape`, without axes beyond those of `shape`."""
        found = self.numbers(index)
        beyond = found.ndim - len(shape)
        if beyond > 0 and all(size == 1 for size in found.shape[:beyond]):
            found = found.reshape(found.shape[beyond:])
        sizes = zip(found.shape[::-1], shape[::-1], strict=False)
        if found.ndim > len(shape) or any(size not in (1, whole) for size, whole in sizes):
            raise self.refuse(f"has numbers {_shape(found.shape)} that do not go with N × {shape_text(shape)}.")
        return found

    def wholes(self, index: int) -> list[int]:
        """A constant that lists whole numbers."""
        found = self.array(index)
        if found.dtype.kind not in "iu" or found.ndim > 1 or found.size > MOST_LISTED:
            raise self.refuse(f"has something else than a list of whole numbers as input {index + 1}.")
        return [int(value) for value in found.reshape(-1)]

    def scalar(self, index: int) -> float:
        """A constant of one number."""
        found = self.array(index)
        if found.size != 1 or found.dtype.kind == "b":
            raise self.refuse(f"has something else than one number as input {index + 1}.")
        return shortest(found)

    def yes(self, index: int) -> bool:
        """A constant yes or no."""
        found = self.given[index] if self.has(index) else None
        if not isinstance(found, np.ndarray) or found.dtype.kind != "b" or found.size != 1:
            raise self.refuse("does one thing or another, as its input will be; layers here always do the same.")
        return bool(found.reshape(-1)[0])

    # -- attributes --------------------------------------------------------------------------------------------------
    def whole(self, name: str, default: int) -> int:
        """A whole number."""
        found: int = self._attribute(name, int, default)
        return found

    def real(self, name: str, default: float) -> float:
        """A number, in as few digits as tell it from its neighbours in float32: 0.9, not 0.8999999761581421."""
        return shortest(np.float32(self._attribute(name, float, default)))

    def word(self, name: str, default: str) -> str:
        """A word."""
        found: str = self._attribute(name, str, default)
        return found

    def listed(self, name: str, default: list[int]) -> list[int]:
        """Whole numbers."""
        found = self._attribute(name, list, default)
        if not all(isinstance(value, int) for value in found):
            raise self.refuse(f"has something else than whole numbers as {quoted(name)}.")
        return list(found)

    def pair(self, name: str, default: list[int]) -> tuple[int, int]:
        """Two whole numbers, rows and columns."""
        found = self.listed(name, default)
        if len(found) != 2:
            raise self.refuse(f"has {len(found)} sizes as {quoted(name)}; layers here have rows and columns.")
        return found[0], found[1]

    def _attribute(self, name: str, kind: Any, default: Any) -> Any:
        found = self.node.attributes.get(name, default)
        if not isinstance(found, kind):
            raise self.refuse(f"has an attribute {quoted(name)} of the wrong type.")
        return found

    def expect(self, name: str, wanted: int) -> None:
        """Refuse another value of an attribute than the only one that layers here have."""
        found = self.whole(name, wanted)
        if found != wanted:
            do = f"Build and train the network with {name} {wanted}, and export it again."
            raise self.refuse(f"has {name} {found}; layers here have {wanted}.", do)

    # -- what comes of it --------------------------------------------------------------------------------------------
    def layer(self, kind: str, *weights: Array, x: Value | None = None, **fields: Any) -> Value:
        """What a layer makes of `x`, or of the first input; its weights in the order of its parameters."""
        x = x or self.x
        try:
            spec: LayerSpec = LAYERS[kind].item.Spec(**fields)
            infos = LAYERS[kind].item.parameters(spec, x.shape)
            out = LAYERS[kind].item.output_shape(spec, x.shape)
        except FieldError as error:
            raise self.refuse(f"cannot be a layer here. {error}") from error
        except Misfit as misfit:
            raise self.refuse(f"cannot be a layer here: {misfit.reason}") from misfit
        table = dict(zip((info.name for info in infos), weights, strict=True))
        for info in infos:
            if table[info.name].shape != info.shape:
                raise self.refuse(
                    f"has weights {_shape(table[info.name].shape)} where {_shape(info.shape)} go with "
                    f"N × {shape_text(x.shape)}."
                )
        return self.made(out, (x,), spec, table)

    def made(self, shape: Shape, inputs: tuple[Value, ...], spec: LayerSpec, weights: Mapping[str, Array]) -> Value:
        """The tensor that a layer gives."""
        return Value(shape, shape, self.node, inputs, spec, weights)

    def reshaped(self, dims: Shape) -> Value:
        """The first input in another shape: by a layer, or as it is where that takes an earlier change back."""
        value = self.value()
        if math.prod(dims) != math.prod(value.dims):
            raise self.refuse(f"makes {shape_text(dims) or '1'} of {shape_text(value.dims)}.")
        if dims == value.shape and value.dims != value.shape:
            return value.seen_as(dims)
        if value.dims != value.shape or len(dims) not in (1, 3):
            return value.seen_as(dims)
        return self.layer("reshape", shape=shape_text(dims)) if len(dims) > 1 else self.layer("flatten")


def shortest(number: Any) -> float:
    """The number with the fewest digits that its type tells from all others."""
    return float(str(np.asarray(number).reshape(-1)[0]))


def _shape(shape: Shape) -> str:
    return shape_text(shape) or "of one number"
