"""A network and its training as one file of PyTorch."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fishlab.core.exchange.code import common, epochs, images
from fishlab.core.exchange.code.assembly import assemble
from fishlab.core.exchange.code.changes import augmented
from fishlab.core.exchange.code.loop import training_loop
from fishlab.core.exchange.code.parts import library
from fishlab.core.exchange.code.stack import Named, Walk
from fishlab.core.exchange.code.starts import initial_params
from fishlab.core.exchange.code.text import Made
from fishlab.core.exchange.code.torch_layers import TENSORS, writes
from fishlab.core.exchange.code.torch_training import is_adam, losses, optimizer, train_step
from fishlab.core.exchange.code.weights import write_code
from fishlab.core.exchange.formats import Progress, Subject
from fishlab.core.losses import LossSpec
from fishlab.core.spec import NetworkSpec, TrainingSpec

SUMMARY = "in PyTorch"


def write_torch(subject: Subject, path: Path, progress: Progress) -> list[Path]:
    """Write the file and its weights; returns both. Raises ExchangeError for what it cannot say, and SaveError."""
    weights = subject.weights
    named = walk_of(subject.trained.network).named
    arrays = {tensor_name(one): weights[one.key].T if one.turned else weights[one.key] for one in named}
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return write_code(path, torch_source(subject, path), arrays, images.scaling_of(subject), progress)


def torch_source(subject: Subject, path: Path) -> str:
    """The text of the file."""
    project = subject.trained
    walk, training = walk_of(project.network), project.training
    functions = [
        images.scaled(subject),
        TENSOR,
        initial_params(walk.named, tensor_name),
        common.LOAD_PARAMS,
        _build_network(walk.made, training.precision),
        *_loss(project.network.loss),
        SCORES_OF,
        PREDICT,
        common.ACCURACY,
        augmented(project.data.augmentation),
        train_step(training),
        epochs.rate_factor(training.schedule),
        _train(subject),
        _save(images.is_whitened(subject)),
        common.main(project.data),
    ]
    said = common.remark_lines([*common.remarks(subject), *_remarks(project.network, training)])
    doc = common.docstring(subject, SUMMARY, path)
    parts = library("modules", *common.SNIPPETS)
    return assemble(doc, said, parts, common.settings(subject).values(), filter(None, functions))


def walk_of(network: NetworkSpec) -> Walk:
    """The layers and parameters as this dialect writes them."""
    return Walk(network, writes)


def tensor_name(named: Named) -> str:
    """What a parameter is called in PyTorch's state dict."""
    return named.path + TENSORS[named.info.name]


def _remarks(network: NetworkSpec, training: TrainingSpec) -> list[str]:
    said = []
    if any(made.name.startswith("nn.BatchNorm") for made in walk_of(network).every):
        said.append(
            "PyTorch moves the running variance of a batch normalization by M / (M - 1) of the batch's, M being how "
            "many numbers a channel has; FishLab by the batch's own."
        )
    if hasattr(training.optimizer, "momentum") and epochs.rate(training):
        said.append(
            "PyTorch multiplies all of a step by the rate of that step, FishLab what the gradient adds to it: under a "
            "rate that changes the two differ a little."
        )
    return said


# -- functions of the file ---------------------------------------------------------------------------------------------
TENSOR = '''\
def tensor(images):
    """Images (N, ...) of 0..255 as the network takes them."""
    return torch.from_numpy(scaled(images))'''

SCORES_OF = '''\
@torch.no_grad()
def scores_of(network, images):
    """The scores of images (N, ...) of 0..255, some at a time: (N, classes)."""
    network.eval()
    return np.concatenate([network(tensor(images[i : i + 100])).numpy() for i in range(0, len(images), 100)])'''

PREDICT = '''\
def predict(network, images):
    """What the network answers to images (N, ...) of 0..255, such as probabilities: (N, classes)."""
    return answers(torch.from_numpy(scores_of(network, images))).numpy()'''

VAL_LOSS = "loss(torch.from_numpy(scores), torch.from_numpy(t_val)).item()"


def _build_network(layers: tuple[Made, ...], precision: str) -> str:
    lines = [
        "def build_network(params):",
        '    """The layers from top to bottom; beside them, the shapes of one image that go in and come out."""',
        "    network = nn.Sequential(",
        *(line for layer in layers for line in layer.lines(2, ("nn.Sequential(", ")"))),
        f"    ){CASTS[precision]}",
        "    network.load_state_dict({name: torch.from_numpy(array) for name, array in params.items()})",
        "    return network",
    ]
    return "\n".join(lines)


CASTS = {"float32": "", "float64": ".double()"}


def _loss(spec: LossSpec) -> tuple[str, str]:
    loss, answers = losses[spec.kind](spec)
    return (
        f'def loss(scores, t):\n    """The loss of scores (N, classes) for labels t (N,)."""\n    return {loss}',
        f'def answers(scores):\n    """What the scores (N, classes) say."""\n    return {answers}',
    )


def _save(whitened: bool) -> str:
    more = ", **scaling()" if whitened else ""
    return (
        "def save(network, name):\n"
        '    """The weights as they are now, in another file beside this one."""\n'
        "    params = {key: value.numpy() for key, value in network.state_dict().items()}\n"
        f'    np.savez(WEIGHTS.with_stem(f"{{WEIGHTS.stem}}-{{name}}"), **params{more})'
    )


def _train(subject: Subject) -> str:
    training = subject.trained.training
    rate = epochs.rate(training)
    before_step = [
        *([f"set_rate(optimizer, {rate})"] if rate else []),
        *(["as_in_the_book(optimizer, len(losses) + 1)"] if is_adam(training) else []),
    ]
    return training_loop(subject, optimizer(training), before_step, VAL_LOSS)
