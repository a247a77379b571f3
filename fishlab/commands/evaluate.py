"""`fishlab evaluate FILE`: a trained project on the test images."""

import argparse
from dataclasses import asdict

from fishlab.commands.console import Progress, tell, tell_json
from fishlab.commands.options import add_data_options, chosen_data
from fishlab.core.data.dataset import load_dataset
from fishlab.core.errors import TrainingError
from fishlab.core.evaluation import evaluate_now
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
    score = evaluate_now(model.network(), dataset.test, model.scaling)
    if chosen.json:
        tell_json(asdict(score))
    else:
        counts = f"{score.correct:,} of {score.total:,}"
        tell(f"{dataset.name}: {score.accuracy:.2%} right ({counts}), loss {score.loss:.4f}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fishlab evaluate",
        description="Tries a trained project on the test images of the set it was trained on, or of another.",
    )
    parser.add_argument("file", metavar="FILE", help="a project file")
    add_data_options(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser
