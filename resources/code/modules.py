"""Modules that PyTorch lacks, losses, and what is done around a step. FishLab itself needs no PyTorch."""

import torch
from torch import nn


class Residual(nn.Module):
    """y = body(x) + shortcut(x) (chapter 8.2). He et al. 2015. An empty shortcut passes x on."""

    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class Parallel(nn.Module):
    """What the branches make of x, one behind the other along the channels (chapter 8.2). Szegedy et al. 2014."""

    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class BookDropout(nn.Module):
    """Dropout as the book has it (chapter 6.4): training sets a random share to zero, predicting scales all down."""

    def __init__(self, ratio):
        super().__init__()
        self.ratio = ratio

    def forward(self, x):
        return x * (torch.rand_like(x) >= self.ratio) if self.training else x * (1 - self.ratio)


class Step(nn.Module):
    """y = 1 where x > 0, else 0 (chapter 3.2). Its slope is zero: nothing before it learns."""

    def forward(self, x):
        return (x > 0).to(x.dtype) + 0 * x


class Frozen(nn.Module):
    """A layer that keeps what it has learned, also the running statistics of a batch normalization."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer.eval().requires_grad_(False)

    def train(self, mode=True):
        return super().train(False)

    def forward(self, x):
        return self.layer(x)


def squared_error(scores, t):
    """Half the sum of squared errors (chapter 4.2)."""
    return (scores - nn.functional.one_hot(t, scores.shape[1])).square().sum() / (2 * len(t))


def binary_cross_entropy(scores, t):
    """A yes or no for each class by itself, added up over the classes."""
    wanted = nn.functional.one_hot(t, scores.shape[1]).to(scores.dtype)
    return nn.functional.binary_cross_entropy_with_logits(scores, wanted, reduction="sum") / len(t)


def learned(network):
    """All that training moves."""
    return [param for param in network.parameters() if param.requires_grad]


def weights(network):
    """The weights that training moves, without biases and without the scales of normalizations."""
    modules = [module for module in network.modules() if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d))]
    return [module.weight for module in modules if module.weight.requires_grad]


def groups(network, weight_decay):
    """What the optimizer moves: weights, which decay (chapter 6.4), and the rest, which does not."""
    decaying = weights(network)
    known = {id(weight) for weight in decaying}
    rest = [param for param in learned(network) if id(param) not in known]
    return [{"params": decaying, "weight_decay": weight_decay}, {"params": rest, "weight_decay": 0.0}]


def set_rate(optimizer, rate):
    """The learning rate of the next step."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def as_in_the_book(optimizer, step):
    """Adam adds 1e-7 to sqrt(v) here, and not to sqrt(v) once it is corrected for the start."""
    for group in optimizer.param_groups:
        group["eps"] = 1e-7 / (1 - group["betas"][1] ** step) ** 0.5


@torch.no_grad()
def hold_lengths(network, most):
    """The weights that lead into a unit, taken as a vector, are no longer than this. Srivastava et al. 2014."""
    for module in network.modules():
        if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)) and module.weight.requires_grad:
            units_first = module.weight.transpose(0, 1) if isinstance(module, nn.ConvTranspose2d) else module.weight
            lengths = units_first.flatten(1).norm(dim=1)
            units_first *= (most / lengths).clamp(max=1).reshape(-1, *[1] * (units_first.ndim - 1))
