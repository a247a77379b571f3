"""PyTorch files, where PyTorch is installed: they compute and learn what FishLab does, without it."""

from __future__ import annotations

import numpy as np
import pytest
from code_cases import BUILT, STACKS, a_loss_each, conditions, draws, odd_ones, stack
from code_kit import Case, ask, assert_agrees, assert_answers_alike, gradient_of, losses_of, to_predict, to_train

from fishlab.core.exchange.code.torch_file import tensor_name, walk_of
from fishlab.core.network import learning_keys
from fishlab.core.shapes import infer
from fishlab.core.spec.data import SCALES
from fishlab.core.templates import TEMPLATES

pytest.importorskip("torch", reason="PyTorch is not installed")

REACH = ["torch", "torchgen", "numpy", "typing_extensions", "sympy", "mpmath", "networkx", "jinja2", "markupsafe",
         "filelock", "fsspec"]  # fmt: skip
# PyTorch's momentum under a rate that changes is another one, as the file says.
OTHER_RATES = [name for name in conditions() if name.startswith("warm_up_")]
SAME = [name for name in conditions() if name not in OTHER_RATES]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    """All cases of this file, answered by one child process."""
    cases = a_loss_each() + odd_ones()
    cases += [to_predict(f"template_{kind}", TEMPLATES[kind].item().network, batch=2) for kind in BUILT]
    for seed in STACKS:
        cases.append(to_predict(f"stack_{seed}_32", stack(seed), "float32"))
        cases.append(to_predict(f"stack_{seed}_64", stack(seed), "float64", labels=not draws(stack(seed))))
    cases += [to_train(name, one) for name, one in conditions().items()]
    cases += [to_train(f"found_{scaling}", conditions()[f"scaled_{scaling}"], known=False) for scaling in SCALES]
    return ask(cases, "torch", tmp_path_factory.mktemp("torch"), REACH)


@pytest.mark.slow
@pytest.mark.parametrize("kind", BUILT)
def test_every_template_answers_as_fishlab_does(kind: str, answered: dict[str, Case]) -> None:
    assert_answers_alike(answered[f"template_{kind}"])


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("seed", STACKS)
def test_generated_stacks_answer_as_fishlab_does(seed: int, bits: int, answered: dict[str, Case]) -> None:
    assert_answers_alike(answered[f"stack_{seed}_{bits}"])


def assert_same_gradient(case: Case, share: float) -> None:
    network, (loss, grads) = case.subject.trained.network, gradient_of(case)
    named = {one.key: one for one in walk_of(network).named}
    learned = learning_keys(network, infer(network))
    assert float(case.found["loss"]) == pytest.approx(loss, rel=share)
    largest = max((float(abs(grad).max()) for grad in grads.values()), default=0.0)
    for key in learned:
        wanted = grads[key].T if named[key].turned else grads[key]
        found = case.found.get(f"grad {tensor_name(named[key])}", np.zeros_like(wanted))
        assert_agrees(key, found, wanted, share, scale=1e-3 * largest)


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


@pytest.mark.parametrize("name", SAME)
def test_a_training_is_fishlab_s_own_step_for_step(name: str, answered: dict[str, Case]) -> None:
    case, share = answered[name], 1e-5 if name.startswith("augmented") else 1e-8  # pixels are moved in float32
    losses, ends, start = losses_of(case.subject.project)
    assert case.found["losses"].tolist() == pytest.approx(losses, rel=share)
    for one in walk_of(case.subject.project.network).named:
        began, ended = (table[one.key].T if one.turned else table[one.key] for table in (start, ends))
        assert_agrees(one.name, case.found[f"start {tensor_name(one)}"], began, 0.0)
        if one.info.name != "running_var":  # PyTorch's is another estimate, as the file says
            assert_agrees(one.name, case.found[f"end {tensor_name(one)}"], ended, 10 * share)


@pytest.mark.parametrize("name", OTHER_RATES)
def test_momentum_under_a_changing_rate_begins_alike_and_the_file_says_that_it_goes_on_otherwise(
    name: str, answered: dict[str, Case]
) -> None:
    losses, _, _ = losses_of(answered[name].subject.project)
    assert answered[name].found["losses"][:2].tolist() == pytest.approx(losses[:2], rel=1e-8)
