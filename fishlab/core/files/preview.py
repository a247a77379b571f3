"""The small picture in a project file: the stack at the left, how training went at the right.

The same project and history give the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.drawing.cards import Card, cards, glyph, parameters_words
from fishlab.core.drawing.raster import png_bytes
from fishlab.core.drawing.sheet import (
    BAD,
    BAD_PALE,
    BOLD,
    CARD,
    EDGE,
    GRID,
    INK,
    INK2,
    INK3,
    LINE,
    PANEL,
    TRAIN,
    VALIDATION,
    Box,
    Item,
    Line,
    Point,
    Sheet,
    Text,
)
from fishlab.core.drawing.words import fitted, width
from fishlab.core.history import History
from fishlab.core.shapes import NetworkReport, infer
from fishlab.core.spec import ProjectSpec

WIDTH, HEIGHT = 512, 320
_MARGIN, _TOP = 16, 44
_STACK = 204  # width of the cards
_ROW, _CARD_HIGH, _MOST_ROWS = 24, 20, 11
_LAST_ROWS = 3  # of a stack that is too long, beside its first ones
_POINTS = 160
_LEAST_LOSS = 1e-6  # what is smaller stands there

Floats = NDArray[np.float64]


def preview_png(project: ProjectSpec, model: Checkpoint | None) -> bytes:
    """A PNG of 512 × 320 pixels of the project, and of the training of its model where there is one."""
    report = infer(project.network)
    items = [Box(0, 0, WIDTH, HEIGHT, fill=PANEL), *_heading(project, report), *_stack(project, report)]
    items += _training(model.history if model else None)
    return png_bytes(Sheet(WIDTH, HEIGHT, tuple(items)), 1.0, anywhere=False)


def _heading(project: ProjectSpec, report: NetworkReport) -> list[Item]:
    count = parameters_words(report.weights)
    room = WIDTH - 3 * _MARGIN - width(count, 11)
    return [
        Text(_MARGIN, 28, fitted(project.network.name, 16, room, BOLD), 16, INK, BOLD),
        Text(WIDTH - _MARGIN, 28, count, 11, INK3, align="right"),
    ]


# -- the stack ----------------------------------------------------------------------------------------------------
def _stack(project: ProjectSpec, report: NetworkReport) -> list[Item]:
    rows: list[Card | int] = list(cards(project.network, report))
    if len(rows) > _MOST_ROWS:
        first = _MOST_ROWS - _LAST_ROWS - 1
        rows[first:-_LAST_ROWS] = [len(rows) - first - _LAST_ROWS]
    scale = project.network.in_shape[1] if len(project.network.in_shape) == 3 else 1
    middle, bottom = _MARGIN + _STACK / 2, _TOP + _ROW * (len(rows) - 1)
    items: list[Item] = [Line(((middle, _TOP + 2), (middle, bottom)), EDGE)] if len(rows) > 1 else []
    for index, row in enumerate(rows):
        items += _row(row, _TOP + index * _ROW, scale)
    return items


def _row(row: Card | int, y: float, scale: int) -> list[Item]:
    """One card; a number stands for so many that are left out."""
    base = y + 14
    if isinstance(row, int):
        words = f"{row:,} more layers"
        back = Box(_MARGIN, y, _STACK, _CARD_HIGH, fill=PANEL)
        return [back, Text(_MARGIN + _STACK / 2, base, words, 10, INK3, align="middle")]
    bad = bool(row.problem)
    fill, edge = (BAD_PALE, BAD) if bad else (PANEL if row.waits else CARD, LINE)
    right = _MARGIN + _STACK - 26
    shape = "does not fit" if bad else row.shape_words
    room = right - _MARGIN - 34 - width(shape, 10)
    items: list[Item] = [
        Box(_MARGIN, y, _STACK, _CARD_HIGH, 5, fill, edge),
        Text(_MARGIN + 18, base, row.number, 9, INK3, align="right"),
        Text(_MARGIN + 25, base, fitted(row.title, 11, room, BOLD), 11, INK3 if row.waits else INK, BOLD),
        Text(right, base, shape, 10, BAD if bad else INK3 if row.waits else INK2, align="right"),
    ]
    return items if row.shape is None else [*items, *glyph(row.shape, scale, right + 5, y + 2, 16)]


# -- the training ---------------------------------------------------------------------------------------------------
_LEFT = _MARGIN + _STACK + 14
_WIDE = WIDTH - _MARGIN - _LEFT
_BOTTOM = _TOP + _ROW * (_MOST_ROWS - 1) + _CARD_HIGH


def _training(history: History | None) -> list[Item]:
    if history is None or not len(history.steps):
        words = "Not trained yet" if history is None else "No training recorded"
        middle = (_TOP + _BOTTOM) / 2
        tile = Box(_LEFT, _TOP, _WIDE, _BOTTOM - _TOP, 8, CARD, LINE)
        return [tile, Text(_LEFT + _WIDE / 2, middle + 4, words, 12, INK3, align="middle")]
    high = (_BOTTOM - _TOP - 10) / 2
    epochs = max(1.0, _last(history.steps.column("x")), _last(history.epochs.column("epoch")))
    return [
        *_tile("Loss", "loss", history, epochs, _TOP, high),
        *_tile("Accuracy", "accuracy", history, epochs, _TOP + high + 10, high),
    ]


def _last(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else 0.0


def _tile(title: str, column: str, history: History, epochs: float, top: float, high: float) -> list[Item]:
    """One curve: what was trained on, smoothed, and the validation of each epoch."""
    train = _curve(history.steps.column("x"), history.steps.column(column))
    valid = _known(history.epochs.column("epoch"), history.epochs.column(f"validation_{column}"))
    area = (_LEFT + 12, top + 30, _WIDE - 24, high - 42)
    shown = _loss_heights if column == "loss" else _accuracy_heights
    heights = shown(np.concatenate([train[1], valid[1]]))
    bottom = area[1] + area[3]
    items: list[Item] = [Box(_LEFT, top, _WIDE, high, 8, CARD, LINE), Text(_LEFT + 12, top + 19, title, 11, INK, BOLD)]
    items += [
        Line(((area[0], y), (area[0] + area[2], y)), GRID) for y in (area[1], area[1] + area[3] / 2)
    ]
    items.append(Line(((area[0], bottom), (area[0] + area[2], bottom)), EDGE))
    items += _strokes(_points(train[0] / epochs, heights[: len(train[0])], area), TRAIN, 1.6)
    dots = _points(valid[0] / epochs, heights[len(train[0]) :], area)
    items += _strokes(dots, VALIDATION, 1.2)
    items += [Box(x - 2, y - 2, 4, 4, 2, CARD, VALIDATION) for x, y in dots[-40:] if len(dots) <= 40]
    return [*items, *_values(column, train[1], valid[1], top + 19)]


def _known(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The points that have a place: numbers, and finite."""
    known = np.isfinite(x) & np.isfinite(y)
    return x[known], y[known]


def _curve(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """At most _POINTS points, each the mean of as many steps."""
    x, y = _known(x, y)
    if len(x) <= _POINTS:
        return x, y
    starts = np.linspace(0, len(x), _POINTS, endpoint=False).astype(np.intp)
    ends = np.append(starts[1:], len(x)) - 1
    counts = np.diff(np.append(starts, len(x)))
    return x[ends], np.add.reduceat(y / np.repeat(counts, counts), starts)


def _loss_heights(values: Floats) -> Floats:
    return _between(np.log10(np.maximum(values, _LEAST_LOSS)))


def _accuracy_heights(values: Floats) -> Floats:
    return _between(values, most=1.0)


def _between(values: Floats, most: float = -math.inf) -> Floats:
    """The values as heights, 0 to 1."""
    if not len(values):
        return values
    low, high = float(values.min()), max(most, float(values.max()))
    return (values / 2 - low / 2) / ((high / 2 - low / 2) or 1.0)


def _points(x: Floats, heights: Floats, area: tuple[float, float, float, float]) -> tuple[Point, ...]:
    left, top, wide, high = area
    return tuple(
        (left + wide * min(1.0, max(0.0, across)), top + high * (1 - up))
        for across, up in zip(x.tolist(), heights.tolist(), strict=True)
    )


def _strokes(points: Sequence[Point], ink: str, thickness: float) -> list[Item]:
    return [Line(tuple(points), ink, thickness)] if len(points) > 1 else []


def _values(column: str, train: Floats, valid: Floats, base: float) -> list[Item]:
    """The last numbers, right of the title."""
    right = float(_LEFT + _WIDE - 12)
    words = f"train {_value(column, float(train[-1]))}" if len(train) else "train —"
    if not len(valid):
        return [Text(right, base, words, 10, TRAIN, align="right")]
    beside = f"validation {_value(column, float(valid[-1]))}"
    left = right - width(beside, 10) - 8
    return [
        Text(left, base, words, 10, TRAIN, align="right"),
        Text(right, base, beside, 10, VALIDATION, align="right"),
    ]


def _value(column: str, value: float) -> str:
    return f"{100 * value:.2f} %" if column == "accuracy" else f"{value:#.3g}"
