"""Options that several commands take, and what they mean for a project."""

import argparse
from pathlib import Path

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.errors import FishLabError
from fishlab.core.files import open_project
from fishlab.core.parallel.way import ALONE, TEAMS, Way
from fishlab.core.processors import processors
from fishlab.core.spec import DataSpec, ProjectSpec
from fishlab.core.templates import find_template

AUTOMATIC = "auto"


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """--data and --data-dir."""
    parser.add_argument(
        "--data", metavar="SET", help="auto, mnist or digits: MNIST, FishLab's own drawn digits, or the best at hand"
    )
    parser.add_argument("--data-dir", metavar="DIR", help="the folder with the four files of MNIST, plain or gzipped")


def add_way_option(parser: argparse.ArgumentParser) -> None:
    """--way."""
    parser.add_argument(
        "--way",
        metavar="WAY",
        default=AUTOMATIC,
        help="auto (tries for a moment, takes the fastest), one, threads or processes; processes:4 for so many of "
        "them, else one a processor",
    )


def chosen_way(words: argparse.Namespace) -> Way | None:
    """The way of running asked for, None for the fastest; raises FieldError for what is none."""
    text = words.way.casefold()
    if text == AUTOMATIC:
        return None
    if text in TEAMS:
        return Way(text, max(2, processors()))
    if text.partition(":")[0] not in (ALONE, *TEAMS):
        raise FishLabError(f"There is no way “{words.way}” of running. Write auto, one, threads or processes:4.")
    return Way.parse(text)


def chosen_data(spec: DataSpec, words: argparse.Namespace) -> DataSpec:
    """The spec with the options applied; a folder alone means MNIST from there."""
    source = words.data or ("mnist" if words.data_dir is not None else spec.source)
    folder = spec.folder if words.data_dir is None else words.data_dir
    return spec.replace(source=source.casefold(), folder=folder)


def find_project(what: str) -> tuple[ProjectSpec, Checkpoint | None]:
    """A project file with the model in it, or a template by its name."""
    if Path(what).suffix == ".fishlab" or Path(what).exists():
        return open_project(what)
    return find_template(what).item(), None
