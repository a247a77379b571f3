"""Reads the hand-made skeletons into families of arrays that can be mixed."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_HEAD = re.compile(r"(\d) weight ([\d.]+): (.+)")


@dataclass(frozen=True)
class Family:
    """Skeletons (K, P, 2) of one digit with the same strokes, points and corners, in unit squares."""

    label: int
    name: str
    weight: float  # share among the families of the digit
    strokes: tuple[int, ...]  # control points of each stroke
    corners: frozenset[int]  # control points where the curve may turn sharply
    skeletons: NDArray[np.float32]

    @property
    def points(self) -> int:
        """Control points of one skeleton, all strokes together."""
        return sum(self.strokes)


def parse_families(text: str) -> tuple[Family, ...]:
    """Read families parted by blank lines. ValueError if a line cannot be read or two skeletons cannot be mixed."""
    return tuple(_parse_family(block.splitlines()) for block in text.strip().split("\n\n"))


def _parse_family(lines: list[str]) -> Family:
    head = _HEAD.fullmatch(lines[0].strip())
    if head is None or len(lines) < 2:
        raise ValueError(f"A family starts with 'digit weight number: name', not {lines[0]!r}.")
    label, weight, name = head.groups()
    strokes, corners, _ = _parse_skeleton(lines[1])
    skeletons = []
    for line in lines[1:]:
        own_strokes, own_corners, points = _parse_skeleton(line)
        if (own_strokes, own_corners) != (strokes, corners):
            raise ValueError(
                f"Digit {label}, {name}: strokes {own_strokes} and corners {sorted(own_corners)} in {line.strip()!r}, "
                f"but the first skeleton has {strokes} and {sorted(corners)}. Give it a family of its own."
            )
        skeletons.append(points)
    return Family(int(label), name, float(weight), strokes, corners, np.stack(skeletons))


def _parse_skeleton(line: str) -> tuple[tuple[int, ...], frozenset[int], NDArray[np.float32]]:
    strokes = [stroke.split() for stroke in line.split("|")]
    words = [word for stroke in strokes for word in stroke]
    corners = frozenset(i for i, word in enumerate(words) if word.endswith("!"))
    points = [[float(number) / 100 for number in word.rstrip("!").split(",")] for word in words]
    return tuple(len(stroke) for stroke in strokes), corners, np.array(points, dtype=np.float32)
