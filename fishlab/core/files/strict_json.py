"""JSON that is read from disk, checked before it is believed."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from fishlab.core.errors import FileFormatError

DEEPEST = 16
MOST_PIECES = 200_000
LONGEST_NUMBER = 32

# The way to the next sign that counts, over strings and all else. Possessive, and content with a string that never
# ends: linear in time, and without memory, whatever the text.
_NEXT_SIGN = re.compile(r'(?:[^"\[\]{},]++|"(?:[^"\\]++|\\.)*+"?)*+([\[\]{},])', re.DOTALL)
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1, ",": 0}


def parse(text: str) -> Any:
    """The value of a JSON text; raises FileFormatError.

    Refused are depth and number of pieces beyond reason (before anything is built, so that a small file cannot take
    much memory), a name that occurs twice in one table, numbers of absurd length, NaN and infinity.
    """
    _refuse_monsters(text)
    try:
        return json.loads(
            text, object_pairs_hook=_table, parse_int=_whole, parse_float=_real, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise FileFormatError("its description is not JSON") from error


def _refuse_monsters(text: str) -> None:
    place = pieces = depth = 0
    while found := _NEXT_SIGN.match(text, place):
        place = found.end()
        pieces += found[1] in ",[{"
        depth += _STEP[found[1]]
        if depth > DEEPEST:
            raise FileFormatError("its description is nested too deeply")
        if pieces > MOST_PIECES:
            raise FileFormatError(f"its description has more than {MOST_PIECES:,} parts")


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise FileFormatError("its description names something twice")
    return table


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise FileFormatError("its description holds a number of absurd length")
    return int(digits)


def _real(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise FileFormatError("its description holds a number beyond all bounds")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise FileFormatError(f"its description holds {name}, which is no number of JSON")
