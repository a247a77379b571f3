"""Hints: real short trainings that go wrong are noticed and mended; real healthy ones are left in peace."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from instructions import instructions

from fishlab.core import remedies
from fishlab.core.data.prepare import Prepared, prepare
from fishlab.core.events import Finished
from fishlab.core.hints import SETTLED, WINDOW, Evidence, Hint, _chance, find_hint
from fishlab.core.history import History, Mark
from fishlab.core.layers.base import Array
from fishlab.core.losses import LOSSES
from fishlab.core.moment import Moment
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.probes.activations import activations
from fishlab.core.runner import load_by_spec
from fishlab.core.shapes import infer
from fishlab.core.sight import Sight
from fishlab.core.spec import DataSpec, ProjectSpec
from fishlab.core.templates import TEMPLATES, find_template
from fishlab.core.training import Trainer

STEPS = 300
TEST_DIGITS = 100  # nobody looks at them here
HEAVY = ("deep_conv_net", "alexnet", "vgg", "googlenet", "resnet", "residual_20")
# Twenty layers without shortcuts learn nothing, and seven learn 300 images by heart: that is what they are there for.
TEACHES_BY_FAILING = {"plain_20": ("dead", 150, 8), "seven_layers": ("gap", 400, 20)}


@pytest.fixture(scope="module", autouse=True)
def few_test_digits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """With a cache and a memory of their own: elsewhere there are more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FISHLAB_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setattr("fishlab.core.data.drawn.TEST_DIGITS", TEST_DIGITS)
        patch.setattr("fishlab.core.data.dataset._last", None)
        yield


@cache
def prepared(data: DataSpec, seed: int) -> Prepared:
    return prepare(load_by_spec(data, lambda *_words: None), data, seed=seed)


def template(name: str, *, batch_size: int = 20, rate: float | None = None, **data: object) -> ProjectSpec:
    """A template on drawn digits, in small batches."""
    project = find_template(name).item()
    if len(project.network.in_shape) == 3:
        project = project.replace(data=project.data.replace(**{"source": "digits", "drawn": 3_000, **data}))
    training = project.training.replace(batch_size=batch_size, epochs=20)
    if rate is not None:
        training = training.replace(optimizer=training.optimizer.replace(learning_rate=rate))
    return project.replace(training=training)


def run(project: ProjectSpec, steps: int = STEPS, start: dict[str, Array] | None = None) -> Evidence:
    """So many real batches, and what is known afterwards."""
    trainer = Trainer(project, prepared(project.data, project.training.seed), start=start)
    events, ended = trainer.events(), ""
    for event in events:
        ended = event.reason if isinstance(event, Finished) else ""
        if trainer.position.step >= steps:
            break
    events.close()
    sight = Sight(Moment.now(trainer), data=lambda _moment: trainer.data)
    return Evidence(trainer.history, project, ended, activations(sight))


def hint_of(project: ProjectSpec, steps: int = STEPS, start: dict[str, Array] | None = None) -> Hint:
    hint = find_hint(run(project, steps, start))
    assert hint is not None
    return hint


def assert_mended(hint: Hint, steps: int = STEPS) -> None:
    """The same short training with the first remedy has nothing left to say, and the network has learned."""
    after = run(hint.remedies[0].project, steps)
    assert find_hint(after) is None
    assert after.recent() < 0.9 * after.chance


# -- healthy -----------------------------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [kind for kind in TEMPLATES.kinds() if kind not in ("empty", *TEACHES_BY_FAILING)],
)
def test_a_healthy_run_of_a_template_is_left_in_peace(name: str) -> None:
    heavy = name in HEAVY
    project = template(name, batch_size=8 if heavy else 20)
    trainer = Trainer(project, prepared(project.data, project.training.seed))
    events, looked = trainer.events(), 0
    for _event in events:
        step = trainer.position.step
        if step > looked and step % WINDOW == 0:
            looked = step
            seen = activations(Sight(Moment.now(trainer), data=lambda _moment: trainer.data))
            assert find_hint(Evidence(trainer.history, project, "", seen)) is None, step
        if step >= (SETTLED + WINDOW if heavy else 2 * STEPS):
            break
    events.close()
    assert looked >= SETTLED


@pytest.mark.slow
@pytest.mark.parametrize("name", TEACHES_BY_FAILING)
def test_a_template_that_teaches_by_failing_is_noticed_for_what_it_teaches(name: str) -> None:
    kind, steps, batch_size = TEACHES_BY_FAILING[name]
    assert hint_of(template(name, batch_size=batch_size), steps).kind == kind


# -- troubles ----------------------------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.parametrize(("name", "rate"), [("two_layer_net", 100.0), ("three_layer_mlp", 1.0)])
def test_steps_that_are_far_too_long_are_noticed_and_mended(name: str, rate: float) -> None:
    hint = hint_of(template(name, rate=rate))
    assert hint.kind == "rate_high" and "without looking" in hint.text
    usual = find_template(name).item().training.optimizer
    assert hint.remedies[0].project.training.optimizer.learning_rate == type(usual)().learning_rate
    assert_mended(hint)


@pytest.mark.slow
def test_units_that_long_steps_have_killed_are_counted_and_mended() -> None:
    hint = hint_of(template("two_layer_net", rate=10.0))
    assert hint.kind == "dead" and "of the 50 units of 3 ReLU pass nothing on" in hint.text
    assert_mended(hint)


def test_units_that_a_bias_keeps_silent_are_noticed_and_mended() -> None:
    project = template("two_layer_net")
    start = Trainer(project, prepared(project.data, project.training.seed)).network.arrays()
    (bias,) = (key for key, value in start.items() if value.shape == (50,))
    hint = hint_of(project, start={**start, bias: np.full(50, -100.0, np.float32)})
    assert hint.kind == "dead"
    assert_mended(hint)


def test_a_run_whose_numbers_overflow_is_noticed_and_mended() -> None:
    project = template("five_layers", rate=10.0)
    evidence = run(project, 50)
    assert evidence.ended == "diverged"
    hint = find_hint(evidence)
    assert hint is not None and hint.kind == "diverged"
    assert_mended(hint)


@pytest.mark.slow
def test_a_rate_raised_too_far_on_the_way_lets_the_loss_rise() -> None:
    project = template("two_layer_net", rate=0.3)
    trainer = Trainer(project, prepared(project.data, project.training.seed))
    events = trainer.events()
    for _event in events:
        if trainer.position.step == 600:
            trainer.optimizer.spec = trainer.optimizer.spec.replace(learning_rate=3.0)
        if trainer.position.step == 600 + WINDOW:
            break
    events.close()
    hint = find_hint(Evidence(trainer.history, project))
    assert hint is not None and hint.kind == "rising" and "it was down at" in hint.text
    assert_mended(hint)


@pytest.mark.one_in(2)
@pytest.mark.parametrize(("name", "rate"), [("two_layer_net", 1e-4), ("three_layer_mlp", 1e-6)])
def test_a_rate_that_is_far_too_low_learns_nothing_and_is_mended(name: str, rate: float) -> None:
    hint = hint_of(template(name, rate=rate))
    assert hint.kind == "flat" and "nothing is being learned" in hint.text
    assert_mended(hint)


@pytest.mark.slow
def test_a_rate_that_is_too_low_is_noticed_while_the_loss_still_falls() -> None:
    hint = hint_of(template("three_layer_mlp", rate=1e-5))
    assert hint.kind == "rate_low" and "falls too slowly" in hint.text
    assert_mended(hint)


def tiny_sigmoids() -> ProjectSpec:
    """Chapter 6.2: sigmoids, weights of deviation 0.01, plain SGD."""
    project = template("three_layer_net")
    layers = [
        layer.replace(init="normal", std=0.01) if hasattr(layer, "init") else layer for layer in project.network.layers
    ]
    optimizer = OPTIMIZERS["sgd"].item.Spec(learning_rate=0.1)
    project = project.edit_network(lambda network: network.with_layers(layers))
    return project.replace(training=project.training.replace(optimizer=optimizer))


@pytest.mark.slow
def test_sigmoids_with_tiny_weights_learn_nothing_and_either_remedy_mends_them() -> None:
    hint = hint_of(tiny_sigmoids())
    assert hint.kind == "flat" and [remedy.title for remedy in hint.remedies] == ["Xavier start", "Use ReLU"]
    for remedy in hint.remedies:
        assert find_hint(run(remedy.project)) is None


@pytest.mark.slow
def test_grey_levels_up_to_255_are_scaled_first() -> None:
    hint = hint_of(template("three_layer_mlp", scaling="raw"))
    assert hint.remedies[0].project.data.scaling == "unit"
    assert_mended(hint)


@pytest.mark.slow
def test_a_large_step_that_only_jumps_about_is_noticed_and_mended() -> None:
    hint = hint_of(template("two_layer_net", rate=1.0, wildness=0.5), 400)
    assert hint.kind in ("jumping", "dead")
    assert_mended(hint, 600)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["three_layer_mlp", "two_layer_net", "simple_conv_net"])
def test_weights_that_all_begin_at_zero_are_mended_by_another_start_alone(name: str) -> None:
    hint = hint_of(beginning_at_zero(template(name)))
    assert hint.kind in ("dead", "flat") and [remedy.title for remedy in hint.remedies] == ["He start"]
    assert_mended(hint)


def beginning_at_zero(project: ProjectSpec) -> ProjectSpec:
    layers = [layer.replace(init="zero") if hasattr(layer, "init") else layer for layer in project.network.layers]
    return project.edit_network(lambda network: network.with_layers(layers))


def few_images() -> ProjectSpec:
    return template("three_layer_mlp", drawn=2_000, wildness=0.5, subset=300, validation=0.3)


@pytest.mark.slow
def test_few_images_are_learned_by_heart_and_more_of_them_or_varied_ones_are_not() -> None:
    hint = hint_of(few_images())
    assert hint.kind == "gap" and "learns by heart" in hint.text
    first, second = hint.remedies
    assert first.title == "Use all images" and first.project.data.subset == 0
    assert second.title == "Vary the images" and find_hint(run(second.project)) is None
    before, after = (run(project).history.epochs.column("validation_accuracy")[-1]
                     for project in (few_images(), first.project))  # fmt: skip
    assert after > before + 0.05


# -- rules -------------------------------------------------------------------------------------------------------------
def made(losses: Array, *, update: float = 1e-3, marks: tuple[float, ...] = ()) -> Evidence:
    """A history with these losses, one epoch for every 100 batches."""
    history = History()
    for step, loss in enumerate(losses, start=1):
        history.steps.append(step / 100, float(loss), 0.1, 20)
        history.metrics.append(step / 100, 1.0, update)
    history.marks += [Mark(x, "rate 1 → 0.1") for x in marks]
    return Evidence(history, template("two_layer_net"))


def test_nothing_is_said_before_there_is_enough_to_go_by() -> None:
    assert find_hint(made(np.full(SETTLED - 1, 50.0))) is None
    assert find_hint(made(np.empty(0))) is None
    assert find_hint(made(np.full(199, 2.302))) is None
    assert find_hint(made(np.full(200, 2.302))).kind == "flat"


def test_what_was_before_a_change_by_hand_no_longer_counts() -> None:
    losses = np.full(150, 50.0)
    assert find_hint(made(losses)).kind == "rate_high"
    assert find_hint(made(losses, marks=(1.4,))) is None


def test_ten_thousand_changes_by_hand_are_not_gone_through_for_a_hint() -> None:
    few, many = (made(np.full(150, 50.0), marks=tuple(np.linspace(0, 1.4, count))) for count in (10, 10_000))
    assert instructions(lambda: find_hint(many)) <= 1.1 * instructions(lambda: find_hint(few))


def test_one_wild_batch_is_no_hint() -> None:
    losses = np.concatenate([np.linspace(2.3, 0.2, 300), np.full(100, 0.2)])
    losses[-3] = 8.0
    assert find_hint(made(losses)) is None


def test_a_low_loss_may_waver() -> None:
    losses = np.concatenate([np.linspace(2.3, 0.01, 300), np.full(100, 0.05)])
    assert find_hint(made(losses, update=0.1)) is None


def test_validation_behind_by_chance_alone_is_no_hint() -> None:
    """20 images to validate: 90 % right may as well be 100 %."""
    evidence = made(np.full(400, 0.3), update=1e-3)
    for epoch in range(1, 6):
        evidence.history.epochs.append(epoch, 0.3, 0.98, 0.4 + epoch / 100, 0.9)
    few = Evidence(evidence.history, template("two_layer_net", validation=0.01))
    many = Evidence(evidence.history, template("two_layer_net", validation=0.5))
    assert find_hint(few) is None
    assert find_hint(many).kind == "gap"


def overfitted(validated: int, right: float, losses: list[float], train: list[float] | None = None) -> Evidence:
    """A run that learns 300 images by heart, and validates so many, of which this share is right."""
    history = History()
    for step in range(400):
        history.steps.append((step + 1) / 30, 0.1, 0.99, 10)
    for epoch, loss in enumerate(losses, start=1):
        learned = train[epoch - 1] if train else 1 / 4**epoch
        history.epochs.append(epoch, learned, 1.0, loss, right)
    return Evidence(history, template("two_layer_net", validation=validated / (300 + validated)))


TURNED = [1.2, 0.7, 0.6, 0.58, 0.66, 0.8, 0.85, 0.9]


def test_few_that_validate_are_enough_where_their_loss_rises_while_training_goes_on() -> None:
    assert find_hint(overfitted(25, 0.8, TURNED)).kind == "gap"
    assert find_hint(overfitted(25, 0.92, TURNED)) is None, "23 of 25 may as well be 95 %"
    assert find_hint(overfitted(25, 0.8, sorted(TURNED, reverse=True))) is None, "its loss still falls"
    assert find_hint(overfitted(25, 0.8, [*TURNED[:4], 0.6, 0.62, 0.6, 0.62])) is None, "it only wavers"
    assert find_hint(overfitted(25, 0.8, TURNED, [0.5] * 8)) is None, "nothing more is learned"
    assert find_hint(overfitted(25, 0.8, [0.58, *TURNED[:1], 0.5, 0.8, 0.9])) is None, "it has only just turned"


def test_the_chance_of_few_right_answers_is_that_of_the_binomial() -> None:
    assert _chance(1, 2, 0.5) == pytest.approx(0.75)
    exact = sum(math.comb(25, k) * 0.95**k * 0.05 ** (25 - k) for k in range(21))
    assert _chance(20, 25, 0.95) == pytest.approx(exact)
    assert _chance(25, 25, 0.9) == pytest.approx(1.0)


def test_runs_without_validation_have_no_gap() -> None:
    evidence = made(np.full(400, 0.3))
    for epoch in range(1, 6):
        evidence.history.epochs.append(epoch, 0.3, 0.98, np.nan, np.nan)
    assert find_hint(evidence) is None


@pytest.mark.parametrize("kind", LOSSES.kinds())
@pytest.mark.parametrize("classes", [2, 10])
def test_chance_is_the_least_loss_of_answers_that_do_not_look(kind: str, classes: int) -> None:
    loss = LOSSES[kind].item(LOSSES[kind].item.Spec())
    labels, share = np.arange(classes), 1 / classes
    scores = {"softmax_cross_entropy": 0.0, "squared_error": share, "binary_cross_entropy": np.log(share / (1 - share))}
    found = loss.forward(np.full((classes, classes), scores[kind]), labels)
    assert found == pytest.approx(loss.chance(classes))


# -- remedies ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", [kind for kind in TEMPLATES.kinds() if kind != "empty"])
def test_every_remedy_leaves_a_network_that_fits_together(name: str) -> None:
    project = template(name)
    makers = (remedies.faster, remedies.other_start, remedies.rectified, remedies.normalized, remedies.leaky,
              remedies.all_images, remedies.dropout, remedies.decay, remedies.varied, remedies.scaled)  # fmt: skip
    found = [remedies.slower(project), remedies.slower(project, afresh=True)]
    found += [remedy for make in makers for remedy in make(project)]
    assert len(found) >= 4
    for remedy in found:
        assert remedy.project != project and infer(remedy.project.network).problem is None, remedy.title
        assert remedy.words.endswith(".") and len(remedy.title) <= 20


def test_a_remedy_keeps_the_identity_of_the_layers() -> None:
    project = tiny_sigmoids()
    (remedy,) = remedies.rectified(project)
    assert [layer.uid for layer in remedy.project.network.layers] == [layer.uid for layer in project.network.layers]


def test_what_is_there_already_is_not_offered_again() -> None:
    project = template("three_layer_mlp")
    for make in (remedies.dropout, remedies.decay, remedies.varied, remedies.normalized):
        (once,) = make(project)
        assert list(make(once.project)) == []
