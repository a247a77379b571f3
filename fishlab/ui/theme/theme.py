"""The running theme: colours, units, fonts, and the style of the application.

    from fishlab.ui.theme import theme

    theme().apply(app)                      once, in app.py
    theme().tokens.curves[0]                "#0072B2"
    theme().colour("accent", 70)            QColor, alpha of 255
    theme().u(12), theme().px(12)           12 units as float, as whole pixels (1 u = font height / 16)
    theme().font("caption", 500)            caption, small, body, heading; tabular numbers
    theme().metrics("caption", 500)         how large letters of that font are
    theme().text_width("12", "caption")     how wide these letters are
    theme().changed.connect(self._on_theme_changed)

`changed` is sent after colours, fonts, units or motion have changed: a hand-painted widget calls `update()` then, a
widget that set margins or fonts sets them again. Widgets that only use palette roles and layouts need nothing.
"""

from dataclasses import replace
from enum import Enum
from functools import cache
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QFontMetricsF, QGuiApplication
from PySide6.QtWidgets import QApplication, QStyle

from fishlab.ui.theme.dressing import dress
from fishlab.ui.theme.focus_ring import FocusFollower
from fishlab.ui.theme.palette import palette
from fishlab.ui.theme.sheet import sheet
from fishlab.ui.theme.tokens import DARK, LIGHT, Tokens

Step = Literal["caption", "small", "body", "heading"]

_SCALE: dict[str, float] = {"caption": 0.85, "small": 0.92, "body": 1.0, "heading": 1.23}
_BODY_POINTS = 9.75  # 13 px at 96 dpi, where there is no desktop to ask
_SANS = "Inter"
_MOST_WIDTHS = 4096


class Mode(Enum):
    """Which of the two themes is worn; `SYSTEM` follows the desktop."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Theme(QObject):
    """Colours, units and fonts in use now. There is one, `theme()`."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._app: QApplication | None = None
        self._mode = Mode.SYSTEM
        self._font_scale = 1.0
        self._reduce_motion = False
        self._fonts: dict[tuple[Step, int], QFont] = {}
        self._metrics: dict[tuple[Step, int], QFontMetricsF] = {}
        self._widths: dict[tuple[str, Step, int], float] = {}
        self._colours: dict[tuple[str, int], QColor] = {}
        self._base_font = _system_font()
        self._hints = QGuiApplication.styleHints()
        self._access = self._hints.accessibility()  # both kept: the one dies with the wrapper of the other
        self._hints.colorSchemeChanged.connect(self._on_hints_changed)
        self._access.contrastPreferenceChanged.connect(self._on_hints_changed)
        self._read()

    # Colours

    @property
    def tokens(self) -> Tokens:
        """The colours in use, as "#RRGGBB"."""
        return self._tokens

    @property
    def dark(self) -> bool:
        """Whether the dark theme is worn."""
        return self._tokens.name == "dark"

    @property
    def high_contrast(self) -> bool:
        """Whether the system asks for more contrast: hairlines are edges then, raw data is twice as strong."""
        return self._access.contrastPreference() == Qt.ContrastPreference.HighContrast

    def colour(self, token: str, alpha: int = 255) -> QColor:
        """Return the colour called `token` ("accent", "ink2"), or a "#RRGGBB" itself, with `alpha` of 255."""
        made = self._colours.get((token, alpha))
        if made is None:
            made = QColor(token if token.startswith("#") else getattr(self._tokens, token))
            made.setAlpha(alpha)
            self._colours[token, alpha] = made
        return QColor(made)  # whoever asked may change it

    def curve(self, index: int) -> QColor:
        """Return the colour of curve `index`: 0 train, 1 validation, 2 test, then earlier runs."""
        return self.colour(self._tokens.curves[index % len(self._tokens.curves)])

    # Units and fonts

    def u(self, units: float) -> float:
        """Return `units` in logical pixels: one unit is a sixteenth of the body font's height."""
        return units * self._unit

    def px(self, units: float) -> int:
        """Return `units` as whole logical pixels, at least 1 for anything above 0."""
        return max(1, round(units * self._unit)) if units > 0 else round(units * self._unit)

    def font(self, step: Step = "body", weight: int = 400) -> QFont:
        """Return the font of a type step with tabular numbers; weights in use are 400, 500 and 600."""
        made = self._fonts.get((step, weight))
        if made is None:
            made = self._fonts[step, weight] = self._make_font(step, weight)
        return QFont(made)

    def _make_font(self, step: Step, weight: int) -> QFont:
        font = QFont(self._base_font)
        font.setPointSizeF(self._base_font.pointSizeF() * self._font_scale * _SCALE[step])
        font.setWeight(QFont.Weight(weight))
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def metrics(self, step: Step = "body", weight: int = 400) -> QFontMetricsF:
        """Return the measures of a font of this theme; those of a widget on another screen may differ by a hair."""
        made = self._metrics.get((step, weight))
        if made is None:
            made = self._metrics[step, weight] = QFontMetricsF(self.font(step, weight))
        return made

    def text_width(self, text: str, step: Step = "body", weight: int = 400) -> float:
        """Return how wide `text` is; what is asked again and again, such as a title, is measured once."""
        width = self._widths.get((text, step, weight))
        if width is None:
            if len(self._widths) >= _MOST_WIDTHS:
                self._widths.clear()
            width = self._widths[text, step, weight] = self.metrics(step, weight).horizontalAdvance(text)
        return width

    # What the View menu sets

    @property
    def mode(self) -> Mode:
        """What was chosen in View: system, light or dark."""
        return self._mode

    def set_mode(self, mode: Mode) -> None:
        """Wear the light or the dark theme, or follow the system."""
        if mode is self._mode:
            return
        self._mode = mode
        wanted = {Mode.LIGHT: Qt.ColorScheme.Light, Mode.DARK: Qt.ColorScheme.Dark, Mode.SYSTEM: Qt.ColorScheme.Unknown}
        self._hints.setColorScheme(wanted[mode])
        self._refresh()

    @property
    def font_scale(self) -> float:
        """Size of all text and everything measured in u, against the system's."""
        return self._font_scale

    def set_font_scale(self, scale: float) -> None:
        """Make text, and with it every distance, `scale` times the system's size (0.5 to 3)."""
        scale = min(3.0, max(0.5, scale))
        if scale != self._font_scale:
            self._font_scale = scale
            self._refresh()

    @property
    def reduce_motion(self) -> bool:
        """Whether everything that would move jumps: asked for in View, or the system animates nothing."""
        return self._reduce_motion or self._animation_hint() == 0

    def set_reduce_motion(self, reduce: bool) -> None:
        """Let everything that would move jump instead."""
        self._reduce_motion = reduce
        self.changed.emit()

    # Wearing it

    def apply(self, app: QApplication) -> None:
        """Dress `app`: Fusion, the font, the palette, one style sheet, the focus ring; again on every change."""
        if self._app is app:
            return
        self._app = app
        app.setStyle("Fusion")
        FocusFollower(self, app)
        self._refresh()

    def _animation_hint(self) -> int:
        style = QApplication.style()
        return style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) if style else 0

    def _on_hints_changed(self) -> None:
        if self._mode is Mode.SYSTEM or self.high_contrast != self._was_high_contrast:
            self._refresh()

    def _refresh(self) -> None:
        self._read()
        if self._app is not None:
            dress(self._app, self.font(), palette(self._tokens), sheet(self._tokens, self.px))
        self.changed.emit()

    def _read(self) -> None:
        scheme = self._hints.colorScheme()
        dark = self._mode is Mode.DARK or (self._mode is Mode.SYSTEM and scheme == Qt.ColorScheme.Dark)
        tokens = DARK if dark else LIGHT
        self._was_high_contrast = self.high_contrast
        if self._was_high_contrast:
            tokens = replace(tokens, line=tokens.edge, raw_alpha=2 * tokens.raw_alpha)
        self._tokens = tokens
        for made in (self._fonts, self._metrics, self._widths, self._colours):
            made.clear()
        self._unit = QFontMetricsF(self.font()).height() / 16.0


def _system_font() -> QFont:
    """Return the system's font, or Inter at the system's size where it is installed."""
    font = QFont(QGuiApplication.font())
    if QGuiApplication.platformName() in ("offscreen", "minimal"):
        font.setPointSizeF(_BODY_POINTS)
    elif font.pointSizeF() <= 0:
        font.setPointSizeF(QFontInfo(font).pointSizeF())
    if _SANS in QFontDatabase.families():
        font.setFamily(_SANS)
    return font


@cache
def theme() -> Theme:
    """Return the one theme. A QApplication must exist."""
    return Theme()
