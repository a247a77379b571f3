"""Which set a spec gets, drawn digits and their cache, and what is remembered."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
from idx_files import small_set, write_set

from fishlab.core.data import cache, dataset, drawn, mnist
from fishlab.core.data.dataset import DATASETS, load_dataset, resolve_source
from fishlab.core.errors import Cancelled, DataError, UnknownKindError
from fishlab.core.spec import SOURCES, DataSpec

pytestmark = pytest.mark.usefixtures("drawn_once")
DIGITS = DataSpec(source="digits", drawn=1_000)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, no data folder, nothing remembered, and few test digits."""
    monkeypatch.setenv("FISHLAB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("FISHLAB_DATA_DIR", raising=False)
    monkeypatch.setattr(dataset, "_last", None)
    monkeypatch.setattr(drawn, "TEST_DIGITS", 100)
    return tmp_path / "cache"


@pytest.fixture
def counted_drawings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each time digits are drawn, the part that is drawn is entered here."""
    parts: list[str] = []
    draw = drawn.digits.draw_digits

    def counting(count: int, **more: object) -> object:
        parts.append(str(more["split"]))
        return draw(count, **more)

    monkeypatch.setattr(drawn.digits, "draw_digits", counting)
    return parts


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "_last", None)


def test_auto_takes_the_named_folder_then_the_data_folder_then_the_cache_then_the_digits(
    tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    auto = DataSpec(folder=str(tmp_path / "mine"), drawn=1_000)
    names = []
    assert resolve_source(auto) == "digits"
    write_set(own_cache / "mnist", small_set(1))
    names.append(load_dataset(auto).name)
    monkeypatch.setenv("FISHLAB_DATA_DIR", str(tmp_path / "data"))
    write_set(tmp_path / "data", small_set(2))
    names.append(load_dataset(auto).name)
    write_set(tmp_path / "mine", small_set(3))
    names.append(load_dataset(auto).name)
    assert resolve_source(auto) == "mnist"
    assert names == ["IDX folder mnist", "IDX folder data", "IDX folder mine"]


def test_auto_does_not_fetch_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(url: str, **more: object) -> bytes:
        raise AssertionError(f"fetched {url}")

    monkeypatch.setattr(mnist, "fetch", forbidden)
    assert load_dataset(DataSpec(drawn=1_000)).name == "Drawn digits"


def test_a_named_folder_without_the_set_is_an_error_and_no_reason_to_fetch(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Choose the folder with the four files"):
        load_dataset(DataSpec(source="mnist", folder=str(tmp_path)))


def test_the_sources_that_a_spec_names_are_those_registered() -> None:
    assert set(DATASETS.kinds()) == set(SOURCES) - {"auto"}
    with pytest.raises(UnknownKindError):
        DATASETS["cifar"]


def test_drawn_digits_are_as_many_as_asked_and_know_their_name() -> None:
    digits = load_dataset(DIGITS)
    assert (digits.name, digits.kind) == ("Drawn digits", "digits")
    assert digits.train.images.shape == (1_000, 1, 28, 28)
    assert digits.test.images.shape == (100, 1, 28, 28)
    assert set(digits.train.labels.tolist()) == set(range(10))


def test_progress_of_drawing_rises_to_the_total_of_both_parts() -> None:
    seen: list[tuple[str, int, int]] = []
    load_dataset(DIGITS, progress=lambda *told: seen.append(told))
    assert {what for what, _, _ in seen} == {"Drawing digits"}
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert seen[-1][1:] == (1_100, 1_100)


def test_cancelling_leaves_nothing_behind_and_the_next_call_draws_afresh(own_cache: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        load_dataset(DIGITS, progress=stop)
    assert not own_cache.exists()
    assert len(load_dataset(DIGITS).train) == 1_000


def test_the_set_loaded_last_is_remembered() -> None:
    assert load_dataset(DIGITS) is load_dataset(DIGITS.replace(subset=10, validation=0.5, scaling="raw"))
    assert load_dataset(DIGITS) is not load_dataset(DIGITS.replace(wildness=0.5))


def test_changed_files_are_read_again(tmp_path: Path) -> None:
    spec = DataSpec(source="mnist", folder=str(write_set(tmp_path / "set", small_set(1))))
    first = load_dataset(spec)
    assert load_dataset(spec) is first
    write_set(tmp_path / "set", small_set(2, train=30))
    assert len(load_dataset(spec).train) == 30


def test_drawn_digits_come_back_from_the_cache_the_same(
    counted_drawings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_dataset(DIGITS)
    forget(monkeypatch)
    again = load_dataset(DIGITS)
    assert counted_drawings == ["test", "train"]
    for before, after in ((first.train, again.train), (first.test, again.test)):
        assert np.array_equal(before.images, after.images)
        assert np.array_equal(before.labels, after.labels)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("damage", ["flip", "cut", "empty"])
def test_a_damaged_cache_is_drawn_again(
    damage: str, own_cache: Path, counted_drawings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_dataset(DIGITS)
    (path,) = own_cache.rglob("*.safetensors")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes({"flip": content, "cut": content[: len(content) // 2], "empty": b""}[damage])
    forget(monkeypatch)
    again = load_dataset(DIGITS)
    assert counted_drawings == ["test", "train"] * 2
    assert np.array_equal(first.train.labels, again.train.labels)
    forget(monkeypatch)
    load_dataset(DIGITS)
    assert counted_drawings == ["test", "train"] * 2


def test_digits_of_another_generator_are_not_taken_from_the_cache(
    counted_drawings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_dataset(DIGITS)
    forget(monkeypatch)
    monkeypatch.setattr(drawn, "_style", lambda: "another")
    load_dataset(DIGITS)
    assert counted_drawings == ["test", "train"] * 2


def test_digits_are_drawn_where_the_cache_cannot_be_written(own_cache: Path) -> None:
    own_cache.write_text("a file where the folder should be")
    assert len(load_dataset(DIGITS).train) == 1_000


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_digits_are_drawn_in_a_read_only_home(own_cache: Path) -> None:
    own_cache.mkdir(mode=0o500)
    assert len(load_dataset(DIGITS).train) == 1_000
    assert not any(own_cache.iterdir())


def test_the_cache_keeps_the_sets_used_last() -> None:
    for number in range(cache.MOST_SETS + 1):
        cache.store_arrays(f"set-{number}", {"a": np.full(4, number)})
        os.utime(cache.cache_dir() / "drawn" / f"set-{number}.safetensors", (number, number))
    assert cache.load_arrays("set-1") is not None  # used now, so set-2 is the oldest
    cache.store_arrays("last", {"a": np.zeros(4)})
    kept = {path.stem for path in (cache.cache_dir() / "drawn").iterdir()}
    assert kept == {"set-1", "set-3", "set-4", "last"}


def test_the_cache_keeps_no_more_than_its_bytes_but_always_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_BYTES", 100)
    for number in range(3):
        cache.store_arrays(f"set-{number}", {"a": np.zeros(100)})
        os.utime(cache.cache_dir() / "drawn" / f"set-{number}.safetensors", (number, number))
    assert [path.stem for path in (cache.cache_dir() / "drawn").iterdir()] == ["set-2"]


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(OSError, match="disk full"), cache.replacing(path) as temporary:
        temporary.write_text("half")
        raise OSError("disk full")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_process_left_is_swept_later(tmp_path: Path) -> None:
    for name, age in (("old.part", 60), ("young.part", 1)):
        (tmp_path / name).write_text("half")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    with cache.replacing(tmp_path / "file") as temporary:
        temporary.write_text("whole")
    assert {path.name for path in tmp_path.iterdir()} == {"file", "young.part"}


def test_the_cache_lies_where_the_platform_keeps_caches(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FISHLAB_CACHE_DIR")
    assert cache.cache_dir().is_relative_to(own_home)
