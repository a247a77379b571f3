"""Row 6, absurd settings: the field says why and Run is off. Generated projects either learn a batch or are refused
with a sentence, never with a MemoryError or an IndexError, and memory is estimated before it is taken.
"""

from __future__ import annotations

import dataclasses
import tracemalloc
from typing import Any

import numpy as np
import pytest
from counts import times
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from small_runs import dense, layer, project, run

from fishlab.core import memory, network
from fishlab.core.augmentation import AUGMENTATIONS
from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.data.prepare import prepare
from fishlab.core.errors import FieldError, FishLabError
from fishlab.core.fields import FieldInfo, describe
from fishlab.core.layers import LAYERS
from fishlab.core.losses import LOSSES
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.schedules import SCHEDULES
from fishlab.core.shapes import infer
from fishlab.core.spec import DataSpec, NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.core.training import Trainer

ROOM = 60_000_000  # bytes that the estimate may promise, as on a very small machine
BESIDE = 20_000_000  # what a run takes that is not counted: the interpreter's own
WORK = times(40_000_000, 400_000_000)  # multiply-adds of a batch, for the patience of whoever waits for the tests
SHAPES = ((1, 8, 8), (3, 9, 7), (1, 1, 1), (16,), (2, 1, 30))
ODD = (float("nan"), float("inf"), -1, 0, 10**9, 10**400, True, None, "3", (0, 0), (10**9, 1))


# -- one at a time ---------------------------------------------------------------------------------------------------
REFUSED: dict[str, Any] = {
    "a rate of nothing": lambda: project(rate=0.0),
    "a rate below nothing": lambda: project(rate=-0.1),
    "a rate that is no number": lambda: project(rate=float("nan")),
    "a rate of a billion": lambda: project(rate=1e9),
    "batches of nothing": lambda: project(batch_size=0),
    "no epochs": lambda: project(epochs=0),
    "a stride of nothing": lambda: layer("convolution", stride=(0, 0)),
    "windows of nothing": lambda: layer("max_pool", pool_size=(0, 0)),
    "a billion units": lambda: layer("affine", units=10**9),
    "all dropped": lambda: layer("dropout", rate=1.0),
    "a share of two to validate": lambda: DataSpec(validation=2.0),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_a_field_says_what_it_takes(name: str) -> None:
    with pytest.raises(FieldError, match=r"it takes .+") as refused:
        REFUSED[name]()
    assert len(str(refused.value)) < 200


def stack(*layers: Any) -> NetworkSpec:
    return NetworkSpec(layers=layers)


SENSELESS: dict[str, tuple[NetworkSpec, str]] = {
    "no layers": (stack(), ""),
    "a kernel larger than the image": (
        stack(layer("convolution", kernel_size=(29, 29)), layer("flatten"), layer("affine", units=10)),
        "larger than its image",
    ),
    "windows larger than the image": (
        stack(layer("max_pool", pool_size=(40, 40)), layer("flatten"), layer("affine", units=10)),
        "larger than its image",
    ),
    "too few outputs": (stack(layer("flatten"), layer("affine", units=3)), "3"),
    "images where a row is needed": (stack(layer("affine", units=10)), "row"),
}


def test_run_is_off_and_says_why(open_window: Any) -> None:
    window, _ = open_window()
    for name, (senseless, word) in SENSELESS.items():
        window.document.replace(ProjectSpec(network=senseless))
        assert window.session.obstacle and word in window.session.obstacle, name
        assert not window.actions_["train.run"].isEnabled() and not window.run_bar.run.isEnabled(), name
        assert window.session.obstacle in window.run_bar.run.toolTip(), name
        window.session.run()
        assert not window.session.training, name
        window.document.replace(ProjectSpec(network=stack(layer("flatten"), layer("affine", units=10))))
        assert window.run_bar.run.isEnabled(), name


def test_a_batch_larger_than_the_set_is_the_set_and_200_layers_learn() -> None:
    deep = [layer("flatten"), *(layer(kind) for _ in range(99) for kind in ("relu", "identity")), *dense()[-1:]]
    assert len(deep) == 200
    trainer, _ = run(project(deep, batch_size=100_000), steps=1)
    assert (trainer.position.step, trainer.batches) == (1, 1)


# -- generated -------------------------------------------------------------------------------------------------------
def values(info: FieldInfo) -> st.SearchStrategy[Any]:
    """Mostly what a field takes, near its lower end; sometimes its upper end, sometimes junk."""
    low, high = info.minimum, info.maximum
    usual: st.SearchStrategy[Any] = st.nothing()
    if info.form == "int":
        usual = st.integers(int(low or 0), min(int(high or 99), int(low or 0) + 40)) | st.just(int(high or 9))
    elif info.form == "pair":
        usual = st.tuples(*[st.integers(int(low or 0), min(int(high or 99), int(low or 0) + 6))] * 2)
    elif info.form == "float":
        usual = st.floats(low if low is not None else -9, high if high is not None else 9)
    elif info.form in ("choice", "bool"):
        usual = st.sampled_from([choice.value for choice in info.choices] or [True, False])
    return usual | usual | usual | usual | usual | usual | usual | usual | usual | st.sampled_from(ODD)


def made(spec: Any) -> st.SearchStrategy[Any]:
    """A spec of this class with some fields set; where a field refused, a plain one."""
    infos = [info for info in describe(spec) if info.form in ("int", "pair", "float", "choice", "bool")]
    some = st.fixed_dictionaries({}, optional={info.name: values(info) for info in infos})
    return some.map(lambda fields: tried(lambda: spec(**fields)) or spec())


def tried(make: Any) -> Any:
    """What it makes, or None where it is refused with a sentence."""
    try:
        return make()
    except FishLabError as error:
        assert 10 < len(str(error)) < 600
        return None


def of(registry: Any, *, inner: str = "") -> st.SearchStrategy[Any]:
    specs = [getattr(entry.item, inner) if inner else entry.item for entry in registry]
    return st.sampled_from(specs).flatmap(made)


@st.composite
def projects(draw: st.DrawFn) -> ProjectSpec | None:
    layers = draw(st.lists(of(LAYERS, inner="Spec"), max_size=6))
    ending = [layer("flatten"), layer("affine", units=10)] if draw(st.integers(0, 4)) else []
    optimizer, schedule = draw(of(OPTIMIZERS, inner="Spec")), draw(of(SCHEDULES))
    steps = tuple(draw(st.lists(of(AUGMENTATIONS, inner="Spec"), max_size=2)))
    training, data, loss = draw(made(TrainingSpec)), draw(made(DataSpec)), draw(of(LOSSES, inner="Spec"))
    return tried(
        lambda: ProjectSpec(
            network=NetworkSpec(in_shape=draw(st.sampled_from(SHAPES)), layers=(*layers, *ending), loss=loss),
            data=data.replace(augmentation=steps, subset=0),
            training=dataclasses.replace(training, optimizer=optimizer, schedule=schedule),
        )
    )


def images_for(spec: ProjectSpec) -> Dataset:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (40, *spec.network.in_shape), dtype=np.uint8)
    found = ImageSet(pixels, (np.arange(40) % 10).astype(np.intp))
    return Dataset("Noise", "digits", found, found)


def learns_or_is_refused(spec: ProjectSpec) -> bool:
    """Whether it learned a batch; otherwise a sentence said why not. No more memory was taken than estimated."""
    report = infer(spec.network)
    assume(report.problem is not None or report.mult_adds * min(spec.training.batch_size, 40) < WORK)
    tracemalloc.start()
    try:
        data = prepare(images_for(spec), spec.data, seed=spec.training.seed)
        needed = memory.training_bytes(spec, report, 40) if report.problem is None else 0
        trainer = Trainer(spec, data)
        for _ in trainer.events():
            if trainer.position.step:
                break
        taken = tracemalloc.get_traced_memory()[1]
        assert taken < max(needed, 0) + BESIDE, f"{taken:,} bytes for an estimate of {needed:,}"
        return True
    except FishLabError as error:
        assert 10 < len(str(error)) < 600
        assert tracemalloc.get_traced_memory()[1] < ROOM + BESIDE
        return False
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_generated_projects_learn_a_batch_or_are_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (memory, network):
        monkeypatch.setattr(module, "free_bytes", lambda: ROOM)
    outcomes: list[bool] = []

    @settings(
        max_examples=times(80, 700), deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(projects())
    def generate(spec: ProjectSpec | None) -> None:
        assume(spec is not None)
        outcomes.append(learns_or_is_refused(spec))

    generate()
    print(f"{len(outcomes):,} projects, {sum(outcomes):,} of them learned a batch")
    assert 0.1 < sum(outcomes) / len(outcomes) < 0.95
