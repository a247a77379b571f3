"""What classes are called goes with a run into its checkpoint and its file, and is read with suspicion."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import DIGITS, class_words, load_dataset
from fishlab.core.data.prepare import prepare
from fishlab.core.errors import FileFormatError
from fishlab.core.events import Started
from fishlab.core.files import open_project, save_project
from fishlab.core.fitting import fit_network
from fishlab.core.spec import DataSpec, ProjectSpec
from fishlab.core.training import Trainer


def trained(source: str = "moons") -> Checkpoint:
    data = DataSpec(source=source, points=20)
    dataset = load_dataset(data)
    trainer = Trainer(fit_network(ProjectSpec(data=data), dataset), prepare(dataset, data), epochs=1)
    started = next(event for event in trainer.events() if isinstance(event, Started))
    assert started.class_names == dataset.class_names
    return trainer.checkpoint()


def test_the_names_of_classes_are_kept_in_the_file(tmp_path: Path) -> None:
    model = trained()
    save_project(tmp_path / "a.fishlab", model.project, model, preview=False)
    opened = open_project(tmp_path / "a.fishlab")[1]
    assert opened is not None and opened.class_names == ("upper", "lower")


def test_digits_need_no_names_in_the_file(tmp_path: Path) -> None:
    model = trained()
    for name, names in {"named": model.class_names, "digits": DIGITS}.items():
        save_project(tmp_path / name, model.project, replace(model, class_names=names), preview=False)
    assert b"class_names" in (tmp_path / "named").read_bytes()
    assert b"class_names" not in (tmp_path / "digits").read_bytes()


@pytest.mark.parametrize("names", [(), ("one",), ("a", "b" * 256), tuple(map(str, range(1001))), ("a", 7)])
def test_names_that_cannot_be_are_refused(names: tuple[object, ...], tmp_path: Path) -> None:
    model = trained()
    save_project(tmp_path / "a.fishlab", model.project, replace(model, class_names=names))  # type: ignore[arg-type]
    with pytest.raises(FileFormatError, match="names of its classes"):
        open_project(tmp_path / "a.fishlab")


def test_classes_beyond_the_names_are_called_by_their_numbers() -> None:
    assert class_words(("cat", "dog"), 4) == ("cat", "dog", "2", "3")
    assert class_words(DIGITS, 3) == ("0", "1", "2")


def test_labels_and_names_belong_together() -> None:
    found = load_dataset(DataSpec(source="spirals", points=30, arms=3))
    assert np.unique(found.train.labels).tolist() == list(range(len(found.class_names)))
