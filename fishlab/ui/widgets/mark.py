"""Properties the style sheet looks at."""

from PySide6.QtWidgets import QWidget


def mark(widget: QWidget, name: str, value: bool) -> None:
    """Set the property `name` ("primary", "bad") and have the style sheet look at it again."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()
