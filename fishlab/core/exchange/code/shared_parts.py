"""What files of both dialects are put together from: random numbers, initial values, rates, data.

Like numpy_parts, this is never imported by FishLab itself: its source is read. The constants are the file's own.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, var-annotated"

import gzip
import math
import sys
from pathlib import Path

import numpy as np

SEED = 0
DTYPE = np.float32
IN_SHAPE = (1, 28, 28)
WEIGHTS = Path(__file__).with_suffix(".npz")
SCALE = 1 / 255
SCALING = {}
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
    """The words behind the name of this file; without any it says what it does, and ends."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    return sys.argv[1:]


# -- images changed at random (chapter 8.1) ----------------------------------------------------------------------------
class Mapping:
    """Where the pixels of N new images come from: pixel (x, y) from `matrix` (x, y) + `offset` + `bend` of the old one.

    Places count in pixels to the right and down from the middle of the image.
    """

    def __init__(self, shape):
        self.count, _, *self.size = shape
        self.matrix, self.offset = np.tile(np.eye(2), (self.count, 1, 1)), np.zeros((self.count, 2))
        self.bend = np.zeros((self.count, 2, *self.size))

    def turn(self, matrix):
        self.matrix = self.matrix @ matrix

    def move(self, offset):
        self.offset = self.offset + (self.matrix @ offset[:, :, None])[:, :, 0]

    def sample(self, images):
        """The grey levels that images (N, C, H, W) have in these places: mixed of four pixels, black outside."""
        H, W = self.size
        framed = np.pad(images, ((0, 0), (0, 0), (1, 2), (1, 2))).swapaxes(0, 1).astype(np.float32)
        y, x = np.mgrid[:H, :W].reshape(2, -1)
        places = self.matrix @ np.stack([x - (W - 1) / 2, y - (H - 1) / 2]) + self.offset[:, :, None]
        places = places + self.bend.reshape(self.count, 2, -1)
        x, y = np.clip(places[:, 0] + (W + 1) / 2, 0, W + 1), np.clip(places[:, 1] + (H + 1) / 2, 0, H + 1)
        left, top, image = x.astype(int), y.astype(int), np.arange(self.count)[:, None]
        upper, lower = (
            framed[:, image, row, left] * (1 - (x - left)) + framed[:, image, row, left + 1] * (x - left)
            for row in (top, top + 1)
        )
        return (upper + (lower - upper) * (y - top)).swapaxes(0, 1).reshape(images.shape).astype(np.float32)


def matrices(a, b, c, d):
    """Matrices [[a, b], [c, d]], (N, 2, 2)."""
    return np.stack([a, b, c, d], axis=-1).reshape(-1, 2, 2)


def rotate(mapping, rng, degrees):
    """Turns each image by up to so many degrees."""
    angle = np.deg2rad(rng.uniform(-degrees, degrees, mapping.count))
    mapping.turn(matrices(np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)))


def shift(mapping, rng, pixels, whole):
    """Moves each image by up to so many pixels across and down."""
    distance = rng.uniform(-pixels, pixels, (mapping.count, 2))
    mapping.move(-np.rint(distance) if whole else -distance)


def scale(mapping, rng, share):
    """Makes each image larger or smaller."""
    mapping.turn(np.eye(2) / rng.uniform(1 - share, 1 + share, mapping.count)[:, None, None])


def shear(mapping, rng, slant):
    """Slants each image."""
    slants = rng.uniform(-slant, slant, mapping.count)
    mapping.turn(matrices(np.ones_like(slants), slants, np.zeros_like(slants), np.ones_like(slants)))


def crop(mapping, rng, share):
    """Takes a part from anywhere in each image and enlarges it."""
    size, places = rng.uniform(share, 1, (mapping.count, 1)), rng.uniform(-0.5, 0.5, (mapping.count, 2))
    H, W = mapping.size
    mapping.move(places * (1 - size) * (W - 1, H - 1))
    mapping.turn(np.eye(2) * size[:, :, None])


def flip(mapping, rng, horizontal, vertical):
    """Mirrors each image with these probabilities."""
    signs = np.where(rng.random((mapping.count, 2)) < (horizontal, vertical), -1.0, 1.0)
    mapping.turn(signs[:, :, None] * np.eye(2))


def hills(size, sigma):
    """Hills at nodes `sigma` apart, as seen from `size` pixels: (size, nodes)."""
    nodes = np.arange(-3, math.ceil((size - 1) / sigma) + 4) * sigma
    return np.exp(-(((np.arange(size)[:, None] - nodes) / sigma) ** 2) / 2) / math.pi**0.25


def elastic(mapping, rng, alpha, sigma):
    """Bends each image like rubber. Simard, Steinkraus and Platt 2003."""
    down, across = (hills(size, sigma) for size in mapping.size)
    strength = alpha / (math.sqrt(3) * 2 * math.sqrt(math.pi) * sigma)
    heights = rng.standard_normal((mapping.count, 2, down.shape[1], across.shape[1]), dtype=np.float32)
    turned = (mapping.matrix @ heights.reshape(mapping.count, 2, -1)).reshape(heights.shape)
    mapping.bend += strength * (down @ turned @ across.T)


def brightness(rng, shape, brightness, contrast):
    """What grey levels are multiplied by, and what is then added, as a share of white."""
    shift, factor = rng.uniform((-brightness, 1 - contrast), (brightness, 1 + contrast), (shape[0], 2)).T
    return factor.reshape(-1, 1, 1, 1), (shift + (1 - factor) / 2).reshape(-1, 1, 1, 1)


def noise(rng, shape, deviation):
    """What grey levels are multiplied by, 1, and normally distributed numbers to be added, as a share of white."""
    return 1, deviation * rng.standard_normal(shape, dtype=np.float32)


def toned(images, tones, white):
    """Grey levels changed by each of `tones`, and held between black and white."""
    for factor, shift in tones:
        images = np.clip(images * factor + white * shift, 0, white)
    return images
