"""The digits that FishLab draws: seeded, balanced, in MNIST's frame."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from fishlab.core.data import digits
from fishlab.core.data.digits import BLOCK, draw_digits
from fishlab.core.data.digits.curves import bank, interpolation
from fishlab.core.data.digits.families import parse_families
from fishlab.core.data.digits.skeletons import SKELETONS
from fishlab.core.errors import Cancelled


@cache
def block(wildness: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """The first thousand, drawn once."""
    return draw_digits(BLOCK, wildness=wildness)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> int:
    """The digits in a block, where a test needs several of them."""
    monkeypatch.setattr(digits, "BLOCK", 50)
    return 50


def test_images_and_labels_are_bytes_of_the_asked_number() -> None:
    images, labels = draw_digits(37)
    assert images.shape == (37, 28, 28)
    assert labels.shape == (37,)
    assert images.dtype == labels.dtype == np.uint8
    assert images.max() == 255
    assert images.min() == 0


def test_no_digits_at_all_are_two_empty_arrays() -> None:
    images, labels = draw_digits(0)
    assert images.shape == (0, 28, 28)
    assert labels.shape == (0,)


def test_every_block_holds_each_digit_equally_often() -> None:
    for labels in (block()[1], draw_digits(BLOCK, start=BLOCK)[1]):
        assert np.bincount(labels).tolist() == [BLOCK // 10] * 10


def test_the_first_digits_are_the_same_whatever_the_number(short: int) -> None:
    few, few_labels = draw_digits(30, seed=5)
    many, many_labels = draw_digits(short + 30, seed=5)
    assert np.array_equal(few_labels, many_labels[:30])
    assert np.array_equal(few, many[:30])


def test_start_continues_the_same_sequence_across_blocks(short: int) -> None:
    whole, whole_labels = draw_digits(2 * short + 10)
    part, part_labels = draw_digits(short + 20, start=short - 10)
    assert np.array_equal(part, whole[short - 10 :])
    assert np.array_equal(part_labels, whole_labels[short - 10 :])


def test_same_seed_gives_the_same_pixels_within_one_grey_level() -> None:
    again, _ = draw_digits(100)
    assert np.abs(block()[0][:100].astype(int) - again).max() <= 1


@pytest.mark.one_in(4)
@pytest.mark.parametrize("other", [{"seed": 4}, {"split": "test"}, {"start": BLOCK}, {"wildness": 1.0}])
def test_another_seed_split_start_or_wildness_gives_other_images(other: dict[str, object]) -> None:
    others, _ = draw_digits(100, **other)  # type: ignore[arg-type]
    same = (block()[0][:100] == others).all(axis=(1, 2))
    assert not same.any()


@pytest.mark.parametrize("wildness", [0.0, 1.0])
def test_the_longest_side_is_20_pixels(wildness: float) -> None:
    images, _ = block(wildness)
    sides = np.maximum(_extent(images.any(axis=1)), _extent(images.any(axis=2)))
    assert sides.max() <= 20
    assert np.median(sides) == 20
    assert (sides >= 19).mean() > 0.98


@pytest.mark.parametrize("wildness", [0.0, 1.0])
def test_the_centre_of_mass_lies_at_row_and_column_14(wildness: float) -> None:
    images, _ = block(wildness)
    centres = _centres(images)
    assert np.abs(centres.mean(axis=0) - 14).max() < 0.1
    assert (np.abs(centres - 14).max(axis=1) < 0.51).mean() > 0.99  # the rest would leave the image


@pytest.mark.parametrize("wildness", [-0.1, 1.1, float("nan")])
def test_a_wildness_outside_0_to_1_is_refused_with_the_range(wildness: float) -> None:
    with pytest.raises(ValueError, match=r"from 0 \(neat\) to 1 \(wide\)"):
        draw_digits(1, wildness=wildness)


@pytest.mark.parametrize("name", ["count", "seed", "start"])
def test_a_negative_number_is_refused_by_name(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} = -1"):
        draw_digits(**({"count": 1} | {name: -1}))


def test_an_unknown_split_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match='"train" or "test"'):
        draw_digits(1, split="validation")  # type: ignore[arg-type]


def test_progress_is_told_after_each_block(short: int) -> None:
    seen: list[tuple[int, int]] = []
    draw_digits(short + 10, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(short, short + 10), (short + 10, short + 10)]


def test_raising_in_progress_cancels_after_the_first_block(short: int) -> None:
    seen: list[int] = []

    def stop(done: int, total: int) -> None:
        seen.append(done)
        raise Cancelled("Drawing was stopped.")

    with pytest.raises(Cancelled):
        draw_digits(50 * short, progress=stop)
    assert seen == [short]


def test_wilder_digits_differ_more_from_the_mean_of_their_kind() -> None:
    spreads = []
    for wildness in (0.0, 1.0):
        images, labels = block(wildness)
        spreads.append(np.mean([images[labels == d].astype(np.float32).std(axis=0).mean() for d in range(10)]))
    assert spreads[1] > 1.05 * spreads[0]


def test_the_curve_passes_through_its_points_and_keeps_straight_lines_straight() -> None:
    knots = np.array([0.0, 1.0, 2.5, 3.0])
    matrix = interpolation(knots, corners=[2], samples=[2, 3, 1])
    assert matrix.shape == (7, 4)
    assert np.allclose(matrix[[0, 2, 5, 6]], np.eye(4))
    assert np.allclose(matrix @ knots, [0, 0.5, 1, 1.5, 2, 2.5, 3])


def test_the_curve_reproduces_a_parabola_between_corners() -> None:
    knots = np.array([0.0, 1.0, 2.5, 3.0])
    matrix = interpolation(knots, corners=[], samples=[2, 3, 1])
    assert np.allclose(matrix @ knots**2, np.array([0, 0.5, 1, 1.5, 2, 2.5, 3]) ** 2)


def test_each_digit_can_be_written_in_several_ways() -> None:
    for digit in range(10):
        assert sum(len(family.skeletons) for family in parse_families(SKELETONS) if family.label == digit) >= 12


def test_the_weights_of_a_digit_s_families_add_up_to_one() -> None:
    sums = np.bincount(bank().labels, bank().weights)
    assert np.allclose(sums, 1)


def test_skeletons_that_cannot_be_mixed_are_refused_with_the_line() -> None:
    with pytest.raises(ValueError, match="family of its own"):
        parse_families("1 weight 1: odd\n0,0 10,10 20,20\n0,0 10,10! 20,20")


def _extent(lines: np.ndarray) -> np.ndarray:
    """From the first to the last inked line, both included; ``lines`` is (N, 28) of truths."""
    return 28 - lines.argmax(axis=1) - lines[:, ::-1].argmax(axis=1)


def _centres(images: np.ndarray) -> np.ndarray:
    mass = images.astype(np.float64)
    total = mass.sum(axis=(1, 2))
    steps = np.arange(28)
    return np.stack([mass.sum(axis=2) @ steps / total, mass.sum(axis=1) @ steps / total], axis=1)
