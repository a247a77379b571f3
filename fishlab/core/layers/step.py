"""Step: the perceptron's yes or no (chapters 2.3 and 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fishlab.core.fields import bool_field
from fishlab.core.layers.activation import Activation
from fishlab.core.layers.base import Array, Fix, LayerSpec, Misfit, Shape, register_layer
from fishlab.core.layers.tiling import tiles, zeros


@dataclass(frozen=True, kw_only=True)
class StepSpec(LayerSpec):
    """Whether the layers before it may do without learning."""

    forward_only: bool = bool_field(
        False,
        "Forward only",
        "Use it for answers: nothing before it learns, because its slope is zero and no gradient passes.",
    )


@register_layer(
    "step",
    title="Step",
    group="Activation",
    chapter="3.2",
    icon="step_function",
    aliases=("heaviside", "threshold"),
    help="Says 1 to what is positive and 0 to the rest, as a perceptron does. Its slope is zero: nothing learns "
    "through it.",
)
class Step(Activation[StepSpec]):
    """y = 1 where x > 0, else 0, any shape. Backward: dx = 0, which is its slope everywhere but at the step itself.

    With a slope of zero no layer before it would ever learn, so it is refused with Misfit unless `forward_only` says
    that this is wanted: gates with weights set by hand, or an input in black and white.
    """

    Spec = StepSpec
    formula = "1 if x > 0, else 0"
    backward_formulas = ("dx = 0",)
    silent_at = 0.0

    @classmethod
    def output_shape(cls, spec: StepSpec, in_shape: Shape) -> Shape:
        if spec.forward_only:
            return in_shape
        raise Misfit(
            "Its slope is zero everywhere, so no gradient reaches the layers before it and they would never learn.",
            summary="lets nothing before it learn",
            arithmetic="dx = dy · 0 = 0",
            fields=("forward_only",),
            short="nothing before it would learn",
            fixes=(
                Fix("Put Sigmoid in its place", replace_with="sigmoid"),
                Fix("Use it for answers only", {"forward_only": True}),
            ),
        )

    def apply(self, x: Array, out: Array) -> Array:
        for part in tiles(x.shape):
            here = x[part]
            mask = np.greater(here, zeros(here.shape, here.dtype), out=self.buffer("mask", here.shape, bool))
            np.copyto(out[part], mask)
        return out

    def backward(self, dout: Array) -> Array:
        return self.buffer("dx", dout.shape, fill=0)
