"""A row of widgets that goes on in the next line where it is too narrow, as words do."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fishlab.ui.theme import theme

GAP = 8


class Flow(QWidget):
    """`add(widget)` puts one behind the others; no wider than the widest of them is asked for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._widgets: list[QWidget] = []
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def add(self, widget: QWidget) -> None:
        """Take in one more."""
        widget.setParent(self)
        widget.show()
        self._widgets.append(widget)
        widget.installEventFilter(self)
        self.updateGeometry()

    def _shown(self) -> list[QWidget]:
        return [widget for widget in self._widgets if not widget.isHidden()]

    def _places(self, width: int) -> list[tuple[QWidget, QRect]]:
        gap, corner, height = theme().px(GAP), QPoint(0, 0), 0
        places = []
        for widget in self._shown():
            size = _size(widget)
            size.setWidth(min(size.width(), max(width, widget.minimumSizeHint().width())))
            if corner.x() and corner.x() + size.width() > width:
                corner = QPoint(0, corner.y() + height + gap // 2)
                height = 0
            places.append((widget, QRect(corner, size)))
            height = max(height, size.height())
            corner.setX(corner.x() + size.width() + gap)
        return places

    def heightForWidth(self, width: int) -> int:
        """Down to the end of the last line."""
        return max((place.bottom() + 1 for _, place in self._places(width)), default=0)

    def sizeHint(self) -> QSize:
        """All in one line."""
        sizes = [_size(widget) for widget in self._shown()]
        width = sum(size.width() for size in sizes) + theme().px(GAP) * max(0, len(sizes) - 1)
        return QSize(width, max((size.height() for size in sizes), default=0))

    def minimumSizeHint(self) -> QSize:
        """One below the other."""
        widths = [widget.minimumSizeHint().width() for widget in self._shown()]
        return QSize(max(widths, default=0), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place everything anew."""
        self._place()

    def eventFilter(self, watched: QWidget, event: QEvent) -> bool:  # type: ignore[override]
        """Something in it was shown, hidden, or wants another size."""
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent, QEvent.Type.LayoutRequest):
            self.updateGeometry()
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        lines: dict[int, list[tuple[QWidget, QRect]]] = {}
        for widget, place in self._places(self.width()):
            lines.setdefault(place.top(), []).append((widget, place))
        for line in lines.values():
            height = max(place.height() for _, place in line)
            for widget, place in line:
                place.moveTop(place.top() + (height - place.height()) // 2)
                widget.setGeometry(place)


def _size(widget: QWidget) -> QSize:
    """What it takes: a fixed width counts for more than the one it would like."""
    return widget.sizeHint().expandedTo(widget.minimumSize()).boundedTo(widget.maximumSize())
