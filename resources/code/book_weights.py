"""Layers with weights, as the book writes them."""

import numpy as np
from book import Layer


class Affine(Layer):
    """y = x W + b (chapter 5.6). x (N, in), W (in, units), b (units,), y (N, units)."""

    def __init__(self, W, b=None):
        self.W, self.b = W, b
        self.params = [W] if b is None else [W, b]
        self.grads = [np.zeros_like(param) for param in self.params]

    def forward(self, x, train_flg):
        self.x = x
        y = x @ self.W
        return y if self.b is None else y + self.b

    def backward(self, dout):
        self.grads[0][...] = self.x.T @ dout
        if self.b is not None:
            self.grads[1][...] = dout.sum(axis=0)
        return dout @ self.W.T


def im2col(x, size, stride, pad, border=0.0):
    """The windows of images as rows of a matrix (chapter 7.4): (N, C, H, W) -> (N*OH*OW, C*FH*FW)."""
    (FH, FW), (SH, SW), (PH, PW) = size, stride, pad
    x = np.pad(x, ((0, 0), (0, 0), (PH, PH), (PW, PW)), constant_values=border)
    N, C, H, W = x.shape
    OH, OW = (H - FH) // SH + 1, (W - FW) // SW + 1
    col = np.empty((N, C, FH, FW, OH, OW), x.dtype)
    for i in range(FH):
        for j in range(FW):
            col[:, :, i, j] = x[:, :, i : i + SH * OH : SH, j : j + SW * OW : SW]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(N * OH * OW, -1)


def col2im(col, shape, size, stride, pad):
    """The way back from im2col: rows are added up where they came from, in images of `shape` (N, C, H, W)."""
    (N, C, H, W), (FH, FW), (SH, SW), (PH, PW) = shape, size, stride, pad
    OH, OW = (H + 2 * PH - FH) // SH + 1, (W + 2 * PW - FW) // SW + 1
    col = col.reshape(N, OH, OW, C, FH, FW).transpose(0, 3, 4, 5, 1, 2)
    x = np.zeros((N, C, H + 2 * PH, W + 2 * PW), col.dtype)
    for i in range(FH):
        for j in range(FW):
            x[:, :, i : i + SH * OH : SH, j : j + SW * OW : SW] += col[:, :, i, j]
    return x[:, :, PH : PH + H, PW : PW + W]


def images_of(rows, N, H, W):
    """Rows of a matrix (N*H*W, C) as images (N, C, H, W)."""
    return rows.reshape(N, H, W, -1).transpose(0, 3, 1, 2)


def rows_of(images):
    """Images (N, C, H, W) as rows of a matrix, a row for each pixel: (N*H*W, C)."""
    return images.transpose(0, 2, 3, 1).reshape(-1, images.shape[1])


def output_size(shape, size, stride, pad):
    """Rows and columns that come out: OH = (H + 2 P - FH) / S + 1 (chapter 7.2)."""
    return [(shape[2 + i] + 2 * pad[i] - size[i]) // stride[i] + 1 for i in range(2)]


class Convolution(Layer):
    """Each filter slides over the image (chapter 7.4). x (N, C, H, W), W (F, C, FH, FW), b (F,), y (N, F, OH, OW)."""

    def __init__(self, W, b=None, stride=(1, 1), pad=(0, 0)):
        self.W, self.b, self.stride, self.pad = W, b, stride, pad
        self.params = [W] if b is None else [W, b]
        self.grads = [np.zeros_like(param) for param in self.params]

    def forward(self, x, train_flg):
        F, _, *size = self.W.shape
        self.shape, self.windows = x.shape, (size, self.stride, self.pad)
        self.col = im2col(x, *self.windows)
        rows = self.col @ self.W.reshape(F, -1).T
        if self.b is not None:
            rows += self.b
        return images_of(rows, len(x), *output_size(x.shape, *self.windows))

    def backward(self, dout):
        rows = rows_of(dout)
        self.grads[0][...] = (rows.T @ self.col).reshape(self.W.shape)
        if self.b is not None:
            self.grads[1][...] = rows.sum(axis=0)
        return col2im(rows @ self.W.reshape(len(self.W), -1), self.shape, *self.windows)


class TransposedConvolution(Layer):
    """The way back through a convolution, as a way forward: each pixel lays a filter down, and they add up.

    x (N, C, H, W), W (C, F, FH, FW), b (F,), y (N, F, OH, OW) with OH = (H - 1) S - 2 P + FH + output_pad. Zeiler et
    al. 2010.
    """

    def __init__(self, W, b=None, stride=(1, 1), pad=(0, 0), output_pad=(0, 0)):
        self.W, self.b, self.stride, self.pad, self.output_pad = W, b, stride, pad, output_pad
        self.params = [W] if b is None else [W, b]
        self.grads = [np.zeros_like(param) for param in self.params]

    def forward(self, x, train_flg):
        C, F, *size = self.W.shape
        self.x, self.rows, self.windows = x, rows_of(x), (size, self.stride, self.pad)
        OH, OW = (
            (x.shape[2 + i] - 1) * self.stride[i] - 2 * self.pad[i] + size[i] + self.output_pad[i] for i in range(2)
        )
        y = col2im(self.rows @ self.W.reshape(C, -1), (len(x), F, OH, OW), *self.windows)
        return y if self.b is None else y + self.b[:, None, None]

    def backward(self, dout):
        col = im2col(dout, *self.windows)
        self.grads[0][...] = (self.rows.T @ col).reshape(self.W.shape)
        if self.b is not None:
            self.grads[1][...] = dout.sum(axis=(0, 2, 3))
        return images_of(col @ self.W.reshape(len(self.W), -1).T, len(self.x), *self.x.shape[2:])


class BatchNormalization(Layer):
    """Mean 0 and deviation 1 over the batch, then a scale and a shift (chapter 6.3). Ioffe and Szegedy 2015.

    x (N, D): statistics of each feature over N; x (N, C, H, W): of each channel over N, H and W. gamma, beta and the
    running statistics, which serve when predicting: (D,) or (C,).
    """

    def __init__(self, gamma, beta, running_mean, running_var, momentum=0.9, epsilon=1e-5):
        self.gamma, self.beta, self.running_mean, self.running_var = gamma, beta, running_mean, running_var
        self.momentum, self.epsilon = momentum, epsilon
        self.params, self.grads = [gamma, beta], [np.zeros_like(gamma), np.zeros_like(beta)]

    def forward(self, x, train_flg):
        self.train_flg, self.axes = train_flg, (0, *range(2, x.ndim))
        self.wide = (-1, *[1] * (x.ndim - 2))  # a number for each channel, as it meets (N, C, H, W)
        mean, var = self.running_mean, self.running_var
        if train_flg:
            mean, var = x.mean(axis=self.axes), x.var(axis=self.axes)
            self.running_mean += (1 - self.momentum) * (mean - self.running_mean)
            self.running_var += (1 - self.momentum) * (var - self.running_var)
        self.std = np.sqrt(var + self.epsilon).reshape(self.wide)
        self.xn = (x - mean.reshape(self.wide)) / self.std
        return self.gamma.reshape(self.wide) * self.xn + self.beta.reshape(self.wide)

    def backward(self, dout):
        self.grads[0][...] = (dout * self.xn).sum(axis=self.axes)
        self.grads[1][...] = dout.sum(axis=self.axes)
        dxn = dout * self.gamma.reshape(self.wide)
        if not self.train_flg:  # the statistics did not come from x
            return dxn / self.std
        mean = dxn.mean(axis=self.axes).reshape(self.wide)
        pull = (dxn * self.xn).mean(axis=self.axes).reshape(self.wide)
        return (dxn - mean - pull * self.xn) / self.std


class LayerNormalization(Layer):
    """Mean 0 and deviation 1 over the numbers of each image, then a scale and a shift. Ba, Kiros and Hinton 2016.

    x (N, C, H, W) or (N, D); gamma and beta have the shape of one image.
    """

    def __init__(self, gamma, beta, epsilon=1e-5):
        self.gamma, self.beta, self.epsilon = gamma, beta, epsilon
        self.params, self.grads = [gamma, beta], [np.zeros_like(gamma), np.zeros_like(beta)]

    def forward(self, x, train_flg):
        self.axes = tuple(range(1, x.ndim))
        self.std = np.sqrt(x.var(axis=self.axes, keepdims=True) + self.epsilon)
        self.xn = (x - x.mean(axis=self.axes, keepdims=True)) / self.std
        return self.gamma * self.xn + self.beta

    def backward(self, dout):
        self.grads[0][...] = (dout * self.xn).sum(axis=0)
        self.grads[1][...] = dout.sum(axis=0)
        dxn = dout * self.gamma
        mean = dxn.mean(axis=self.axes, keepdims=True)
        pull = (dxn * self.xn).mean(axis=self.axes, keepdims=True)
        return (dxn - mean - pull * self.xn) / self.std


class Frozen(Layer):
    """A layer that keeps what it has learned: it shows no params, and uses what it knows as when predicting."""

    def __init__(self, layer):
        self.layer = layer

    def forward(self, x, train_flg):
        return self.layer.forward(x, False)

    def backward(self, dout):
        return self.layer.backward(dout)
