"""`fishlab evaluate FILE ...`: trained projects on the test images, each for itself or all of them together."""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fishlab.commands.console import Progress, tell, tell_json
from fishlab.commands.options import add_data_options, add_layers_option, chosen_data, read_project
from fishlab.core.data.dataset import Dataset, ImageSet, load_dataset
from fishlab.core.ensemble import Ensemble, Member
from fishlab.core.errors import FishLabError, TrainingError
from fishlab.core.evaluation import confusion_matrix, evaluate_now, finish, predictions
from fishlab.core.events import Score
from fishlab.core.metrics import ClassScores, class_scores, score_answers
from fishlab.core.precision import ANSWERING
from fishlab.core.spec import DataSpec


@dataclass(frozen=True)
class Verdict:
    """What came out: the score of each file, that of all together, and the confusion where somebody wants to know."""

    members: tuple[Score, ...]
    together: Score | None
    confusion: NDArray[np.intp] | None

    @property
    def score(self) -> Score | None:
        """The one that details are about: of all together, or of the only file."""
        return self.together or (self.members[0] if len(self.members) == 1 else None)


def run(words: list[str]) -> int:
    """Print accuracy and loss on the test images, and what else is asked for."""
    chosen = _parser().parse_args(words)
    _refuse_nonsense(chosen)
    spec, members = _read(chosen)
    progress = Progress()
    dataset = load_dataset(chosen_data(spec, chosen), progress=progress.task)
    progress.clear()
    verdict = _judge(members, dataset.test, chosen)
    if chosen.json:
        tell_json(_summary(chosen, dataset, verdict))
    else:
        for line in _lines(chosen, dataset, verdict):
            tell(line)
    return 0


# -- what is asked for -----------------------------------------------------------------------------------------------
def _refuse_nonsense(chosen: argparse.Namespace) -> None:
    if chosen.ensemble and len(chosen.files) < 2:
        raise FishLabError("An ensemble needs two files or more.")
    details = [f"--{word}" for word in ("confusion", "per-class") if getattr(chosen, word.replace("-", "_"))]
    if details and len(chosen.files) > 1 and not chosen.ensemble:
        raise FishLabError(f"{details[0]} is said of one file, or of all together: add --ensemble.")


def _read(chosen: argparse.Namespace) -> tuple[DataSpec, tuple[Member, ...]]:
    """The data that the first was trained on, and the networks as they were asked for."""
    models = []
    for file in chosen.files:
        _, model = read_project(file)
        if model is None:
            raise TrainingError(f"“{file}” holds a network that has not been trained. “fishlab train” trains it.")
        models.append(model)
    networks = (model.network(best=chosen.best, precision=chosen.precision.casefold()) for model in models)
    members = tuple(Member(network, model.scaling) for network, model in zip(networks, models, strict=True))
    return models[0].project.data, members


# -- what comes out --------------------------------------------------------------------------------------------------
def _judge(members: Sequence[Member], test: ImageSet, chosen: argparse.Namespace) -> Verdict:
    scores = tuple(evaluate_now(network, test, scaling) for network, scaling in members)
    wanted = chosen.confusion or chosen.per_class
    if chosen.ensemble:
        answers = finish(Ensemble(members).answers(test))
        together, seen = score_answers(answers, test.labels), answers.argmax(axis=1)
    elif wanted:
        together, seen = None, finish(predictions(members[0].network, test, members[0].scaling))
    else:
        return Verdict(scores, None, None)
    confusion = confusion_matrix(test.labels, seen, members[0].network.spec.classes)
    return Verdict(scores, together, confusion)


def _summary(chosen: argparse.Namespace, dataset: Dataset, verdict: Verdict) -> dict[str, Any]:
    found: dict[str, Any] = asdict(verdict.score) if verdict.score else {}
    if len(verdict.members) > 1:
        files = zip(chosen.files, verdict.members, strict=True)
        found["files"] = [{"file": file} | asdict(score) for file, score in files]
    if verdict.confusion is not None and chosen.confusion:
        found["confusion"] = verdict.confusion.tolist()
    if verdict.confusion is not None and chosen.per_class:
        scores = class_scores(verdict.confusion)
        names = _names(dataset, verdict.confusion)
        found["classes"] = [{"name": name} | asdict(row) for name, row in zip(names, scores.classes, strict=True)]
        found["macro"] = {"precision": scores.precision, "recall": scores.recall, "f1": scores.f1}
    return found


def _lines(chosen: argparse.Namespace, dataset: Dataset, verdict: Verdict) -> Iterable[str]:
    if len(verdict.members) > 1:
        for file, score in zip(chosen.files, verdict.members, strict=True):
            yield _sentence(file, score)
    if verdict.score:
        yield _sentence("All together" if verdict.together else dataset.name, verdict.score)
    if verdict.confusion is not None and chosen.confusion:
        yield from _confusion_table(verdict.confusion)
    if verdict.confusion is not None and chosen.per_class:
        yield from _class_table(_names(dataset, verdict.confusion), class_scores(verdict.confusion))


def _sentence(what: str, score: Score) -> str:
    counts = f"{score.correct:,} of {score.total:,}"
    return f"{what}: {score.accuracy:.2%} right ({counts}), loss {score.loss:.4f}."


def _names(dataset: Dataset, confusion: NDArray[np.intp]) -> tuple[str, ...]:
    """What the classes are called; those that the data set has no name for, by their number."""
    known = dataset.class_names
    return tuple(known[number] if number < len(known) else str(number) for number in range(len(confusion)))


def _confusion_table(confusion: NDArray[np.intp]) -> list[str]:
    """A row for each class that an image is of, a column for each that was seen in it."""
    width = max(len(f"{confusion.max():,}"), len(str(len(confusion) - 1))) + 2
    head = "is \\ seen as" + "".join(f"{seen:>{width}}" for seen in range(len(confusion)))
    rows = [f"{true:>12}" + "".join(f"{count:>{width},}" for count in row) for true, row in enumerate(confusion)]
    return ["", head, *rows]


def _class_table(names: Sequence[str], scores: ClassScores) -> list[str]:
    """A row for each class, and one for their means."""
    means = (scores.precision, scores.recall, scores.f1, sum(row.support for row in scores.classes))
    rows = [*((name, *asdict(row).values()) for name, row in zip(names, scores.classes, strict=True)), ("mean", *means)]
    width = max(len("class"), *(len(row[0]) for row in rows))
    head = f"{'class':<{width}}  precision    recall        F1    images"
    return [
        "", head, *(f"{name:<{width}}  {p:>9.2%} {r:>9.2%} {f:>9.2%} {count:>9,}" for name, p, r, f, count in rows)
    ]  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fishlab evaluate",
        description="Tries trained projects on the test images of the set the first was trained on, or of another.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a project file")
    add_data_options(parser)
    add_layers_option(parser)
    parser.add_argument("--best", action="store_true", help="the weights of the best epoch, where the training kept it")
    parser.add_argument(
        "--precision", metavar="P", default="", help=f"answer in {', '.join(ANSWERING)}; else in that of the training"
    )
    parser.add_argument("--ensemble", action="store_true", help="also all files together: the mean of their answers")
    parser.add_argument("--confusion", action="store_true", help="also count which class was seen in images of which")
    parser.add_argument("--per-class", action="store_true", help="also precision, recall and F1 of each class")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser
