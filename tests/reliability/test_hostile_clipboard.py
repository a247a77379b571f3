"""Row 20: whatever lies on the clipboard or is dropped: nothing happens, nothing is raised, nothing takes long."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from counts import FULL, times
from instructions import instructions
from programs import within
from PySide6.QtCore import QByteArray, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from window_kit import Opener

from fishlab.ui.layer_mime import LAYERS_MIME
from fishlab.ui.main_window import MainWindow

LIMIT = 1.0  # second for each, on processors of its own
MOST = 100_000  # instructions of Python for each, on any
TARGETS = ("network.stack", "live.loss", "palette.search", "palette.layers", "try.pad", "status_bar", "inspector")
_LAYER = {"kind": "relu", "uid": "x", "name": ""}
JUNK: dict[str, bytes] = {
    "empty": b"",
    "zeros": bytes(1000),
    "not UTF-8": b"\xff\xfe{\x80",
    "surrogates": b'{"fishlab_layers": [{"kind": "relu", "name": "\\ud800"}]}',
    "deep lists": b"[" * 200_000,
    "deep tables": b'{"fishlab_layers":' * 20_000,
    "deep in a layer": b'{"fishlab_layers": [{"kind": "relu", "name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
    "another table": b'{"fishlab_layers": [], "more": 1}',
    "no list": b'{"fishlab_layers": {"kind": "relu"}}',
    "no layers": b'{"fishlab_layers": [1, null, "relu", []]}',
    "unknown kind": b'{"fishlab_layers": [{"kind": "os.system"}]}',
    "a number as kind": b'{"fishlab_layers": [{"kind": 1e400}]}',
    "NaN": b'{"fishlab_layers": [{"kind": "dropout", "rate": NaN}]}',
    "a huge number": b'{"fishlab_layers": [{"kind": "affine", "units": ' + b"9" * 5000 + b"}]}",
    "a million layers": json.dumps({"fishlab_layers": [_LAYER] * 1_000_000}).encode(),
    "huge": b"x" * 50_000_000,
    "a pickle": b"\x80\x04\x95\x1e" + bytes(7) + b"\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85R.",
}  # fmt: skip


def state(window: MainWindow) -> tuple[object, ...]:
    document = window.document
    return document.spec, document.path, document.model, document.undo_stack.count(), document.unsaved


def drop(target: QWidget, data: QMimeData) -> None:
    """Enter, move about, leave, come back and drop, as far as it is accepted."""
    place, copy = QPointF(target.rect().center()), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for ends in (QDragLeaveEvent(), QDropEvent(place, copy, data, left, none)):
        enter = QDragEnterEvent(place.toPoint(), copy, data, left, none)
        QApplication.sendEvent(target, enter)
        for step in range(3):
            move = QDragMoveEvent(place.toPoint(), copy, data, left, none)
            move.setAccepted(enter.isAccepted() and step == 0)
            QApplication.sendEvent(target, move)
        if enter.isAccepted():
            QApplication.sendEvent(target, ends)


def briefly(action: Callable[[], object], name: str, most: int = MOST) -> None:
    """Within a second, where a promise is held to the clock; else in so many instructions."""
    if FULL:
        with within(LIMIT, name):
            action()
    else:
        assert instructions(action) < most, name


def as_layers(junk: bytes) -> QMimeData:
    data = QMimeData()
    data.setData(LAYERS_MIME, QByteArray(junk))
    return data


def as_text(junk: bytes) -> QMimeData:
    data = QMimeData()
    data.setText(junk.decode("utf-8", "replace"))
    return data


@pytest.mark.slow
def test_junk_as_layers_and_as_text_does_nothing(open_window: Opener) -> None:
    window, person = open_window()
    before = state(window)
    for name, junk in JUNK.items():
        for data in (as_layers, as_text):
            QApplication.clipboard().setMimeData(data(junk))
            briefly(window.actions_["network.paste"].trigger, name)
            for target in TARGETS:
                place = window.findChild(QWidget, target)
                briefly(lambda place=place, data=data, junk=junk: drop(place, data(junk)), f"{name} on {target}")
        assert state(window) == before and person.told == [] and person.asked == [], name
        window.findChild(QWidget, "palette.search").clear()
    QApplication.clipboard().clear()


def test_bytes_at_random_do_nothing(open_window: Opener) -> None:
    window, _ = open_window()
    before = state(window)
    dice = random.Random(20)
    good = json.dumps({"fishlab_layers": [_LAYER]}).encode()
    for _ in range(times(300, 20_000)):
        broken = bytearray(good)
        for _ in range(dice.randint(1, 6)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        del broken[dice.randrange(len(broken)) :]
        QApplication.clipboard().setMimeData(as_layers(bytes(broken)))
        window.actions_["network.paste"].trigger()
    assert state(window) == before
    QApplication.clipboard().clear()


def urls(folder: Path) -> dict[str, list[QUrl]]:
    """Files that are none, and addresses that lead nowhere."""
    (folder / "folder.fishlab").mkdir()
    os.mkfifo(folder / "pipe.fishlab")
    (folder / "loop.fishlab").symlink_to(folder / "loop.fishlab")
    (folder / "junk.fishlab").write_bytes(random.Random(1).randbytes(4000))
    here = [QUrl.fromLocalFile(str(path)) for path in sorted(folder.glob("*.fishlab"))]
    return {
        "no address": [],
        "empty addresses": [QUrl(), QUrl("")],
        "elsewhere": [QUrl("https://example.org/net.fishlab"), QUrl("javascript:net.fishlab")],
        "another machine": [QUrl("file://elsewhere/net.fishlab")],
        "an odd name": [QUrl.fromLocalFile("/\n\0\x1b[31m" + "x" * 5000 + ".fishlab")],
        "a device": [QUrl.fromLocalFile("/dev/zero"), QUrl.fromLocalFile("/proc/self/mem")],
        "very many": [QUrl.fromLocalFile(f"/nowhere/{number}.txt") for number in range(times(2_000, 20_000))],
        **{f"a {url.fileName()}": [url] for url in here},
    }


@pytest.mark.parametrize("target", ["status_bar", "network.stack"])
def test_files_that_are_none_change_nothing(open_window: Opener, tmp_path: Path, target: str) -> None:
    window, person = open_window()
    before = state(window)
    for name, addresses in urls(tmp_path).items():
        data = QMimeData()
        data.setUrls(addresses)
        person.told.clear()
        place = window.findChild(QWidget, target)
        briefly(lambda place=place, data=data: drop(place, data), name, max(MOST, 2000 * len(addresses)))
        assert state(window) == before and len(person.told) <= 1, name
        assert all("cannot be opened" in words for words in person.told), name
