"""Generated stacks train in every way of running: the same bits for as many workers, the same numbers to rounding.

The first step is compared number by number with one worker's, on images that keep away from the corners of ReLU and
pooling. Later steps only bit by bit: there a rounding may already have pushed a number over a corner.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from small_runs import assert_same_arrays
from test_generated_stacks import batch_away_from_corners, build, on_a_stack_with_room, tolerance

from benchmarks.stacks import random_batch_size, random_stack
from fishlab.core.augmentation import AUGMENTATIONS
from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.batches import epoch_order
from fishlab.core.data.dataset import ImageSet
from fishlab.core.data.prepare import Prepared, Scaling
from fishlab.core.evaluation import evaluate_now
from fishlab.core.events import StepDone
from fishlab.core.network import Network
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.schedules import SCHEDULES
from fishlab.core.spec import DECAYS, NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.core.training import Trainer

Array = np.ndarray
SCALING = Scaling(1 / 64, -2.0)  # exact in float32
RATE, STEPS = 0.25, 3
TWO, THREE = Way("threads", 2), Way("threads", 3)
TWO_PROCESSES, THREE_PROCESSES = Way("processes", 2), Way("processes", 3)
FAST, ALL = range(800, 806), range(800, 1000)


class Lesson(NamedTuple):
    """A project whose epochs are one batch each, and how exactly its first step has to be met."""

    project: ProjectSpec
    data: Prepared
    start: dict[str, Array]
    scales: dict[str, float]
    share: float
    rate: float


def pixels(rng: np.random.Generator, spec: NetworkSpec, count: int, dtype: object) -> Array:
    """Images as they are after scaling: grey levels of which many are 0 and 255."""
    levels = np.clip(rng.normal(128, 80, (count, *spec.in_shape)), 0, 255).astype(np.uint8)
    return SCALING.apply(levels)


def lesson(seed: int) -> Lesson:
    spec, batch = random_stack(seed, small=True), random_batch_size(seed, most=60)
    network, rng = build(spec, seed, np.float32), np.random.default_rng([seed, 9])
    room = 8 * float(np.finfo(np.float32).eps)
    images, labels, wanted = batch_away_from_corners(network, rng, batch, 0, room, draw=pixels)
    order = epoch_order(batch, seed, 0)
    levels, answers = np.empty(images.shape, np.uint8), np.empty(batch, np.intp)
    levels[order], answers[order] = (images - SCALING.shift) / SCALING.scale, labels
    known, none = ImageSet(levels, answers), ImageSet(levels[:0].copy(), answers[:0].copy())
    rate = RATE / max(1.0, wanted.loss)  # squared errors start large, and would diverge
    settings = TrainingSpec(
        batch_size=batch,
        epochs=STEPS,
        seed=seed,
        weight_decay=0.01,
        optimizer=OPTIMIZERS["sgd"].item.Spec(learning_rate=rate),
    )
    project = ProjectSpec(network=spec, training=settings)
    data = Prepared("Drawn", "digits", known, none, none, SCALING)
    return Lesson(project, data, network.arrays(), wanted.scales, tolerance(network, batch), rate)


def learn(lesson: Lesson, way: Way) -> list[tuple[float, float, Checkpoint]]:
    """(loss, accuracy, checkpoint) of each step."""
    trainer = Trainer(lesson.project, lesson.data, start=lesson.start, way=way)
    events = (event for event in trainer.events() if isinstance(event, StepDone))
    found = [(event.loss, event.accuracy, trainer.checkpoint()) for event in events]
    assert trainer.way == way, "It lost its helpers."
    return found


def assert_same_bits(one: list[tuple[float, float, Checkpoint]], other: list[tuple[float, float, Checkpoint]]) -> None:
    assert [step[:2] for step in one] == [step[:2] for step in other]
    for (*_, mine), (*_, theirs) in zip(one, other, strict=True):
        assert_same_arrays(mine.weights, theirs.weights)


def assert_close(lesson: Lesson, one: tuple[float, float, Checkpoint], other: tuple[float, float, Checkpoint]) -> None:
    """Weights that moved by the same gradient, and the same running statistics, to rounding."""
    assert other[0] == pytest.approx(one[0], rel=lesson.share)
    assert other[1] == one[1]
    for key, value in one[2].weights.items():
        moved = max(lesson.scales.get(key, 0.0), float(abs(value - lesson.start[key]).max()) / lesson.rate)
        room = lesson.share * moved * (lesson.rate if "running" not in key else 1) + 4e-7 * float(abs(value).max())
        away = float(abs(other[2].weights[key] - value).max())
        assert away <= room, f"{key}: away by {away:.3g}, {room:.3g} may be"


def check(seed: int, *ways: tuple[Way, ...]) -> None:
    """One worker, and groups of ways that must agree to the last bit."""
    given = lesson(seed)
    alone = learn(given, ONE)
    assert len(alone) == STEPS
    for group in ways:
        first, *others = [learn(given, way) for way in group]
        for other in others:
            assert_same_bits(first, other)
        assert_close(given, alone[0], first[0])


@pytest.mark.one_in(4)
@pytest.mark.parametrize("seed", FAST)
def test_generated_networks_learn_the_same_in_threads(seed: int) -> None:
    on_a_stack_with_room(lambda seed: check(seed, (TWO, TWO), (THREE,)), seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", FAST[:2])
def test_generated_networks_learn_the_same_in_processes(seed: int) -> None:
    on_a_stack_with_room(lambda seed: check(seed, (TWO, TWO_PROCESSES)), seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [801, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (800, 802))])
def test_generated_networks_learn_the_same_from_augmented_images(seed: int) -> None:
    """Every augmentation there is; images that were changed do not keep away from corners, so bits are compared."""
    given = lesson(seed)
    data = given.project.data.replace(augmentation=tuple(entry.item.Spec() for entry in AUGMENTATIONS))
    changed = given._replace(project=given.project.replace(data=data))
    two, alone = learn(changed, TWO), learn(changed, ONE)
    assert_same_bits(two, learn(changed, TWO_PROCESSES))
    assert_same_bits(learn(changed, THREE), learn(changed, THREE))
    assert two[0][0] == pytest.approx(alone[0][0], rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("seed", ALL)
def test_two_hundred_generated_networks_learn_the_same_in_threads_and_every_other_in_processes(seed: int) -> None:
    two = (TWO, TWO_PROCESSES) if seed % 2 == 0 else (TWO, TWO)
    three = (THREE, THREE_PROCESSES) if seed % 10 == 0 else (THREE, THREE)
    on_a_stack_with_room(lambda seed: check(seed, (ONE, ONE), two, three), seed)


def learning_otherwise(given: Lesson, seed: int) -> Lesson:
    """The same lesson with an optimizer, a schedule, clipping and decay as they are drawn."""
    rng = np.random.default_rng([seed, 11])
    optimizer, schedule, decay = (rng.choice(kinds) for kinds in (OPTIMIZERS.kinds(), SCHEDULES.kinds(), list(DECAYS)))
    training = given.project.training.replace(
        optimizer=OPTIMIZERS[optimizer].item.Spec(learning_rate=given.rate / 10),
        schedule=SCHEDULES[schedule].item(warm_up=float(rng.choice([0, 1.5]))),
        clip_norm=float(rng.choice([0, 0.1])),
        decay_kind=str(decay),
        max_norm=0.5,
    )
    return given._replace(project=given.project.replace(training=training))


def check_learning_otherwise(seed: int) -> None:
    given = learning_otherwise(lesson(seed), seed)
    one, other = learn(given, TWO), learn(given, TWO_PROCESSES)
    assert_same_bits(one, other)
    assert len(one) == STEPS
    for (*_, mine), (*_, theirs) in zip(one, other, strict=True):
        for slot, table in mine.memory.items():
            assert_same_arrays(table, theirs.memory[slot])


@pytest.mark.slow
@pytest.mark.parametrize("seed", FAST[:1])
def test_generated_networks_learn_the_same_however_they_learn(seed: int) -> None:
    on_a_stack_with_room(check_learning_otherwise, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", ALL[:60])
def test_sixty_generated_networks_learn_the_same_however_they_learn(seed: int) -> None:
    on_a_stack_with_room(check_learning_otherwise, seed)


@pytest.mark.one_in(5)
@pytest.mark.parametrize(
    ("seed", "way"), [*((seed, way) for seed in (810, 811, 812) for way in (ONE, TWO)), (811, TWO_PROCESSES)], ids=str
)
def test_looking_at_a_generated_network_between_two_steps_changes_no_bit(seed: int, way: Way) -> None:
    """Predictions of one image, of a batch as large as the training's and of another size, and an evaluation."""

    def check(seed: int) -> None:
        given = lesson(seed)
        undisturbed = learn(given, TWO if way == TWO_PROCESSES else way)
        trainer = Trainer(given.project, given.data, start=given.start, way=way)
        seen, images = [], SCALING.apply(given.data.train.images)
        for event in trainer.events():
            if isinstance(event, StepDone):
                seen.append((event.loss, event.accuracy, trainer.checkpoint()))
                for chosen in (images, images[:1], images[: len(images) // 2 + 1], images):
                    trainer.network.predict(chosen)
                evaluate_now(trainer.network, given.data.train, SCALING)
        assert_same_bits(undisturbed, seen)

    on_a_stack_with_room(check, seed)


def test_the_first_step_of_one_worker_is_the_network_s_own() -> None:
    """The lesson is what it says: one batch, in this order, with these masks."""
    given = lesson(FAST[0])
    network = Network(given.project.network, seed=given.project.training.seed, start=given.start)
    order = epoch_order(len(given.data.train), given.project.training.seed, 0)
    x = np.ascontiguousarray(np.moveaxis(SCALING.apply(given.data.train.images[order]), 0, -1))
    network.begin_step(0)
    loss, _ = network.gradient_step(x, given.data.train.labels[order])
    found, *_ = learn(given, ONE)
    assert found[0] == pytest.approx(loss, rel=1e-6)
    values = dict(network.split(network.values))
    for key, grad in network.split(network.grads):
        decay = 0.01 * values[key] if key.endswith("/W") else 0
        np.testing.assert_allclose(
            found[2].weights[key], values[key] - given.rate * (grad + decay), rtol=1e-5, atol=1e-6
        )
