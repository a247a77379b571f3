"""What NumPy files are put together from: the layers, losses and optimizers of the book, as they stand in the files.

This module is never imported by FishLab itself: its source is read, and what a network uses of it is copied (see
fishlab.core.exchange.code.parts). It is written for readers of the book: the batch comes first, images are
(N, C, H, W), and nothing is made fast at the price of being clear.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, assignment, index, misc, var-annotated"

import math

import numpy as np


class Layer:
    """What layers have in common: `params` they learn, and as many `grads`, which `backward` fills."""

    params, grads = (), ()


def run(layers, x, train_flg):
    """x through the layers, one after the other."""
    for layer in layers:
        x = layer.forward(x, train_flg)
    return x


def run_back(layers, dout):
    """The gradient through the layers, from the last to the first."""
    for layer in reversed(layers):
        dout = layer.backward(dout)
    return dout


class Network:
    """Layers in a row and a loss at the end; `params` and `grads` have every array by its name, such as W1."""

    def __init__(self, params, layers, last_layer):
        self.params, self.layers, self.last_layer = params, layers, last_layer
        names = {id(array): name for name, array in params.items()}
        pairs = [pair for layer in layers for pair in zip(layer.params, layer.grads, strict=True)]
        self.grads = {names[id(param)]: grad for param, grad in pairs}

    def predict(self, x, train_flg=False):
        """Images (N, ...) as they are learned from -> scores (N, classes)."""
        return run(self.layers, x, train_flg)

    def loss(self, x, t, train_flg=False):
        """How far the scores are from the labels t (N,)."""
        return self.last_layer.forward(self.predict(x, train_flg), t)

    def gradient(self, x, t):
        """The gradient of the loss by backpropagation (chapter 5.7): an array for every name that is learned."""
        self.loss(x, t, train_flg=True)
        run_back(self.layers, self.last_layer.backward())
        return self.grads


# -- layers with weights ---------------------------------------------------------------------------------------------
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


# -- pooling and other images ----------------------------------------------------------------------------------------
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


# -- activation functions --------------------------------------------------------------------------------------------
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


# -- the rest --------------------------------------------------------------------------------------------------------
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


# -- losses ----------------------------------------------------------------------------------------------------------
def one_hot(t, y):
    """Labels t (N,) as rows with a 1 at the label, shaped like y (N, classes)."""
    return np.eye(y.shape[1], dtype=y.dtype)[t]


class SoftmaxWithLoss:
    """Softmax and cross entropy (chapter 5.6): the backward pass is (y - t) / N. Scores (N, classes), labels t (N,)."""

    def answers(self, scores):
        return softmax(scores)

    def targets(self, t, scores):
        return one_hot(t, scores)

    def forward(self, scores, t):
        self.y, self.t = softmax(scores), self.targets(t, scores)
        shifted = scores - scores.max(axis=1, keepdims=True)
        log_y = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        self.loss = -(self.t * log_y).sum() / len(t)
        return self.loss

    def backward(self):
        return (self.y - self.t) / len(self.t)


class SmoothedSoftmaxWithLoss(SoftmaxWithLoss):
    """The same with label smoothing: a share of every target is spread over all classes. Szegedy et al. 2016."""

    def __init__(self, share):
        self.share = share

    def targets(self, t, scores):
        return (1 - self.share) * one_hot(t, scores) + self.share / scores.shape[1]


class IdentityWithLoss:
    """Half the sum of squared errors (chapter 4.2). Scores (N, classes), labels t (N,)."""

    def answers(self, scores):
        return scores

    def forward(self, scores, t):
        self.y, self.t = scores, one_hot(t, scores)
        self.loss = 0.5 * ((self.y - self.t) ** 2).sum() / len(t)
        return self.loss

    def backward(self):
        return (self.y - self.t) / len(self.t)


class SigmoidWithLoss:
    """A yes or no for each class by itself: sigmoid and cross entropy. Scores (N, classes), labels t (N,)."""

    def answers(self, scores):
        return (1 + np.tanh(scores / 2)) / 2

    def forward(self, scores, t):
        self.y, self.t = self.answers(scores), one_hot(t, scores)
        self.loss = (np.maximum(scores, 0) - scores * self.t + np.log1p(np.exp(-abs(scores)))).sum() / len(t)
        return self.loss

    def backward(self):
        return (self.y - self.t) / len(self.t)


# -- optimizers (chapter 6.1) ----------------------------------------------------------------------------------------
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


# -- around a step ---------------------------------------------------------------------------------------------------
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
