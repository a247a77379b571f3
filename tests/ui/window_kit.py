"""A whole window over small data, and somebody who answers its questions."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fishlab.core.data.dataset import Dataset, image_set
from fishlab.core.layers import LAYERS
from fishlab.core.spec import DataSpec, NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.ui.document import Document
from fishlab.ui.main_window import MainWindow
from fishlab.ui.prompts import Answer, Overwrite
from fishlab.ui.session import TrainSession
from fishlab.ui.settings import Settings
from fishlab.ui.theme import theme

T = TypeVar("T")


def blobs(_spec: DataSpec, _progress: Callable[[str, int, int], None], count: int = 400) -> Dataset:
    """Images that tell their class by where they are bright."""
    labels = np.arange(count, dtype=np.uint8) % 10
    images = np.random.default_rng(5).integers(0, 60, (count, 28, 28), dtype=np.uint8)
    for number, label in enumerate(labels):
        images[number, 2 * label : 2 * label + 4] += 150
    data = image_set(images, labels)
    return Dataset("Blobs", "blobs", data, data)


def small_project(epochs: int = 2) -> ProjectSpec:
    """A network that trains in no time."""
    flatten, first, relu, last = (
        LAYERS[kind].item.Spec(**values)
        for kind, values in (
            ("flatten", {}), ("affine", {"units": 12}), ("relu", {}), ("affine", {"units": 10}),
        )
    )  # fmt: skip
    network = NetworkSpec(name="Small", layers=(flatten, first, relu, last))
    return ProjectSpec(network=network, training=TrainingSpec(epochs=epochs, batch_size=20))


@dataclass
class Person:
    """Stands in for `Prompts`: answers what it is asked, and remembers what it was asked and told."""

    answer: Answer = Answer.DISCARD
    path: Path | None = None
    words: str | None = None
    asked: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    ends_run: bool = False
    agrees: bool = True
    overwrites: Overwrite = Overwrite.CANCEL

    def unsaved(self, title: str, *, ends_run: bool = False) -> Answer:
        self.asked.append(title)
        self.ends_run = ends_run
        return self.answer

    def overwrite(self, name: str) -> Overwrite:
        self.asked.append(name)
        return self.overwrites

    def tell(self, text: str, details: str) -> None:
        self.told.append(f"{text} {details}")

    def open_path(self, _folder: Path) -> Path | None:
        return self.path

    def layer_path(self, _folder: Path) -> Path | None:
        return self.path

    def agree(self, text: str, _details: str, _action: str) -> bool:
        self.asked.append(text)
        return self.agrees

    def save_path(self, suggestion: Path) -> Path | None:
        self.asked.append(suggestion.name)
        return self.path

    def export_path(self, suggestion: Path, _title: str, _suffix: str) -> Path | None:
        self.asked.append(suggestion.name)
        return self.path

    def import_path(self, _folder: Path, _suffixes: tuple[str, ...]) -> Path | None:
        return self.path

    def text(self, _question: str, _value: str) -> str | None:
        return self.words


def make_window(settings: Path) -> tuple[MainWindow, Person]:
    """A window, not shown and not started, whose runs train on `blobs`."""
    document = Document()
    window = MainWindow(document, TrainSession(document, load=blobs), Settings(settings))
    person = Person()
    for asking in (window, window.files, window.own_layers, window.recovery_bar, window.exchange):
        asking.prompts = person
    return window, person


def close_for_good(window: MainWindow) -> None:
    """Close without a question and take the window out of memory."""
    if shiboken6.isValid(window):
        window.close_without_asking()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)


Opener = Callable[..., tuple[MainWindow, Person]]


def in_the_end(wanted: T, look: Callable[[], T]) -> T:
    """What a look finds: what is wanted, as soon as it is so, or what is still there after twenty seconds.

    Pages fit themselves to their room by and by, and a busy computer takes its time for it.
    """
    end = time.monotonic() + 20
    while (found := look()) != wanted and time.monotonic() < end:
        QTest.qWait(10)
    return found


class WindowMaker:
    """Makes windows that share their settings, as starts of one program do, and closes them all."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "settings" / "window.ini"
        self._windows: list[MainWindow] = []

    def open(self, path: Path | None = None, size: tuple[int, int] = (1280, 720)) -> tuple[MainWindow, Person]:
        """Start and show one."""
        theme().apply(QApplication.instance())  # as the program does: sizes are those of its style sheet
        window, person = make_window(self._file)
        self._windows.append(window)
        window.start(path)
        window.resize(*size)
        window.show()
        QApplication.processEvents()
        return window, person

    def close(self) -> None:
        """Close all without a question and take them out of memory."""
        for window in self._windows:
            if shiboken6.isValid(window):
                window.close_without_asking()
                window.deleteLater()
                QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)
