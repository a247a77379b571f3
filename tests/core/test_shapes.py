"""Shape inference: what every card shows, problems with their arithmetic, and repairs that work."""

from typing import Any

import numpy as np
import pytest

from fishlab.core.errors import NetworkError
from fishlab.core.layers import LAYERS, LayerSpec, Shape
from fishlab.core.network import Network
from fishlab.core.shapes import MOST_PARAMETERS, Problem, infer, would_become
from fishlab.core.spec import LOSS_UID, NetworkSpec
from fishlab.core.templates import find_template


def layer(kind: str, **values: Any) -> LayerSpec:
    return LAYERS[kind].item.Spec(**values)


def network(*layers: LayerSpec, in_shape: Shape = (1, 28, 28)) -> NetworkSpec:
    return NetworkSpec(in_shape=in_shape, layers=layers)


def problem(*layers: LayerSpec, in_shape: Shape = (1, 28, 28)) -> Problem:
    found = infer(network(*layers, in_shape=in_shape)).problem
    assert found is not None
    return found


def labels(found: Problem) -> list[str]:
    return [repair.label for repair in found.repairs]


def simple_conv_net() -> NetworkSpec:
    return find_template("SimpleConvNet").item().network


# -- what a sound stack reports -----------------------------------------------------------------------------------
def test_every_card_knows_its_shape_and_its_weights() -> None:
    report = infer(simple_conv_net())
    assert [(card.title, card.out_shape, card.weights) for card in report.layers] == [
        ("Convolution", (30, 24, 24), 780),
        ("ReLU", (30, 24, 24), 0),
        ("Max pool", (30, 12, 12), 0),
        ("Flatten", (4320,), 0),
        ("Affine", (100,), 432_100),
        ("ReLU", (100,), 0),
        ("Affine", (10,), 1_010),
        ("Softmax + loss", (10,), 0),
    ]
    assert report.ok and report.weights == 433_890
    assert report.mult_adds == 432_000 + 432_000 + 1_000
    assert [card.number for card in report.layers] == list("12345678")


def test_state_that_is_only_kept_is_not_counted_as_weights() -> None:
    card = would_become(simple_conv_net(), 2, layer("batch_normalization"))
    assert (card.out_shape, card.weights, card.number) == ((30, 24, 24), 60, "3")


def test_a_layer_goes_by_the_name_a_person_gave_it() -> None:
    spec = simple_conv_net()
    named = spec.change(spec.layers[0].uid, name="Edges", stride=2)
    assert infer(named).problem.sentence == "1 Edges does not fit evenly"


# -- a size that does not divide ----------------------------------------------------------------------------------
def test_an_uneven_stride_is_told_with_its_arithmetic() -> None:
    spec = simple_conv_net()
    spec = spec.change(spec.layers[0].uid, stride=2)
    found = infer(spec).problem
    assert found.sentence == "1 Convolution does not fit evenly"
    assert found.arithmetic == "(28 + 2·0 − 5) / 2 + 1 = 12.5"
    assert found.reason == "The 5 × 5 filter does not fit evenly. Padding cannot help: 23 + 2P is always odd."
    assert (found.fields, found.short) == (("stride",), "23 is not divisible by 2")
    assert found.shape_text == "30 × 12.5 × 12.5"
    assert labels(found) == ["Stride 1 → 24", "Kernel 4 → 13", "Kernel 6 → 12"]
    cards = infer(spec).layers
    assert cards[0].weights == 780
    assert all(card.in_shape is card.out_shape is None and card.problem is None for card in cards[1:])


@pytest.mark.parametrize(
    ("kind", "values", "in_shape", "arithmetic", "reason", "repairs"),
    [
        (
            "convolution",
            {"stride": 3},
            (1, 28, 28),
            "(28 + 2·0 − 5) / 3 + 1 ≈ 8.67",
            "The 5 × 5 filter does not fit evenly. After the last step 2 rows and 2 columns are left over.",
            ["Padding 2 → 10", "Stride 1 → 24", "Kernel 4 → 9"],
        ),
        (
            "convolution",
            {"stride": 2, "padding": 1},
            (1, 28, 28),
            "(28 + 2·1 − 5) / 2 + 1 = 13.5",
            "The 5 × 5 filter does not fit evenly. Padding cannot help: 23 + 2P is always odd.",
            ["Stride 1 → 26", "Kernel 4 → 14", "Kernel 6 → 13"],
        ),
        (
            "convolution",
            {"stride": (1, 2)},
            (1, 28, 28),
            "Columns: (28 + 2·0 − 5) / 2 + 1 = 12.5",
            "The 5 × 5 filter does not fit the columns evenly. Padding cannot help: 23 + 2P is always odd.",
            ["Stride 1 → 24", "Kernel 5 × 4 → 24 × 13", "Kernel 5 × 6 → 24 × 12"],
        ),
        (
            "convolution",
            {"stride": 2},
            (1, 28, 21),
            "Rows: (28 + 2·0 − 5) / 2 + 1 = 12.5",
            "The 5 × 5 filter does not fit the rows evenly. Padding cannot help: 23 + 2P is always odd.",
            ["Stride 1 × 2 → 24 × 9", "Kernel 4 × 5 → 13 × 9", "Kernel 6 × 5 → 12 × 9"],
        ),
        (
            "convolution",
            {"stride": 2},
            (1, 28, 20),
            "Rows: (28 + 2·0 − 5) / 2 + 1 = 12.5",
            "The 5 × 5 filter fits neither the rows nor the columns evenly. Padding cannot help: 23 + 2P is always "
            "odd.",
            ["Stride 1 → 24 × 16", "Kernel 4 → 13 × 9", "Kernel 6 → 12 × 8"],
        ),
        (
            "convolution",
            {"kernel_size": (3, 5), "stride": (1, 3)},
            (1, 28, 27),
            "Columns: (27 + 2·0 − 5) / 3 + 1 ≈ 8.33",
            "The 3 × 5 filter does not fit the columns evenly. After the last step 1 column is left over.",
            ["Padding 0 × 1 → 26 × 9", "Stride 1 × 2 → 26 × 12", "Kernel 3 → 26 × 9"],
        ),
        (
            "convolution",
            {"stride": (3, 2)},
            (1, 28, 28),
            "Rows: (28 + 2·0 − 5) / 3 + 1 ≈ 8.67",
            "The 5 × 5 filter fits neither the rows nor the columns evenly. Padding cannot help over the columns: 23 "
            "+ 2P is always odd.",
            ["Stride 1 → 24", "Kernel 4 → 9 × 13", "Kernel 7 × 6 → 8 × 12"],
        ),
        (
            "convolution",
            {"stride": (3, 4), "kernel_size": (3, 5)},
            (1, 28, 28),
            "Rows: (28 + 2·0 − 3) / 3 + 1 ≈ 9.33",
            "The 3 × 5 filter fits neither the rows nor the columns evenly. Padding cannot help over the columns: 23 "
            "+ 2P is always odd.",
            ["Stride 1 → 26 × 24", "Kernel 1 × 4 → 10 × 7", "Kernel 4 × 8 → 9 × 6"],
        ),
        (
            "convolution",
            {"stride": 4, "kernel_size": 6},
            (1, 28, 28),
            "(28 + 2·0 − 6) / 4 + 1 = 6.5",
            "The 6 × 6 filter does not fit evenly. After the last step 2 rows and 2 columns are left over.",
            ["Padding 1 → 7", "Stride 2 → 12", "Kernel 4 → 7"],
        ),
        (
            "max_pool",
            {},
            (8, 13, 13),
            "(13 + 2·0 − 2) / 2 + 1 = 6.5",
            "The 2 × 2 window does not fit evenly. Padding cannot help: 11 + 2P is always odd.",
            ["Stride 1 → 12", "Window 3 → 6"],
        ),
    ],
)
def test_what_is_left_over_is_said_for_rows_and_columns(kind, values, in_shape, arithmetic, reason, repairs) -> None:
    found = problem(layer(kind, **values), in_shape=in_shape)
    assert (found.arithmetic, found.reason, labels(found)) == (arithmetic, reason, repairs)
    assert found.summary == "does not fit evenly" and found.fields == ("stride",)


def test_a_filter_larger_than_the_image_is_told_so() -> None:
    found = problem(layer("convolution"), in_shape=(8, 4, 4))
    assert found.sentence == "1 Convolution is larger than its image"
    assert found.arithmetic == "(4 + 2·0 − 5) / 1 + 1 = 0"
    assert found.reason == "The 5 × 5 filter is larger than the image, which has 4 × 4 pixels."
    assert (found.fields, found.short) == (("kernel_size",), "5 is more than 4")
    assert labels(found) == ["Padding 1 → 2", "Kernel 4 → 1"]


def test_a_filter_larger_in_one_direction_counts_the_padding() -> None:
    found = problem(layer("convolution", padding=(1, 0)), in_shape=(1, 2, 9))
    assert found.arithmetic == "Rows: (2 + 2·1 − 5) / 1 + 1 = 0"
    assert found.reason == "The 5 × 5 filter is larger than the image, which has 4 × 9 pixels, padding included."
    assert labels(found) == ["Padding 2 × 0 → 2 × 5", "Kernel 4 × 5 → 1 × 5"]


def test_a_pooling_cannot_look_at_nothing_but_padding() -> None:
    found = problem(layer("max_pool", pool_size=3, stride=1, padding=(3, 1)))
    assert found.sentence == "1 Max pool has too much padding"
    assert found.fields == ("padding",)
    assert labels(found) == ["Padding 2 × 1", "Padding 0"]


# -- layers in the wrong place ------------------------------------------------------------------------------------
def test_affine_on_an_image_is_offered_a_flatten() -> None:
    found = problem(layer("convolution"), layer("max_pool"), layer("affine"))
    assert found.sentence == "3 Affine needs a row"
    assert found.reason == "Affine needs a row and gets 30 × 12 × 12: put Flatten before it."
    assert labels(found) == ["Put Flatten before it"]
    assert [one.kind for one in found.repairs[0].network.layers] == ["convolution", "max_pool", "flatten", "affine"]


@pytest.mark.parametrize("kind", ["convolution", "max_pool", "average_pool"])
def test_a_window_on_a_row_is_offered_the_place_before_flatten(kind: str) -> None:
    found = problem(layer("relu"), layer("flatten"), layer("tanh"), layer("flatten"), layer(kind))
    assert found.summary == "needs an image"
    assert labels(found) == ["Move it before Flatten"]
    assert [one.kind for one in found.repairs[0].network.layers] == ["relu", kind, "flatten", "tanh", "flatten"]


def test_a_window_on_a_data_set_of_rows_has_nowhere_to_go() -> None:
    assert labels(problem(layer("convolution"), in_shape=(784,))) == []


def test_the_loss_asks_for_a_score_for_each_class() -> None:
    found = problem(layer("flatten"), layer("affine", units=50))
    assert (found.uid, found.sentence) == (LOSS_UID, "3 Softmax + loss needs a row of 10")
    assert found.reason == "It needs 10 scores, one for each class, and gets 50."
    assert labels(found) == ["Units 50 → 10", "Add Affine of 10"]
    assert all(infer(repair.network).ok for repair in found.repairs)


def test_an_empty_stack_is_a_legal_document_that_cannot_run() -> None:
    found = problem()
    assert labels(found) == ["Add Flatten and Affine of 10"]
    assert infer(found.repairs[0].network).ok


def test_a_network_too_large_for_memory_is_refused_before_it_is_built() -> None:
    found = problem(layer("flatten"), layer("affine", units=65_536), layer("affine", units=65_536))
    assert found.sentence == "3 Affine is too large"
    assert "65536·65536 + 65536 = 4,295,032,832" in found.arithmetic
    assert f"at most {MOST_PARAMETERS:,}" in found.reason
    found = problem(layer("convolution", filters=4096, kernel_size=1, padding=100))
    assert found.sentence == "1 Convolution is too large"


def test_a_repair_that_would_be_too_large_is_not_offered() -> None:
    found = problem(layer("convolution", filters=500), layer("affine", units=10_000))
    assert found.sentence == "2 Affine needs a row" and labels(found) == []


def test_what_cannot_be_built_says_the_same_sentence() -> None:
    spec = simple_conv_net()
    with pytest.raises(NetworkError, match=r"1 Convolution does not fit evenly\. The 5 × 5 filter"):
        Network(spec.change(spec.layers[0].uid, stride=2))


# -- whatever a person stacks -------------------------------------------------------------------------------------
def random_layer(rng: np.random.Generator) -> LayerSpec:
    """A layer with values from small ranges, many of which do not fit."""
    kind = str(rng.choice(LAYERS.kinds()))

    def pair(low: int, high: int) -> tuple[int, ...]:
        return tuple(int(value) for value in rng.integers(low, high, 2))

    values: dict[str, Any] = {
        "convolution": {"filters": int(rng.integers(1, 5)), "kernel_size": pair(1, 5)},
        "affine": {"units": int(rng.integers(1, 12))},
        "dropout": {"rate": float(rng.uniform(0, 0.9))},
        "max_pool": {"pool_size": pair(1, 4)},
        "average_pool": {"pool_size": pair(1, 4)},
    }.get(kind, {})
    if kind in ("convolution", "max_pool", "average_pool"):
        values |= {"stride": pair(1, 4), "padding": pair(0, 3)}
    return layer(kind, **values)


def random_network(seed: int) -> NetworkSpec:
    rng = np.random.default_rng(seed)
    in_shape = (int(rng.integers(1, 4)), *(int(size) for size in rng.integers(3, 14, 2)))
    return network(*(random_layer(rng) for _ in range(rng.integers(0, 9))), in_shape=in_shape)


def mended(spec: NetworkSpec) -> NetworkSpec:
    """The stack after taking the first repair offered, again and again; a layer that has none is removed."""
    for _ in range(60):
        found = infer(spec).problem
        if found is None:
            return spec
        spec = found.repairs[0].network if found.repairs else spec.remove(found.uid)
    raise AssertionError("sixty repairs did not mend the stack")


@pytest.mark.slow
def test_every_repair_that_is_offered_makes_its_layer_fit() -> None:
    offered = 0
    for seed in range(300):
        report = infer(random_network(seed))
        for repair in report.problem.repairs if report.problem else ():
            card = infer(repair.network).find(report.problem.uid)
            assert card is not None and card.problem is None and card.out_shape is not None, (seed, repair.label)
            result = repair.label.partition(" → ")[2]
            if report.problem.uid != LOSS_UID and result:
                sizes = {" × ".join(map(str, card.out_shape[1:])), str(card.out_shape[1])}
                assert result in sizes, (seed, repair.label, card.out_shape)
            offered += 1
    assert offered > 200


@pytest.mark.slow
def test_any_stack_either_has_a_problem_or_learns_and_never_crashes() -> None:
    sound = 0
    for seed in range(150):
        spec = random_network(seed)
        report = infer(spec)
        assert len(report.layers) == len(spec.layers) + 1
        if not report.ok:
            assert report.problem.reason.endswith(".") and report.problem.summary
            with pytest.raises(NetworkError):
                Network(spec)
        spec = mended(spec)
        learn_one_batch(spec, seed)
        sound += len(spec.layers) > 3
    assert sound > 50


def learn_one_batch(spec: NetworkSpec, seed: int) -> None:
    built = Network(spec, seed=seed)
    rng = np.random.default_rng(seed)
    built.begin_step(0)
    loss, correct = built.gradient_step(rng.random((*spec.in_shape, 3), np.float32), rng.integers(0, 10, 3))
    assert np.isfinite(loss) and 0 <= correct <= 3
    assert np.isfinite(built.grads).all()
    assert [one.out_shape for one in built.layers] == [card.out_shape for card in infer(spec).layers[:-1]]
    answers = built.predict(rng.random((2, *spec.in_shape)))
    assert answers.shape == (2, 10)
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-5)
