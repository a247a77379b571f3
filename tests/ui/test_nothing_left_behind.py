"""The net under the other tests holds: whatever is left behind, and each Qt message, fails the test that did it."""

import pytest

pytest_plugins = ["pytester"]

LEAKS = {
    "a window": "from PySide6.QtWidgets import QWidget\n    kept.append(QWidget(objectName='lost'))",
    "a timer": "from PySide6.QtCore import QTimer\n    kept.append(QTimer(objectName='lost')); kept[0].start(1000)",
    "a QThread": "from PySide6.QtCore import QThread\n    kept.append(QThread(objectName='lost')); kept[0].start()",
    "a thread": "import threading\n    kept.append(threading.Event())\n"
    "    threading.Thread(target=kept[0].wait, args=[9], name='lost', daemon=True).start()",
}


@pytest.fixture
def suite(pytester: pytest.Pytester, request: pytest.FixtureRequest) -> pytest.Pytester:
    pytester.makeconftest((request.path.parent / "conftest.py").read_text(encoding="utf-8"))
    pytester.makeini("[pytest]\nqt_api = pyside6\nqt_log_level_fail = WARNING\n")
    return pytester


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS.keys())
def test_what_a_test_leaves_behind_fails_it(suite: pytest.Pytester, leak: str) -> None:
    stop = "def teardown_module():\n    [thing.quit() or thing.wait() for thing in kept if hasattr(thing, 'quit')]"
    suite.makepyfile(f"kept = []\ndef test_it():\n    {leak}\n{stop}\n")
    result = suite.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*left behind: *“lost”*"])


def test_a_qt_warning_fails_a_test(suite: pytest.Pytester) -> None:
    suite.makepyfile("from PySide6.QtCore import qWarning\ndef test_it():\n    qWarning('something is wrong')\n")
    suite.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(failed=1)


def test_a_test_that_cleans_up_passes(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        "from PySide6.QtWidgets import QDialog, QComboBox\n"
        "def test_it(qtbot):\n    dialog = QDialog(); QComboBox(dialog); qtbot.addWidget(dialog); dialog.show()\n"
        "def test_dropped():\n    QDialog().show()\n"
    )
    suite.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)
