"""How images come to the network in a file: read, and scaled as the model learned them."""

from __future__ import annotations

from fishlab.core.data.scaling import Scaling
from fishlab.core.exchange.formats import Subject
from fishlab.core.spec import DataSpec


def scaling_of(subject: Subject) -> Scaling:
    """What becomes of a grey level: as the model learned it, else as far as it can be told without images."""
    if subject.model:
        return subject.model.scaling
    data = subject.project.data
    levels = data.scaling != "raw" and loader(data) == "load_mnist"
    return Scaling(1 / 255 if levels else 1.0, 0.0)


FINDERS = {
    "standard": "find_scaling(x, groups=1)",
    "channels": "find_scaling(x, groups=IN_SHAPE[0])",
    "pixels": "find_scaling(x, groups=x[0].size)",
    "whitened": "find_whitening(x, EPSILON)",
}


def finder(subject: Subject) -> str:
    """The expression for what a training finds from its images; empty where nothing is, or a model knows it."""
    return "" if subject.model else FINDERS.get(subject.project.data.scaling, "")


def is_whitened(subject: Subject) -> bool:
    """Whether arrays belong to the scaling."""
    return scaling_of(subject).whitening is not None or bool(finder(subject))


def scaled(subject: Subject) -> str:
    """The function that prepares images for the network."""
    line = "images.astype(DTYPE) * DTYPE(SCALE) + DTYPE(SHIFT)"
    if is_whitened(subject):
        line = f"whitened({line})"
    return (
        "def scaled(images):\n"
        '    """Images (N, ...) as the network learns from them (chapter 3.6)."""\n'
        f"    return {line}"
    )


LOADERS = dict.fromkeys(("auto", "mnist", "digits", "fashion_mnist", "kmnist"), "load_mnist")


def loader(data: DataSpec) -> str:
    """The function that reads images: MNIST's files, or an .npz file for all else."""
    return LOADERS.get(data.source, "load_npz")
