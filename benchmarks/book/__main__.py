"""The book's claims by training, on the real MNIST; what came out is written to docs/book.md.

    python -m benchmarks.book [--only optimizers dropout] [--seeds 3] [--again] [--quick] [--write] [--list]

Each claim is run with three seeds. Results are added to docs/book.jsonl as they come, and those that are there are not
run again, so a command that was cut off goes on where it was.
--quick sees in a minute or two whether all works, with far fewer steps, and writes nothing. A whole run takes about two
hours on one processor, most of it DeepConvNet. MNIST is found as the program finds it (FISHLAB_DATA_DIR, or the cache).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.book import chapter_4, chapter_6, chapter_7, chapter_8, regularizing, results  # noqa: F401
from benchmarks.book.claims import CLAIMS, Claim, Run
from benchmarks.book.page import write

ROOT = Path(__file__).parents[2]
RESULTS, PAGE = ROOT / "docs" / "book.jsonl", ROOT / "docs" / "book.md"
MODELS = ROOT / "fishlab-book"


def main(words: list[str] | None = None) -> int:
    """Run what is missing, and write the page."""
    chosen = _words(words)
    claims = [CLAIMS[name] for name in chosen.only or CLAIMS]
    if chosen.list:
        print("\n".join(f"{claim.name:28} {claim.says}" for claim in claims))
        return 0
    if chosen.quick:
        with tempfile.TemporaryDirectory() as folder:
            for claim in claims:
                _measured(claim, Run(chosen.first_seed, True, Path(folder), _say))
        return 0
    for claim in () if chosen.write else claims:
        _run_missing(claim, chosen)
    write(chosen.page, results.read(chosen.results))
    return 0


def _run_missing(claim: Claim, chosen: argparse.Namespace) -> None:
    chosen.models.mkdir(parents=True, exist_ok=True)
    for seed in range(chosen.first_seed, chosen.first_seed + (chosen.seeds or claim.seeds)):
        if chosen.again or seed not in results.read(chosen.results).get(claim.name, {}):
            began = time.perf_counter()
            numbers = _measured(claim, Run(seed, False, chosen.models, _say))
            results.append(chosen.results, claim.name, seed, numbers, time.perf_counter() - began)


def _measured(claim: Claim, run: Run) -> dict[str, float]:
    began = time.perf_counter()
    numbers = {name: float(f"{value:.6g}") for name, value in claim.measure(run).items()}
    verdict = "holds" if claim.holds(numbers) else "does not hold"
    _say(f"{claim.name}, seed {run.seed}: {verdict}, {time.perf_counter() - began:.0f} s, {json.dumps(numbers)}")
    return numbers


def _words(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.book", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=CLAIMS, metavar="NAME", help="claims to run (see --list)")
    parser.add_argument("--seeds", type=int, help="runs of each claim, in place of its own number")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="run also what is there already")
    parser.add_argument("--quick", action="store_true", help="one short run of each; nothing is written")
    parser.add_argument("--write", action="store_true", help="run nothing, write the page from what is there")
    parser.add_argument("--list", action="store_true", help="name the claims")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--models", type=Path, default=MODELS, help="folder for networks that are used again")
    return parser.parse_args(words)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
