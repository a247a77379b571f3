"""A file out of its pieces: what is used of the library, in order, and nothing that is not used."""

from __future__ import annotations

from collections.abc import Iterable

from fishlab.core.exchange.code.parts import Library, import_lines, part, uses_of
from fishlab.core.exchange.code.text import WIDTH

FOR_OTHERS = ("predict", "accuracy")
"""What the file's own program does without, and people who import it look for."""
LAST = 'if __name__ == "__main__":\n    main()'


def assemble(doc: str, said: str, library: Library, settings: Iterable[str], functions: Iterable[str]) -> str:
    """The text of a file: settings, parts of the library, functions made for this network, and its program.

    Settings and functions are sources of one definition each; those that nobody uses are left out.
    """
    set_, made = [part(source) for source in settings], [part(source) for source in functions]
    given = {one.name: one for one in (*set_, *made)}
    names, brought = library.needed(given, [*uses_of(LAST), *FOR_OTHERS])
    constants = [one.source for one in set_ if one.name in names]
    parts = [one.source for name, one in library.parts.items() if name in names and name not in given]
    own = [one.source for one in made if one.name in names]
    top = [doc, import_lines(brought, library), said, "\n".join(constants)]
    groups = [*_titled("What it is made of", parts), *_titled("This network and its training", [*own, LAST])]
    return "\n\n".join(filter(None, top)) + "\n\n\n" + "\n\n\n".join(groups) + "\n"


def _titled(title: str, sources: list[str]) -> list[str]:
    """The first of them under a title."""
    line = f"# -- {title} ".ljust(WIDTH, "-")
    return [f"{line}\n{sources[0]}", *sources[1:]]
