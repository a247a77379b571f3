"""Networks to start from: the book's and the classics, each with the training that suits it."""

from __future__ import annotations

# isort: off
# Importing them registers all templates, in the order of the menu.
from fishlab.core.templates import (  # noqa: F401
    dense,
    convolutional,
    branching,
)

# isort: on
from fishlab.core.registry import Entry
from fishlab.core.spec import ProjectSpec
from fishlab.core.templates.parts import TEMPLATES, Template, project

__all__ = ["TEMPLATES", "Template", "find_template"]


@TEMPLATES.register("empty", title="Empty", help="Only the input and the loss. Everything between is yours.")
def empty() -> ProjectSpec:
    """No layer at all."""
    return project("Untitled", [])


def find_template(name: str) -> Entry[Template]:
    """The template with this kind, title or alias, in any case and with or without hyphens.

    Raises UnknownKindError, with the nearest name, where there is none.
    """
    wanted = _plain(name) if isinstance(name, str) else name
    for entry in TEMPLATES:
        if wanted in map(_plain, (entry.kind, entry.title, *entry.aliases)):
            return entry
    return TEMPLATES[name.casefold() if isinstance(name, str) else name]


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
