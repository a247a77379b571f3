"""The net under the other tests holds: whatever is left behind, and each Qt message, fails the test that did it."""

import gc
import weakref

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

pytest_plugins = ["pytester"]

LEAKS = {
    "QWidget": "from PySide6.QtWidgets import QWidget\n    kept.append(QWidget(objectName='lost'))",
    "QTimer": "from PySide6.QtCore import QTimer\n    kept.append(QTimer(objectName='lost')); kept[0].start(1000)",
    "QThread": "from PySide6.QtCore import QThread\n    kept.append(QThread(objectName='lost')); kept[0].start()",
    "Thread": "import threading\n    kept.append(threading.Event())\n"
    "    threading.Thread(target=kept[0].wait, args=[90], name='lost', daemon=True).start()",
}
END = """
def teardown_module():
    for thing in kept:
        if hasattr(thing, "quit"):
            thing.quit()
            thing.wait()
        elif hasattr(thing, "set"):
            thing.set()
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, request: pytest.FixtureRequest) -> pytest.Pytester:
    pytester.makeconftest((request.path.parent / "conftest.py").read_text(encoding="utf-8"))
    pytester.makeini("[pytest]\nqt_api = pyside6\nqt_log_level_fail = WARNING\n")
    return pytester


@pytest.mark.slow
def test_what_a_test_leaves_behind_and_a_qt_warning_fail_it_and_one_that_cleans_up_passes(
    suite: pytest.Pytester,
) -> None:
    leaks = {f"test_{kind}": f"kept = []\ndef test_it():\n    {leak}\n{END}" for kind, leak in LEAKS.items()}
    suite.makepyfile(
        **leaks,
        test_warns="from PySide6.QtCore import qWarning\ndef test_it():\n    qWarning('something is wrong')\n",
        test_holds=(
            "from PySide6.QtCore import Qt\nfrom PySide6.QtTest import QTest\nfrom PySide6.QtWidgets import QWidget\n"
            "def test_it(qtbot):\n    widget = QWidget(); qtbot.addWidget(widget); widget.show()\n"
            "    QTest.mousePress(widget, Qt.MouseButton.LeftButton)\n"
        ),
        test_cleans_up=(
            "from PySide6.QtWidgets import QDialog, QComboBox\n"
            "def test_it(qtbot):\n    dialog = QDialog(); QComboBox(dialog); qtbot.addWidget(dialog); dialog.show()\n"
            "def test_dropped():\n    QDialog().show()\n"
        ),
    )
    result = suite.runpytest_subprocess("-p", "no:cacheprovider", "-rA")
    result.assert_outcomes(passed=len(LEAKS) + 3, errors=len(LEAKS) + 1, failed=1)
    for kind in LEAKS:
        result.stdout.fnmatch_lines_random([f"*left behind: {kind} “lost”*", f"ERROR test_{kind}.py::test_it*"])
    result.stdout.fnmatch_lines_random(["*left behind: a held mouse button*", "ERROR test_holds.py::test_it*"])
    result.stdout.fnmatch_lines_random(["FAILED test_warns.py::test_it*", "PASSED test_cleans_up.py::*"])


def test_a_widget_that_a_test_has_let_go_of_is_there_until_it_is_closed(qtbot: QtBot) -> None:
    widget = QWidget()
    widget.itself = widget  # as a slot that holds its widget does  # type: ignore[attr-defined]
    there = weakref.ref(widget)
    qtbot.addWidget(widget)
    del widget
    gc.collect()
    assert there() is not None
