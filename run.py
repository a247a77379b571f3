#!/usr/bin/env python3
"""FishLab in one command, with nothing but Python.

    python3 run.py            make the environment (once) and open the window
    python3 run.py test       run all tests, on all processors; folders and -m are kept to
    python3 run.py WORDS...   the command line, for instance: python3 run.py train TwoLayerNet -o model.fishlab

Everything is installed into the folder .venv beside this file; to be rid of it, delete that folder. The syntax here is
kept old on purpose, so that an old interpreter gets as far as the sentence that says it is too old.
"""

import hashlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import types
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent
ENV = ROOT / ".venv"
PYTHON = ENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = ENV / "fishlab-stamp"
LOCK = ROOT / "requirements.lock"
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)
UNFINISHED = "installing"
NO_TESTS = 5  # says pytest when it has found none
ALONE = "pytest.mark.alone"
CORE = Path("tests/core")  # needs no Qt
SPARED = ["-p", "no:pytest-qt", "-p", "no:hypothesispytest", "-p", "no:cacheprovider"]  # a second, in each process
PIP = ["-m", "pip", "--disable-pip-version-check", "-qq"]


class Failure(Exception):
    """Something the person has to know; the message says what to do."""


def main(words: "list[str]") -> int:
    try:
        check_version()
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(errors="replace")  # some consoles cannot write every sign
        if not is_ready():
            prepare()
        if words[:1] == ["test"]:
            return test(words[1:])
        return start(words)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130


def check_version() -> None:
    if sys.version_info < OLDEST:
        raise Failure(
            "FishLab needs Python {}.{} or newer; this is Python {}.{} ({}).".format(
                *OLDEST, *sys.version_info[:2], sys.executable
            )
        )


# The environment ------------------------------------------------------------------------------------------------------


def fingerprint() -> str:
    """Changes whenever what is installed may no longer be what is wanted."""
    parts = [interpreter(), str(ROOT)]
    parts += [path.read_text(encoding="utf-8") for path in (ROOT / "pyproject.toml", LOCK)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def is_ready() -> bool:
    try:
        return PYTHON.exists() and STAMP.read_text() == fingerprint()
    except OSError:
        return False


def prepare() -> None:
    if not os.access(str(ENV if ENV.exists() else ROOT), os.W_OK):
        raise Failure("FishLab cannot write its environment to {}: the folder is read-only for you.".format(ENV))
    if not is_sound():
        print("Making the environment…", flush=True)
        make()
    print("Installing (once, about a minute)…", flush=True)
    install()


def is_sound() -> bool:
    """Whether the folder holds an environment of this very Python, with pip, in which no installing was cut off."""
    cut_off = STAMP.exists() and STAMP.read_text() == UNFINISHED
    return not cut_off and interpreter_inside() == interpreter()


def interpreter() -> str:
    """Which Python this is. Not its patch version: the system may mend it under an environment that goes on working."""
    return "{} {} {}".format(sys.implementation.cache_tag, sys.maxsize, sys.base_prefix)


def interpreter_inside() -> "str | None":
    code = "import pip, sys; print(sys.implementation.cache_tag, sys.maxsize, sys.base_prefix)"
    try:
        return subprocess.check_output([str(PYTHON), "-c", code], stderr=subprocess.DEVNULL, text=True).strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def make() -> None:
    """By venv; Debian and others pack it apart from Python, and virtualenv, fetched by pip, does the same."""
    command = [BASE_PYTHON, "-m", "venv", "--clear", str(ENV)]
    if subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) != 0:
        make_without_venv()


def make_without_venv() -> None:
    with tempfile.TemporaryDirectory() as folder:
        fetch = [BASE_PYTHON, *PIP, "install", "--target", folder, "virtualenv"]
        run(fetch, "This Python has no working venv, and pip could not fetch virtualenv. " + how_to_get_venv())
        command = [BASE_PYTHON, "-m", "virtualenv", "--quiet", "--no-periodic-update", "--clear", ENV]
        run(command, "virtualenv could not make {}.".format(ENV), PYTHONPATH=folder)


def how_to_get_venv() -> str:
    if shutil.which("apt-get"):
        return "Install it with:\n  sudo apt-get install -y python3-venv"
    return "Install the venv and pip packages of your system, then start again."


def install() -> None:
    """A kill in here leaves UNFINISHED, and the next start begins anew: pip may take half a package for a whole one."""
    STAMP.write_text(UNFINISHED)
    try:
        install_packages()
    except Failure:
        STAMP.unlink()
        raise
    finished = STAMP.with_suffix(".new")
    finished.write_text(fingerprint())
    finished.replace(STAMP)


def install_packages() -> None:
    advice = "pip could not install what FishLab needs; its own words are above. Check the network, then start again."
    run([PYTHON, *PIP, "install", "--require-hashes", "-r", LOCK], advice)
    run([PYTHON, *PIP, "install", "--no-deps", "--no-build-isolation", "-e", ROOT], advice)


def run(command: list, advice: str, **variables: str) -> None:
    # A person's own pip settings may ask for installs elsewhere than in the environment.
    variables = dict(os.environ, PIP_USER="0", PIP_REQUIRE_VIRTUALENV="0", **variables)
    try:
        code = subprocess.call([str(word) for word in command], env=variables)
    except OSError as error:
        raise Failure("{} ({})".format(advice, error)) from None
    if code != 0:
        raise Failure(advice)


# What is started in it ------------------------------------------------------------------------------------------------


def environment() -> "types.ModuleType":
    """FishLab's own look at the machine; it imports nothing that is not in Python itself."""
    sys.path.insert(0, str(ROOT))
    from fishlab.ui import environment as module

    return module


def start(words: "list[str]") -> int:
    machine = environment()
    if not words and not machine.has_display():
        words = ["tour", "fishlab-tour"]
        print(machine.NO_DISPLAY + ": FishLab gives its tour and leaves pictures in fishlab-tour.", flush=True)
    if words[:1] == ["tour"]:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if words[:1] in ([], ["tour"]) and not machine.ensure_libraries():
        return 1
    command = [str(PYTHON), "-m", "fishlab", *words]
    if os.name == "nt":
        return subprocess.call(command)
    return os.execv(command[0], command)


def test(words: "list[str]") -> int:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if not environment().ensure_libraries():
        return 1
    failed = [step[0] for step in (["ruff", "check", "."], ["mypy"]) if ended(step) != 0]
    codes = {ended(call) for call in pytest_calls(words)}
    if codes == {NO_TESTS} or codes - {0, NO_TESTS}:
        failed.append("pytest")
    if failed:
        print("Failed: " + ", ".join(failed), file=sys.stderr)
    return 1 if failed else 0


def pytest_calls(words: "list[str]") -> "list[list[str]]":
    """All tests, or those of some folders or of an expression of marks: first what may run beside other tests, on every
    processor, then what has to be alone. Any other words are for one call, as pytest itself has it."""
    folders = list(itertools.takewhile(lambda word: (ROOT / word).is_dir(), words))
    rest = words[len(folders) :]
    if rest and (rest[0] != "-m" or len(rest) != 2):
        return [["pytest", *words]]
    wanted = "({}) and ".format(rest[1]) if rest else ""
    together = ["-n", str(workers()), "--dist", "loadfile", "--no-loadscope-reorder"]
    spared = SPARED if folders and all(Path(folder) == CORE for folder in folders) else []
    calls = [["pytest", "-m", wanted + "not alone", *together, *spared, *folders]]
    alone = files_with_tests_alone(folders or ["tests"])
    return [*calls, ["pytest", "-m", wanted + "alone", *alone]] if alone else calls


def files_with_tests_alone(folders: "list[str]") -> "list[str]":
    """The few files that have them: to import all others takes longer than most of these tests."""
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("test_*.py"))]
    return [str(path.relative_to(ROOT)) for path in files if ALONE in path.read_text(encoding="utf-8")]


def workers() -> int:
    """One for each processor that is ours; four at most, as each holds the images and windows of its own."""
    ours = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(4, ours)


def ended(step: "list[str]") -> int:
    print("· " + " ".join(step), flush=True)
    return subprocess.call([str(PYTHON), "-m", *step], cwd=str(ROOT))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
