"""Images: read, set aside, scaled."""

import gzip
import sys
from pathlib import Path

import numpy as np
from starts import DTYPE, stream

IN_SHAPE = (1, 28, 28)
WEIGHTS = Path(__file__).with_suffix(".npz")
SCALE = 1 / 255
SCALING = {}
SUBSET = None
VALIDATION = 1 / 12


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


def scaling():
    """What a training found from its images: scaling_mean (F,), and scaling_matrix (F, F), or its diagonal (F,)."""
    if not SCALING:
        with np.load(WEIGHTS, allow_pickle=False) as file:
            if "scaling_mean" not in file.files:
                raise ValueError("What images become is found from those it learns from: this network was not trained.")
            SCALING.update({name: file[name].astype(DTYPE) for name in ("scaling_mean", "scaling_matrix")})
    return SCALING


def whitened(x):
    """Pixels made comparable (chapter 3.6): less their mean, times the matrix."""
    mean, matrix = scaling().values()
    rows = x.reshape(len(x), -1) - mean
    return (rows @ matrix if matrix.ndim == 2 else rows * matrix).reshape(x.shape)


def find_scaling(x, groups):
    """What gives mean 0 and deviation 1, to so many equal groups of numbers: one, each channel, or each pixel."""
    rows = x.reshape(len(x), groups, -1) * SCALE
    mean, deviation = rows.mean(axis=(0, 2)), rows.std(axis=(0, 2))
    count = rows.shape[2]
    matrix = np.repeat(1 / np.where(deviation > 0, deviation, 1), count)
    return {"scaling_mean": np.repeat(mean, count).astype(DTYPE), "scaling_matrix": matrix.astype(DTYPE)}


def find_whitening(x, epsilon):
    """ZCA: numbers free of one another, and as near to what they were as they can be. Bell and Sejnowski 1997."""
    rows = x.reshape(len(x), -1) * SCALE
    mean = rows.mean(axis=0)
    variances, directions = np.linalg.eigh((rows - mean).T @ (rows - mean) / len(rows))
    matrix = (directions / np.sqrt(np.maximum(variances, 0) + epsilon)) @ directions.T
    return {"scaling_mean": mean.astype(DTYPE), "scaling_matrix": matrix.astype(DTYPE)}


def split(x, t):
    """A random subset, and of that a share that is set aside to validate: the same as FishLab's."""
    order = stream("split").permutation(len(x))[:SUBSET]
    held_out, rest = np.split(order, [round(VALIDATION * len(order))])
    return x[rest], t[rest], x[held_out], t[held_out]


def arguments():
    """The words behind the name of this file; without any, or asked for help, it says what it does, and ends."""
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    return sys.argv[1:]
