"""The history of a training for TensorBoard: a folder with one event file.

    loss/batch       accuracy/batch    learning_rate        of every step
    gradient_norm    update_ratio                           of every step that was measured
    loss/train       accuracy/train                         of every epoch, at its last step
    loss/validation  accuracy/validation
    weights/1 Convolution/W                                 before the first step and after the last
    network, settings                                       the diagram, and what the training was set to

Steps count batches. A history has no clock: every event carries the same time, WALL_TIME, so that the same history
gives the same bytes. Choose “Step” as the horizontal axis.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fishlab.core.drawing.raster import draw_sheet, png_of
from fishlab.core.exchange import event_records as records
from fishlab.core.exchange.diagram import diagram
from fishlab.core.exchange.formats import MissingExtraError, Progress, Subject
from fishlab.core.exchange.history_rows import history_of, metrics_of_steps, rates_of_steps, steps_at, told
from fishlab.core.files.atomic import SaveError, sweep, write_atomic
from fishlab.core.history import History
from fishlab.core.layers.base import Array
from fishlab.core.network import parameter_key
from fishlab.core.shapes import infer
from fishlab.core.spec import NetworkSpec, ProjectSpec

TITLE = "TensorBoard events"
FILE = "events.out.tfevents.0000000000.fishlab"

Summaries = Iterator[tuple[int, Any]]


def write_events(subject: Subject, path: Path, progress: Progress) -> list[Path]:
    """Write the folder `path` with its event file.

    Raises MissingExtraError; ExchangeError where there is no history; SaveError, also where `path` is a folder that
    holds anything but such a file: TensorBoard would draw two trainings as one.
    """
    history = history_of(subject)
    _need_package()
    refuse_other_folder(path)
    summaries = _summaries(subject, history, progress)
    _deliver(path, [records.first_record(), *(records.record(step, summary) for step, summary in summaries)])
    return [path / FILE]


def _need_package() -> None:
    try:
        import tensorboardX  # noqa: F401
    except ImportError:
        raise MissingExtraError(TITLE, "tensorboard") from None


# -- the folder -------------------------------------------------------------------------------------------------------
def refuse_other_folder(path: Path) -> None:
    """Raise SaveError where something stands at `path` that is no folder of ours, and no empty one."""
    name = path.name or path
    if path.exists() and not path.is_dir():
        raise SaveError(f"“{name}” cannot be saved: there is a file of that name. Choose another name.")
    if path.is_dir():
        sweep(path)  # of a killed export
        if any(found.name != FILE for found in path.iterdir()):
            raise SaveError(f"“{name}” cannot be saved: the folder holds other files. Choose another name.")


def _deliver(path: Path, pieces: list[bytes]) -> None:
    """The file in its folder, which is made where there is none, and taken away again where the file cannot be."""
    new = not path.is_dir()
    try:
        if new:
            path.mkdir()
        write_atomic(path / FILE, pieces)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise SaveError(f"“{path.name}” cannot be saved: {why}. Choose another folder.") from error
    except SaveError:
        if new:
            with contextlib.suppress(OSError):
                path.rmdir()
        raise


# -- what it says -----------------------------------------------------------------------------------------------------
def _summaries(subject: Subject, history: History, progress: Progress) -> Summaries:
    assert subject.model is not None
    trained = subject.trained
    settings = settings_of(trained)
    yield 0, records.settings(settings, _metrics(history))
    yield 0, records.text("settings", _markdown(settings))
    yield 0, _picture(trained.network)
    yield 0, records.histograms(_tagged(trained.network, subject.model.start))
    yield from told(_steps(history), "Writing the steps", len(history.steps), progress)
    yield from told(_epochs(history), "Writing the epochs", len(history.epochs), progress)
    yield len(history.steps), records.histograms(_tagged(trained.network, subject.weights))


def _steps(history: History) -> Summaries:
    rows, rates = history.steps.rows.tolist(), rates_of_steps(history).tolist()
    metrics = metrics_of_steps(history).tolist()
    for step, ((_, loss, accuracy, _), rate, (norm, ratio)) in enumerate(zip(rows, rates, metrics, strict=True), 1):
        known = {"learning_rate": rate, "gradient_norm": norm, "update_ratio": ratio}
        values = {"loss/batch": loss, "accuracy/batch": accuracy}
        values |= {tag: value for tag, value in known.items() if value == value}  # others were not measured
        yield step, records.scalars(values)


def _epochs(history: History) -> Summaries:
    steps = steps_at(history, history.epochs.column("epoch")).tolist()
    for step, (_, loss, accuracy, *validation) in zip(steps, history.epochs.rows.tolist(), strict=True):
        values = {"loss/train": loss, "accuracy/train": accuracy}
        if any(value == value for value in validation):  # else there were no images to validate
            values |= {"loss/validation": validation[0], "accuracy/validation": validation[1]}
        yield step, records.scalars(values)


def _metrics(history: History) -> list[str]:
    """The tags of what is compared between trainings: what epochs said, else what steps did."""
    if not len(history.epochs):
        return ["loss/batch", "accuracy/batch"]
    validated = not np.isnan(history.epochs.rows[:, 3:]).all()
    return [f"{what}/{part}" for part in ("train", "validation")[: 1 + validated] for what in ("loss", "accuracy")]


def _tagged(network: NetworkSpec, weights: Mapping[str, Array]) -> dict[str, Array]:
    """Parameters by a tag that says the layer's number and title."""
    return {
        f"weights/{report.number} {report.title}/{info.name}": weights[key]
        for report in infer(network).walk()
        for info in report.parameters
        if not info.owner and (key := parameter_key(report.uid, info.name)) in weights
    }


def _picture(network: NetworkSpec) -> Any:
    image = draw_sheet(diagram(network), 1.0)
    return records.picture("network", png_of(image, 1.0), image.width, image.height)


def settings_of(project: ProjectSpec) -> dict[str, records.Setting]:
    """Every setting of data and training by a dotted name, and what the network is."""
    found: dict[str, records.Setting] = {
        "network": project.network.name,
        "network.parameters": infer(project.network).weights,
    }
    for name, values in (("data", project.data.to_dict()), ("training", project.training.to_dict())):
        found |= _flat(name, values)
    return found


def _flat(name: str, value: Any) -> dict[str, records.Setting]:
    if isinstance(value, Mapping):
        return {dotted: one for key in value for dotted, one in _flat(f"{name}.{key}", value[key]).items()}
    return {name: value if isinstance(value, str | bool | int | float) else str(value)}


def _markdown(settings: Mapping[str, records.Setting]) -> str:
    rows = [f"| {name} | {_cell(value)} |" for name, value in settings.items()]
    return "\n".join(["| Setting | Value |", "| --- | --- |", *rows])


def _cell(value: records.Setting) -> str:
    return " ".join(str(value).replace("|", "\\|").split())
