"""Fuzzes one reader for so many seconds, in a process of its own: python -m tests.reliability.fuzz.one NAME ENGINE ...

ENGINE is hypothesis, or atheris, which follows what the inputs reach in FishLab's code.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def main() -> None:
    """Fuzz, and say in one line what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("engine", choices=("hypothesis", "atheris"))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, required=True, help="where inputs go that break a promise")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    (_guided if chosen.engine == "atheris" else _generated)(chosen)


def _generated(chosen: argparse.Namespace) -> None:
    from hypothesis import HealthCheck, Phase, given, seed, settings

    from tests.reliability.fuzz.edits import inputs
    from tests.reliability.fuzz.targets import target
    from tests.reliability.fuzz.watch import Watch

    found = target(chosen.name)
    watch = Watch(found, chosen.folder)
    calm = settings(
        max_examples=500, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    until, turn = time.monotonic() + chosen.seconds, random.Random(chosen.seed)
    while time.monotonic() < until:

        @seed(turn.getrandbits(32))
        @calm
        @given(inputs(found.all_seeds()))
        def try_out(content: bytes) -> None:
            if time.monotonic() < until:
                watch(content)

        try_out()
        watch.rest()
    print(f"hypothesis  {watch.words()}", flush=True)
    sys.exit(bool(watch.broken))


def _guided(chosen: argparse.Namespace) -> None:
    import atheris

    with atheris.instrument_imports(include=["fishlab"]):
        from tests.reliability.fuzz.targets import clear, target
    from tests.reliability.fuzz.watch import Watch

    found = target(chosen.name)
    watch = Watch(found, chosen.folder)
    corpus = chosen.folder / f"corpus-{found.name}"
    corpus.mkdir(exist_ok=True)
    for number, content in enumerate(found.all_seeds()):
        (corpus / f"seed-{number}").write_bytes(content)
    longest = max(2 * path.stat().st_size for path in corpus.iterdir())
    options = [f"-seed={chosen.seed + 1}", f"-max_len={max(4096, longest)}", "-rss_limit_mb=4096", "-verbosity=0"]
    until = time.monotonic() + chosen.seconds

    def try_out(content: bytes) -> None:
        watch(content)
        if watch.count % 500 == 0:
            watch.rest()
        if time.monotonic() > until:  # libFuzzer would leave without a word
            print(f"atheris     {watch.words()}", flush=True)
            clear()
            os._exit(bool(watch.broken))

    atheris.Setup([sys.argv[0], str(corpus), *options], try_out)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
