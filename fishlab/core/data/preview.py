"""A first look at a data set without loading it: how many images, from where, and a few of them. Nothing is fetched."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Hashable
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import DATASETS, Source, Survey, Values, resolve_source
from fishlab.core.errors import DataError
from fishlab.core.fields import describe
from fishlab.core.spec import DataSpec

__all__ = ["Survey", "obstacle", "sample_images", "survey", "what_is_named"]

_UNREADABLE = (OSError, EOFError, zlib.error, ValueError, struct.error)


def survey(spec: DataSpec) -> Survey | None:
    """What `load_dataset` would give, without loading it; None where it is not at hand or cannot be read."""
    with suppress(DataError, *_UNREADABLE):
        return _source(spec).survey(spec)
    return None


def sample_images(spec: DataSpec) -> NDArray[np.uint8] | None:
    """A few training images of that set to look at, (n, H, W) or in colour (n, H, W, 3).

    None where it is not at hand, or is no images. Drawing digits takes a third of a second the first time.
    """
    images: Values | None = None
    with suppress(DataError, *_UNREADABLE):
        images = _source(spec).samples(spec)
    return None if images is None or images.ndim != 4 or not len(images) else _to_show(images)


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
