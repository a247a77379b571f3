"""Parts of files: definitions of a module in resources/code, taken as source, each with what it stands on."""

from __future__ import annotations

import ast
import symtable
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from fishlab.core.resources import resource_path


@dataclass(frozen=True)
class Part:
    """A class, function or constant as it stands in a file, and the names that it uses but does not make."""

    name: str
    source: str
    uses: frozenset[str]


@dataclass(frozen=True)
class Library:
    """All parts of some modules by name, in order, and the import that brings each name from elsewhere."""

    parts: Mapping[str, Part]
    imports: Mapping[str, ast.Import | ast.ImportFrom]

    def needed(self, given: Mapping[str, Part], uses: Iterable[str]) -> tuple[set[str], set[str]]:
        """The parts that these uses come to in the end, those `given` before the library's; and the imports."""
        parts, found, names = {**self.parts, **given}, set[str](), set[str]()
        waiting = list(uses)
        while waiting:
            name = waiting.pop()
            if name in parts.keys() - found:
                found.add(name)
                waiting += parts[name].uses
            elif name in self.imports and name not in parts:
                names.add(name)
        return found, names


@cache
def library(*modules: str) -> Library:
    """The library that modules in resources/code make together. They are read, not run."""
    parts: dict[str, Part] = {}
    imports: dict[str, ast.Import | ast.ImportFrom] = {}
    for module in modules:
        source = resource_path("code", f"{module}.py").read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                imports.update({alias.asname or alias.name: node for alias in node.names})
            parts.update({name: _part(name, node, source) for name in _defined(node)})
    return Library(parts, imports)


def part(source: str) -> Part:
    """A part out of its source: one definition."""
    (node,) = ast.parse(source).body
    (name,) = _defined(node)
    return Part(name, source, uses_of(source))


def _part(name: str, node: ast.stmt, source: str) -> Part:
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])
    text = "\n".join(source.split("\n")[first - 1 : node.end_lineno])
    return Part(name, text, uses_of(text))


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def uses_of(source: str) -> frozenset[str]:
    """The names that a piece of source takes from the module it stands in, or from Python."""
    return frozenset(_uses(symtable.symtable(source, "part", "exec")))


def _uses(table: symtable.SymbolTable) -> Iterator[str]:
    at_top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (symbol.is_global() or at_top):
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _uses(inner)


def import_lines(names: Iterable[str], library: Library) -> str:
    """The imports of these names, those of Python's own modules first."""
    nodes = {name: library.imports[name] for name in names}
    whole = {name: ast.unparse(ast.Import([alias])) for name, node in nodes.items() if isinstance(node, ast.Import)
             for alias in node.names if (alias.asname or alias.name) == name}  # fmt: skip
    from_: dict[str, list[str]] = {}
    for name, node in nodes.items():
        if isinstance(node, ast.ImportFrom):
            from_.setdefault(node.module or "", []).append(name)
    lines = [(line.split()[1].partition(".")[0], 0, line) for line in whole.values()]
    lines += [(m.partition(".")[0], 1, f"from {m} import {', '.join(sorted(names))}") for m, names in from_.items()]
    lines.sort(key=lambda line: line[1:])
    own = [text for root, _, text in lines if root in sys.stdlib_module_names]
    others = [text for root, _, text in lines if root not in sys.stdlib_module_names]
    return "\n\n".join("\n".join(group) for group in (own, others) if group)
