"""Dropout, changes of shape, and blocks of several rows of layers."""

import numpy as np
from book import Layer, run, run_back


class Dropout(Layer):
    """Training sets a random share to zero and scales up what is left (chapter 6.4). Srivastava et al. 2014."""

    def __init__(self, dropout_ratio, rng):
        self.dropout_ratio, self.rng = dropout_ratio, rng

    def forward(self, x, train_flg):
        self.factor = 1
        if train_flg:
            self.factor = (self.rng.random(x.shape) >= self.dropout_ratio) * x.dtype.type(1 / (1 - self.dropout_ratio))
        return x * self.factor

    def backward(self, dout):
        return dout * self.factor


class BookDropout(Layer):
    """Dropout as the book has it (chapter 6.4): training sets a random share to zero, predicting scales all down."""

    def __init__(self, dropout_ratio, rng):
        self.dropout_ratio, self.rng = dropout_ratio, rng

    def forward(self, x, train_flg):
        self.factor = self.rng.random(x.shape) >= self.dropout_ratio if train_flg else 1 - self.dropout_ratio
        return x * self.factor

    def backward(self, dout):
        return dout * self.factor


class Flatten(Layer):
    """(N, C, H, W) -> (N, C*H*W) (chapter 7.4)."""

    def forward(self, x, train_flg):
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dout):
        return dout.reshape(self.shape)


class Reshape(Layer):
    """The same numbers in another shape."""

    def __init__(self, shape):
        self.new_shape = shape

    def forward(self, x, train_flg):
        self.shape = x.shape
        return x.reshape(len(x), *self.new_shape)

    def backward(self, dout):
        return dout.reshape(self.shape)


class Block(Layer):
    """Several rows of layers, side by side."""

    def __init__(self, *branches):
        self.branches = branches
        self.params = [param for branch in branches for layer in branch for param in layer.params]
        self.grads = [grad for branch in branches for layer in branch for grad in layer.grads]


class Residual(Block):
    """y = body(x) + shortcut(x) (chapter 8.2). He et al. 2015. An empty shortcut passes x on."""

    def forward(self, x, train_flg):
        body, shortcut = self.branches
        return run(body, x, train_flg) + run(shortcut, x, train_flg)

    def backward(self, dout):
        body, shortcut = self.branches
        return run_back(body, dout) + run_back(shortcut, dout)


class Parallel(Block):
    """What the branches make of x, one behind the other along the channels (chapter 8.2). Szegedy et al. 2014."""

    def forward(self, x, train_flg):
        parts = [run(branch, x, train_flg) for branch in self.branches]
        self.ends = np.cumsum([part.shape[1] for part in parts])[:-1]
        return np.concatenate(parts, axis=1)

    def backward(self, dout):
        parts = np.split(dout, self.ends, axis=1)
        return sum(run_back(branch, part) for branch, part in zip(self.branches, parts, strict=True))
