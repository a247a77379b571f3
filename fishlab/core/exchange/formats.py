"""What an exporter and an importer are, and the tables that they are entered in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.errors import FishLabError
from fishlab.core.layers.base import Array
from fishlab.core.network import Network
from fishlab.core.registry import Registry
from fishlab.core.spec import ProjectSpec

Progress = Callable[[str, int, int], None]
"""Told what is being done, and how many of how many parts are (0 of 0 where that is not known); may raise Cancelled."""


class ExchangeError(FishLabError):
    """A network that a format cannot hold, or a file with none that can be built here; the text says which part."""


class MissingExtraError(ExchangeError):
    """A format that stands on a package which is not installed; the text names the command that installs it."""

    def __init__(self, title: str, extra: str) -> None:
        python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
        command = f'{python} -m pip install "fishlab[{extra}]"'  # in quotes: brackets mean something to some shells
        super().__init__(f"{title} needs a package that is not there. This brings it: {command}")
        self.extra = extra


def silent(_what: str, _done: int, _total: int) -> None:
    """A Progress that nobody reads."""


@dataclass(frozen=True)
class Subject:
    """What is exported: a project, and the model trained with it where there is one.

    `best` takes the weights of the model's best epoch in place of its last ones.
    """

    project: ProjectSpec
    model: Checkpoint | None = None
    best: bool = False

    @property
    def trained(self) -> ProjectSpec:
        """The project the weights belong to: the model's, which may be older than the document's."""
        return self.model.project if self.model else self.project

    @property
    def weights(self) -> Mapping[str, Array]:
        """Parameter key to array in public shape: the model's, or those a first run would begin with."""
        if self.model is None:
            return self.network().arrays()
        return self.model.best_weights() if self.best else self.model.weights

    def network(self) -> Network:
        """A network of its own that answers as the exported one must. Raises NetworkError."""
        if self.model is not None:
            return self.model.network(best=self.best)
        training = self.project.training
        return Network(self.project.network, seed=training.seed, dtype=training.precision)


@dataclass(frozen=True)
class Extra:
    """A package that comes with an extra of FishLab."""

    name: str
    package: str

    @property
    def missing(self) -> bool:
        """Whether it is not installed."""
        return find_spec(self.package) is None


@dataclass(frozen=True)
class Export:
    """A way out: `write` puts the subject into a file (and what belongs beside it), and returns the files it wrote.

    `needs_model`: there is nothing to write of a network that was never trained. `weights`: they are what is written,
    so that it matters which; a drawing has none. `extra` is what it stands on.
    """

    suffix: str
    write: Callable[[Subject, Path, Progress], list[Path]]
    needs_model: bool = False
    weights: bool = True
    extra: Extra | None = None


def never(_head: bytes) -> bool:
    """For files whose beginning says nothing."""
    return False


@dataclass(frozen=True)
class Imported:
    """What came in. `said` are sentences about what was found and done to it, for people."""

    project: ProjectSpec
    model: Checkpoint
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Import:
    """A way in, for files with one of `suffixes`. `read` takes the project that the file's numbers are to be matched
    to, or None where the format, or what it holds, says it itself; raises FileFormatError or ExchangeError.

    `begins` tells a file by its first bytes. `has_network`: it always says which network it holds, so that its
    weights are never matched to another.
    """

    suffixes: tuple[str, ...]
    read: Callable[[Path, ProjectSpec | None, Progress], Imported]
    begins: Callable[[bytes], bool] = never
    has_network: bool = False


def later(module: str, name: str) -> Callable[..., Any]:
    """A function of fishlab.core.exchange whose module is imported when it is called, so that menus cost nothing."""

    def call(*args: Any) -> Any:
        return getattr(import_module(f"fishlab.core.exchange.{module}"), name)(*args)

    return call


EXPORTS: Registry[Export] = Registry("export format")
IMPORTS: Registry[Import] = Registry("import format")
