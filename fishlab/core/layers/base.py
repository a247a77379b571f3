"""What a layer is: a described `Spec`, a shape rule, a forward and a backward pass.

Inside the engine the batch is the last axis: images are (C, H, W, N) and rows of features (F, N), so that biases,
activations and pooling run over long contiguous rows and (C, H, W, N) becomes (C*H*W, N) without a copy. Shapes in
this package leave N out: `in_shape` and `out_shape` are (C, H, W) or (F,).

A layer never modifies its arguments. What `forward` and `backward` return belongs to the layer and is valid until
the same method is called again.

Whoever writes a layer of their own finds all that it needs here: misfits and parameters too.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from fishlab.core.errors import FieldError, SpecError
from fishlab.core.fields import Spec, whole_text
from fishlab.core.layers.misfit import Fix as Fix
from fishlab.core.layers.misfit import Misfit as Misfit
from fishlab.core.layers.parameter import Parameter as Parameter
from fishlab.core.layers.parameter import ParameterInfo as ParameterInfo
from fishlab.core.registry import Registry
from fishlab.core.share import Share

Array = NDArray[Any]
Shape = tuple[int, ...]
Branches = tuple[tuple["LayerSpec", ...], ...]


def new_uid() -> str:
    """A fresh identity for one layer in a stack."""
    return uuid.uuid4().hex[:12]


@dataclass(frozen=True, kw_only=True)
class LayerSpec(Spec):
    """What a person sets of one layer. `uid` is its identity in the stack, `name` a title of its own (or empty).

    A `frozen` layer keeps what it has learned: training moves none of its weights, and a batch normalization uses its
    running statistics. A block that is frozen freezes all that it holds.
    """

    uid: str = field(default_factory=new_uid)
    name: str = ""
    frozen: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for what, text, most in (("uid", self.uid, 64), ("name", self.name, 80)):
            if not isinstance(text, str) or len(text) > most:
                raise FieldError(what, f"The {what} of a layer is a text of at most {most} letters.")
            object.__setattr__(self, what, whole_text(text))
        if not isinstance(self.frozen, bool):
            raise FieldError("frozen", "A layer is frozen or not: true or false.")

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict; files did not have `frozen` at first, and have it where a layer is."""
        plain = super().to_dict()
        if not self.frozen:
            del plain["frozen"]
        return plain

    @property
    def branches(self) -> Branches:
        """The stacks it holds, where it is a block (see fishlab.core.layers.block)."""
        return ()

    def with_branches(self, branches: Branches) -> Self:
        """The same layer holding other stacks."""
        return self


@dataclass(frozen=True)
class SizeFormula:
    """The output-size formula of the inspector: symbols first, then this layer's numbers. A fraction plus a tail."""

    symbol: str
    numerator: str
    denominator: str
    tail: str
    result: str
    numerator_values: str
    denominator_value: str


SpecT = TypeVar("SpecT", bound=LayerSpec)
Kept = TypeVar("Kept")


class Layer(Generic[SpecT]):
    """The base of every layer. A subclass gives `Spec`, `output_shape`, `forward` and `backward`.

    The class methods describe a spec without building anything; an instance computes. The network sets
    `input_gradient` to False on the first layer (nothing needs its dx). Before each training step it gives layers
    with `uses_rng` a fresh `rng`, and all of them the `share` of the batch that comes (None: all of it).
    `backward_formulas` are those of the way back, with the book's names: "dx = dout · Wᵀ".
    `samples`, pairs of field values and an input shape, are what the contract is tried on where the usual ones do not
    do. `silent_at` is the output at which a unit passes nothing on and its slope is zero: 0 for ReLU.
    """

    Spec: ClassVar[type[LayerSpec]]
    uses_rng: ClassVar[bool] = False
    formula: ClassVar[str] = ""
    backward_formulas: ClassVar[tuple[str, ...]] = ()
    samples: ClassVar[Sequence[tuple[Mapping[str, Any], Shape]]] = ()
    silent_at: ClassVar[float | None] = None

    # -- described by the spec alone -------------------------------------------------------------------------
    @classmethod
    def output_shape(cls, spec: SpecT, in_shape: Shape) -> Shape:
        """The shape that comes out, without N; raises Misfit where the layer cannot take `in_shape`."""
        return in_shape

    @classmethod
    def parameters(cls, spec: SpecT, in_shape: Shape) -> tuple[ParameterInfo, ...]:
        """The tensors it learns and keeps."""
        return ()

    @classmethod
    def reach(cls, spec: SpecT, in_shape: Shape, place: Shape) -> tuple[range, ...]:
        """What of an image's x the number of out at `place` is made from: a range for each axis.

        A window that sticks out over the edge begins below 0, or ends beyond it. Unless a layer says otherwise, it is
        the number at the same place where the shapes agree, and else all of x.
        """
        if cls.output_shape(spec, in_shape) == in_shape:
            return one_place(place)
        return tuple(map(range, in_shape))

    @classmethod
    def mult_adds(cls, spec: SpecT, in_shape: Shape) -> Shape:
        """The factors of its multiply-adds for one image; empty where there are none worth counting."""
        return ()

    @classmethod
    def summary(cls, spec: SpecT) -> str:
        """The numbers that matter, for the card: '30 filters 5 × 5'."""
        return cls.formula

    @classmethod
    def size_formula(cls, spec: SpecT, in_shape: Shape) -> SizeFormula | None:
        """The output-size formula with this layer's numbers, for layers that slide a window."""
        return None

    @classmethod
    def ends(cls, spec: SpecT) -> tuple[float, float] | None:
        """The outputs that it comes near and never passes, lower and upper, where its slope vanishes.

        Infinite where there is only one; None for a layer that has none.
        """
        return None

    # -- built for real ----------------------------------------------------------------------------------------
    def __init__(
        self, spec: SpecT, in_shape: Shape, parameters: Mapping[str, Parameter], dtype: np.dtype[Any]
    ) -> None:
        self.spec = spec
        self.in_shape = in_shape
        self.out_shape = self.output_shape(spec, in_shape)
        self.params = parameters
        self.dtype = dtype
        self.input_gradient = True
        self.rng: np.random.Generator | None = None
        self.share: Share | None = None
        self._buffers: dict[tuple[str, Shape], Array] = {}
        self._kept: dict[Any, Any] = {}

    @property
    def layers(self) -> tuple[Layer[Any], ...]:
        """Itself alone: a layer is a stage of one (see fishlab.core.plan)."""
        return (self,)

    @property
    def branches(self) -> tuple[tuple[Layer[Any], ...], ...]:
        """The stacks it holds, where it is a block."""
        return ()

    def buffer(self, name: str, shape: Shape, dtype: Any = None, fill: float | None = None) -> Array:
        """Working memory that is made once for a name and shape and used again; `fill` is set only when made."""
        found = self._buffers.get((name, shape))
        if found is None:
            found = np.empty(shape, dtype or self.dtype)
            if fill is not None:
                found.fill(fill)
            self._buffers[name, shape] = found
        return found

    def in_order(self, name: str, x: Array) -> Array:
        """x itself where its numbers stand one after the other in memory, else a copy in the buffer `name`."""
        if x.flags.c_contiguous:
            return x
        copy = self.buffer(name, x.shape)
        np.copyto(copy, x)
        return copy

    def kept(self, key: Any, make: Callable[[], Kept]) -> Kept:
        """Working tools, such as ready views, that are made once for a key and used again."""
        if key not in self._kept:
            self._kept[key] = make()
        found: Kept = self._kept[key]
        return found

    def forward(self, x: Array, *, training: bool) -> Array:
        """x (*in_shape, N) -> (*out_shape, N)."""
        raise NotImplementedError

    def backward(self, dout: Array) -> Array:
        """dL/dout (*out_shape, N) -> dL/dx (*in_shape, N); writes each parameter's `grad`. Follows a forward pass."""
        raise NotImplementedError


LAYERS: Registry[type[Layer[Any]]] = Registry(
    "layer", elsewhere="a layer of somebody's own is known once its file is loaded."
)


def register_layer(kind: str, **description: Any) -> Any:
    """Class decorator: enter a layer in `LAYERS` and give its Spec the `kind`.

    Raises ValueError for a kind that is taken, and for a Spec that is another layer's: that one would be this one then.
    """
    enter = LAYERS.register(kind, **description)

    def decorate(cls: type[Layer[Any]]) -> type[Layer[Any]]:
        spec, name = cls.Spec, f"{cls.__name__}Spec"
        taken = next((entry.kind for entry in LAYERS if entry.item.Spec is spec), None)
        if taken is not None and taken != kind:
            name = f"Other{name}" if name == spec.__name__ else name
            raise ValueError(
                f"{spec.__name__} is the Spec of {taken!r}; {cls.__name__} needs one of its own. Write "
                f"`class {name}({spec.__name__})` above it, and `Spec = {name}` in it"
            )
        enter(cls)
        spec.kind = kind
        return cls

    return decorate


def layer_from_dict(data: Any) -> LayerSpec:
    """The layer spec that `to_dict` wrote; raises SpecError, FieldError or UnknownKindError."""
    if not isinstance(data, Mapping):
        raise SpecError(f"A layer is {type(data).__name__} where a table of names and values was expected.")
    if not isinstance(data.get("kind"), str):
        raise SpecError("A layer has no 'kind', or one of the wrong type.")
    spec: LayerSpec = LAYERS[data["kind"]].item.Spec.from_dict(data)
    return spec


def shape_text(shape: Shape) -> str:
    """A shape for people: '30 × 24 × 24'."""
    return " × ".join(str(size) for size in shape)


def one_place(place: Sequence[int]) -> tuple[range, ...]:
    """The ranges that hold one number."""
    return tuple(range(index, index + 1) for index in place)


def needs_image(in_shape: Shape, what: str) -> None:
    """Refuse a row of features where an image (C, H, W) is needed."""
    if len(in_shape) != 3:
        raise Misfit(
            f"{what} slides over images and gets a row of {in_shape[0]:,} numbers: move it before Flatten.",
            summary="needs an image",
            short="needs C × H × W",
            fixes=(Fix("Move it before Flatten", move_before="flatten"),),
        )


def needs_row(in_shape: Shape, what: str) -> None:
    """Refuse an image where a row of features is needed, and propose Flatten."""
    if len(in_shape) != 1:
        raise Misfit(
            f"{what} needs a row and gets {shape_text(in_shape)}: put Flatten before it.",
            summary="needs a row",
            short="needs a row",
            fixes=(Fix("Put Flatten before it", insert_before="flatten"),),
        )
