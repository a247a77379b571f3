"""A plot's tile: a card with a header (title, note, line samples with names and values) and a body.

tile = Tile(self.tr("Loss"))
tile.set_note("run 3")
tile.set_series([Series("train", "curve0", "line", "0.0079"), Series("validation", "curve1", "dash", "0.0361")])
tile.set_values(["0.0071", "0.0350"])           cheap, while training
tile.set_body(plot)
"""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.flow import Flow
from fishlab.ui.widgets.island import Island
from fishlab.ui.widgets.legend import STYLES, LegendStyle, Series, legend_width, paint_legend

HEADER = 32
EDGE = 3  # pixels from the card to its body, which so lies within the round corners and may paint all of itself


class Tile(Island):
    """A card holding one view."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, surface="card")
        self.setAccessibleName(title)
        self._title = _TileTitle(title, self)
        self._controls: Flow | None = None
        self._header = QHBoxLayout()
        self._header.addWidget(self._title, 1)
        self._column = QVBoxLayout(self)
        self._column.addLayout(self._header)
        self._sync()
        theme().changed.connect(self._sync)

    def set_title(self, title: str) -> None:
        """Show another title."""
        self.setAccessibleName(title)
        self._title.set(title=title)

    def set_note(self, note: str) -> None:
        """Show `note` after the title, in ink2; it goes where the header is narrow."""
        self._title.set(note=note)

    def set_series(self, series: Sequence[Series]) -> None:
        """Show line samples, names and values at the right of the header."""
        self._title.set(series=tuple(series))

    def set_values(self, values: Sequence[str]) -> None:
        """Change only the values, one per series."""
        pairs = zip(self._title.series, values, strict=True)
        self._title.set(series=tuple(replace(one, value=value) for one, value in pairs))

    def header_holds(self, series: Sequence[Series], *, samples: bool = False) -> bool:
        """Whether the values of `series`, with their line samples or without, fit beside the title."""
        return self._title.holds(series, STYLES[1] if samples else STYLES[-1])

    def set_body(self, widget: QWidget) -> None:
        """Put `widget` under the header."""
        self._column.addWidget(widget, 1)

    def add_foot(self, widget: QWidget) -> None:
        """Put `widget` under the body."""
        self._column.addWidget(widget)

    def add_to_header(self, widget: QWidget) -> None:
        """Put `widget` left of what the header paints, right of those put there before, or below where it is narrow."""
        if self._controls is None:
            self._controls = Flow(self)
            self._header.insertWidget(0, self._controls)
        self._controls.add(widget)

    def _sync(self) -> None:
        side = theme().px(13) - EDGE
        self._header.setContentsMargins(side, 1, side, 0)
        self._header.setSpacing(theme().px(8))
        self._column.setContentsMargins(EDGE, 0, EDGE, EDGE)
        self._column.setSpacing(0)


class _TileTitle(QWidget):
    """The painted header line. What gives way first: names of the series, the note, line samples; values stay."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.series: tuple[Series, ...] = ()
        self._title = title
        self._note = ""
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # what changes often need not wake what is below
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self._on_theme_changed)

    def set(self, title: str | None = None, note: str | None = None, series: tuple[Series, ...] | None = None) -> None:
        before = (self._title, self._note, self.series)
        self._title = self._title if title is None else title
        self._note = self._note if note is None else note
        self.series = self.series if series is None else series
        if (self._title, self._note, self.series) != before:
            self.setAccessibleName(self.summary())
            self.update()

    def summary(self) -> str:
        values = ", ".join(f"{one.name} {one.value}".strip() for one in self.series)
        return "; ".join(part for part in (f"{self._title} {self._note}".strip(), values) if part)

    def shown(self) -> tuple[LegendStyle, bool]:
        """Return how the series are drawn, and whether the note has room."""
        note = self._width(self._note, 400) + theme().u(8) if self._note else 0.0
        ways = [(STYLES[0], True), (STYLES[1], True), *((style, False) for style in STYLES[1:])]
        for style, noted in ways:
            if self._room() >= legend_width(self.series, style) + (note if noted else 0.0):
                return style, noted
        return ways[-1]

    def holds(self, series: Sequence[Series], style: LegendStyle) -> bool:
        return self._room() >= legend_width(series, style)

    def _room(self) -> float:
        """What the title leaves for note and series."""
        return self.width() - self._width(self._title, 600) - theme().u(12)

    def sizeHint(self) -> QSize:
        return QSize(theme().px(120), theme().px(HEADER) - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        style, note = self.shown()
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("card"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        self._text(painter, rect, self._title, 600, "ink")
        if note:
            self._text(
                painter, rect.adjusted(self._width(self._title, 600) + theme().u(8), 0, 0, 0), self._note, 400, "ink2"
            )
        paint_legend(painter, rect, self.series, style)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.shown() != (STYLES[0], True):
            QToolTip.showText(event.globalPos(), self.summary(), self)
            return True
        return super().event(event)

    def _text(self, painter: QPainter, rect: QRectF, text: str, weight: int, ink: str) -> None:
        painter.setFont(theme().font("small", weight))
        painter.setPen(theme().colour(ink))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, text)

    def _width(self, text: str, weight: int) -> float:
        return theme().text_width(text, "small", weight)

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()
