"""The Layer tab: the page that goes with what is selected in the network."""

from functools import cached_property
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from fishlab.core.spec import INPUT_UID, LOSS_UID
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector.input_page import InputPage
from fishlab.ui.panels.inspector.layer_page import LayerPage
from fishlab.ui.panels.inspector.loss_page import LossPage
from fishlab.ui.panels.inspector.network_page import NetworkPage
from fishlab.ui.session import TrainSession

Shown = LayerPage | InputPage | LossPage | NetworkPage
P = TypeVar("P", bound=QWidget)


class LayerTab(QStackedWidget):
    """Follows the document's selection. Its pages are made when they are needed first: `made(page)` tells."""

    made = Signal(QWidget)

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._session = document, session
        self._connect()
        self._sync()

    @cached_property
    def layer_page(self) -> LayerPage:
        """One layer."""
        return self._placed(LayerPage(self._document))

    @cached_property
    def input_page(self) -> InputPage:
        """What comes in."""
        return self._placed(InputPage(self._document, self._session))

    @cached_property
    def loss_page(self) -> LossPage:
        """The loss."""
        return self._placed(LossPage(self._document))

    @cached_property
    def network_page(self) -> NetworkPage:
        """Nothing or several."""
        return self._placed(NetworkPage(self._document))

    def _placed(self, page: P) -> P:
        self.addWidget(page)
        self.made.emit(page)
        return page

    def _connect(self) -> None:
        self._document.changed.connect(self._on_document_changed)
        self._document.selection_changed.connect(self._on_selection_changed)
        self._session.data_changed.connect(self._sync)

    def _page(self) -> Shown:
        selection = self._document.selection
        if len(selection) != 1:
            return self.network_page
        if selection[0] == INPUT_UID:
            return self.input_page
        return self.loss_page if selection[0] == LOSS_UID else self.layer_page  # the heading of a branch is its block's

    def _sync(self) -> None:
        page = self._page()
        page.sync()
        if page is not self.currentWidget():
            page.verticalScrollBar().setValue(0)
            self.setCurrentWidget(page)

    def _on_document_changed(self, _old: object) -> None:
        self._sync()

    def _on_selection_changed(self) -> None:
        self._sync()
        self._page().verticalScrollBar().setValue(0)
