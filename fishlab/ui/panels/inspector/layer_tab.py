"""The Layer tab: the page that goes with what is selected in the network."""

from PySide6.QtWidgets import QStackedWidget, QWidget

from fishlab.core.spec import INPUT_UID, LOSS_UID
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector.input_page import InputPage
from fishlab.ui.panels.inspector.layer_page import LayerPage
from fishlab.ui.panels.inspector.loss_page import LossPage
from fishlab.ui.panels.inspector.network_page import NetworkPage
from fishlab.ui.session import TrainSession

Shown = LayerPage | InputPage | LossPage | NetworkPage


class LayerTab(QStackedWidget):
    """Follows the document's selection."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._session = document, session
        self._build()
        self._connect()
        self._sync()

    def _build(self) -> None:
        self.layer_page = LayerPage(self._document)
        self.input_page = InputPage(self._document, self._session)
        self.loss_page = LossPage(self._document)
        self.network_page = NetworkPage(self._document)
        for page in (self.layer_page, self.input_page, self.loss_page, self.network_page):
            self.addWidget(page)

    def _connect(self) -> None:
        self._document.changed.connect(self._on_document_changed)
        self._document.selection_changed.connect(self._on_selection_changed)
        self._session.data_changed.connect(self._sync)

    def _page(self) -> Shown:
        selection = self._document.selection
        if len(selection) != 1:
            return self.network_page
        own = {INPUT_UID: self.input_page, LOSS_UID: self.loss_page}
        return own.get(selection[0], self.layer_page)  # the heading of a branch is its block's

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
