"""The command line: `fishlab` opens the window, `fishlab doctor` looks at the machine."""

import argparse

from fishlab import __version__, doctor
from fishlab.ui import environment


def main(argv: list[str] | None = None) -> int:
    """Run the words of the command line (default: those of the process) and return the exit code."""
    words = _parser().parse_args(argv)
    if words.command == "doctor":
        return doctor.run(as_json=words.json)
    return _window()


def _window() -> int:
    if not environment.ensure_libraries():
        return 1
    from fishlab.ui import app

    return app.main()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fishlab", description="A desktop laboratory for neural networks.")
    parser.add_argument("--version", action="version", version=f"FishLab {__version__}")
    commands = parser.add_subparsers(dest="command")
    command = commands.add_parser("doctor", help="look at what FishLab stands on here")
    command.add_argument("--json", action="store_true", help="as JSON")
    return parser
