"""How FishLab learns against PyTorch, where that is installed: losses, optimizers with decay and clipping, schedules.

Twenty steps go through the whole of a training: batches, chunks of the update, the lot. What PyTorch has no name for
(an L1 penalty, 1/t) is built from its pieces.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from small_runs import layer as layer_spec

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from test_against_pytorch import SHARES, TYPES, as_the_book_writes_it, assert_agrees, both_types  # noqa: E402
from torch.nn import functional  # noqa: E402
from torch.optim import lr_scheduler  # noqa: E402

from benchmarks.torch_stack import OPTIMIZERS as TORCH_OPTIMIZERS  # noqa: E402
from benchmarks.torch_stack import public_tensors, torch_loss, torch_stack  # noqa: E402
from fishlab.core.data.batches import epoch_order  # noqa: E402
from fishlab.core.data.dataset import ImageSet  # noqa: E402
from fishlab.core.data.prepare import Prepared, Scaling  # noqa: E402
from fishlab.core.events import StepDone  # noqa: E402
from fishlab.core.losses import LOSSES  # noqa: E402
from fishlab.core.optimizers import OPTIMIZERS  # noqa: E402
from fishlab.core.parallel.way import ONE, Way  # noqa: E402
from fishlab.core.schedules import SCHEDULES  # noqa: E402
from fishlab.core.spec import NetworkSpec, ProjectSpec, TrainingSpec  # noqa: E402
from fishlab.core.training import Trainer  # noqa: E402

Array = np.ndarray
STEPS, BATCH, RATE, SEED = 20, 24, 0.003, 5
SCALING = Scaling(1 / 64, -2.0)  # exact in float32


# -- losses ----------------------------------------------------------------------------------------------------------
LOSS_SETTINGS = [(kind, {}) for kind in LOSSES.kinds()] + [("softmax_cross_entropy", {"label_smoothing": 0.15})]
ANSWERS: dict[str, Callable[[Any], Any]] = {
    "softmax_cross_entropy": lambda scores: torch.softmax(scores, 1),
    "squared_error": lambda scores: scores,
    "binary_cross_entropy": torch.sigmoid,
}


@both_types
@pytest.mark.parametrize("targets", ["labels", "one-hot", "soft"])
@pytest.mark.parametrize(("kind", "values"), LOSS_SETTINGS)
def test_a_loss_its_answers_and_its_gradient(kind: str, values: dict[str, Any], targets: str, dtype: Any) -> None:
    rng, (classes, batch) = np.random.default_rng(3), (7, 11)
    spec = LOSSES[kind].item.Spec(**values)
    scores, labels = (3 * rng.normal(size=(classes, batch))).astype(dtype), rng.integers(0, classes, batch)
    soft = rng.dirichlet(np.ones(classes), batch).T.astype(dtype)
    given = {"labels": labels, "one-hot": np.eye(classes, dtype=dtype)[:, labels], "soft": soft}[targets]
    theirs = torch.tensor(scores.T.copy(), requires_grad=True)
    wanted = torch_loss(spec)(theirs, torch.from_numpy(given.T.copy()))
    wanted.backward()
    loss = LOSSES[kind].item(spec)
    assert loss.forward(scores, given) == pytest.approx(wanted.item(), rel=SHARES[dtype])
    assert_agrees("gradient", loss.backward(), theirs.grad.numpy().T, 0.0, SHARES[dtype])
    assert_agrees("answers", loss.outputs(scores), ANSWERS[kind](theirs.detach()).numpy().T, 0.0, SHARES[dtype])


# -- twenty steps ----------------------------------------------------------------------------------------------------
def smooth_network() -> NetworkSpec:
    """Without a corner, on which twenty steps could part."""
    return NetworkSpec(
        in_shape=(2, 7, 9),
        layers=(
            layer_spec("convolution", filters=5, kernel_size=(2, 4), stride=(1, 1), padding=(0, 1)),
            layer_spec("tanh"),
            layer_spec("average_pool", pool_size=(2, 2), stride=(2, 2)),
            layer_spec("flatten"),
            layer_spec("affine", units=13),
            layer_spec("sigmoid"),
            layer_spec("affine", units=10),
        ),
    )


def pictures(spec: NetworkSpec) -> Prepared:
    rng, count = np.random.default_rng(7), STEPS * BATCH
    images = ImageSet(rng.integers(0, 256, (count, *spec.in_shape), np.uint8), rng.integers(0, 10, count))
    none = ImageSet(images.images[:0], images.labels[:0])
    return Prepared("Noise", "digits", images, none, none, SCALING)


class Twin:
    """PyTorch's side of a training: the same weights, the same batches."""

    def __init__(self, training: TrainingSpec, network: NetworkSpec, start: dict[str, Array], dtype: Any) -> None:
        self.training, self.clipped = training, 0
        self.stack = torch_stack(network, start, TYPES[dtype])
        tensors = {key: self.stack.tensor(key) for key in self.stack.places}
        self.weights = [(tensor, turned) for key, (tensor, turned) in tensors.items() if key.endswith("/W")]
        others = [tensor for key, (tensor, _) in tensors.items() if not key.endswith("/W")]
        decay = training.weight_decay if training.decay_kind == "l2" else 0.0
        groups = [
            {"params": [tensor for tensor, _ in self.weights], "weight_decay": decay},
            {"params": others, "weight_decay": 0.0},
        ]
        self.optimizer = TORCH_OPTIMIZERS[training.optimizer.kind](training.optimizer, groups)

    def step(self, number: int, images: Array, labels: Array, rate: float) -> None:
        training = self.training
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad()
        functional.cross_entropy(self.stack(torch.from_numpy(images)), torch.from_numpy(labels)).backward()
        if training.clip_norm:
            norm = torch.nn.utils.clip_grad_norm_(self.stack.parameters(), training.clip_norm)
            self.clipped += bool(norm > training.clip_norm)
        if training.decay_kind == "l1":
            (training.weight_decay * sum(tensor.abs().sum() for tensor, _ in self.weights)).backward()
        as_the_book_writes_it(self.optimizer, training.optimizer, number)
        self.optimizer.step()
        if training.decay_kind == "max_norm":
            with torch.no_grad():
                for tensor, _ in self.weights:  # PyTorch keeps the units in front
                    lengths = torch.linalg.vector_norm(tensor.flatten(1), dim=1)
                    tensor *= (training.max_norm / lengths).clamp(max=1).reshape(-1, *[1] * (tensor.ndim - 1))


def assert_learns_alike(dtype: Any, way: Way = ONE, **values: Any) -> Twin:
    spec, data = smooth_network(), pictures(smooth_network())
    training = TrainingSpec(
        **{"optimizer": OPTIMIZERS["adam"].item.Spec(learning_rate=RATE), "epochs": 1, **values},
        batch_size=BATCH,
        seed=SEED,
        precision=np.dtype(dtype).name,
    )
    trainer = Trainer(ProjectSpec(network=spec, training=training), data, way=way)
    twin = Twin(training, spec, trainer.start, dtype)
    order = epoch_order(len(data.train), SEED, 0)
    events = (event for event in trainer.events() if isinstance(event, StepDone))
    for number, event in enumerate(events):
        chosen = order[number * BATCH : (number + 1) * BATCH]
        images = SCALING.apply(data.train.images[chosen]).astype(dtype)
        twin.step(number + 1, images, data.train.labels[chosen], event.rate)
    ends = public_tensors(twin.stack)
    for key, values in trainer.network.split(trainer.network.values):
        assert_agrees(key, values, ends[key], 0.0, SHARES[dtype])
        if dtype is np.float64:  # in float32 so small a move has not the digits
            assert_agrees(f"moves of {key}", values - trainer.start[key], ends[key] - trainer.start[key], 0.0, 1e-9)
    return twin


def optimizer(kind: str) -> Any:
    return OPTIMIZERS[kind].item.Spec(learning_rate=1.0 if kind == "adadelta" else RATE)


@both_types
@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("kind", OPTIMIZERS.kinds())
def test_twenty_steps_of_every_optimizer_with_and_without_weight_decay(kind: str, decay: float, dtype: Any) -> None:
    assert_learns_alike(dtype, optimizer=optimizer(kind), weight_decay=decay)


@both_types
@pytest.mark.parametrize("kind", ["sgd", "adam"])
@pytest.mark.parametrize(
    "values",
    [
        {"clip_norm": 0.2},
        {"clip_norm": 0.2, "weight_decay": 0.1},
        {"clip_norm": 1e3},
        {"decay_kind": "l1", "weight_decay": 0.01},
        {"decay_kind": "max_norm", "max_norm": 0.9, "weight_decay": 0.1},
    ],
    ids=["clipped", "clipped and decaying", "not clipped", "l1", "max-norm"],
)
def test_twenty_steps_clipped_and_held(values: dict[str, Any], kind: str, dtype: Any) -> None:
    spec = optimizer(kind).replace(learning_rate=0.1) if kind == "sgd" else optimizer(kind)
    twin = assert_learns_alike(dtype, optimizer=spec, **values)
    assert twin.clipped == (STEPS if values.get("clip_norm") == 0.2 else 0)


@pytest.mark.parametrize("kind", ["adam", "adamw"])
def test_two_workers_learn_as_pytorch_does(kind: str) -> None:
    assert_learns_alike(np.float64, Way("threads", 2), optimizer=optimizer(kind), weight_decay=0.1, clip_norm=0.2)


# -- schedules -------------------------------------------------------------------------------------------------------
LENGTH = 12
COUNTERPARTS: dict[str, tuple[dict[str, Any], Callable[[Any, int], Any]]] = {
    "constant": ({}, lambda given, length: lr_scheduler.ConstantLR(given, factor=1.0)),
    "step": ({"every": 3, "gamma": 0.4}, lambda given, length: lr_scheduler.StepLR(given, 3, 0.4)),
    "exponential": ({"gamma": 0.8}, lambda given, length: lr_scheduler.ExponentialLR(given, 0.8)),
    "cosine": ({"floor": 0.05}, lambda given, length: lr_scheduler.CosineAnnealingLR(given, length, 0.05 * RATE)),
    "inverse_time": ({"decay": 0.5}, lambda given, length: lr_scheduler.LambdaLR(given, lambda t: 1 / (1 + 0.5 * t))),
}


def rates(build: Callable[[Any], Any]) -> list[float]:
    """The learning rate of each epoch, as PyTorch's scheduler sets it."""
    given = torch.optim.SGD([torch.zeros(1, requires_grad=True)], RATE)
    scheduler, found = build(given), []
    for _ in range(LENGTH + 1):
        found.append(given.param_groups[0]["lr"])
        given.step()
        scheduler.step()
    return found


@pytest.mark.parametrize("kind", SCHEDULES.kinds())
def test_a_schedule_has_the_rates_of_pytorch_s(kind: str) -> None:
    values, build = COUNTERPARTS[kind]
    schedule = SCHEDULES[kind].item(**values)
    found = [RATE * schedule.factor(epoch, LENGTH) for epoch in range(LENGTH + 1)]
    assert found == pytest.approx(rates(lambda given: build(given, LENGTH)), rel=1e-10)


@pytest.mark.filterwarnings("ignore:The epoch parameter in:UserWarning")  # SequentialLR gives it itself
@pytest.mark.parametrize("kind", SCHEDULES.kinds())
def test_a_warm_up_is_pytorch_s_linear_one_followed_by_the_schedule(kind: str) -> None:
    values, build = COUNTERPARTS[kind]
    schedule = SCHEDULES[kind].item(warm_up=4.0, **values)

    def sequence(given: Any) -> Any:
        warm = lr_scheduler.LinearLR(given, start_factor=1 / 4, total_iters=3)
        return lr_scheduler.SequentialLR(given, [warm, build(given, LENGTH - 4)], milestones=[4])

    found = [RATE * schedule.factor(epoch, LENGTH, 1.0) for epoch in range(LENGTH + 1)]
    assert found == pytest.approx(rates(sequence), rel=1e-10)


@both_types
@pytest.mark.parametrize("kind", SCHEDULES.kinds())
def test_twenty_steps_under_every_schedule(kind: str, dtype: Any) -> None:
    assert_learns_alike(dtype, schedule=SCHEDULES[kind].item(warm_up=0.2, **COUNTERPARTS[kind][0]))
