"""The command line. `fishlab` opens the window; the first word may name a project file or a command.

Exit codes: 0 done, 1 something went wrong on the way, 2 bad input (said in a sentence, nothing lost), 130 and 143
interrupted by Ctrl+C and by a request to end, 141 nobody reads the output any more.
"""

import argparse
import difflib
import os
import sys
from importlib import import_module
from pathlib import Path

from fishlab import __version__
from fishlab.commands.console import OutputError, complain, complete
from fishlab.core.errors import FishLabError

# A command's module is imported when it is asked for, so that each stands on no more than it needs.
COMMANDS = {
    "train": "train a template or a project file",
    "evaluate": "try a trained project on the test images",
    "verify": "learn a stretch of a training once more and compare",
    "profile": "show where the time and the memory of a network go",
    "export": "write a network for other programs: ONNX, PyTorch, NumPy, pictures, numbers",
    "import": "make a project of what another program has learned",
    "templates": "list the templates",
    "datasets": "list what can be learned from",
    "catalogue": "print all there is to choose from, as Markdown",
    "find-rate": "find the learning rate that suits a network",
    "check-layer": "try a layer of one's own, in a Python file",
    "doctor": "look at what FishLab stands on here",
    "tour": "drive the window through a session and write pictures of it",
}
MODULES = {"import": "importing"}  # of the words that Python keeps for itself
BAD_INPUT, BROKEN_PIPE, INTERRUPTED = 2, 141, 130


def main(argv: list[str] | None = None) -> int:
    """Run the words of the command line (default: those of the process) and return the exit code."""
    words = sys.argv[1:] if argv is None else argv
    try:
        code = _complete(words)
    except FishLabError as error:
        complain(str(error))
        return BAD_INPUT
    except MemoryError:
        complain("The memory is not enough. Use fewer images, smaller layers or smaller batches.")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _hush()
        return BROKEN_PIPE
    except OutputError as error:
        _hush()
        complain(str(error))
        return 1
    return code


def _complete(words: list[str]) -> int:
    """Run the words; argparse leaves by SystemExit, which must not skip pushing out what was said."""
    try:
        code = _run(words)
    except SystemExit as leave:
        code = int(leave.code or 0)
    complete()
    return code


def _run(words: list[str]) -> int:
    if words and words[0] in COMMANDS:
        module = MODULES.get(words[0], words[0].replace("-", "_"))
        run = import_module(f"fishlab.commands.{module}").run
        return int(run(words[1:]))
    if words and not words[0].startswith("-") and not _is_file(words[0]):  # whatever comes behind it
        raise FishLabError(_no_such_thing(words[0]))
    chosen = _parser().parse_args(words)
    with import_module("fishlab.ui.early_end").early_end:
        return _window(chosen.file, chosen.layers)


def _window(file: str | None, layers: list[str]) -> int:
    for path in layers:
        import_module("fishlab.core.own_layers").load_layers(path)
    if file is not None and not _is_file(file):
        raise FishLabError(_no_such_thing(file))
    return int(import_module("fishlab.commands.window").run([] if file is None else [file]))


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _no_such_thing(word: str) -> str:
    near = difflib.get_close_matches(word, COMMANDS, n=1)
    hint = f"Did you mean “{near[0]}”?" if near else "“fishlab --help” shows what there is."
    return f"There is no command and no file called “{word[:80]}”. {hint}"


def _parser() -> argparse.ArgumentParser:
    lines = [f"  {name:<11} {help}" for name, help in COMMANDS.items()]
    parser = argparse.ArgumentParser(
        prog="fishlab",
        usage="fishlab [FILE] | fishlab COMMAND ...",
        description="A desktop laboratory for neural networks. Without a command it opens the window.",
        epilog="\n".join(["commands:", *lines, "", "“fishlab COMMAND --help” says more."]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="a project file to open in the window")
    help = "a Python file with layers of one's own; it is run (may be given several times)"
    parser.add_argument("--layers", action="append", default=[], metavar="FILE", help=help)
    parser.add_argument("--version", action="version", version=f"FishLab {__version__}")
    return parser


def _hush() -> None:
    """Nobody reads the output any more: what is left of it goes nowhere, without a complaint at the exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
