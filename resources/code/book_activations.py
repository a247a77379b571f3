"""Activation functions."""

import math

import numpy as np
from book import Layer


class Relu(Layer):
    """y = max(0, x) (chapter 5.5)."""

    def forward(self, x, train_flg):
        self.mask = x > 0
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


class Sigmoid(Layer):
    """y = 1 / (1 + exp(-x)) (chapter 5.5), written so that nothing overflows."""

    def forward(self, x, train_flg):
        self.out = (1 + np.tanh(x / 2)) / 2
        return self.out

    def backward(self, dout):
        return dout * self.out * (1 - self.out)


class Tanh(Layer):
    """y = tanh(x) (chapter 6.2)."""

    def forward(self, x, train_flg):
        self.out = np.tanh(x)
        return self.out

    def backward(self, dout):
        return dout * (1 - self.out**2)


class Identity(Layer):
    """y = x (chapter 3.5)."""

    def forward(self, x, train_flg):
        return x

    def backward(self, dout):
        return dout


class Step(Layer):
    """y = 1 where x > 0, else 0 (chapter 3.2). Its slope is zero: nothing before it learns."""

    def forward(self, x, train_flg):
        return (x > 0).astype(x.dtype)

    def backward(self, dout):
        return np.zeros_like(dout)


class LeakyRelu(Layer):
    """y = x where x > 0, else slope x. Maas, Hannun and Ng 2013."""

    def __init__(self, slope):
        self.slope = slope

    def forward(self, x, train_flg):
        self.mask = x > 0
        return np.where(self.mask, x, self.slope * x)

    def backward(self, dout):
        return np.where(self.mask, dout, self.slope * dout)


class ELU(Layer):
    """y = x where x > 0, else alpha (exp(x) - 1). Clevert, Unterthiner and Hochreiter 2015."""

    def __init__(self, alpha):
        self.alpha = alpha

    def forward(self, x, train_flg):
        self.mask = x > 0
        self.out = np.where(self.mask, x, self.alpha * np.expm1(np.minimum(x, 0)))
        return self.out

    def backward(self, dout):
        return np.where(self.mask, dout, dout * (self.out + self.alpha))


class GELU(Layer):
    """y = x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. Hendrycks and Gimpel 2016."""

    def forward(self, x, train_flg):
        self.x = x
        self.tanh = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
        return x * (1 + self.tanh) / 2

    def backward(self, dout):
        inner = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * self.x**2)
        return dout * (1 + self.tanh + self.x * (1 - self.tanh**2) * inner) / 2


def softmax(x):
    """exp(x) / sum exp(x) over the classes, or channels (chapter 3.5); the largest is taken off: nothing overflows."""
    exp_x = np.exp(x - x.max(axis=1, keepdims=True))
    return exp_x / exp_x.sum(axis=1, keepdims=True)


class Softmax(Layer):
    """Softmax as a layer among others."""

    def forward(self, x, train_flg):
        self.out = softmax(x)
        return self.out

    def backward(self, dout):
        return self.out * (dout - (dout * self.out).sum(axis=1, keepdims=True))
