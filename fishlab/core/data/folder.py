"""Images of one's own: a folder that holds a folder of pictures for each class.

Where the folder holds folders `train` and `test`, they hold the classes, and what is in `test` is tested on.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import DATASETS, SAMPLES, Dataset, ImageSet, Progress, Source, Survey, Values
from fishlab.core.data.labelled import Labels, refuse_much, split_test
from fishlab.core.data.pictures import SUFFIXES, read_picture
from fishlab.core.errors import DataError
from fishlab.core.spec import MOST_CLASSES, DataSpec

MOST_FILES = 1_000_000
TOLD_EVERY = 50
PARTS = (("train", "training"), ("test", "testing"))


class Pictures(NamedTuple):
    """Which files there are, by part; of the classes each file's number stands in `labels`."""

    root: Path
    names: tuple[str, ...]
    train: list[Path]
    train_labels: Labels
    test: list[Path]
    test_labels: Labels


@DATASETS.register("folder", title="Folder of images", help="Pictures of your own, in one folder for each class.")
class Folder(Source):
    """The pictures under `folder`, brought to `image_size`, grey or in colour; classes are called as their folders."""

    by_name = True

    def find(self, spec: DataSpec) -> DataSpec:
        return spec

    def key(self, spec: DataSpec) -> Hashable:
        pictures = find_pictures(spec.folder, spec.test_share)
        looks = [(file.stat().st_mtime_ns, file.stat().st_size) for file in (*pictures.train, *pictures.test)]
        files = tuple(map(str, (*pictures.train, *pictures.test)))
        return hash(files), hash(tuple(looks)), len(files), spec.image_size, spec.colour, spec.test_share, spec.folder

    def load(self, spec: DataSpec, progress: Progress) -> Dataset:
        pictures = find_pictures(spec.folder, spec.test_share)
        files = [*pictures.train, *pictures.test]
        shape = (3 if spec.colour else 1, *spec.image_size)
        refuse_much(pictures.root, len(files), shape, 1)
        images = read_pictures(files, spec, progress)
        begin = len(pictures.train)
        train, test = ImageSet(images[:begin], pictures.train_labels), ImageSet(images[begin:], pictures.test_labels)
        return Dataset(f"Folder {pictures.root.resolve().name}", spec.source, train, test, pictures.names)


    def survey(self, spec: DataSpec) -> Survey:
        found = find_pictures(spec.folder, spec.test_share)
        name, counts = f"Folder {found.root.resolve().name}", (len(found.train), len(found.test))
        return Survey(name, *counts, found.root, (3 if spec.colour else 1, *spec.image_size), found.names)

    def samples(self, spec: DataSpec, count: int = SAMPLES) -> Values:
        found = find_pictures(spec.folder, spec.test_share)
        spread = np.linspace(0, len(found.train) - 1, min(count, len(found.train))).astype(np.intp)
        return read_pictures([found.train[number] for number in spread], spec, lambda *_: None)

    def labels(self, spec: DataSpec) -> Labels:
        return find_pictures(spec.folder, spec.test_share).train_labels


def read_pictures(files: Sequence[Path], spec: DataSpec, progress: Progress) -> NDArray[np.uint8]:
    """The pictures of these files, uint8 (N, C, H, W)."""
    images = np.empty((len(files), 3 if spec.colour else 1, *spec.image_size), np.uint8)
    for number, file in enumerate(files):
        if number % TOLD_EVERY == 0:
            progress("Reading images", number, len(files))
        images[number] = read_picture(file, spec.image_size, spec.colour)
    return images


# -- which files there are -------------------------------------------------------------------------------------------
def find_pictures(folder: str, test_share: float) -> Pictures:
    """The picture files under a folder by part and class; raises DataError. No file is opened."""
    root = _root(folder)
    train_root, test_root = (_part(root, names) for names in PARTS)
    learn = _by_class(train_root or root)
    names = tuple(learn)
    files, labels = _flat(learn, names)
    if train_root is None or test_root is None:
        chosen, kept = split_test(labels, test_share)
        return Pictures(
            root, names, [files[i] for i in chosen], labels[chosen], [files[i] for i in kept], labels[kept]
        )
    try_out = _by_class(test_root, least=1)
    strange = [name for name in try_out if name not in learn]
    if strange:
        raise DataError(
            f"“{test_root / strange[0]}” is a class to test that “{train_root}” does not have. Call the folders of "
            "both alike."
        )
    return Pictures(root, names, files, labels, *_flat(try_out, names))


def _root(folder: str) -> Path:
    try:
        root = Path(folder).expanduser()
        if folder and root.is_dir():
            return root
    except (OSError, ValueError, RuntimeError):  # no permission, a name too long, the home of nobody
        pass
    found = f"“{folder}” is no folder that can be read" if folder else "No folder is chosen"
    raise DataError(f"{found}; expected was one that holds a folder of pictures for each class. Choose such a folder.")


def _part(root: Path, names: tuple[str, ...]) -> Path | None:
    return next((path for path in _entries(root) if path.name.casefold() in names and path.is_dir()), None)


def _by_class(root: Path, least: int = 2) -> dict[str, list[Path]]:
    """The pictures of each class, classes and files in the order of their names, numbers by their size."""
    folders = sorted((path for path in _entries(root) if path.is_dir()), key=lambda path: _order(path.name))
    if not least <= len(folders) <= MOST_CLASSES:
        held = "1 folder" if len(folders) == 1 else f"{len(folders):,} folders"
        raise DataError(
            f"“{root}” holds {held}; expected was one for each class, {least} to {MOST_CLASSES:,}, "
            "with pictures in it. Choose the folder that holds the classes."
        )
    found: dict[str, list[Path]] = {}
    total = 0
    for folder in folders:
        found[folder.name] = sorted(filter(_is_picture, _entries(folder)))
        total += len(found[folder.name])
        if total > MOST_FILES:
            raise DataError(f"“{root}” holds more than {MOST_FILES:,} pictures. Use fewer.")
        if not found[folder.name]:
            raise DataError(
                f"“{folder}” holds no pictures; expected were PNG, JPEG or similar files. Put some in, or take the "
                "folder away."
            )
    return found


def _is_picture(path: Path) -> bool:
    return path.suffix.casefold() in SUFFIXES and path.is_file()  # a pipe would make us wait for ever


def _order(name: str) -> tuple[bool, int, str]:
    number = name.isdecimal() and len(name) < 10
    return not number, int(name) if number else 0, name


def _entries(folder: Path) -> Iterator[Path]:
    """What is in a folder, but for what systems put there for themselves."""
    try:
        with os.scandir(folder) as entries:
            yield from (Path(entry.path) for entry in entries if not entry.name.startswith((".", "__")))
    except OSError as error:
        raise DataError(f"“{folder}” cannot be read: {error.strerror or error}. Choose another folder.") from error


def _flat(found: dict[str, list[Path]], names: tuple[str, ...]) -> tuple[list[Path], Labels]:
    files = [file for members in found.values() for file in members]
    counts = [len(members) for members in found.values()]
    return files, np.repeat([names.index(name) for name in found], counts).astype(np.intp)
