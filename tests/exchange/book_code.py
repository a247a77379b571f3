"""The book's networks, in few words of our own: predict and save_params as its chapters describe them.

Everything is (N, ...), in the number type of the weights, as there.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray
Table = dict[str, Array]


def save_params(table: Table, path: Path, protocol: int | None = None) -> Path:
    """A pickled dict, and nothing else."""
    path.write_bytes(pickle.dumps(dict(table), protocol))
    return path


def load_params(path: Path) -> Table:
    """As the book's load_params: whatever the pickle holds, with Python's own unpickler."""
    with path.open("rb") as file:
        table = pickle.load(file)
    assert type(table) is dict
    assert all(type(array) is np.ndarray and array.flags.c_contiguous for array in table.values())
    return table


def relu(x: Array) -> Array:
    return np.where(x > 0, x, x.dtype.type(0))


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def affine(x: Array, table: Table, number: int) -> Array:
    return x.reshape(len(x), -1) @ table[f"W{number}"] + table[f"b{number}"]


def convolution(x: Array, table: Table, number: int, padding: int = 0) -> Array:
    weight = table[f"W{number}"]
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    out = np.tensordot(windows, weight, axes=((1, 4, 5), (1, 2, 3)))
    return np.moveaxis(out, -1, 1) + table[f"b{number}"].reshape(-1, 1, 1)


def pool(x: Array) -> Array:
    count, channels, rows, columns = x.shape
    return x.reshape(count, channels, rows // 2, 2, columns // 2, 2).max(axis=(3, 5))


def dropout(x: Array, rate: float = 0.5) -> Array:
    """The book's, when it predicts."""
    return x * (1.0 - rate)


def batch_norm(x: Array, table: Table, number: int) -> Array:
    """The book's, when it predicts, with running statistics put in from the file."""
    spread = np.sqrt(table[f"running_var{number}"] + 10e-7)
    return table[f"gamma{number}"] * (x - table[f"running_mean{number}"]) / spread + table[f"beta{number}"]


def three_layer_net(x: Array, table: Table) -> Array:
    """Chapter 3: probabilities."""
    return softmax(affine(sigmoid(affine(sigmoid(affine(x, table, 1)), table, 2)), table, 3))


def multi_layer_net(x: Array, table: Table, *, rate: float = 0.0) -> Array:
    """Chapters 5 and 6: scores. TwoLayerNet is the one of two layers."""
    count = sum(name.startswith("W") for name in table)
    for number in range(1, count):
        x = affine(x, table, number)
        x = batch_norm(x, table, number) if f"gamma{number}" in table else x
        x = dropout(relu(x), rate)
    return affine(x, table, count)


def simple_conv_net(x: Array, table: Table) -> Array:
    """Chapter 7: scores."""
    return affine(relu(affine(pool(relu(convolution(x, table, 1))), table, 2)), table, 3)


def deep_conv_net(x: Array, table: Table) -> Array:
    """Chapter 8: scores, halved by the dropout behind them."""
    for number, padding in zip(range(1, 7), (1, 1, 1, 2, 1, 1), strict=True):
        x = relu(convolution(x, table, number, padding))
        x = x if number % 2 else pool(x)
    return dropout(affine(dropout(relu(affine(x, table, 7))), table, 8))


def random_table(*shapes: tuple[int, ...], dtype: Any = np.float32, seed: int = 0) -> Table:
    """W1, b1, W2, ... of these shapes, with He's deviation, and biases that are not zero."""
    rng, table = np.random.default_rng(seed), {}
    for number, shape in enumerate(shapes, start=1):
        inputs = int(np.prod(shape[1:])) if len(shape) == 4 else shape[0]
        units = shape[0] if len(shape) == 4 else shape[1]
        table[f"W{number}"] = (rng.normal(size=shape) * np.sqrt(2 / inputs)).astype(dtype)
        table[f"b{number}"] = rng.normal(size=units, scale=0.1).astype(dtype)
    return table


DENSE = ((784, 50), (50, 100), (100, 10))
TWO = ((784, 50), (50, 10))
SIMPLE = ((30, 1, 5, 5), (4320, 100), (100, 10))
DEEP = (
    (16, 1, 3, 3), (16, 16, 3, 3), (32, 16, 3, 3), (32, 32, 3, 3), (64, 32, 3, 3), (64, 64, 3, 3), (1024, 50), (50, 10)
)  # fmt: skip
