"""The digits that somebody has drawn and kept: a small test set of one's own, in a file that outlives the program.

kept.keep(image, 4), kept.remove(0), kept.bring_back()       each written at once; raises SaveError
kept.save_as(path)                                           a copy, for FishLab's own images or any NumPy program

The file is an NPZ archive of images (N, 28, 28) uint8 and labels (N,). It is read anew before it is written: another
window of FishLab may have kept a digit since.
"""

from __future__ import annotations

import io
import logging
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from fishlab.core.data.npz_file import chosen, opened
from fishlab.core.digit_image import SIZE
from fishlab.core.errors import DataError
from fishlab.core.files.atomic import SaveError, write_atomic
from fishlab.core.layers.base import shape_text

MOST = 1000
DAMAGED = ".damaged"
log = logging.getLogger(__name__)

Images, Labels = NDArray[np.uint8], NDArray[np.int64]


def digits_file() -> Path:
    """Where kept digits lie: among the person's own files."""
    return platformdirs.user_data_path("fishlab", appauthor=False) / "kept-digits.npz"


class KeptDigits(QObject):
    """Images (N, 28, 28) and what they are, (N,), in the order in which they were kept."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None, file: Path | None = None) -> None:
        super().__init__(parent)
        self.file = file or digits_file()
        self._removed: tuple[int, NDArray[np.uint8], int] | None = None
        self.images, self.labels = _nothing()
        try:
            self._read()
        except SaveError as error:
            log.warning("%s", error)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def full(self) -> bool:
        """Whether no more can be kept."""
        return len(self) >= MOST

    @property
    def can_bring_back(self) -> bool:
        """Whether a digit was removed just now."""
        return self._removed is not None

    def keep(self, image: NDArray[np.floating], label: int) -> None:
        """Add an image (1, 28, 28) of 0..255 and what it is."""
        self._read()
        self._removed = None
        self._insert(len(self), np.rint(image[0]).clip(0, 255).astype(np.uint8), label)

    def remove(self, place: int) -> None:
        """Take one out."""
        image, label = self.images[place], int(self.labels[place])
        self._read()
        places = np.flatnonzero((self.images == image).all(axis=(1, 2)) & (self.labels == label))
        if len(places):
            first = int(places[np.abs(places - place).argmin()])
            self._write(np.delete(self.images, first, axis=0), np.delete(self.labels, first))
            self._removed = (first, image, label)
        self.changed.emit()

    def bring_back(self) -> None:
        """Put the one removed last where it was."""
        if self._removed is not None:
            self._read()
            place, image, label = self._removed
            self._removed = None
            self._insert(min(place, len(self)), image, label)

    def save_as(self, path: Path) -> None:
        """Write a copy; raises SaveError."""
        write_atomic(path, [_archive(self.images, self.labels)])

    def missing(self) -> list[int]:
        """The classes below the largest label that have no image: FishLab's own images ask for one of each."""
        counts = np.bincount(self.labels) if len(self) else np.empty(0)
        return [int(label) for label in np.flatnonzero(counts == 0)]

    def _insert(self, place: int, image: NDArray[np.uint8], label: int) -> None:
        self._write(np.insert(self.images, place, image, axis=0), np.insert(self.labels, place, label))
        self.changed.emit()

    def _read(self) -> None:
        """What is in the file now; raises SaveError where that cannot be known, for then it must not be replaced."""
        try:
            with self.file.open("rb"):
                pass
            self.images, self.labels = read_digits(self.file)
        except FileNotFoundError:
            self.images, self.labels = _nothing()
        except OSError as error:
            raise SaveError(
                f"“{self.file}”, where kept digits lie, cannot be read: {error.strerror or error}. It stays as it is."
            ) from error
        except DataError as error:
            log.warning("%s It is put aside as %s.", error, self.file.name + DAMAGED)
            self._put_aside()
            self.images, self.labels = _nothing()

    def _put_aside(self) -> None:
        try:
            self.file.replace(self.file.with_name(self.file.name + DAMAGED))
        except OSError as error:
            log.warning("“%s” cannot be put aside: %s", self.file, error)

    def _write(self, images: Images, labels: Labels) -> None:
        """Remember them only once they are written; of none no file is left."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            if not len(labels):
                self.file.unlink(missing_ok=True)
        except OSError as error:
            raise SaveError(f"“{self.file}” cannot be changed: {error.strerror or error}.") from error
        if len(labels):
            write_atomic(self.file, [_archive(images, labels)])
        self.images, self.labels = images, labels


def read_digits(path: Path) -> tuple[Images, Labels]:
    """The images (N, 28, 28) and labels (N,) in a file; raises DataError for anything else."""
    with opened(path) as archive:
        arrays = []
        for kept in chosen(archive, path)[:2]:
            with archive.open(kept.name) as file:
                arrays.append(np.lib.format.read_array(file, allow_pickle=False))
    images, labels = arrays
    if images.shape[1:] != (SIZE, SIZE) or images.dtype != np.uint8 or len(images) > MOST:
        raise DataError(
            f"“{path}” has images of {shape_text(images.shape)} of {images.dtype}; expected were at most {MOST:,} of "
            f"{SIZE} × {SIZE} grey levels of 8 bits."
        )
    if labels.dtype.kind not in "iu" or labels.min() < 0:
        raise DataError(f"“{path}” has labels that are no whole numbers from 0 on. Keep the digits again.")
    return images, labels.astype(np.int64)


def _nothing() -> tuple[Images, Labels]:
    return np.empty((0, SIZE, SIZE), np.uint8), np.empty(0, np.int64)


def _archive(images: Images, labels: Labels) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, images=images, labels=labels)
    return buffer.getvalue()
