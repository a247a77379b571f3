"""The engine in five lines, for notebooks and scripts.

    from fishlab.core import fit

    result = fit("SimpleConvNet", epochs=3)
    print(result.accuracy)
    result.predict(images)
    result.save("mine.fishlab")
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import Dataset, load_dataset
from fishlab.core.data.prepare import Prepared, prepare
from fishlab.core.errors import ArrayError, FieldError, UnfitError
from fishlab.core.evaluation import arithmetic, evaluate_now
from fishlab.core.events import Finished, Score, TrainEvent
from fishlab.core.files import save_project
from fishlab.core.history import History
from fishlab.core.layers.base import Array, shape_text
from fishlab.core.network import Network
from fishlab.core.parallel.calibration import choose_way
from fishlab.core.parallel.way import Way
from fishlab.core.spec import ProjectSpec, TrainingSpec
from fishlab.core.templates import find_template
from fishlab.core.training import Trainer

Listener = Callable[[TrainEvent], Any]


def fit(
    project: ProjectSpec | str,
    data: Prepared | Dataset | str | None = None,
    *,
    epochs: int | None = None,
    resume: Fitted | Checkpoint | None = None,
    way: Way | str | None = None,
    listen: Listener | None = None,
    **training: Any,
) -> Fitted:
    """Train a project, or a template by its name, and return what came of it.

    `data` is what to learn from: images (a Dataset, or Prepared), the name of a set such as "mnist", or None for what
    the project says. `epochs` and further words are settings of the training: batch_size, seed, patience, precision.
    `resume` goes on with a result. `way` is how it computes: "one", "threads:2"; None finds the fastest, which may be
    another on another machine, and with it the last digits. `listen` is called with every event.
    Raises FishLabError, with a sentence, for what cannot be trained, and TypeError for what is of another type.
    """
    project = find_template(project).item() if isinstance(project, str) else project
    _refuse_nonsense(project, data, resume, way)
    project = project.replace(training=_with_settings(project.training, training))
    if isinstance(data, str):
        project = project.replace(data=project.data.replace(source=data))
    prepared = _prepared(project, data)
    before = resume.checkpoint if isinstance(resume, Fitted) else resume
    chosen = Way.parse(way) if isinstance(way, str) else way
    chosen = chosen or choose_way(project, prepared, resume=before, epochs=epochs)
    trainer = Trainer(project, prepared, resume=before, epochs=epochs, way=chosen)
    last: TrainEvent | None = None
    for last in trainer.events():
        if listen is not None:
            listen(last)
    assert isinstance(last, Finished)
    return Fitted(trainer.checkpoint(), prepared, last.text)


def _refuse_nonsense(*given: Any) -> None:
    """Raise TypeError where what was given to `fit` is something else; a set that is none must not be passed over."""
    kinds: dict[str, tuple[Any, ...]] = {
        "project": (ProjectSpec,),
        "data": (Prepared, Dataset, str, None),
        "resume": (Fitted, Checkpoint, None),
        "way": (Way, str, None),
    }
    for (name, wanted), value in zip(kinds.items(), given, strict=True):
        if not any(value is None if kind is None else isinstance(value, kind) for kind in wanted):
            words = ", ".join("None" if kind is None else kind.__name__ for kind in wanted)
            raise TypeError(f"fit was given a {type(value).__name__} as {name}: it takes {words}.")


def _with_settings(spec: TrainingSpec, settings: dict[str, Any]) -> TrainingSpec:
    """The spec with these settings; raises FieldError for one that it has not."""
    known = [field.name for field in fields(spec)]
    for name in settings:
        if name not in known:
            raise FieldError(name, f"The training has no setting {name!r}: it has {', '.join(known)}.")
    return spec.replace(**settings)


def _prepared(project: ProjectSpec, data: Prepared | Dataset | str | None) -> Prepared:
    if isinstance(data, Prepared):
        return data
    dataset = data if isinstance(data, Dataset) else load_dataset(project.data)
    return prepare(dataset, project.data, seed=project.training.seed)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained network. `checkpoint` is all that can be saved or gone on with, `data` what it learned from, `text`
    says how the training ended. It answers with its last weights, and after a training with patience with those of its
    best epoch.
    """

    checkpoint: Checkpoint
    data: Prepared
    text: str

    @cached_property
    def network(self) -> Network:
        """The network that answers; its images are scaled as in training."""
        waited = self.checkpoint.project.training.patience > 0
        return self.checkpoint.network(best=waited and self.checkpoint.best is not None)

    @property
    def history(self) -> History:
        """Loss and accuracy of every step and epoch."""
        return self.checkpoint.history

    @cached_property
    def score(self) -> Score:
        """Loss and accuracy on the test images; they are looked at when this is asked for first."""
        return evaluate_now(self.network, self.data.test, self.data.scaling)

    @property
    def accuracy(self) -> float:
        """The share of the test images that is right."""
        return self.score.accuracy

    def predict(self, images: Array) -> NDArray[Any]:
        """Images as the data set has them, one or many -> answers (N, K), for softmax the probabilities.

        For a network of (1, 28, 28): (28, 28), (N, 28, 28), (N, 1, 28, 28) or (N, 784), grey levels 0 to 255.
        Raises UnfitError for another size.
        """
        shape = self.checkpoint.project.network.in_shape
        rows = _numbers(images)
        if rows.ndim < 1 or not _fits(rows.shape, shape):
            given = shape_text(rows.shape) or "a single number"
            raise UnfitError(f"The network takes images of {shape_text(shape)}, one or many, and gets {given}.")
        with arithmetic():
            return self.network.predict(self.data.scaling.apply(rows.reshape(-1, *shape)))

    def classify(self, images: Array) -> NDArray[np.intp]:
        """Images as for `predict` -> the class (N,) that has the largest answer."""
        found: NDArray[np.intp] = self.predict(images).argmax(axis=1)
        return found

    def save(self, path: str | Path) -> None:
        """Write a project file that the window, the command line and `open_project` take. Raises SaveError."""
        save_project(path, self.checkpoint.project, self.checkpoint)


def _numbers(images: Any) -> Array:
    """The images as an array of real numbers; raises ArrayError for anything else."""
    try:
        rows = np.asarray(images)
    except ValueError:
        raise ArrayError("The images are rows of different lengths: an array has rows of one length.") from None
    if rows.dtype.kind not in "fiub":
        raise ArrayError(f"The images are an array of {rows.dtype}: they are numbers, such as grey levels of 0 to 255.")
    return rows


def _fits(given: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether an array is one image or a row of them: leading ones of the shape may be left out, or all be one axis."""
    forms = {shape, tuple(size for size in shape if size != 1), (int(np.prod(shape)),)}
    return given in forms or given[1:] in forms
