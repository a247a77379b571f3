"""Pictures of every panel, in both themes and two sizes, of a window that has something to show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fishlab.ui.main_window import MainWindow
from fishlab.ui.theme import Mode, theme

SIZES = ((1280, 720), (1920, 1080))
# name of the picture, layout of the docks, tab of the inspector, instrument below the plots
VIEWS = (
    ("layer", "watch", "layer", "try"),
    ("data", "build", "data", "log"),
    ("training", "watch", "training", "try"),
    ("explain", "explain", "layer", "log"),
)


def take_pictures(window: MainWindow, folder: Path, settle: Callable[[float], None]) -> list[str]:
    """Write a PNG for each view, theme and size into `folder`; `settle` lets the window live for some seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for mode in (Mode.LIGHT, Mode.DARK):
        theme().set_mode(mode)
        for width, height in SIZES:
            window.resize(width, height)
            for name, layout, tab, instrument in VIEWS:
                window.show_layout(layout)
                window.inspector_panel.show_tab(tab)
                window.live_panel.strip.show_instrument(instrument)
                settle(0.5)
                names.append(f"{name}-{mode.value}-{width}x{height}.png")
                window.grab().save(str(folder / names[-1]))
    return names
