"""One image has one number, whatever looks at it: its place among all images to learn from, counted from 1."""

from __future__ import annotations

import numpy as np
import pytest

from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.data.overview import PARTS, overview_of
from fishlab.core.data.prepare import Prepared, prepare
from fishlab.core.layers import LAYERS
from fishlab.core.moment import Moment
from fishlab.core.probes.answers import answers
from fishlab.core.probes.excite import excite
from fishlab.core.probes.maps import feature_maps
from fishlab.core.probes.one_image import one_image
from fishlab.core.probes.saliency import saliency
from fishlab.core.probes.stepper import stepper
from fishlab.core.sight import Sight
from fishlab.core.spec import DataSpec, NetworkSpec, ProjectSpec, TrainingSpec

COUNT = 60
SPEC = DataSpec(subset=40, validation=0.25, scaling="raw")


def numbered() -> Dataset:
    """Each image has its own number in all its pixels."""
    levels = np.arange(1, COUNT + 1, dtype=np.uint8)
    images = ImageSet(levels[:, None, None, None].repeat(6, axis=2).repeat(6, axis=3), np.arange(COUNT) % 10)
    return Dataset("Numbered", "own", images, images)


def prepared() -> Prepared:
    return prepare(numbered(), SPEC, seed=0)


@pytest.fixture
def sight() -> Sight:
    layers = (LAYERS["flatten"].item.Spec(), LAYERS["affine"].item.Spec(uid="last", units=10))
    network = NetworkSpec(layers=layers, in_shape=(1, 6, 6))
    spec = ProjectSpec(network=network, data=SPEC, training=TrainingSpec(batch_size=10))
    data = prepared()
    return Sight(Moment.fresh(spec), data=lambda _moment: data)


def in_pixels(images: np.ndarray) -> list[int]:
    return [int(image.flat[0]) for image in images]


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_the_images_of_every_part_keep_the_number_they_have_in_the_set(part: str) -> None:
    images = getattr(prepared(), part)
    assert images.numbers.tolist() == in_pixels(images.images)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_the_answers_are_about_images_by_their_numbers(sight: Sight, split: str) -> None:
    found = answers(sight, split=split)
    assert found.numbers.tolist() == in_pixels(found.images)


@pytest.mark.parametrize("split", ["train", "validation"])
def test_what_excites_a_unit_is_named_by_its_number(sight: Sight, split: str) -> None:
    found = excite(sight, layer="last", split=split)
    assert found.numbers.tolist() == in_pixels(found.images)


def test_the_stepper_names_its_image_by_its_number(sight: Sight) -> None:
    for place in range(10):
        trace = stepper(sight, image=place)
        assert trace.number == trace.layers[0].x.max()


def test_the_overview_of_the_data_counts_alike() -> None:
    found, data = overview_of(numbered(), SPEC, lambda *_: None, seed=0), prepared()
    for part in PARTS:
        numbers = [found.number(int(place)) for place in found.parts[part]]
        assert numbers == sorted(getattr(data, part).numbers.tolist())
        assert numbers == in_pixels(found.images[found.parts[part]])
        assert [found.place(number) for number in numbers] == found.parts[part].tolist()


@pytest.mark.parametrize("probe", [one_image, feature_maps, saliency])
def test_a_number_that_is_typed_gives_that_image_of_whatever_part(sight: Sight, probe) -> None:
    used = {part: set(getattr(sight.data, part).numbers.tolist()) for part in PARTS}
    for part in PARTS:
        for number in used[part]:
            found = probe(sight, split="", image=number)
            image = getattr(found, "image", found)
            assert (image.number, image.split, int(image.pixels.max())) == (number, part, number)


def test_a_number_that_is_not_used_gives_the_next_one_that_is(sight: Sight) -> None:
    used = np.sort(np.concatenate([sight.data.train.numbers, sight.data.validation.numbers])).tolist()
    for number in range(1, COUNT + 1):
        behind = [one for one in used if one >= number]
        assert one_image(sight, split="", image=number).number == (behind[0] if behind else used[-1])


def test_steps_go_through_the_numbers_of_a_part_and_end_where_it_ends(sight: Sight) -> None:
    numbers = sorted(sight.data.validation.numbers.tolist())
    first = one_image(sight, split="validation")
    walked = [one_image(sight, split="validation", step=step).number for step in range(len(numbers) + 2)]
    assert walked == [*numbers, numbers[-1], numbers[-1]]
    assert one_image(sight, split="validation", image=numbers[1], step=-5).number == numbers[0]
    assert (first.first, first.last, first.split) == (numbers[0], numbers[-1], "validation")
