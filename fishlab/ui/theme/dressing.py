"""Another style sheet for a program that runs: each widget is dressed once.

Where Qt exchanges one sheet for another it dresses each widget once more for every widget around it: seven times on the
average. So the old sheet comes off before the new one goes on. Taking it off would dress each widget too, for nothing:
to Qt they look meanwhile as if they were never dressed and had a style of their own.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget

_DRESSED, _OWN_STYLE = Qt.WidgetAttribute.WA_WState_Polished, Qt.WidgetAttribute.WA_SetStyle


def dress(app: QApplication, font: QFont, palette: QPalette, sheet: str) -> None:
    """Give `app` these letters, colours and rules in place of those that it has."""
    keeper = QWidget()  # as long as anything has a sheet Qt remembers what colours and letters widgets had without
    keeper.setStyleSheet("QWidget#nothing { color: black }")
    with _passed_over(app.allWidgets()):
        app.setStyleSheet("")
    app.setFont(font)
    app.setPalette(palette)
    app.setStyleSheet(sheet)


@contextmanager
def _passed_over(widgets: Sequence[QWidget]) -> Iterator[None]:
    """Qt looks at none of these when the style of the program changes."""
    dressed = [one for one in widgets if one.testAttribute(_DRESSED)]
    following = [one for one in widgets if not one.testAttribute(_OWN_STYLE)]
    _set(dressed, _DRESSED, False)
    _set(following, _OWN_STYLE, True)
    try:
        yield
    finally:
        _set(following, _OWN_STYLE, False)
        _set(dressed, _DRESSED, True)


def _set(widgets: Sequence[QWidget], attribute: Qt.WidgetAttribute, on: bool) -> None:
    for widget in widgets:
        widget.setAttribute(attribute, on)
