"""Tables of what a dialect can write: from a kind to the function that writes it. A new kind is one entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from fishlab.core.exchange.formats import ExchangeError
from fishlab.core.layers import LayerSpec, Shape
from fishlab.core.registry import Registry

PYTHON = "Python code"
Writer = TypeVar("Writer", bound=Callable[..., Any])


@dataclass(frozen=True)
class Table(Generic[Writer]):
    """The writers of one dialect for what one registry lists."""

    registry: Registry[Any]
    dialect: str
    writers: dict[str, Writer] = field(default_factory=dict)

    def __call__(self, kind: str) -> Callable[[Writer], Writer]:
        """Decorator: the function writes what is of this kind."""

        def enter(writer: Writer) -> Writer:
            self.writers[kind] = writer
            return writer

        return enter

    def __getitem__(self, kind: str) -> Writer:
        """The writer of a kind; raises ExchangeError where there is none."""
        if kind not in self.writers:
            raise ExchangeError(
                f"The {self.registry.noun} “{self.registry[kind].title}” cannot be written as {self.dialect}: what it "
                "computes stands in a file of its own. Put another in its place, or take it out."
            )
        return self.writers[kind]


@dataclass(frozen=True)
class Place:
    """A layer where it stands: what a writer needs beside the spec.

    `number` counts all layers from the top, those inside blocks too. `params` has what stands in the file for each
    parameter, by its name in FishLab.
    """

    number: int
    in_shape: Shape
    out_shape: Shape
    params: Mapping[str, str]


LayerWriter = Callable[[LayerSpec, Place], Any]
