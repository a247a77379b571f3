"""Which layer a view shows: the selected one, or one that it is pinned to."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from fishlab.core.layers import LayerSpec
from fishlab.core.shapes import layer_title
from fishlab.core.spec import numbered
from fishlab.ui.document import Document
from fishlab.ui.widgets.inputs import ChoiceInput

_LEAST, _WANTED = 9, 18  # letters


class LayerChoice(QWidget):
    """Offers the layers that `fits` says yes to. Following the selection, it stays at the last one that fits.

    A layer it is pinned to may be removed: it is pinned to it again when that is undone.

    `changed` tells that `uid` is another one; "" where no layer fits.
    """

    changed = Signal()

    def __init__(self, document: Document, fits: Callable[[LayerSpec], bool], name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._document, self._fits = document, fits
        self._seen = ""
        self._chosen: str | None = None  # what a person has chosen, in sight or not; None before that
        self._told = ""
        self.box = ChoiceInput(self)
        self.box.setObjectName(name)
        self.box.setAccessibleName(self.tr("Layer to show"))
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(_LEAST)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.box)
        self._fill()
        self._connect()

    def sizeHint(self) -> QSize:
        """Room for most names; it gives way."""
        more = (_WANTED - _LEAST) * self.box.fontMetrics().horizontalAdvance("X")
        return self.minimumSizeHint() + QSize(more, 0)

    def _connect(self) -> None:
        self.box.currentIndexChanged.connect(self._on_box_changed)
        self._document.changed.connect(self._on_document_changed)
        self._document.selection_changed.connect(self._tell)

    @property
    def uid(self) -> str:
        """The layer to show."""
        return self.box.currentData() or self._followed()

    @property
    def pinned(self) -> bool:
        """Whether one layer is shown, whatever is selected."""
        return bool(self.box.currentData())

    def pin(self, uid: str) -> None:
        """Show this layer, as soon as there is one; "" follows the selection again."""
        self._chosen = uid
        self._fill()
        self._tell()

    @property
    def chosen(self) -> str:
        """What a person has pinned it to, even if there is no such layer now; "" where the selection is followed."""
        return self._chosen or ""

    def title(self) -> str:
        """The layer that is shown, as "5 Affine"."""
        found = self._layers().get(self.uid)
        return found or ""

    def _layers(self) -> dict[str, str]:
        layers = numbered(self._document.network.layers)
        return {layer.uid: f"{number} {layer_title(layer)}" for number, layer in layers if self._fits(layer)}

    def _followed(self) -> str:
        layers = self._layers()
        self._seen = next((uid for uid in self._document.selection if uid in layers), self._seen)
        return self._seen if self._seen in layers else next(iter(layers), "")

    def _followed_words(self) -> str:
        title = self._layers().get(self._followed())
        return self.tr("Selected: {layer}").format(layer=title) if title else self.tr("Selected layer")

    def _fill(self) -> None:
        with QSignalBlocker(self.box):
            self.box.clear()
            self.box.addItem(self._followed_words(), "")
            for uid, title in self._layers().items():
                self.box.addItem(title, uid)
            self.box.setCurrentIndex(max(0, self.box.findData(self._chosen)))
        self._sync_words()

    def _sync_words(self) -> None:
        self.box.setItemText(self.box.findData(""), self._followed_words())
        words = self.tr("{layer}\nThe selected layer, or one that stays whatever is selected")
        self.box.setToolTip(words.format(layer=self.box.currentText()))

    def _on_box_changed(self, _row: int) -> None:
        self._chosen = self.box.currentData()
        self._tell()

    def _on_document_changed(self, _old: object) -> None:
        self._fill()
        self._tell()

    def _tell(self) -> None:
        self._sync_words()
        if self.uid != self._told:
            self._told = self.uid
            self.changed.emit()
