"""Icons as SVG text, coloured: what `Icon` draws from and what the style sheet points at.

The files in `resources/icons` are drawn with `currentColor` on a grid of 20. Qt's SVG reader does not know
`currentColor`, so it is replaced by the colour asked for.
"""

from functools import cache

from fishlab.core.resources import resource_path
from fishlab.ui.theme.held_file import held_file


@cache
def svg_text(name: str, colour: str) -> str:
    """Return the SVG of icon `name` drawn in `colour` ("#RRGGBB"). FileNotFoundError where there is no such icon."""
    source = resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")
    return source.replace("currentColor", colour)


@cache
def svg_url(name: str, colour: str) -> str:
    """Return a path, written as style sheets want it, to icon `name` drawn in `colour`.

    A style sheet takes pictures from files only. These are held in memory, so that a window that is killed leaves
    nothing behind, and being SVG they stay crisp at every scale.
    """
    return held_file(f"{name}-{colour.lstrip('#')}.svg", svg_text(name, colour).encode())
