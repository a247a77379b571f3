"""A network and its training as one file of NumPy, in the manner of the book."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

from fishlab.core.exchange.code import common, epochs, images
from fishlab.core.exchange.code.assembly import assemble
from fishlab.core.exchange.code.changes import augmented
from fishlab.core.exchange.code.loop import training_loop
from fishlab.core.exchange.code.numpy_layers import writes
from fishlab.core.exchange.code.numpy_training import losses, optimizers, train_step, unit_axes
from fishlab.core.exchange.code.parts import library
from fishlab.core.exchange.code.stack import Walk
from fishlab.core.exchange.code.starts import initial_params
from fishlab.core.exchange.code.text import Made
from fishlab.core.exchange.code.weights import write_code
from fishlab.core.exchange.formats import Progress, Subject
from fishlab.core.spec import NetworkSpec

BOOK = (
    "book", "book_weights", "book_images", "book_activations", "book_shapes", "book_losses", "book_optimizers",
)  # fmt: skip
SUMMARY = "in NumPy alone, as the book has it"


def write_numpy(subject: Subject, path: Path, progress: Progress) -> list[Path]:
    """Write the file and its weights; returns both. Raises ExchangeError for what it cannot say, and SaveError."""
    weights = subject.weights
    arrays = {one.name: weights[one.key] for one in walk_of(subject.trained.network).named}
    return write_code(path, numpy_source(subject, path), arrays, images.scaling_of(subject), progress)


def numpy_source(subject: Subject, path: Path) -> str:
    """The text of the file."""
    project = subject.trained
    walk = walk_of(project.network)
    doc = common.docstring(subject, SUMMARY, path)
    settings = [*common.settings(subject).values(), unit_axes(walk.named)]
    functions = [
        images.scaled(subject),
        initial_params(walk.named, attrgetter("name")),
        common.LOAD_PARAMS,
        _build_network(project.network, walk.made),
        SCORES_OF,
        PREDICT,
        common.ACCURACY,
        augmented(project.data.augmentation),
        train_step(project.training),
        epochs.rate_factor(project.training.schedule),
        _train(subject),
        _save(images.is_whitened(subject)),
        common.main(project.data),
    ]
    parts = library(*BOOK, *common.SNIPPETS)
    return assemble(doc, common.remark_lines(common.remarks(subject)), parts, settings, filter(None, functions))


def walk_of(network: NetworkSpec) -> Walk:
    """The layers and parameters as this dialect writes them."""
    return Walk(network, writes)


# -- functions of the file ---------------------------------------------------------------------------------------------
SCORES_OF = '''\
def scores_of(network, images):
    """The scores of images (N, ...) of 0..255, some at a time: (N, classes)."""
    return np.concatenate([network.predict(scaled(images[i : i + 100])) for i in range(0, len(images), 100)])'''

PREDICT = '''\
def predict(network, images):
    """What the network answers to images (N, ...) of 0..255, such as probabilities: (N, classes)."""
    return network.last_layer.answers(scores_of(network, images))'''

VAL_LOSS = "network.last_layer.forward(scores, t_val)"


def _build_network(network: NetworkSpec, layers: tuple[Made, ...]) -> str:
    lines = [
        "def build_network(params):",
        '    """The layers from top to bottom; beside them, the shapes of one image that go in and come out."""',
        "    return Network(",
        "        params,",
        *(_stack(layers) if layers else ("        [],",)),
        f"        {losses[network.loss.kind](network.loss)},",
        "    )",
    ]
    return "\n".join(lines)


def _stack(layers: tuple[Made, ...]) -> Iterator[str]:
    yield "        ["
    for layer in layers:
        yield from layer.lines(3, ("[", "]"))
    yield "        ],"


def _save(whitened: bool) -> str:
    more = ", **scaling()" if whitened else ""
    return (
        "def save(network, name):\n"
        '    """The weights as they are now, in another file beside this one."""\n'
        f'    np.savez(WEIGHTS.with_stem(f"{{WEIGHTS.stem}}-{{name}}"), **network.params{more})'
    )


def _train(subject: Subject) -> str:
    training = subject.trained.training
    rate = epochs.rate(training)
    optimizer = optimizers[training.optimizer.kind](training.optimizer)
    return training_loop(subject, optimizer, [f"optimizer.lr = {rate}"] if rate else [], VAL_LOSS)
