"""The layers, one family a file. Importing this package registers them all, in the order of the palette."""

# isort: off
from fishlab.core.layers import (  # noqa: F401
    affine,
    convolution,
    pooling,
    global_pooling,
    padding,
    upsampling,
    transposed_convolution,
    activation,
    rectifiers,
    step,
    normalization,
    layer_normalization,
    response_normalization,
    dropout,
    shape,
    residual,
    parallel,
)

# isort: on
from fishlab.core.layers.base import LAYERS, Layer, LayerSpec, Parameter, ParameterInfo, Shape

__all__ = ["LAYERS", "Layer", "LayerSpec", "Parameter", "ParameterInfo", "Shape"]
