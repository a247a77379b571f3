"""The arrow keys as steps in a grid: so many rows down, so many columns to the right."""

from PySide6.QtCore import Qt

ARROWS = {
    Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
}  # fmt: skip
