"""Exported files as people run them: on the command line, with a folder of images, without FishLab."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from code_kit import packages
from idx_files import idx_bytes, write_set
from small_runs import dense, layer

from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.data.mnist_files import FILES
from fishlab.core.data.prepare import prepare
from fishlab.core.evaluation import evaluate_now
from fishlab.core.exchange import EXPORTS, Subject, silent
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.spec import DataSpec, NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.core.training import Trainer

RUN = "import runpy, sys; _, reach, *sys.argv = sys.argv; sys.path.insert(0, reach); " + (
    "runpy.run_path(sys.argv[0], run_name='__main__')"
)


def program(reach: Path, file: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a file with NumPy and nothing else."""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-I", "-S", "-c", RUN, str(reach), str(file), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, timeout=120)


def bright_spots(count: int, seed: int) -> ImageSet:
    """28 x 28 pixels whose label can be learned: where the bright rows are."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count)
    pixels = rng.integers(0, 90, (count, 1, 28, 28), dtype=np.uint8)
    for row in range(2):
        pixels[np.arange(count), 0, 2 * labels + row, 5:20] = 255
    return ImageSet(pixels, labels)


def idx_set(train: ImageSet, test: ImageSet) -> dict[str, bytes]:
    arrays = [train.images[:, 0], train.labels, test.images[:, 0], test.labels]
    return {file.name: idx_bytes(array) for file, array in zip(FILES, arrays, strict=True)}


@pytest.fixture(scope="module")
def reach(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packages(tmp_path_factory.mktemp("reach") / "packages", ["numpy"])


@pytest.fixture(scope="module")
def trained() -> tuple[Trainer, Dataset]:
    """A network that learned what it could of bright spots in two epochs."""
    project = ProjectSpec(
        network=NetworkSpec(name="Spots", layers=tuple(dense())),
        data=DataSpec(source="mnist", scaling="standard", validation=0.1),
        training=TrainingSpec(epochs=2, batch_size=20, seed=4),
    )
    data = Dataset("Spots", "digits", bright_spots(400, 1), bright_spots(90, 2))
    trainer = Trainer(project, prepare(data, project.data, seed=4))
    for _ in trainer.events():
        pass
    return trainer, data


@pytest.mark.parametrize(("zipped", "dotted"), [(False, False), (True, True)])
def test_the_program_measures_what_fishlab_measures_and_trains_the_same_network_again(
    zipped: bool, dotted: bool, trained: tuple[Trainer, Dataset], reach: Path, tmp_path: Path
) -> None:
    trainer, data = trained
    folder = write_set(tmp_path / "mnist", idx_set(data.train, data.test), zipped=zipped, dotted=dotted)
    file = tmp_path / "spots.py"
    EXPORTS["numpy"].item.write(Subject(trainer.project, trainer.checkpoint()), file, silent)
    score = evaluate_now(trainer.network, data.test, trainer.data.scaling)
    measured, again = program(reach, file, folder), program(reach, file, folder, "train")
    for done in (measured, again):
        assert done.stderr == ""
        assert f"accuracy on 90 test images: {score.accuracy:.4f}" in done.stdout
    assert score.accuracy > 0.5, "it has learned something to measure"
    epochs = re.findall(r"epoch (\d): loss ([\d.]+), validation accuracy ([\d.]+)", again.stdout)
    rows = trainer.history.epochs.rows
    assert [int(epoch) for epoch, _, _ in epochs] == [1, 2]
    assert [float(loss) for _, loss, _ in epochs] == pytest.approx(rows[:, 1].tolist(), abs=2e-4)
    assert [float(accuracy) for _, _, accuracy in epochs] == pytest.approx(rows[:, 4].tolist(), abs=1e-4)
    with np.load(tmp_path / "spots-trained.npz") as found, np.load(tmp_path / "spots.npz") as kept:
        for name in kept.files:
            np.testing.assert_allclose(found[name], kept[name], atol=1e-5)
    assert (tmp_path / "spots-best.npz").exists()


def test_a_program_without_words_says_what_it_does(
    trained: tuple[Trainer, Dataset], reach: Path, tmp_path: Path
) -> None:
    trainer, _ = trained
    file = tmp_path / "spots.py"
    EXPORTS["numpy"].item.write(Subject(trainer.project, trainer.checkpoint()), file, silent)
    done = program(reach, file)
    assert done.returncode == 1
    assert "Spots: a network and its training." in done.stderr
    assert "python spots.py DATA train" in done.stderr
    missing = program(reach, file, tmp_path)
    assert "There is no train-images" in missing.stderr


def test_a_network_of_rows_reads_an_npz_file(reach: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    points, labels = rng.random((60, 2)), np.arange(60) % 2
    points[:, 0] += labels
    np.savez(tmp_path / "points.npz", x_train=points, y_train=labels, x_test=points, y_test=labels)
    layers = (layer("affine", units=8), layer("tanh"), layer("affine", units=2))
    project = ProjectSpec(
        network=NetworkSpec(in_shape=(2,), classes=2, layers=layers),
        data=DataSpec(source="moons", validation=0.0),
        training=TrainingSpec(batch_size=10, epochs=30, optimizer=OPTIMIZERS["adam"].item.Spec(learning_rate=0.05)),
    )
    EXPORTS["numpy"].item.write(Subject(project), tmp_path / "net.py", silent)
    done = program(reach, tmp_path / "net.py", tmp_path / "points.npz", "train")
    assert done.stderr == ""
    assert float(re.findall(r"accuracy on 60 test images: ([\d.]+)", done.stdout)[0]) > 0.9


def test_dropout_learns_with_masks_of_its_own(reach: Path, tmp_path: Path) -> None:
    layers = (*dense()[:3], layer("dropout", rate=0.2), layer("dropout", rate=0.2, scaled="predicting"), dense()[3])
    project = ProjectSpec(
        network=NetworkSpec(layers=layers),
        data=DataSpec(source="mnist", validation=0.0),
        training=TrainingSpec(batch_size=20, epochs=12),
    )
    folder = write_set(tmp_path / "mnist", idx_set(bright_spots(400, 1), bright_spots(90, 2)))
    EXPORTS["numpy"].item.write(Subject(project), tmp_path / "net.py", silent)
    done = program(reach, tmp_path / "net.py", folder, "train")
    assert done.stderr == ""
    losses = [float(loss) for loss in re.findall(r"loss ([\d.]+)", done.stdout)]
    assert losses[-1] < 0.9 * losses[0]
    assert "# Note: Dropout draws other masks" in (tmp_path / "net.py").read_text(encoding="utf-8")
