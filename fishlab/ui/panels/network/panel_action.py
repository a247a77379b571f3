"""Actions of the network panel: their keys count while the keyboard is in it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from fishlab.ui.widgets import icon

Key = QKeySequence.StandardKey | str | tuple[str, ...]


def panel_action(
    panel: QWidget, name: str, words: str, key: Key, slot: Callable[[], None], picture: str = ""
) -> QAction:
    """Return a new action of `panel` with one key or several."""
    action = QAction(words, panel)
    action.setObjectName(f"network.{name}")
    action.setShortcuts(_sequences(key))
    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    if picture:
        action.setIcon(icon(picture))
    action.triggered.connect(slot)
    panel.addAction(action)
    return action


def _sequences(key: Key) -> list[QKeySequence]:
    if isinstance(key, QKeySequence.StandardKey):
        return QKeySequence.keyBindings(key)
    return [QKeySequence(one) for one in ((key,) if isinstance(key, str) else key)]
