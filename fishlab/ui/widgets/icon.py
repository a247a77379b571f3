"""Icons drawn from SVG at the size, screen scale and colour asked for.

    button.setIcon(icon("run"))                     follows the theme: ink2, grey when disabled
    button.setIcon(icon("pause", "on_accent"))      on a filled button
    painter.drawPixmap(x, y, icon_pixmap("affine", "accent", 18, self.devicePixelRatioF()))

Names are the files of `resources/icons`. Colours are token names or "#RRGGBB".
"""

from functools import cache, lru_cache

import shiboken6
from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from fishlab.ui.theme import theme
from fishlab.ui.theme.svg import svg_text

OF_ONES_OWN = "own_layer"


@cache
def icon(name: str, colour: str = "ink2") -> QIcon:
    """Return icon `name` that takes token `colour` whenever it is painted, and looks disabled when it is."""
    return QIcon(_SvgEngine(name, colour))


def icon_pixmap(name: str, colour: str, size: float, dpr: float) -> QPixmap:
    """Return icon `name` in `colour`, `size` logical pixels square, for a screen of ratio `dpr`."""
    side = max(1, round(size * dpr))
    pixmap = QPixmap(_rendered(name, theme().colour(colour).name(), side, side))
    pixmap.setDevicePixelRatio(dpr)
    return pixmap


class _SvgEngine(QIconEngine):
    """Renders one icon at whatever size a widget asks for."""

    def __init__(self, name: str, colour: str) -> None:
        super().__init__()
        self._name = name
        self._colour = colour

    def clone(self) -> QIconEngine:
        copy = _SvgEngine(self._name, self._colour)
        # Qt holds only the C++ half of a clone: this keeps the other half for as long.
        _clones[:] = [clone for clone in _clones if shiboken6.isValid(clone)] + [copy]
        return copy

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        side = min(rect.width(), rect.height())
        target = QRectF(0, 0, side, side)
        target.moveCenter(QRectF(rect).center())
        _renderer(self._name, self._hex(mode)).render(painter, target)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return _rendered(self._name, self._hex(mode), size.width(), size.height())

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        return self.pixmap(size * scale, mode, state)  # Qt sets the ratio itself

    def _hex(self, mode: QIcon.Mode) -> str:
        return theme().colour("disabled" if mode == QIcon.Mode.Disabled else self._colour).name()


_clones: list[_SvgEngine] = []


@lru_cache(maxsize=512)
def _rendered(name: str, colour: str, width: int, height: int) -> QPixmap:
    """Return the icon as large as fits, in the middle of `width` by `height` device pixels."""
    side = min(width, height)
    pixmap = QPixmap(width, height)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    _renderer(name, colour).render(painter, QRectF((width - side) / 2, (height - side) / 2, side, side))
    painter.end()
    return pixmap


@cache
def _renderer(name: str, colour: str) -> QSvgRenderer:
    try:
        text = svg_text(name, colour)
    except OSError:  # a layer of one's own may name what it likes
        text = svg_text(OF_ONES_OWN, colour)
    return QSvgRenderer(QByteArray(text.encode()))
