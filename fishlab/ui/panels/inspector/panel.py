"""The inspector dock's body: tabs Layer, Data and Training."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from fishlab.core.spec import ProjectSpec
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector.data_tab import DataTab
from fishlab.ui.panels.inspector.glimpse import Glimpse
from fishlab.ui.panels.inspector.layer_tab import LayerTab
from fishlab.ui.panels.inspector.run_watch import RunWatch
from fishlab.ui.panels.inspector.training_tab import TrainingTab
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.tab_bar import TabBar

TABS = ("layer", "data", "training")


class InspectorPanel(QWidget):
    """Everything about what is selected, the data and the training.

    Selecting a card shows Layer; undo and redo show the tab whose settings they changed. `tab_changed(name)` and
    `show_tab(name)` with a name of TABS let a window remember the tab.
    """

    tab_changed = Signal(str)

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self._document, self._session = document, session
        self._before: ProjectSpec = document.spec
        self._build()
        self._connect()
        self._sync()

    def _build(self) -> None:
        glimpse, watch = Glimpse(self._session, self), RunWatch(self._document, self._session, self)
        self.layer_tab = LayerTab(self._document, self._session)
        self.data_tab = DataTab(self._document, self._session, glimpse, watch)
        self.training_tab = TrainingTab(self._document, self._session, glimpse, watch)
        self.bar = TabBar(self, rule=True)
        self.bar.setUsesScrollButtons(False)
        self.bar.setObjectName("inspector.tabs")
        self.bar.setAccessibleName(self.tr("Inspector"))
        self._pages = QStackedWidget()
        titles = (self.tr("Layer"), self.tr("Data"), self.tr("Training"))
        for title, page in zip(titles, (self.layer_tab, self.data_tab, self.training_tab), strict=True):
            self.bar.addTab(title)
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self._pages, 1)

    def _connect(self) -> None:
        self.bar.currentChanged.connect(self._on_current_changed)
        self._document.selection_changed.connect(self._on_selection_changed)
        self._document.changed.connect(self._on_document_changed)
        self._document.focus_requested.connect(self._on_focus_requested)
        theme().changed.connect(self._sync)

    def _sync(self) -> None:
        self.bar.updateGeometry()
        self._pages.setCurrentIndex(self.bar.currentIndex())

    def tab(self) -> str:
        """Return the name of the tab in sight."""
        return TABS[self.bar.currentIndex()]

    def show_tab(self, name: str) -> None:
        """Show a tab by its name of TABS; an unknown name changes nothing."""
        if name in TABS:
            self.bar.setCurrentIndex(TABS.index(name))

    def _on_current_changed(self, index: int) -> None:
        self._pages.setCurrentIndex(index)
        self.tab_changed.emit(TABS[index])

    def _on_selection_changed(self) -> None:
        if self._document.selection:
            self.show_tab("layer")

    def _on_document_changed(self, old: ProjectSpec) -> None:
        self._before = old

    def _on_focus_requested(self, _uids: object) -> None:
        before, now = self._before, self._document.spec
        if before.data != now.data:
            self.show_tab("data")
        elif before.training != now.training:
            self.show_tab("training")
        else:
            self.show_tab("layer")
