"""A picture as plain data: boxes, lines and texts on a sheet, y downwards. A renderer turns it into SVG or pixels."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]

# The light theme of the window; a test compares them.
PANEL = "#F6F7F8"
CARD = "#FFFFFF"
LINE = "#D9DEE1"
EDGE = "#78838A"
INK = "#182025"
INK2 = "#48545A"
INK3 = "#5A666D"
BAD = "#B3261E"
BAD_PALE = "#FCEBE9"
GRID = "#E6EAEC"
TRAIN = "#0072B2"
VALIDATION = "#C04E00"
SHADE = "#E9EBEC"  # ink 3 at 34 of 255 over a card

BOLD = 600


@dataclass(frozen=True)
class Box:
    """A rectangle with round corners; a colour of "" leaves fill or edge out."""

    x: float
    y: float
    width: float
    height: float
    radius: float = 0.0
    fill: str = ""
    edge: str = ""
    thickness: float = 1.0


@dataclass(frozen=True)
class Line:
    """A line through points. `dash` is as long as the gap after it; 0 draws it solid."""

    points: tuple[Point, ...]
    ink: str
    thickness: float = 1.0
    dash: float = 0.0


@dataclass(frozen=True)
class Text:
    """A line of words with its baseline at y. `align` says what of it stands at x: its left, middle or right."""

    x: float
    y: float
    words: str
    size: float
    ink: str = INK
    weight: int = 400
    align: str = "left"


Item = Box | Line | Text


@dataclass(frozen=True)
class Sheet:
    """A whole picture on white: what is later in `items` lies on top, and texts on top of all."""

    width: float
    height: float
    items: tuple[Item, ...]
    title: str = ""
    description: str = ""
