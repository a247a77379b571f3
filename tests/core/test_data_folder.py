"""A folder of pictures for each class: what is read, how it is split, and what is refused before memory is taken."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fishlab.core.data import dataset, folder, labelled, pictures
from fishlab.core.data.dataset import Dataset, load_dataset
from fishlab.core.data.pictures import read_picture
from fishlab.core.errors import Cancelled, DataError
from fishlab.core.spec import DataSpec

SHADES = {"cat": 40, "dog": 200}


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "_last", None)


def paint(path: Path, level: int | tuple[int, int, int], size: tuple[int, int] = (9, 7), mode: str = "RGB") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = (level,) * 3 if isinstance(level, int) else level
    Image.new("RGB", size, colour).convert(mode).save(path)
    return path


def classes(root: Path, count: int = 10, kind: str = "png") -> Path:
    for name, shade in SHADES.items():
        for number in range(count):
            paint(root / name / f"{number}.{kind}", shade)
    return root


def load(root: Path, **values: object) -> Dataset:
    return load_dataset(DataSpec(source="folder", folder=str(root), **values))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["png", "jpg", "JPEG", "bmp", "gif", "webp", "tiff", "ppm"])
def test_pictures_of_every_kind_are_read_with_the_names_of_their_folders(kind: str, tmp_path: Path) -> None:
    found = load(classes(tmp_path / "Pets", 4, kind), image_size=(5, 6))
    assert (found.name, found.class_names, found.shape) == ("Folder Pets", ("cat", "dog"), (1, 5, 6))
    for part in (found.train, found.test):
        levels = part.images.reshape(len(part), -1).astype(float).mean(axis=1)
        np.testing.assert_allclose(levels, np.array(list(SHADES.values()))[part.labels], atol=3)


def test_colour_keeps_red_green_and_blue(tmp_path: Path) -> None:
    for name, colour in {"red": (250, 0, 10), "blue": (10, 0, 250)}.items():
        paint(tmp_path / name / "a.png", colour)
    found = load(tmp_path, colour=True, image_size=(2, 2), test_share=0.0)
    assert found.shape == (3, 2, 2) and found.class_names == ("blue", "red")
    assert found.train.images[:, :, 0, 0].tolist() == [[10, 0, 250], [250, 0, 10]]


def test_a_share_of_each_class_is_kept_to_test_and_the_same_again(tmp_path: Path) -> None:
    first, again = (load(classes(tmp_path, 10), test_share=0.3, image_size=(4, 4)) for _ in range(2))
    assert np.bincount(first.train.labels).tolist() == [7, 7]
    assert np.bincount(first.test.labels).tolist() == [3, 3]
    np.testing.assert_array_equal(first.test.images, again.test.images)


def test_folders_train_and_test_hold_parts_of_their_own(tmp_path: Path) -> None:
    classes(tmp_path / "train", 6)
    paint(tmp_path / "Test" / "dog" / "a.png", 200)
    found = load(tmp_path)
    assert (len(found.train), len(found.test), found.test.labels.tolist()) == (12, 1, [1])


def test_classes_that_are_numbers_stand_in_the_order_of_their_size(tmp_path: Path) -> None:
    for name in ("10", "9", "2"):
        paint(tmp_path / name / "a.png", 5)
    assert load(tmp_path).class_names == ("2", "9", "10")


def test_what_systems_put_there_and_other_files_are_passed_over(tmp_path: Path) -> None:
    root = classes(tmp_path, 3)
    for stray in (".DS_Store", "cat/Thumbs.db", "cat/.hidden.png", "__MACOSX/x.png", "notes.txt"):
        (root / stray).parent.mkdir(exist_ok=True)
        (root / stray).write_bytes(b"no picture")
    if hasattr(os, "mkfifo"):
        os.mkfifo(root / "dog" / "pipe.png")
    found = load(root, test_share=0.0)
    assert (len(found.train), found.class_names) == (6, ("cat", "dog"))


def test_a_picture_is_brought_to_size_as_the_mean_of_what_it_showed(tmp_path: Path) -> None:
    levels = np.repeat(np.repeat([[0, 200], [100, 40]], 50, axis=0), 50, axis=1).astype(np.uint8)
    Image.fromarray(levels).save(tmp_path / "four.png")
    small = read_picture(tmp_path / "four.png", (2, 2), colour=False)
    np.testing.assert_allclose(small[0].astype(float), [[0, 200], [100, 40]], atol=1)


def test_transparent_parts_are_white(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(tmp_path / "a.png")
    assert (read_picture(tmp_path / "a.png", (4, 4), colour=False) == 255).all()


def test_16_bits_become_8_and_are_not_cut_off(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 128 * 257, np.uint16)).save(tmp_path / "a.png")
    assert (read_picture(tmp_path / "a.png", (4, 4), colour=False) == 128).all()


def test_a_photo_stands_upright_as_its_camera_says(tmp_path: Path) -> None:
    photo = Image.fromarray(np.array([[0] * 8, [255] * 8], np.uint8).repeat(4, axis=0))
    exif = photo.getexif()
    exif[0x0112] = 3  # upside down
    photo.save(tmp_path / "a.png", exif=exif)
    upright = read_picture(tmp_path / "a.png", (8, 8), colour=False)[0]
    assert upright[0].min() > 200 and upright[-1].max() < 50


# -- what is refused -------------------------------------------------------------------------------------------------
def refused(root: Path | str, **values: object) -> str:
    with pytest.raises(DataError) as error:
        load_dataset(DataSpec(source="folder", folder=str(root), **values))  # type: ignore[arg-type]
    return str(error.value)


def a_bomb() -> bytes:
    """A PNG of a few bytes that promises 100,000 x 100,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(10_000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def test_a_decompression_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    root = classes(tmp_path, 2)
    (root / "cat" / "bomb.png").write_bytes(a_bomb())
    assert "bomb.png” has far too many pixels" in refused(root)


def test_a_picture_larger_than_allowed_is_refused_with_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 60)
    assert "has 9 × 7 pixels; expected was at most 60" in refused(classes(tmp_path, 2))


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%!PS-Adobe-3.0 EPSF-3.0"]
)
def test_a_picture_that_cannot_be_read_is_named(content: bytes, tmp_path: Path) -> None:
    root = classes(tmp_path, 2)
    (root / "dog" / "broken.png").write_bytes(content)
    assert "broken.png” cannot be read as a picture" in refused(root)


def test_half_a_picture_is_refused(tmp_path: Path) -> None:
    root = classes(tmp_path, 2)
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    Image.fromarray(noise).save(root / "dog" / "half.png")
    whole = (root / "dog" / "half.png").read_bytes()
    (root / "dog" / "half.png").write_bytes(whole[: len(whole) // 2])
    assert "half.png” cannot be read" in refused(root)


def test_a_class_without_pictures_is_named(tmp_path: Path) -> None:
    root = classes(tmp_path, 2)
    (root / "eel").mkdir()
    assert f"“{root / 'eel'}” holds no pictures" in refused(root)


@pytest.mark.parametrize("name", ["", "nowhere", "x" * 3000, "nul\0byte"])
def test_a_folder_that_cannot_be_is_refused(name: str) -> None:
    assert "Choose such a folder" in refused(name)


def test_pictures_without_folders_are_refused_with_what_was_expected(tmp_path: Path) -> None:
    paint(tmp_path / "a.png", 3)
    assert "holds 0 folders; expected was one for each class" in refused(tmp_path)
    (tmp_path / "cat").mkdir()
    assert "holds 1 folder; expected was one for each class" in refused(tmp_path)


def test_a_class_to_test_that_nobody_learned_is_refused(tmp_path: Path) -> None:
    classes(tmp_path / "train", 2)
    paint(tmp_path / "test" / "eel" / "a.png", 3)
    assert "is a class to test that" in refused(tmp_path)


def test_too_many_numbers_are_refused_before_a_picture_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object) -> None:
        raise AssertionError("a picture was opened")

    monkeypatch.setattr(labelled, "MOST_BYTES", 1_000)
    monkeypatch.setattr(folder, "read_picture", opened)
    assert "holds 4 images or rows of 1 × 28 × 28" in refused(classes(tmp_path, 2))


def test_reading_can_be_stopped(tmp_path: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        raise Cancelled(what)

    with pytest.raises(Cancelled):
        load_dataset(DataSpec(source="folder", folder=str(classes(tmp_path, 2))), progress=stop)


def test_another_picture_in_the_folder_is_seen(tmp_path: Path) -> None:
    root = classes(tmp_path, 2)
    assert load(root) is load(root)
    before = len(load(root).train) + len(load(root).test)
    paint(root / "cat" / "new.png", 50)
    after = load(root)
    assert len(after.train) + len(after.test) == before + 1
