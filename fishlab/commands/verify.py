"""`fishlab verify EARLIER LATER`: learn the batches between two files of one training once more, and compare."""

import argparse

from fishlab.commands.console import Progress, tell, tell_json
from fishlab.commands.options import add_data_options, add_layers_option, chosen_data
from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import load_dataset
from fishlab.core.data.prepare import prepare
from fishlab.core.errors import TrainingError
from fishlab.core.files import open_project
from fishlab.core.verify import Verified, refuse_unrelated, verify


def run(words: list[str]) -> int:
    """Say how many batches were learned again and how far the numbers are apart; 1 where they are not the same."""
    chosen = _parser().parse_args(words)
    earlier, later = _model(chosen.earlier), _model(chosen.later)
    refuse_unrelated(earlier, later)
    progress = Progress()
    data = chosen_data(later.project.data, chosen)
    prepared = prepare(load_dataset(data, progress=progress.task), data, seed=later.project.training.seed)
    steps = verify(earlier, later, prepared)
    try:
        while True:
            step = next(steps)
            progress.draw(step.done, step.total, "", before="Verifying")
    except StopIteration as end:
        found: Verified = end.value
    progress.clear()
    if chosen.json:
        tell_json({"batches": found.batches, "difference": str(found.difference), "exact": found.exact})
    else:
        tell(_sentence(found))
    return 0 if found.exact else 1


def _model(file: str) -> Checkpoint:
    _, model = open_project(file)
    if model is None:
        raise TrainingError(f"“{file}” holds a network that has not been trained. “fishlab train” trains it.")
    return model


def _sentence(found: Verified) -> str:
    batches = f"{found.batches:,} {'batch' if found.batches == 1 else 'batches'} again: max |difference| = "
    if found.exact:
        return f"{batches}0. Every weight, the optimizer's memory and every loss are the same."
    return f"{batches}{found.difference:.3g}. Other images, another machine or another version gave other numbers."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fishlab verify",
        description="Learns the batches between two files of one training once more, and says how far the numbers of "
        "the second are from what it found. They are the same, or something is not as it was.",
    )
    parser.add_argument("earlier", metavar="EARLIER", help="a project file from earlier in the training")
    parser.add_argument("later", metavar="LATER", help="the file to verify")
    add_data_options(parser)
    add_layers_option(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser
