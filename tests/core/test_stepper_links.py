"""Every number that is pointed at is what its sum comes to, and im2col is the same convolution."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_runs import layer, prepared, project

from fishlab.core.layers import LayerSpec
from fishlab.core.moment import Moment
from fishlab.core.sight import built
from fishlab.core.stepper import Trace, trace_step
from fishlab.core.stepper.links import LARGEST, MEAN, PRODUCTS, link, tensor
from fishlab.core.stepper.unfolded import can_unfold, row_of, unfold
from fishlab.core.training import Trainer


def traced(*layers: LayerSpec, alone: bool = True) -> Trace:
    spec = project([*layers, layer("flatten"), layer("affine", units=10)], epochs=2, precision="float64")
    data = prepared(spec)
    moment = Moment.now(Trainer(spec, data))
    return trace_step(moment, built(moment), data.train, data.scaling, image=3, alone=alone)


def conv(filters: int, size: object, **values: object) -> LayerSpec:
    return layer("convolution", filters=filters, kernel_size=size, **values)


STACKS = {
    "plain": (conv(3, 3), conv(2, (2, 3))),
    "padded": (conv(3, 1), conv(4, 4, stride=(2, 3), padding=(2, 1))),
    "pooled": (
        conv(2, 3), layer("relu"), layer("max_pool", pool_size=3, stride=3),
        layer("average_pool", pool_size=2, stride=1, padding=1),
    ),
    "others": (
        conv(4, 3), layer("batch_normalization"), layer("sigmoid"), layer("local_response_normalization"),
        layer("upsampling"), layer("layer_normalization"), layer("dropout"), layer("transposed_convolution", filters=2),
    ),
}  # fmt: skip


@pytest.mark.parametrize("stack", STACKS)
def test_a_number_is_what_its_sum_comes_to(stack: str) -> None:
    rng, seen = np.random.default_rng(0), set()
    for one in traced(*STACKS[stack]).layers:
        names = ["out", "dx", *(f"d{parameter.name}" for parameter in one.parameters)]
        for name in names:
            whole = tensor(one, name)
            if whole is None:
                continue
            for flat in rng.permutation(whole.size)[:12]:
                place = tuple(int(index) for index in np.unravel_index(flat, whole.shape))
                found = link(one, name, place)
                assert found is not None and found.value == whole[place]
                seen.add(found.how)
                if found.how in (PRODUCTS, LARGEST, MEAN):  # alone, this image's part of a gradient is all of it
                    assert found.sum == pytest.approx(found.value, rel=1e-9, abs=1e-12), (one.title, name, place)
                for other, ranges in found.marks.items():
                    marked = tensor(one, other)
                    assert marked is not None and len(ranges) == marked.ndim, (one.title, name, other)
    assert PRODUCTS in seen


def test_of_a_batch_the_sum_of_a_gradient_is_what_this_image_adds() -> None:
    trace = traced(*STACKS["plain"], alone=False)
    found = link(trace.layers[1], "dW", (1, 2, 0, 1))
    assert found is not None and found.part and found.value == trace.layers[1].parameter("W").grad[1, 2, 0, 1]
    assert abs(found.sum - found.value) > 1e-6


def test_of_what_is_given_it_is_known_where_it_goes() -> None:
    one = traced(*STACKS["plain"]).layers[1]  # 3 × 6 × 6 through 2 × 3 windows
    assert link(one, "x", (2, 0, 5)).marks == {"out": (range(2), range(1), range(3, 4))}
    assert link(one, "dout", (1, 4, 3)).marks == {"dx": (range(3), range(4, 6), range(3, 6))}
    assert link(one, "x", (2, 0, 5)).how == ""
    x = (range(2, 3), range(1, 6), range(2, 6))  # all that the lower right weight meets
    assert link(one, "W", (1, 2, 1, 2)).marks == {"x": x, "out": (range(1, 2), range(5), range(4))}
    assert link(one, "b", (1,)).marks == {"out": (range(1, 2), range(5), range(4))}


@pytest.mark.parametrize("stack", ["plain", "padded"])
def test_im2col_is_the_same_convolution(stack: str) -> None:
    one = traced(*STACKS[stack]).layers[1]
    assert can_unfold(one)
    matrices, bias, grad = unfold(one), one.parameter("b").value, one.parameter("W").grad
    np.testing.assert_allclose(matrices.col @ matrices.weights + bias, matrices.rows, atol=1e-12)
    np.testing.assert_allclose(matrices.dweights.T.reshape(grad.shape), grad, atol=1e-12)
    assert math.prod(matrices.dcol.shape) == matrices.col.size
    row, filter_ = row_of(one, (1, 2, 1))
    patch = link(one, "out", (1, 2, 1)).terms
    np.testing.assert_array_equal(patch[:, 0], matrices.col[row])
    np.testing.assert_array_equal(patch[:, 1], matrices.weights[:, filter_])
    assert matrices.rows[row, filter_] == one.out[1, 2, 1]


def test_only_a_convolution_is_unfolded() -> None:
    trace = traced(*STACKS["pooled"])
    assert [can_unfold(one) for one in trace.layers] == [True, False, False, False, False, False]
