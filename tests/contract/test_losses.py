"""The contract of every registered loss, and the numbers of chapters 4 and 5."""

import json
import tracemalloc
from typing import Any

import numpy as np
import pytest

from fishlab.core.errors import LabelError
from fishlab.core.losses import LOSSES, Loss, softmax
from fishlab.core.numeric import numerical_gradient

every_kind = pytest.mark.parametrize("kind", LOSSES.kinds())
every_batch = pytest.mark.parametrize("batch", [1, 3])


SETTINGS = [(kind, {}) for kind in LOSSES.kinds()] + [("softmax_cross_entropy", {"label_smoothing": 0.2})]
every_setting = pytest.mark.parametrize(("kind", "values"), SETTINGS)


def build(kind: str, **values: Any) -> Loss:
    cls = LOSSES[kind].item
    return cls(cls.Spec(**values))


def example(batch: int, dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    """Read-only scores (4, N) and labels (N,)."""
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(size=(4, batch)).astype(dtype), rng.integers(0, 4, batch)
    scores.setflags(write=False)
    labels.setflags(write=False)
    return scores, labels


@every_batch
@every_setting
def test_backward_agrees_with_numerical_differentiation(kind: str, values: dict[str, Any], batch: int) -> None:
    scores, labels = example(batch)
    loss = build(kind, **values)
    loss.forward(scores, labels)
    expected = numerical_gradient(lambda moved: build(kind, **values).forward(moved, labels), scores)
    np.testing.assert_allclose(loss.backward(), expected, rtol=1e-6, atol=1e-9)


@every_kind
def test_a_loss_is_the_mean_over_the_batch(kind: str) -> None:
    scores, labels = example(3)
    each = [build(kind).forward(scores[:, n : n + 1], labels[n : n + 1]) for n in range(3)]
    assert build(kind).forward(scores, labels) == pytest.approx(np.mean(each), rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_kind
def test_the_number_type_is_kept(kind: str, dtype: Any) -> None:
    scores, labels = example(3, dtype)
    loss = build(kind)
    assert isinstance(loss.forward(scores, labels), float)
    assert loss.backward().dtype == dtype
    assert loss.outputs(scores).dtype == dtype


@every_kind
def test_the_answer_names_the_class_with_the_best_score(kind: str) -> None:
    scores, _ = example(3)
    outputs = build(kind).outputs(scores)
    assert outputs.shape == scores.shape
    np.testing.assert_array_equal(outputs.argmax(axis=0), scores.argmax(axis=0))
    outputs[...] = 0  # its own memory: the scores are read-only


@every_kind
def test_the_best_score_at_the_label_is_counted_and_of_equal_scores_the_first_is_best(kind: str) -> None:
    scores = np.array([[0, 2, 1, 5], [0, 3, 1, 4], [0, 1, 0, 5]], np.float32)
    assert build(kind).correct(scores, np.array([0, 1, 1, 0])) == 3
    assert build(kind).correct(scores, np.array([1, 1, 0, 2])) == 2


@every_setting
def test_parts_of_a_batch_add_up_to_the_whole(kind: str, values: dict[str, Any]) -> None:
    scores, labels = example(5)
    whole, part = build(kind, **values), build(kind, **values)
    expected = whole.forward(scores, labels)
    found, gradients = 0.0, []
    for share in (slice(0, 2), slice(2, 5)):
        found += part.forward(scores[:, share], labels[share], total=5)
        gradients.append(part.backward().copy())
    assert found == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(np.concatenate(gradients, axis=1), whole.backward(), rtol=1e-12)


@every_setting
def test_a_step_of_a_loss_allocates_next_to_nothing(kind: str, values: dict[str, Any]) -> None:
    rng, loss = np.random.default_rng(0), build(kind, **values)
    scores, labels = rng.normal(size=(10, 20_000)).astype(np.float32), rng.integers(0, 10, 20_000)

    def step() -> None:
        loss.forward(scores, labels)
        loss.correct(scores, labels)
        loss.backward()

    step()
    tracemalloc.start()
    try:
        step()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < scores.nbytes / 4  # NumPy has small buffers of its own


@pytest.mark.parametrize("label", [4, -1, -4, 2**40])
@every_kind
def test_a_label_that_is_no_class_is_refused_with_its_number_and_the_classes(kind: str, label: int) -> None:
    with pytest.raises(LabelError, match=f"A label is {label}, and there are 4 classes: it takes 0 to 3"):
        build(kind).forward(example(3)[0], np.array([0, label, 1]))


@pytest.mark.parametrize("given", [np.zeros(2, int), np.zeros(3), np.zeros((3, 4)), np.zeros((4, 1)), np.array(1)])
@every_kind
def test_what_are_no_labels_is_refused_with_its_shape_and_what_was_expected(kind: str, given: np.ndarray) -> None:
    with pytest.raises(LabelError, match=r"whole numbers \(3,\) of 0 to 3, or targets \(4, 3\)") as refused:
        build(kind).forward(example(3)[0], given)
    assert str(given.shape) in str(refused.value) and str(given.dtype) in str(refused.value)


@pytest.mark.parametrize("dtype", [bool, np.int64, np.float32, np.float64])
@every_setting
def test_one_hot_targets_are_as_good_as_labels(kind: str, values: dict[str, Any], dtype: Any) -> None:
    scores, labels = example(3)
    targets = (np.arange(4)[:, None] == labels).astype(dtype)
    by_label, by_target = build(kind, **values), build(kind, **values)
    assert by_target.forward(scores, targets) == pytest.approx(by_label.forward(scores, labels), rel=1e-14)
    np.testing.assert_allclose(by_target.backward(), by_label.backward(), rtol=1e-13, atol=1e-16)
    assert by_target.correct(scores, targets) == by_label.correct(scores, labels)


@every_setting
def test_backward_of_soft_targets_agrees_with_numerical_differentiation(kind: str, values: dict[str, Any]) -> None:
    scores, targets = example(3)[0], np.random.default_rng(1).random((4, 3))  # no column adds up to 1
    loss = build(kind, **values)
    loss.forward(scores, targets)
    expected = numerical_gradient(lambda moved: build(kind, **values).forward(moved, targets), scores)
    np.testing.assert_allclose(loss.backward(), expected, rtol=1e-6, atol=1e-9)


@every_kind
def test_targets_of_another_precision_leave_the_number_type(kind: str) -> None:
    scores, targets = example(3, np.float32)[0], np.random.default_rng(1).random((4, 3))
    loss = build(kind)
    assert isinstance(loss.forward(scores, targets), float)
    assert loss.backward().dtype == np.float32


@every_kind
def test_batches_of_several_sizes_take_turns(kind: str) -> None:
    loss = build(kind)
    for batch in (3, 1, 3):
        scores, labels = example(batch)
        assert loss.forward(scores, labels) == build(kind).forward(scores, labels)
        assert loss.backward().shape == scores.shape


@every_kind
def test_the_right_answer_costs_less_than_a_wrong_one(kind: str) -> None:
    scores = np.array([[0.1], [0.8], [0.1]])
    right, wrong = (build(kind).forward(scores, np.array([label])) for label in (1, 0))
    assert 0 <= right < wrong


@every_kind
def test_a_loss_describes_itself(kind: str) -> None:
    entry = LOSSES[kind]
    assert entry.title and entry.chapter and entry.help.endswith(".")
    spec = entry.item.Spec()
    assert spec.kind == kind
    assert entry.item.Spec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


# -- the book's numbers -------------------------------------------------------------------------------------------
SURE = np.array([0.1, 0.05, 0.6, 0, 0.05, 0.1, 0, 0.1, 0, 0])[:, None]
WRONG = np.array([0.1, 0.05, 0.1, 0, 0.05, 0.1, 0, 0.6, 0, 0])[:, None]


@pytest.mark.parametrize(("outputs", "expected"), [(SURE, 0.0975), (WRONG, 0.5975)])
def test_squared_error_of_chapter_4(outputs: np.ndarray, expected: float) -> None:
    assert build("squared_error").forward(outputs, np.array([2])) == pytest.approx(expected)


@pytest.mark.parametrize(("outputs", "expected"), [(SURE, 0.510825457), (WRONG, 2.302584092)])
def test_cross_entropy_of_chapter_4(outputs: np.ndarray, expected: float) -> None:
    scores = np.log(outputs + 1e-7)  # softmax undoes the logarithm
    assert build("softmax_cross_entropy").forward(scores, np.array([2])) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("answer", "label", "expected"),
    [([0.3, 0.2, 0.5], 1, [0.3, -0.8, 0.5]), ([0.01, 0.99, 1e-12], 1, [0.01, -0.01, 0])],
)
def test_backward_of_softmax_with_loss_is_y_minus_t(answer: list[float], label: int, expected: list[float]) -> None:
    loss = build("softmax_cross_entropy")
    loss.forward(np.log(answer)[:, None], np.array([label]))
    np.testing.assert_allclose(loss.backward()[:, 0], expected, atol=1e-9)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([0.3, 2.9, 4.0], [0.01821127, 0.24519181, 0.73659691]),
        ([1010, 1000, 990], [9.99954600e-01, 4.53978686e-05, 2.06106005e-09]),
    ],
)
def test_softmax_of_chapter_3(scores: list[float], expected: list[float]) -> None:
    np.testing.assert_allclose(softmax(np.array(scores)[:, None])[:, 0], expected, rtol=1e-6)


def test_a_hopeless_score_costs_much_and_is_still_a_number() -> None:
    loss = build("softmax_cross_entropy")
    scores = np.array([[0], [1e5]], np.float32)
    assert loss.forward(scores, np.array([0])) == pytest.approx(1e5)
    np.testing.assert_array_equal(loss.backward()[:, 0], [-1, 1])


# -- the others' formulas -----------------------------------------------------------------------------------------
def test_label_smoothing_spreads_its_share_over_all_classes() -> None:
    scores, labels = example(3)
    targets = 0.7 * (np.arange(4)[:, None] == labels) + 0.3 / 4
    smoothed, plain = build("softmax_cross_entropy", label_smoothing=0.3), build("softmax_cross_entropy")
    expected = -np.mean(np.sum(targets * np.log(softmax(scores)), axis=0))
    assert smoothed.forward(scores, labels) == pytest.approx(expected, rel=1e-12)
    assert plain.forward(scores, targets) == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(smoothed.backward(), (softmax(scores) - targets) / 3, rtol=1e-12)


def test_binary_cross_entropy_adds_up_what_each_class_costs() -> None:
    scores, labels = example(3)
    sigmoid, targets = 1 / (1 + np.exp(-scores)), np.arange(4)[:, None] == labels
    expected = -np.sum(np.where(targets, np.log(sigmoid), np.log(1 - sigmoid))) / 3
    loss = build("binary_cross_entropy")
    assert loss.forward(scores, labels) == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(loss.backward(), (sigmoid - targets) / 3, rtol=1e-12)
    np.testing.assert_allclose(loss.outputs(scores), sigmoid, rtol=1e-12)


def test_binary_cross_entropy_of_enormous_scores_is_still_a_number() -> None:
    loss, scores = build("binary_cross_entropy"), np.array([[1e5], [-1e5]], np.float32)
    assert loss.forward(scores, np.array([0])) == 0
    assert loss.forward(scores, np.array([1])) == pytest.approx(2e5)
    np.testing.assert_array_equal(loss.backward()[:, 0], [1, -1])
    np.testing.assert_array_equal(loss.outputs(scores)[:, 0], [1, 0])
