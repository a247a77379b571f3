"""What every registered augmentation keeps to, at both ends of each of its settings and for images of any shape."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest

from fishlab.core.augmentation import AUGMENTATIONS, AugmentationSpec, Pipeline, augmentation_from_dict, augmented
from fishlab.core.augmentation.base import Geometric, Tonal
from fishlab.core.fields import FieldInfo, describe
from fishlab.core.share import Share

SIZES = [(1, 1, 1), (1, 1, 13), (3, 8, 1), (2, 7, 12)]
every_kind = pytest.mark.parametrize("kind", AUGMENTATIONS.kinds())
every_size = pytest.mark.parametrize("size", SIZES, ids=str)


def pictures(count: int, size: tuple[int, int, int]) -> np.ndarray:
    return np.random.default_rng(count).integers(1, 256, (count, *size), dtype=np.uint8)


def settings(kind: str) -> Iterator[AugmentationSpec]:
    """The usual ones, and each setting at its ends with the others as usual."""
    spec = AUGMENTATIONS[kind].item.Spec
    yield spec()
    for info in describe(spec):
        for value in ends(info):
            yield spec(**{info.name: value})


def ends(info: FieldInfo) -> tuple[object, ...]:
    return (True, False) if info.form == "bool" else (info.minimum, info.maximum)


@every_kind
def test_it_describes_itself_to_people(kind: str) -> None:
    entry = AUGMENTATIONS[kind]
    assert entry.title and entry.group and entry.chapter and entry.help.endswith(".")
    assert entry.item.__doc__ and entry.item.Spec.kind == kind
    fields = describe(entry.item.Spec)
    assert fields
    assert all(info.help.endswith(".") and info.maximum is not None for info in fields if info.form != "bool")


@every_kind
def test_it_survives_being_written_and_read(kind: str) -> None:
    for spec in settings(kind):
        assert augmentation_from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


@every_kind
@every_size
def test_grey_levels_stay_finite_and_between_black_and_white(kind: str, size: tuple[int, int, int]) -> None:
    for spec in settings(kind):
        for images, white in ((pictures(9, size), 255), (pictures(9, size) / 255, 1)):
            found = augmented(images, [spec])
            assert found.shape == images.shape and found.dtype == np.float32
            assert np.isfinite(found).all()
            assert found.min() >= 0 and found.max() <= white + 1e-4


@every_kind
@every_size
def test_an_image_is_changed_alike_in_every_share(kind: str, size: tuple[int, int, int]) -> None:
    images = pictures(11, size)
    for spec in settings(kind):
        whole, pipeline = augmented(images, [spec], 2, 3), Pipeline([spec], size, 2)
        for index in range(3):
            share = Share.of(11, index, 3)
            part = np.empty((len(share), *size), np.float32)
            pipeline.apply(images[share.begin : share.end], part, 3, share)
            assert np.array_equal(part, whole[share.begin : share.end])


@every_kind
def test_a_batch_of_no_images_stays_one(kind: str) -> None:
    assert augmented(pictures(0, (1, 5, 5)), [AUGMENTATIONS[kind].item.Spec()]).shape == (0, 1, 5, 5)


@every_kind
def test_what_moves_pixels_makes_nothing_out_of_black(kind: str) -> None:
    item = AUGMENTATIONS[kind].item
    assert issubclass(item, (Geometric, Tonal))
    if issubclass(item, Geometric):
        for spec in settings(kind):
            assert not augmented(np.zeros((7, 1, 6, 9), np.uint8), [spec]).any()


@every_kind
def test_it_computes_in_float64_what_it_does_in_float32(kind: str) -> None:
    images, spec = pictures(9, (1, 7, 8)), AUGMENTATIONS[kind].item.Spec()
    out = np.empty(images.shape, np.float64)
    Pipeline([spec], (1, 7, 8), 5).apply(images, out, 1, Share.whole(9))
    np.testing.assert_allclose(out, augmented(images, [spec], 5, 1), rtol=1e-5, atol=1e-3)
