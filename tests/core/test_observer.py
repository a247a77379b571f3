"""Questions about moments are answered beside a run, within their share, and never touch what learns."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from weakref import ref

import numpy as np
import pytest
from small_runs import dataset, project

from fishlab.core.data.dataset import Dataset
from fishlab.core.data.prepare import prepare
from fishlab.core.errors import DataError
from fishlab.core.layers import LAYERS
from fishlab.core.layers.affine import Affine
from fishlab.core.layers.base import Array
from fishlab.core.moment import Moment
from fishlab.core.observer import AT_ONCE, BESIDE, Answer, Observer, Subject
from fishlab.core.probes import PROBES, Question
from fishlab.core.registry import Registry
from fishlab.core.sight import Sight
from fishlab.core.spec import ProjectSpec
from fishlab.core.training import Trainer

Found = dict[Question, Answer]


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> Registry[Any]:
    """A registry of its own, that a test fills."""
    own: Registry[Any] = Registry("probe")
    monkeypatch.setattr("fishlab.core.observer.PROBES", own)
    return own


@pytest.fixture
def observer() -> Iterator[Observer]:
    made = Observer(lambda spec, progress: dataset())
    yield made
    assert made.stop(30)


def until(observer: Observer, done: Callable[[Found], bool], found: Found | None = None) -> Found:
    found = {} if found is None else found
    end = time.monotonic() + 20
    while not done(found) and time.monotonic() < end:
        found.update({answer.question: answer for answer in observer.drain()[0]})
        time.sleep(0.001)
    assert done(found)
    return found


def test_what_is_asked_is_answered_about_the_moment_that_is_shown(observer: Observer) -> None:
    moment = Moment.fresh(project())
    question = Question("weights")
    observer.want([question])
    time.sleep(0.05)
    assert observer.drain() == ([], []), "nothing is there to look at yet"
    observer.show(Subject(moment))
    answer = until(observer, lambda found: question in found)[question]
    assert answer.moment is moment and answer.error == ""
    assert [layer.uid for layer in answer.data] == _uids_with_weights(moment)


def _uids_with_weights(moment: Moment) -> list[str]:
    return [layer.uid for layer in moment.network.layers if f"{layer.uid}/W" in moment.weights]


def test_each_new_moment_is_looked_at_and_an_answered_one_is_not_looked_at_again(
    observer: Observer, probes: Registry[Any]
) -> None:
    looks: list[int] = []
    probes.register("step", title="Step")(lambda sight: looks.append(sight.moment.step))
    observer.want([Question("step")])
    moment = Moment.fresh(project())
    observer.show(Subject(moment))
    until(observer, lambda found: bool(found))
    time.sleep(0.05)
    assert looks == [0]
    observer.show(Subject(moment, None, (moment,)))
    time.sleep(0.05)
    assert looks == [0], "it does not read the line"
    observer.show(Subject(Moment.fresh(project())))
    until(observer, lambda _: looks == [0, 0])


def test_who_reads_the_line_is_answered_again_when_it_grows(observer: Observer, probes: Registry[Any]) -> None:
    probes.register("length", title="Length")(lambda sight: len(sight.line))
    moment, question = Moment.fresh(project()), Question("length")
    observer.want([question])
    for length in (1, 2, 3):
        observer.show(Subject(moment, None, (moment,) * length))
        assert until(observer, lambda found: question in found)[question].data == length


def test_the_thread_ends_by_itself_when_all_is_answered(observer: Observer) -> None:
    observer.want([Question("weights")])
    observer.show(Subject(Moment.fresh(project())))
    until(observer, lambda found: bool(found))
    until(observer, lambda _: not [one for one in threading.enumerate() if one.name == "fishlab-observer"])
    assert not observer.busy


def test_nobody_who_asks_any_more_ends_the_work(observer: Observer, probes: Registry[Any]) -> None:
    ended: list[str] = []

    def endless(sight: Sight) -> None:
        try:
            for number in range(10**9):
                sight.look(number, 10**9)
                time.sleep(0.001)
        finally:
            ended.append("endless")

    probes.register("endless", title="Endless")(endless)
    observer.want([Question("endless")])
    observer.show(Subject(Moment.fresh(project())))
    end = time.monotonic() + 10
    while not (progress := observer.drain()[1]) and time.monotonic() < end:
        time.sleep(0.001)
    assert progress[0].total == 10**9
    observer.want([])
    until(observer, lambda _: ended == ["endless"])


def test_answered_questions_keep_no_moment_alive(observer: Observer, probes: Registry[Any]) -> None:
    probes.register("step", title="Step")(lambda sight: sight.moment.step)
    observer.want([Question("step", once=True)])
    old = Moment.fresh(project())
    observer.show(Subject(old, None, (old,)))
    until(observer, lambda _: not observer.busy)
    observer.drain()
    gone, old = ref(old), Moment.fresh(project())
    observer.show(Subject(old, None, (old,)))
    until(observer, lambda _: gone() is None)


def test_a_question_once_keeps_its_answer(observer: Observer, probes: Registry[Any]) -> None:
    looks: list[int] = []
    probes.register("count", title="Count")(lambda sight: looks.append(1))
    question = Question("count", once=True)
    observer.want([question])
    observer.show(Subject(Moment.fresh(project())))
    until(observer, lambda found: question in found)
    observer.show(Subject(Moment.fresh(project())))
    time.sleep(0.05)
    assert looks == [1]
    observer.want([])
    observer.want([question])
    until(observer, lambda _: looks == [1, 1])


def test_a_fresh_question_is_answered_by_a_network_that_has_learned_nothing(observer: Observer) -> None:
    spec = project()
    asked, fresh = Question("weights"), Question("weights", fresh=True)
    observer.want([asked, fresh])
    observer.show(Subject(None, spec))
    found = until(observer, lambda found: fresh in found)
    assert asked not in found and found[fresh].moment is not None
    assert all(layer.now.std == layer.before.std for layer in found[fresh].data)


def test_with_and_without_fresh_a_question_about_what_was_learned_is_looked_at_once(
    observer: Observer, probes: Registry[Any]
) -> None:
    looks: list[int] = []
    probes.register("step", title="Step")(lambda sight: looks.append(sight.moment.step) or sight.moment.step)
    learned, fresh = Question("step"), Question("step", fresh=True)
    assert learned != fresh and learned.twin == fresh and fresh.twin == learned
    moment = Moment.fresh(project())
    observer.want([learned, fresh])
    observer.show(Subject(moment, moment.project))
    found = until(observer, lambda found: len(found) == 2)
    assert [found[one].moment for one in (learned, fresh)] == [moment, moment]
    until(observer, lambda _: not observer.busy)
    assert len(looks) == 1


def test_a_fresh_answer_about_another_network_is_not_that_of_what_was_learned(
    observer: Observer, probes: Registry[Any]
) -> None:
    probes.register("layers", title="Layers")(lambda sight: len(sight.moment.network.layers))
    learned, fresh = Question("layers"), Question("layers", fresh=True)
    moment = Moment.fresh(project())
    other = replace(moment.project, network=moment.network.remove(moment.network.layers[-2].uid))
    observer.want([learned, fresh])
    observer.show(Subject(moment, other))
    found = until(observer, lambda found: len(found) == 2)
    assert found[learned].data == len(moment.network.layers) and found[fresh].data == found[learned].data - 1


def test_a_probe_that_fails_says_why_and_the_others_go_on(observer: Observer, probes: Registry[Any]) -> None:
    def refuse(_: Sight) -> None:
        raise DataError("The folder holds no images.")

    def fail(_: Sight) -> None:
        raise ZeroDivisionError("by chance")

    probes.register("refuse", title="Refuse")(refuse)
    probes.register("fail", title="Fail")(fail)
    probes.register("fine", title="Fine")(lambda sight: 1)
    questions = [Question(name) for name in ("refuse", "fail", "fine")]
    observer.want(questions)
    observer.show(Subject(Moment.fresh(project())))
    found = until(observer, lambda found: len(found) == 3)
    assert found[questions[0]].error == "The folder holds no images."
    assert "ZeroDivisionError" in found[questions[1]].error
    assert found[questions[2]].data == 1


def test_data_are_read_once_and_those_of_a_run_are_not_read_at_all() -> None:
    read: list[str] = []

    def load(spec: Any, progress: Any) -> Dataset:
        read.append("again")
        return dataset()

    spec, question = project(), Question("images")
    own: Registry[Any] = Registry("probe")
    own.register("images", title="Images")(lambda sight: len(sight.data.train))
    for given in (False, True):
        read.clear()
        observer = Observer(load)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("fishlab.core.observer.PROBES", own)
            if given:
                observer.give(spec, prepare(dataset(), spec.data, seed=spec.training.seed))
            observer.want([question])
            for _ in range(3):
                observer.show(Subject(Moment.fresh(spec)))
                until(observer, lambda found: question in found)
            assert observer.stop(30)
        assert read == ([] if given else ["again"])


def test_reading_data_ends_when_nobody_waits_for_them(probes: Registry[Any]) -> None:
    told: list[int] = []

    def endless(spec: Any, progress: Any) -> Dataset:
        for number in range(10**9):
            told.append(number)
            progress("Reading", number, 10**9)
            time.sleep(0.001)
        return dataset()

    probes.register("images", title="Images")(lambda sight: len(sight.data.train))
    observer = Observer(endless)
    observer.want([Question("images")])
    observer.show(Subject(Moment.fresh(project())))
    until(observer, lambda _: len(told) > 3)
    observer.want([])
    until(observer, lambda _: not observer.busy)
    assert observer.stop(30)


def test_the_network_of_a_sight_holds_the_moment_whatever_was_done_to_it(
    observer: Observer, probes: Registry[Any]
) -> None:
    """A probe may train on it; the next one sees the moment's weights and state again."""

    def learn(sight: Sight) -> None:
        x, labels = sight.batch(8)
        sight.network.begin_step(0)
        sight.network.gradient_step(x, labels)
        sight.network.values[...] += 1

    def equal(sight: Sight) -> bool:
        arrays = sight.network.arrays()
        return all(np.array_equal(arrays[key], value) for key, value in sight.moment.weights.items())

    probes.register("learn", title="Learn")(learn)
    probes.register("equal", title="Equal")(equal)
    moment = Moment.fresh(project())
    for question in (Question("learn"), Question("equal")):
        observer.want([question])
        observer.show(Subject(moment))
        found = until(observer, lambda found, question=question: question in found)  # type: ignore[misc]
        assert found[question].error == ""
    assert found[Question("equal")].data is True


def test_a_moment_shares_no_memory_with_the_run() -> None:
    trainer = _trainer(project())
    events = trainer.events()
    moment = None
    kept: dict[str, Any] = {}
    for event in events:
        if type(event).__name__ == "StepDone" and moment is None:
            moment = Moment.now(trainer)
            kept = {key: value.copy() for key, value in moment.weights.items()}
    assert moment is not None and moment.step == 1
    assert all(np.array_equal(moment.weights[key], value) for key, value in kept.items())
    assert any(not np.array_equal(trainer.network.arrays()[key], value) for key, value in kept.items())


def _trainer(spec: ProjectSpec) -> Trainer:
    return Trainer(spec, prepare(dataset(), spec.data, seed=spec.training.seed))


def test_every_probe_is_registered_with_a_title() -> None:
    assert {"weights", "filters", "digit"} <= set(PROBES.kinds())
    assert all(entry.title for entry in PROBES)


# -- very long looks, and very large networks ------------------------------------------------------------------------
def burn(seconds: float) -> None:
    """Work for so long, on this thread's own clock."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def worked_in_pieces(observer: Observer, probes: Registry[Any], share: float | None) -> float:
    """How long 0.4 seconds of work take that is asked for once."""
    def long(sight: Sight) -> float:
        began = time.monotonic()
        for piece in range(16):
            sight.look(piece, 16)
            burn(0.025)
        sight.breathe()
        return time.monotonic() - began

    probes.register("long", title="Long")(long)
    question = Question("long", once=True)
    observer.set_share(share)
    observer.want([question])
    observer.show(Subject(Moment.fresh(project())))
    seconds: float = until(observer, lambda found: question in found)[question].data
    return seconds


@pytest.mark.slow
def test_what_takes_long_is_worked_at_in_pieces_beside_a_run_also_where_it_is_asked_once(
    observer: Observer, probes: Registry[Any]
) -> None:
    rests = (0.4 - AT_ONCE - 0.025) * (1 / BESIDE - 1)
    assert worked_in_pieces(observer, probes, share=0.06) >= 0.4 + 0.95 * rests


def test_a_long_look_that_rests_goes_on_at_once_when_the_run_ends(
    observer: Observer, probes: Registry[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fishlab.core.observer.BESIDE", 1e-6)  # hours
    resting = threading.Event()

    def long(sight: Sight) -> str:
        burn(AT_ONCE + 0.03)
        resting.set()
        sight.breathe()
        return "done"

    probes.register("long", title="Long")(long)
    question = Question("long", once=True)
    observer.set_share(0.06)
    observer.want([question])
    observer.show(Subject(Moment.fresh(project())))
    assert resting.wait(30)
    observer.set_share(None)
    assert until(observer, lambda found: question in found)[question].data == "done"


def test_a_long_look_that_rests_ends_when_nobody_asks_any_more(
    observer: Observer, probes: Registry[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fishlab.core.observer.BESIDE", 1e-6)
    resting = threading.Event()

    def long(sight: Sight) -> None:
        burn(AT_ONCE + 0.03)
        resting.set()
        sight.breathe()
        pytest.fail("it went on")

    probes.register("long", title="Long")(long)
    observer.set_share(0.06)
    observer.want([Question("long", once=True)])
    observer.show(Subject(Moment.fresh(project())))
    assert resting.wait(30)
    observer.want([])
    until(observer, lambda _: not observer.busy)


LOOKS = ["stepper", "gradient_check", "gradients", "cost", "saliency"]


@pytest.mark.parametrize(
    ("probe", "way"),
    [*((probe, "forward") for probe in (*LOOKS, "answers", "maps")), *((probe, "backward") for probe in LOOKS)],
)
def test_one_pass_is_broken_off_between_two_layers(
    observer: Observer, monkeypatch: pytest.MonkeyPatch, probe: str, way: str
) -> None:
    """Where a layer takes seconds, nobody waits for those after it."""
    passes: list[str] = []
    plain = getattr(Affine, way)

    def noted(self: Affine, x: Array, **how: bool) -> Array:
        passes.append(self.spec.uid)
        observer.want([])
        found: Array = plain(self, x, **how)
        return found

    monkeypatch.setattr(Affine, way, noted)
    layers = [LAYERS["flatten"].item.Spec(), *(LAYERS["affine"].item.Spec(units=10) for _ in range(4))]
    observer.want([Question(probe)])
    observer.show(Subject(Moment.fresh(project(layers))))
    until(observer, lambda _: not observer.busy)
    assert len(passes) == 1


def test_a_moment_and_a_line_go_while_the_answer_to_them_is_worked_at_or_nothing_is_due(
    observer: Observer, probes: Registry[Any]
) -> None:
    """Else a large network would lie in memory once more for every question that takes long."""
    go_on, at_work = threading.Event(), threading.Event()

    def long(sight: Sight) -> int:
        at_work.set()
        assert go_on.wait(30)
        return sight.moment.step

    probes.register("long", title="Long")(long)
    observer.set_share(1e-9)
    observer.want([Question("long")])
    shown, before = Moment.fresh(project()), Moment.fresh(project())
    gone = ref(before)
    observer.show(Subject(shown, None, (before, shown)))
    assert at_work.wait(30)
    observer.show(Subject(shown, None, (shown,)))
    del before
    assert gone() is None
    go_on.set()
    until(observer, lambda found: bool(found))
    gone = ref(shown)
    observer.show(Subject(Moment.fresh(project())))
    del shown
    until(observer, lambda _: gone() is None)
    assert observer.busy, "the next answer is due in years"


def test_who_has_read_the_line_keeps_none_of_it(observer: Observer, probes: Registry[Any]) -> None:
    probes.register("length", title="Length")(lambda sight: len(sight.line))
    shown, before = Moment.fresh(project()), Moment.fresh(project())
    gone = ref(before)
    observer.want([Question("length")])
    observer.show(Subject(shown, None, (before, shown)))
    assert until(observer, lambda found: bool(found))[Question("length")].data == 2
    observer.show(Subject(shown, None, (shown,)))
    del before
    until(observer, lambda _: gone() is None)
