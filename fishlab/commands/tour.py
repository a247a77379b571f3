"""`fishlab tour DIR`: the real window, offscreen, driven through a whole session."""

import argparse
import os
from importlib import import_module
from pathlib import Path

from fishlab.core.errors import FishLabError
from fishlab.ui import environment


def run(words: list[str]) -> int:
    """Write the pictures and tour.json into the folder."""
    chosen = _parser().parse_args(words)
    folder = Path(chosen.folder)
    if folder.exists() and not folder.is_dir():
        raise FishLabError(f"“{folder}” is a file. The tour needs a folder for its pictures: choose another name.")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if not environment.ensure_libraries():
        return 1
    tour = import_module("fishlab.ui.tour")  # Qt loads only where its libraries are
    return int(tour.main(folder, instruments=chosen.instruments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fishlab tour",
        description="Builds, trains, draws, saves and reopens in the real window, without a screen.",
    )
    parser.add_argument("folder", metavar="DIR", help="where the numbered pictures and tour.json go")
    help = "also a picture of every instrument in both themes, into DIR/instruments"
    parser.add_argument("--instruments", action="store_true", help=help)
    return parser
