"""What the files of both dialects have alike: the words at the top, the settings, and the program at the end."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fishlab import __version__
from fishlab.core.data.dataset import DIGITS
from fishlab.core.exchange.code.images import loader, scaling_of
from fishlab.core.exchange.code.text import comment, listing, literal, plain
from fishlab.core.exchange.formats import Subject
from fishlab.core.layers import LAYERS
from fishlab.core.spec import DataSpec

SNIPPETS = ("starts", "rates", "data", "changed_images")


def docstring(subject: Subject, summary: str, path: Path) -> str:
    """The first lines of a file."""
    name = plain(subject.trained.network.name, 50) or "A network"
    file, weights = plain(path.name, 50), plain(path.with_suffix(".npz").name, 50)
    model = subject.model
    what = f"trained on {plain(model.data_name, 50)}" if model else "which it begins with"
    return (
        f'"""{name}: a network and its training.\n\n'
        f"Written by FishLab {__version__} {summary}.\n"
        f"The weights, {what}, are in {weights}.\n\n"
        f"    python {file} DATA          measures it on the test images\n"
        f"    python {file} DATA train    trains it from the beginning\n\n"
        f'DATA is {DATA[loader(subject.trained.data)]}.\n"""'
    )


DATA = {
    "load_mnist": "a folder with the four files of MNIST, or of a set like it",
    "load_npz": "an .npz file with x_train, y_train, x_test and y_test",
}


def how_to_run(subject: Subject, path: Path) -> tuple[str, str]:
    """The command that runs a file written of a subject, as a shell takes it, and what DATA in it stands for."""
    words = ["python", f".{os.sep}{path}" if str(path).startswith("-") else str(path), "DATA"]
    command = subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
    return command, DATA[loader(subject.trained.data)]


# -- settings ----------------------------------------------------------------------------------------------------------
def settings(subject: Subject) -> dict[str, str]:
    """The constants of a file by name, each with its line; a file has those that it uses."""
    project, training = subject.trained, subject.trained.training
    scaling = scaling_of(subject)
    values: dict[str, Any] = {
        "SEED": training.seed,
        "IN_SHAPE": project.network.in_shape,
        "SCALE": scaling.scale,
        "SHIFT": scaling.shift,
        "EPSILON": project.data.epsilon,
        "SUBSET": project.data.subset or None,
        "VALIDATION": project.data.validation,
        "BATCH_SIZE": training.batch_size,
        "EPOCHS": training.epochs,
        "LEARNING_RATE": training.optimizer.learning_rate,
        "WEIGHT_DECAY": training.weight_decay,
        "MAX_NORM": training.max_norm,
        "CLIP_NORM": training.clip_norm,
        "PATIENCE": training.patience,
    }
    lines = {name: f"{name} = {FRACTIONS.get(value) or literal(value)}" for name, value in values.items()}
    lines["DTYPE"] = f"DTYPE = np.{training.precision}"
    lines["WEIGHTS"] = 'WEIGHTS = Path(__file__).with_suffix(".npz")'
    lines["SCALING"] = "SCALING = {}  # what is found from the images"
    lines["CLASS_NAMES"] = listing("CLASS_NAMES", class_names(subject))
    return lines


FRACTIONS = {1 / 255: "1 / 255", 1 / 12: "1 / 12"}


def class_names(subject: Subject) -> Sequence[str]:
    """What the classes are called; numbers where nobody has named them."""
    count = subject.trained.network.classes
    names = subject.model.class_names if subject.model else DIGITS
    return names if len(names) == count else [str(number) for number in range(count)]


LOAD_PARAMS = '''\
def load_params():
    """The weights beside this file."""
    with np.load(WEIGHTS, allow_pickle=False) as file:
        return {name: file[name] for name in file.files if not name.startswith("scaling")}'''

ACCURACY = '''\
def accuracy(network, images, t):
    """The share of images that are recognised."""
    return np.mean(scores_of(network, images).argmax(axis=1) == t)'''


def main(data: DataSpec) -> str:
    """The function that the file runs as a program."""
    return MAIN.replace("LOADER", loader(data))


MAIN = '''\
def main():
    """What this file does as a program."""
    place, *wishes = arguments()
    x_train, t_train, x_test, t_test = LOADER(place)
    network = build_network(load_params())
    if "train" in wishes:
        network = build_network(initial_params())
        train(network, x_train, t_train)
        save(network, "trained")
    right = scores_of(network, x_test).argmax(axis=1) == t_test
    print(f"accuracy on {len(t_test):,} test images: {right.mean():.4f}")
    for number, name in enumerate(CLASS_NAMES):
        if (t_test == number).any():
            print(f"    {name}: {right[t_test == number].mean():.4f}")'''


# -- what differs ------------------------------------------------------------------------------------------------------
def remarks(subject: Subject) -> list[str]:
    """What a training by this file does otherwise than FishLab, in sentences."""
    project, said = subject.trained, []
    if not subject.model and loader(project.data) == "load_npz":
        said.append("Numbers are taken as they are; grey levels of 0 to 255 want a SCALE of 1 / 255.")
    if any(LAYERS[layer.kind].item.uses_rng for layer in project.network.walk()):
        said.append("Dropout draws other masks than FishLab does, so that a training with it is another one.")
    return said


def remark_lines(said: Sequence[str]) -> str:
    """The sentences as comments."""
    return "\n".join(comment(f"Note: {sentence}") for sentence in said)
