"""Row 18, interrupted training: SIGKILL at a random batch, then resume. The losses and weights of an unbroken run, bit
for bit; and the optimizer's memory, the whole history, the best epoch and how long patience has waited with them.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from counts import times
from idx_files import small_set, write_set
from small_runs import assert_same_model, everything, layer, project, run, trained

from fishlab.core.augmentation import AUGMENTATIONS
from fishlab.core.checkpoint import Checkpoint
from fishlab.core.files import open_project, save_project
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.parallel.way import Way
from fishlab.core.schedules import SCHEDULES
from fishlab.core.spec import ProjectSpec

KILLS = times(4, 60)  # for each way of running
GENERATED = times(12, 300)
CHILD = """
import sys
from fishlab.core import automatic
automatic.SECONDS, automatic.SHARE = 0.0, 1.0  # a file after every batch, unless the last one is still being written
from fishlab.cli import main
sys.exit(main(sys.argv[1:]))
"""


def whole_project(folder: Path, **more: Any) -> ProjectSpec:
    """All that has a memory, a place or chance in it at once."""
    spec = project(
        everything(), optimizer="momentum", rate=0.02, epochs=7, batch_size=30, sampling="replacement", patience=3,
        clip_norm=1.0, weight_decay=1e-3, schedule=SCHEDULES["cosine"].item(warm_up=1.5, floor=0.1), **more,
    )  # fmt: skip
    spec = spec.edit_network(lambda network: replace(network, in_shape=(1, 28, 28)))
    changes = tuple(AUGMENTATIONS[kind].item.Spec() for kind in ("rotate", "shift", "noise"))
    return spec.replace(data=spec.data.replace(source="mnist", folder=str(folder), augmentation=changes))


# -- killed ----------------------------------------------------------------------------------------------------------
def start(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, "train", *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def wait_until_it_trains(child: subprocess.Popen[str]) -> None:
    assert child.stderr is not None
    said = []
    for line in child.stderr:
        said.append(line)
        if line.startswith("Running in"):
            return
    raise AssertionError(f"it never trained: {said}")


def kill_after(seconds: float, child: subprocess.Popen[str]) -> bool:
    """Whether it was still at work."""
    with child:
        try:
            wait_until_it_trains(child)
            time.sleep(seconds)
            at_work = child.poll() is None
        finally:
            child.kill()
    return at_work


def is_done(file: Path) -> bool:
    if not file.exists():
        return False
    model = opened(file)
    return model.position.batch == 0 and model.position.epoch == model.target


def opened(file: Path) -> Checkpoint:
    _, model = open_project(file)
    assert model is not None
    return model


@pytest.mark.slow
@pytest.mark.parametrize("way", ["one", "threads:2", "processes:2"])
def test_a_training_killed_again_and_again_ends_with_the_bits_of_an_unbroken_one(way: str, tmp_path: Path) -> None:
    write_set(tmp_path / "set", small_set(train=900, test=50))
    begun, file = tmp_path / "begun.fishlab", tmp_path / "out.fishlab"
    spec = whole_project(tmp_path / "set")
    save_project(begun, spec, None)
    unbroken = trained_in_one_go(begun, tmp_path / "unbroken.fishlab", way)
    rng = np.random.default_rng(KILLS)
    kills, places = 0, set()
    while kills < KILLS:
        file.unlink(missing_ok=True)
        while not is_done(file):
            before = opened(file).position if file.exists() else None
            child = start(str(file if file.exists() else begun), "-o", str(file), "--way", way)
            kills += kill_after(rng.uniform(0.0, 0.6), child)
            if file.exists():
                places.add(opened(file).position)
                assert before is None or opened(file).position.step >= before.step, "it went back"
        assert_same_run(opened(file), unbroken)
    assert len(places) > KILLS / 4, "the kills must come at many batches"
    assert_nothing_is_beside(file)


def trained_in_one_go(begun: Path, out: Path, way: str) -> Checkpoint:
    with start(str(begun), "-o", str(out), "--way", way) as child:
        assert child.wait(60) == 0
    return opened(out)


def assert_same_run(one: Checkpoint, other: Checkpoint) -> None:
    assert_same_model(one, other)
    assert (one.patient_since, one.class_names, one.way) == (other.patient_since, other.class_names, other.way)
    assert one.best is not None and len(one.history.epochs) > 2


def assert_nothing_is_beside(file: Path) -> None:
    """What a killed writer left, the next one swept away."""
    assert not [path.name for path in file.parent.iterdir() if path.suffix == ".tmp"]


# -- stopped at every batch, by way of a file ------------------------------------------------------------------------
def test_a_run_stopped_after_every_batch_and_read_from_a_file_has_the_bits_of_an_unbroken_one(tmp_path: Path) -> None:
    spec = small_whole_project()
    unbroken = trained(spec)
    model = trained(spec, steps=1)
    while not finished(model):
        save_project(tmp_path / "run.fishlab", spec, model)
        model = trained(spec, resume=opened(tmp_path / "run.fishlab"), steps=1)
    assert_same_run(model, unbroken)


def small_whole_project() -> ProjectSpec:
    spec = whole_project(Path())
    spec = spec.edit_network(lambda network: replace(network, in_shape=(1, 8, 8)))
    return spec.replace(data=spec.data.replace(source="digits", folder=""))


def finished(model: Checkpoint) -> bool:
    return model.position.batch == 0 and model.position.epoch == model.target


def generated(rng: np.random.Generator) -> ProjectSpec:
    """A project over 8 x 8 images with settings drawn from all there are."""
    def one_of(*choices: Any) -> Any:
        return choices[int(rng.integers(len(choices)))]

    schedule = SCHEDULES[one_of(*SCHEDULES.kinds())].item()
    if hasattr(schedule, "warm_up"):
        schedule = replace(schedule, warm_up=one_of(0.0, 0.5, 2.0))
    spec = project(
        one_of(everything(), [layer("flatten"), layer("affine", units=9), layer("dropout"), layer("affine", units=10)]),
        optimizer=one_of(*OPTIMIZERS.kinds()), epochs=int(rng.integers(1, 5)), batch_size=int(rng.integers(7, 60)),
        sampling=one_of("permutation", "replacement"), patience=int(rng.integers(0, 3)), schedule=schedule,
        clip_norm=one_of(0.0, 0.1, 5.0), decay_kind=one_of("l1", "l2", "max_norm"), weight_decay=one_of(0.0, 0.01),
        precision=one_of("float32", "float64"), keep_best=one_of(True, False), seed=int(rng.integers(100)),
    )  # fmt: skip
    kinds = rng.permutation(AUGMENTATIONS.kinds())[: int(rng.integers(4))]
    changes = tuple(AUGMENTATIONS[kind].item.Spec() for kind in kinds)
    return spec.replace(data=spec.data.replace(augmentation=changes, scaling=one_of("unit", "standard", "pixels")))


@pytest.mark.parametrize("seed", range(GENERATED))
def test_a_generated_run_stopped_anywhere_and_read_from_a_file_goes_on_with_the_same_bits(
    seed: int, tmp_path: Path
) -> None:
    rng = np.random.default_rng([seed, 18])
    spec = generated(rng)
    way = Way.parse(str(rng.choice(["one", "threads:2", "threads:3"])))
    whole, _ = run(spec, way=way)
    unbroken, model = whole.checkpoint(), None
    while model is None or not (finished(model) or whole.position == model.position):
        model = trained(spec, resume=model, steps=int(rng.integers(1, 12)), way=way)
        save_project(tmp_path / "run.fishlab", spec, model)
        model = opened(tmp_path / "run.fishlab")
    assert_same_model(model, unbroken)
    assert model.patient_since == unbroken.patient_since
