"""Optimizers (chapter 6.1), and what is done to gradients and weights around their step."""

import math

import numpy as np


class SGD:
    """W <- W - lr dW."""

    def __init__(self, lr):
        self.lr = lr

    def update(self, params, grads):
        for key in grads:
            params[key] -= self.lr * grads[key]


def zeros_like(grads):
    """An array of zeros for each gradient."""
    return {key: np.zeros_like(grad) for key, grad in grads.items()}


class Momentum:
    """v <- momentum v - lr dW; W <- W + v."""

    def __init__(self, lr, momentum):
        self.lr, self.momentum, self.v = lr, momentum, None

    def update(self, params, grads):
        if self.v is None:
            self.v = zeros_like(grads)
        for key in grads:
            self.v[key] *= self.momentum
            self.v[key] -= self.lr * grads[key]
            params[key] += self.v[key]


class Nesterov:
    """v <- momentum v - lr dW; W <- W + momentum v - lr dW. Nesterov 1983."""

    def __init__(self, lr, momentum):
        self.lr, self.momentum, self.v = lr, momentum, None

    def update(self, params, grads):
        if self.v is None:
            self.v = zeros_like(grads)
        for key in grads:
            self.v[key] *= self.momentum
            self.v[key] -= self.lr * grads[key]
            params[key] += self.momentum * self.v[key] - self.lr * grads[key]


class AdaGrad:
    """h <- h + dW^2; W <- W - lr dW / sqrt(h). Duchi et al. 2011."""

    def __init__(self, lr):
        self.lr, self.h = lr, None

    def update(self, params, grads):
        if self.h is None:
            self.h = zeros_like(grads)
        for key in grads:
            self.h[key] += grads[key] ** 2
            params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + 1e-7)


class RMSprop:
    """h <- decay_rate h + (1 - decay_rate) dW^2; W <- W - lr dW / sqrt(h). Tieleman and Hinton 2012."""

    def __init__(self, lr, decay_rate):
        self.lr, self.decay_rate, self.h = lr, decay_rate, None

    def update(self, params, grads):
        if self.h is None:
            self.h = zeros_like(grads)
        for key in grads:
            self.h[key] += (1 - self.decay_rate) * (grads[key] ** 2 - self.h[key])
            params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + 1e-7)


class AdaDelta:
    """Earlier steps say how long a step is: W <- W - lr dW sqrt(s) / sqrt(h). Zeiler 2012, where lr is 1."""

    def __init__(self, lr, decay_rate):
        self.lr, self.decay_rate, self.h, self.s = lr, decay_rate, None, None

    def update(self, params, grads):
        if self.h is None:
            self.h, self.s = zeros_like(grads), zeros_like(grads)
        for key in grads:
            self.h[key] += (1 - self.decay_rate) * (grads[key] ** 2 - self.h[key])
            step = grads[key] * np.sqrt(self.s[key] + 1e-6) / np.sqrt(self.h[key] + 1e-6)
            self.s[key] += (1 - self.decay_rate) * (step**2 - self.s[key])
            params[key] -= self.lr * step


class Adam:
    """Moving means m of dW and v of dW^2; W <- W - lr m / sqrt(v), corrected for the start. Kingma and Ba 2014."""

    def __init__(self, lr, beta1, beta2):
        self.lr, self.beta1, self.beta2, self.iter = lr, beta1, beta2, 0
        self.m, self.v = None, None

    def update(self, params, grads):
        if self.m is None:
            self.m, self.v = zeros_like(grads), zeros_like(grads)
        self.iter += 1
        lr_t = self.lr * (1 - self.beta2**self.iter) ** 0.5 / (1 - self.beta1**self.iter)
        for key in grads:
            self.m[key] += (1 - self.beta1) * (grads[key] - self.m[key])
            self.v[key] += (1 - self.beta2) * (grads[key] ** 2 - self.v[key])
            params[key] -= lr_t * self.m[key] / (np.sqrt(self.v[key]) + 1e-7)


def clip_gradient(grads, most):
    """A gradient that is longer than this, over all arrays together, is shortened to it."""
    norm = math.sqrt(sum(float((grad**2).sum()) for grad in grads.values()))
    for grad in grads.values():
        grad *= min(1.0, most / (norm + 1e-6))


def hold_lengths(params, grads, most, unit_axes):
    """The weights that lead into a unit, taken as a vector, are no longer than this. Srivastava et al. 2014.

    `unit_axes` names the weights, and which of their axes counts the units.
    """
    for key, axis in unit_axes.items():
        if key in grads:
            others = tuple(other for other in range(params[key].ndim) if other != axis)
            norm = np.sqrt((params[key] ** 2).sum(axis=others, keepdims=True))
            params[key] *= most / np.maximum(norm, most)
