"""FishLab's engine beside PyTorch, in one command; a whole run writes docs/performance.md.

    python -m benchmarks.engine [--rounds 9] [--seconds 0.35] [--only N3 stacks] [--workers 2] [--json] [--quick]

Every engine runs in a process of its own and waits for its turn. In a round each has one turn of some tenths of a
second; ratios to PyTorch are taken round by round. A whole run takes about ten minutes, --quick about two. PyTorch is
no dependency: where it is not installed FishLab is measured alone. Close what else keeps the machine busy.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.engine import parts
from benchmarks.engine.machine import QUIET, Others, describe
from benchmarks.engine.nets import NETS
from benchmarks.engine.parts import Plan
from benchmarks.engine.report import noise, page, write
from benchmarks.engine.workers import ROOT, pins
from fishlab.core.processors import processors

PAGE = ROOT / "docs" / "performance.md"
OTHERS = {"memory": parts.memory, "series": parts.series, "contention": parts.contention, "stacks": parts.stacks}
NO_TORCH = (
    "PyTorch is not installed in this Python, so FishLab is measured alone. To compare the two, install PyTorch for "
    "the processor in an environment of its own, FishLab beside it, and start this command there."
)


def main(words: list[str] | None = None) -> int:
    """Measure, and write the page or print."""
    chosen = _words(words)
    began = time.monotonic()
    plan = _plan(chosen, lambda text: _say(f"{time.monotonic() - began:4.0f} s  {text}"))
    if not plan.torch:
        _say(NO_TORCH)
    others = Others()
    results = measure(plan, chosen.only) | {"command": _command(words), "others": others.share()}
    plan.say("done")
    if (results["others"] or 0) > QUIET:
        _say(noise(results["others"]))
    print(json.dumps(results, indent=2) if chosen.json else page(results))
    output = chosen.output or (None if chosen.only or chosen.quick else PAGE)
    if output:
        write(output, results)
    return 0


def _words(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.engine", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, help="rounds of turns (9; quick 3)")
    parser.add_argument("--seconds", type=float, help="length of one turn (0.35; quick 0.15)")
    parser.add_argument("--workers", type=int, default=min(processors(), 8), help="threads and processes")
    parser.add_argument("--only", nargs="+", choices=[*NETS, *OTHERS], help="parts to measure; the page stays as it is")
    parser.add_argument("--quick", action="store_true", help="about two minutes, fewer points; the page stays as it is")
    parser.add_argument("--json", action="store_true", help="print JSON in place of the page")
    parser.add_argument("--output", type=Path, help="the page to write, whatever was measured")
    return parser.parse_args(words)


def _plan(chosen: argparse.Namespace, say: Any) -> Plan:
    rounds, seconds = (3, 0.15) if chosen.quick else (9, 0.35)
    manners = ("eager", "tuned") if chosen.quick else ("eager", "tuned", "channels_last", "compile")
    torch = manners if importlib.util.find_spec("torch") else ()
    return Plan(chosen.rounds or rounds, chosen.seconds or seconds, chosen.workers, torch, chosen.quick, say)


def measure(plan: Plan, only: list[str] | None = None) -> dict[str, Any]:
    """All parts, or those that are named, as plain data."""
    nets = [net for name, net in NETS.items() if not only or name in only]
    results: dict[str, Any] = {"pins": pins()}
    if nets:
        results["training"] = parts.training_and_inference(plan, nets)
    for name, part in OTHERS.items():
        if not only or name in only:
            results[name] = part(plan)
    return results | {"machine": describe() | _libraries(results.get("training", {}))}


def _libraries(nets: dict[str, Any]) -> dict[str, str]:
    """Versions and kernels as the engines themselves told them."""
    answers = (answer for net in nets.values() for answer in net["engines"].values())
    return {name: value for answer in answers for name, value in answer.get("about", {}).items()}


def _command(words: list[str] | None) -> str:
    return " ".join(["python -m benchmarks.engine", *(sys.argv[1:] if words is None else words)])


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)  # the engines have ended; nothing is written
