"""What cannot be learned from is refused before any work, with the arithmetic and what to do."""

from __future__ import annotations

import numpy as np
import pytest
from small_runs import dense, images, layer, prepared, project, run

from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.data.prepare import Prepared, prepare
from fishlab.core.errors import DataError, FishLabError, TrainingError, UnfitError
from fishlab.core.evaluation import evaluate_now
from fishlab.core.events import StepDone
from fishlab.core.parallel.way import Way
from fishlab.core.training import Trainer

SPEC = project(dense())


def labelled(labels: list[int]) -> ImageSet:
    return ImageSet(np.zeros((len(labels), 1, 8, 8), np.uint8), np.array(labels, np.intp))


def with_train(train: ImageSet, validation: ImageSet | None = None) -> Prepared:
    good = prepared(SPEC)
    return Prepared(good.name, good.kind, train, validation or good.validation, good.test, good.scaling)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (
            [0, 9, 10, 12],
            "The network tells 10 classes apart, 0 to 9, and the labels of the training images go from 0 to 12: "
            "2 of 4 have no class. Fit the network to the data.",
        ),
        ([-1, 3], "go from -1 to 3: 1 of 2 have no class. Check the labels, or leave those images out."),
    ],
)  # fmt: skip
def test_labels_without_a_class_are_counted_and_refused(labels: list[int], words: str) -> None:
    with pytest.raises(UnfitError) as caught:
        Trainer(SPEC, with_train(labelled(labels)))
    assert words in str(caught.value)
    with pytest.raises(UnfitError, match="have no class"):
        evaluate_now(run(SPEC)[0].network, labelled(labels), prepared(SPEC).scaling)


def test_labels_of_the_validation_images_are_looked_at_too() -> None:
    with pytest.raises(UnfitError, match="the labels of the validation images go from 3 to 11"):
        Trainer(SPEC, with_train(images(40, 1), labelled([3, 11])))


def floats(count: int = 5000) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, 1, 8, 8)).astype(np.float32)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_counted_and_the_first_is_named(bad: float) -> None:
    values = floats()
    values[[41, 4999], 0, 3, 3] = bad
    with pytest.raises(TrainingError) as caught:
        Trainer(SPEC, with_train(ImageSet(values, np.zeros(5000, np.intp))))
    assert str(caught.value) == (
        "2 of 5,000 training images hold numbers that are not finite (NaN or infinity); the first is number 42. "
        "Replace those numbers, or leave the images out."
    )


def test_infinities_that_cancel_are_found_and_large_numbers_are_not_taken_for_them() -> None:
    values = floats(10)
    values[3, 0, 0, :2] = np.inf, -np.inf
    with pytest.raises(TrainingError, match="1 of 10 training images"):
        Trainer(SPEC, with_train(ImageSet(values, np.zeros(10, np.intp))))
    large = np.full((10, 1, 8, 8), np.finfo(np.float32).max)
    Trainer(SPEC, with_train(ImageSet(large, np.zeros(10, np.intp))))


def test_images_of_another_size_are_refused() -> None:
    other = ImageSet(np.zeros((3, 1, 9, 9), np.uint8), np.zeros(3, np.intp))
    for data in (with_train(other), with_train(images(20, 1), other)):
        with pytest.raises(UnfitError, match="takes 1 × 8 × 8, and the images are 1 × 9 × 9"):
            Trainer(SPEC, data)


def test_nothing_to_learn_from_and_nothing_to_evaluate_are_said() -> None:
    none = labelled([])
    with pytest.raises(TrainingError, match="There are no training images"):
        Trainer(SPEC, with_train(none))
    with pytest.raises(TrainingError, match="There are no images to evaluate"):
        evaluate_now(run(SPEC)[0].network, none, prepared(SPEC).scaling)
    with pytest.raises(DataError, match="Nothing has no training images"):
        prepare(Dataset("Nothing", "digits", none, none), SPEC.data)


@pytest.mark.parametrize("way", ["one", "threads:3"])
def test_a_batch_larger_than_the_set_is_the_whole_set(way: str) -> None:
    spec = project(dense(), batch_size=100_000, epochs=2)
    trainer, events = run(spec, way=Way.parse(way))
    assert [event.images for event in events if isinstance(event, StepDone)] == [110, 110]
    same = project(list(spec.network.layers), batch_size=110, epochs=2)
    assert (run(same, way=Way.parse(way))[0].network.values == trainer.network.values).all()


def test_a_network_that_does_not_fit_its_classes_is_refused() -> None:
    for stack in ([layer("affine", units=10)], [layer("flatten")], [layer("flatten"), layer("affine", units=11)]):
        spec = project(stack)
        with pytest.raises(FishLabError, match="needs a row"):
            Trainer(spec, prepared(spec))
