"""The contract of every registered layer. A new layer is tested by being registered.

A layer's samples are made from the descriptions of its fields; one whose defaults hide something, such as a window
with equal sides, has samples of its own in `SAMPLES`. Symmetric values hide mistakes: nothing here is square.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fishlab.core.contract import CHECKS, Sample, samples_of
from fishlab.core.contract.sample import IMAGE, ROW
from fishlab.core.layers import LAYERS, LayerSpec, Shape


def layer(kind: str, **values: Any) -> LayerSpec:
    spec: LayerSpec = LAYERS[kind].item.Spec(uid=f"{kind}{len(values)}", **values)
    return spec


WIDE = layer("convolution", filters=3, kernel_size=(1, 3), padding=(0, 1))
THIN = layer("convolution", filters=3, kernel_size=1)
WINDOW = {"stride": (1, 2), "padding": (1, 0)}
SAMPLES: dict[str, list[tuple[dict[str, Any], Shape]]] = {
    "convolution": [
        ({"filters": 3, "kernel_size": (2, 3), **WINDOW}, IMAGE),
        ({"filters": 4, "kernel_size": (3, 2), "padding": (2, 1), "bias": False}, (3, 4, 5)),
        ({"filters": 1, "kernel_size": (1, 2), "stride": (2, 3)}, (2, 5, 8)),
        ({"filters": 2, "kernel_size": (2, 1), "padding": (3, 0)}, (1, 3, 4)),
    ],
    "max_pool": [
        ({"pool_size": (2, 3), **WINDOW}, IMAGE),
        ({"pool_size": (1, 2), "stride": (2, 3)}, (2, 5, 8)),
        ({"pool_size": (3, 2), "stride": (2, 2), "padding": (2, 1)}, (3, 5, 6)),
    ],
    "average_pool": [
        ({"pool_size": (2, 3), **WINDOW}, IMAGE),
        ({"pool_size": (1, 2), "stride": (2, 3)}, (2, 5, 8)),
        ({"pool_size": (3, 2), "stride": (2, 2), "padding": (2, 1)}, (3, 5, 6)),
    ],
    "residual": [
        ({"branches": ((WIDE, layer("batch_normalization"), layer("tanh")), (THIN,))}, IMAGE),
        ({"branches": ((layer("sigmoid"), layer("affine", units=6)), ())}, ROW),
        ({"branches": ((), (layer("residual", branches=((layer("tanh"),), ())),))}, IMAGE),
    ],
    "parallel": [
        ({"branches": ((THIN, layer("tanh")), (), (WIDE,))}, IMAGE),
        ({"branches": ((layer("affine", units=3, bias=False),), (layer("sigmoid"),))}, ROW),
        ({"branches": ((layer("flatten"),),)}, IMAGE),
    ],
    "affine": [({"units": 4}, ROW), ({"units": 1, "bias": False}, (5,))],
    "dropout": [
        ({"rate": 0.3}, IMAGE),
        ({"rate": 0.3}, ROW),
        ({"rate": 0.0}, ROW),
        ({"rate": 0.3, "scaled": "predicting"}, IMAGE),
    ],
    "step": [({"forward_only": True}, IMAGE), ({"forward_only": True}, ROW)],
    "elu": [({}, IMAGE), ({"alpha": 0.3}, ROW), ({"alpha": 1.7}, IMAGE)],
    "local_response_normalization": [
        ({"size": 3, "alpha": 0.7, "beta": 0.6, "k": 1.3}, (5, 3, 2)),
        ({"size": 4, "alpha": 1.5, "k": 0.4}, (7, 2, 3)),
        ({"size": 9, "alpha": 0.7}, IMAGE),
        ({"size": 1, "alpha": 2.0}, IMAGE),
    ],
    "zero_padding": [
        ({"top": 1, "bottom": 3, "left": 2, "right": 0}, IMAGE),
        ({"top": 0, "bottom": 0, "left": 0, "right": 5}, (1, 3, 2)),
        ({"top": 0, "bottom": 0, "left": 0, "right": 0}, IMAGE),
    ],
    "reshape": [
        ({"shape": "7 × 2 × 5"}, IMAGE),
        ({"shape": "70"}, IMAGE),
        ({"shape": "1, 2, 3"}, ROW),
    ],
    "upsampling": [
        ({"factor": (2, 3)}, IMAGE),
        ({"factor": (3, 1)}, (3, 2, 4)),
        ({"factor": (2, 3), "method": "bilinear"}, IMAGE),
        ({"factor": (4, 1), "method": "bilinear"}, (3, 1, 4)),
    ],
    "transposed_convolution": [
        ({"filters": 3, "kernel_size": (2, 3), "stride": (1, 2), "padding": (1, 0)}, IMAGE),
        ({"filters": 3, "kernel_size": (3, 2), "stride": (2, 3), "output_padding": (1, 2)}, (2, 3, 4)),
        ({"filters": 1, "kernel_size": (4, 3), "stride": (2, 1), "padding": (2, 1), "bias": False}, (3, 4, 5)),
        ({"filters": 2, "kernel_size": (1, 2), "stride": (3, 2), "padding": (0, 1), "output_padding": (2, 0)}, IMAGE),
    ],
}


def named_samples() -> Iterator[Any]:
    for kind in LAYERS.kinds():
        for number, sample in enumerate(samples(kind), start=1):
            sizes = "x".join(map(str, sample.in_shape))
            yield pytest.param(sample, id=f"{kind} {number}, {sizes}")


def samples(kind: str) -> list[Sample]:
    layer_type = LAYERS[kind].item
    if kind in SAMPLES:
        return [Sample(layer_type, layer_type.Spec(**values), shape) for values, shape in SAMPLES[kind]]
    return samples_of(layer_type)


@pytest.mark.parametrize("kind", LAYERS.kinds())
def test_a_registered_layer_has_a_sample(kind: str) -> None:
    assert samples(kind), f"No sample of {kind!r} fits {IMAGE} or {ROW}: give it one in SAMPLES of this file."


@pytest.mark.parametrize("sample", list(named_samples()))
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
def test_a_layer_keeps_the_contract(check: Any, sample: Sample) -> None:
    check(sample)
