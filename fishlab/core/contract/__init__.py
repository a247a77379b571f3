"""The contract of layers: what every layer keeps to, tried on samples of it.

    for verdict in check_layer("swish"):
        print(verdict.check, verdict.problem or "holds")

FishLab's own layers are tested by it, and so is a layer of one's own: `fishlab check-layer FILE`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fishlab.core.contract.checks import CHECKS
from fishlab.core.contract.sample import Broken, Sample, samples_of
from fishlab.core.layers import LAYERS

__all__ = ["CHECKS", "Broken", "Sample", "Verdict", "check_layer", "samples_of"]


@dataclass(frozen=True)
class Verdict:
    """One check over all samples of a layer: `problem` is empty where it holds, else the first that was found."""

    check: str
    samples: int
    problem: str = ""


def check_layer(kind: str) -> Iterator[Verdict]:
    """Try every check on every sample of a registered layer, one verdict a check.

    Raises UnknownKindError where there is no such layer, and Broken where no sample of it fits.
    """
    samples = samples_of(LAYERS[kind].item)
    if not samples:
        raise Broken(
            f"No sample of {kind!r} fits an image 2 × 5 × 7 or a row of 6. Give its class `samples`: pairs of field "
            "values and an input shape, such as (({'units': 4}, (6,)),)."
        )
    for name, check in CHECKS.items():
        yield Verdict(name, len(samples), next(filter(None, (_problem(check, sample) for sample in samples)), ""))


def _problem(check: object, sample: Sample) -> str:
    """What is wrong, in one line; whatever somebody's code raises is a problem of that code."""
    try:
        with np.errstate(all="ignore"):
            check(sample)  # type: ignore[operator]
    except Broken as error:
        return f"{sample}: {error}"
    except Exception as error:
        return f"{sample}: {type(error).__name__}: {error}"
    return ""
