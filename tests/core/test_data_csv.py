"""CSV files of own data: how they are understood, and that what is wrong is named by its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fishlab.core.data import csv_file, dataset, labelled
from fishlab.core.data.dataset import Dataset, load_dataset
from fishlab.core.errors import DataError
from fishlab.core.spec import DataSpec


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "_last", None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "own.csv"


def load(file: Path, text: str | bytes, **values: object) -> Dataset:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_dataset(DataSpec(source="csv", file=str(file), test_share=0.0, **values))  # type: ignore[arg-type]


def refused(file: Path, text: str | bytes, **values: object) -> str:
    with pytest.raises(DataError) as error:
        load(file, text, **values)
    return str(error.value)


def pixels(rows: int = 6, count: int = 64) -> np.ndarray:
    return np.random.default_rng(rows).integers(0, 256, (rows, count))


def lines(labels: list[object], values: np.ndarray) -> str:
    return "\n".join(",".join(map(str, (label, *row))) for label, row in zip(labels, values.tolist(), strict=True))


@pytest.mark.parametrize("header", [False, True])
def test_a_square_of_grey_levels_is_an_image(file: Path, header: bool) -> None:
    values = pixels()
    names = "label," + ",".join(f"{number}" for number in range(64)) + "\n"
    found = load(file, (names if header else "") + lines([0, 1, 2, 0, 1, 2], values))
    assert (found.shape, found.train.images.dtype, found.class_names) == ((1, 8, 8), np.uint8, ("0", "1", "2"))
    np.testing.assert_array_equal(found.train.images.reshape(6, 64), values)
    assert found.train.labels.tolist() == [0, 1, 2, 0, 1, 2]


def test_words_are_classes_and_a_few_numbers_are_features(file: Path) -> None:
    found = load(file, "5.1,3.5,setosa\n6.2,2.9,versicolor\n5.0,3.4,setosa\n")
    assert (found.shape, found.class_names) == ((2,), ("setosa", "versicolor"))
    np.testing.assert_allclose(found.train.images, [[5.1, 3.5], [6.2, 2.9], [5.0, 3.4]], rtol=1e-6)
    assert found.train.labels.tolist() == [0, 1, 0]


@pytest.mark.parametrize("column", ["kind", "KIND", "2"])
def test_the_label_column_is_named_or_counted(file: Path, column: str) -> None:
    found = load(file, "a,kind,b\n0.5,1,7\n0.25,0,8\n", label_column=column)
    assert found.train.labels.tolist() == [1, 0]
    np.testing.assert_array_equal(found.train.images, [[0.5, 7], [0.25, 8]])


@pytest.mark.parametrize("row_is", ["features", "grey", "colour"])
def test_what_a_row_is_can_be_said(file: Path, row_is: str) -> None:
    count = 12 if row_is == "colour" else 4
    found = load(file, lines([0, 1], pixels(2, count)), row_is=row_is)
    assert found.shape == {"features": (4,), "grey": (1, 2, 2), "colour": (3, 2, 2)}[row_is]


def test_colour_images_are_read_a_colour_after_the_other(file: Path) -> None:
    found = load(file, lines([0, 1], np.arange(24).reshape(2, 12)), row_is="colour")
    assert found.train.images[0, 1].ravel().tolist() == [4, 5, 6, 7]


SAME = {
    "semicolons": "0;1.5;2\n1;3;4\n",
    "tabs": "0\t1.5\t2\n1\t3\t4\n",
    "as some systems save it": "\ufeff0,1.5,2\r\n1,3,4\r\n",
    "quotes": '"0","1.5","2"\n1,3,4',
    "empty lines and spaces": "\n0, 1.5 ,2\n\n1,3,4\n\n",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_other_ways_to_write_the_same_table(file: Path, text: str) -> None:
    found = load(file, text)
    assert found.train.labels.tolist() == [0, 1]
    np.testing.assert_array_equal(found.train.images, [[1.5, 2], [3, 4]])


def test_a_share_of_each_class_is_kept_to_test(file: Path) -> None:
    file.write_text("".join(f"{label},{value}.5,1\n" for label in (0, 1) for value in range(10)))
    found = load_dataset(DataSpec(source="csv", file=str(file), test_share=0.2))
    assert np.bincount(found.train.labels).tolist() == [8, 8]
    assert np.bincount(found.test.labels).tolist() == [2, 2]


def test_a_file_is_read_in_parts_like_a_whole(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = lines([0, 1] * 20, pixels(40)) + "\n1," + ",".join(["0.5"] * 64)
    whole = load(file, text)
    monkeypatch.setattr(csv_file, "AT_ONCE", 100)
    monkeypatch.setattr(dataset, "_last", None)
    parts = load(file, text)
    assert whole.train.images.dtype == np.float32
    np.testing.assert_array_equal(parts.train.images, whole.train.images)


WRONG: dict[str, tuple[str | bytes, str]] = {
    "an empty file": ("", "is empty; expected was a row of numbers"),
    "one column": ("1\n2\n", "has one column"),
    "names alone": ("label,a,b\n", "no row of numbers"),
    "a row too short": ("0,1,2\n1,2\n", "has 2 cells in line 2; expected were 3"),
    "a row too long": ("0,1,2\n1,2,3,4\n", "has 4 cells in line 2; expected were 3"),
    "a word among numbers": ("0,1,2\n1,x,3\n", "has 'x' in line 2, column 2; expected was a number"),
    "an empty cell": ("0,1,2\n1,,3\n", "has '' in line 2, column 2"),
    "a label and nothing else": ("a,1\nb,\na,2\nb,3\n", "has '' in line 2, column 2"),
    "quotes around half a line": ('0,"1",2\n1,"3"\r4,5\n', "is no CSV in line 2"),
    "a quoted cell that is a book": ('0,"1",2\n1,"' + "3" * 200_000 + '",5\n', "is no CSV in line 2"),
    "not a number": ("0,1,2\n\n1,3,nan\n", "has nan in line 3, column 3"),
    "infinity": ("0,1e99,2\n1,3,4\n", "has inf in line 1, column 2"),
    "a negative label": ("0,1,2\n-1,3,4\n", "the label -1 in line 2; expected was a whole number, 0 to 999"),
    "half a label": ("0,1,2\n0.5,3,4\n", "the label 0.5 in line 2"),
    "a label that is not a number": ("0,1,2\nnan,3,4\n", "the label nan in line 2"),
    "a label too large": ("0,1,2\n1000,3,4\n", "the label 1000 in line 2"),
    "a class with no image": ("0,1,2\n2,3,4\n", "labels up to 2 and none of class 1"),
    "numbers and words as labels": ("0,1,2\ncat,3,4\n", "the label 'cat' in line 2, and '0' in line 1"),
    "one class alone": ("0,1,2\n0,3,4\n", "has 1 class; expected were 2 to 1,000"),
    "no text": (b"0,1,2\n1,\xff\xfe,4\n", "is no text in line 2"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", "is no text in line 1"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_named_by_its_line(file: Path, what: str) -> None:
    text, sentence = WRONG[what]
    assert sentence in refused(file, text)


def test_decimal_commas_are_told_how_decimals_are_written(file: Path) -> None:
    words = refused(file, "a;b;label\n" + "1,5;2;0\n-2,5;3;1\n" * 10)
    assert "has '1,5' in line 2, column 1" in words and words.endswith("Write decimals with a point, as in 1.5.")
    assert "Mend that cell" in refused(file, "a;b;label\n" + "1.5x;2;0\n2.5;3;1\n" * 10)


def test_a_column_that_is_not_there_is_refused_with_those_that_are(file: Path) -> None:
    words = refused(file, "a,kind,b\n0,1,7\n1,0,8\n", label_column="sort")
    assert "has no column 'sort'; its columns are a, kind, b" in words


def test_numbers_that_make_no_square_are_refused_with_near_ones(file: Path) -> None:
    assert "images take 1 × rows × columns, as many rows as columns: 4 or 9" in refused(
        file, lines([0, 1], pixels(2, 5)), row_is="grey"
    )


def test_images_that_are_no_squares_have_the_size_that_is_set(file: Path) -> None:
    text = lines([0, 1], np.arange(24).reshape(2, 12))
    grey = load(file, text, row_is="grey", image_size=(3, 4))
    assert grey.shape == (1, 3, 4) and grey.train.images[0, 0].tolist() == np.arange(12).reshape(3, 4).tolist()
    assert load(file, text, row_is="colour", image_size=(1, 4)).shape == (3, 1, 4)
    assert load(file, text, row_is="colour").shape == (3, 2, 2)
    assert "Set “Image size” to rows and columns that make 12" in refused(file, text, row_is="grey")


def test_a_line_without_end_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "MOST_LINE", 1_000)
    assert "bytes or more in line 1" in refused(file, "1," * 1_000)


def test_too_many_rows_are_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelled, "MOST_BYTES", 1_000)
    assert "10 images or rows of 64" in refused(file, lines([0, 1] * 5, pixels(10)))


@pytest.mark.parametrize("name", ["", "nowhere.csv", "x" * 3000, "nul\0byte", "."])
def test_a_file_that_cannot_be_is_refused(name: str) -> None:
    with pytest.raises(DataError, match="Choose"):
        load_dataset(DataSpec(source="csv", file=name))
