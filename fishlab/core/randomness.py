"""Randomness is owned: one seed, split into named streams; nothing here or elsewhere uses a global generator.

A stream is found by its purpose and by numbers that say where in the training it stands (epoch, step, layer), not by
what was drawn before it. So the place in a training together with the seed is all there is to keep, and a resumed
run draws what an unbroken one would have drawn.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What the numbers are for. The values are part of every saved run: never renumber them."""

    INIT = 0
    SHUFFLE = 1
    DROPOUT = 2
    AUGMENT = 3
    SPLIT = 4
    DIGITS = 5
    POINTS = 6
    TEST_SPLIT = 7


def stream(seed: int, purpose: Stream, *place: int) -> np.random.Generator:
    """The generator for one purpose at one place, always the same for the same arguments."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(int(purpose), *place))))
