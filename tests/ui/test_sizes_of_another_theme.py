"""What wears another theme, or letters of another size, has the sizes of what was made in it: hidden parts too."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QStackedWidget, QVBoxLayout, QWidget

from fishlab.core.spec import TrainingSpec
from fishlab.ui.panels.inspector.facts import Fact, FactTable
from fishlab.ui.panels.inspector.heading import Heading
from fishlab.ui.panels.inspector.spec_form import SpecForm
from fishlab.ui.theme import Mode, theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.empty_state import EmptyState
from fishlab.ui.widgets.fold import Fold
from fishlab.ui.widgets.icon_button import IconButton
from fishlab.ui.widgets.label import Label
from fishlab.ui.widgets.search_box import SearchBox
from fishlab.ui.widgets.segmented import Segmented
from fishlab.ui.widgets.tab_bar import TabBar

CHANGES = ((Mode.DARK, 1.0), (Mode.LIGHT, 1.0), (Mode.LIGHT, 1.5), (Mode.LIGHT, 1.0), (Mode.DARK, 1.5))


@pytest.fixture
def worn(qapp: QApplication, own_theme: None) -> Iterator[None]:
    theme().apply(qapp)
    theme().set_mode(Mode.LIGHT)
    theme().set_font_scale(1.0)
    yield


def pages(qtbot, seen: bool) -> QStackedWidget:
    """Two pages of everything; the second one was seen or not yet."""
    stack = QStackedWidget()
    qtbot.addWidget(stack)
    for _ in range(2):
        stack.addWidget(_everything())
    stack.resize(360, 1500)
    stack.show()
    for page in (1, 0) if seen else (0,):
        stack.setCurrentIndex(page)
        QApplication.processEvents()
    return stack


def _everything() -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    form, facts, fold, bar = SpecForm("sizes"), FactTable(), Fold("More"), TabBar(page)
    form.show_spec(TrainingSpec())
    facts.set_facts([Fact("Images", "60,000", "of 70,000"), Fact("Memory", "12 MB", "weights and their steps")])
    fold.add(Label("words", "small"))
    fold.set_open(True)
    for title in ("Layer", "Data"):
        bar.addTab(title)
    heading = Heading(lines=2)
    heading.set_words("data", "MNIST", "in use by this run")
    switch = Segmented("Layout", [("build", "Build"), ("watch", "Watch")])
    words = Label("So many words that they need more than one line of this page to be said", "small", wrap=True)
    others = Button("Do", "check"), IconButton("more", "More"), SearchBox("Search"), EmptyState("Nothing", "Yet.")
    for part in (bar, heading, words, form, fold, facts, switch, *others):
        column.addWidget(part)
    for part in page.findChildren(QWidget):
        part.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # only one of two windows can have it
    return page


def sizes(stack: QStackedWidget) -> list[tuple[str, ...]]:
    """Those of all parts, a page after the other in sight."""
    found = []
    for number in (0, 1):
        stack.setCurrentIndex(number)
        QApplication.processEvents()
        page = stack.currentWidget()
        found += [_size(part) for part in page.findChildren(QWidget) if part.isVisibleTo(stack)]
    stack.setCurrentIndex(0)
    return found


def _size(part: QWidget) -> tuple[str, ...]:
    name = f"{type(part).__name__} {part.objectName()} {part.text() if isinstance(part, QLabel) else ''}"
    wanted = part.sizeHint(), part.minimumSizeHint()  # where its layout may not go, nobody asks what it would like
    inside = (one.boundedTo(part.maximumSize()).expandedTo(part.minimumSize()).toTuple() for one in wanted)
    return name, str(part.geometry().getRect()), *map(str, inside)


@pytest.mark.parametrize("seen", [False, True], ids=["never seen before", "seen before"])
def test_a_hidden_page_has_the_sizes_of_one_made_in_the_theme(worn: None, qtbot, seen: bool) -> None:
    old = pages(qtbot, seen)
    for mode, scale in CHANGES:
        theme().set_mode(mode)
        theme().set_font_scale(scale)
        new = pages(qtbot, seen)
        assert sizes(old) == sizes(new), f"{mode} at {scale}"
        new.deleteLater()


def test_the_column_of_facts_is_as_narrow_as_they_are_now(worn: None, qtbot) -> None:
    table, fresh = FactTable(), FactTable()
    for one in (table, fresh):
        qtbot.addWidget(one)
        one.resize(400, 60)
        one.show()
    few = [Fact("One", "1", "a note"), Fact("Two", "22", "another")]
    table.set_facts([Fact("One", "1,000,000,000", "a note"), Fact("Two", "2", "another")])
    QApplication.processEvents()
    for one in (table, fresh):
        one.set_facts(few)
        QApplication.processEvents()
    widths = [[label.width() for label in one.findChildren(QLabel)] for one in (table, fresh)]
    assert widths[0] == widths[1]
