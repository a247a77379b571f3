"""What files of both dialects are put together from: random numbers, initial values, rates, data.

Like numpy_parts, this is never imported by FishLab itself: its source is read. The constants are the file's own.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

import gzip
import math
import sys
from functools import cache
from pathlib import Path

import numpy as np

SEED = 0
DTYPE = np.float32
IN_SHAPE = (1, 28, 28)
WEIGHTS = Path(__file__).with_suffix(".npz")
SUBSET = None
VALIDATION = 1 / 12


def stream(purpose, *place):
    """Random numbers for one purpose at one place of the training: always the same, and the same as FishLab's."""
    number = ("init", "shuffle", "dropout", "augment", "split").index(purpose)
    return np.random.default_rng(np.random.SeedSequence(SEED, spawn_key=(number, *place)))


# -- initial values (chapter 6.2) --------------------------------------------------------------------------------------
def normal(rng, shape, std):
    """Normally distributed with this standard deviation."""
    return (rng.standard_normal(shape) * std).astype(DTYPE)


def uniform(rng, shape, variance):
    """Evenly distributed around 0 with this variance."""
    limit = (3 * variance) ** 0.5
    return rng.uniform(-limit, limit, shape).astype(DTYPE)


def he(rng, shape, fan_in):
    """He et al. 2015: variance 2 / fan_in, for ReLU."""
    return normal(rng, shape, (2 / fan_in) ** 0.5)


def xavier(rng, shape, fan_in):
    """Glorot and Bengio 2010 as the book has it: variance 1 / fan_in, for sigmoid and tanh."""
    return normal(rng, shape, (1 / fan_in) ** 0.5)


def glorot(rng, shape, fan_in, fan_out):
    """Glorot and Bengio 2010: variance 2 / (fan_in + fan_out)."""
    return normal(rng, shape, (2 / (fan_in + fan_out)) ** 0.5)


def orthogonal(rng, shape, unit_axis):
    """Saxe et al. 2014: the weights of different units stand at right angles, each of length 1."""
    units, others = shape[unit_axis], [size for axis, size in enumerate(shape) if axis != unit_axis]
    inputs = math.prod(others)
    q, r = np.linalg.qr(rng.standard_normal((max(units, inputs), min(units, inputs))))
    q *= np.where(np.diagonal(r) < 0, -1.0, 1.0)
    rows = q if units >= inputs else q.T
    return np.moveaxis(rows.reshape(units, *others), 0, unit_axis).astype(DTYPE)


def zeros(shape):
    """All zeros."""
    return np.zeros(shape, DTYPE)


def ones(shape):
    """All ones."""
    return np.ones(shape, DTYPE)


# -- learning rates ----------------------------------------------------------------------------------------------------
def step_down(x, every, gamma):
    """Every few epochs the rate is multiplied by gamma; x counts epochs."""
    return gamma ** math.floor(x / every)


def exponential(x, gamma):
    """Every epoch the rate is multiplied by gamma, little by little."""
    return gamma**x


def cosine(x, length, floor):
    """Half a cosine down to `floor`, over `length` epochs. Loshchilov and Hutter 2017."""
    if x >= length:
        return floor if x else 1.0
    return floor + (1 - floor) * (1 + math.cos(math.pi * x / length)) / 2


def inverse_time(x, decay):
    """Falls as one over the time. Robbins and Monro 1951."""
    return 1 / (1 + decay * x)


# -- data --------------------------------------------------------------------------------------------------------------
def read_idx(folder, name):
    """A file of MNIST, gzipped or not: a magic number whose last byte counts the sizes, the sizes, then bytes."""
    found = sorted(Path(folder).glob(name + "*"))
    if not found:
        raise FileNotFoundError(f"There is no {name} in {folder}.")
    data = found[0].read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    sizes = np.frombuffer(data, ">i4", count=data[3], offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(sizes)


def load_mnist(folder):
    """x (N, 1, 28, 28) of 0..255 and labels t (N,), to learn from and to test: the four files of MNIST."""
    sets = []
    for name in ("train", "t10k"):
        images, labels = read_idx(folder, f"{name}-images?idx3-ubyte"), read_idx(folder, f"{name}-labels?idx1-ubyte")
        sets += [images.reshape(-1, *IN_SHAPE), labels.astype(np.int64)]
    return sets


def load_npz(path):
    """x (N, ...) and labels t (N,), to learn from and to test: x_train, y_train, x_test and y_test of an .npz file."""
    with np.load(path, allow_pickle=False) as file:
        sets = [file[name] for name in ("x_train", "y_train", "x_test", "y_test")]
    return [part.reshape(-1, *IN_SHAPE) if part.ndim > 1 else part.astype(np.int64) for part in sets]


@cache
def whitening():
    """What was found from the training images: scaling_mean (F,), and scaling_matrix (F, F), or its diagonal (F,)."""
    with np.load(WEIGHTS, allow_pickle=False) as file:
        return {name: file[name].astype(DTYPE) for name in ("scaling_mean", "scaling_matrix")}


def whitened(x):
    """Pixels made comparable (chapter 3.6): less their mean, times the matrix."""
    mean, matrix = whitening().values()
    rows = x.reshape(len(x), -1) - mean
    return (rows @ matrix if matrix.ndim == 2 else rows * matrix).reshape(x.shape)


def split(x, t):
    """A random subset, and of that a share that is set aside to validate: the same as FishLab's."""
    order = stream("split").permutation(len(x))[:SUBSET]
    held_out, learned = np.split(order, [round(VALIDATION * len(order))])
    return x[learned], t[learned], x[held_out], t[held_out]


def arguments():
    """The words behind the name of this file; without any it says what it does, and ends."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    return sys.argv[1:]
