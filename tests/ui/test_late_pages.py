"""The inspector's pages are made when they are first seen: nobody can tell them from pages that were always there."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from window_kit import Opener, small_project

from fishlab.core.spec import INPUT_UID, LOSS_UID
from fishlab.ui.main_window import MainWindow
from fishlab.ui.panels.inspector.data_tab import DataTab
from fishlab.ui.panels.inspector.page import Page
from fishlab.ui.panels.inspector.training_tab import TrainingTab
from fishlab.ui.session import State


class _Windows(QObject):
    """Notes what is shown as a window of its own."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(f"{type(watched).__name__} {watched.objectName()}")
        return False


def tabs(window: MainWindow) -> list[QWidget]:
    return [*window.inspector_panel.findChildren(DataTab), *window.inspector_panel.findChildren(TrainingTab)]


def test_a_window_begins_without_the_pages_that_nobody_sees(open_window: Opener) -> None:
    window, _ = open_window()
    assert tabs(window) == [] and len(window.inspector_panel.findChildren(Page)) == 1
    window.inspector_panel.show_tab("data")
    assert tabs(window) == [window.inspector_panel.data_tab] and tabs(window)[0].isVisible()


def test_making_a_page_shows_no_window_for_a_moment(open_window: Opener) -> None:
    window, _ = open_window()
    project = small_project()
    window.document.replace(project.replace(data=project.data.replace(scaling="whitened")))
    watch = _Windows(window)
    QApplication.instance().installEventFilter(watch)
    for tab in ("data", "training"):
        window.inspector_panel.show_tab(tab)
    for uid in (INPUT_UID, LOSS_UID, window.document.network.layers[1].uid):
        window.document.select((uid,))
        QApplication.processEvents()
    QApplication.instance().removeEventFilter(watch)
    assert len(window.inspector_panel.findChildren(Page)) == 6 and watch.seen == []


def test_a_late_page_follows_the_tabs_at_the_keyboard_and_not_the_rest_of_the_window(open_window: Opener) -> None:
    window, _ = open_window()
    panel = window.inspector_panel
    for tab, firsts in (("training", ("Optimizer", "Learning rate")), ("data", ("Data set", "Folder"))):
        panel.show_tab(tab)
        QApplication.processEvents()
        panel.bar.setFocus()
        names = []
        for _ in range(4):
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
            names.append(QApplication.focusWidget().accessibleName())
        at = names.index(firsts[0])
        assert tuple(names[at : at + 2]) == firsts


def test_a_late_page_has_its_words(open_window: Opener) -> None:
    window, _ = open_window()
    fields = window.inspector_panel.training_tab.findChildren(QWidget)
    said = {one.objectName(): one.whatsThis() for one in fields if one.objectName().startswith("inspector.")}
    for name in ("inspector.run_on", "inspector.verify", "inspector.fold.seed", "inspector.evaluate_test"):
        assert said[name], name


def test_what_the_test_set_said_before_the_tab_was_seen_stands_there(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    window.document.replace(small_project(epochs=1))
    window.session.run()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE and window.document.model is not None)
    assert tabs(window) == []
    window.session.evaluate_test()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE and window.document.model.test_looks == 1)
    qtbot.waitUntil(lambda: "right" in window.inspector_panel.training_tab.sealed.words.text())


def test_a_download_that_failed_before_the_tab_was_seen_says_so_there(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    session = window.session
    session._work.begin(State.FETCHING)
    session.failed.emit("The network is not there.")
    session._work.begin(State.IDLE)
    assert window.inspector_panel.data_tab.fetch.words.text() == "The network is not there."
