"""docs/book.md: a table for each chapter, of which only what stands between two marks is written anew."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Mapping
from pathlib import Path

from benchmarks.book.claims import CLAIMS, Claim, Numbers, Shown
from benchmarks.book.lessons import LESSONS, Lesson
from benchmarks.book.results import Results
from benchmarks.engine.report import table

BEGIN = "<!-- measured: begin. Everything up to the end mark is written by python -m benchmarks.book. -->"
END = "<!-- measured: end -->"
TITLE = "# The book\n"
ROOT = Path(__file__).parents[2]
TITLES = {
    "2": "Chapter 2: perceptrons",
    "3": "Chapter 3: neural networks",
    "4": "Chapter 4: learning",
    "5": "Chapter 5: backpropagation",
    "6": "Chapter 6: how one learns",
    "7": "Chapter 7: convolutional networks",
    "8": "Chapter 8: deep learning",
}
FORMS = {
    "percent": lambda value: f"{100 * value:.2f} %",
    "number": lambda value: f"{value:.3g}",
    "small": lambda value: f"{value:.1e}",
    "count": lambda value: f"{value:,.0f}",
}


def write(path: Path, results: Results) -> None:
    """Put the page's measured part in place of the one before it; the rest of the page stays."""
    old = path.read_text(encoding="utf-8") if path.exists() else f"{TITLE}\n{BEGIN}\n{END}\n"
    head, begin, rest = old.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"The page has no marks. Put these two lines where the tables belong:\n{BEGIN}\n{END}")
    path.write_text(f"{head}{BEGIN}\n{page(results)}\n{END}{tail}", encoding="utf-8")


def page(results: Results) -> str:
    """A table of lessons for each chapter, and the recipes of its claims."""
    chapters = itertools.groupby(LESSONS, key=lambda lesson: lesson.chapter[0])
    return "\n\n".join(_chapter(number, list(lessons), results) for number, lessons in chapters)


def _chapter(number: str, lessons: list[Lesson], results: Results) -> str:
    rows = table(["experiment", "what must come out", "proof", "holds"], (_row(lesson, results) for lesson in lessons))
    claims = [CLAIMS[name] for lesson in lessons for name in lesson.claims]
    parts = [f"## {TITLES[number]}", rows, *(_claim(claim, results.get(claim.name, {})) for claim in claims)]
    return "\n\n".join(parts)


def _row(lesson: Lesson, results: Results) -> tuple[str, ...]:
    proofs = [f"[{name}](#{name})" for name in lesson.claims]
    proofs += [f"[{Path(name).name}](../tests/{name})" for name in lesson.tests]
    if lesson.note:
        proofs.append(lesson.note)
    return lesson.experiment, lesson.says, ", ".join(proofs), _verdicts(lesson, results)


def _verdicts(lesson: Lesson, results: Results) -> str:
    if not lesson.claims:
        return "yes" if lesson.tests else "–"
    found = [verdict(CLAIMS[name], results.get(name, {})) for name in lesson.claims]
    if len(set(found)) == 1:
        return found[0]
    return ", ".join(f"{name}: {text}" for name, text in zip(lesson.claims, found, strict=True))


def verdict(claim: Claim, runs: Mapping[int, Numbers]) -> str:
    """Whether it holds, and in how many of its runs."""
    if not runs:
        return "not run yet"
    held = sum(map(claim.holds, runs.values()))
    if held == len(runs):
        return "yes"
    return f"**in {held} of {len(runs)}**" if held else "**no**"


def _claim(claim: Claim, runs: Mapping[int, Numbers]) -> str:
    lines = [f"### {claim.name}", claim.recipe, f"*Must come out:* {claim.says}"]
    if runs:
        count = f"{len(runs)} runs" if len(runs) > 1 else "One run"
        found = "; ".join(f"{shown.label} {spread(shown, runs)}" for shown in claim.shown)
        lines.append(f"*Came out:* {found}. {count}; holds: {verdict(claim, runs)}.")
    if claim.why:
        lines.append(claim.why)
    return "\n\n".join(lines)


def spread(shown: Shown, runs: Mapping[int, Numbers]) -> str:
    """The median of a number over the runs, and its range."""
    values = [numbers[shown.name] for numbers in runs.values()]
    form = FORMS[shown.form]
    middle, low, high = (form(value) for value in (statistics.median(values), min(values), max(values)))
    return middle if low == high else f"{middle} ({low} to {high})"
