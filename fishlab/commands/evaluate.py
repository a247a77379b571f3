"""`fishlab evaluate FILE`: a trained project on the test images."""

import argparse
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from fishlab.commands.console import Progress, tell, tell_json
from fishlab.commands.options import add_data_options, chosen_data
from fishlab.core.data.dataset import load_dataset
from fishlab.core.errors import TrainingError
from fishlab.core.evaluation import confusion_matrix, evaluate_now, finish, predictions
from fishlab.core.files import open_project


def run(words: list[str]) -> int:
    """Print accuracy and loss on the test images."""
    chosen = _parser().parse_args(words)
    _, model = open_project(chosen.file)
    if model is None:
        raise TrainingError(f"“{chosen.file}” holds a network that has not been trained. “fishlab train” trains it.")
    progress = Progress()
    dataset = load_dataset(chosen_data(model.project.data, chosen), progress=progress.task)
    progress.clear()
    network, test = model.network(), dataset.test
    score = evaluate_now(network, test, model.scaling)
    confusion = None
    if chosen.confusion:
        confusion = confusion_matrix(test.labels, finish(predictions(network, test, model.scaling)))
    if chosen.json:
        tell_json(asdict(score) | ({} if confusion is None else {"confusion": confusion.tolist()}))
        return 0
    counts = f"{score.correct:,} of {score.total:,}"
    tell(f"{dataset.name}: {score.accuracy:.2%} right ({counts}), loss {score.loss:.4f}.")
    if confusion is not None:
        tell(_table(confusion))
    return 0


def _table(confusion: NDArray[np.intp]) -> str:
    """A row for each class that an image is of, a column for each that the network saw in it."""
    width = max(len(f"{confusion.max():,}"), len(str(len(confusion) - 1))) + 2
    head = "is \\ seen as" + "".join(f"{seen:>{width}}" for seen in range(len(confusion)))
    rows = [f"{true:>12}" + "".join(f"{count:>{width},}" for count in row) for true, row in enumerate(confusion)]
    return "\n".join(["", head, *rows])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fishlab evaluate",
        description="Tries a trained project on the test images of the set it was trained on, or of another.",
    )
    parser.add_argument("file", metavar="FILE", help="a project file")
    add_data_options(parser)
    parser.add_argument("--confusion", action="store_true", help="also count which class was seen in images of which")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser
