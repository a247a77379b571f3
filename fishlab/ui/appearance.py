"""How the window looks: theme, size of its text, motion; chosen in the View menu and remembered."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

from fishlab.ui.layouts import Layouts
from fishlab.ui.settings import Settings
from fishlab.ui.theme import Mode, theme

_STEP = 0.1


class Appearance(QObject):
    """Asked for by the View menu; with text of another size the docks fit themselves to it, and the window stays."""

    def __init__(self, settings: Settings, layouts: Layouts, window: QMainWindow) -> None:
        super().__init__(window)
        self._settings, self._layouts, self._window = settings, layouts, window

    def choose(self, mode: Mode) -> None:
        """Light, dark, or as the system has it."""
        theme().set_mode(mode)
        self._settings.set("view/theme", mode.value)

    def larger(self) -> None:
        """A step more."""
        self._set_font_scale(theme().font_scale + _STEP)

    def smaller(self) -> None:
        """A step less."""
        self._set_font_scale(theme().font_scale - _STEP)

    def normal(self) -> None:
        """The size that the system has."""
        self._set_font_scale(1.0)

    def reduce_motion(self, reduced: bool) -> None:
        """Whether things jump where they would glide."""
        theme().set_reduce_motion(reduced)
        self._settings.set("view/reduce_motion", reduced)

    def _set_font_scale(self, scale: float) -> None:
        size, before, named = self._window.size(), theme().font_scale, self._layouts.is_named
        theme().set_font_scale(round(scale, 2))
        self._settings.set("view/font_scale", theme().font_scale)
        if theme().font_scale != before:
            self._layouts.refit(size, theme().font_scale / before, named=named)
