"""Icons drawn from SVG at the size, screen scale and colour asked for.

    button.setIcon(icon("run"))                     follows the theme: ink2, grey when disabled
    button.setIcon(icon("pause", "on_accent"))      on a filled button
    painter.drawPixmap(x, y, icon_pixmap("affine", "accent", 18, self.devicePixelRatioF()))

Names are the files of `resources/icons`. Colours are token names or "#RRGGBB".
"""

from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from fishlab.ui.theme import theme
from fishlab.ui.theme.svg import svg_text


@cache
def icon(name: str, colour: str = "ink2") -> QIcon:
    """Return icon `name` that takes the colour of token `colour` whenever it is painted, and looks disabled when it is."""
    return QIcon(_SvgEngine(name, colour))


def icon_pixmap(name: str, colour: str, size: float, dpr: float) -> QPixmap:
    """Return icon `name` in `colour`, `size` logical pixels square, for a screen of ratio `dpr`."""
    pixmap = _render(name, theme().colour(colour).name(), round(size * dpr))
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
        _clones.append(copy)  # Qt holds only the C++ half
        return copy

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        size = min(rect.width(), rect.height())
        corner = rect.center() - QPoint((size - 1) // 2, (size - 1) // 2)
        painter.drawPixmap(
            corner, icon_pixmap(self._name, self._token(mode), size, painter.device().devicePixelRatioF())
        )

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        # Qt asks in device pixels and sets the ratio itself.
        return _render(self._name, theme().colour(self._token(mode)).name(), min(size.width(), size.height()))

    def _token(self, mode: QIcon.Mode) -> str:
        return "disabled" if mode == QIcon.Mode.Disabled else self._colour


_clones: list[_SvgEngine] = []


def _render(name: str, colour: str, pixels: int) -> QPixmap:
    return QPixmap(_rendered(name, colour, max(1, pixels)))


@lru_cache(maxsize=512)
def _rendered(name: str, colour: str, pixels: int) -> QPixmap:
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    _renderer(name, colour).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    return pixmap


@cache
def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(svg_text(name, colour).encode()))
