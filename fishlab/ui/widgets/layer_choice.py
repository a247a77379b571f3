"""Which layer a view shows: the selected one, or one that it is pinned to; or all of them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from fishlab.core.layers import LayerSpec
from fishlab.core.shapes import layer_title
from fishlab.core.spec import numbered
from fishlab.ui.document import Document
from fishlab.ui.widgets.inputs import ChoiceInput

ALL = "all"
_LEAST, _WANTED = 9, 18  # letters


def any_layer(_layer: LayerSpec) -> bool:
    """Every layer fits."""
    return True


class LayerChoice(QWidget):
    """Offers the layers that `fits` says yes to. Following the selection, it stays at the last one that fits.

    With `every`, all layers together come first. A layer it is pinned to may be removed: it is pinned to it again when
    that is undone. Held, it stays as it is, whatever happens to the network.

    `changed` tells that `uid` is another one; "" where no layer fits. `pin_changed` tells that it is pinned to another
    layer, or to none.
    """

    changed = Signal()
    pin_changed = Signal()

    def __init__(
        self, document: Document, fits: Callable[[LayerSpec], bool], name: str, parent: QWidget, *, every: bool = False
    ) -> None:
        super().__init__(parent)
        self._document, self._fits, self._every = document, fits, every
        self._seen = ""
        self._chosen: str | None = None  # what a person has chosen, in sight or not; None before that
        self._free = ALL if every else ""  # what was chosen that is no pin, last
        self._title = ""  # of the layer it is pinned to, when it was last there
        self._held: str | None = None
        self._told = ""
        self._told_pin = ("", "")
        self._build(name)
        self._fill()
        self._connect()

    def _build(self, name: str) -> None:
        self.box = ChoiceInput(self)
        self.box.setObjectName(name)
        self.box.setAccessibleName(self.tr("Layer to show"))
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(_LEAST)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.box)

    def sizeHint(self) -> QSize:
        """Room for most names; it gives way."""
        more = (_WANTED - _LEAST) * self.box.fontMetrics().horizontalAdvance("X")
        return self.minimumSizeHint() + QSize(more, 0)

    def _connect(self) -> None:
        self.box.currentIndexChanged.connect(self._on_box_changed)
        self._document.replaced.connect(self._on_document_replaced)
        self._document.changed.connect(self._on_document_changed)
        self._document.selection_changed.connect(self._tell)

    # -- which layer -------------------------------------------------------------------------------------------------
    @property
    def uid(self) -> str:
        """The layer to show; ALL for all of them."""
        return self._held if self._held is not None else self.box.currentData() or self._followed()

    @property
    def one(self) -> str:
        """The layer to show; "" for all of them."""
        return "" if self.uid == ALL else self.uid

    @property
    def pinned(self) -> bool:
        """Whether one layer is shown, whatever is selected."""
        return self.box.currentData() not in ("", ALL)

    @property
    def chosen(self) -> str:
        """What a person has pinned it to, even if there is no such layer now; "" where the selection is followed."""
        return self._chosen or ""

    @property
    def lost(self) -> str:
        """What the layer was called that it was pinned to, and that was removed from this network; else empty."""
        return "" if self.pinned or self.chosen in ("", ALL) else self._title

    def title(self) -> str:
        """The layer that is shown, as "5 Affine"."""
        found = self._layers().get(self.uid)
        return found or ""

    # -- the pin -----------------------------------------------------------------------------------------------------
    def pin(self, uid: str) -> None:
        """Show this layer, as soon as there is one; "" follows the selection again, ALL shows all."""
        self._choose(uid)
        self._fill()
        self._tell()

    def set_pinned(self, pinned: bool) -> None:
        """Stay at the layer that is shown, or would be; or show what was shown before there was a pin."""
        self.pin((self.one or self._followed()) if pinned else self._free)

    def hold(self, held: bool) -> None:
        """Stay as it is, and take no choice; or catch up."""
        self._held = self.uid if held else None
        self.setEnabled(not held)
        if not held:
            self._fill()
            self._tell()

    def _choose(self, uid: str) -> None:
        self._chosen, self._title = uid, self._layers().get(uid, "")
        if uid in ("", ALL):
            self._free = uid

    # -- what is offered ---------------------------------------------------------------------------------------------
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
        layers = self._layers()
        self._title = layers.get(self.chosen, self._title)
        with QSignalBlocker(self.box):
            self.box.clear()
            if self._every:
                self.box.addItem(self.tr("All layers"), ALL)
            self.box.addItem(self._followed_words(), "")
            for uid, title in layers.items():
                self.box.addItem(title, uid)
            self.box.setCurrentIndex(max(0, self.box.findData(self._chosen)))
        self._sync_words()

    def _sync_words(self) -> None:
        self.box.setItemText(self.box.findData(""), self._followed_words())
        words = self.tr("{layer}\nThe selected layer, or one that stays whatever is selected")
        if self._every:
            words = self.tr("{layer}\nAll layers, the selected one, or one that stays whatever is selected")
        said = words.format(layer=self.box.currentText())
        if self.lost:
            lost = self.tr("{layer} was removed. It is shown again when it comes back.")
            said = f"{said}\n{lost.format(layer=self.lost)}"
        self.box.setToolTip(said)

    def _on_box_changed(self, _row: int) -> None:
        self._choose(self.box.currentData())
        self._tell()

    def _on_document_replaced(self) -> None:
        """Of another project no layer was removed: its pin waits, and nobody needs to be told."""
        self._title = ""

    def _on_document_changed(self, _old: object) -> None:
        if self._held is None:
            self._fill()
            self._tell()

    def _tell(self) -> None:
        if self._held is not None:
            return
        self._sync_words()
        if self.uid != self._told:
            self._told = self.uid
            self.changed.emit()
        pin = (self.title() if self.pinned else "", self.lost)
        if pin != self._told_pin:
            self._told_pin = pin
            self.pin_changed.emit()
