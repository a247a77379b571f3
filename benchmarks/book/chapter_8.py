"""Chapter 8: deep networks."""

from __future__ import annotations

import dataclasses
import statistics
import time
from pathlib import Path

import numpy as np

from benchmarks.book.chapter_7 import after_one_epoch
from benchmarks.book.claims import Numbers, Run, Shown, claim
from benchmarks.book.networks import THREADS, accuracy, follow, from_template, images, losses, together, trained
from fishlab.core.augmentation import AUGMENTATIONS, AugmentationSpec
from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import ImageSet, load_dataset
from fishlab.core.data.prepare import Prepared, prepare
from fishlab.core.evaluation import evaluate_now
from fishlab.core.events import StepDone
from fishlab.core.files.project import open_project, save_project
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.precision import network_in
from fishlab.core.schedules import SCHEDULES
from fishlab.core.spec import ProjectSpec
from fishlab.core.training import Trainer
from fishlab.core.transfer import replace_head

MEMBERS = 5
EPOCHS, AUGMENTED_EPOCHS = 12, 15
BOTH = (Shown("test", "test"), Shown("train", "training"))


def _deep(run: Run, epochs: int) -> ProjectSpec:
    cosine = SCHEDULES["cosine"].item()
    return from_template("DeepConvNet", run.seed, epochs=run.few(epochs), batch_size=100, schedule=cosine)


def _shaken(spec: ProjectSpec) -> ProjectSpec:
    """The same on images that are turned, scaled, slanted and moved anew in every step, with less dropout."""
    layers = (layer.replace(rate=0.2) if layer.kind == "dropout" else layer for layer in spec.network.layers)
    return spec.replace(data=spec.data.replace(augmentation=affine()), network=spec.network.with_layers(layers))


def affine() -> tuple[AugmentationSpec, ...]:
    """11 degrees, 12 % of the size, a slant of 0.2 and 2 pixels at most."""
    most = {"rotate": {"degrees": 11.0}, "scale": {"share": 0.12}, "shear": {"slant": 0.2}, "shift": {"pixels": 2.0}}
    return tuple(AUGMENTATIONS[kind].item.Spec(**values) for kind, values in most.items())


def model(run: Run, name: str, spec: ProjectSpec) -> Checkpoint:
    """The network that a claim trained with this seed, from its file or, where there is none, trained now."""
    path = Path(run.models) / f"{name}-{run.seed}.fishlab"
    if not path.exists():
        trainer = Trainer(spec, images(spec))
        follow(trainer, each_epoch=lambda done: run.say(f"{path.stem}, epoch {done.epoch}: {done.train_accuracy:.2%}"))
        save_project(path, trainer.project, trainer.checkpoint())
    found = open_project(path)[1]
    assert found is not None
    return found


def _scores(found: Checkpoint) -> Numbers:
    data = images(found.project)
    network = found.network()
    return {part: accuracy(network, getattr(data, part), data.scaling) for part in ("train", "test")}


@claim(
    "99.38 % of the test images.",
    lambda n: n["test"] >= 0.9938,
    *BOTH,
    why="At one rate throughout, a run went up and down between 99.07 and 99.42 % from its fifth to its 14th epoch.",
)
def deep_conv_net(run: Run) -> Numbers:
    """The template DeepConvNet, all 60,000 images, Adam 0.001, batches of 100; where the book has 20 epochs of one
    rate, 12 along a cosine. Dropout stands before the scores, not behind them too."""
    return _scores(model(run, "deep_conv_net", _deep(run, EPOCHS)))


@claim("99.6 % with augmentation: better than without.", lambda n: n["test"] >= 0.996, *BOTH, seeds=MEMBERS)
def deep_conv_net_augmented(run: Run) -> Numbers:
    """The same network, 15 epochs along a cosine, of images that are turned by up to 11 degrees, scaled by 12 %,
    slanted by 0.2 and moved by 2 pixels, each anew in every step. Dropout is 0.2, for such images are hard to learn by
    heart."""
    return _scores(model(run, "deep_conv_net_augmented", _shaken(_deep(run, AUGMENTED_EPOCHS))))


@claim(
    "Five of those together: 99.7 %.",
    lambda n: n["together"] >= 0.997,
    Shown("together", "five together"),
    Shown("best", "best member"),
    Shown("worst", "worst member"),
    seeds=1,
)
def deep_ensemble(run: Run) -> Numbers:
    """The mean of the probabilities of the five networks that were trained with augmentation."""
    models = []
    for member in range(run.seed, run.seed + MEMBERS):
        one = Run(member, run.quick, run.models, run.say)
        models.append(model(one, "deep_conv_net_augmented", _shaken(_deep(one, AUGMENTED_EPOCHS))))
    return together(models, images(models[0].project).test)


@claim(
    "Half precision answers as well as full.",
    lambda n: max(n["float64"], n["float32"], n["float16"]) - min(n["float64"], n["float32"], n["float16"]) <= 0.0005,
    Shown("float64", "float64"),
    Shown("float32", "float32"),
    Shown("float16", "float16"),
)
def half_precision(run: Run) -> Numbers:
    """DeepConvNet as it was trained above, its 10,000 test images answered in float64, float32 and float16."""
    found = model(run, "deep_conv_net", _deep(run, EPOCHS))
    test = images(found.project).test
    numbers = {}
    for precision in ("float64", "float32", "float16"):
        network = network_in(precision, found.project.network, found.weights)
        numbers[precision] = evaluate_now(network, test, found.scaling, threads=THREADS).accuracy
    return numbers


@claim(
    "VGG, GoogLeNet and ResNet in small learn: more than 97.5 % of the test images after one epoch.",
    lambda n: min(n.values()) > 0.975,
    *(Shown(name, name) for name in ("VGG-11", "GoogLeNet", "ResNet")),
)
def vgg_googlenet_resnet(run: Run) -> Numbers:
    """The templates as they are, all 60,000 images, one epoch."""
    return after_one_epoch(run, "VGG-11", "GoogLeNet", "ResNet")


@claim(
    "Of 20 layers in a row nothing is learned; with shortcuts all learn.",
    lambda n: n["plain"] > 2.29 and n["residual"] < 0.5,
    Shown("plain", "loss, plain", "number"),
    Shown("residual", "residual", "number"),
    Shown("plain_he", "plain from He", "number"),
    why="It is the initial values that twenty plain layers do not bear. MNIST is too easy for what He et al. saw at 56 "
    "layers with normalization.",
)
def twenty_layers(run: Run) -> Numbers:
    """The templates Plain-20 and ResNet-20: the same layers, deviation 0.01 at the start, no normalization, Adam 0.001,
    300 batches of 100; mean loss of the last 50. Beside them Plain-20 from He's initial values."""
    plain, residual = (from_template(name, run.seed, epochs=1) for name in ("Plain-20", "ResNet-20"))
    other = plain.network.with_layers(
        spec.replace(init="he") if spec.kind == "convolution" else spec for spec in plain.network.layers
    )
    specs = {"plain": plain, "residual": residual, "plain_he": plain.replace(network=other)}
    return {name: float(losses(trained(spec, steps=run.few(300)))[-50:].mean()) for name, spec in specs.items()}


FEWER = (10, 25, 100)


@claim(
    "On features that were learned from other images a new head needs fewer images.",
    lambda n: n["kept_25"] > n["new_25"],
    *(Shown(f"{name}_{count}", f"{count} {title}") for count in FEWER
      for name, title in (("kept", "images for a new head"), ("new", "for a new network"))),
    why="Asked for is 25 images, about five of each digit. From two of each neither learns much, from twenty both do.",
)  # fmt: skip
def transfer(run: Run) -> Numbers:
    """The convolutions of DeepConvNet, dropout and an affine layer learn the digits 0 to 4 for an epoch; the
    convolutions are frozen, and a new affine layer learns the digits 5 to 9 from a few images, 200 steps of Adam.
    Beside it the whole network learns them from the same images."""
    first = _of_convolutions(run)
    learned = trained(first, prepared(first, range(5)), steps=run.few(306)).checkpoint()
    numbers = {}
    for count in FEWER:
        batch = min(count, 25)
        epochs = run.few(200 * batch // count)
        spec = first.replace(
            data=first.data.replace(subset=count),
            training=dataclasses.replace(first.training, batch_size=batch, epochs=epochs),
        )
        data = prepared(spec, range(5, 10))
        project, weights = replace_head(spec, learned, 5)
        for name, trainer in (("kept", Trainer(project, data, start=weights)), ("new", Trainer(spec, data))):
            follow(trainer)
            numbers[f"{name}_{count}"] = accuracy(trainer.network, data.test, data.scaling)
    return numbers


def _of_convolutions(run: Run) -> ProjectSpec:
    """DeepConvNet without its hidden affine layer, for five classes."""
    spec = from_template("DeepConvNet", run.seed, epochs=1)
    *front, hidden, relu, dropout, scores = spec.network.layers
    assert (hidden.kind, relu.kind, dropout.kind) == ("affine", "relu", "dropout")
    network = spec.network.with_layers([*front, dropout, scores.replace(units=5)])
    return spec.replace(network=dataclasses.replace(network, classes=5))


def prepared(spec: ProjectSpec, digits: range) -> Prepared:
    """The images of some digits, which become classes from 0 on."""
    whole = load_dataset(spec.data)
    parts = []
    for part in (whole.train, whole.test):
        chosen = np.flatnonzero(np.isin(part.labels, digits))
        parts.append(ImageSet(part.images[chosen], part.labels[chosen] - digits.start))
    return prepare(dataclasses.replace(whole, train=parts[0], test=parts[1]), spec.data, seed=spec.training.seed)


@claim(
    "Batches shared among workers give the same bits in threads and processes, in less time than one takes.",
    lambda n: n["same"] == 1 and n["times"] > 1.1,
    Shown("same", "threads and processes give the same bits (1: yes)", "count"),
    Shown("times", "two processes are times as fast as one thread", "number"),
)
def workers(run: Run) -> Numbers:
    """SimpleConvNet, batches of 100: 40 steps with two threads and with two processes, all weights compared; then in
    turns one thread and two processes, 100 steps each, five rounds, the median of the ratios."""
    spec = from_template("SimpleConvNet", run.seed, epochs=1)
    data = images(spec)
    ends = [trained(spec, data, steps=40, way=Way(kind, 2)).network.values for kind in ("threads", "processes")]
    two, rounds = Way("processes", 2), 1 if run.quick else 5
    ratios = [_seconds(spec, data, ONE) / _seconds(spec, data, two) for _ in range(rounds)]
    return {"same": float(np.array_equal(*ends)), "times": statistics.median(ratios)}


def _seconds(spec: ProjectSpec, data: Prepared, way: Way) -> float:
    """How long 100 steps take, once all have begun."""
    trainer, began = Trainer(spec, data, way=way), 0.0
    events = trainer.events()
    for event in events:
        if isinstance(event, StepDone):
            if trainer.position.step == 20:
                began = time.perf_counter()
            elif trainer.position.step == 120:
                break
    taken = time.perf_counter() - began
    events.close()
    return taken
