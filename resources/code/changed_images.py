"""Images changed at random (chapter 8.1)."""

import math
from statistics import NormalDist

import numpy as np


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


class Levels:
    """Normally distributed numbers, found by the place of an image: 65,536 levels, four from each 64 random bits."""

    quantiles = np.array([NormalDist().inv_cdf((level + 0.5) / 65536) for level in range(65536)], np.float32)

    def __init__(self, rng):
        self.bits = rng.bit_generator

    def standard_normal(self, shape, dtype):
        size = math.prod(shape[1:])
        raw = self.bits.random_raw(shape[0] * -(-size // 4)).astype("<u8")
        return self.quantiles[raw.view("<u2").reshape(shape[0], -1)[:, :size]].reshape(shape).astype(dtype)


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
