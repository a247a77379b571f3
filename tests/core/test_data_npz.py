"""NumPy archives of own data: names and forms of the arrays, and that nothing in them is ever run."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fishlab.core.data import dataset, labelled
from fishlab.core.data.dataset import Dataset, load_dataset
from fishlab.core.errors import DataError
from fishlab.core.spec import DataSpec

LABELS = np.array([0, 1, 2, 0, 1, 2])


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "_last", None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "own.npz"


def open_file(file: Path, **values: object) -> Dataset:
    return load_dataset(DataSpec(source="npz", file=str(file), test_share=0.0, **values))  # type: ignore[arg-type]


def load(file: Path, arrays: dict[str, Any], **values: object) -> Dataset:
    np.savez_compressed(file, **arrays)
    return open_file(file, **values)


def refused(file: Path) -> str:
    with pytest.raises(DataError) as error:
        open_file(file)
    return str(error.value)


def levels(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((6, 5, 4), (1, 5, 4)), ((6, 1, 5, 4), (1, 5, 4)), ((6, 5, 4, 3), (3, 5, 4)), ((6, 3, 5, 4), (3, 5, 4)),
     ((6, 64), (1, 8, 8)), ((6, 7), (7,))],
)  # fmt: skip
def test_images_of_every_usual_form_are_read(file: Path, shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    images = levels(*shape)
    found = load(file, {"images": images, "labels": LABELS})
    assert (found.shape, found.train.labels.tolist()) == (expected, LABELS.tolist())
    if shape[-1] == 3:
        np.testing.assert_array_equal(found.train.images, images.transpose(0, 3, 1, 2))
    else:
        np.testing.assert_array_equal(found.train.images.ravel(), images.ravel())


@pytest.mark.parametrize("names", [("x", "y"), ("X", "Y"), ("data", "target")])
def test_other_names_do_as_well(file: Path, names: tuple[str, str]) -> None:
    assert len(load(file, {names[0]: levels(6, 4, 4), names[1]: LABELS}).train) == 6


def test_parts_of_their_own_are_kept(file: Path) -> None:
    arrays = {"x_train": levels(6, 4, 4), "y_train": LABELS, "x_test": levels(2, 4, 4), "y_test": LABELS[:2]}
    found = load(file, arrays)
    assert (len(found.train), len(found.test), found.test.labels.tolist()) == (6, 2, [0, 1])


@pytest.mark.parametrize(
    ("values", "dtype"),
    [(levels(6, 4, 4).astype(np.int64), np.uint8), (levels(6, 4, 4) / 255, np.float32),
     (levels(6, 4, 4).astype(np.float16), np.uint8), (levels(6, 4, 4).astype(np.int64) - 5, np.float32)],
)  # fmt: skip
def test_whole_levels_stay_levels_and_other_numbers_become_float32(file: Path, values: Any, dtype: type) -> None:
    found = load(file, {"x": values, "y": LABELS})
    assert found.train.images.dtype == dtype
    np.testing.assert_allclose(found.train.images[:, 0], values, rtol=1e-6)


@pytest.mark.parametrize(
    "labels", [LABELS[:, None], np.eye(3)[LABELS], LABELS.astype(np.float32), LABELS.astype(np.uint8)]
)
def test_labels_of_every_usual_form_are_read(file: Path, labels: Any) -> None:
    assert load(file, {"x": levels(6, 4, 4), "y": labels}).train.labels.tolist() == LABELS.tolist()


def test_words_are_names_of_classes(file: Path) -> None:
    found = load(file, {"x": levels(3, 4, 4), "y": np.array(["eel", "cod", "eel"])})
    assert (found.class_names, found.train.labels.tolist()) == (("cod", "eel"), [1, 0, 1])


def test_an_array_in_the_order_of_fortran_is_the_same(file: Path) -> None:
    images = levels(6, 5, 4)
    found = load(file, {"x": np.asfortranarray(images), "y": LABELS})
    np.testing.assert_array_equal(found.train.images[:, 0], images)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "other names": ({"a": LABELS, "b": LABELS}, "holds the arrays a, b; expected were images and labels"),
    "no arrays": ({}, "holds the arrays none"),
    "objects": ({"x": np.array([{}] * 6, object), "y": LABELS}, "Python objects, which are never loaded, in x.npy"),
    "objects as labels": ({"x": levels(6, 4, 4), "y": np.array([1, "a"] * 3, object)}, "never loaded, in y.npy"),
    "complex numbers": ({"x": np.ones((6, 4, 4), complex), "y": LABELS}, "complex128 in x.npy; expected were numbers"),
    "too few labels": ({"x": levels(6, 4, 4), "y": LABELS[:5]}, "has 6 images in x.npy and labels of 5 in y.npy"),
    "one label": ({"x": levels(6, 4, 4), "y": np.array(3)}, "expected was one label for each image"),
    "no images": ({"x": levels(0, 4, 4), "y": LABELS[:0]}, "has x.npy of 0 × 4 × 4"),
    "too many dimensions": ({"x": levels(6, 1, 1, 4, 4), "y": LABELS}, "expected were images × rows × columns"),
    "one dimension": ({"x": LABELS, "y": LABELS}, "has x.npy of 6"),
    "not a number": ({"x": np.full((6, 2, 2), np.nan), "y": LABELS}, "not finite in x.npy [0]"),
    "a negative label": ({"x": levels(6, 4, 4), "y": LABELS - 1}, "the label -1 in y.npy [0]"),
    "half a label": ({"x": levels(6, 4, 4), "y": LABELS / 2}, "the label 0.5 in y.npy [1]"),
    "a class with no image": ({"x": levels(6, 4, 4), "y": LABELS * 2}, "labels up to 4 and none of class 1"),
    "rows that are not one-hot": ({"x": levels(3, 4, 4), "y": np.ones((3, 3))}, "not one-hot"),
    "parts of two sizes": (
        {"x_train": levels(6, 4, 4), "y_train": LABELS, "x_test": levels(6, 5, 5), "y_test": LABELS},
        "1 × 4 × 4 of uint8 to learn from and of 1 × 5 × 5 of uint8 to test",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_arrays_that_make_no_set_are_refused(file: Path, what: str) -> None:
    arrays, sentence = WRONG[what]
    np.savez(file, **arrays)
    assert sentence in refused(file)


class Trap:
    """Unpickled, it would leave a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_what_is_pickled_is_never_run(file: Path, tmp_path: Path) -> None:
    np.savez(file, x=np.array([Trap(tmp_path / "sprung")] * 6, object), y=LABELS)
    assert "never loaded" in refused(file)
    assert not (tmp_path / "sprung").exists()


def promising(shape: tuple[int, ...]) -> bytes:
    """An array file whose header promises this shape and which holds next to nothing."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(10)


def archive(file: Path, **members: bytes) -> None:
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in members.items():
            packed.writestr(f"{name}.npy", content)


def test_an_array_that_promises_too_much_is_refused_before_memory_is_taken(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = io.BytesIO()
    np.save(labels, LABELS)
    archive(file, x=promising((6, 10**6, 10**6)), y=labels.getvalue())
    assert "GB can be used for it" in refused(file)


def headed(header: bytes, length: int | None = None) -> bytes:
    """An array file with this header, which may claim another length."""
    return b"\x93NUMPY\x02\x00" + struct.pack("<I", len(header) if length is None else length) + header


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(b"{'descr': '|u1', 'fortran_order': False, 'shape': (" + b"-" * 9_000 + b"1,)}", id="signs"),
        pytest.param(b"not " * 2_000 + b"1", id="words"),
        pytest.param(b"{'descr': '\\d', 'fortran_order': False, 'shape': (6, 4, 4)}", id="an escape of no letter"),
        pytest.param(b"{'descr': '|u1', 'fortran_order': False, 'shape': (1if 1else 2,)}", id="a number with a tail"),
        pytest.param(b"{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (6,)}", id="records"),
    ],
)
def test_a_header_that_is_no_plain_table_never_comes_to_a_parser_of_python(file: Path, header: bytes) -> None:
    archive(file, x=headed(header), y=headed(header))
    assert "x.npy is no plain array" in refused(file)


def test_a_header_is_not_unfolded_beyond_what_headers_need(file: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in "xy":
            packed.writestr(f"{name}.npy", headed(b" " * 8_000_000))
    tracemalloc.start()
    try:
        assert "a header longer than 10,000 bytes" in refused(file)
        assert tracemalloc.get_traced_memory()[1] < 2e6
    finally:
        tracemalloc.stop()


@pytest.mark.filterwarnings("ignore:Reading")  # NumPy's, of numbers as Python 2 wrote them
@pytest.mark.parametrize(
    "header",
    [
        b"{'shape': (6L, 2L), 'fortran_order': False, 'descr': '|u1'}",
        b"{'descr':'|u1','fortran_order':False,'shape':(6,2)}",
    ],
)
def test_headers_of_other_writers_are_read(file: Path, header: bytes) -> None:
    labels = io.BytesIO()
    np.save(labels, LABELS)
    archive(file, x=headed(header) + bytes(12), y=labels.getvalue())
    assert open_file(file, row_is="features").shape == (2,)


def test_an_array_that_breaks_off_is_refused(file: Path) -> None:
    labels = io.BytesIO()
    np.save(labels, LABELS)
    archive(file, x=promising((6, 4, 4)), y=labels.getvalue())
    assert "cannot be read as a NumPy archive" in refused(file)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert str(file) in refused(file)


def test_members_that_are_no_arrays_are_refused(file: Path) -> None:
    archive(file, x=b"no array", y=b"\x93NUMPY\x09\x00")
    assert "cannot be read as a NumPy archive" in refused(file)


def test_labels_too_long_for_memory_are_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelled, "MOST_BYTES", 2_000)
    np.savez(file, x=levels(6, 4, 4), y=np.array(["a" * 5_000] * 6))
    assert "GB can be used" in refused(file)
