"""Pooling, and what else images go through without learning."""

import numpy as np
from book import Layer
from book_weights import col2im, im2col, images_of, output_size, rows_of


class Pooling(Layer):
    """The largest number of each window (chapter 7.4). x (N, C, H, W), y (N, C, OH, OW); a border never wins."""

    def __init__(self, size, stride, pad=(0, 0)):
        self.windows = (size, stride, pad)

    def forward(self, x, train_flg):
        self.shape, (PH, PW) = x.shape, self.windows[0]
        col = im2col(x, *self.windows, border=-np.inf).reshape(-1, PH * PW)
        self.arg_max = col.argmax(axis=1)
        rows = col.max(axis=1).reshape(-1, x.shape[1])
        return images_of(rows, len(x), *output_size(x.shape, *self.windows))

    def backward(self, dout):
        (PH, PW), rows = self.windows[0], rows_of(dout)
        dmax = np.zeros((rows.size, PH * PW), dout.dtype)
        dmax[np.arange(rows.size), self.arg_max] = rows.reshape(-1)
        return col2im(dmax.reshape(len(rows), -1), self.shape, *self.windows)


class AveragePooling(Layer):
    """The mean of each window (chapter 7.3). x (N, C, H, W), y (N, C, OH, OW); a border counts as zeros."""

    def __init__(self, size, stride, pad=(0, 0)):
        self.windows = (size, stride, pad)

    def forward(self, x, train_flg):
        self.shape, (PH, PW) = x.shape, self.windows[0]
        rows = im2col(x, *self.windows).reshape(-1, PH * PW).mean(axis=1).reshape(-1, x.shape[1])
        return images_of(rows, len(x), *output_size(x.shape, *self.windows))

    def backward(self, dout):
        (PH, PW), rows = self.windows[0], rows_of(dout)
        share = np.repeat(rows.reshape(-1, 1) / (PH * PW), PH * PW, axis=1)
        return col2im(share.reshape(len(rows), -1), self.shape, *self.windows)


class GlobalAveragePooling(Layer):
    """The mean of each channel: (N, C, H, W) -> (N, C). Lin, Chen and Yan 2013."""

    def forward(self, x, train_flg):
        self.shape = x.shape
        return x.mean(axis=(2, 3))

    def backward(self, dout):
        share = dout / (self.shape[2] * self.shape[3])
        return np.broadcast_to(share[:, :, None, None], self.shape)


class ZeroPadding(Layer):
    """Rows and columns of zeros around the image, each side for itself."""

    def __init__(self, top, bottom, left, right):
        self.sides = ((0, 0), (0, 0), (top, bottom), (left, right))

    def forward(self, x, train_flg):
        self.size = x.shape[2:]
        return np.pad(x, self.sides)

    def backward(self, dout):
        (top, _), (left, _), (H, W) = *self.sides[2:], self.size
        return dout[:, :, top : top + H, left : left + W]


class Upsampling(Layer):
    """Each pixel becomes several: (N, C, H, W) -> (N, C, H*FH, W*FW)."""

    def __init__(self, factor):
        self.factor = factor

    def forward(self, x, train_flg):
        FH, FW = self.factor
        return x.repeat(FH, axis=2).repeat(FW, axis=3)

    def backward(self, dout):
        (FH, FW), (N, C, H, W) = self.factor, dout.shape
        return dout.reshape(N, C, H // FH, FH, W // FW, FW).sum(axis=(3, 5))


class BilinearUpsampling(Layer):
    """New pixels are mixed of their neighbours: y = A x B^T, where row i of A mixes two old rows, and B old columns."""

    def __init__(self, factor):
        self.factor = factor

    def forward(self, x, train_flg):
        self.A, self.B = (mixture(x.shape[2 + i], self.factor[i]).astype(x.dtype) for i in range(2))
        return self.A @ x @ self.B.T

    def backward(self, dout):
        return self.A.T @ dout @ self.B


def mixture(size, factor):
    """(size * factor, size): what of each old pixel is in a new one, by how near it is. Each row adds up to 1."""
    place = np.clip((np.arange(size * factor) + 0.5) / factor - 0.5, 0, size - 1)
    return np.maximum(0, 1 - abs(place[:, None] - np.arange(size)))


class LocalResponseNormalization(Layer):
    """y = x / d^beta with d = k + alpha / size * (the squares of `size` channels around it). Krizhevsky et al. 2012."""

    def __init__(self, size, alpha, beta, k):
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, x, train_flg):
        self.x = x
        self.d = self.k + self.alpha / self.size * channel_sums(x**2, self.size, self.size // 2)
        self.y = x * self.d**-self.beta
        return self.y

    def backward(self, dout):
        pull = channel_sums(dout * self.y / self.d, self.size, (self.size - 1) // 2)
        return dout * self.d**-self.beta - 2 * self.alpha * self.beta / self.size * self.x * pull


def channel_sums(x, size, before):
    """For each channel of x (N, C, H, W) the sum over `size` channels, of which `before` come before it."""
    sums = [x[:, max(0, c - before) : c - before + size].sum(axis=1) for c in range(x.shape[1])]
    return np.stack(sums, axis=1)
