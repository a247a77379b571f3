"""The network as a picture for a page: SVG and PNG.

Cards from the input to the loss, blocks with their branches side by side. A stack that is too tall for a page goes on
in a second column, and so on. A network that cannot work is drawn with what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from fishlab.core.drawing.cards import Card, cards, parameters_words
from fishlab.core.drawing.raster import png_bytes
from fishlab.core.drawing.sheet import BAD, BOLD, EDGE, INK, INK2, Item, Line, Sheet, Text
from fishlab.core.drawing.stack import GAP, Part, arrow, arrow_head, part_of
from fishlab.core.drawing.svg import svg_bytes
from fishlab.core.drawing.words import fitted
from fishlab.core.exchange.formats import Progress, Subject
from fishlab.core.files.atomic import write_atomic
from fishlab.core.shapes import NetworkReport, infer
from fishlab.core.spec import NetworkSpec

_MARGIN, _GUTTER, _HEAD, _SENTENCE = 28.0, 44.0, 62.0, 12.0
_LOW, _TALL = 780.0, 1.4  # a column is at most so high, or the picture so much higher than wide
Row = tuple[Card, Part]
Columns = list[list[Row]]


def diagram(network: NetworkSpec) -> Sheet:
    """The picture of a network, as plain data. Every legal network has one."""
    report = infer(network)
    shown = cards(network, report)
    rows = network.in_shape[1] if len(network.in_shape) == 3 else 1
    columns = _columns([(card, part_of(card, rows)) for card in shown])
    width = _width(columns) + 2 * _MARGIN
    top = _MARGIN + _HEAD + (0 if report.ok else _SENTENCE)
    height = top + max(map(_height, columns)) + _MARGIN
    items = (*_heading(network, report, width - 2 * _MARGIN), *_stack(columns, top))
    return Sheet(width, height, items, network.name or "Network", _description(shown, report))


def _heading(network: NetworkSpec, report: NetworkReport, room: float) -> Iterator[Item]:
    yield Text(_MARGIN, _MARGIN + 16, fitted(network.name, 20, room, BOLD), 20, INK, BOLD)
    yield Text(_MARGIN, _MARGIN + 36, fitted(_facts(network, report), 12, room), 12, INK2)
    if report.problem:
        yield Text(_MARGIN, _MARGIN + 54, fitted(report.problem.sentence, 12, room), 12, BAD)


def _facts(network: NetworkSpec, report: NetworkReport) -> str:
    count = sum(1 for _ in network.walk())
    layers = "1 layer" if count == 1 else f"{count:,} layers"
    return f"{layers} · {parameters_words(report.weights)}"


def _description(shown: Sequence[Card], report: NetworkReport) -> str:
    """The stack in words, for who cannot see it."""
    problem = f"{report.problem.sentence}. {report.problem.reason} " if report.problem else ""
    return problem + "; ".join(map(_sentence, shown)) + "."


def _sentence(card: Card) -> str:
    said = (f"{card.number} {card.title}".strip(), card.sub, card.shape_words, card.weights_words)
    held = ("; ".join(map(_sentence, branch)) for _, branch in card.branches)
    inside = "".join(f" [{words or 'as it is'}]" for words in held)
    return ", ".join(filter(None, said)) + inside


# -- columns ----------------------------------------------------------------------------------------------------------
def _columns(rows: list[Row]) -> Columns:
    """The rows in as few columns as make a picture that suits a page."""
    columns = [rows]
    while max(map(_height, columns)) > max(_LOW, _TALL * _width(columns)) and len(columns) < len(rows):
        columns = _even(rows, len(columns) + 1)
    return columns


def _even(rows: list[Row], count: int) -> Columns:
    """The rows in at most `count` columns, the tallest of them as low as can be."""
    low, high = max(part.height for _, part in rows), _height(rows)
    while high - low > 1:
        middle = (low + high) / 2
        low, high = (low, middle) if len(_filled(rows, middle)) <= count else (middle, high)
    return _filled(rows, high)


def _filled(rows: list[Row], most: float) -> Columns:
    """Columns that are at most so high."""
    columns: Columns = []
    room = 0.0
    for row in rows:
        room -= GAP + row[1].height
        if not columns or room < 0:
            columns.append([])
            room = most - row[1].height
        columns[-1].append(row)
    return columns


def _height(column: Sequence[Row]) -> float:
    return sum(part.height for _, part in column) + GAP * (len(column) - 1)


def _width(columns: Columns) -> float:
    return sum(_widest(column) for column in columns) + _GUTTER * (len(columns) - 1)


def _widest(column: Sequence[Row]) -> float:
    return max(part.width for _, part in column)


def _stack(columns: Columns, top: float) -> Iterator[Item]:
    left, places = _MARGIN, []
    for column in columns:
        middle = left + _widest(column) / 2
        places.append((left, middle, top + _height(column)))
        yield from _column(column, middle, top)
        left += _widest(column) + _GUTTER
    for (_, middle, bottom), (start, below, _) in pairwise(places):
        yield from _turn(middle, bottom, start - _GUTTER / 2, below, top)


def _column(column: Sequence[Row], middle: float, top: float) -> Iterator[Item]:
    y = top
    for index, (_, part) in enumerate(column):
        if index:
            yield from arrow(middle, y, y + GAP, waits=column[index - 1][0].shape is None)
            y += GAP
        yield from part.items(middle, y)
        y += part.height


def _turn(middle: float, bottom: float, gutter: float, below: float, top: float) -> Iterator[Item]:
    """From the foot of one column to the head of the next."""
    way = ((middle, bottom), (middle, bottom + 12), (gutter, bottom + 12), (gutter, top - 14), (below, top - 14))
    yield Line((*way, (below, top)), EDGE, 1.2)
    yield from arrow_head(below, top)


# -- files ------------------------------------------------------------------------------------------------------------
def write_svg(subject: Subject, path: Path, progress: Progress) -> list[Path]:
    """Write the network's diagram as SVG; raises SaveError."""
    progress("Drawing the network", 0, 1)
    write_atomic(path, [svg_bytes(diagram(subject.project.network))])
    progress("Drawing the network", 1, 1)
    return [path]


def write_png(subject: Subject, path: Path, progress: Progress) -> list[Path]:
    """Write the network's diagram as PNG; raises SaveError."""

    def drawn(done: int, total: int) -> None:
        progress("Drawing the network", done, total)

    write_atomic(path, [png_bytes(diagram(subject.project.network), drawn=drawn)])
    return [path]
