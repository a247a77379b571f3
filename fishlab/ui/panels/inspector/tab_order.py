"""Where the keyboard finds a page that is made late: Qt puts what is new at the end of the whole window."""

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def put_after(before: QWidget, page: QWidget) -> None:
    """Have the Tab key go from `before` through `page`, from top to bottom."""
    stops = [part for part in page.findChildren(QWidget) if page.isAncestorOf(part) and _takes_focus(part)]  # no lists
    parts = [part for part in stops if not any(other.isAncestorOf(part) for other in stops if other is not part)]
    for field in filter(_is_whole, parts):
        field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # Qt moves a field as a whole only if it has one itself
    for one, next_one in pairwise((before, *parts)):
        QWidget.setTabOrder(one, next_one)


def _takes_focus(part: QWidget) -> bool:
    return bool(part.focusPolicy() & Qt.FocusPolicy.TabFocus) or _is_whole(part)


def _is_whole(part: QWidget) -> bool:
    """Whether it is a field, whose first input takes the focus for it."""
    first = part.focusProxy()
    return first is not None and part.isAncestorOf(first)
