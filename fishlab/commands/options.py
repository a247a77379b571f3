"""Options that several commands take, and what they mean for a project."""

import argparse
import difflib
import reprlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fishlab.core.augmentation import AUGMENTATIONS, AugmentationSpec
from fishlab.core.checkpoint import Checkpoint
from fishlab.core.errors import FileFormatError, FishLabError
from fishlab.core.exchange.choosing import import_suffixes
from fishlab.core.fields import FieldInfo, Spec, describe
from fishlab.core.files import open_project
from fishlab.core.losses import LOSSES, LossSpec
from fishlab.core.optimizers import OPTIMIZERS, OptimizerSpec
from fishlab.core.own_layers import load_layers
from fishlab.core.parallel.way import ALONE, TEAMS, Way
from fishlab.core.processors import processors
from fishlab.core.schedules import SCHEDULES, ScheduleSpec
from fishlab.core.spec import DataSpec, ProjectSpec, TrainingSpec
from fishlab.core.templates import find_template

AUTOMATIC, NONE = "auto", "none"
_FILES = ("csv", "npz")


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """--data, where its files are, and --set for every other setting."""
    parser.add_argument("--data", metavar="SET", help="one of “fishlab datasets”; auto prefers MNIST")
    parser.add_argument("--folder", "--data-dir", metavar="DIR", help="the folder with the files of the set")
    parser.add_argument("--file", metavar="FILE", help="the CSV or NPZ file")
    parser.add_argument("--points", metavar="N", help="how many points there are in the plane")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="any setting by its name in project files"
    )


def whole(text: str) -> int:
    """A whole number that was written for an option."""
    return _number(text, int, "a whole number")


def number(text: str) -> float:
    """A number that was written for an option."""
    return _number(text, float, "a number")


def _number(text: str, kind: Callable[[str], Any], what: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{reprlib.repr(text)} is not {what}") from None


def add_augment_option(parser: argparse.ArgumentParser) -> None:
    """--augment."""
    help = "change images at random: rotate:degrees=11, or none"
    parser.add_argument("--augment", action="append", default=[], metavar="KIND", help=help)


def add_layers_option(parser: argparse.ArgumentParser) -> None:
    """--layers, loaded as it is read."""
    help = "a Python file with own layers, which is run"
    parser.add_argument("--layers", action=_LoadLayers, metavar="FILE", help=help)


class _LoadLayers(argparse.Action):
    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        load_layers(values)


def add_way_option(parser: argparse.ArgumentParser) -> None:
    """--way."""
    parser.add_argument(
        "--way",
        metavar="WAY",
        default=AUTOMATIC,
        help="auto (the fastest), one, threads, processes, or so many: processes:4",
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
    """The spec with the options applied; a folder alone means MNIST from there, a file alone what its name says."""
    given = {name: getattr(words, name) for name in ("folder", "file", "points")}
    given = _read(settings(words) | {name: text for name, text in given.items() if text is not None}, DataSpec)
    source = given.get("source", _source_of(given, spec)) if words.data is None else words.data
    given |= {"augmentation": _augmentations(words.augment)} if getattr(words, "augment", None) else {}
    return spec.replace(**given | {"source": source.casefold()})


def _augmentations(texts: list[str]) -> tuple[AugmentationSpec, ...]:
    return tuple(_augmentation(text) for text in texts if text.casefold() != NONE)


def _augmentation(text: str) -> AugmentationSpec:
    """What “rotate:degrees=11,...” says."""
    kind, rest = _kind(text)
    entry = AUGMENTATIONS[kind]
    spec: AugmentationSpec = entry.item.Spec(**_settings_of(entry.title, entry.item.Spec, rest))
    return spec


def chosen_optimizer(spec: OptimizerSpec, text: str) -> OptimizerSpec:
    """What “adam:beta1=0.8,...” says; settings that are not named stay as they are where the kind stays."""
    kind, rest = _kind(text)
    entry = OPTIMIZERS[kind]
    begin = spec if entry is OPTIMIZERS[spec.kind] else entry.item.Spec()
    return begin.replace(**_settings_of(entry.title, entry.item.Spec, rest))


def chosen_schedule(text: str) -> ScheduleSpec:
    """What “cosine:warm_up=1,...” says."""
    kind, rest = _kind(text)
    entry = SCHEDULES[kind]
    return entry.item(**_settings_of(entry.title, entry.item, rest))


def chosen_loss(text: str) -> LossSpec:
    """What “softmax_cross_entropy:label_smoothing=0.1” says."""
    kind, rest = _kind(text)
    entry = LOSSES[kind]
    spec: LossSpec = entry.item.Spec(**_settings_of(entry.title, entry.item.Spec, rest))
    return spec


def _kind(text: str) -> tuple[str, str]:
    kind, _, rest = text.partition(":")
    return kind.casefold(), rest


def _settings_of(title: str, spec: type[Spec], text: str) -> dict[str, Any]:
    """What “degrees=11,...” says of a spec; raises FishLabError for a setting or a value that there is not."""
    pairs = dict(part.partition("=")[::2] for part in text.split(",") if part)
    known = [info.name for info in describe(spec)]
    for name in pairs:
        if name not in known:
            raise FishLabError(f"{title} has no setting “{name}”: it has {', '.join(known)}.")
    return _read(pairs, spec)


def chosen_settings(spec: TrainingSpec, words: argparse.Namespace) -> TrainingSpec:
    """The spec with what --set says of it."""
    return spec.replace(**_read(settings(words), TrainingSpec))


def settings(words: argparse.Namespace) -> dict[str, str]:
    """What --set says, by name; raises FishLabError for a name that nothing has."""
    pairs = dict(text.partition("=")[::2] for text in words.set)
    known = {info.name for spec in (DataSpec, TrainingSpec) for info in describe(spec)}
    for name in pairs:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean “{near[0]}”?" if near else f"There are {', '.join(sorted(known))}."
            raise FishLabError(f"There is no setting “{name}”. {hint}")
    return pairs


def _read(texts: dict[str, str], spec: type[Spec]) -> dict[str, Any]:
    """Those of the texts that name fields of a spec, as their values."""
    return {info.name: _value(info, texts[info.name]) for info in describe(spec) if info.name in texts}


def _value(info: FieldInfo, text: str) -> Any:
    """What was written for a field, in its type; FieldError for what it cannot take."""
    try:
        return info.check(_READERS[info.form](text))
    except (ValueError, KeyError):
        return info.check(text)


def _pair(text: str) -> tuple[int, int]:
    rows, _, columns = text.casefold().partition("x")
    return int(rows), int(columns or rows)


_READERS: dict[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "pair": _pair,
    "choice": str.casefold,
    "bool": {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}.__getitem__,
    "text": str,
}


def _source_of(given: dict[str, Any], spec: DataSpec) -> str:
    """Which set is meant where none is named."""
    kind = Path(given.get("file", "")).suffix.casefold()[1:]
    if kind in _FILES and spec.source not in _FILES:
        return kind
    folder = next(info for info in describe(DataSpec) if info.name == "folder")
    takes_folder = spec.source != "auto" and folder.matters(spec)
    return "mnist" if "folder" in given and not takes_folder else spec.source


def find_project(what: str) -> tuple[ProjectSpec, Checkpoint | None]:
    """A project file with the model in it, or a template by its name."""
    if Path(what).suffix == ".fishlab" or _is_there(what):
        return read_project(what)
    return find_template(what).item(), None


def read_project(what: str) -> tuple[ProjectSpec, Checkpoint | None]:
    """A project file with the model in it; one that is none is said to be importable where its name says so."""
    try:
        return open_project(what)
    except FileFormatError as error:
        if Path(what).suffix.casefold() not in import_suffixes() or not _is_there(what):
            raise
        raise FishLabError(f"{error} “fishlab import” makes a project of what other programs wrote.") from error


def _is_there(what: str) -> bool:
    try:
        return Path(what).exists()
    except OSError:  # too long for a name
        return False
