"""Augmentations: what each of them does to a picture, that chance follows from the seed, and where it is applied."""

from __future__ import annotations

import math
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import assert_same_arrays, assert_same_model, images, prepared, project, run, trained

from fishlab.core.augmentation import AUGMENTATIONS, AugmentationSpec, Pipeline, augmentation_from_dict, augmented
from fishlab.core.augmentation.many import LEVELS, fill_normal, quantiles
from fishlab.core.augmentation.mapping import AT_ONCE, Mapping, Sampler
from fishlab.core.data.batches import Batcher
from fishlab.core.data.prepare import Scaling
from fishlab.core.errors import DataError, FieldError, SpecError
from fishlab.core.evaluation import arithmetic, evaluate_now
from fishlab.core.events import EpochDone
from fishlab.core.files.project import open_project, save_project
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.parallel.worker import Worker
from fishlab.core.randomness import Stream, stream
from fishlab.core.share import Share
from fishlab.core.spec import DataSpec, ProjectSpec
from fishlab.core.training import Trainer

Array = np.ndarray
KINDS = ("rotate", "shift", "scale", "shear", "crop", "flip", "elastic", "brightness", "noise")
GEOMETRIC = KINDS[:7]
STILL: dict[str, dict[str, float]] = {
    "rotate": {"degrees": 0},
    "shift": {"pixels": 0},
    "scale": {"share": 0},
    "shear": {"slant": 0},
    "crop": {"share": 1},
    "flip": {"horizontal": 0, "vertical": 0},
    "elastic": {"alpha": 0},
    "brightness": {"brightness": 0, "contrast": 0},
    "noise": {"deviation": 0},
}
# mean grey levels of four images that all augmentations changed before some drew for each image
EARLIER = [67.5277, 62.7326, 77.7636, 118.1462]
every_kind = pytest.mark.parametrize("kind", KINDS)


def spec(kind: str, **values: Any) -> AugmentationSpec:
    made: AugmentationSpec = AUGMENTATIONS[kind].item.Spec(**values)
    return made


def everything() -> tuple[AugmentationSpec, ...]:
    return tuple(map(spec, KINDS))


def as_before() -> tuple[AugmentationSpec, ...]:
    """All of them, as projects of earlier versions have them."""
    return tuple(augmentation_from_dict({"kind": kind}) for kind in KINDS)


def pictures(count: int = 60, size: tuple[int, int, int] = (2, 9, 14)) -> Array:
    return np.random.default_rng(count).integers(0, 256, (count, *size), dtype=np.uint8)


def placed(kind: str, drawn: Any, picture: Array) -> Array:
    """The one picture (H, W) after an augmentation for which these numbers were drawn."""
    size = 1, *picture.shape
    mapping, out = Mapping(1), np.empty((1, *size), np.float32)
    AUGMENTATIONS[kind].item(spec(kind), size).place(mapping, np.array([drawn], float))
    Sampler(size).sample(picture[None, None], mapping, out)
    return out[0, 0]


def ramp(rows: int = 15, columns: int = 21) -> Array:
    """Grey levels that rise evenly: between pixels they are known, so a picture tells where its pixels come from."""
    y, x = np.mgrid[:rows, :columns]
    return (100 + 3.0 * (x - (columns - 1) / 2) + 5.0 * (y - (rows - 1) / 2)).astype(np.float32)


def levels_at(x: Array, y: Array) -> Array:
    """The levels of the ramp, at places from its middle."""
    return 100 + 3.0 * x + 5.0 * y


def places(rows: int = 15, columns: int = 21) -> tuple[Array, Array]:
    y, x = np.mgrid[:rows, :columns]
    return x - (columns - 1) / 2, y - (rows - 1) / 2


def test_all_of_them_are_registered_and_say_what_they_do() -> None:
    assert set(AUGMENTATIONS.kinds()) == set(KINDS)
    for entry in AUGMENTATIONS:
        assert entry.title and entry.group and entry.help.endswith(".")
        assert entry.item.Spec.kind == entry.kind


def test_the_flip_warns_that_a_digit_becomes_another() -> None:
    assert "digit" in AUGMENTATIONS["flip"].help


# -- what each of them does --------------------------------------------------------------------------------------------
@every_kind
def test_with_no_strength_every_bit_stays(kind: str) -> None:
    found = augmented(pictures(), [spec(kind, **STILL[kind])])
    assert found.dtype == np.float32
    assert np.array_equal(found, pictures())


@every_kind
def test_with_its_usual_strength_each_changes_every_batch_and_keeps_the_range(kind: str) -> None:
    found = augmented(pictures(), [spec(kind)])
    assert not np.array_equal(found, pictures())
    assert np.isfinite(found).all()
    assert found.min() >= 0 and found.max() <= 255


@pytest.mark.parametrize("size", [(7, 7), (8, 8)])
def test_a_quarter_turn_is_exact(size: tuple[int, int]) -> None:
    picture = pictures(1, (1, *size))[0, 0]
    assert np.array_equal(placed("rotate", 90, picture), np.rot90(picture))
    assert np.array_equal(placed("rotate", -90, picture), np.rot90(picture, -1))
    assert np.array_equal(placed("rotate", 180, picture), np.rot90(picture, 2))


def test_a_shift_by_whole_pixels_is_exact_and_black_comes_in() -> None:
    picture, wanted = pictures(1, (1, 6, 9))[0, 0], np.zeros((6, 9))
    wanted[:-1, 2:] = picture[1:, :-2]
    assert np.array_equal(placed("shift", (2, -1), picture), wanted)


def test_a_shift_by_half_a_pixel_is_the_mean_of_two() -> None:
    picture = np.array([[10, 20, 40]], np.uint8)
    assert placed("shift", (0.5, 0), picture).tolist() == [[5, 15, 30]]


def test_nothing_is_left_of_a_picture_shifted_out_of_its_frame() -> None:
    assert not placed("shift", (500, -300), np.full((5, 7), 255, np.uint8)).any()


def test_whole_shifts_move_by_whole_pixels() -> None:
    found = augmented(np.full((50, 1, 9, 9), 200, np.uint8), [spec("shift", pixels=3, whole=True)])
    assert set(np.unique(found)) == {0, 200}


def test_flips_are_exact() -> None:
    picture = pictures(1, (1, 5, 8))[0, 0]
    assert np.array_equal(placed("flip", (-1, 1), picture), picture[:, ::-1])
    assert np.array_equal(placed("flip", (1, -1), picture), picture[::-1])


def test_flips_happen_as_often_as_they_should() -> None:
    picture = np.tile(np.array([[[1, 2], [3, 4]]], np.uint8), (4000, 1, 1, 1))
    found = augmented(picture, [spec("flip", horizontal=0.25, vertical=0.5)])
    across, down = (np.isin(found[:, 0, 0, 0], first).mean() for first in ((2, 4), (3, 4)))
    assert across == pytest.approx(0.25, abs=0.03)
    assert down == pytest.approx(0.5, abs=0.04)


def test_a_scale_of_two_shows_the_middle_half() -> None:
    x, y = places()
    np.testing.assert_allclose(placed("scale", 2, ramp()), levels_at(x / 2, y / 2), rtol=1e-6)


def test_a_shear_moves_rows_by_their_height() -> None:
    x, y = places()
    found, wanted = placed("shear", 0.25, ramp()), levels_at(x + 0.25 * y, y)
    inside = abs(x + 0.25 * y) <= 10
    np.testing.assert_allclose(found[inside], wanted[inside], rtol=1e-6)
    assert not found[abs(x + 0.25 * y) >= 11].any()


def test_a_crop_enlarges_a_part_to_the_full_size() -> None:
    x, y = places()
    found = placed("crop", (0.5, 0.5, -0.5), ramp())
    np.testing.assert_allclose(found, levels_at(x / 2 + 20 / 4, y / 2 - 14 / 4), rtol=1e-6)


def test_a_crop_shows_nothing_from_outside() -> None:
    found = augmented(np.full((200, 1, 20, 20), 100, np.uint8), [spec("crop", share=0.3)])
    np.testing.assert_allclose(found, 100, rtol=1e-6)


@pytest.mark.slow
def test_an_elastic_distortion_moves_pixels_as_the_smoothed_random_field_does() -> None:
    """Its deviation, and its likeness at a distance: those of white noise under a Gaussian."""
    size, alpha, sigma = (1, 40, 50), 34.0, 4.0
    part = AUGMENTATIONS["elastic"].item(spec("elastic", alpha=alpha, sigma=sigma), size)
    mapping = Mapping(2000)
    part.place(mapping, part.draw(np.random.default_rng(0), 2000))
    assert mapping.bend is not None
    assert mapping.bend.mean() == pytest.approx(0, abs=0.02)
    field = mapping.bend.astype(np.float64)
    deviation = alpha / math.sqrt(3) / (2 * math.sqrt(math.pi) * sigma)
    np.testing.assert_allclose(field.std(axis=0), deviation, rtol=0.08)  # everywhere, at the edges too
    for distance in (2, 4, 8):
        likeness = (field[..., distance:] * field[..., :-distance]).mean() / deviation**2
        assert likeness == pytest.approx(math.exp(-((distance / sigma) ** 2) / 4), abs=0.02)


def test_the_usual_elastic_distortion_is_the_dense_one_of_simard() -> None:
    """Every covariance of the field, beside a Gaussian of unit sum over noise that is uniform in -1..1."""
    part = AUGMENTATIONS["elastic"].item(spec("elastic"), (1, 12, 12))
    mine = part._down @ part._down.T
    places = np.arange(-40, 52)
    kernel = np.exp(-((np.arange(12)[:, None] - places) ** 2) / (2 * 4.0**2))
    kernel /= kernel.sum(axis=1, keepdims=True)
    dense = kernel @ kernel.T
    np.testing.assert_allclose(mine * (part._across.T @ part._across)[0, 0], 34**2 / 3 * dense * dense[0, 0], rtol=1e-3)


def test_brightness_adds_and_contrast_spreads_about_middle_grey() -> None:
    part = AUGMENTATIONS["brightness"].item(spec("brightness"), (1, 1, 3))
    levels = np.tile(np.array([0, 100, 255], np.float32), (2, 1, 1, 1))
    part.tint(levels, np.array([[0.1, 0], [0, -0.5]]), 255.0)
    np.testing.assert_allclose(levels.reshape(2, 3), [[25.5, 125.5, 255], [63.75, 113.75, 191.25]], rtol=1e-6)


def test_noise_has_the_deviation_that_was_asked_for() -> None:
    found = augmented(np.full((100, 1, 28, 28), 128, np.uint8), [spec("noise", deviation=0.1)])
    assert found.std() == pytest.approx(25.5, rel=0.02)
    assert found.mean() == pytest.approx(128, abs=0.5)


def test_the_numbers_of_noise_are_normally_distributed_and_each_image_has_its_own() -> None:
    numbers = fill_normal(np.empty((400, 3, 7, 11), np.float32), stream(1, Stream.AUGMENT, 5, 0), 0).reshape(400, 231)
    assert numbers.mean() == pytest.approx(0, abs=0.015)
    assert numbers.std() == pytest.approx(1, abs=0.01)
    for deviations, share in ((1, 0.3173), (2, 0.0455), (3, 0.0027)):
        assert (abs(numbers) > deviations).mean() == pytest.approx(share, rel=0.25)
    likeness = np.corrcoef(numbers[:50]) - np.eye(50)
    assert abs(likeness).max() < 5 / math.sqrt(231)
    assert abs(np.corrcoef(numbers[:, :-1].ravel(), numbers[:, 1:].ravel())[0, 1]) < 0.02


def test_the_levels_of_the_normal_distribution_are_its_quantiles() -> None:
    table = quantiles()
    assert np.array_equal(table, -table[::-1])
    assert (np.diff(table) > 0).all()
    assert table.std() == pytest.approx(1, abs=1e-4)
    assert np.interp(0.9750, (np.arange(LEVELS) + 0.5) / LEVELS, table) == pytest.approx(1.959964, abs=1e-4)


@pytest.mark.parametrize("first", [0, 1, 7, 59])
def test_numbers_of_a_share_are_those_of_the_batch(first: int) -> None:
    whole = fill_normal(np.empty((60, 5, 5), np.float32), stream(2, Stream.AUGMENT, 0, 1), 0)
    part = fill_normal(np.empty((60 - first, 5, 5), np.float32), stream(2, Stream.AUGMENT, 0, 1), first)
    assert np.array_equal(part, whole[first:])


def test_white_is_1_for_images_of_floats() -> None:
    noise = [spec("noise", deviation=0.1)]
    grey = augmented(np.full((9, 1, 5, 5), 0.5), noise)
    assert grey.dtype == np.float32
    np.testing.assert_allclose(grey, augmented(np.full((9, 1, 5, 5), 127.5), noise) * 0 + grey)
    assert grey.std() == pytest.approx(0.1, rel=0.2)
    assert augmented(np.ones((9, 1, 5, 5)), noise).max() == 1


# -- together ----------------------------------------------------------------------------------------------------------
def test_several_that_move_pixels_are_one_after_the_other() -> None:
    """First to the right, then a quarter turn: what was right is above."""
    picture = np.zeros((9, 9), np.float32)
    picture[4, 4] = 1
    size, mapping, out = (1, 9, 9), Mapping(1), np.empty((1, 1, 9, 9), np.float32)
    for kind, drawn in (("shift", (3, 0)), ("rotate", 90), ("scale", 1)):
        AUGMENTATIONS[kind].item(spec(kind), size).place(mapping, np.array([drawn], float))
    Sampler(size).sample(picture[None, None], mapping, out)
    assert np.argwhere(out[0, 0]).tolist() == [[1, 4]]


def test_a_distortion_is_turned_with_what_comes_before_it() -> None:
    """A quarter turn, then a move by a field: the field counts in the turned picture."""
    mapping, size = Mapping(1), (1, 15, 21)
    AUGMENTATIONS["rotate"].item(spec("rotate"), size).place(mapping, np.array([90.0]))
    part = AUGMENTATIONS["elastic"].item(spec("elastic"), size)
    drawn = part.draw(np.random.default_rng(1), 1).copy()
    part.place(mapping, drawn)
    straight = Mapping(1)
    AUGMENTATIONS["elastic"].item(spec("elastic"), size).place(straight, drawn)
    assert mapping.bend is not None and straight.bend is not None
    np.testing.assert_allclose(mapping.bend[:, 0], -straight.bend[:, 1], atol=1e-5)
    np.testing.assert_allclose(mapping.bend[:, 1], straight.bend[:, 0], atol=1e-5)


def test_all_channels_of_an_image_move_alike() -> None:
    one = pictures(40, (1, 8, 8))
    found = augmented(np.repeat(one, 3, axis=1), [spec(kind) for kind in GEOMETRIC])
    alone = augmented(one, [spec(kind) for kind in GEOMETRIC])
    for channel in range(3):
        assert np.array_equal(found[:, channel : channel + 1], alone)


@pytest.mark.parametrize(
    "specs", [[spec(kind)] for kind in KINDS] + [everything(), as_before()], ids=[*KINDS, "all", "as before"]
)
def test_a_share_of_a_batch_is_changed_as_in_the_whole_batch(specs: list[AugmentationSpec]) -> None:
    count = 2 * AT_ONCE + 7
    whole = augmented(pictures(count), specs, seed=4, step=9)
    for workers in (2, 3, count):
        for index in range(min(workers, 4)):
            share = Share.of(count, index, workers)
            out = np.empty((len(share), 2, 9, 14), np.float32)
            pipeline = Pipeline(specs, (2, 9, 14), 4)
            pipeline.apply(pictures(count)[share.begin : share.end], out, 9, share)
            assert np.array_equal(out, whole[share.begin : share.end])


@every_kind
def test_the_same_seed_and_step_give_the_same_numbers_and_others_others(kind: str) -> None:
    first, again, later, other = (
        augmented(pictures(), [spec(kind)], seed, step) for seed, step in ((3, 5), (3, 5), (3, 6), (4, 5))
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, later)
    assert not np.array_equal(first, other)


def test_every_image_of_a_batch_gets_chances_of_its_own() -> None:
    found = augmented(np.repeat(pictures(1), 50, axis=0), everything())
    assert len({image.tobytes() for image in found}) == 50


def test_once_warm_a_batch_of_any_smaller_size_takes_no_memory_of_the_size_of_its_images() -> None:
    pipeline, out = Pipeline(everything(), (1, 28, 28), 0), np.empty((100, 1, 28, 28), np.float32)
    levels = pictures(100, (1, 28, 28))
    pipeline.apply(levels, out, 0, Share.whole(100))
    tracemalloc.start()
    try:
        with arithmetic():
            for step, count in enumerate((100, 60, 100), start=1):
                pipeline.apply(levels[:count], out[:count], step, Share.whole(count))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < out.nbytes / 4


# -- in a training -----------------------------------------------------------------------------------------------------
PLAIN = project(epochs=2)


def augmenting(*specs: AugmentationSpec) -> ProjectSpec:
    return PLAIN.replace(data=PLAIN.data.replace(augmentation=specs or everything()))


def test_a_pipeline_that_changes_nothing_trains_to_the_same_bits_as_none() -> None:
    still = augmenting(*(spec(kind, **STILL[kind]) for kind in KINDS))
    assert_same_arrays(trained(still).weights, trained(PLAIN).weights)


def test_a_batch_is_changed_before_it_is_scaled() -> None:
    known, specs = images(50, 1), everything()
    pipeline = Pipeline(specs, known.shape, 7)
    values, labels = Batcher(known, Scaling(0.01, -0.5), 50, pipeline).gather(np.arange(50), 12)
    wanted = augmented(known.images, specs, 7, 12) * np.float32(0.01) + np.float32(-0.5)
    assert np.array_equal(np.moveaxis(values, -1, 0), wanted)
    assert np.array_equal(labels, known.labels)


def test_training_images_are_changed_and_those_to_validate_are_not() -> None:
    spec = augmenting()
    trainer, events = run(spec)
    score = [event for event in events if isinstance(event, EpochDone)][-1].validation
    assert score == evaluate_now(trainer.network, prepared(spec).validation, trainer.data.scaling)
    learned, plain = trainer.network.arrays(), trained(PLAIN).weights
    assert not any(np.array_equal(learned[key], plain[key]) for key in plain)


@pytest.mark.parametrize("steps", [2, 6, 9])
def test_a_run_that_stops_and_goes_on_draws_what_an_unbroken_one_would(steps: int) -> None:
    spec = augmenting()
    assert_same_model(trained(spec, resume=trained(spec, steps=steps)), trained(spec))


def test_another_augmentation_is_marked_where_the_curve_goes_on() -> None:
    spec = augmenting()
    model = trained(spec, resume=trained(PLAIN, steps=3), steps=1)
    assert [mark.text for mark in model.history.marks] == ["other augmentation"]
    assert trained(spec, resume=model, steps=1).history.marks == model.history.marks


@pytest.mark.parametrize("steps", range(7, 12))
def test_with_another_augmentation_a_run_goes_on_where_it_stopped(steps: int) -> None:
    model = trained(PLAIN, steps=steps)
    spec = augmenting()
    assert Trainer(spec, prepared(spec), resume=model).position == model.position


def test_the_shares_of_three_workers_are_the_batch_of_one() -> None:
    spec = augmenting()
    data = prepared(spec)
    batches = []
    for way in (ONE, Way("threads", 3)):
        place = Trainer(spec, data, way=way)._place
        place.begin_epoch(np.arange(len(data.train)))
        workers = [Worker(place.task, place.board, index, data.train) for index in range(way.workers)]
        for worker in workers:
            worker.gather(20, 20, 1)
        batches.append(np.concatenate([worker._batch[0] for worker in workers], axis=-1))
    assert np.array_equal(*batches)


@pytest.mark.parametrize("steps", [2, 9])
def test_a_run_of_an_earlier_version_goes_on_as_it_would_have_there(steps: int) -> None:
    spec = augmenting(*as_before())
    assert_same_model(trained(spec, resume=trained(spec, steps=steps)), trained(spec))


def test_noise_of_an_earlier_version_is_drawn_for_the_whole_batch() -> None:
    grey, drawn = np.full((7, 1, 5, 5), 0.5, np.float32), stream(3, Stream.AUGMENT, 8)
    numbers = drawn.standard_normal((7, 1, 5, 5), np.float32) * np.float32(0.1)
    assert np.array_equal(augmented(grey, as_before()[-1:], 3, 8), np.clip(grey + numbers, 0, 1))
    assert not np.array_equal(augmented(grey, [spec("noise")], 3, 8), np.clip(grey + numbers, 0, 1))


def test_bits_of_earlier_versions_stay() -> None:
    """Everything that an earlier version drew and computed, in one number."""
    found = augmented(pictures(), as_before(), 3, 5)
    np.testing.assert_allclose(found.mean(axis=(1, 2, 3))[:4], EARLIER, rtol=1e-5)


# -- kept and refused --------------------------------------------------------------------------------------------------
def test_a_project_keeps_its_augmentations_in_order(tmp_path: Path) -> None:
    spec = augmenting(*reversed(everything()))
    save_project(tmp_path / "a.fishlab", spec, None)
    opened, _ = open_project(tmp_path / "a.fishlab")
    assert opened == spec
    assert ProjectSpec.from_dict(spec.to_dict()) == spec


def test_how_chance_is_drawn_is_kept_and_left_out_where_it_is_as_it_was() -> None:
    for kind in ("noise", "elastic"):
        assert spec(kind).to_dict()["draws"] == 2
        assert augmentation_from_dict(spec(kind).to_dict()) == spec(kind)
        earlier = augmentation_from_dict({"kind": kind})
        assert earlier != spec(kind)
        assert "draws" not in earlier.to_dict()
        assert augmentation_from_dict(earlier.replace(enabled=False).to_dict()) == earlier.replace(enabled=False)


def test_data_without_augmentation_is_written_as_before_and_read_so() -> None:
    written = DataSpec().to_dict()
    assert "augmentation" not in written
    assert DataSpec.from_dict(written).augmentation == ()


@pytest.mark.parametrize(
    "data",
    [None, [], "rotate", {}, {"kind": 3}, {"kind": "whirl"}, {"kind": "rotate", "speed": 1},
     {"kind": "rotate", "degrees": 181}, {"kind": "shift", "pixels": -1}, {"kind": "crop", "share": 0},
     {"kind": "flip", "horizontal": 1.5}, {"kind": "elastic", "sigma": 0}, {"kind": "noise", "deviation": math.nan},
     {"kind": "shift", "whole": 1}, {"kind": "noise", "draws": 3}, {"kind": "elastic", "draws": "2"},
     {"kind": "scale", "share": "0.1"}],
)  # fmt: skip
def test_what_is_no_augmentation_is_refused(data: object) -> None:
    with pytest.raises((SpecError, FieldError)):
        augmentation_from_dict(data)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("steps", [None, "rotate", {"kind": "rotate"}, [{"kind": "rotate"}] * 101, [None]])
def test_what_is_no_list_of_augmentations_is_refused(steps: object) -> None:
    with pytest.raises(SpecError):
        DataSpec.from_dict({**DataSpec().to_dict(), "augmentation": steps})


def test_rows_of_numbers_are_refused_by_name() -> None:
    with pytest.raises(DataError, match="“Rotate” changes images, and the data are rows of 2 numbers"):
        augmented(np.zeros((5, 2), np.float32), [spec("rotate")])


