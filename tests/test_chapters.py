"""Chapters that are named exist in "Deep Learning from Scratch", and networks stand where the book has them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from fishlab.core.augmentation import AUGMENTATIONS
from fishlab.core.initializers import INITIALIZERS
from fishlab.core.layers import LAYERS
from fishlab.core.losses import LOSSES
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.templates import TEMPLATES
from fishlab.ui.explanations import all_entries, curves
from fishlab.ui.widgets.explanation import as_explanation

# How many sections each chapter has, summary included, and how many parts some sections have.
SECTIONS = {1: 7, 2: 6, 3: 7, 4: 6, 5: 8, 6: 6, 7: 8, 8: 6}
PARTS = {"3.2": 7, "3.5": 4, "3.6": 3, "4.2": 5, "4.4": 2, "4.5": 3, "5.5": 2, "5.6": 3, "5.7": 4, "6.1": 8, "6.2": 4,
         "6.3": 3, "6.4": 3, "6.5": 3, "7.2": 7, "7.3": 1, "7.4": 4, "7.6": 2, "7.7": 2, "8.1": 3, "8.2": 4, "8.3": 4,
         "8.4": 3, "8.5": 4}  # fmt: skip

REGISTRIES = (LAYERS, LOSSES, OPTIMIZERS, INITIALIZERS, AUGMENTATIONS, TEMPLATES)


def exists(chapter: str) -> bool:
    whole, *rest = map(int, chapter.split("."))
    if whole not in SECTIONS or len(rest) > 2:
        return False
    if rest and not 1 <= rest[0] <= SECTIONS[whole]:
        return False
    return len(rest) < 2 or 1 <= rest[1] <= PARTS.get(f"{whole}.{rest[0]}", 0)


def named() -> Iterator[tuple[str, str]]:
    """Who names a chapter, and which."""
    for registry in REGISTRIES:
        for entry in registry:
            if entry.chapter:
                yield entry.kind, entry.chapter
    entries = {**all_entries(), **curves.quantities(), **curves.lines()}
    for name, entry in entries.items():
        said = as_explanation(entry)
        words = f"Chapter {said.chapter} {said.text}"
        for found in re.findall(r"Chapters? ([\d.]+)(?: and ([\d.]+))?", words):
            yield from ((name, chapter.strip(".")) for chapter in found if chapter)


@pytest.mark.parametrize(("name", "chapter"), sorted(set(named())))
def test_a_chapter_that_is_named_is_in_the_book(name: str, chapter: str) -> None:
    assert exists(chapter), f"{name}: {chapter}"


@pytest.mark.parametrize("chapter", ["9.1", "7.9", "7.6.3", "0"])
def test_what_is_not_in_the_book_is_known(chapter: str) -> None:
    assert not exists(chapter)


@pytest.mark.parametrize(("registry", "kind", "chapter"), [
    (TEMPLATES, "lenet_5", "7.7"), (TEMPLATES, "alexnet", "7.7"), (LAYERS, "local_response_normalization", "7.7"),
    (TEMPLATES, "simple_conv_net", "7.5"), (TEMPLATES, "deep_conv_net", "8.1"), (TEMPLATES, "two_layer_net", "5.7"),
])  # fmt: skip
def test_a_network_stands_where_the_book_has_it(registry, kind: str, chapter: str) -> None:
    assert registry[kind].chapter == chapter
