"""MNIST as a data set: from the folder a person names, from the cache, or fetched from the mirrors that keep it."""

from __future__ import annotations

import gzip
import hashlib
import io
import tempfile
import zlib
from collections.abc import Hashable, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.cache import replacing
from fishlab.core.data.dataset import DATASETS, DIGITS, SAMPLES, Dataset, Progress, Source, Survey, Values
from fishlab.core.data.fetch import PATIENCE, FetchError, fetch
from fishlab.core.data.mnist_files import (
    FILES,
    MnistFile,
    find_mnist,
    first_images,
    kept_folder,
    read_labels,
    read_mnist,
    survey_files,
)
from fishlab.core.errors import DataError
from fishlab.core.spec import DataSpec

__all__ = ["MIRRORS", "download_mnist", "find_mnist", "kept_folder", "read_mnist"]

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    # For a Python without certificates. What comes is checked by its SHA-256, so the line need not be trusted.
    "http://ossci-datasets.s3.amazonaws.com/mnist/",
)
_MOST_BYTES = 15_000_000
_MNIST_BEGINS = "f65c7281a98a2a69133130f13eaddcec79918c31a164e6285a6f4d5bb0fbd889"  # SHA-256 of its first images
_DOWNLOAD_BYTES = 11_594_722  # of all four files as the mirrors compress them


def download_mnist(
    progress: Progress,
    *,
    mirrors: Sequence[str] = MIRRORS,
    directory: Path | None = None,
    patience: float = PATIENCE,
) -> Path:
    """Fetch the four files into a folder, by default the cache's, and return it.

    A mirror that fails, or is silent for `patience` seconds, is left for the next one. A file counts as fetched when
    its unpacked content is MNIST's to the last bit, and nothing is written before all four are. Raises DataError, or
    what `progress` raises.
    """
    folder = directory or kept_folder()
    _check_writable(folder)
    fetched: dict[MnistFile, bytes] = {}
    said = []
    for mirror in mirrors:
        try:
            for file in FILES:
                if file not in fetched:
                    fetched[file] = _fetch(file, mirror, progress, sum(map(len, fetched.values())), patience)
            return _store(fetched, folder)
        except FetchError as error:
            said.append(f"{mirror} {error}")
    raise DataError(
        "\n".join(["MNIST could not be fetched:", *said, ""])
        + "Look at the network and try again, choose a folder that holds the four files, or use the drawn digits."
    )


def _fetch(file: MnistFile, mirror: str, progress: Progress, before: int, patience: float) -> bytes:
    what = f"Fetching MNIST from {urlsplit(mirror).hostname}"

    def tell(done: int) -> None:
        progress(what, min(before + done, _DOWNLOAD_BYTES), _DOWNLOAD_BYTES)

    data = fetch(f"{mirror}{file.name}.gz", most=_MOST_BYTES, tell=tell, patience=patience)
    if not _is_genuine(data, file):
        web_page = data.lstrip()[:1] == b"<"
        raise FetchError(f"sent {'a web page' if web_page else 'something else'} in place of {file.name}.gz")
    return data


def _is_genuine(data: bytes, file: MnistFile) -> bool:
    try:
        unpacked = gzip.GzipFile(fileobj=io.BytesIO(data)).read(file.size + 1)
    except (OSError, EOFError, zlib.error):
        return False
    return hashlib.sha256(unpacked).hexdigest() == file.sha256


def _check_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise _cannot_keep(folder, error) from error


def _store(fetched: dict[MnistFile, bytes], folder: Path) -> Path:
    try:
        for file, data in fetched.items():
            with replacing(folder / f"{file.name}.gz") as temporary:
                temporary.write_bytes(data)
    except OSError as error:
        raise _cannot_keep(folder, error) from error
    return folder


def _cannot_keep(folder: Path, error: OSError) -> DataError:
    return DataError(
        f"MNIST cannot be kept in “{folder}” ({error.strerror or error}). Set FISHLAB_CACHE_DIR to a folder that can "
        "be written, or choose a folder that holds the four files."
    )


@DATASETS.register("mnist", title="MNIST", help="60,000 handwritten digits to learn from and 10,000 to test.")
class Mnist(Source):
    """The set in the folder of the spec; without one in FISHLAB_DATA_DIR or the cache, where it is fetched to."""

    def find(self, spec: DataSpec) -> DataSpec | None:
        found = (find_mnist(spec.folder) if spec.folder else None) or find_mnist()
        return spec.replace(folder=str(found)) if found else None

    def key(self, spec: DataSpec) -> Hashable:
        folder = find_mnist(spec.folder)
        files = [file.find(folder) for file in FILES] if folder else []
        return tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files if path)

    def survey(self, spec: DataSpec) -> Survey | None:
        folder = self._folder(spec)
        if folder is None:
            return None
        images = first_images(folder)
        genuine = hashlib.sha256(images.tobytes()).hexdigest() == _MNIST_BEGINS
        return survey_files("MNIST" if genuine else f"IDX folder {folder.resolve().name}", folder, DIGITS)

    def samples(self, spec: DataSpec, count: int = SAMPLES) -> Values | None:
        folder = self._folder(spec)
        return None if folder is None else first_images(folder, count)[:, np.newaxis]

    def labels(self, spec: DataSpec) -> NDArray[np.uint8] | None:
        folder = self._folder(spec)
        return None if folder is None else read_labels(folder)

    def _folder(self, spec: DataSpec) -> Path | None:
        """Where the set is; a folder that was asked for by name, and holds nothing, is not replaced by another one."""
        found = find_mnist(spec.folder) if spec.folder else find_mnist()
        return found or (find_mnist() if spec.source not in DATASETS else None)

    def load(self, spec: DataSpec, progress: Progress) -> Dataset:
        progress("Reading MNIST", 0, 1)
        folder = find_mnist(spec.folder)
        if folder == kept_folder():
            return _read_kept(folder, progress)
        if folder is None and not spec.folder:
            folder = download_mnist(progress)
        return read_mnist(folder or Path(spec.folder))


def _read_kept(folder: Path, progress: Progress) -> Dataset:
    """The set in the cache; fetched again if it is damaged."""
    try:
        return read_mnist(folder)
    except DataError:
        with suppress(OSError):
            for file in FILES:
                while path := file.find(folder):
                    path.unlink()
        return read_mnist(download_mnist(progress))
