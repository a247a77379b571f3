"""The network over its flat buffers."""

import numpy as np
import pytest

from fishlab.core.layers import LAYERS
from fishlab.core.network import Network
from fishlab.core.spec import NetworkSpec

IN_SHAPE = (1, 8, 6)


def spec() -> NetworkSpec:
    """A little of everything, with uids that tell what they are."""
    kinds = [
        ("convolution", {"uid": "conv", "filters": 3, "kernel_size": (3, 1)}),
        ("batch_normalization", {"uid": "norm"}),
        ("relu", {"uid": "bend"}),
        ("max_pool", {"uid": "pool"}),
        ("flatten", {"uid": "flat"}),
        ("dropout", {"uid": "drop", "rate": 0.3}),
        ("affine", {"uid": "last", "units": 10}),
    ]
    return NetworkSpec(in_shape=IN_SHAPE, layers=tuple(LAYERS[kind].item.Spec(**values) for kind, values in kinds))


def batch(size: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.random((*IN_SHAPE, size), np.float32), rng.integers(0, 10, size)


def step(network: Network, number: int = 0) -> float:
    network.begin_step(number)
    loss, _ = network.gradient_step(*batch())
    return loss


def test_every_parameter_is_a_view_of_the_flat_buffers() -> None:
    network = Network(spec())
    network.values[...] = 2
    network.grads[...] = 3
    for key, parameter in network.parameters.items():
        learned = parameter.info.role != "state"
        assert (parameter.value == 2).all() == learned, key
        assert not learned or (parameter.grad == 3).all()
        assert parameter.value.shape == parameter.info.shape
    assert sum(parameter.info.role == "state" for parameter in network.parameters.values()) == 2


def test_weights_stand_first_so_that_decay_touches_nothing_else() -> None:
    network = Network(spec())
    network.values[...] = 0
    network.values[: network.decaying] = 1
    ones = {key for key, parameter in network.parameters.items() if (parameter.value == 1).all()}
    assert ones - {"norm/running_var"} == {"conv/W", "last/W"}


def test_a_flat_vector_splits_into_the_public_shapes() -> None:
    network = Network(spec(), seed=1)
    parts = dict(network.split(network.values))
    for key, part in parts.items():
        np.testing.assert_array_equal(part, network.arrays()[key])
    assert set(parts) == {"conv/W", "conv/b", "norm/gamma", "norm/beta", "last/W", "last/b"}


def test_the_same_seed_gives_the_same_network_and_the_same_steps() -> None:
    one, other, different = Network(spec(), seed=5), Network(spec(), seed=5), Network(spec(), seed=6)
    assert step(one) == step(other)
    np.testing.assert_array_equal(one.grads, other.grads)
    np.testing.assert_array_equal(one.state, other.state)
    assert not np.array_equal(one.values, different.values)


def test_each_step_drops_other_numbers_and_a_repeated_one_the_same() -> None:
    network = Network(spec(), seed=5)
    losses = [step(network, number) for number in (0, 1, 0)]
    assert losses[0] == losses[2] != losses[1]


def test_looking_at_the_network_between_two_steps_changes_no_number() -> None:
    watched, alone = Network(spec(), seed=5), Network(spec(), seed=5)
    for number in range(3):
        assert step(watched, number) == step(alone, number)
        watched.predict(np.random.default_rng(number).random((7, *IN_SHAPE)))
        watched.arrays()["conv/W"][...] = 9  # copies
    np.testing.assert_array_equal(watched.grads, alone.grads)
    np.testing.assert_array_equal(watched.state, alone.state)


def test_removing_a_layer_keeps_the_weights_of_the_others() -> None:
    trained = Network(spec(), seed=1)
    shorter = Network(spec().remove("norm"), seed=2, start=trained.arrays())
    for key in ("conv/W", "conv/b", "last/W", "last/b"):
        np.testing.assert_array_equal(shorter.arrays()[key], trained.arrays()[key])


def test_a_layer_whose_size_changed_starts_afresh_and_the_others_do_not() -> None:
    trained = Network(spec(), seed=1)
    wider = Network(spec().change("conv", filters=4), seed=2, start=trained.arrays())
    fresh = Network(spec().change("conv", filters=4), seed=2)
    assert wider.arrays()["conv/W"].shape == (4, 1, 3, 1)
    np.testing.assert_array_equal(wider.arrays()["conv/W"], fresh.arrays()["conv/W"])
    np.testing.assert_array_equal(wider.arrays()["last/b"], trained.arrays()["last/b"])


def test_changing_one_layer_leaves_the_fresh_weights_of_the_others_alone() -> None:
    """The numbers of a layer hang on the seed and its place, not on what was drawn before it."""
    one, other = Network(spec(), seed=3), Network(spec().change("conv", init="xavier"), seed=3)
    np.testing.assert_array_equal(one.arrays()["last/W"], other.arrays()["last/W"])


def test_gradients_stop_at_the_first_layer_that_learns() -> None:
    relu_first = spec().insert(0, LAYERS["relu"].item.Spec(uid="early"))
    assert [layer.input_gradient for layer in Network(relu_first).layers[:3]] == [False, False, True]
    assert step(Network(relu_first, seed=1)) > 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_images_go_in_and_probabilities_come_out_as_people_expect_them(dtype) -> None:
    network = Network(spec(), seed=1, dtype=dtype)
    images = np.random.default_rng(0).random((5, *IN_SHAPE))
    before = images.copy()
    answers = network.predict(images)
    assert answers.shape == (5, 10) and answers.dtype == dtype
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(network.predict(images[3:4])[0], answers[3], rtol=1e-4)
    np.testing.assert_array_equal(images, before)


def test_many_images_are_answered_in_parts_like_few() -> None:
    network = Network(spec(), seed=1)
    images = np.random.default_rng(1).random((230, *IN_SHAPE), np.float32)
    answers = network.predict(images)
    assert answers.shape == (230, 10)
    np.testing.assert_allclose(answers[150:], network.predict(images[150:]), rtol=1e-5)
