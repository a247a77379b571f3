"""A data set looked at without loading it: counts, a few images, and nothing made up where there is nothing."""

from pathlib import Path

import numpy as np
import pytest
from idx_files import small_set, write_set

from fishlab.core.data.drawn import TEST_DIGITS
from fishlab.core.data.mnist_files import FILES
from fishlab.core.data.preview import sample_images, survey
from fishlab.core.spec import DataSpec


@pytest.fixture(autouse=True)
def nothing_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISHLAB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("FISHLAB_DATA_DIR", raising=False)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("source", ["auto", "mnist"])
def test_a_folder_tells_its_counts_and_first_images(tmp_path: Path, source: str, zipped: bool) -> None:
    contents = small_set(train=40, test=15)
    folder = write_set(tmp_path / "own", contents, zipped=zipped)
    spec = DataSpec(source=source, folder=str(folder))
    found = survey(spec)
    assert found is not None
    assert (found.name, found.train, found.test, found.folder) == ("IDX folder own", 40, 15, folder)
    pixels = np.frombuffer(contents[FILES[0].name], np.uint8, offset=16).reshape(-1, 28, 28)
    np.testing.assert_array_equal(sample_images(spec), pixels[:21])


def test_the_real_mnist_is_known_by_its_first_images(mnist_dir: Path) -> None:
    found = survey(DataSpec(source="mnist", folder=str(mnist_dir)))
    assert found is not None
    assert (found.name, found.train, found.test) == ("MNIST", 60_000, 10_000)


def test_drawn_digits_are_counted_and_some_are_drawn() -> None:
    spec = DataSpec(source="digits", drawn=3_000)
    found, images = survey(spec), sample_images(spec)
    assert found is not None and images is not None
    assert (found.name, found.train, found.test, found.folder) == ("Drawn digits", 3_000, TEST_DIGITS, None)
    assert images.shape == (21, 28, 28) and images.dtype == np.uint8
    assert all(image.max() > 200 for image in images)


def test_without_mnist_automatic_means_drawn_digits() -> None:
    found = survey(DataSpec())
    assert found is not None and found.name == "Drawn digits"


def test_mnist_that_is_not_here_is_not_made_up() -> None:
    assert survey(DataSpec(source="mnist")) is None
    assert sample_images(DataSpec(source="mnist")) is None


def test_a_named_folder_that_holds_nothing_is_not_replaced_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_set(tmp_path / "data" / "mnist", small_set())
    monkeypatch.setenv("FISHLAB_DATA_DIR", str(tmp_path / "data"))
    assert survey(DataSpec(source="mnist")) is not None
    assert survey(DataSpec(source="mnist", folder=str(tmp_path / "elsewhere"))) is None


@pytest.mark.parametrize("damage", [b"", b"\x1f\x8b", b"\x1f\x8bgarbage", b"\x00\x00\x08\x01" + bytes(12), bytes(16)])
def test_a_damaged_file_is_not_at_hand(tmp_path: Path, damage: bytes) -> None:
    folder = write_set(tmp_path / "own", small_set())
    (folder / FILES[0].name).write_bytes(damage)
    spec = DataSpec(source="mnist", folder=str(folder))
    assert survey(spec) is None
    assert sample_images(spec) is None
