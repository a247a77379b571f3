"""What a scaling makes of images where that is no mere change of numbers: whitening is to be seen."""

from functools import partial

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from fishlab.core.data.preview import scaled_samples, what_is_named
from fishlab.core.spec import WHITENED
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector.before_after import BeforeAfter, Pictures
from fishlab.ui.panels.inspector.contact_sheet import COLUMNS
from fishlab.ui.sampler import Sampler


class ScalingPreview(BeforeAfter):
    """In sight for a scaling that has numbers of its own for every pixel."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setObjectName("inspector.scaling_preview")
        self.setWhatsThis(
            self.tr("Images before and after the scaling; grey is zero. Whitening takes out what pixels have in common "
                    "with their neighbours, and edges are left. Chapter 6.3")
        )  # fmt: skip
        self._document = document
        self._sampler = Sampler(self)
        self._sampler.arrived.connect(self._on_sampler_arrived)
        document.changed.connect(self._on_document_changed)
        self._sync()

    def _on_document_changed(self, _old: object) -> None:
        self._sync()

    def showEvent(self, event: QShowEvent) -> None:
        """Compute the pictures now that somebody looks."""
        super().showEvent(event)
        self._sync()

    def _sync(self) -> None:
        data = self._document.spec.data
        self.setVisible(data.scaling in WHITENED)
        if self.isVisible():
            key = (what_is_named(data), data.scaling, data.epsilon)
            self._sampler.ask(key, partial(scaled_samples, data, COLUMNS))

    def _on_sampler_arrived(self, found: tuple[Pictures, Pictures, int] | None) -> None:
        self.show_pair(found[:2] if found else None)
        words = self.tr("before and after, found from {n}").format(n=f"{found[2]:,}" if found else 0)
        self.set_caption(words if found else "")
