"""Where the docks stand: three named layouts, and the one the person left behind."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QMainWindow

from fishlab.ui.settings import Settings
from fishlab.ui.theme import theme
from fishlab.ui.widgets.dock import Dock

COMPACT = 1360
LEAST_LIVE = 390
VERSION = 2
FIRST = "watch"

# For each layout the docks that are open and their widths in u, wide and compact. Where there is no room for all of
# them the one of GIVES_WAY stays closed.
LAYOUTS = {
    "build": {"palette": (206, 186), "network": (420, 330), "inspector": (280, 250)},
    "watch": {"palette": (206, 186), "network": (326, 302), "inspector": (260, 240)},
    "explain": {"network": (326, 302), "inspector": (380, 320), "explain": (380, 320)},
}
GIVES_WAY = {"build": "inspector", "watch": "palette", "explain": "network"}
_RIGHT = ("inspector", "explain", "notes")
_LEAST_SHARE = 0.9
# The widths are drawn with Inter; names in a wider font get more room, up to what the plots can spare.
_SAMPLE, _SAMPLE_WIDTH, _MOST = "Batch normalization", 118.0, 1.14


class Layouts:
    """Puts docks in their places and remembers them."""

    def __init__(self, window: QMainWindow, docks: dict[str, Dock], settings: Settings) -> None:
        self._window, self._docks, self._settings = window, docks, settings
        self._name = settings.text("window/layout", FIRST)

    def place(self) -> None:
        """The first arrangement: palette and network at the left, inspector and under it the words at the right."""
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        docks = self._docks
        self._window.addDockWidget(left, docks["palette"])
        self._window.splitDockWidget(docks["palette"], docks["network"], Qt.Orientation.Horizontal)
        self._window.addDockWidget(right, docks["inspector"])
        for name in ("explain", "notes"):
            self._window.splitDockWidget(docks["inspector"], docks[name], Qt.Orientation.Vertical)

    def show(self, name: str) -> None:
        """Open and size the docks of a named layout, in their first places; the keyboard stays where it is."""
        self._name = name
        focus = self._window.focusWidget()
        for dock in self._docks.values():
            dock.setFloating(False)
        self.place()
        sizes = self.widths(name)
        for key, dock in self._docks.items():
            dock.setVisible(key in sizes)
        shown = [self._docks[key] for key in sizes]
        self._window.resizeDocks(shown, list(sizes.values()), Qt.Orientation.Horizontal)
        if "explain" in sizes:
            heights = [round(0.6 * self._window.height()), round(0.4 * self._window.height())]
            right = [self._docks["inspector"], self._docks["explain"]]
            self._window.resizeDocks(right, heights, Qt.Orientation.Vertical)
        if focus is not None and focus.isVisible():
            focus.setFocus()

    @property
    def is_named(self) -> bool:
        """Whether the docks in sight are those of the layout that was shown last."""
        shown = {key for key, dock in self._docks.items() if self._is_placed(dock)}
        return self._name in LAYOUTS and shown == set(self.widths(self._name))

    def refit(self, size: QSize, grown: float, *, named: bool) -> None:
        """The text is so many times as large, and the window is to stay as it was: `named` goes by its layout again.

        Another arrangement keeps its docks, as much wider as their words; one closes where plots would have no room.
        """
        if not named:
            self._stretch(grown)
        self._window.layout().activate()
        least = self._window.minimumSizeHint()
        if named or least.width() > size.width() or least.height() > size.height():
            self.show(self._name if self._name in LAYOUTS else FIRST)
            self._window.layout().activate()
        self._window.resize(size)

    def _stretch(self, grown: float) -> None:
        wanted = {key: dock.width() * grown for key, dock in self._docks.items() if self._is_placed(dock)}
        gives_way = GIVES_WAY.get(self._name, "")
        if gives_way in wanted and self._share(wanted) < _LEAST_SHARE:
            self._docks[gives_way].hide()
            del wanted[gives_way]
        docks, share = [self._docks[key] for key in wanted], self._share(wanted)
        widths = [max(1, round(width * share)) for width in wanted.values()]
        self._window.resizeDocks(docks, widths, Qt.Orientation.Horizontal)

    def _is_placed(self, dock: Dock) -> bool:
        return dock.isVisible() and not dock.isFloating()

    def widths(self, name: str) -> dict[str, int]:
        """The docks of a layout and their widths in pixels, as the window is now; the plots keep some room for sure."""
        compact = self._window.width() < theme().px(COMPACT)
        wanted = {key: theme().u(pair[compact]) * _breadth(key) for key, pair in LAYOUTS[name].items()}
        if self._share(wanted) < _LEAST_SHARE:
            del wanted[GIVES_WAY[name]]
        share = self._share(wanted)
        return {key: max(1, round(width * share)) for key, width in wanted.items()}

    def _share(self, widths: dict[str, float]) -> float:
        """How much of these widths there is room for beside the plots."""
        right = max((widths[key] for key in _RIGHT if key in widths), default=0.0)  # one under the other
        side_by_side = right + sum(width for key, width in widths.items() if key not in _RIGHT)
        room = self._window.width() - theme().u(LEAST_LIVE)
        return min(1.0, room / side_by_side) if side_by_side else 1.0

    def remember(self, name: str) -> None:
        """Keep the arrangement, the window's place and the layout's name for the next start."""
        self._settings.set("window/geometry", self._window.saveGeometry())
        self._settings.set("window/docks", self._window.saveState(VERSION))
        self._settings.set("window/layout", name)

    def restore(self) -> bool:
        """Bring back the arrangement of the last time; False if there is none that fits."""
        geometry, docks = self._settings.data("window/geometry"), self._settings.data("window/docks")
        if geometry is None or docks is None:
            return False
        return self._window.restoreGeometry(geometry) and self._window.restoreState(docks, VERSION)


def _breadth(dock: str) -> float:
    width = QFontMetricsF(theme().font()).horizontalAdvance(_SAMPLE) / theme().u(_SAMPLE_WIDTH)
    room = min(_MOST, max(1.0, width))
    return 0.4 + 0.6 * room if dock == "network" else room  # a card can spare some, its glyph does not grow
