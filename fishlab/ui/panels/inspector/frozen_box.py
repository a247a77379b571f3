"""Whether a layer with weights goes on learning: a switch, and one press for all layers below the head."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from fishlab.core.errors import NetworkError
from fishlab.core.layers import LayerSpec
from fishlab.core.shapes import LayerReport
from fishlab.core.spec import NetworkSpec
from fishlab.core.transfer import freeze_features
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector.edits import freeze_layer
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.fields import CheckField
from fishlab.ui.widgets.label import Label


class FrozenBox(QWidget):
    """In sight for layers, and blocks, that have weights."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._uid = ""
        self._build()
        self._connect()
        self._sync_space()

    def _build(self) -> None:
        self.switch = CheckField(self.tr("Frozen"), self.tr("Frozen: keeps its weights"))
        self.switch.setObjectName("inspector.frozen")
        self.switch.setToolTip(
            self.tr("Training moves none of its weights, and takes less time.\n"
                    "What a network has learned on one task can serve another.\nDefault off")
        )  # fmt: skip
        self.all = Button(self.tr("Freeze all before the head"), "lock")
        self.all.setObjectName("inspector.freeze_all")
        self.all.setToolTip(self.tr("Only the last layer with weights goes on learning. One undo step."))
        self.note = Label("", "caption", 400, "ink2", wrap=True)
        column = QVBoxLayout(self)
        for part in (self.switch, self.note, self.all):
            column.addWidget(part)

    def _connect(self) -> None:
        self.switch.edited.connect(self._on_switch_edited)
        self.all.clicked.connect(self._on_all_clicked)
        theme().changed.connect(self._sync_space)

    def show_layer(self, layer: LayerSpec, report: LayerReport) -> None:
        """Show whether this layer is frozen; a block that is freezes all that it holds."""
        self._uid = layer.uid
        learns = any(info.role != "state" for one in report.walk() for info in one.parameters)
        self.setVisible(learns)
        by_block = not layer.frozen and layer.uid in self._document.network.frozen_uids()
        self.switch.set_value(layer.frozen or by_block)
        self.switch.setEnabled(not by_block)
        self.note.setText(self.tr("Its block is frozen, and with it all that it holds.") if by_block else "")
        self.note.setVisible(by_block)
        self.all.setVisible(layer.frozen and self._frozen_features() is not None)

    def _on_switch_edited(self, frozen: bool) -> None:
        layer = self._document.network.find(self._uid)
        if layer is not None:
            freeze_layer(self._document, layer, frozen)

    def _on_all_clicked(self) -> None:
        network = self._frozen_features()
        if network is not None:
            self._document.edit(self.tr("Freeze all before the head"), network)

    def _frozen_features(self) -> NetworkSpec | None:
        """The network with all frozen but its head; None where there is nothing more to freeze."""
        try:
            frozen = freeze_features(self._document.network)
        except NetworkError:
            return None
        return None if frozen == self._document.network else frozen

    def _sync_space(self) -> None:
        self.layout().setContentsMargins(0, 0, 0, 0)
        self.layout().setSpacing(theme().px(6))
