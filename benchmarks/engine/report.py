"""The results as a page: docs/performance.md, of which only what stands between two marks is written anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.engine.machine import BUSY, QUIET
from benchmarks.engine.nets import NETS
from benchmarks.engine.parts import AUTO, BOOK, FISHLAB
from benchmarks.engine.rounds import EAGER

BEGIN = "<!-- measured: begin. Everything up to the end mark is written by python -m benchmarks.engine. -->"
END = "<!-- measured: end -->"
TITLE = "# Performance\n"
MEMORY_AIM, STACK_AIM = 350, 1.5
BOOK_AIMS = {"N1": 2.5, "N2": 4.5, "N3": 15.0, "N4": 13.0, "N5": 10.0}  # times faster than the book's way
Results = Mapping[str, Any]
ORDER = (
    EAGER,
    "torch:tuned",
    "torch:channels_last",
    "torch:compile",
    BOOK,
    "fishlab:one",
    "fishlab:threads",
    "fishlab:proc",
    AUTO,
)
TITLES = {
    EAGER: "PyTorch eager",
    "torch:tuned": "PyTorch eager, tuned",
    "torch:channels_last": "PyTorch channels_last",
    "torch:compile": "torch.compile",
    BOOK: "the book's way, float64",
    AUTO: "**FishLab, automatic**",
    "fishlab:one": "FishLab, one thread",
}


def write(path: Path, results: Results) -> None:
    """Put the page's measured part in place of the one before it; the rest of the page stays."""
    old = path.read_text(encoding="utf-8") if path.exists() else f"{TITLE}\n{BEGIN}\n{END}\n"
    path.write_text(replaced(old, page(results)), encoding="utf-8")


def replaced(old: str, measured: str) -> str:
    """The page with another measured part; raises ValueError where the marks are missing."""
    head, begin, rest = old.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"The page has no marks. Put these two lines where the tables belong:\n{BEGIN}\n{END}")
    return f"{head}{BEGIN}\n{measured.strip()}\n{END}{tail}"


def page(results: Results) -> str:
    """All tables that the results have something for, in Markdown."""
    parts = {
        "training": _nets,
        "memory": _memory,
        "series": _series,
        "contention": _contention,
        "stacks": _stacks,
    }
    tables = "\n\n".join(text for key, write_part in parts.items() if results.get(key) for text in write_part(results))
    return "\n\n".join([_machine(results), _aims(results), tables]).strip() + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def title(engine: str) -> str:
    """What an engine is called in tables."""
    if engine in TITLES:
        return TITLES[engine]
    _, kind, workers = engine.split(":")
    return f"FishLab, {workers} {kind}"


def _engines(found: Iterable[Iterable[str]]) -> list[str]:
    """All engines that occur, in the order of tables."""
    occurring = dict.fromkeys(engine for engines in found for engine in engines)
    return sorted(occurring, key=lambda engine: next(n for n, start in enumerate(ORDER) if engine.startswith(start)))


# -- machine and aims ------------------------------------------------------------------------------------------------
def _machine(results: Results) -> str:
    facts = results["machine"]
    lines = [f"- {name}: {value}" for name, value in facts.items()]
    pinned = results["pins"]
    lines.append(
        "- BLAS, OpenMP and oneDNN choose their kernels and threads themselves"
        + (f" ({', '.join(pinned)} of the environment left out)" if pinned else "")
    )
    others = results.get("others")
    loud = f"\n\n**{noise(others)}**" if others and others > QUIET else ""
    return f"`{results['command']}`\n\n" + "\n".join(lines) + loud


def noise(share: float) -> str:
    """What it means that other programs were at work."""
    return (
        f"Other programs took {share:.0%} of the processors meanwhile. Threads that wait for each other suffer most "
        "from that, PyTorch's more than FishLab's: do not trust these numbers, and measure again on a quiet machine."
    )


def _aims(results: Results) -> str:
    rows = list(_aim_rows(results))
    if not rows:
        return ""
    note = (
        "Shares of PyTorch eager's time in the same round (median over rounds); below 1 is faster. FishLab automatic."
    )
    return f"## The aims\n{note}\n\n" + table(["", "aim", "measured", "reached"], rows)


def _aim_rows(results: Results) -> Iterator[list[str]]:
    for row, timed in _verdicts(results):
        yield [*row[:-1], "busy machine"] if timed and (results.get("others") or 0) > BUSY else row


def _verdicts(results: Results) -> Iterator[tuple[list[str], bool]]:
    """A row for each aim, and whether it is about time."""
    nets = results.get("training", {})
    for name, found in nets.items():
        ratio = _ratio(found["training"].get(AUTO, {}))
        yield _verdict(f"{name}, a training step", NETS[name].aim, ratio, "{:.2f}"), True
    for name, found in nets.items():
        aim = NETS[name].inference_aim
        if aim is not None:
            yield _verdict(f"{name}, inference", aim, _ratio(found["inference"].get(FISHLAB, {})), "{:.2f}"), True
    if results.get("memory"):
        yield _verdict("peak memory of any way, MB", MEMORY_AIM, _most_memory(results["memory"]), "{:.0f}"), False
    if results.get("stacks"):
        worst = _worst(results["stacks"])
        yield _verdict("slowest generated stack", STACK_AIM, worst[1] if worst else None, "{:.2f}"), True


def _verdict(what: str, aim: float, value: float | None, form: str) -> list[str]:
    if value is None:
        return [what, f"≤ {form.format(aim)}", "not measured", ""]
    reached = float(form.format(value)) <= aim
    return [what, f"≤ {form.format(aim)}", form.format(value), "yes" if reached else "**no**"]


def _ratio(entry: Mapping[str, Any]) -> float | None:
    return float(entry["ratio"]["median"]) if "ratio" in entry else None


# -- N1 to N5 --------------------------------------------------------------------------------------------------------
def _nets(results: Results) -> Iterator[str]:
    nets = results["training"]
    about = "; ".join(f"{name} {net.template}, batch {net.batch}, {net.optimizer}" for name, net in NETS.items())
    yield "## A training step\n" + about + ". Gather of a fresh batch, forward, backward, update, loss read."
    engines = _engines(net["engines"] for net in nets.values())
    if any("ratio" in entry for net in nets.values() for entry in net["training"].values()):
        rounds = " to ".join(map(str, sorted({net["rounds"] for net in nets.values()})))
        words = f"Share of PyTorch eager's time, with quartiles over {rounds} rounds:"
        best = ["FishLab to PyTorch's best", *map(_to_best, nets.values())]
        yield f"{words}\n\n" + _grid(nets, engines, _shares, best)
    book = ["the book's way to FishLab (asked)", *(_to_book(name, net) for name, net in nets.items())]
    yield "Milliseconds:\n\n" + _grid(nets, engines, _milliseconds, book)
    chosen = {name: net["engines"].get(AUTO, {}).get("way") for name, net in nets.items()}
    if any(chosen.values()):
        yield "Automatic chose " + ", ".join(f"{way} for {name}" for name, way in chosen.items() if way) + "."
    yield from _troubles(nets)
    idle = [net["idle_share"] for net in nets.values() if net["idle_share"] is not None]
    if idle:
        yield f"While one engine has its turn, all others and their helpers use {max(idle):.1%} of one core at most."
    yield "## Inference: loss and accuracy over 10,000 images\n" + _inference(nets)


def _grid(nets: Results, engines: Sequence[str], cell: Callable[[Any], str], last: Sequence[str]) -> str:
    rows = [[title(engine), *(cell(net["training"].get(engine, {})) for net in nets.values())] for engine in engines]
    return table(["", *nets], [*rows, last])


def _to_best(net: Results) -> str:
    """FishLab's share of the time that PyTorch takes in its best manner here."""
    ratios = {engine: ratio for engine, entry in net["training"].items() if (ratio := _ratio(entry)) is not None}
    theirs = [ratio for engine, ratio in ratios.items() if engine.startswith("torch")]
    return f"{ratios[AUTO] / min(theirs):.2f}" if AUTO in ratios and theirs else "–"


def _to_book(name: str, net: Results) -> str:
    """How many times faster than the plain way, and how many it should be at least."""
    times = [net["training"].get(engine, {}).get("ms") for engine in (BOOK, AUTO)]
    book, ours = (entry["median"] if entry else None for entry in times)
    return f"{book / ours:.1f} ({BOOK_AIMS[name]:g})" if book and ours else "–"


def _shares(entry: Mapping[str, Any]) -> str:
    return "–" if "ratio" not in entry else "{median:.2f} ({low:.2f}–{high:.2f})".format(**entry["ratio"])


def _milliseconds(entry: Mapping[str, Any]) -> str:
    if "ms" not in entry:
        return "–"
    value = entry["ms"]["median"]
    return f"{value:.3g}" if value < 999 else f"{value:,.0f}"


def _troubles(nets: Results) -> Iterator[str]:
    """What could not be measured, once each."""
    said = (
        f"{title(engine)}: {answer['error']}"
        for net in nets.values()
        for engine, answer in net["engines"].items()
        if "error" in answer
    )
    yield from dict.fromkeys(said)


def _inference(nets: Results) -> str:
    rows = []
    for name, net in nets.items():
        found, best = net["inference"], net["inference"].get("best")
        eager = f"{_milliseconds(found[best])} (batch {best.rpartition(' ')[2]})" if best else "–"
        ours = [cell(found.get(FISHLAB, {})) for cell in (_milliseconds, _shares)]
        rows.append([name, eager, *ours])
    return table(["", "PyTorch eager, ms", "FishLab, ms", "share"], rows)


# -- the others ------------------------------------------------------------------------------------------------------
def _memory(results: Results) -> Iterator[str]:
    found = results["memory"]
    engines = _engines(found.values())
    rows = [[title(engine), *(_whole(net.get(engine)) for net in found.values())] for engine in engines]
    words = "From the start of the process, with 60,000 and 10,000 images, helpers included, shared pages counted once."
    yield f"## Peak memory, MB\n{words}\n\n" + table(["", *found], rows)


def _whole(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _most_memory(found: Results) -> float | None:
    ours = [value for net in found.values() for engine, value in net.items() if engine.startswith("fishlab") and value]
    return max(ours) if ours else None


def _series(results: Results) -> Iterator[str]:
    yield "## Images a second over size\nBatch 100 where nothing else is said."
    for name, points in results["series"].items():
        rows = [[label, *_speeds(point)] for label, point in points.items()]
        yield table([name, "PyTorch eager", "FishLab", "way", "share of time"], rows)


def _speeds(point: Results) -> list[str]:
    eager, ours = point.get(EAGER, {}), point[AUTO]
    speeds = [_whole(entry.get("images_per_second")) for entry in (eager, ours)]
    ratio = _ratio(ours)
    return [*speeds, ours.get("way", "–"), "–" if ratio is None else f"{ratio:.2f}"]


def _contention(results: Results) -> Iterator[str]:
    found = results["contention"]
    engines = _engines(found.values())
    rows = [[title(engine), *(_times(net.get(engine)) for net in found.values())] for engine in engines]
    words = "How many times longer a step takes while a thread of the same process runs Python for 10 ms in every 33."
    yield f"## Beside a busy window\n{words}\n\n" + table(["", *found], rows)


def _times(entry: Mapping[str, float] | None) -> str:
    return "–" if entry is None else "{median:.2f} ({low:.2f}–{high:.2f})".format(**entry)


def _stacks(results: Results) -> Iterator[str]:
    found = results["stacks"]
    yield "## Generated stacks\nLayers, sizes and images drawn from fixed seeds; batch 100, Adam."
    rows = [[seed, *_stack_cells(stack)] for seed, stack in found.items()]
    yield table(["seed", "PyTorch eager, ms", "FishLab, ms", "way", "share of time"], rows)
    worst = _worst(found)
    if worst:
        seed, ratio = worst
        yield f"The slowest beside PyTorch is {seed}, {ratio:.2f}: {found[seed]['layers']}."


def _stack_cells(stack: Results) -> list[str]:
    ours = stack[AUTO]
    if "error" in ours:
        return ["", "", "", ours["error"]]
    ratio = _ratio(ours)
    times = [_milliseconds(stack.get(EAGER, {})), _milliseconds(ours)]
    return [*times, ours["way"], "–" if ratio is None else f"{ratio:.2f}"]


def _worst(found: Results) -> tuple[str, float] | None:
    ratios = {seed: ratio for seed, stack in found.items() if (ratio := _ratio(stack[AUTO])) is not None}
    return max(ratios.items(), key=lambda item: item[1]) if ratios else None
