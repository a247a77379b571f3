"""Labels of own data and the share that is kept to test: true for whatever labels there are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fishlab.core.data.labelled import compact, count_to_test, labels_of, refuse_much, split_test
from fishlab.core.errors import DataError

FILE = Path("own.csv")


@pytest.mark.one_in(7)
@pytest.mark.parametrize("seed", range(40))
def test_a_split_loses_no_image_and_leaves_one_of_every_class_to_learn_from(seed: int) -> None:
    rng = np.random.default_rng(seed)
    classes, share = int(rng.integers(1, 12)), float(rng.uniform(0, 0.9))
    labels = rng.permutation(np.concatenate([np.arange(classes), rng.integers(0, classes, int(rng.integers(0, 80)))]))
    learn, test = split_test(labels, share)
    assert sorted([*learn, *test]) == list(range(len(labels)))
    assert set(labels[learn]) == set(range(classes))
    assert abs(len(test) - count_to_test(len(labels), share, classes)) <= classes
    counts, kept = np.bincount(labels), np.bincount(labels[test], minlength=classes)
    assert (np.abs(kept - np.minimum(share * counts, counts - 1)) <= 1).all(), "of each class its share"


def test_large_classes_give_exactly_the_share() -> None:
    labels = np.repeat([0, 1, 2], [33, 50, 17])
    assert len(split_test(labels, 0.25)[1]) == 25


def test_words_are_named_in_their_order_and_numbers_by_themselves() -> None:
    def row(number: int) -> str:
        return f"row {number}"

    labels, names = labels_of(["eel", "cod", "eel"], FILE, row)
    assert (labels.tolist(), names) == ([1, 0, 1], ("cod", "eel"))
    labels, names = labels_of(["1", "0.0", "1e0"], FILE, row)
    assert (labels.tolist(), names) == ([1, 0, 1], ("0", "1"))


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (["a", ""], "no label in row 1"),
        (["a", "b" * 300], "has a class whose name has 300 letters"),
        ([str(number) + "x" for number in range(1001)], "has 1,001 classes; expected were 2 to 1,000"),
        (["0", "inf"], "the label inf in row 1"),
    ],
)
def test_labels_that_cannot_be_are_refused_by_row(found: list[str], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        labels_of(found, FILE, lambda row: f"row {row}")


def test_memory_that_is_not_there_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fishlab.core.data.labelled.free_bytes", lambda: 3_000)
    refuse_much(FILE, 10, (100,), 1)
    with pytest.raises(DataError, match="Use fewer, or smaller ones"):
        refuse_much(FILE, 11, (100,), 1)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [([0, 255], np.uint8), ([0.0, 9.0], np.uint8), ([0, 256], np.float32), ([-1, 0], np.float32), ([0.5], np.float32)],
)
def test_only_whole_levels_of_0_to_255_are_grey_levels(values: list[float], dtype: type) -> None:
    kept = compact(np.array(values))
    assert kept.dtype == dtype
    assert kept.tolist() == values
