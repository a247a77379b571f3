"""Icons as SVG text, coloured: what `Icon` draws from and what the style sheet points at.

The files in `resources/icons` are drawn with `currentColor` on a grid of 20. Qt's SVG reader does not know
`currentColor`, so it is replaced by the colour asked for.
"""

import atexit
import tempfile
from functools import cache
from pathlib import Path

from fishlab.core.resources import resource_path


@cache
def svg_text(name: str, colour: str) -> str:
    """Return the SVG of icon `name` drawn in `colour` ("#RRGGBB"). FileNotFoundError where there is no such icon."""
    source = resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")
    return source.replace("currentColor", colour)


@cache
def svg_url(name: str, colour: str) -> str:
    """Return a path, written as style sheets want it, to icon `name` drawn in `colour`.

    A style sheet takes pictures from files only. They lie in one folder per process that goes when the process ends,
    and being SVG they stay crisp at every scale.
    """
    path = _folder() / f"{name}-{colour.lstrip('#')}.svg"
    path.write_text(svg_text(name, colour), encoding="utf-8")
    return path.as_posix()


@cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="fishlab-icons-")
    atexit.register(folder.cleanup)
    return Path(folder.name)
