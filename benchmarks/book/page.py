"""docs/book.md: a table for each chapter, of which only what stands between two marks is written anew."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator, Mapping
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
    """A table of lessons for each chapter, and what its claims run."""
    chapters = itertools.groupby(LESSONS, key=lambda lesson: lesson.chapter[0])
    return "\n\n".join(_chapter(number, list(lessons), results) for number, lessons in chapters)


def _chapter(number: str, lessons: list[Lesson], results: Results) -> str:
    rows = [row for lesson in lessons for row in _rows(lesson, results)]
    parts = [f"## {TITLES[number]}", table(["experiment", "what must come out", "what came out", "holds"], rows)]
    recipes = [_recipe(CLAIMS[name]) for lesson in lessons for name in lesson.claims]
    if recipes:
        parts += ["What was run:", "\n".join(recipes)]
    return "\n\n".join(parts)


def _rows(lesson: Lesson, results: Results) -> Iterator[tuple[str, ...]]:
    """A row for each claim of a lesson; or, where it has none, one for its tests."""
    tests = ", ".join(f"[{Path(name).name}](../tests/{name})" for name in lesson.tests)
    if not lesson.claims:
        yield lesson.experiment, lesson.says, lesson.note or f"that: {tests}", "yes" if tests else "–"
    for number, name in enumerate(lesson.claims):
        claim, runs = CLAIMS[name], results.get(name, {})
        says = lesson.says if len(lesson.claims) == 1 else claim.says.rstrip(".")
        more = "; ".join(text for text in (f"also {tests}" if tests else "", lesson.note) if text and not number)
        came_out = "; ".join(text for text in (_numbers(claim, runs), more) if text)
        yield "" if number else lesson.experiment, says, came_out, verdict(claim, runs)


def _numbers(claim: Claim, runs: Mapping[int, Numbers]) -> str:
    return "; ".join(f"{shown.label}: {spread(shown, runs)}" for shown in claim.shown) if runs else ""


def _recipe(claim: Claim) -> str:
    return f"* **{claim.name}**: {claim.recipe}" + (f" *{claim.why}*" if claim.why else "")


def verdict(claim: Claim, runs: Mapping[int, Numbers]) -> str:
    """Whether it holds, in how many of its runs, and how many there are if some have not been run."""
    if not runs:
        return "not run yet"
    held = sum(map(claim.holds, runs.values()))
    missing = f" ({len(runs)} of {claim.seeds} runs so far)" if len(runs) < claim.seeds else ""
    if held == len(runs):
        return f"yes{missing}"
    return (f"**in {held} of {len(runs)}**" if held else "**no**") + missing


def spread(shown: Shown, runs: Mapping[int, Numbers]) -> str:
    """The median of a number over the runs, and its range."""
    values = [numbers[shown.name] for numbers in runs.values()]
    middle, low, high = map(FORMS[shown.form], (statistics.median(values), min(values), max(values)))
    return middle if low == high else f"{middle} ({low.removesuffix(' %')}–{high.removesuffix(' %')})"
