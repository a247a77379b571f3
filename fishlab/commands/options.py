"""Options that several commands take, and what they mean for a project."""

import argparse

from fishlab.core.spec import DataSpec


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """--data and --data-dir."""
    parser.add_argument(
        "--data", metavar="SET", help="auto, mnist or digits: MNIST, FishLab's own drawn digits, or the best at hand"
    )
    parser.add_argument("--data-dir", metavar="DIR", help="the folder with the four files of MNIST, plain or gzipped")


def chosen_data(spec: DataSpec, words: argparse.Namespace) -> DataSpec:
    """The spec with the options applied; a folder alone means MNIST from there."""
    source = words.data or ("mnist" if words.data_dir is not None else spec.source)
    folder = spec.folder if words.data_dir is None else words.data_dir
    return spec.replace(source=source.casefold(), folder=folder)
