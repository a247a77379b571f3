"""A set looked through: which images are in which part, what they are on the average, what a scaling makes of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fishlab.core.augmentation import AUGMENTATIONS
from fishlab.core.data.comparison import compare, measure, variants
from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.data.overview import MOST_AVERAGES, Overview, average, overview, overview_of
from fishlab.core.data.prepare import prepare
from fishlab.core.errors import Cancelled, DataError
from fishlab.core.spec import DataSpec


def silent(what: str, done: int, total: int) -> None:
    pass


def colours(count: int = 300, classes: int = 3, dtype: type = np.uint8) -> Dataset:
    """Images of two channels, 5 x 4, brighter the higher their class."""
    rng = np.random.default_rng(3)
    labels = rng.integers(0, classes, count).astype(np.intp)
    noise = rng.integers(0, 90, (count, 2, 5, 4))
    images = (noise + 50 * labels[:, None, None, None]).astype(dtype)
    made = ImageSet(images, labels)
    return Dataset("Colours", "colours", made, made.take(np.arange(7)), tuple("abc"[:classes]))


def look(dataset: Dataset, seed: int = 4, **values: object) -> Overview:
    return overview_of(dataset, DataSpec(**values), silent, seed=seed)  # type: ignore[arg-type]


def test_parts_are_those_that_a_training_uses() -> None:
    dataset, spec = colours(), DataSpec(subset=200, validation=0.25)
    found, prepared = overview_of(dataset, spec, silent, seed=4), prepare(dataset, spec, seed=4)
    for part, used in (("train", prepared.train), ("validation", prepared.validation)):
        shown = found.images[found.find(part)]
        assert len(shown) == len(used)
        assert sorted(image.tobytes() for image in shown) == sorted(image.tobytes() for image in used.images)
    assert not set(found.find("train")) & set(found.find("validation"))
    assert found.tests == 7


def test_images_of_a_class_are_found_in_order() -> None:
    found = look(colours())
    numbers = found.find("train", 1)
    assert (found.labels[numbers] == 1).all() and (np.diff(numbers) > 0).all()
    assert [len(found.find("train", label)) for label in range(3)] == found.counts[0].tolist()
    assert found.counts.sum() == 300


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_averages_are_those_of_what_is_learned_from(dtype: type) -> None:
    found = look(colours(dtype=dtype))
    learned = found.images[found.find("train")].astype(np.float64)
    np.testing.assert_allclose(found.averages["train"].mean, learned.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(found.averages["train"].deviation, learned.std(axis=0), rtol=1e-5)
    assert found.averages["train"].classes is not None
    for label in range(3):
        mean = found.images[found.find("train", label)].mean(axis=0, dtype=np.float64)
        np.testing.assert_allclose(found.averages["train"].classes[label], mean, rtol=1e-6)


def test_averages_do_not_depend_on_where_blocks_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    from fishlab.core.data import overview as module

    whole = look(colours()).averages["train"]
    monkeypatch.setattr(module, "_AT_ONCE", 7 * 40)
    parted = look(colours()).averages["train"]
    assert whole.classes is not None and parted.classes is not None
    np.testing.assert_allclose(parted.classes, whole.classes, rtol=1e-6)
    np.testing.assert_allclose(parted.deviation, whole.deviation, rtol=1e-5)


def test_a_class_without_images_to_learn_from_has_the_average_zero() -> None:
    dataset = colours(classes=2)
    named = Dataset("Two of three", "colours", dataset.train, dataset.test, ("a", "b", "c"))
    found = look(named)
    assert found.averages["train"].classes is not None and not found.averages["train"].classes[2].any()
    assert found.counts[:, 2].tolist() == [0, 0]


def test_averages_of_too_many_classes_are_left_out() -> None:
    images = np.ones((4, 1, 64, 64), np.uint8)
    found = average(images, np.arange(4), np.arange(4), MOST_AVERAGES // (64 * 64) + 1, silent)
    assert found.classes is None and found.mean.mean() == 1


def test_looking_through_can_be_given_up() -> None:
    def give_up(what: str, done: int, total: int) -> None:
        raise Cancelled("Enough.")

    with pytest.raises(Cancelled):
        overview_of(colours(), DataSpec(), give_up)


def test_a_set_that_is_not_here_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISHLAB_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("FISHLAB_DATA_DIR", raising=False)
    with pytest.raises(DataError, match=r"MNIST is not here yet\. Get it in the Data tab"):
        overview(DataSpec(source="mnist"), silent)
    with pytest.raises(DataError, match="No CSV file is chosen"):
        overview(DataSpec(source="csv"), silent)


def test_points_of_the_plane_are_looked_through_as_images_are() -> None:
    found = overview(DataSpec(source="moons", points=80), silent)
    assert found.is_plane and not found.is_images and found.counts.sum() == 80
    assert found.averages["train"].mean.shape == (2,) and found.tests == 40


# -- before and after --------------------------------------------------------------------------------------------------
def smooth(count: int = 400) -> NDArray[np.uint8]:
    """Images whose pixels are much like their neighbours."""
    rng = np.random.default_rng(1)
    waves = np.cumsum(rng.normal(0, 1, (count, 1, 6, 6)), axis=3)
    return (128 + 20 * waves).clip(0, 255).astype(np.uint8)


def test_standardising_gives_mean_zero_and_deviation_one() -> None:
    found = look(colours())
    shown = compare(found, DataSpec(scaling="standard"), found.find("train")[:5])
    assert shown.measures_after.mean == pytest.approx(0, abs=1e-5)
    assert shown.measures_after.deviation == pytest.approx(1, abs=1e-5)
    assert shown.before.shape == shown.after.shape == (5, 2, 5, 4)
    assert (shown.measures_before.low, shown.measures_before.high) == (0, found.images.max())


def test_whitening_takes_out_what_neighbours_have_in_common() -> None:
    labels = np.arange(400) % 2
    made = ImageSet(smooth(), labels)
    found = look(Dataset("Smooth", "smooth", made, made, ("0", "1")), validation=0.0)
    shown = compare(found, DataSpec(scaling="whitened", epsilon=1e-6), np.arange(3))
    before, after = shown.measures_before.neighbours, shown.measures_after.neighbours
    assert before is not None and after is not None
    assert before > 0.7 and abs(after) < 0.02
    assert shown.measures_after.deviations == pytest.approx((1, 1), abs=0.01)
    assert shown.found_from == 400


def test_of_large_images_as_few_are_measured_as_have_room(monkeypatch: pytest.MonkeyPatch) -> None:
    found = look(colours())
    monkeypatch.setattr("fishlab.core.data.comparison.MOST_MEASURED", 7 * 2 * 5 * 4)
    assert compare(found, DataSpec(scaling="pixels"), found.find("train")[:5]).found_from == 7
    monkeypatch.setattr("fishlab.core.data.comparison.MOST_MEASURED", 1)
    assert compare(found, DataSpec(scaling="unit"), found.find("train")[:5]).found_from == 1


def test_variants_are_the_images_and_then_what_a_training_makes_of_them() -> None:
    found = look(colours())
    spec = DataSpec(augmentation=(AUGMENTATIONS["shift"].item.Spec(pixels=2.0, whole=True),))
    made = variants(found, spec, np.arange(6), 4)
    assert made.shape == (5, 6, 2, 5, 4)
    np.testing.assert_array_equal(made[0], found.images[:6])
    assert len({one.tobytes() for one in made}) == 5
    assert variants(found, spec, np.arange(6), 4).tobytes() == made.tobytes()


def test_measures_count_every_number_once() -> None:
    images = np.array([[0.0, 1.0], [3.0, 4.0]], np.float32)
    found = measure(images)
    assert (found.mean, found.low, found.high, sum(found.bins)) == (2.0, 0.0, 4.0, 4)
    assert found.deviation == pytest.approx(np.sqrt(2.5)) and found.neighbours is None


def test_numbers_that_never_change_are_measured_too() -> None:
    found = measure(np.full((3, 1, 4, 4), 9, np.uint8))
    assert found.neighbours is None and found.deviation == 0 and sum(found.bins) == 48
