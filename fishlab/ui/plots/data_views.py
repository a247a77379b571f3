"""The views of a data set: images, averages, points, counts, before and after the scaling. One is seen at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from fishlab.core.data.comparison import Comparison
from fishlab.core.data.overview import TEST, Overview
from fishlab.ui.plots.data_bank import Bank
from fishlab.ui.plots.data_controls import AVERAGES, COUNTS, IMAGES, SCALING, VARIANTS
from fishlab.ui.plots.data_counts import CountBars
from fishlab.ui.plots.data_detail import ImageDetail
from fishlab.ui.plots.data_grid import ImageGrid
from fishlab.ui.plots.data_points import PointPlot
from fishlab.ui.plots.data_scaling import ScalingView
from fishlab.ui.plots.data_variants import VariantsView
from fishlab.ui.plots.data_words import Names, Words, averages_bank
from fishlab.ui.plots.things import things

_POINTS = "points"


class DataViews(QStackedWidget):
    """`moved(place)` when another image or point is the current one, `pointed()` when the words of a view change."""

    moved = Signal(int)
    pointed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.grid, self.detail = ImageGrid(), ImageDetail()
        self.averages, self.average = ImageGrid(fills=True), ImageDetail()
        self.points, self.counts, self.scaled, self.variants = PointPlot(), CountBars(), ScalingView(), VariantsView()
        self._pages = {
            IMAGES: _Beside(self.grid, self.detail), AVERAGES: _Beside(self.averages, self.average),
            _POINTS: self.points, COUNTS: self.counts, SCALING: self.scaled, VARIANTS: self.variants,
        }  # fmt: skip
        for page in self._pages.values():
            self.addWidget(page)
        self._name()
        self._connect()

    def _name(self) -> None:
        for part, name, words in (
            (self.grid, "images", self.tr("Images")), (self.averages, "averages", self.tr("Averages")),
            (self.points, "points", self.tr("Points")), (self.counts, "counts", self.tr("Counts")),
            (self.scaled, "scaled", self.tr("Before and after the scaling")),
            (self.variants, "variants", self.tr("Before and after the augmentation")),
        ):  # fmt: skip
            part.setObjectName(f"live.data.{name}")
            part.setAccessibleName(words)

    def _connect(self) -> None:
        self.grid.moved.connect(self._on_grid_moved)
        self.grid.hovered.connect(self._on_grid_hovered)
        self.averages.moved.connect(self._on_averages_moved)
        self.averages.hovered.connect(self._on_averages_moved)
        self.points.moved.connect(self.moved)
        self.points.moved.connect(self._on_pointed)
        self.counts.pointed.connect(self._on_pointed)

    def focus_current(self) -> None:
        """Give the keyboard to what is seen."""
        page = self.currentWidget()
        (page.grid if isinstance(page, _Beside) else page).setFocus()

    # -- what is shown -----------------------------------------------------------------------------------------------
    def turn_to(self, view: str, found: Overview) -> None:
        """Show this view of a set; points of the plane stand in for images and averages."""
        plane = found.is_plane and view in (IMAGES, AVERAGES)
        self.setCurrentWidget(self._pages[_POINTS if plane else view])

    def show_set(self, found: Overview, numbers: NDArray[np.intp], part: str, *, centres: bool) -> None:
        """Show the images of these numbers, or the points, with the centres of the classes, and averages of a part."""
        if found.is_plane:
            averages = found.averages.get(part)
            middles = averages.classes if centres and averages else None
            self.points.show_points(found.images[numbers], found.labels[numbers], middles)
            return
        self.grid.setAccessibleName(things(found.shape).many.capitalize())
        names, words = Names(found, numbers), Words(found, numbers, self._image(found, part))
        self.grid.show_bank(Bank(found.images, numbers, found.low, found.high, names, words))
        self.averages.show_bank(averages_bank(found, part, self.tr("mean of all"), self.tr("deviation of all")))
        self._on_grid_moved(0)
        self._on_averages_moved(0)

    def _image(self, found: Overview, part: str) -> str:
        """What one is called: those to test are counted by themselves."""
        one = things(found.shape).one
        return self.tr("test {thing}").format(thing=one) if part == TEST else one

    def clear(self) -> None:
        """Keep nothing of a set."""
        for grid, detail in ((self.grid, self.detail), (self.averages, self.average)):
            grid.show_bank(None)
            detail.show_place(None, 0)
        self.counts.show_counts(None)
        self.points.show_points(np.empty((0, 2)), np.empty(0, np.intp))

    def show_pair(self, shown: Comparison, found: Overview, numbers: NDArray[np.intp]) -> None:
        """Show images of these numbers before and after the scaling."""
        self.scaled.show_pair(shown, found.labels[numbers], found.low, found.high)

    def go_to(self, place: int) -> None:
        """Make another image or point the current one."""
        self.grid.go_to(place)
        self.points.go_to(place)

    # -- pointer and keys --------------------------------------------------------------------------------------------
    def _on_grid_moved(self, place: int) -> None:
        self.detail.show_place(self.grid.bank(), place)
        self.grid.setAccessibleDescription(self.detail.words.text())
        self.moved.emit(place)

    def _on_grid_hovered(self, place: int) -> None:
        self.detail.show_place(self.grid.bank(), place if place >= 0 else self.grid.current())

    def _on_averages_moved(self, place: int) -> None:
        self.average.show_place(self.averages.bank(), place if place >= 0 else self.averages.current())
        self.averages.setAccessibleDescription(self.average.words.text())

    def _on_pointed(self, _place: int) -> None:
        self.pointed.emit()


class _Beside(QWidget):
    """A grid, and beside it the current image, the larger the more room there is."""

    def __init__(self, grid: ImageGrid, detail: ImageDetail) -> None:
        super().__init__()
        self.grid, self._detail = grid, detail
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(grid, 1)
        row.addWidget(detail)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._detail.set_room(event.size())
