"""What the views of a data set say of its images, and the tables that are saved of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.overview import Overview
from fishlab.ui.plots.data_bank import Bank, listed, numbered
from fishlab.ui.plots.data_detail import value_text
from fishlab.ui.plots.data_points import point_words
from fishlab.ui.plots.save_menu import Table

_FEW = 64  # numbers in a row that are listed
_MEAN, _DEVIATION = "μ", "σ"


def label_of(found: Overview, number: int) -> str:
    return found.class_names[found.labels[number]]


def point_said(found: Overview, numbers: NDArray[np.intp], place: int) -> str:
    """The class of the point at a place, and where it is; empty where there is none."""
    if not 0 <= place < len(numbers):
        return ""
    number = int(numbers[place])
    return f"{label_of(found, number)} {point_words(found.images[number])}"


class Names:
    """The class of the image at a place."""

    def __init__(self, found: Overview, numbers: NDArray[np.intp]) -> None:
        self._found, self._numbers = found, numbers

    def __call__(self, place: int) -> str:
        return label_of(self._found, self._numbers[place])


class Words(Names):
    """Its number too, after the word for an image."""

    def __init__(self, found: Overview, numbers: NDArray[np.intp], image: str) -> None:
        super().__init__(found, numbers)
        self._image = image

    def __call__(self, place: int) -> str:
        return f"{super().__call__(place)}  ·  {self._image} {self._found.number(int(self._numbers[place])):,}"


def averages_bank(found: Overview, part: str, mean: str, deviation: str) -> Bank | None:
    """Mean and deviation of all of a part, called so, then the mean of each class; None for a part without images."""
    averages = found.averages.get(part)
    if averages is None:
        return None
    pictures = [averages.mean[None], averages.deviation[None]]
    names, words = [_MEAN, _DEVIATION], [mean, deviation]
    if averages.classes is not None:
        pictures.append(averages.classes)
        names += found.class_names
        words += found.class_names
    bank = np.concatenate(pictures)
    return Bank(bank, numbered(len(bank)), found.low, found.high, listed(tuple(names)), listed(tuple(words)))


def table_of_averages(found: Overview, part: str) -> Table:
    bank = averages_bank(found, part, "all: mean", "all: deviation")
    rows: list[tuple[Any, ...]] = []
    for place in range(len(bank) if bank else 0):
        assert bank is not None
        values = bank.values(place)
        rows += [(bank.say(place), *(i + 1 for i in at), value_text(values[at])) for at in np.ndindex(values.shape)]
    return ("average of", "channel", "row", "column", "value"), rows


def table_of_counts(names: tuple[str, ...], rows: NDArray[np.intp]) -> Table:
    """A row for each class; `rows` are those of the parts that may be counted."""
    columns = ("class", "learn", "validate", "test")[: 1 + len(rows)]
    return columns, [(name, *rows[:, place].tolist()) for place, name in enumerate(names)]


def table_of_images(found: Overview, numbers: NDArray[np.intp]) -> Table:
    """A row for each image or point; of few numbers, these too."""
    few = found.images[numbers] if len(found.shape) == 1 and found.shape[0] <= _FEW else None
    names = [f"x{column + 1}" for column in range(found.shape[0])] if few is not None else []
    rows = [
        (found.number(int(number)), label_of(found, number), *(map(value_text, few[row]) if few is not None else ()))
        for row, number in enumerate(numbers)
    ]
    return ("image", "class", *names), rows
