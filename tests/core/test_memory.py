"""Memory is estimated before it is taken: a run that cannot fit is refused in a sentence that says what would."""

import math
import sys
from pathlib import Path

import pytest
from small_runs import dense, layer, prepared, project, trained

from fishlab.core import free_memory, memory
from fishlab.core.augmentation import AUGMENTATIONS
from fishlab.core.errors import TrainingError
from fishlab.core.parallel.way import Way
from fishlab.core.shapes import infer
from fishlab.core.training import Trainer


def small_machine(monkeypatch: pytest.MonkeyPatch, free: int | None) -> None:
    monkeypatch.setattr(memory, "free_bytes", lambda: free)


def test_float_images_that_processes_share_take_four_times_the_memory_of_grey_levels() -> None:
    spec = project([*dense()])
    report = infer(spec.network)
    way = Way("processes", 2)
    grey, floats = (memory.training_bytes(spec, report, 1_000, way, itemsize) for itemsize in (1, 4))
    assert floats - grey == 3 * 1_000 * math.prod(spec.network.in_shape)


def test_a_batch_that_does_not_fit_is_refused_with_one_that_does(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = project(batch_size=100)
    report = infer(spec.network)
    small_machine(monkeypatch, memory.weight_bytes(spec, report) + 47 * memory.image_bytes(spec, report))
    with pytest.raises(TrainingError, match=r"a batch of 100 images\. Use a batch size of 40 or less") as refused:
        Trainer(spec, prepared(spec))
    assert "parameters" in str(refused.value)
    assert trained(project(batch_size=40), steps=1).position.step == 1


def test_weights_that_do_not_fit_are_refused_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    huge = project(
        [layer("flatten"), layer("affine", units=9000), layer("affine", units=9000), layer("affine", units=10)]
    )
    small_machine(monkeypatch, 10**9)
    with pytest.raises(TrainingError, match=r"8\d,\d{3},\d{3} parameters.*Use smaller layers\.$"):
        Trainer(huge, prepared(huge))


def test_a_batch_larger_than_the_set_counts_as_the_set(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = project(batch_size=100_000)
    report = infer(spec.network)
    small_machine(monkeypatch, memory.training_bytes(spec, report, 110))
    assert trained(spec, steps=1).position.step == 1


def test_changing_and_whitening_images_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = project()
    changed = plain.replace(data=plain.data.replace(augmentation=(AUGMENTATIONS["elastic"].item.Spec(),)))
    white = plain.replace(data=plain.data.replace(scaling="whitened"))
    report = infer(plain.network)
    image = memory.image_bytes(plain, report)
    assert memory.image_bytes(changed, report) == image + 4 * 4 * 64
    assert memory.image_bytes(white, report) == image + 4 * 64
    needed = [memory.training_bytes(spec, report, 110, Way("threads", 2)) for spec in (plain, white)]
    assert needed[1] - needed[0] == 20 * 4 * 64 + 2 * 4 * 64 * 64


def test_a_helper_is_taken_only_where_there_is_room_for_it_and_what_it_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    small_machine(monkeypatch, 100 * 10**6)
    assert [memory.helper_fits(shared) for shared in (0, 50 * 10**6, 50 * 10**6 + 1)] == [True, True, False]
    small_machine(monkeypatch, None)
    assert memory.helper_fits(10**12)


def test_nothing_is_refused_where_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    small_machine(monkeypatch, None)
    assert trained(project(), steps=1).position.step == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux's own table")
def test_linux_tells_what_is_free(tmp_path: Path) -> None:
    told = tmp_path / "meminfo"
    told.write_text("MemTotal:       24640000 kB\nMemAvailable:   23175824 kB\n")
    assert free_memory.available(told) == 23175824 * 1024
    told.write_text("something else\n")
    assert free_memory.available(told) is None
    assert (free_memory.free_bytes() or 0) > 10**7
