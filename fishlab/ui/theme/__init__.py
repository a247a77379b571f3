"""FishLab's look: colour tokens, units, fonts, palette, style sheet, motion. See `theme.py` for how to use it."""

from fishlab.ui.theme.motion import ARRIVE, FLASH, GAP, animate, finish_motion
from fishlab.ui.theme.theme import Mode, Theme, theme
from fishlab.ui.theme.tokens import DARK, LIGHT, Tokens

__all__ = [
    "ARRIVE",
    "DARK",
    "FLASH",
    "GAP",
    "LIGHT",
    "Mode",
    "Theme",
    "Tokens",
    "animate",
    "finish_motion",
    "theme",
]
