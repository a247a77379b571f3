"""`fishlab import FILE -o OUT.fishlab`: what other programs have learned, as a project.

Where the images are at hand, what came in is tried on them at once.
"""

import argparse
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from fishlab.commands.console import Progress, complain, tell, tell_json
from fishlab.commands.export import refuse_same, size_text, teller
from fishlab.commands.options import add_data_options, add_layers_option, chosen_data, find_project
from fishlab.commands.stopping import Stopping
from fishlab.core.data.dataset import DATASETS, Dataset, load_dataset, resolve_source
from fishlab.core.errors import Cancelled, FishLabError
from fishlab.core.evaluation import computing, evaluate
from fishlab.core.events import Score
from fishlab.core.exchange import IMPORTS, Imported
from fishlab.core.exchange.choosing import import_for
from fishlab.core.exchange.summary import layer_lines
from fishlab.core.files import check_writable, save_project
from fishlab.core.spec import DataSpec

Tell = Callable[[str, int, int], None]


def run(words: list[str]) -> int:
    """Read, save, try; the exit code says whether the project was written."""
    chosen = _parser().parse_args(words)
    out = Path(chosen.out)
    if out.suffix != ".fishlab":
        raise FishLabError(f"“{out.name}” is to be a project: its name ends with “.fishlab”.")
    refuse_same(chosen.what, out)
    progress = Progress()
    with Stopping() as stopping:
        try:
            found = _read(chosen, teller(progress, stopping))
            check_writable(out)
            found = _with_data(found, chosen)
            save_project(out, found.project, found.model)
        except Cancelled as cancelled:
            progress.clear()
            complain(str(cancelled))
            return stopping.exit_code
        progress.clear()
        score, remark = _tried(found, chosen, _trying(progress, stopping))
    progress.clear()
    _say(chosen, found, out, score, remark)
    return stopping.exit_code if stopping.number else 0


def _read(chosen: argparse.Namespace, tell_progress: Tell) -> Imported:
    path = Path(chosen.what)
    entry = import_for(path, chosen.kind)
    if chosen.template and entry.item.has_network:
        raise FishLabError(f"Such a file ({entry.title}) says itself which network it holds. Leave out “--as”.")
    project = find_project(chosen.template)[0] if chosen.template else None
    return entry.item.read(path, project, tell_progress)


def _with_data(found: Imported, chosen: argparse.Namespace) -> Imported:
    """The same for the data that the options name, as if it had learned from them."""
    data = chosen_data(found.project.data, chosen)
    model = replace(found.model, project=found.model.project.replace(data=data))
    return replace(found, project=found.project.replace(data=data), model=model)


# -- trying it -------------------------------------------------------------------------------------------------------
def _trying(progress: Progress, stopping: Stopping) -> Tell:
    def tell_progress(what: str, done: int, total: int) -> None:
        if stopping.number:
            raise Cancelled("Stopped before it was tried on all images.")
        progress.task(what, done, total)

    return tell_progress


def _tried(found: Imported, chosen: argparse.Namespace, tell_progress: Tell) -> tuple[Score | None, str]:
    """The score on the test images with the name of the set; or none, and why."""
    spec = found.project.data
    wanted = any((chosen.data, chosen.folder, chosen.file, chosen.points))
    if not wanted and not at_hand(spec):
        return None, f"No images are at hand to try it on. “fishlab evaluate {chosen.out} --data mnist” fetches MNIST."
    try:
        dataset = load_dataset(spec, progress=tell_progress)
        return _score(found, dataset, tell_progress), dataset.name
    except FishLabError as error:  # the project is written all the same
        return None, f"It was not tried: {error}"


def at_hand(spec: DataSpec) -> bool:
    """Whether the images that are meant are here; those that FishLab draws where there are no others do not count."""
    source = DATASETS[resolve_source(spec)].item
    return source().find(spec) is not None and not (spec.source == "auto" and source.last_resort)


def _score(found: Imported, dataset: Dataset, tell_progress: Tell) -> Score:
    steps = evaluate(found.model.network(), dataset.test, found.model.scaling)
    try:
        with computing():
            while True:
                step = next(steps)
                tell_progress("Trying it on the test images", step.done, step.total)
    except StopIteration as end:
        score: Score = end.value
        return score
    finally:
        steps.close()


# -- what is said ----------------------------------------------------------------------------------------------------
def _say(chosen: argparse.Namespace, found: Imported, out: Path, score: Score | None, remark: str) -> None:
    if chosen.json:
        tell_json({
            "out": str(out), "said": list(found.said), "data": remark if score else None,
            **(asdict(score) if score else {}),
        })  # fmt: skip
        return
    for line in found.said:
        tell(line)
    for line in layer_lines(found.project.network):
        tell(f"  {line}")
    tell(f"Saved as “{out}”, {size_text(out.stat().st_size)}.")
    if score:
        tell(f"{remark}: {score.accuracy:.2%} right ({score.correct:,} of {score.total:,}), loss {score.loss:.4f}.")
    else:
        complain(remark)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fishlab import",
        description="Makes a project of weights, or of a network, that another program has written.",
        epilog="\n".join(["kinds:", *kind_lines()]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", metavar="FILE", help="the file to read")
    parser.add_argument(
        "--as", dest="template", metavar="NETWORK", help="match it to this network: a template or a project file"
    )
    parser.add_argument("-o", "--out", required=True, metavar="OUT", help="the project file to write")
    parser.add_argument("--kind", metavar="KIND", default="", help="one of those below; else what its name says")
    add_data_options(parser)
    add_layers_option(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def kind_lines() -> list[str]:
    """A line about each format."""
    width = max((len(entry.kind) for entry in IMPORTS), default=0)
    return [
        f"  {entry.kind:<{width}}  {entry.title} ({' '.join(entry.item.suffixes)}). {entry.help}"
        for entry in IMPORTS
    ]  # fmt: skip
