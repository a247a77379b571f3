"""Random numbers, and the weights that a training begins with (chapter 6.2)."""

import math

import numpy as np

SEED = 0
DTYPE = np.float32


def stream(purpose, *place):
    """Random numbers for one purpose at one place of the training: always the same, and the same as FishLab's."""
    number = ("init", "shuffle", "dropout", "augment", "split").index(purpose)
    return np.random.default_rng(np.random.SeedSequence(SEED, spawn_key=(number, *place)))


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
