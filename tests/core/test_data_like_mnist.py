"""Fashion-MNIST and KMNIST: read as MNIST is, from their own places, and never taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from idx_files import described, small_set, write_set

from fishlab.core.data import dataset, mnist_files
from fishlab.core.data.dataset import load_dataset, resolve_source
from fishlab.core.errors import DataError
from fishlab.core.spec import DataSpec

SET = small_set()
KINDS = {"fashion_mnist": ("Fashion-MNIST", "fashion-mnist"), "kmnist": ("KMNIST", "kmnist")}


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISHLAB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("FISHLAB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(dataset, "_last", None)


@pytest.mark.parametrize("source", KINDS)
@pytest.mark.parametrize("place", ["named", "data", "cache"])
def test_the_set_is_read_from_the_named_folder_the_data_folder_and_the_cache(
    source: str, place: str, tmp_path: Path
) -> None:
    title, folder = KINDS[source]
    write_set(tmp_path / place / folder, SET, zipped=True)
    spec = DataSpec(source=source, folder=str(tmp_path / place / folder) if place == "named" else "")
    found = load_dataset(spec)
    assert (found.name, found.kind, found.shape) == (title, source, (1, 28, 28))
    assert len(found.class_names) == 10 and found.class_names[0] in ("T-shirt", "o")


@pytest.mark.parametrize("source", KINDS)
def test_a_set_that_is_not_there_is_refused_with_its_files_and_places(source: str, tmp_path: Path) -> None:
    title, folder = KINDS[source]
    write_set(tmp_path / "data" / "mnist", SET)  # MNIST is no replacement
    with pytest.raises(DataError) as refused:
        load_dataset(DataSpec(source=source))
    for words in (title, *SET, str(tmp_path / "data" / folder), str(tmp_path / "cache" / folder)):
        assert words in str(refused.value)
    assert str(refused.value).count(",") < 8


def test_a_named_folder_is_the_only_place(tmp_path: Path) -> None:
    write_set(tmp_path / "data" / "kmnist", SET)
    with pytest.raises(DataError, match="nowhere"):
        load_dataset(DataSpec(source="kmnist", folder=str(tmp_path / "nowhere")))


def test_mnist_in_the_place_of_another_set_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist_files, "FILES", described(SET))
    with pytest.raises(DataError, match="holds MNIST, not KMNIST"):
        load_dataset(DataSpec(source="kmnist", folder=str(write_set(tmp_path / "own", SET))))


def test_a_damaged_file_is_refused_by_name(tmp_path: Path) -> None:
    name = next(iter(SET))
    folder = write_set(tmp_path / "own", {**SET, name: SET[name][:-1]})
    with pytest.raises(DataError, match=f"{name}” promises"):
        load_dataset(DataSpec(source="kmnist", folder=str(folder)))


def test_automatic_does_not_take_them(tmp_path: Path) -> None:
    write_set(tmp_path / "data" / "fashion-mnist", SET)
    assert resolve_source(DataSpec()) == "digits"
