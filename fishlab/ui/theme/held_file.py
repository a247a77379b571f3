"""Files that only this process has: Qt finds them under a path of its own (":/…"), and nothing lies on a disk.

What is handed to Qt is what its resource compiler writes, version 1, all numbers big-endian:
a tree of nodes (place of the name, flags, then for a folder how many nodes it holds and which is the first, for a file
country, language and the place of its content), names (letters, hash, UTF-16), and contents (length, bytes).
"""

import logging
import struct

from PySide6.QtCore import qRegisterResourceData

_VERSION, _FOLDER, _FILE, _ANY_COUNTRY, _ANY_LANGUAGE = 1, 2, 0, 0, 1
_ROOT = "held"
log = logging.getLogger(__name__)

_held: list[tuple[bytes, bytes, bytes]] = []  # Qt reads in these for as long as the process lives


def held_file(name: str, content: bytes) -> str:
    """Hold a file of this name, once, and return the path under which Qt opens it.

    A Qt that no longer reads this format finds nothing there: a picture is missing, and the log says so.
    """
    folder = _name(_ROOT)
    tree = (
        struct.pack(">LHLL", 0, _FOLDER, 1, 1)
        + struct.pack(">LHLL", 0, _FOLDER, 1, 2)
        + struct.pack(">LHHHL", len(folder), _FILE, _ANY_COUNTRY, _ANY_LANGUAGE, 0)
    )
    parts = tree, folder + _name(name), struct.pack(">L", len(content)) + content
    _held.append(parts)
    if not qRegisterResourceData(_VERSION, *parts):
        log.warning("Qt does not take “%s”", name)
    return f":/{_ROOT}/{name}"


def _name(text: str) -> bytes:
    """As Qt has the name of a node: it looks for the hash first."""
    found = 0
    for letter in text:
        found = (found << 4) + ord(letter)
        found ^= (found & 0xF0000000) >> 23
        found &= 0x0FFFFFFF
    return struct.pack(">HL", len(text), found) + text.encode("utf-16-be")
