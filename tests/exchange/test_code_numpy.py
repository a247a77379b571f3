"""NumPy files: they run with NumPy alone and compute, learn and draw what FishLab does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from code_kit import Case, ask, assert_agrees, assert_answers_alike, gradient_of, losses_of, to_predict, to_train
from small_runs import layer, project

from benchmarks.stacks import random_stack
from fishlab.core.exchange.code.numpy_file import walk_of
from fishlab.core.initializers import INITIALIZERS
from fishlab.core.layers import LAYERS
from fishlab.core.losses import LOSSES
from fishlab.core.network import learning_keys
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.schedules import SCHEDULES
from fishlab.core.shapes import infer
from fishlab.core.spec import NetworkSpec, ProjectSpec
from fishlab.core.templates import TEMPLATES

STACKS = range(900, 924)
BUILT = [kind for kind in TEMPLATES.kinds() if infer(TEMPLATES[kind].item().network).ok]


def draws(spec: NetworkSpec) -> bool:
    return any(LAYERS[one.kind].item.uses_rng for one in spec.walk())


def stack(seed: int) -> NetworkSpec:
    """A generated stack; every third one with frozen layers, every second one without Dropout."""
    spec = random_stack(seed, small=True)
    if seed % 2:
        spec = spec.remove(*(one.uid for one in spec.walk() if LAYERS[one.kind].item.uses_rng))
    if seed % 3 == 0:
        spec = spec.with_layers(one.replace(frozen=number % 2 == 0) for number, one in enumerate(spec.layers))
    return spec


def conditions() -> dict[str, ProjectSpec]:
    """Trainings in which something else is set each time."""
    smooth = [layer("flatten"), layer("affine", units=12), layer("tanh"), layer("affine", units=10)]
    found: dict[str, ProjectSpec] = {}

    def add(name: str, layers: Any = None, **values: Any) -> None:
        found[name] = project(layers or smooth, precision="float64", **{"epochs": 2, **values})

    for kind in OPTIMIZERS.kinds():
        add(f"optimizer_{kind}", optimizer=kind, weight_decay=0.1)
        add(f"l1_{kind}", optimizer=kind, weight_decay=0.01, decay_kind="l1")
    for kind in SCHEDULES.kinds():
        add(f"schedule_{kind}", schedule=SCHEDULES[kind].item(), optimizer="sgd")
        add(f"warm_up_{kind}", schedule=SCHEDULES[kind].item(warm_up=0.7), optimizer="momentum")
    for kind in INITIALIZERS.kinds():
        add(f"initial_{kind}", [layer("flatten"), layer("affine", units=12, init=kind), layer("affine", units=10)])
    add("cosine_of_a_length", schedule=SCHEDULES["cosine"].item(length=1, floor=0.1, warm_up=0.25))
    add("step_often", schedule=SCHEDULES["step"].item(every=1, gamma=0.3))
    add("clipped", clip_norm=0.05, weight_decay=0.1)
    add("barely_clipped", clip_norm=1e6)
    add("max_norm", decay_kind="max_norm", max_norm=0.7, weight_decay=0.1)
    add("by_chance", sampling="replacement")
    add("patient", patience=1, epochs=6, optimizer="sgd", rate=5.0)
    add("last_only", keep_best=False)
    convolved = [
        layer("convolution", filters=3, kernel_size=(3, 3), init="orthogonal", bias=False),
        layer("batch_normalization"),
        layer("sigmoid"),
        layer("average_pool"),
        layer("flatten"),
        layer("affine", units=10),
    ]
    add("convolved", convolved, decay_kind="max_norm", max_norm=0.7)
    frozen = [one.replace(frozen=True) for one in convolved[:2]]
    add("half_frozen", [*frozen, *convolved[2:]], weight_decay=0.1)
    narrow = found["clipped"].replace(data=found["clipped"].data.replace(subset=60, validation=0.0, scaling="unit"))
    found["a_subset"] = narrow.replace(training=narrow.training.replace(keep_best=False))
    return found


def a_loss_each() -> list[Case]:
    """Every loss, in both precisions, with a setting of its own where it has one."""
    specs = [entry.item.Spec() for entry in LOSSES] + [LOSSES["softmax_cross_entropy"].item.Spec(label_smoothing=0.2)]
    return [
        to_predict(f"loss_{number}_{precision}", NetworkSpec(in_shape=(5,), classes=3, loss=spec,
                   layers=(layer("affine", units=3),)), precision, labels=True)
        for number, spec in enumerate(specs) for precision in ("float32", "float64")
    ]  # fmt: skip


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    """All cases of this file, answered by one child process."""
    cases = a_loss_each()
    cases += [to_predict(f"template_{kind}", TEMPLATES[kind].item().network, batch=2) for kind in BUILT]
    for seed in STACKS:
        spec = stack(seed)
        cases.append(to_predict(f"stack_{seed}_32", spec, "float32"))
        cases.append(to_predict(f"stack_{seed}_64", spec, "float64", labels=not draws(spec)))
    cases += [to_train(name, one) for name, one in conditions().items()]
    return ask(cases, "numpy", tmp_path_factory.mktemp("numpy"), ["numpy"])


@pytest.mark.parametrize("kind", BUILT)
def test_every_template_answers_as_fishlab_does(kind: str, answered: dict[str, Case]) -> None:
    assert_answers_alike(answered[f"template_{kind}"])


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("seed", STACKS)
def test_generated_stacks_answer_as_fishlab_does(seed: int, bits: int, answered: dict[str, Case]) -> None:
    assert_answers_alike(answered[f"stack_{seed}_{bits}"])


def assert_same_gradient(case: Case, share: float) -> None:
    network, (loss, grads) = case.subject.trained.network, gradient_of(case)
    names = {one.key: one.name for one in walk_of(network).named}
    learned = learning_keys(network, infer(network))
    assert {key for key in case.found if key.startswith("grad ")} == {f"grad {names[key]}" for key in learned}
    assert float(case.found["loss"]) == pytest.approx(loss, rel=share)
    largest = max((float(abs(grad).max()) for grad in grads.values()), default=0.0)
    for key in learned:
        assert_agrees(key, case.found[f"grad {names[key]}"], grads[key], share, scale=1e-3 * largest)


@pytest.mark.parametrize("seed", [seed for seed in STACKS if not draws(stack(seed))])
def test_generated_stacks_have_fishlab_s_gradient(seed: int, answered: dict[str, Case]) -> None:
    assert_same_gradient(answered[f"stack_{seed}_64"], 1e-9)


@pytest.mark.parametrize("name", [case.name for case in a_loss_each()])
def test_every_loss_its_answers_and_its_gradient(name: str, answered: dict[str, Case]) -> None:
    assert_answers_alike(answered[name])
    assert_same_gradient(answered[name], 1e-5 if name.endswith("32") else 1e-10)


@pytest.mark.parametrize("name", conditions())
def test_a_training_is_fishlab_s_own_step_for_step(name: str, answered: dict[str, Case]) -> None:
    case = answered[name]
    losses, ends, start = losses_of(case.subject.project)
    assert case.found["losses"].tolist() == pytest.approx(losses, rel=1e-9)
    for one in walk_of(case.subject.project.network).named:
        assert case.found[f"start {one.name}"].tobytes() == np.ascontiguousarray(start[one.key]).tobytes()
        assert_agrees(one.name, case.found[f"end {one.name}"], ends[one.key], 1e-8)


def test_a_training_lowers_the_loss(answered: dict[str, Case]) -> None:
    losses = answered["optimizer_adam"].found["losses"]
    assert np.mean(losses[-3:]) < 0.9 * np.mean(losses[:3])


def test_the_weights_are_arrays_and_nothing_else(tmp_path: Path) -> None:
    case = to_predict("plain", NetworkSpec(layers=(layer("flatten"), layer("affine", units=10))))
    ask([case], "numpy", tmp_path, ["numpy"])
    with np.load(tmp_path / "plain.npz", allow_pickle=False) as found:
        assert {name: found[name].shape for name in found.files} == {"W1": (784, 10), "b1": (10,)}
