"""Fuzzes the readers one after the other: python -m tests.reliability.fuzz.run --minutes 30

Half of a reader's time goes to hypothesis, half to atheris where it is installed. Exit code 1 where a promise was
broken: an exception that is not FishLab's own, a warning, more than a second, or more than 50 MB for one input.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.reliability.fuzz.targets import targets

ROOT = Path(__file__).resolve().parents[3]


def main() -> int:
    """Fuzz all or some, a process for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30, help="in all")
    parser.add_argument("--only", nargs="*", help="names of readers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where inputs go that break a promise")
    chosen = parser.parse_args()
    folder = (chosen.folder or Path(tempfile.mkdtemp(prefix="fishlab-fuzz-"))).resolve()
    names = [found.name for found in targets() if not chosen.only or found.name in chosen.only]
    engines = ["hypothesis", *(["atheris"] if importlib.util.find_spec("atheris") else [])]
    seconds = 60 * chosen.minutes / len(names) / len(engines)
    failed = []
    for name in names:
        for engine in engines:
            command = [sys.executable, "-m", "tests.reliability.fuzz.one", name, engine]
            command += ["--seconds", str(seconds), "--seed", str(chosen.seed), "--folder", str(folder)]
            ended = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, errors="replace")
            if ended.returncode or f"{folder}/{name}-" in ended.stderr:
                failed.append(name)
                print(ended.stderr[-3000:], flush=True)
    print(f"broken: {', '.join(sorted(set(failed))) or 'none'}; inputs are in {folder}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
