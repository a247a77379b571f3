"""DrawnDigit: an image drawn by hand, recognised by the network in sight, again and again while it learns."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Signal

from fishlab.core.checkpoint import same_structure
from fishlab.core.layers.base import Array
from fishlab.core.probes import Question
from fishlab.ui.document import Document
from fishlab.ui.looks import Looks
from fishlab.ui.work import Work


class DrawnDigit(QObject):
    """Signal: `answered(probabilities)`, None where there is nothing to recognise or nothing that could."""

    answered = Signal(object)

    def __init__(self, document: Document, work: Work, looks: Looks, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._work, self._looks = document, work, looks
        self._image: Array | None = None
        looks.answered.connect(self._on_looks_answered)

    def show(self, image: Array | None) -> None:
        """Recognise this image (1, H, W), grey levels 0..255, now and as the network learns; None for none."""
        self._image = image
        self.ask()

    def ask(self) -> None:
        """Have it recognised, as long as what has learned is the network in sight."""
        if self._image is None or not self._fits():
            self._looks.ask("digit", None)
            self.answered.emit(None)
        else:
            image = np.ascontiguousarray(self._image, np.float32).tobytes()
            self._looks.ask("digit", Question("digit", image=image))

    def _fits(self) -> bool:
        model = self._document.model
        learned = model is not None and same_structure(model.project.network, self._document.network)
        return self._work.training or learned

    def _on_looks_answered(self, question: Question, data: Array | None) -> None:
        if question.probe == "digit":
            self.answered.emit(data)
