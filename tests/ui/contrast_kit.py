"""What of a window cannot be read or told apart, as it is painted now."""

from __future__ import annotations

from painted import Ground, Mark, marks, told_apart
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QMenu,
    QPushButton,
    QRadioButton,
    QWidget,
)
from window_walk import path

from fishlab.ui.theme import theme
from fishlab.ui.widgets.segmented import Segmented

WORDS, SIGNS = 4.5, 3.0
SOLID = 200  # of 255
SPEAKING = ("edge", "ink", "ink2", "ink3", "accent", "pressed", "bad", "warn", "good")


def poor(root: QWidget, ground: Ground | None = None) -> set[str]:
    """What is painted in `root` and cannot be told from what it stands on."""
    ground = ground or Ground(root)
    speaking = {theme().colour(name).name() for name in SPEAKING} | {colour.lower() for colour in theme().tokens.curves}
    return {said for mark in marks(root) if (said := _poor(mark, ground, speaking))}


def _poor(mark: Mark, ground: Ground, speaking: set[str]) -> str:
    if not mark.widget.isEnabled() or not (mark.is_word or _is_sign(mark, speaking)) or _is_disabled(mark):
        return ""
    ratio = ground.ratio(mark)
    if ratio is None or ratio >= (WORDS if mark.is_word else SIGNS):
        return ""
    return f"“{mark.what}” in {mark.colour.name()}, {ratio:.2f} to 1, in {path(mark.widget)}"


def _is_sign(mark: Mark, speaking: set[str]) -> bool:
    if mark.what != "icon" and isinstance(mark.widget, _FRAMED):
        return False  # the sheet puts them together of many pieces; `borderless` sees the whole
    return mark.what == "icon" or (mark.colour.name() in speaking and mark.colour.alpha() >= SOLID)


def _is_disabled(mark: Mark) -> bool:
    """A disabled line of a menu or a list, where the widget is the whole of it."""
    is_list = isinstance(mark.widget, QMenu) or isinstance(mark.widget.parentWidget(), QAbstractItemView)
    return is_list and mark.colour == theme().colour("disabled")


def words(root: QWidget) -> str:
    return " ".join(mark.what for mark in marks(root) if mark.is_word)


# -- borders -----------------------------------------------------------------------------------------------------------
_FRAMED = (QLineEdit, QComboBox, QAbstractSpinBox, QPushButton, QCheckBox, QRadioButton)


def borderless(root: QWidget) -> set[str]:
    """Fields and buttons whose shape cannot be told from what is beside them."""
    ground = Ground(root)
    parts = [part for part in root.findChildren(QWidget) if isinstance(part, _FRAMED) and _is_framed(part)]
    return {f"the border of {path(part)}" for part in parts if part.isVisible() and not _border(ground, part)}


def _is_framed(part: QWidget) -> bool:
    inside = isinstance(part.parentWidget(), (QAbstractSpinBox, QComboBox, Segmented))  # one frame around all
    return part.isEnabled() and not inside and part.visibleRegion().contains(QPoint(0, part.height() // 2))


def _border(ground: Ground, part: QWidget) -> bool:
    middle = part.height() // 2
    outside, *edge = (ground.at(part, QPoint(x, middle)) for x in (-1, 0, 1, 2))
    return max(told_apart(colour, outside) for colour in edge) >= SIGNS
