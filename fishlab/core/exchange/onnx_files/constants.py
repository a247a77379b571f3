"""Nodes that compute with constants, such as the sizes that exporters ask for and put together again.

Only what exporters are known to write is computed, and lists of sizes are short; weights are turned, or brought to
another number type, and no more.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fishlab.core.exchange.onnx_files.call import BATCH, Call
from fishlab.core.exchange.onnx_files.tensors import MOST_LISTED, NUMBERS
from fishlab.core.layers import Shape
from fishlab.core.layers.base import Array

REFUSALS = (ValueError, IndexError, TypeError, OverflowError)
"""What NumPy raises where sizes and axes do not go together."""

FOLDED: dict[str, Callable[[Call], Array]] = {}
"""Operator to what it gives where all its inputs are constants."""


def folds(operator: str) -> Callable[[Callable[[Call], Array]], Callable[[Call], Array]]:
    """Decorator: this function computes an operator of constants."""

    def enter(compute: Callable[[Call], Array]) -> Callable[[Call], Array]:
        FOLDED[operator] = compute
        return compute

    return enter


@folds("Constant")
def _constant(call: Call) -> Array:
    for name in ("value", "value_float", "value_int", "value_floats", "value_ints"):
        if name in call.node.attributes:
            found = np.asarray(call.node.attributes[name])
            if found.dtype.kind in "fiub":
                return found.astype(np.float32) if name.startswith("value_float") else found
    raise call.refuse("is a constant of a kind that is not read here.")


@folds("Identity")
def _identity(call: Call) -> Array:
    return call.array(0)


@folds("Cast")
def _cast(call: Call) -> Array:
    found, dtype = call.array(0), NUMBERS.get(call.whole("to", 0))
    if dtype is None:
        raise call.refuse("goes to a number type that is not read here.")
    if found.dtype.kind in "iu" and np.issubdtype(dtype, np.integer):
        return found  # sizes stay what they are, the open one too
    with np.errstate(all="ignore"):
        return found.astype(dtype, copy=False)


@folds("Transpose")
def _transpose(call: Call) -> Array:
    found = call.array(0)
    order = call.listed("perm", list(range(found.ndim))[::-1])
    if sorted(order) != list(range(found.ndim)):
        raise call.refuse("has a perm that is none.")
    return found.transpose(order)


@folds("Reshape")
def _reshape(call: Call) -> Array:
    try:
        return call.array(0).reshape(call.wholes(1))
    except REFUSALS as error:
        raise call.refuse("makes a shape of a constant for which its numbers do not do.") from error


@folds("Unsqueeze")
def _unsqueeze(call: Call) -> Array:
    found, axes = call.array(0), call.wholes(1) if call.has(1) else call.listed("axes", [])
    try:
        return np.expand_dims(found, tuple(axes))
    except REFUSALS as error:
        raise call.refuse("has axes that do not go with its input.") from error


@folds("Squeeze")
def _squeeze(call: Call) -> Array:
    found, axes = call.array(0), call.wholes(1) if call.has(1) else call.listed("axes", [])
    try:
        return np.squeeze(found, tuple(axes) or None)
    except REFUSALS as error:
        raise call.refuse("has axes that do not go with its input.") from error


@folds("ConstantOfShape")
def _constant_of_shape(call: Call) -> Array:
    sizes = call.wholes(0)
    if not all(0 <= size <= MOST_LISTED for size in sizes) or np.prod(sizes, dtype=float) > MOST_LISTED:
        raise call.refuse(f"makes more than {MOST_LISTED:,} numbers.")
    value = call.node.attributes.get("value", np.zeros(1, np.float32))
    if not isinstance(value, np.ndarray) or value.size != 1:
        raise call.refuse("has something else than a number as its value.")
    return np.full(sizes, value.reshape(-1)[0])


@folds("Gather")
def _gather(call: Call) -> Array:
    found, places = _short(call, 0), _short(call, 1)
    if found.ndim != 1 or call.whole("axis", 0) not in (0, -1):
        raise call.refuse("takes parts of something else than a list of sizes.")
    try:
        return np.asarray(np.take(found, places))
    except REFUSALS as error:
        raise call.refuse("takes what is not there.") from error


@folds("Mul")
def _mul(call: Call) -> Array:
    """A product of sizes."""
    one, other = _short(call, 0), _short(call, 1)
    sizes = one.dtype.kind == other.dtype.kind == "i" and all(abs(each).max(initial=0) < 2**24 for each in (one, other))
    if not sizes or (one.shape != other.shape and 1 not in (one.size, other.size)):
        raise call.refuse("multiplies constants that are no sizes.")
    return np.asarray(one * other)


@folds("Equal")
def _equal(call: Call) -> Array:
    """Whether two sizes are the same; the number of images is open."""
    one, other = _short(call, 0), _short(call, 1)
    if {one.dtype.kind, other.dtype.kind} != {"i"} or one.size != 1 or other.size != 1 or BATCH in (one, other):
        raise call.refuse("compares what are no sizes, or the number of images, which is open here.")
    return np.asarray(one.reshape(-1) == other.reshape(-1))


@folds("Slice")
def _slice(call: Call) -> Array:
    found = _short(call, 0)
    begins, ends = call.wholes(1), call.wholes(2)
    axes = call.wholes(3) if call.has(3) else list(range(len(begins)))
    steps = call.wholes(4) if call.has(4) else [1] * len(begins)
    parts = [slice(None)] * found.ndim
    for axis, begin, end, step in zip(axes, begins, ends, steps, strict=False):
        if not -found.ndim <= axis < found.ndim or step == 0:
            raise call.refuse("has axes that do not go with its input.")
        parts[axis] = slice(begin, end, step)
    return found[tuple(parts)]


@folds("Concat")
def _concat(call: Call) -> Array:
    held = [_short(call, index) for index in range(len(call.given))]
    if sum(array.size for array in held) > MOST_LISTED:
        raise call.refuse(f"makes more than {MOST_LISTED:,} numbers.")
    try:
        return np.concatenate(held, axis=call.whole("axis", 0))
    except REFUSALS as error:
        raise call.refuse("joins constants that do not go together.") from error


def _short(call: Call, index: int) -> Array:
    found = call.array(index)
    if found.size > MOST_LISTED:
        raise call.refuse(f"takes a constant of {found.size:,} numbers apart; up to {MOST_LISTED:,} are read.")
    return found


def shape_of(call: Call) -> Array:
    """What Shape gives of a tensor: the open number of images, and its sizes."""
    return sizes_of(call, call.value().dims)


def sizes_of(call: Call, dims: Shape) -> Array:
    """What Shape gives of N × `dims`."""
    sizes = np.array([BATCH, *dims], np.int64)
    return sizes[call.whole("start", 0) : call.whole("end", len(sizes))]
