"""Registry[T]: how a layer, loss, optimizer, initializer or data set is described and found.

Everything that offers a choice (palette, search, inspector, file format, command line) reads a registry, so that
adding one class in one file is all it takes to add a choice everywhere.
"""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fishlab.core.errors import UnknownKindError

T = TypeVar("T")


@dataclass(frozen=True)
class Entry(Generic[T]):
    """One registered thing: `kind` is its name in files and never changes; the rest is for people.

    `chapter` is where the book has it; `paper` is where it comes from, for what the book does not have.
    """

    kind: str
    item: T
    title: str
    group: str = ""
    chapter: str = ""
    icon: str = ""
    help: str = ""
    aliases: tuple[str, ...] = ()
    paper: str = ""

    def matches(self, words: str) -> bool:
        """Whether every word of a search occurs in the title, kind, group, aliases or chapter."""
        text = " ".join((self.title, self.kind, self.group, self.chapter, self.paper, *self.aliases)).casefold()
        return all(word in text for word in words.casefold().split())


class Registry(Generic[T]):
    """An ordered table from `kind` to `Entry`; `noun` is what its error messages call a thing.

    `elsewhere` is what they say of things that may be registered later.
    """

    def __init__(self, noun: str, elsewhere: str = "") -> None:
        self.noun, self.elsewhere = noun, elsewhere
        self._entries: dict[str, Entry[T]] = {}
        self._aliases: dict[str, str] = {}

    def register(
        self,
        kind: str,
        *,
        title: str,
        group: str = "",
        chapter: str = "",
        icon: str = "",
        help: str = "",
        aliases: tuple[str, ...] = (),
        paper: str = "",
    ) -> Callable[[T], T]:
        """Decorator: enter the decorated class or function under `kind`, and under its `aliases`."""

        def enter(item: T) -> T:
            for name in (kind, *aliases):
                if name in self._entries or name in self._aliases:
                    raise ValueError(f"{self.noun} {name!r} is registered twice")
            self._entries[kind] = Entry(kind, item, title, group, chapter, icon or kind, help, aliases, paper)
            self._aliases.update(dict.fromkeys(aliases, kind))
            return item

        return enter

    def remove(self, kind: str) -> Entry[T]:
        """Take an entry out, and return it."""
        entry = self._entries.pop(self[kind].kind)
        for alias in entry.aliases:
            del self._aliases[alias]
        return entry

    def restore(self, entry: Entry[T]) -> None:
        """Put an entry in that was taken out."""
        self._entries[entry.kind] = entry
        self._aliases.update(dict.fromkeys(entry.aliases, entry.kind))

    def __getitem__(self, kind: str) -> Entry[T]:
        try:
            return self._entries[self._aliases.get(kind, kind)]
        except (KeyError, TypeError):  # TypeError: nothing that could be looked up
            raise UnknownKindError(self._unknown(kind), self.noun) from None

    def __contains__(self, kind: object) -> bool:
        return kind in self._entries or kind in self._aliases

    def __iter__(self) -> Iterator[Entry[T]]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def kinds(self) -> tuple[str, ...]:
        """The kinds in order of registration."""
        return tuple(self._entries)

    def groups(self) -> dict[str, list[Entry[T]]]:
        """The entries by group, groups in order of first appearance."""
        found: dict[str, list[Entry[T]]] = {}
        for entry in self:
            found.setdefault(entry.group, []).append(entry)
        return found

    def _unknown(self, kind: Any) -> str:
        near = difflib.get_close_matches(kind, self._entries, n=1) if isinstance(kind, str) else []
        known = self.elsewhere or f"known are {', '.join(self._entries)}."
        hint = f"did you mean {near[0]!r}?" if near else known
        return f"There is no {self.noun} called {reprlib.repr(kind)}: {hint}"
