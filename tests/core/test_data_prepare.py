"""Subset, split, scaling and batches."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest

from fishlab.core.data.batches import Batcher, epoch_order
from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.data.prepare import Scaling, prepare
from fishlab.core.errors import DataError, FileFormatError
from fishlab.core.spec import DataSpec


def numbered(count: int, shape: tuple[int, int, int] = (1, 3, 2)) -> ImageSet:
    """Images of random pixels, of which the first tells the image's number."""
    images = np.random.default_rng(count).integers(0, 256, (count, *shape), dtype=np.uint8)
    images[:, 0, 0, 0] = np.arange(count) % 256
    return ImageSet(images, np.arange(count, dtype=np.intp) % 10)


def dataset(train: int = 120, test: int = 30) -> Dataset:
    return Dataset("Numbers", "digits", numbered(train), numbered(test))


def numbers(images: ImageSet) -> list[int]:
    return [int(image[0, 0, 0]) for image in images.images]


def test_train_and_validation_share_no_image_and_lose_none() -> None:
    prepared = prepare(dataset(), DataSpec(validation=0.25))
    assert (len(prepared.train), len(prepared.validation), len(prepared.test)) == (90, 30, 30)
    assert sorted(numbers(prepared.train) + numbers(prepared.validation)) == list(range(120))


def test_every_image_keeps_its_label() -> None:
    prepared = prepare(dataset(), DataSpec(validation=0.5))
    for part in (prepared.train, prepared.validation):
        assert [number % 10 for number in numbers(part)] == part.labels.tolist()


def test_the_same_seed_gives_the_same_split_and_another_seed_another() -> None:
    first, again, other = (numbers(prepare(dataset(), DataSpec(), seed=seed).validation) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_the_subset_is_taken_before_the_split() -> None:
    prepared = prepare(dataset(), DataSpec(subset=40, validation=0.25))
    assert (len(prepared.train), len(prepared.validation)) == (30, 10)
    assert len(set(numbers(prepared.train) + numbers(prepared.validation))) == 40


def test_a_subset_larger_than_the_set_is_the_set() -> None:
    assert len(prepare(dataset(), DataSpec(subset=999, validation=0.0)).train) == 120


def test_without_a_share_to_validate_all_images_are_learnt_from() -> None:
    prepared = prepare(dataset(), DataSpec(validation=0.0))
    assert (len(prepared.train), len(prepared.validation)) == (120, 0)


def test_a_split_that_leaves_nothing_to_learn_from_is_refused_with_the_numbers() -> None:
    with pytest.raises(DataError, match="Of 1 training images 1 would be set aside"):
        prepare(dataset(), DataSpec(subset=1, validation=0.9))


def test_images_and_labels_cannot_be_written_to() -> None:
    prepared = prepare(dataset(), DataSpec())
    for part in (prepared.train, prepared.validation, prepared.test):
        with pytest.raises(ValueError, match="read-only"):
            part.images[0] = 0
        with pytest.raises(ValueError, match="read-only"):
            part.labels[0] = 0


def test_images_and_labels_of_different_number_do_not_go_together() -> None:
    with pytest.raises(ValueError, match="do not go together"):
        ImageSet(np.zeros((3, 1, 2, 2), np.uint8), np.zeros(2, np.intp))


@pytest.mark.parametrize(("kind", "low", "high"), [("unit", 0.0, 1.0), ("raw", 0.0, 255.0)])
def test_unit_and_raw_scaling_map_the_grey_levels_to_their_ends(kind: str, low: float, high: float) -> None:
    scaling = prepare(dataset(), DataSpec(scaling=kind)).scaling
    assert scaling.apply(np.array([0, 255], np.uint8)).tolist() == [low, high]


def test_standard_scaling_gives_the_training_images_mean_0_and_deviation_1() -> None:
    prepared = prepare(dataset(), DataSpec(scaling="standard"))
    scaled = prepared.scaling.apply(prepared.train.images).astype(np.float64)
    assert scaled.mean() == pytest.approx(0, abs=1e-6)
    assert scaled.std() == pytest.approx(1, abs=1e-6)


def test_standard_scaling_of_one_grey_level_stays_finite() -> None:
    flat = ImageSet(np.full((10, 1, 2, 2), 7, np.uint8), np.zeros(10, np.intp))
    prepared = prepare(Dataset("Flat", "digits", flat, flat), DataSpec(scaling="standard"))
    assert not prepared.scaling.apply(flat.images).any()


def test_a_scaling_survives_json_to_the_last_bit() -> None:
    scaling = Scaling(1 / 255, -0.1307)
    assert Scaling.from_dict(json.loads(json.dumps(scaling.to_dict()))) == scaling


@pytest.mark.parametrize(
    "data",
    [None, [], {}, {"scale": 1}, {"scale": 1, "shift": 0, "more": 0}, {"scale": "1", "shift": 0},
     {"scale": True, "shift": 0}, {"scale": float("nan"), "shift": 0}, {"scale": 1, "shift": float("inf")}],
)
def test_a_scaling_of_another_form_is_refused(data: object) -> None:
    with pytest.raises(FileFormatError, match="scale and shift"):
        Scaling.from_dict(data)


def test_an_epoch_goes_through_every_image_once_in_an_order_of_its_own() -> None:
    orders = [epoch_order(50, seed, epoch).tolist() for seed, epoch in ((0, 0), (0, 1), (1, 0))]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert len({tuple(order) for order in orders}) == 3
    assert epoch_order(50, 0, 1).tolist() == orders[1]


def test_the_batches_of_an_epoch_hold_each_image_once_and_the_last_is_smaller() -> None:
    batcher = Batcher(numbered(25), Scaling(1.0, 0.0), 10)
    order = epoch_order(25, 0, 0)
    batches = [batcher.gather(batcher.batch(order, number))[0][0, 0, 0].tolist() for number in range(batcher.count)]
    assert [len(batch) for batch in batches] == [10, 10, 5]
    assert [int(number) for batch in batches for number in batch] == order.tolist()


@pytest.mark.parametrize("scaling", [Scaling(1 / 255, 0.0), Scaling(0.0127, -0.424)])
@pytest.mark.parametrize("n", [1, 3, 8])
def test_a_batch_is_the_scaled_images_with_the_batch_last_bit_for_bit(scaling: Scaling, n: int) -> None:
    images = numbered(20, shape=(2, 5, 3))
    indices = np.random.default_rng(0).permutation(20)[:n]
    values, labels = Batcher(images, scaling, 8).gather(indices)
    assert values.shape == (2, 5, 3, n)
    assert values.transpose(3, 0, 1, 2).flags.c_contiguous  # an image stays one row
    assert values.dtype == np.float32
    assert np.array_equal(values, np.moveaxis(scaling.apply(images.images[indices]), 0, -1))
    assert np.array_equal(labels, images.labels[indices])


def test_a_batch_size_above_the_number_of_images_makes_one_batch() -> None:
    batcher = Batcher(numbered(7), Scaling(1.0, 0.0), 100_000)
    assert batcher.count == 1
    assert batcher.gather(batcher.batch(epoch_order(7, 0, 0), 0))[0].shape[-1] == 7


def test_gather_uses_one_buffer_again_and_again() -> None:
    batcher = Batcher(numbered(20), Scaling(1.0, 0.0), 10)
    first, _ = batcher.gather(np.arange(10))
    second, _ = batcher.gather(np.arange(10, 14))
    assert np.shares_memory(first, second)


@pytest.mark.parametrize("outside", [5, -6])
def test_an_index_outside_the_set_is_refused(outside: int) -> None:
    with pytest.raises(IndexError):
        Batcher(numbered(5), Scaling(1.0, 0.0), 5).gather(np.array([0, outside]))


def test_indices_from_the_end_name_the_same_images_and_labels() -> None:
    values, labels = Batcher(numbered(5), Scaling(1.0, 0.0), 5).gather(np.array([-1, -5]))
    assert values[0, 0, 0].tolist() == numbered(5).images[[-1, -5], 0, 0, 0].tolist()
    assert labels.tolist() == numbered(5).labels[[-1, -5]].tolist()


def test_gathering_allocates_no_more_than_a_few_views() -> None:
    batcher, indices = Batcher(numbered(200, shape=(1, 28, 28)), Scaling(0.5, -1.0), 100), np.arange(100)
    batcher.gather(indices)
    tracemalloc.start()
    try:
        batcher.gather(indices)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4_000
