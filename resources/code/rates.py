"""How the learning rate changes (chapter 6.1)."""

import math


def step_down(x, every, gamma):
    """Every few epochs the rate is multiplied by gamma; x counts epochs."""
    return gamma ** math.floor(x / every)


def exponential(x, gamma):
    """Every epoch the rate is multiplied by gamma, little by little."""
    return gamma**x


def cosine(x, length, floor):
    """Half a cosine down to `floor`, over `length` epochs. Loshchilov and Hutter 2017."""
    if x >= length:
        return floor if x else 1.0
    return floor + (1 - floor) * (1 + math.cos(math.pi * x / length)) / 2


def inverse_time(x, decay):
    """Falls as one over the time. Robbins and Monro 1951."""
    return 1 / (1 + decay * x)
