"""Arrays called by number, W1, b1, gamma1, ..., as the layers of a network: the way the book names them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np

from fishlab.core.exchange.book_networks import Known, known_network
from fishlab.core.exchange.formats import ExchangeError
from fishlab.core.exchange.matching import Holder, holders, refuse_left_over
from fishlab.core.exchange.reading import quoted
from fishlab.core.layers.base import Array, ParameterInfo
from fishlab.core.spec import NetworkSpec

NAMES = ("W", "b", "gamma", "beta", "running_mean", "running_var")
STATE = ("running_mean", "running_var")
_NAME = re.compile(rf"({'|'.join(NAMES)})([1-9][0-9]{{0,3}})")
_REMEDY = "Without a template the network is found from the file; or change the template, or take another."
NO_STATISTICS = (
    "The running mean and variance of its batch normalization are not in the file, as the book does not save them: "
    "they begin at 0 and 1, and the answers are right only after it has trained a little."
)


def refuse_strange_names(table: Mapping[str, Array]) -> None:
    """Raise ExchangeError for names that are not the book's, and for numbers with a gap."""
    for name in table:
        if not _NAME.fullmatch(name):
            raise ExchangeError(
                f"{quoted(name)} is not the name of an array in the book's files, which hold W1, b1, W2, b2 and so on, "
                "and gamma1, beta1 where there is batch normalization."
            )
    count = sum(name.startswith("W") for name in table)
    missing = next((f"W{number}" for number in range(1, count + 1) if f"W{number}" not in table), "")
    if missing or not count:
        raise ExchangeError(f"{missing or 'W1'} is missing: the weights are W1, W2 and so on, without a gap.")


def known_by_numbers(table: Mapping[str, Array], *, by_the_book: bool = True) -> Known:
    """The network of the book that these arrays belong to. Raises ExchangeError."""
    count = sum(name.startswith("W") for name in table)
    shapes = [table[f"W{number}"].shape for number in range(1, count + 1)]
    return known_network(shapes, [f"gamma{number}" in table for number in range(1, count + 1)], by_the_book=by_the_book)


def by_number(network: NetworkSpec, table: Mapping[str, Array], called: Mapping[str, str]) -> dict[str, Array]:
    """Parameter key to array, for all layers of the network in order. Raises ExchangeError, with the array and shape.

    `called` is what the file calls an array, where that is something else.
    """
    weights: dict[str, Array] = {}
    used: list[str] = []
    for holder, number in _numbered(network):
        for parameter, info in holder.needs.items():
            name = f"{parameter}{number}"
            if name in table:
                _check(holder, info, called.get(name, name), table[name])
                weights[holder.key(parameter)] = table[name]
                used.append(name)
            elif parameter in STATE:
                weights[holder.key(parameter)] = np.full(info.shape, float(info.init == "one"), np.float32)
            else:
                raise ExchangeError(f"The file has no {name}, and {holder.label} needs it. {_REMEDY}")
    spare = (name for name, array in table.items() if not _idle(name, array))
    refuse_left_over(spare, used, remedy=_REMEDY)
    return weights


def lacks_statistics(table: Mapping[str, Array]) -> bool:
    """Whether there is batch normalization without running statistics."""
    return any(name.startswith("gamma") and f"running_mean{name[5:]}" not in table for name in table)


def _idle(name: str, array: Array) -> bool:
    """A bias of zeros adds nothing where a network has none."""
    return name.startswith("b") and not name.startswith("beta") and not np.any(array)


def _numbered(network: NetworkSpec) -> Iterator[tuple[Holder, int]]:
    """The layers with parameters, and their number: those with weights count, and others go with the one before."""
    number = 0
    for holder in holders(network):
        number += "W" in holder.needs
        yield holder, number


def _check(holder: Holder, info: ParameterInfo, name: str, array: Array) -> None:
    if array.shape != info.shape:
        raise ExchangeError(
            f"{quoted(name)} has the shape {array.shape}, and {holder.label} needs {info.shape}. {_REMEDY}"
        )
