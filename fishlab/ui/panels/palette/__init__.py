"""The palette panel: the kinds of layers to build with."""

from fishlab.ui.panels.palette.panel import PalettePanel

__all__ = ["PalettePanel"]
