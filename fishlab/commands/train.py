"""`fishlab train TEMPLATE|FILE -o OUT`: the same training as in the window, without it.

A project file that holds a trained model goes on with it: --epochs then counts what is added, and without --epochs
a training that was stopped goes on to where it was heading. Ctrl+C stops after the batch at hand and saves. The file is
written while the training goes on, too, so that `fishlab train OUT -o OUT` goes on after a sudden end.
"""

import argparse
import dataclasses
import math
import os
import reprlib
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from fishlab.commands.console import Progress, complain, tell, tell_json
from fishlab.commands.keeping import Keeping
from fishlab.commands.options import (
    add_augment_option,
    add_data_options,
    add_layers_option,
    add_way_option,
    chosen_data,
    chosen_loss,
    chosen_optimizer,
    chosen_schedule,
    chosen_settings,
    chosen_way,
    find_project,
    number,
    whole,
)
from fishlab.commands.session import Session
from fishlab.commands.stopping import Stopping
from fishlab.commands.transferring import add_transfer_options, read_source, transferred
from fishlab.core.checkpoint import Checkpoint, continues
from fishlab.core.data.checks import refuse_unfit
from fishlab.core.data.dataset import Dataset, ImageSet, load_dataset
from fishlab.core.data.prepare import Prepared, prepare
from fishlab.core.errors import Cancelled, UnfitError
from fishlab.core.files import SaveError, check_writable, save_project
from fishlab.core.fitting import fit_network
from fishlab.core.layers.base import Array
from fishlab.core.losses import LOSSES
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.parallel.calibration import choose_way
from fishlab.core.parallel.way import Way
from fishlab.core.schedules import SCHEDULES
from fishlab.core.spec import ProjectSpec, TrainingSpec
from fishlab.core.training import Trainer

MOST_BATCHES = 10**12


def run(words: list[str]) -> int:
    """Train and save; the exit code says whether it ended as asked."""
    chosen = _parser().parse_args(words)
    out = Path(chosen.out)
    chosen.way = chosen_way(chosen)
    source = read_source(chosen)
    project, model = _read(chosen, source)
    check_writable(out)
    progress = Progress()
    with Stopping() as stopping:
        try:
            dataset = load_dataset(project.data, progress=_teller(progress, stopping))
            project, start = transferred(project, source[1], dataset, chosen) if source else (project, None)
            project, model = _fitted(project, model, dataset, chosen.fit)
            data = _prepared(project, dataset, progress, stopping)
            trainer = _trainer(project, data, model, start, chosen, _teller(progress, stopping))
        except Cancelled as cancelled:
            complain(str(cancelled))
            return stopping.exit_code
        progress.clear()
        session = Session(trainer, progress, stopping, chosen.batches, Keeping(out))
        try:
            session.run()
        except Exception:
            _keep_what_was_learned(trainer, out)
            raise
        return _conclude(session, out, chosen.json)


# -- before ----------------------------------------------------------------------------------------------------------
def _read(
    chosen: argparse.Namespace, source: tuple[ProjectSpec, Checkpoint] | None
) -> tuple[ProjectSpec, Checkpoint | None]:
    """The project with the options applied, and the model to go on with; what begins from another goes on with none."""
    project, model = (source[0], None) if source else find_project(chosen.what)
    data = chosen_data(project.data, chosen)
    project = project.replace(data=data, training=_chosen_training(project.training, chosen))
    if chosen.loss:
        project = project.edit_network(lambda network: dataclasses.replace(network, loss=chosen_loss(chosen.loss)))
    if model is None or continues(project, model):
        return project, model
    complain("The network or the seed is not that of the trained model: the training starts anew.")
    return project, None


def _chosen_training(spec: TrainingSpec, chosen: argparse.Namespace) -> TrainingSpec:
    given = {name: getattr(chosen, name) for name in ("epochs", "seed", "batch_size")}
    spec = chosen_settings(spec, chosen).replace(**{name: value for name, value in given.items() if value is not None})
    if chosen.optimizer is not None:
        spec = spec.replace(optimizer=chosen_optimizer(spec.optimizer, chosen.optimizer))
    if chosen.schedule is not None:
        spec = spec.replace(schedule=chosen_schedule(chosen.schedule))
    if chosen.rate is not None:
        spec = spec.replace(optimizer=spec.optimizer.replace(learning_rate=chosen.rate))
    return spec


def _teller(progress: Progress, stopping: Stopping) -> Callable[[str, int, int], None]:
    """Tells how far the work is that comes first; raises Cancelled once a stop was asked for."""

    def tell_progress(what: str, done: int, total: int) -> None:
        stopping.check()
        progress.task(what, done, total)

    return tell_progress


def _fitted(
    project: ProjectSpec, model: Checkpoint | None, dataset: Dataset, fit: bool
) -> tuple[ProjectSpec, Checkpoint | None]:
    """The project fitted to the data, if that is asked for; a model that was not made for them is left."""
    if not fit:
        for part in (dataset.train, dataset.test):
            _refuse_unfit(project, part)
        return project, model
    fitted = fit_network(project, dataset)
    if model is not None and fitted != project:
        complain("The network is fitted to other data than the model was trained on: the training starts anew.")
        model = None
    return fitted, model


def _refuse_unfit(project: ProjectSpec, images: ImageSet) -> None:
    try:
        refuse_unfit(project.network, images)
    except UnfitError as error:
        raise UnfitError(f"{error} “--fit” fits the network to the data.") from error


def _prepared(project: ProjectSpec, dataset: Dataset, progress: Progress, stopping: Stopping) -> Prepared:
    data = prepare(dataset, project.data, seed=project.training.seed)
    stopping.check()
    progress.line(f"{data.name}: {len(data.train):,} images to learn from, {len(data.validation):,} to validate.")
    return data


def _trainer(
    project: ProjectSpec,
    data: Prepared,
    model: Checkpoint | None,
    start: Mapping[str, Array] | None,
    chosen: argparse.Namespace,
    tell_progress: Callable[[str, int, int], None],
) -> Trainer:
    epochs = chosen.epochs
    if epochs is None and chosen.batches is not None:
        per_epoch = -(-len(data.train) // project.training.batch_size)
        begun = model.position.batch if model else 0
        needed = math.ceil((begun + chosen.batches) / per_epoch)
        heading = model.target - model.position.epoch if model else 0
        epochs = needed if needed > heading else None  # a part of the way keeps the end, and the schedule up to it
    if model is not None and epochs is not None:
        model = dataclasses.replace(model, target=0)  # asked for: no longer where the stopped run was heading
    way: Way | None = chosen.way
    if way is None:
        look = partial(tell_progress, "Finding the fastest way to run")
        way = choose_way(project, data, resume=model, epochs=epochs, look=look)
    return Trainer(project, data, resume=model, start=start, epochs=epochs, way=way)


# -- after -----------------------------------------------------------------------------------------------------------
def _conclude(session: Session, out: Path, as_json: bool) -> int:
    """Save, say what came of it, and return the exit code."""
    if session.ended == "diverged" and not session.trainer.position.step:
        complain(f"{session.text} Nothing was learned; “{out.name}” was not written.")
        return 1
    saved = _save(session.trainer, out)
    if session.ended == "interrupted":
        complain(f"Stopped at {session.trainer.x:.2f} epochs. What was learned is in “{saved}”.")
    if session.ended == "diverged":
        complain(f"{session.text} They are in “{saved}”.")
        return 1
    if as_json:
        tell_json(_summary(session, saved))
    else:
        tell(_sentence(session, saved))
    if saved != out:
        return 1
    return session.stopping.exit_code if session.ended == "interrupted" else 0


def _keep_what_was_learned(trainer: Trainer, out: Path) -> None:
    """After an error in the middle of a training: what the last whole batch left."""
    if trainer.whole and trainer.position.step:
        complain(f"What was learned until an error ended the training is in “{_save(trainer, out)}”.")


def _save(trainer: Trainer, out: Path) -> Path:
    """Where the model is now: `out`, or, where that fails after all, the folder for temporary files."""
    model = trainer.checkpoint()
    try:
        save_project(out, trainer.project, model)
    except SaveError as error:
        rescue = Path(tempfile.gettempdir(), f"fishlab-{os.getpid()}.fishlab")
        save_project(rescue, trainer.project, model)
        complain(f"{error} What was learned is in “{rescue}”.")
        return rescue
    return out


def _summary(session: Session, saved: Path) -> dict[str, object]:
    trainer, score = session.trainer, session.score
    return {
        "accuracy": score.accuracy if score else None,
        "loss": score.loss if score and math.isfinite(score.loss) else None,
        "epochs": round(trainer.x, 4) if trainer.position.batch else trainer.position.epoch,
        "steps": trainer.position.step,
        "seconds": round(session.seconds, 3),
        "images_per_second": round(session.images_per_second, 1),
        "way": str(trainer.way),
        "data": trainer.data.name,
        "out": str(saved),
        "ended": session.ended,
        **({"best": {"epoch": trainer.best.epoch, "loss": trainer.best.loss}} if trainer.best else {}),
    }


def _sentence(session: Session, saved: Path) -> str:
    epochs = f"{session.trainer.x:.3g} {'epoch' if session.trainer.x == 1 else 'epochs'}"
    measured = f"Validation accuracy {session.score.accuracy:.2%}" if session.score else "Not validated"
    return (
        f"{measured} after {epochs} on {session.trainer.data.name}, "
        f"{session.images_per_second:,.0f} images/s in {session.trainer.way.title}. Saved as “{saved}”."
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fishlab train",
        usage="fishlab train TEMPLATE|FILE -o OUT [OPTIONS] | fishlab train --from FILE -o OUT [OPTIONS]",
        description="Trains a template, or goes on with a project file. Ctrl+C stops and saves what was learned.",
    )
    parser.add_argument(
        "what", nargs="?", metavar="TEMPLATE|FILE", help="a template (see “fishlab templates”) or a project"
    )
    parser.add_argument("-o", "--out", required=True, metavar="OUT", help="the project file to write")
    add_data_options(parser)
    add_augment_option(parser)
    add_transfer_options(parser)
    parser.add_argument("--fit", action="store_true", help="give the network the shape and the classes of the data")
    parser.add_argument("--epochs", type=whole, metavar="N", help="epochs; for a trained project, how many more")
    parser.add_argument("--batches", type=_positive, metavar="N", help="stop after N batches of this training")
    parser.add_argument("--seed", type=whole, metavar="N", help="the same seed gives the same numbers")
    parser.add_argument("--batch-size", type=whole, metavar="N", help="images in one batch")
    parser.add_argument("--rate", type=number, metavar="R", help="the learning rate")
    parser.add_argument("--loss", metavar="KIND", help=f"{', '.join(LOSSES.kinds())}")
    parser.add_argument("--optimizer", metavar="KIND", help=f"{', '.join(OPTIMIZERS.kinds())}; adam:beta1=0.8")
    parser.add_argument("--schedule", metavar="KIND", help=f"{', '.join(SCHEDULES.kinds())}; cosine:warm_up=1")
    add_way_option(parser)
    add_layers_option(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else on stdout")
    return parser


def _positive(text: str) -> int:
    batches = whole(text)
    if not 1 <= batches <= MOST_BATCHES:
        given = reprlib.repr(batches)
        raise argparse.ArgumentTypeError(f"{given} batches: at least 1 is needed, and at most {MOST_BATCHES:,}")
    return batches
