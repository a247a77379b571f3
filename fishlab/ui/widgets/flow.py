"""A row of widgets that goes on in the next line where it is too narrow, as words do."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fishlab.ui.theme import theme

GAP = 8


class Flow(QWidget):
    """`add(widget)` puts one behind the others; no wider than the widest of them is asked for.

    A widget whose horizontal policy is Maximum gives way, down to its minimum, before the row goes on in another line.
    """

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
        top, places = 0, []
        for line in self._lines(width):
            sizes = _fitted(line, width)
            left = 0
            for widget, size in zip(line, sizes, strict=True):
                places.append((widget, QRect(QPoint(left, top), size)))
                left += size.width() + theme().px(GAP)
            top += max(size.height() for size in sizes) + theme().px(GAP) // 2
        return places

    def _lines(self, width: int) -> list[list[QWidget]]:
        """The widgets line by line, with those that give way as narrow as they can be."""
        lines: list[list[QWidget]] = []
        for widget in self._shown():
            if lines and _width([*map(_least, lines[-1]), _least(widget)]) <= width:
                lines[-1].append(widget)
            else:
                lines.append([widget])
        return lines

    def heightForWidth(self, width: int) -> int:
        """Down to the end of the last line."""
        return max((place.bottom() + 1 for _, place in self._places(width)), default=0)

    def sizeHint(self) -> QSize:
        """All in one line."""
        sizes = [_size(widget) for widget in self._shown()]
        return QSize(_width([size.width() for size in sizes]), max((size.height() for size in sizes), default=0))

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
        above = max(0, self.height() - self.heightForWidth(self.width())) // 2  # where there is more room than it needs
        for widget, place in self._places(self.width()):
            place.translate(0, above)
            lines.setdefault(place.top(), []).append((widget, place))
        for line in lines.values():
            height = max(place.height() for _, place in line)
            for widget, place in line:
                place.moveTop(place.top() + (height - place.height()) // 2)
                widget.setGeometry(place)


def _size(widget: QWidget) -> QSize:
    """What it takes: a fixed width counts for more than the one it would like."""
    return widget.sizeHint().expandedTo(widget.minimumSize()).boundedTo(widget.maximumSize())


def _least(widget: QWidget) -> int:
    """How narrow it can be."""
    gives_way = widget.sizePolicy().horizontalPolicy() is QSizePolicy.Policy.Maximum
    return min(_size(widget).width(), widget.minimumSizeHint().width()) if gives_way else _size(widget).width()


def _width(widths: list[int]) -> int:
    """Of a line, with the gaps in it."""
    return sum(widths) + theme().px(GAP) * max(0, len(widths) - 1)


def _fitted(line: list[QWidget], width: int) -> list[QSize]:
    """The sizes of a line's widgets, narrower where they give way and it is too long, or one alone is."""
    sizes = [_size(widget) for widget in line]
    for widget, size in zip(line, sizes, strict=True):
        over = _width([one.width() for one in sizes]) - width
        least = widget.minimumSizeHint().width() if len(line) == 1 else _least(widget)
        size.setWidth(size.width() - max(0, min(over, size.width() - least)))
    return sizes
