"""The layers, one family a file. Importing this package registers them all."""

from fishlab.core.layers import (  # noqa: F401  (the order is the palette's)
    affine,
    activation,
    shape,
)
from fishlab.core.layers.base import LAYERS, Layer, LayerSpec, Parameter, ParameterInfo, Shape

__all__ = ["LAYERS", "Layer", "LayerSpec", "Parameter", "ParameterInfo", "Shape"]
