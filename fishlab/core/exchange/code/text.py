"""Values and words as Python source: what comes from outside is a literal or a comment, and can be nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

WIDTH = 120
INDENT = "    "


def literal(value: Any) -> str:
    """A number, text, or tuple of these as source. Texts are in double quotes where they are plain."""
    if isinstance(value, tuple):
        inside = ", ".join(map(literal, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, str):
        return f'"{value}"' if repr(value) == f"'{value}'" and '"' not in value else repr(value)
    if isinstance(value, bool) or value is None:
        return str(value)
    return repr(int(value)) if hasattr(value, "__index__") else repr(float(value))


def plain(text: str, most: int = 80) -> str:
    """A text for a comment or a docstring: one line that ends nothing."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    shown = " ".join(shown.replace("\\", "/").replace('"', "'").split())
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def comment(text: str, indent: str = "") -> str:
    """A text as comment lines, broken between words."""
    lines, line = [], indent + "#"
    for word in plain(text, len(text)).split():
        if len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = indent + "#"
        line += f" {word}"
    return "\n".join([*lines, line])


def listing(name: str, texts: Iterable[str]) -> str:
    """A tuple of texts with a name: on one line where that is long enough for them."""
    texts = list(texts)
    line = f"{name} = {literal(tuple(texts))}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{name} = (", *(line for text in texts for line in _item(text)), ")"])


def _item(text: str) -> Iterator[str]:
    """A text as an item of a listing: in pieces, each on a line, where it is long."""
    line = f"{INDENT}{literal(text)},"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"{INDENT}("
    yield from (f"{INDENT}{INDENT}{literal(text[begin : begin + 10])}" for begin in range(0, len(text), 10))
    yield f"{INDENT}),"


def entry(key: str, value: str) -> str:
    """A line of a table, or three where it is long."""
    line = f"{INDENT}{INDENT}{literal(key)}: {value},"
    if len(line) <= WIDTH:
        return line
    return f"{INDENT}{INDENT}{literal(key)}: (\n{INDENT}{INDENT}{INDENT}{value}\n{INDENT}{INDENT}),"


@dataclass(frozen=True)
class Made:
    """A layer being made: a call with arguments, with stacks of other layers, or with the one layer it is put around.

    `note` stands beside it as a comment. `turned` names the parameters that are stored the other way round, `inside`
    what a block calls its branches.
    """

    name: str
    arguments: tuple[str, ...] = ()
    stacks: tuple[tuple[Made, ...], ...] = ()
    around: Made | None = None
    note: str = ""
    turned: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()

    def replace(self, **changes: Any) -> Made:
        """The same with some of it changed."""
        return dataclasses.replace(self, **changes)

    def after(self, *first: str) -> Made:
        """The same with arguments before its own."""
        return self.replace(arguments=(*first, *self.arguments))

    def lines(self, depth: int, brackets: tuple[str, str]) -> Iterator[str]:
        """The call as lines of an argument list, each stack between `brackets`."""
        indent = INDENT * depth
        if self.stacks:
            yield from self._block(indent, depth, brackets)
            return
        line = f"{indent}{self.call},"
        if len(line) <= WIDTH:
            yield from _beside(line, indent, self.note)
            return
        yield from _beside(f"{indent}{self.name}(", indent, self.note)
        if self.around:
            yield from self.around.lines(depth + 1, brackets)
        yield from (f"{indent}{INDENT}{argument}," for argument in self.arguments)
        yield f"{indent}),"

    @property
    def call(self) -> str:
        """The call in one line, for one without stacks."""
        inside = (self.around.call,) if self.around else self.arguments
        return f"{self.name}({', '.join(inside)})"

    def _block(self, indent: str, depth: int, brackets: tuple[str, str]) -> Iterator[str]:
        yield from _beside(f"{indent}{self.name}(", indent, self.note)
        opening, closing = brackets
        for stack in self.stacks:
            if not stack:
                yield f"{indent}{INDENT}{opening}{closing},"
                continue
            yield f"{indent}{INDENT}{opening}"
            for layer in stack:
                yield from layer.lines(depth + 2, brackets)
            yield f"{indent}{INDENT}{closing},"
        yield f"{indent}),"


def _beside(line: str, indent: str, note: str) -> Iterator[str]:
    """The line with a comment behind it, or before it where there is no room."""
    if not note:
        yield line
    elif len(line) + 4 + len(note) <= WIDTH:
        yield f"{line}  # {note}"
    else:
        yield comment(note, indent)
        yield line


def made(name: str, *values: Any, **named: Any) -> Made:
    """A call with literals."""
    return Made(name, (*map(literal, values), *(f"{key}={literal(value)}" for key, value in named.items())))
