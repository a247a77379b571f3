"""Several augmentations in a row, drawn and applied to batches."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from fishlab.core.augmentation.base import AUGMENTATIONS, Array, Augmentation, AugmentationSpec, Geometric, Tonal
from fishlab.core.augmentation.mapping import Mapping, Sampler
from fishlab.core.errors import DataError
from fishlab.core.randomness import Stream, stream
from fishlab.core.share import Share


class Pipeline:
    """The augmentations of a training, for images of one shape: first those that move pixels, then the others.

    What is drawn for an image follows from the seed, the step and its place in the batch, whoever computes it.
    Raises DataError where there are no images to change.
    """

    def __init__(self, specs: Sequence[AugmentationSpec], shape: Sequence[int], seed: int) -> None:
        specs = in_use(specs)
        if specs and len(shape) != 3:
            raise DataError(
                f"“{AUGMENTATIONS[specs[0].kind].title}” changes images, and the data are rows of {shape[0]:,} "
                "numbers. Take the augmentation out, or choose a data set of images."
            )
        size: Any = tuple(shape)
        self._seed = seed
        self._parts: list[Augmentation[Any]] = [AUGMENTATIONS[spec.kind].item(spec, size) for spec in specs]
        self._sampler = Sampler(size) if any(isinstance(part, Geometric) for part in self._parts) else None

    def apply(self, images: Array, out: Array, step: int, share: Share) -> None:
        """Fill `out` (n, C, H, W) with the changed grey levels of `images`, a share of the batch of `step`.

        Grey levels are 0..255 in uint8, 0..1 in any float; `out` has them in the same range.
        """
        white = 255.0 if images.dtype == np.uint8 else 1.0
        rng = stream(self._seed, Stream.AUGMENT, step)
        drawn = [
            (part, part.draw_share(rng, partial(stream, self._seed, Stream.AUGMENT, step, number), share))
            for number, part in enumerate(self._parts)
        ]
        self._place(images, out, [(part, numbers) for part, numbers in drawn if isinstance(part, Geometric)])
        for part, numbers in drawn:
            if isinstance(part, Tonal):
                part.tint(out, numbers, white)

    def _place(self, images: Array, out: Array, drawn: list[tuple[Geometric[Any], Array]]) -> None:
        if self._sampler is None:
            np.copyto(out, images)
            return
        mapping = Mapping(len(images))
        for part, numbers in drawn:
            part.place(mapping, numbers)
        self._sampler.sample(images, mapping, out)


def rooms(specs: Sequence[AugmentationSpec]) -> int:
    """How many numbers a pipeline keeps for each pixel of a batch."""
    return sum(AUGMENTATIONS[spec.kind].item.room for spec in in_use(specs))


def in_use(specs: Sequence[AugmentationSpec]) -> tuple[AugmentationSpec, ...]:
    """Those that are not switched off."""
    return tuple(spec for spec in specs if spec.enabled)


def augmented(images: Array, specs: Sequence[AugmentationSpec], seed: int = 0, step: int = 0) -> Array:
    """Images changed as a training would change them in a step whose batch they are.

    `images` (N, C, H, W) are grey levels 0..255 (uint8) or 0..1 (any float); what comes back is float32 of the same
    shape and range. Raises DataError for anything but images.
    """
    images = np.asarray(images)
    out = np.empty(images.shape, np.float32)
    if not in_use(specs):
        np.copyto(out, images)
        return out
    Pipeline(specs, images.shape[1:], seed).apply(images, out, step, Share.whole(len(images)))
    return out
