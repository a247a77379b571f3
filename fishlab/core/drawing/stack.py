"""Cards under one another as parts of a sheet: each knows its size and draws itself round an axis.

    part = part_of(card, rows=28)
    part.items(middle, top)      boxes, lines and texts; `middle` is the x of the axis

A block is a frame with its branches side by side, from a line that forks to the sign that joins them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from fishlab.core.drawing.cards import Card, glyph
from fishlab.core.drawing.sheet import (
    BAD,
    BAD_PALE,
    BOLD,
    CARD,
    EDGE,
    INK,
    INK2,
    INK3,
    LINE,
    PANEL,
    Box,
    Item,
    Line,
    Text,
)
from fishlab.core.drawing.words import fitted, width, wrapped

GAP = 18  # between cards
NAME, SMALL, CAPTION = 13.0, 12.0, 11.0
_CARD, _INNER_CARD = 348.0, 200.0
_HIGH, _INNER_HIGH = 50.0, 66.0  # where there are deep stacks, the shape has a line of its own
_ROW = 15.0  # of the words under a failing layer
_PAD, _BETWEEN, _HEAD, _FORK, _JOIN, _TITLE = 14.0, 16.0, 50.0, 16.0, 26.0, 18.0
_BYPASS = 124.0  # width of a branch without layers
_GLYPH = 32.0


class Part(Protocol):
    """Something of a known size that can be drawn."""

    width: float
    height: float

    def items(self, middle: float, top: float) -> Iterator[Item]:
        """What it is made of, with its top centre there."""


def part_of(card: Card, rows: int, depth: int = 0) -> Part:
    """The part for a card: a block with its branches, or a plain layer. `rows` scales the glyphs."""
    return BlockPart(card, rows, depth) if card.branches else CardPart(card, rows, depth)


def arrow(x: float, top: float, bottom: float, *, waits: bool = False) -> Iterator[Item]:
    """From one card down to the next; dotted where nothing comes."""
    yield Line(((x, top), (x, bottom)), EDGE, 1.2, 2.0 if waits else 0.0)
    yield from arrow_head(x, bottom)


def arrow_head(x: float, y: float) -> Iterator[Item]:
    """Points down at (x, y)."""
    yield Line(((x - 3.5, y - 5), (x, y - 0.5), (x + 3.5, y - 5)), EDGE, 1.2)


class CardPart:
    """A layer: number, name over its numbers, shape over its parameters, glyph; and what is wrong with it."""

    def __init__(self, card: Card, rows: int, depth: int) -> None:
        self._card, self._rows, self._inner = card, rows, depth > 0
        self.width, self._high = (_INNER_CARD, _INNER_HIGH) if self._inner else (_CARD, _HIGH)
        self._wrong = wrong_words(card, self.width - 24)
        self.height = self._high + wrong_height(self._wrong)

    def items(self, middle: float, top: float) -> Iterator[Item]:
        """What it is made of, with its top centre there."""
        left = middle - self.width / 2
        yield surface(self._card, left, top, self.width, self.height, CARD)
        yield from wrong(self._wrong, left + 12, top + self._high)
        if self._inner:
            yield from narrow_heading(self._card, left, top, self.width)
            return
        yield from heading(self._card, left, top, self.width - _GLYPH - 12)
        if self._card.shape is not None:
            right = left + self.width - 10 - _GLYPH
            yield from glyph(self._card.shape, self._rows, right, top + (_HIGH - _GLYPH) / 2, _GLYPH)


class BlockPart:
    """A block: its heading, its branches side by side, and where they join."""

    def __init__(self, card: Card, rows: int, depth: int) -> None:
        self._card, self._depth = card, depth
        self._branches = [BranchPart(title, held, rows, depth + 1) for title, held in card.branches]
        inside = sum(branch.width for branch in self._branches) + _BETWEEN * (len(self._branches) - 1)
        self.width = max(inside + 2 * _PAD, _CARD if depth == 0 else _INNER_CARD + 2 * _PAD)
        self._tallest = max(branch.height for branch in self._branches)
        self._wrong = wrong_words(card, self.width - 24)
        self._head = _HEAD + wrong_height(self._wrong)
        self.height = self._head + _FORK + self._tallest + _JOIN + 22

    def items(self, middle: float, top: float) -> Iterator[Item]:
        """What it is made of, with its top centre there."""
        left = middle - self.width / 2
        yield surface(self._card, left, top, self.width, self.height, CARD if self._depth % 2 else PANEL)
        yield from heading(self._card, left, top, self.width)
        yield from wrong(self._wrong, left + 12, top + _HEAD)
        fork = top + self._head
        yield Line(((left + 12, fork - 2), (left + self.width - 12, fork - 2)), LINE)
        yield from self._inside(middle, fork)

    def _inside(self, middle: float, fork: float) -> Iterator[Item]:
        branches, axes = self._branches, self._axes(middle)
        across, bottom = fork + _FORK / 2, fork + _FORK + self._tallest
        join, ink = bottom + _JOIN / 2, EDGE
        yield Line(((middle, fork - 2), (middle, across)), ink, 1.2)
        for y in (across, join):
            yield Line(((min(axes[0], middle), y), (max(axes[-1], middle), y)), ink, 1.2)
        for branch, axis in zip(branches, axes, strict=True):
            yield Line(((axis, across), (axis, fork + _FORK)), ink, 1.2)
            yield from branch.items(axis, fork + _FORK)
            yield Line(((axis, fork + _FORK + branch.height), (axis, join)), ink, 1.2)
        yield Line(((middle, join), (middle, bottom + _JOIN + 22)), ink, 1.2)
        yield from _join_sign(middle, join, adds=self._card.adds)

    def _axes(self, middle: float) -> list[float]:
        inside = sum(branch.width for branch in self._branches) + _BETWEEN * (len(self._branches) - 1)
        axes, x = [], middle - inside / 2
        for branch in self._branches:
            axes.append(x + branch.width / 2)
            x += branch.width + _BETWEEN
        return axes


def _join_sign(x: float, y: float, *, adds: bool) -> Iterator[Item]:
    """A plus in a circle, or the word for laying one behind the other."""
    if adds:
        yield Box(x - 10, y - 10, 20, 20, 10, CARD, EDGE, 1.2)
        yield Line(((x - 5, y), (x + 5, y)), INK, 1.5)
        yield Line(((x, y - 5), (x, y + 5)), INK, 1.5)
    else:
        wide = width("concatenate", CAPTION) + 20
        yield Box(x - wide / 2, y - 10, wide, 20, 10, CARD, EDGE, 1.2)
        yield Text(x, y + 4, "concatenate", CAPTION, INK2, align="middle")


class BranchPart:
    """One branch: its name, and its cards under one another; without any a line that passes by."""

    def __init__(self, title: str, cards: Sequence[Card], rows: int, depth: int) -> None:
        self._title, self._cards = title, cards
        self._parts = [part_of(card, rows, depth) for card in cards]
        self.width = max((part.width for part in self._parts), default=_BYPASS)
        self.height = _TITLE + sum(part.height for part in self._parts) + GAP * len(self._parts)

    def items(self, middle: float, top: float) -> Iterator[Item]:
        """What it is made of, with its top centre there."""
        title = fitted(self._title, CAPTION, self.width / 2 - 8)
        yield Text(middle + 7, top + 11, title, CAPTION, INK3)
        y, waits = top, False
        for card, part in zip(self._cards, self._parts, strict=True):
            below = y + (_TITLE if y == top else GAP)
            yield from arrow(middle, y, below, waits=waits)
            yield from part.items(middle, below)
            y, waits = below + part.height, card.shape is None
        yield Line(((middle, y), (middle, top + self.height)), EDGE, 1.2)


# -- what cards and blocks share --------------------------------------------------------------------------------------
def surface(card: Card, left: float, top: float, wide: float, high: float, fill: str) -> Box:
    """The card itself; red where it fails, sunk where it waits."""
    if card.problem:
        return Box(left, top, wide, high, 6, BAD_PALE, BAD, 1.5)
    return Box(left, top, wide, high, 6, PANEL if card.waits else fill, LINE, 1.2)


def narrow_heading(card: Card, left: float, top: float, wide: float) -> Iterator[Item]:
    """Number and name; the numbers; the shape, and how many parameters: the block says what is counted."""
    start = left + 12 + max(22.0, width(card.number, CAPTION) + 8)
    right, waits = left + wide - 10, card.waits
    yield Text(left + 12, top + 21, card.number, CAPTION, INK3)
    yield Text(start, top + 21, fitted(card.title, NAME, right - start, BOLD), NAME, INK3 if waits else INK, BOLD)
    yield Text(start, top + 37, fitted(card.sub, CAPTION, right - start), CAPTION, INK3 if waits else INK2)
    yield Text(start, top + 54, card.shape_words, SMALL, BAD if card.problem else INK3 if waits else INK)
    room = right - start - width(card.shape_words, SMALL) - 8
    if card.weights_words:
        yield Text(right, top + 54, fitted(f"{card.weights:,}", CAPTION, room), CAPTION, INK3, align="right")


def heading(card: Card, left: float, top: float, wide: float) -> Iterator[Item]:
    """Number, name over its numbers; at the right the shape over the parameters, which have their room first."""
    start = left + 12
    if card.number:
        yield Text(start, top + 21, card.number, CAPTION, INK3)
        start += max(22.0, width(card.number, CAPTION) + 8)
    right, room = left + wide - 12, left + wide - 12 - start
    ink = INK3 if card.waits else INK
    shape_ink = BAD if card.problem else ink
    count = fitted(card.weights_words, CAPTION, room)
    name = fitted(card.title, NAME, room - width(card.shape_words, SMALL) - 8, BOLD)
    yield Text(start, top + 21, name, NAME, ink, BOLD)
    yield Text(right, top + 21, card.shape_words, SMALL, shape_ink, align="right")
    beside = width(count, CAPTION) + 10 if count else 0.0
    yield Text(start, top + 38, fitted(card.sub, CAPTION, room - beside), CAPTION, INK3 if card.waits else INK2)
    if count:
        yield Text(right, top + 38, count, CAPTION, INK3, align="right")


def wrong_words(card: Card, room: float) -> tuple[str, list[str]]:
    """The sum that fails, and why in lines."""
    return fitted(card.arithmetic, SMALL, room), wrapped(card.problem, CAPTION, room) if card.problem else []


def wrong_height(words: tuple[str, list[str]]) -> float:
    """The room that they need."""
    arithmetic, lines = words
    count = bool(arithmetic) + len(lines)
    return _ROW * count + 8 if count else 0.0


def wrong(words: tuple[str, list[str]], left: float, top: float) -> Iterator[Item]:
    """The sum that fails, and why."""
    arithmetic, lines = words
    y = top + 8.0
    if arithmetic:
        yield Text(left, y, arithmetic, SMALL, INK)
        y += _ROW
    for line in lines:
        yield Text(left, y, line, CAPTION, BAD)
        y += _ROW
