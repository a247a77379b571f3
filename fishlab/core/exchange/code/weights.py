"""The two files of an export as code: the text, and the weights beside it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fishlab.core.data.scaling import Scaling
from fishlab.core.exchange.formats import ExchangeError, Progress
from fishlab.core.files.atomic import write_atomic
from fishlab.core.layers.base import Array


def write_code(
    path: Path, source: str, arrays: Mapping[str, Array], scaling: Scaling, progress: Progress
) -> list[Path]:
    """Write the arrays to an .npz of the same name and then the source; returns both, the source first.

    Raises ExchangeError where both would have one name, and SaveError.
    """
    weights = path.with_suffix(".npz")
    if weights == path:
        raise ExchangeError(f"“{path.name}” is the name of the weights beside the code. Give the code one with .py.")
    progress("Writing the weights", 0, 2)
    memory = io.BytesIO()
    kept: dict[str, Any] = {f"scaling_{name}": array for name, array in scaling.arrays().items()}
    np.savez(memory, **kept, **dict[str, Any](arrays))
    write_atomic(weights, [memory.getbuffer()])
    progress("Writing the code", 1, 2)
    write_atomic(path, [source.encode("utf-8")])
    progress("Writing the code", 2, 2)
    return [path, weights]
