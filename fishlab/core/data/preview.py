"""A first look at a data set without loading it: how many images, from where, and a few of them. Nothing is fetched."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fishlab.core.augmentation import augmented
from fishlab.core.data.dataset import DATASETS, SAMPLES, Source, Survey, Values, resolve_source
from fishlab.core.data.scaling import find_scaling
from fishlab.core.errors import DataError
from fishlab.core.fields import describe
from fishlab.core.spec import DataSpec

__all__ = [
    "Look",
    "Survey",
    "augmented_samples",
    "look",
    "obstacle",
    "sample_images",
    "scaled_samples",
    "survey",
    "what_is_named",
]

MOST_POINTS = 600  # that a first look shows
ENOUGH = 2_000  # images to find a scaling from, to look at

PLANE = (2,)
Pictures = NDArray[np.uint8]
_UNREADABLE = (OSError, EOFError, zlib.error, ValueError, struct.error)


def survey(spec: DataSpec) -> Survey | None:
    """What `load_dataset` would give, without loading it; None where it is not at hand or cannot be read."""
    with suppress(DataError, *_UNREADABLE):
        return _source(spec).survey(spec)
    return None


@dataclass(frozen=True, eq=False)
class Look:
    """What there is to see of a set: `images` as `sample_images` gives them, or `points` (n, 2) with their `labels`.

    `counts` says how many there are of each class to learn from; empty where only loading would tell.
    """

    images: NDArray[np.uint8] | None = None
    points: Values | None = None
    labels: NDArray[np.intp] | None = None
    counts: tuple[int, ...] = ()


def look(spec: DataSpec) -> Look:
    """A first look at a set, without loading all of it; sets of points and small files are loaded."""
    counts = class_counts(spec)
    found = survey(spec)
    if found is None or found.shape != PLANE:
        return Look(sample_images(spec), counts=counts)
    with suppress(DataError, *_UNREADABLE):
        train = _source(spec).load(spec, lambda *_: None).train
        return Look(points=train.images[:MOST_POINTS], labels=train.labels[:MOST_POINTS], counts=counts)
    return Look(counts=counts)


def class_counts(spec: DataSpec) -> tuple[int, ...]:
    """How many there are of each class to learn from; empty where only loading would tell."""
    with suppress(DataError, *_UNREADABLE):
        labels = _source(spec).labels(spec)
        if labels is not None:
            return tuple(map(int, np.bincount(labels)))
    return ()


def augmented_samples(spec: DataSpec, step: int, count: int) -> tuple[Pictures, Pictures] | None:
    """Up to `count` training images, and what the augmentation makes of them in a step; None where there are none."""
    images = _samples(spec)
    if images is None:
        return None
    images = images[:count]
    changed = augmented(images, spec.augmentation, seed=0, step=step)
    white = 255.0 if images.dtype == np.uint8 else 1.0
    shown = np.clip(changed * (255.0 / white) + 0.5, 0, 255).astype(np.uint8)
    return _to_show(images), _to_show(shown)


def scaled_samples(spec: DataSpec, count: int) -> tuple[Pictures, Pictures, int] | None:
    """Up to `count` training images, what the scaling makes of them, zero as the middle grey, and how many it is from.

    A scaling that has numbers for every pixel is found here from up to ENOUGH images: a run takes them all. None where
    there are no images.
    """
    images = _samples(spec, ENOUGH)
    if images is None:
        return None
    scaled = find_scaling(images, spec).apply(images[:count])
    reach = np.abs(scaled).reshape(len(scaled), -1).max(axis=1).reshape(-1, 1, 1, 1)
    shown = np.clip(127.5 + scaled * (127.5 / np.maximum(reach, 1e-12)), 0, 255).astype(np.uint8)
    return _to_show(images[:count]), _to_show(shown), len(images)


def _samples(spec: DataSpec, count: int = SAMPLES) -> Values | None:
    with suppress(DataError, *_UNREADABLE):
        images = _source(spec).samples(spec, count)
        return images if images is not None and images.ndim == 4 and len(images) else None
    return None


def sample_images(spec: DataSpec) -> NDArray[np.uint8] | None:
    """A few training images of that set to look at, (n, H, W) or in colour (n, H, W, 3).

    None where it is not at hand, or is no images. Drawing digits takes a third of a second the first time.
    """
    images = _samples(spec)
    return None if images is None else _to_show(images)


def obstacle(spec: DataSpec) -> str:
    """Why the set that a spec names cannot be had, in a sentence; empty where nothing is known to be wrong."""
    try:
        _source(spec).survey(spec)
    except DataError as error:
        return str(error)
    except _UNREADABLE:
        pass
    return ""


def what_is_named(spec: DataSpec) -> Hashable:
    """All of a spec that decides which images it names, and nothing of how they are used."""
    infos = (info for info in describe(DataSpec) if info.name == "source" or info.shown_when)
    return tuple((info.name, getattr(spec, info.name)) for info in infos if info.matters(spec))


def _source(spec: DataSpec) -> Source:
    return DATASETS[resolve_source(spec)].item()


def _to_show(images: NDArray[Any]) -> NDArray[np.uint8]:
    """Images (n, C, H, W) as they are painted; of more channels than a colour has, the first."""
    shown = np.moveaxis(images, 1, -1) if images.shape[1] == 3 else images[:, 0]
    if shown.dtype == np.uint8:
        return np.ascontiguousarray(shown)
    low, high = float(shown.min()), float(shown.max())
    return ((shown - low) * (255 / ((high - low) or 1))).astype(np.uint8)
