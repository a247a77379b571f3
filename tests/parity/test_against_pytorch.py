"""The engine against PyTorch, where that is installed: layers, whole networks, and twenty steps of every optimizer.

Dropout uses FishLab's masks on both sides. In float64 the two agree to ten digits; in float32 to five, on data that
keep away from the corners of ReLU and pooling. FishLab's float32 gradients of whole networks are held against PyTorch's
in float64, to five digits; or, where PyTorch's own float32 gradients keep fewer, to four times their distance.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from counts import times
from small_runs import layer as layer_spec
from test_against_reference import LETTERS, ORDERS, Engine, away_from_corners, random_case
from test_generated_stacks import as_given, batch_away_from_corners, build, masks, on_a_stack_with_room

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from benchmarks.stacks import random_batch_size, random_stack  # noqa: E402
from benchmarks.torch_stack import (  # noqa: E402
    public_tensors,
    torch_layers,
    torch_loss,
    torch_optimizer,
    torch_stack,
)
from fishlab.core.network import Network  # noqa: E402
from fishlab.core.optimizers import OPTIMIZERS  # noqa: E402
from fishlab.core.spec import NetworkSpec  # noqa: E402
from fishlab.core.templates import TEMPLATES  # noqa: E402

torch.set_num_threads(1)  # these networks are small: threads would only wait for each other
Array = np.ndarray
TYPES = {np.float64: torch.float64, np.float32: torch.float32}
SHARES = {np.float64: 1e-10, np.float32: 1e-5}
both_types = pytest.mark.parametrize("dtype", list(TYPES), ids=["float64", "float32"])


class Masked(torch.nn.Module):
    """Dropout with a mask (*shape, N) that is given; the layer it stands for says what predicting does."""

    def __init__(self, mask: Array, stands_for: Any, uid: str) -> None:
        super().__init__()
        self.uid = uid
        self.mask, self.stands_for = torch.from_numpy(np.ascontiguousarray(np.moveaxis(mask, -1, 0))), stands_for.eval()

    def forward(self, x: Any) -> Any:
        return x * self.mask if self.training else self.stands_for(x)

    def train(self, mode: bool = True) -> Any:
        """The layer it stands for only ever predicts."""
        super().train(mode)
        self.stands_for.eval()
        return self


def twin(network: Network, batch: int, step: int, dtype: Any = np.float64) -> Any:
    """PyTorch's network with the same weights, and the masks of this step."""
    stack = torch_stack(network.spec, network.arrays(), TYPES[dtype])
    use_masks(stack, masks(network, batch, step))
    return stack


def use_masks(stack: Any, dropped: dict[str, Array]) -> None:
    """Put a mask in the place of each dropout layer, wherever it is."""
    for module in list(stack.modules()):
        for name, child in list(module.named_children()):
            if getattr(child, "uid", None) in dropped:
                setattr(module, name, Masked(dropped[child.uid], getattr(child, "stands_for", child), child.uid))


def assert_agrees(name: str, found: Array, wanted: Array, scale: float, share: float) -> None:
    away, scale = float(abs(found - wanted).max()), max(scale, float(abs(wanted).max()))
    assert away <= share * scale, f"{name}: away by {away:.3g}, {away / scale:.2g} of {scale:.3g}"


def compare_a_step(network: Network, images: Array, labels: Array, scales: dict[str, float]) -> None:
    share, batch = SHARES[network.dtype.type], labels.size
    stack = twin(network, batch, step=4)
    assert_predicts_alike(network, stack, images, share)
    loss, gradients = a_step_of(stack, network, exactly(images), labels)
    network.begin_step(4)
    told, _ = network.gradient_step(as_given(images, turned=True), labels)
    assert told == pytest.approx(loss, rel=share)
    largest = max(float(abs(grad).max()) for grad in gradients.values())
    rounding = rounding_of_pytorch(network, images, labels, gradients)
    for key, grad in network.split(network.grads):
        scale = max(scales.get(key, 0.0), 1e-3 * largest, 4 * rounding.get(key, 0.0) / share)
        assert_agrees(key, grad, gradients[key], scale, share)
    assert_same_statistics(network, public_tensors(stack), batch, share)


def a_step_of(stack: Any, network: Network, images: Any, labels: Array) -> tuple[float, dict[str, Array]]:
    """PyTorch's loss and gradients of a batch."""
    stack.train()
    loss = torch_loss(network.spec.loss)(stack(images), torch.from_numpy(labels))
    loss.backward()
    return loss.item(), public_tensors(stack, gradients=True)


def rounding_of_pytorch(
    network: Network, images: Array, labels: Array, exact: dict[str, Array]
) -> dict[str, float]:
    """What float32 does to PyTorch's gradients: much, behind a batch normalization over two or three numbers."""
    if network.dtype != np.float32:
        return {}
    stack = twin(network, labels.size, step=4, dtype=np.float32)
    _, single = a_step_of(stack, network, torch.from_numpy(images), labels)
    return {key: float(abs(single[key] - grad).max()) for key, grad in exact.items()}


def exactly(images: Array) -> Any:
    return torch.from_numpy(images.astype(np.float64))


def assert_predicts_alike(network: Network, stack: Any, images: Array, share: float) -> None:
    stack.eval()
    with torch.no_grad():
        wanted = stack(exactly(images)).numpy().T
    found = network.forward(as_given(images, turned=True), training=False)
    assert_agrees("scores", found, wanted, 1.0, share)


def assert_same_statistics(network: Network, tensors: dict[str, Array], batch: int, share: float) -> None:
    """Running means agree. PyTorch moves the running variance by M / (M - 1) of the batch's, ours by the batch's."""
    for layer in network.walk():
        if layer.spec.kind != "batch_normalization":
            continue
        mean, variance = (network.parameters[f"{layer.spec.uid}/running_{name}"].value for name in ("mean", "var"))
        key = f"{layer.spec.uid}/running_"
        assert_agrees(key + "mean", mean, tensors[key + "mean"], 1.0, share)
        count = batch * math.prod(layer.in_shape[1:])
        before = START_VARIANCE * layer.spec.momentum
        unbiased = (variance - before) * count / (count - 1) + before
        assert_agrees(key + "var", unbiased, tensors[key + "var"], 1.0, share)


START_VARIANCE = 0.75


def with_known_variances(network: Network) -> Network:
    for key, parameter in network.parameters.items():
        if key.endswith("/running_var"):
            parameter.value[...] = START_VARIANCE
    return network


SEEDS = [*range(600, 640), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(640, times(720, 900)))]


@both_types
@pytest.mark.parametrize("seed", SEEDS)
def test_a_generated_network_has_the_gradients_of_pytorch(seed: int, dtype: Any) -> None:
    def check(seed: int) -> None:
        rng, batch = np.random.default_rng([seed, 6]), 1 + random_batch_size(seed)  # BatchNorm refuses one image
        network = with_known_variances(build(random_stack(seed, small=True), seed, dtype))
        room = 16 * float(np.finfo(dtype).eps)
        images, labels, wanted = batch_away_from_corners(network, rng, batch, 4, room)
        compare_a_step(network, images, labels, wanted.scales)

    on_a_stack_with_room(check, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(700, times(710, 730)))
def test_a_large_generated_network_has_the_gradients_of_pytorch(seed: int) -> None:
    network = with_known_variances(build(random_stack(seed), seed, np.float64))
    rng = np.random.default_rng(seed)
    images, labels = rng.normal(size=(100, *network.spec.in_shape)), rng.integers(0, 10, 100)
    compare_a_step(network, images, labels, {})


@pytest.mark.parametrize("kind", ["two_layer_net", "three_layer_mlp", "simple_conv_net", "deep_conv_net", "lenet_5"])
def test_the_networks_of_the_book_have_the_gradients_of_pytorch(kind: str) -> None:
    spec = TEMPLATES[kind].item().network
    rng, network = np.random.default_rng(1), Network(spec, seed=1, dtype=np.float64)
    compare_a_step(network, rng.random((33, *spec.in_shape)), rng.integers(0, 10, 33), {})


# -- layers by themselves --------------------------------------------------------------------------------------------
ALONE = [seed for seed, order in enumerate(ORDERS) if len(order) == 1]


@both_types
@pytest.mark.parametrize("seed", [pytest.param(seed, id=f"{seed} {LETTERS[ORDERS[seed]]}") for seed in ALONE])
def test_a_layer_has_the_outputs_and_gradients_of_pytorch(seed: int, dtype: Any) -> None:
    case, rng, share = random_case(seed), np.random.default_rng([seed, 9]), SHARES[dtype]
    engine, batch = Engine(case, dtype), 1 + case.batches[0]
    engine.set_weights(rng)
    x, wanted = away_from_corners(engine, rng, batch, seed, training=True)
    dout, scales = wanted.scales.pop("dout"), wanted.scales
    stack = torch_layers(case.layers, case.in_shape, engine.weights(), TYPES[dtype])
    use_masks(stack, engine.masks(batch, seed))
    found = engine.step(x, dout, seed, training=True)
    images, douts = (torch.from_numpy(np.moveaxis(array, -1, 0).copy()) for array in (x, dout))
    out = stack(images.requires_grad_())
    out.backward(douts)
    assert_agrees("out", found.out, np.moveaxis(out.detach().numpy(), 0, -1), scales["out"], share)
    assert_agrees("dx", found.dx, np.moveaxis(images.grad.numpy(), 0, -1), scales["dx"], share)
    gradients = public_tensors(stack, gradients=True)
    assert set(gradients) == set(found.grads)
    for key, grad in found.grads.items():
        assert_agrees(key, grad, gradients[key], scales.get(key, 0.0), share)


# -- optimizers ------------------------------------------------------------------------------------------------------
def as_the_book_writes_it(optimizer: Any, spec: Any, step: int) -> None:
    """PyTorch adds Adam's epsilon to sqrt(v / (1 - b2^t)), the book to sqrt(v): this epsilon gives the same formula."""
    if spec.kind in ("adam", "adamw"):
        for group in optimizer.param_groups:
            group["eps"] = 1e-7 / math.sqrt(1 - spec.beta2**step)


def smooth_network() -> NetworkSpec:
    """Without a corner, on which twenty steps could part, and without a parameter whose gradient is only rounding."""
    return NetworkSpec(
        in_shape=(2, 7, 9),
        layers=(
            layer_spec("convolution", filters=5, kernel_size=(2, 4), stride=(1, 1), padding=(0, 1), bias=False),
            layer_spec("batch_normalization", momentum=0.6),
            layer_spec("tanh"),
            layer_spec("average_pool", pool_size=(2, 2), stride=(2, 2)),
            layer_spec("convolution", filters=4, kernel_size=(3, 2)),
            layer_spec("sigmoid"),
            layer_spec("flatten"),
            layer_spec("affine", units=13),
            layer_spec("dropout", rate=0.3),
            layer_spec("tanh"),
            layer_spec("affine", units=10),
        ),
    )


def steps(spec: NetworkSpec, dtype: Any) -> Iterator[tuple[int, Array, Array]]:
    rng = np.random.default_rng(8)
    for step in range(20):
        yield step, rng.normal(size=(24, *spec.in_shape)).astype(dtype), rng.integers(0, 10, 24)


@both_types
@pytest.mark.parametrize("kind", OPTIMIZERS.kinds())
def test_twenty_steps_end_at_the_weights_of_pytorch(kind: str, dtype: Any) -> None:
    spec, settings = smooth_network(), OPTIMIZERS[kind].item.Spec(learning_rate=0.003)
    network = Network(spec, seed=2, dtype=dtype)
    optimizer = OPTIMIZERS[kind].item(settings, network.values.size, network.dtype)
    stack = twin(network, 24, 0, dtype)
    theirs = torch_optimizer(settings, stack)
    for step, images, labels in steps(spec, dtype):
        use_masks(stack, masks(network, 24, step))
        network.begin_step(step)
        network.gradient_step(as_given(images, turned=True), labels)
        optimizer.step(network.values, network.grads)
        as_the_book_writes_it(theirs, settings, step + 1)
        theirs.zero_grad()
        torch_loss(spec.loss)(stack(torch.from_numpy(images)), torch.from_numpy(labels)).backward()
        theirs.step()
    ends = public_tensors(stack)
    for key, values in network.split(network.values):
        assert_agrees(key, values, ends[key], 0.0, SHARES[dtype])
