"""Losses."""

import numpy as np
from book_activations import softmax


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
