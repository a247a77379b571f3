"""The inspector dock's body: tabs Layer, Data and Training, each made when it is first shown or asked for."""

from functools import cached_property
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from fishlab.core.spec import ProjectSpec
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector.data_tab import DataTab, misfit_words
from fishlab.ui.panels.inspector.glimpse import Glimpse
from fishlab.ui.panels.inspector.layer_tab import LayerTab
from fishlab.ui.panels.inspector.run_watch import RunWatch
from fishlab.ui.panels.inspector.tab_order import put_after
from fishlab.ui.panels.inspector.training_tab import TrainingTab
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.tab_bar import TabBar

TABS = ("layer", "data", "training")
T = TypeVar("T", bound=QWidget)


class InspectorPanel(QWidget):
    """Everything about what is selected, the data and the training.

    Selecting a card shows Layer; undo and redo show the tab whose settings they changed. `tab_changed(name)` and
    `show_tab(name)` with a name of TABS let a window remember the tab. `made(page)` tells that there is one more.
    """

    tab_changed = Signal(str)
    made = Signal(QWidget)

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self._document, self._session = document, session
        self._before: ProjectSpec = document.spec
        self._build()
        self._connect()
        self._sync()

    def _build(self) -> None:
        self._glimpse = Glimpse(self._session, self)
        self._watch = RunWatch(self._document, self._session, self)
        self.bar = TabBar(self, rule=True)
        self.bar.setUsesScrollButtons(False)
        self.bar.setObjectName("inspector.tabs")
        self.bar.setAccessibleName(self.tr("Inspector"))
        self._pages = QStackedWidget()
        for title in (self.tr("Layer"), self.tr("Data"), self.tr("Training")):
            self.bar.addTab(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self._pages, 1)

    @cached_property
    def layer_tab(self) -> LayerTab:
        """What is selected."""
        tab = self._placed(LayerTab(self._document, self._session))
        tab.made.connect(self._on_page_made)
        return tab

    @cached_property
    def data_tab(self) -> DataTab:
        """The data."""
        return self._placed(DataTab(self._document, self._session, self._glimpse, self._watch))

    @cached_property
    def training_tab(self) -> TrainingTab:
        """The training."""
        return self._placed(TrainingTab(self._document, self._session, self._glimpse, self._watch))

    def _placed(self, tab: T) -> T:
        self._pages.addWidget(tab)
        self._on_page_made(tab)
        return tab

    def _on_page_made(self, page: QWidget) -> None:
        put_after(self.bar, page)
        self.made.emit(page)

    def _connect(self) -> None:
        self.bar.currentChanged.connect(self._on_current_changed)
        self._document.selection_changed.connect(self._on_selection_changed)
        self._document.changed.connect(self._on_document_changed)
        self._document.focus_requested.connect(self._on_focus_requested)
        self._session.state_changed.connect(self._on_state_changed)
        self._session.data_changed.connect(self._look)
        theme().changed.connect(self._sync)

    def _sync(self) -> None:
        self.bar.updateGeometry()
        self._show_page()

    def _show_page(self) -> None:
        self._pages.setCurrentWidget(self._page(self.tab()))

    def _page(self, name: str) -> QWidget:
        return self.data_tab if name == "data" else self.training_tab if name == "training" else self.layer_tab

    def tab(self) -> str:
        """Return the name of the tab in sight."""
        return TABS[self.bar.currentIndex()]

    def show_tab(self, name: str) -> None:
        """Show a tab by its name of TABS; an unknown name changes nothing."""
        if name in TABS:
            self.bar.setCurrentIndex(TABS.index(name))

    def misfit_words(self) -> str:
        """Say that the network does not fit the data that are chosen, as far as is known; empty where it does."""
        return misfit_words(self._document, self._glimpse)

    def _on_current_changed(self, index: int) -> None:
        self._show_page()
        self.tab_changed.emit(TABS[index])

    def _on_selection_changed(self) -> None:
        if self._document.selection:
            self.show_tab("layer")

    def _on_document_changed(self, old: ProjectSpec) -> None:
        self._before = old
        self._look()

    def _look(self) -> None:
        """Begin to look for the data that are chosen: who asks soon, such as Run, finds the answer there."""
        self._glimpse.of(self._document.spec.data)

    def _on_state_changed(self) -> None:
        """What is told once, how a download ends and what the test set says, is kept by the tab that shows it."""
        if self._session.state is State.FETCHING:
            self._page("data")
        elif self._session.state is State.EVALUATING:
            self._page("training")

    def _on_focus_requested(self, _uids: object) -> None:
        before, now = self._before, self._document.spec
        if before.data != now.data:
            self.show_tab("data")
        elif before.training != now.training:
            self.show_tab("training")
        else:
            self.show_tab("layer")
