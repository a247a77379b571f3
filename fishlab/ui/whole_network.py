"""What is done to the network as a whole: rename it, freeze it up to its head, fit it to the data, run it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from fishlab.core.errors import NetworkError
from fishlab.core.transfer import freeze_features
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector import InspectorPanel
from fishlab.ui.prompts import Prompts
from fishlab.ui.session import State, TrainSession
from fishlab.ui.widgets.dock import Dock


class WholeNetwork(QObject):
    """`said(text)` is for the status bar, `warned(text)` for what went wrong."""

    said = Signal(str)
    warned = Signal(str)

    def __init__(
        self, document: Document, session: TrainSession, inspector: InspectorPanel, dock: Dock, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document, self._session = document, session
        self._inspector, self._dock = inspector, dock

    def rename(self, prompts: Prompts) -> None:
        """Ask for another name."""
        name = prompts.text(self.tr("Name of the network"), self._document.network.name)
        if name:
            self._document.edit(self.tr("Rename network"), self._document.network.renamed(name))

    def freeze(self) -> None:
        """Let only the head go on learning."""
        try:
            frozen = freeze_features(self._document.network)
        except NetworkError as error:
            self.warned.emit(str(error))
            return
        self._document.edit(self.tr("Freeze all before the head"), frozen)

    def run(self) -> None:
        """Start, or go on; where it is known before that the data do not fit, offer at once what mends it."""
        idle = self._session.state is State.IDLE and not self._session.obstacle
        words = self.offer_fit() if idle else ""
        if words:
            self.warned.emit(self.tr("The network does not fit the data. {words}").format(words=words))
        else:
            self._session.run()

    def offer_fit(self) -> str:
        """Where the data do not fit, show the button that fits the network, and return what is wrong."""
        words: str = self._inspector.misfit_words()
        if words:
            self._dock.show()
            self._inspector.show_tab("data")
            self._inspector.data_tab.fit.setFocus()
        return words

    def fit(self) -> None:
        """Give it the input shape and the classes of the data."""
        before = self._document.network
        self._inspector.show_tab("data")
        self._inspector.data_tab.fit.click()
        if self._document.network is before:
            self.said.emit(self.tr("The network fits the data already, as far as is known before a run."))
