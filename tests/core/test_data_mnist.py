"""MNIST in folders: found under its usual names, read, named for what it is, and refused when it is damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from idx_files import described, idx_bytes, small_set, write_set

from fishlab.core.data import mnist, mnist_files
from fishlab.core.data.mnist import find_mnist, read_mnist
from fishlab.core.errors import DataError

SET = small_set()
NAMES = list(SET)


@pytest.fixture
def small_is_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    """MNIST is the small set, for the length of a test."""
    for module in (mnist, mnist_files):
        monkeypatch.setattr(module, "FILES", described(SET))


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("dotted", [False, True])
def test_a_folder_is_found_and_read_under_any_usual_names(zipped: bool, dotted: bool, tmp_path: Path) -> None:
    folder = write_set(tmp_path, SET, zipped=zipped, dotted=dotted)
    assert find_mnist(str(folder)) == folder
    dataset = read_mnist(folder)
    assert dataset.train.images.tobytes() == SET[NAMES[0]][16:]
    assert dataset.test.images.tobytes() == SET[NAMES[2]][16:]
    assert dataset.train.labels.tolist() == [*range(10), *range(10)]
    assert dataset.train.labels.dtype == np.intp
    assert dataset.train.shape == dataset.test.shape == (1, 28, 28)


@pytest.mark.parametrize("name", ["ordner für mnist", "数字", "🐟 fish", "a#b%20c?d", "n" * 200])
def test_a_folder_of_any_name_is_read(name: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / name, SET)
    assert find_mnist(str(folder)) == folder
    assert read_mnist(folder).name == f"IDX folder {name}"


@pytest.mark.parametrize("inside", ["mnist", "MNIST/raw"])
def test_the_folder_above_the_files_does_as_well(inside: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / inside, SET)
    assert find_mnist(str(tmp_path)) == folder


@pytest.mark.parametrize("missing", NAMES)
def test_three_of_four_files_are_no_set(missing: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path, SET)
    (folder / missing).unlink()
    assert find_mnist(str(folder)) is None
    with pytest.raises(DataError, match=f"has no file {missing}"):
        read_mnist(folder)


@pytest.mark.parametrize("folder", ["/nowhere", "~nobody-of-this-name/x", "x" * 3000, "nul\0byte", "\udcff"])
def test_a_folder_that_cannot_be_holds_nothing(folder: str) -> None:
    assert find_mnist(folder) is None


def test_without_a_name_the_data_folder_comes_before_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FISHLAB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("FISHLAB_CACHE_DIR", str(tmp_path / "cache"))
    assert find_mnist() is None
    cached = write_set(tmp_path / "cache" / "mnist", SET)
    assert find_mnist() == cached
    named = write_set(tmp_path / "data" / "mnist", SET)
    assert find_mnist() == named


@pytest.mark.usefixtures("small_is_mnist")
def test_only_mnist_to_the_last_bit_is_called_mnist(tmp_path: Path) -> None:
    assert read_mnist(write_set(tmp_path / "one", SET, zipped=True)).name == "MNIST"
    assert read_mnist(write_set(tmp_path / "two", small_set(seed=1))).name == "IDX folder two"


@pytest.mark.usefixtures("small_is_mnist")
@pytest.mark.parametrize("name", NAMES)
def test_mnist_with_one_flipped_bit_is_refused_by_file(name: str, tmp_path: Path) -> None:
    content = bytearray(SET[name])
    content[-1] ^= 1
    with pytest.raises(DataError, match=f"not all of it is right: {name} differs"):
        read_mnist(write_set(tmp_path, {**SET, name: bytes(content)}))


@pytest.mark.usefixtures("small_is_mnist")
def test_other_images_with_the_labels_of_mnist_are_a_set_of_their_own(tmp_path: Path) -> None:
    other = small_set(seed=1)
    assert other[NAMES[1]] == SET[NAMES[1]]
    assert read_mnist(write_set(tmp_path / "noisy", other)).name == "IDX folder noisy"


WRONG: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "label 11": (NAMES[1], lambda: idx_bytes(np.full(20, 11)), "training label 11"),
    "too few labels": (NAMES[3], lambda: idx_bytes(np.zeros(9)), "10 test images and 9 labels"),
    "images of another size": (NAMES[2], lambda: idx_bytes(np.zeros((10, 28, 27))), "must have the same size"),
    "labels in place of images": (NAMES[0], lambda: SET[NAMES[1]], "holds labels; expected was images"),
    "images in place of labels": (NAMES[1], lambda: SET[NAMES[0]], "holds images; expected was labels"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_files_that_do_not_make_a_set_are_refused(wrong: str, tmp_path: Path) -> None:
    name, content, words = WRONG[wrong]
    with pytest.raises(DataError, match=words):
        read_mnist(write_set(tmp_path, {**SET, name: content()}))


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    folder = write_set(tmp_path, SET)
    (folder / NAMES[0]).unlink()
    (folder / NAMES[0]).mkdir()
    with pytest.raises(DataError, match="no ordinary file"):
        read_mnist(folder)


@pytest.mark.slow
def test_the_real_mnist_is_mnist(mnist_dir: Path) -> None:
    dataset = read_mnist(mnist_dir)
    assert dataset.name == "MNIST"
    assert (len(dataset.train), len(dataset.test)) == (60_000, 10_000)
    assert dataset.train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert dataset.train.images.mean() / 255 == pytest.approx(0.1307, abs=1e-4)
