"""Small parts used by several panels. Each module's docstring says how its widget is used.

Surfaces: `island` (rounded panel or card), `dock`, `tile` with `legend`, `empty_state`.
Words: `label`, `formula_box`, `bars`, `progress_strip`.
Controls: `button`, `icon_button`, `segmented`, `search_box`; `form` of `fields` (`field` is their base, `inputs` the
bare controls). Pictures: `icon`. Style properties: `mark`.
"""

from fishlab.ui.widgets.icon import icon, icon_pixmap
from fishlab.ui.widgets.mark import mark

__all__ = ["icon", "icon_pixmap", "mark"]
