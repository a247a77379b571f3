"""`fishlab catalogue`: everything one can choose from, with formulas, settings and sources, as Markdown."""

import argparse
import inspect
import re
from collections.abc import Iterable, Iterator
from typing import Any

from fishlab.commands.console import tell
from fishlab.core.augmentation import AUGMENTATIONS
from fishlab.core.data.dataset import DATASETS
from fishlab.core.fields import FieldInfo, Spec, describe
from fishlab.core.initializers import INITIALIZERS
from fishlab.core.layers import LAYERS
from fishlab.core.losses import LOSSES
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.registry import Entry, Registry
from fishlab.core.schedules import SCHEDULES
from fishlab.core.templates import TEMPLATES

HEAD = """# Everything there is to choose from

`fishlab catalogue` writes this page from the descriptions that palette, inspector, file format and command line are
built from. Shapes leave the batch out: C × H × W is an image, F a row. Chapters are those of *Deep Learning from
Scratch*."""
PARTS: tuple[tuple[str, Registry[Any]], ...] = (
    ("Layers", LAYERS),
    ("Losses", LOSSES),
    ("Optimizers", OPTIMIZERS),
    ("Learning-rate schedules", SCHEDULES),
    ("Initial values", INITIALIZERS),
    ("Augmentation", AUGMENTATIONS),
    ("Data sets", DATASETS),
    ("Templates", TEMPLATES),
)


def run(words: list[str]) -> int:
    """Print the page."""
    parser = argparse.ArgumentParser(prog="fishlab catalogue", description="Prints all there is to choose from.")
    parser.parse_args(words)
    for line in page():
        tell(line)
    return 0


def page() -> Iterator[str]:
    """The lines of the page."""
    yield from HEAD.splitlines()
    for title, registry in PARTS:
        yield from ("", f"## {title}")
        for group, entries in registry.groups().items():
            if group:
                yield from ("", f"### {group}")
            for entry in entries:
                yield from _entry(entry, "####" if group else "###")


def _entry(entry: Entry[Any], mark: str) -> Iterator[str]:
    source = f"chapter {entry.chapter}" if entry.chapter else entry.paper
    yield from ("", f"{mark} {entry.title}", "")
    yield " · ".join(part for part in (f"`{entry.kind}`", source, _also(entry.aliases)) if part)
    yield from ("", entry.help)
    text = _markdown(inspect.getdoc(entry.item) or "")
    if text:
        yield from ("", text)
    fields = describe(spec) if (spec := _spec(entry.item)) else ()
    if fields:
        yield from ("", "| setting | | default | range |", "|---|---|---|---|")
        yield from (f"| `{info.name}` | {info.help} | {_default(info)} | {_range(info)} |" for info in fields)


def _spec(item: Any) -> type[Spec] | None:
    if isinstance(item, type) and issubclass(item, Spec):
        return item
    found = getattr(item, "Spec", None)
    return found if isinstance(found, type) and issubclass(found, Spec) else None


def _also(names: Iterable[str]) -> str:
    quoted = ", ".join(f"`{name}`" for name in names)
    return f"also {quoted}" if quoted else ""


def _markdown(text: str) -> str:
    """A docstring as Markdown: a line break inside a paragraph is none, and a star is a product."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text).replace("*", "\\*")


def _default(info: FieldInfo) -> str:
    value = info.default
    if isinstance(value, tuple):
        return " × ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _range(info: FieldInfo) -> str:
    if info.choices:
        return ", ".join(f"`{choice.value}`" for choice in info.choices)
    return info.range_text()
