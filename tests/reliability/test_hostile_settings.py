"""Row 4 for settings: whatever stands in their file, the window starts, and what it then remembers is whole."""

from __future__ import annotations

import os
import random
import struct
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QApplication
from window_kit import Opener

from fishlab.ui.app import dress
from fishlab.ui.settings import ASIDE, LARGEST_DATA, Settings
from fishlab.ui.theme import theme

# Qt says so of values that it cannot make anything of.
pytestmark = pytest.mark.qt_log_ignore("^QVariant::load", "^QFont::", "^QMainWindow::", extend=True)

JUNK = {
    "empty": b"",
    "bytes": random.Random(4).randbytes(5000),
    "zeros": bytes(5000),
    "one long line": b"x" * 1_000_000,
    "half a file": b"[window]\ngeometry=@ByteArray(\\x1\\xd9\\xd0\\xcb\\0\\x3\\0\\0\\0\\0",
    "junk for each": b"[window]\ngeometry=@ByteArray(junk)\ndocks=@ByteArray(\\xff\\xff\\xff\\xff)\nlayout=nowhere\n"
    b"[view]\ntheme=purple\nfont_scale=nan\nreduce_motion=perhaps\n[run]\nway=processes:-1\n"
    b"[files]\nrecent=[[[[\n[palette]\nfolded=\\x0\\xffff\n[recovery]\npath=/dev/zero\n",
    "numbers beyond reason": b"[view]\nfont_scale=1e999\n[run]\nway=processes:99999999999\n",
    "a list of lists": b"[files]\nrecent=/a, /b, /c\n[view]\ntheme=dark, light\n[run]\nway=@Invalid()\n",
    "a variant of a type that is none": b"[window]\ngeometry=@Variant(\\0\\0\\0\\x7f\\0\\0\\0\\xeQPixmap)\n",
    "a variant of two gigabytes": b"[window]\ngeometry=@Variant(\\0\\0\\0\\f\\x7f\\xff\\xff\\xff)\n",
}


@pytest.mark.one_in(4)
@pytest.mark.usefixtures("own_theme")
@pytest.mark.parametrize("junk", JUNK)
def test_the_window_starts_whatever_its_settings_are(
    junk: str, open_window: Opener, tmp_path: Path, qapp: QApplication
) -> None:
    file = tmp_path / "settings" / "window.ini"
    file.parent.mkdir()
    file.write_bytes(JUNK[junk])
    dress(qapp, Settings(file))
    assert 0.5 <= theme().font_scale <= 3
    window, person = open_window()
    assert window.isVisible() and not person.asked
    window.files.save_to(tmp_path / "net.fishlab")
    window.close()
    assert Settings(file).recent[0] == tmp_path / "net.fishlab"


def escaped(content: bytes) -> bytes:
    """As Qt writes bytes that are no letters."""
    return b"".join(b"\\x%x" % byte for byte in content)


LISTS = escaped(struct.pack(">II", 9, 1) * 50_000)  # the stack of a thread holds some ten thousand
MANY = escaped(struct.pack(">II", 11, 2**31 - 1))
ENDING = {
    "lists in lists": b"[window]\ngeometry=@Variant(" + LISTS + b")\n",
    "a list of two thousand million": b"[files]\nrecent=a, @Variant(" + MANY + b")\n",
    "the same in escapes": b'[any]\nx="\\x0040V\\x61\\q\\\nriant(' + MANY + b')"\n',
    "the same in octal": b"[any]\nx=\\100Variant(" + MANY + b")\n",
}


@pytest.mark.parametrize("what", ENDING)
def test_settings_that_would_end_whatever_has_qt_read_them_are_set_aside(what: str, tmp_path: Path) -> None:
    file = tmp_path / "window.ini"
    file.write_bytes(ENDING[what])
    settings = Settings(file)
    assert settings.data("window/geometry") is None and settings.recent == []
    settings.add_recent(tmp_path / "me@home @Rect(1).fishlab")
    assert Settings(file).recent == [tmp_path / "me@home @Rect(1).fishlab"]
    assert (tmp_path / ASIDE).read_bytes() == ENDING[what]


def test_a_state_of_the_window_that_is_far_too_large_is_none(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "window.ini")
    settings.set("window/docks", QByteArray(bytes(LARGEST_DATA)))
    assert settings.data("window/docks") is not None
    settings.set("window/docks", QByteArray(bytes(LARGEST_DATA + 1)))
    assert settings.data("window/docks") is None


@pytest.mark.skipif(sys.platform == "win32", reason="faults that are made in the way of Unix")
def test_recent_files_that_are_no_files_do_not_hold_up_the_start(open_window: Opener, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.fishlab")
    (tmp_path / "folder.fishlab").mkdir()
    settings = Settings(tmp_path / "settings" / "window.ini")
    files = [Path("/dev/zero"), tmp_path / "folder.fishlab", tmp_path / "fifo.fishlab", Path("x" * 5000), Path("a\0b")]
    for path in files:
        settings.add_recent(path)
        assert settings.flush()
        window, _ = open_window()
        assert window.isVisible() and window.document.path is None
        assert not window.files.open(path)
