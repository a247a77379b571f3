"""IDX files: what is right is read, all else is refused in a sentence, before memory is taken."""

from __future__ import annotations

import gzip
import os
import struct
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from idx_files import idx_bytes

from fishlab.core.data.dataset import load_dataset
from fishlab.core.data.idx import read_idx
from fishlab.core.errors import DataError
from fishlab.core.spec import DataSpec

IMAGES = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)


def header(*sizes: int, type_code: int = 8) -> bytes:
    return struct.pack(f">BBBB{len(sizes)}I", 0, 0, type_code, len(sizes), *sizes)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_images_and_labels_are_read_as_they_were_written(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "file"
    path.write_bytes(pack(idx_bytes(IMAGES)))
    assert np.array_equal(read_idx(path, 3).array, IMAGES)
    path.write_bytes(pack(idx_bytes(np.array([3, 1, 4]))))
    assert read_idx(path, 1).array.tolist() == [3, 1, 4]


def test_the_checksum_is_that_of_the_unpacked_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(idx_bytes(IMAGES))
    (tmp_path / "zipped").write_bytes(gzip.compress(idx_bytes(IMAGES), 1))
    assert read_idx(tmp_path / "plain", 3).sha256 == read_idx(tmp_path / "zipped", 3).sha256


HOSTILE = {
    "empty": (b"", "is empty"),
    "gzip of nothing": (gzip.compress(b""), "is empty"),
    "a web page": (b"<!doctype html><title>Sign in</title>", "holds a web page"),
    "gzip of a web page": (gzip.compress(b"\n<html><body>404</body></html>"), "holds a web page"),
    "another format": (b"\x89PNG\r\n\x1a\n" + bytes(100), "starts with 89 50 4e 47"),
    "two bytes": (b"\0\0", "starts with 00 00"),
    "floats": (header(3, 4, 5, type_code=0x0D) + bytes(240), "holds numbers of type 0x0d"),
    "labels": (idx_bytes(np.arange(3)), "holds labels; expected was images"),
    "two dimensions": (idx_bytes(np.zeros((3, 4))), "holds rows; expected was images"),
    "cut header": (header(3, 4, 5)[:9], "breaks off within its header"),
    "no images": (header(0, 28, 28), "has the sizes 0 x 28 x 28"),
    "one byte short": (idx_bytes(IMAGES)[:-1], "too short"),
    "one byte short, gzipped": (gzip.compress(idx_bytes(IMAGES)[:-1]), "breaks off after 59 of 60 bytes"),
    "one byte long": (idx_bytes(IMAGES) + b"\0", "goes on after its last images"),
    "one byte long, gzipped": (gzip.compress(idx_bytes(IMAGES) + b"\0"), "goes on after its last images"),
    "cut gzip": (gzip.compress(idx_bytes(IMAGES))[:-12], "cannot be unpacked"),
    "gzip of wrong checksum": (gzip.compress(idx_bytes(IMAGES))[:-8] + bytes(8), "cannot be unpacked"),
    "gzip with something behind": (gzip.compress(idx_bytes(IMAGES)) + b"junk", "cannot be unpacked"),
    "gzip of junk": (b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + b"\xff" * 50, "cannot be unpacked"),
    "half a gzip magic": (b"\x1f\x8b", "cannot be unpacked"),
    "a promise of 2^96 bytes": (header(2**32 - 1, 2**32 - 1, 2**32 - 1) + bytes(9), "too short"),
    "a promise of 200 MB": (header(255_000, 28, 28) + bytes(9), "too short"),
    "a gzipped promise of 200 MB": (gzip.compress(header(255_000, 28, 28) + bytes(9)), "too short"),
    "a gzip bomb": (gzip.compress(header(10, 28, 28) + bytes(30_000_000), 1), "goes on after its last images"),
}


def test_a_file_that_is_whole_and_too_large_is_refused_with_what_helps(tmp_path: Path) -> None:
    path = tmp_path / "own-images"
    with path.open("wb") as file:
        file.write(header(400_000, 28, 28))
        file.truncate(file.tell() + 400_000 * 28 * 28)
    with pytest.raises(DataError, match=r"at most 268,435,456 in one file\. Write fewer or smaller images"):
        read_idx(path, 3)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_idx_is_refused_at_once_and_in_little_memory(name: str, tmp_path: Path) -> None:
    content, words = HOSTILE[name]
    path = tmp_path / "train images 🐟 #1%20.gz"
    path.write_bytes(content)
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(DataError, match=words) as refusal:
            read_idx(path, 3)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - start < 1
    assert most < 2_000_000
    assert str(path) in str(refusal.value)
    assert "Fetch the file again" in str(refusal.value)


def test_every_length_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for whole in (idx_bytes(IMAGES), gzip.compress(idx_bytes(IMAGES))):
        for length in range(len(whole)):
            path.write_bytes(whole[:length])
            with pytest.raises(DataError):
                read_idx(path, 3)


def test_every_flipped_bit_of_a_gzip_is_refused_or_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    whole = gzip.compress(idx_bytes(IMAGES), mtime=0)
    refused = 0
    places = range(0, 8 * len(whole), 3)
    for place in places:
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << place % 8
        path.write_bytes(damaged)
        try:
            assert np.array_equal(read_idx(path, 3).array, IMAGES)  # time stamp, platform: bytes that carry nothing
        except DataError:
            refused += 1
    assert refused > 0.8 * len(places)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo if hasattr(os, "mkfifo") else Path.mkdir])
def test_a_folder_or_a_pipe_is_refused_without_waiting(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "thing")
    with pytest.raises(DataError, match="no ordinary file"):
        read_idx(tmp_path / "thing", 3)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not there"):
        read_idx(tmp_path / "nothing", 3)


# -- files of one's own ------------------------------------------------------------------------------------------------
def own(folder: Path, images: np.ndarray, labels: np.ndarray, name: str = "cells-images-idx3-ubyte") -> DataSpec:
    """The spec of an images' file with its labels beside it."""
    (folder / name).write_bytes(idx_bytes(images))
    (folder / name.replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1")).write_bytes(
        idx_bytes(labels)
    )
    return DataSpec(source="idx", file=str(folder / name), test_share=0.25)


def numbered(*shape: int) -> np.ndarray:
    return (np.arange(np.prod(shape)) % 251).astype(np.uint8).reshape(shape)


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [((24, 7, 5), (1, 7, 5)), ((24, 7, 5, 3), (3, 7, 5)), ((24, 3, 7, 5), (3, 7, 5)), ((24, 6), (6,))],
)
def test_own_images_of_any_size_are_read_grey_or_in_colour(
    tmp_path: Path, shape: tuple[int, ...], wanted: tuple[int, ...]
) -> None:
    images, labels = numbered(*shape), np.arange(24) % 12
    data = load_dataset(own(tmp_path, images, labels, "own-images.idx"))
    assert data.shape == wanted and len(data.class_names) == 12
    assert (len(data.train), len(data.test)) == (18, 6)
    first = images[0] if len(wanted) == 1 else np.moveaxis(images[0], -1, 0) if shape[-1] == 3 else images[0]
    kept = [image.ravel().tolist() for part in (data.train, data.test) for image in part.images]
    assert first.ravel().tolist() in kept


def test_own_images_keep_their_labels(tmp_path: Path) -> None:
    labels = np.arange(24) % 3
    images = np.repeat(labels, 20).astype(np.uint8).reshape(24, 4, 5)
    data = load_dataset(own(tmp_path, images, labels))
    for part in (data.train, data.test):
        assert np.array_equal(part.images[:, 0, 0, 0], part.labels)
    assert len(data.test) == 6


def test_files_to_test_on_beside_those_to_train_on_are_found_packed_or_not(tmp_path: Path) -> None:
    own(tmp_path, numbered(9, 4, 4), np.arange(9) % 2, "t10k-images.idx3-ubyte")
    for file in list(tmp_path.iterdir()):
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    data = load_dataset(own(tmp_path, numbered(20, 4, 4), np.arange(20) % 2, "train-images.idx3-ubyte"))
    assert (len(data.train), len(data.test)) == (20, 9)


def test_labels_of_another_name_can_be_chosen(tmp_path: Path) -> None:
    spec = own(tmp_path, numbered(20, 4, 4), np.arange(20) % 2)
    (tmp_path / "other").write_bytes(idx_bytes(np.arange(20) % 5))
    data = load_dataset(spec.replace(label_file=str(tmp_path / "other")))
    assert len(data.class_names) == 5


def test_what_is_wrong_with_own_files_is_said(tmp_path: Path) -> None:
    def refused(spec: DataSpec, words: str) -> None:
        with pytest.raises(DataError, match=words):
            load_dataset(spec)

    refused(DataSpec(source="idx"), "No IDX file of images is chosen")
    spec = own(tmp_path, numbered(20, 4, 4), np.arange(19) % 2)
    refused(spec, "has 20 images and .* 19 labels; expected was one label for each")
    refused(spec.replace(file=spec.label_file or str(tmp_path / "cells-labels-idx1-ubyte")), "No labels are beside")
    (tmp_path / "cells.idx").write_bytes((tmp_path / "cells-images-idx3-ubyte").read_bytes())
    refused(DataSpec(source="idx", file=str(tmp_path / "cells.idx")), r"cells\.idx”\. Choose one in the")
    refused(own(tmp_path, numbered(20, 4, 4), np.zeros(20)), "1 class; expected were 2")
    own(tmp_path, numbered(20, 4, 4), np.arange(20) % 2)
    (tmp_path / "cells-images-idx3-ubyte").write_bytes(idx_bytes(numbered(20, 4, 4))[:-3])
    refused(own_spec(tmp_path), "too short")
    lone = tmp_path / "alone"
    lone.write_bytes(idx_bytes(numbered(20, 4, 4)))
    refused(DataSpec(source="idx", file=str(lone)), "Choose one in the field Label file")
    own(tmp_path, numbered(9, 5, 5), np.arange(9) % 2, "test-images-idx3-ubyte")
    refused(own(tmp_path, numbered(20, 4, 4), np.arange(20) % 2, "train-images-idx3-ubyte"), "images of another size")


def own_spec(folder: Path) -> DataSpec:
    return DataSpec(source="idx", file=str(folder / "cells-images-idx3-ubyte"))
