"""NumPy files: they run with NumPy alone and compute, learn and draw what FishLab does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from code_cases import BUILT, STACKS, a_loss_each, conditions, draws, odd_ones, stack
from code_kit import Case, ask, assert_agrees, assert_answers_alike, gradient_of, losses_of, to_predict, to_train
from small_runs import layer

from fishlab.core.exchange.code.numpy_file import walk_of
from fishlab.core.network import learning_keys
from fishlab.core.shapes import infer
from fishlab.core.spec import NetworkSpec
from fishlab.core.spec.data import SCALES
from fishlab.core.templates import TEMPLATES


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    """All cases of this file, answered by one child process."""
    cases = a_loss_each() + odd_ones()
    cases += [to_predict(f"template_{kind}", TEMPLATES[kind].item().network, batch=2) for kind in BUILT]
    for seed in STACKS:
        spec = stack(seed)
        cases.append(to_predict(f"stack_{seed}_32", spec, "float32"))
        cases.append(to_predict(f"stack_{seed}_64", spec, "float64", labels=not draws(spec)))
    cases += [to_train(name, one) for name, one in conditions().items()]
    cases += [to_train(f"found_{scaling}", conditions()[f"scaled_{scaling}"], known=False) for scaling in SCALES]
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


@pytest.mark.parametrize("name", [case.name for case in odd_ones()])
def test_layers_that_stacks_leave_out(name: str, answered: dict[str, Case]) -> None:
    assert_answers_alike(answered[name])
    if "labels" in answered[name].asked:
        assert_same_gradient(answered[name], 1e-9)


@pytest.mark.parametrize("name", [case.name for case in a_loss_each()])
def test_every_loss_its_answers_and_its_gradient(name: str, answered: dict[str, Case]) -> None:
    assert_answers_alike(answered[name])
    assert_same_gradient(answered[name], 1e-5 if name.endswith("32") else 1e-10)


@pytest.mark.parametrize("scaling", SCALES)
def test_a_scaling_that_no_model_knows_is_found_from_the_images(scaling: str, answered: dict[str, Case]) -> None:
    case = answered[f"found_{scaling}"]
    assert case.subject.model is None
    losses, _, _ = losses_of(case.subject.project)
    assert case.found["losses"].tolist() == pytest.approx(losses, rel=1e-5)  # FishLab's scaling is in float32


@pytest.mark.parametrize("name", conditions())
def test_a_training_is_fishlab_s_own_step_for_step(name: str, answered: dict[str, Case]) -> None:
    case, share = answered[name], 1e-5 if name.startswith("augmented") else 1e-9  # pixels are moved in float32
    losses, ends, start = losses_of(case.subject.project)
    assert case.found["losses"].tolist() == pytest.approx(losses, rel=share)
    for one in walk_of(case.subject.project.network).named:
        assert case.found[f"start {one.name}"].tobytes() == np.ascontiguousarray(start[one.key]).tobytes()
        assert_agrees(one.name, case.found[f"end {one.name}"], ends[one.key], 10 * share)


def test_a_training_lowers_the_loss(answered: dict[str, Case]) -> None:
    losses = answered["optimizer_adam"].found["losses"]
    assert np.mean(losses[-3:]) < 0.9 * np.mean(losses[:3])


def test_the_weights_are_arrays_and_nothing_else(tmp_path: Path) -> None:
    case = to_predict("plain", NetworkSpec(layers=(layer("flatten"), layer("affine", units=10))))
    ask([case], "numpy", tmp_path, ["numpy"])
    with np.load(tmp_path / "plain.npz", allow_pickle=False) as found:
        assert {name: found[name].shape for name in found.files} == {"W1": (784, 10), "b1": (10,)}
