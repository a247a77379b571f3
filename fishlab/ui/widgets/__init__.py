"""Small parts used by several panels. Each module's docstring says how its widget is used."""

from fishlab.ui.widgets.icon import icon, icon_pixmap
from fishlab.ui.widgets.mark import mark

__all__ = ["icon", "icon_pixmap", "mark"]
