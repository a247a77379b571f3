"""`fishlab templates`: the networks to start from."""

import argparse

from fishlab.commands.console import tell, tell_json
from fishlab.core.templates import TEMPLATES


def run(words: list[str]) -> int:
    """List the templates."""
    parser = argparse.ArgumentParser(prog="fishlab templates", description="Lists the networks to start from.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    if parser.parse_args(words).json:
        tell_json({entry.title: entry.help for entry in TEMPLATES})
        return 0
    width = max(len(entry.title) for entry in TEMPLATES)
    for entry in TEMPLATES:
        tell(f"{entry.title:<{width}}  {entry.help}")
    return 0
