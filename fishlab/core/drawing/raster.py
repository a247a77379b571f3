"""A sheet as pixels, drawn with Pillow: boxes and lines larger than they end up, for smooth edges, then the texts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING

from fishlab.core.drawing.letters import Run, font, runs
from fishlab.core.drawing.sheet import BOLD, Box, Line, Point, Sheet, Text
from fishlab.core.drawing.signs import SIGNS

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageDraw import ImageDraw

Drawn = Callable[[int, int], None]

MOST_PIXELS = 40_000_000
SMOOTH = 3  # pixels of the large drawing for one, each way
BAND = 512  # rows that are drawn large at a time
_PER_INCH = 96


def _unseen(_done: int, _total: int) -> None:
    """Nobody waits for it."""


def png_bytes(sheet: Sheet, scale: float = 2.0, *, anywhere: bool = True, drawn: Drawn = _unseen) -> bytes:
    """The sheet as a PNG file of `scale` pixels a unit, fewer where they would be more than MOST_PIXELS.

    `anywhere`: letters that Pillow's font does not have are taken from fonts of the machine, so that another machine
    may draw them differently. `drawn` is told how many of how many rows are; what it raises ends the drawing.
    """
    scale = min(scale, math.sqrt(MOST_PIXELS / (sheet.width * sheet.height)))
    return png_of(draw_sheet(sheet, scale, anywhere=anywhere, drawn=drawn), scale)


def png_of(picture: Image.Image, scale: float) -> bytes:
    """A picture that was drawn with a scale, as a PNG file."""
    buffer = BytesIO()
    picture.save(buffer, "PNG", dpi=(_PER_INCH * scale, _PER_INCH * scale))
    return buffer.getvalue()


def draw_sheet(sheet: Sheet, scale: float, *, anywhere: bool = True, drawn: Drawn = _unseen) -> Image.Image:
    """The sheet as an RGB image of `scale` pixels a unit."""
    from PIL import Image, ImageDraw

    texts = [_Written(item, scale, anywhere=anywhere) for item in sheet.items if isinstance(item, Text)]
    shapes = [item for item in sheet.items if not isinstance(item, Text)]
    shapes += [line for text in texts for line in text.signs()]
    size = max(1, round(sheet.width * scale)), max(1, round(sheet.height * scale))
    picture = Image.new("RGB", size, "white")
    for top in range(0, size[1], BAND):
        height = min(BAND, size[1] - top)
        band = Image.new("RGB", (size[0] * SMOOTH, height * SMOOTH), "white")
        pen = _Pen(ImageDraw.Draw(band), scale * SMOOTH, top / scale)
        for item in shapes:
            if _touches(item, top / scale, (top + height) / scale):
                pen.draw(item)
        picture.paste(band.reduce(SMOOTH), (0, top))
        drawn(top + height, size[1])
    writing = ImageDraw.Draw(picture)
    for text in texts:
        text.write(writing)
    return picture


def _touches(item: Box | Line, top: float, bottom: float) -> bool:
    ys = (item.y, item.y + item.height) if isinstance(item, Box) else [y for _, y in item.points]
    return max(ys) + item.thickness >= top and min(ys) - item.thickness <= bottom


class _Written:
    """A text in its place at a scale: letters, and signs of strokes."""

    def __init__(self, text: Text, scale: float, *, anywhere: bool) -> None:
        self._text, self._scale, self._size = text, scale, text.size * scale
        self._bolder = 0.028 * self._size if text.weight >= BOLD else 0.0
        self._runs: list[tuple[Run, float]] = []  # and where it begins, in pixels
        x = 0.0
        for run in runs(text.words, anywhere=anywhere):
            self._runs.append((run, x))
            x += run.width(self._size)
        self._left = text.x * scale - x * {"left": 0.0, "middle": 0.5, "right": 1.0}[text.align]

    def signs(self) -> list[Line]:
        """The strokes, as lines of the sheet."""
        thick = (0.075 * self._size + 2 * self._bolder) / self._scale
        return [
            Line(tuple(self._point(x, point) for point in points), self._text.ink, thick)
            for run, x in self._runs
            if run.is_sign
            for points in SIGNS[run.text][0]
        ]

    def _point(self, x: float, point: Point) -> Point:
        across, up = point
        return (self._left + x) / self._scale + across * self._text.size, self._text.y - up * self._text.size

    def write(self, draw: ImageDraw) -> None:
        """Write the letters."""
        base = self._text.y * self._scale
        for run, x in self._runs:
            if run.text != " " and not run.is_sign:
                place, face = (self._left + x, base), font(run.face, self._size)
                draw.text(place, run.text, self._text.ink, face, anchor="ls", stroke_width=self._bolder)


class _Pen:
    """Draws items of a sheet at a scale; `top` is the y of the first row."""

    def __init__(self, draw: ImageDraw, scale: float, top: float) -> None:
        self._draw, self._scale, self._top = draw, scale, top

    def draw(self, item: Box | Line) -> None:
        """Draw a box or a line."""
        if isinstance(item, Box):
            self._box(item)
        else:
            for points in _dashed(item.points, item.dash) if item.dash else (item.points,):
                self._stroke(points, item.ink, item.thickness)

    def _box(self, box: Box) -> None:
        half = box.thickness / 2 if box.edge else 0.0
        x, y = self._place((box.x - half, box.y - half))
        right, bottom = self._place((box.x + box.width + half, box.y + box.height + half))
        corners = (round(x), round(y), max(round(x), round(right) - 1), max(round(y), round(bottom) - 1))
        thickness = max(1, round(box.thickness * self._scale)) if box.edge else 0
        radius = (box.radius + half) * self._scale
        self._draw.rounded_rectangle(corners, radius, box.fill or None, box.edge or None, thickness)

    def _stroke(self, points: tuple[Point, ...], ink: str, thickness: float) -> None:
        places = [self._place(point) for point in points]
        self._draw.line(places, ink, max(1, round(thickness * self._scale)), joint="curve")

    def _place(self, point: Point) -> Point:
        return point[0] * self._scale, (point[1] - self._top) * self._scale


def _dashed(points: tuple[Point, ...], dash: float) -> Iterator[tuple[Point, ...]]:
    """The line as dashes with gaps as long as they are; a dash goes round no corner."""
    for (x, y), (to_x, to_y) in pairwise(points):
        length = math.hypot(to_x - x, to_y - y)
        for start in range(math.ceil(length / (2 * dash)) if length else 0):
            first, last = 2 * dash * start / length, min(1.0, dash * (2 * start + 1) / length)
            yield (
                (x + (to_x - x) * first, y + (to_y - y) * first),
                (x + (to_x - x) * last, y + (to_y - y) * last),
            )
