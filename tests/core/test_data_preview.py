"""A data set looked at without loading it: counts, a few images, and nothing made up where there is nothing."""

from pathlib import Path

import numpy as np
import pytest
from idx_files import small_set, write_set
from PIL import Image

from fishlab.core.data import csv_file, drawn, npz_file
from fishlab.core.data.dataset import load_dataset
from fishlab.core.data.drawn import TEST_DIGITS
from fishlab.core.data.mnist_files import FILES
from fishlab.core.data.preview import obstacle, sample_images, survey, what_is_named
from fishlab.core.spec import SOURCES, DataSpec

pytestmark = pytest.mark.usefixtures("drawn_once")


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


# -- sets of every kind ----------------------------------------------------------------------------------------------
def every_set(root: Path) -> dict[str, DataSpec]:
    """A spec for each source, small, with all its files there."""
    for number in range(9):
        for name in ("cat", "dog"):
            (root / "pets" / name).mkdir(parents=True, exist_ok=True)
            Image.new("L", (9, 9), 20 * number).save(root / "pets" / name / f"{number}.png")
    write_set(root / "idx", small_set(train=40, test=15))
    (root / "own.csv").write_text("label,a,b\n" + "0,1.5,2\n1,2.5,3\n" * 15)
    np.savez(root / "own.npz", x=np.arange(30 * 16, dtype=np.uint8).reshape(30, 4, 4), y=np.arange(30) % 3)
    sources = {
        source: DataSpec(source=source, points=40) for source in ("gates", "circles", "moons", "spirals")
    } | {source: DataSpec(source=source, folder=str(root / "idx")) for source in ("mnist", "fashion_mnist", "kmnist")}
    return sources | {
        "digits": DataSpec(source="digits", drawn=1_000),
        "folder": DataSpec(source="folder", folder=str(root / "pets"), colour=True, image_size=(5, 6)),
        "csv": DataSpec(source="csv", file=str(root / "own.csv")),
        "npz": DataSpec(source="npz", file=str(root / "own.npz")),
        "idx": DataSpec(source="idx", file=str(root / "idx" / FILES[0].name)),
    }


@pytest.mark.parametrize("source", [kind for kind in SOURCES if kind != "auto"])
def test_a_survey_says_of_every_set_what_loading_gives(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawn, "TEST_DIGITS", 100)
    spec = every_set(tmp_path)[source]
    found, loaded = survey(spec), load_dataset(spec)
    assert found is not None
    assert (found.name, found.train, found.test) == (loaded.name, len(loaded.train), len(loaded.test))
    assert (found.shape, found.class_names) == (loaded.shape, loaded.class_names)
    images = sample_images(spec)
    assert (images is None) == (len(loaded.shape) == 1)
    assert images is None or images.shape[1:3] == loaded.shape[1:]
    assert obstacle(spec) == ""


@pytest.mark.parametrize("source", ["csv", "npz"])
def test_of_a_large_file_a_survey_counts_the_rows_without_reading_them(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (csv_file, npz_file):
        monkeypatch.setattr(module, "SMALL", 10)
    spec = every_set(tmp_path)[source]
    found = survey(spec)
    assert found is not None and (found.train, found.test, found.class_names) == (24, 6, ())


@pytest.mark.parametrize("source", ["folder", "csv", "npz", "kmnist"])
def test_why_a_set_cannot_be_had_is_a_sentence(source: str) -> None:
    spec = DataSpec(source=source)
    assert survey(spec) is None and sample_images(spec) is None
    assert obstacle(spec).endswith(".")


def test_only_what_names_images_names_them() -> None:
    spec = DataSpec(source="moons")
    assert what_is_named(spec) == what_is_named(spec.replace(subset=5, validation=0.5, scaling="raw", drawn=2_000))
    assert what_is_named(spec) != what_is_named(spec.replace(noise=0.5))
