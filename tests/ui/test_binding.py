"""The binding itself is sound.

PySide6 6.12.0 on Python 3.11 lost a reference to None at every call that returns nothing, and aborted after some
thousand of them. docs/decisions/0001-dependencies.md has the range that does not.
"""

import sys

from PySide6.QtCore import QObject, QRect
from PySide6.QtWidgets import QApplication, QLabel

CALLS = 5000


def test_calls_that_return_nothing_keep_the_references_of_none(qapp: QApplication) -> None:
    thing, rectangle, label = QObject(), QRect(), QLabel()
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        thing.setObjectName("name")
        rectangle.setWidth(3)
        label.setText("text")
    after = sys.getrefcount(None)
    if sys.version_info >= (3, 12):
        assert after == before, "None is immortal from Python 3.12 on: its count is a constant"
    else:
        assert abs(after - before) < CALLS // 10, f"{after - before} references to None after {3 * CALLS} calls"


def test_pyqtgraph_uses_the_same_binding() -> None:
    import pyqtgraph

    assert pyqtgraph.Qt.QT_LIB == "PySide6"
