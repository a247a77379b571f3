"""The network panel: the stack of cards, its problems and its foot."""

from fishlab.ui.panels.network.panel import NetworkPanel

__all__ = ["NetworkPanel"]
