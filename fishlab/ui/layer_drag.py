"""A drag of layers with the mouse: the same from the palette and within the stack.

    gone = drag_layers(source, layers)                      until the button is released or Escape is pressed
    gone = drag_layers(source, layers, removable=True)      True if they were dropped outside the stack, to be deleted

The picture of a QDrag cannot change while it runs on every platform, so it is left empty. Instead each window gets a
layer over it that carries the card under the pointer. It leaves out the places that take layers (widgets with the
property `layer_place`); these show a card of their own, which says what the layers would become there.
"""

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QPixmap, QRegion
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget

from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.shapes import layer_title
from fishlab.ui.layer_mime import LAYERS_MIME, pack
from fishlab.ui.widgets.compact_card import CompactCard

PLACE = "layer_place"


def drag_layers(source: QWidget, layers: Sequence[LayerSpec], *, removable: bool = False) -> bool:
    """Run the drag of `layers` from `source`; return whether they were dropped where that deletes them."""
    drag = QDrag(source)
    drag.setMimeData(pack(layers))
    drag.setPixmap(_nothing())
    outsides = [Outside(window, layers, removable) for window in _windows()]
    try:
        drag.exec(Qt.DropAction.CopyAction | Qt.DropAction.MoveAction, Qt.DropAction.MoveAction)
        return any(outside.dropped for outside in outsides)
    finally:
        for outside in outsides:
            outside.remove()


def heading(layers: Sequence[LayerSpec]) -> tuple[str, str]:
    """Return the icon and the title of the card that stands for `layers`."""
    first = LAYERS[layers[0].kind]
    if len(layers) == 1:
        return first.icon, layer_title(layers[0])
    return first.icon, QApplication.translate("layer_drag", "{count} layers").format(count=len(layers))


class Outside(QWidget):
    """What lies over a window while layers are dragged, all but the places that take layers.

    It carries the card; with `removable` it takes the drop, which means delete.
    """

    def __init__(self, window: QWidget, layers: Sequence[LayerSpec], removable: bool) -> None:
        super().__init__(window)
        self.dropped = False
        self._removable = removable
        self._card = CompactCard(window)
        self._tell(layers)
        self.setObjectName("drag.outside")
        self.setAcceptDrops(True)
        self.setGeometry(window.rect())
        self.setMask(QRegion(self.rect()) - _places(window))
        self.raise_()
        self.show()

    def remove(self) -> None:
        """Go away with the card."""
        for widget in (self._card, self):
            widget.hide()
            widget.deleteLater()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take part, or the moves would not be sent."""
        if event.mimeData().hasFormat(LAYERS_MIME):
            event.accept()
            self._card.show_at(event.position().toPoint())

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Carry the card, and take or refuse the drop."""
        self._card.show_at(event.position().toPoint())
        event.setAccepted(self._removable)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Put the card away: a place that takes layers shows its own."""
        self._card.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Remember that the layers were dropped here."""
        self.dropped = self._removable
        event.setAccepted(self._removable)

    def _tell(self, layers: Sequence[LayerSpec]) -> None:
        icon, title = heading(layers)
        if self._removable:
            self._card.tell("trash", title, self.tr("drop here to delete"))
        else:
            self._card.tell(icon, title, self.tr("drop it in the network"))


def _windows() -> list[QWidget]:
    kinds = (Qt.WindowType.Window, Qt.WindowType.Tool, Qt.WindowType.Dialog)
    return [w for w in QApplication.topLevelWidgets() if w.isVisible() and w.windowType() in kinds]


def _places(window: QWidget) -> QRegion:
    region = QRegion()
    for widget in window.findChildren(QWidget):
        if widget.property(PLACE) and widget.isVisible() and widget.window() is window:
            whole = _dock_of(widget)
            region += QRect(whole.mapTo(window, whole.rect().topLeft()), whole.size())
    return region


def _dock_of(widget: QWidget) -> QWidget:
    """The dock that holds a place, header and all: a drop just past the stack's end must not delete."""
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, QDockWidget):
        parent = parent.parentWidget()
    return parent or widget


def _nothing() -> QPixmap:
    pixmap = QPixmap(1, 1)
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap
