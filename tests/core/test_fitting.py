"""A network fitted to its data, and what is said where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from fishlab.core.data.checks import refuse_unfit
from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.errors import UnfitError
from fishlab.core.fitting import fit_network, fits
from fishlab.core.mailbox import Failed
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.runner import Runner
from fishlab.core.shapes import infer
from fishlab.core.spec import LOSS_UID, DataSpec, NetworkSpec, ProjectSpec
from fishlab.core.templates import find_template


def a_set(shape: tuple[int, ...], classes: int) -> Dataset:
    images = np.zeros((2 * classes, *shape), np.float32)
    part = ImageSet(images, np.arange(2 * classes, dtype=np.intp) % classes)
    return Dataset("Own", "npz", part, part, tuple(f"class {number}" for number in range(classes)))


@pytest.mark.parametrize("name", ["TwoLayerNet", "SimpleConvNet"])
def test_a_template_fitted_to_colour_images_of_four_classes_works(name: str) -> None:
    dataset = a_set((3, 32, 32), 4)
    project = find_template(name).item()
    fitted = fit_network(project, dataset)
    report = infer(fitted.network)
    assert report.ok and report.layers[-1].out_shape == (4,)
    assert fits(fitted.network, dataset) and not fits(project.network, dataset)
    assert (fitted.data, fitted.training) == (project.data, project.training)
    refuse_unfit(fitted.network, dataset.train)


def test_a_network_that_fits_stays_as_it_is() -> None:
    project = find_template("TwoLayerNet").item()
    assert fit_network(project, a_set((1, 28, 28), 10)) == project


def test_layers_that_cannot_take_the_shape_are_left_and_named() -> None:
    fitted = fit_network(find_template("SimpleConvNet").item(), a_set((2,), 2))
    problem = infer(fitted.network).problem
    assert problem is not None and (problem.number, problem.title) == ("1", "Convolution")


def test_an_empty_network_gets_no_layers_of_itself_but_a_last_one() -> None:
    report = infer(fit_network(ProjectSpec(), a_set((5,), 3)).network)
    assert report.ok and len(report.layers) == 2 and report.layers[-1].uid == LOSS_UID


@pytest.mark.parametrize(
    ("shape", "classes", "sentence"),
    [
        ((3, 32, 32), 10, "takes 1 × 28 × 28, and the images are 3 × 32 × 32. Fit the network to the data"),
        ((2,), 2, "takes 1 × 28 × 28, and the images are rows of 2 numbers. Fit the network to the data"),
        ((1, 28, 28), 12, "tells 10 classes apart, 0 to 9, and the labels of the images go from 0 to 11"),
    ],
)
def test_data_that_do_not_fit_are_refused_with_both_shapes_and_the_remedy(
    shape: tuple[int, ...], classes: int, sentence: str
) -> None:
    with pytest.raises(UnfitError, match=sentence):
        refuse_unfit(NetworkSpec(), a_set(shape, classes).train)


def test_the_number_of_classes_is_kept_in_files_where_it_is_not_ten() -> None:
    network = NetworkSpec(classes=3)
    assert NetworkSpec.from_dict(network.to_dict()) == network
    assert "classes" not in NetworkSpec().to_dict()


@pytest.mark.parametrize("way", [None, ONE])
def test_a_run_over_data_that_do_not_fit_fails_with_the_remedy(way: Way | None, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("FISHLAB_CACHE_DIR", str(tmp_path))
    project = find_template("SimpleConvNet").item().replace(data=DataSpec(source="moons"))
    runner = Runner()
    runner.train(project, way=way)
    assert runner.join(30)
    failed = runner.mailbox.drain().events[-1]
    assert isinstance(failed, Failed) and isinstance(failed.error, UnfitError)
    assert "Fit the network to the data" in failed.text
