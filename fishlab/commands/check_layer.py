"""`fishlab check-layer`: whether a layer of one's own keeps to the contract."""

import argparse

from fishlab.commands.console import tell, tell_json
from fishlab.core.contract import Broken, Verdict, check_layer
from fishlab.core.layers import LAYERS
from fishlab.core.own_layers import load_layers


def run(words: list[str]) -> int:
    """Load the file, try every layer in it, and return 0 where all checks hold, else 1."""
    parser = argparse.ArgumentParser(
        prog="fishlab check-layer",
        description="Tries the layers in a Python file by the contract that FishLab's own layers keep to. This runs "
        "the file: only check what you would run.",
    )
    parser.add_argument("file", metavar="FILE", help="a Python file with @register_layer above a class")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(words)
    verdicts = {kind: _tried(kind) for kind in load_layers(given.file).kinds}
    if given.json:
        tell_json({kind: {one.check: one.problem or "holds" for one in found} for kind, found in verdicts.items()})
    else:
        for kind, found in verdicts.items():
            _show(kind, found)
    return 1 if any(one.problem for found in verdicts.values() for one in found) else 0


def _tried(kind: str) -> list[Verdict]:
    try:
        return list(check_layer(kind))
    except Broken as error:
        return [Verdict("it can be tried", 0, str(error))]


def _show(kind: str, found: list[Verdict]) -> None:
    tell(f"{LAYERS[kind].title} ({kind})")
    for verdict in found:
        tell(f"  {'--' if verdict.problem else 'ok'}  {verdict.check}")
        if verdict.problem:
            tell(f"      {verdict.problem}")
    broken = sum(bool(verdict.problem) for verdict in found)
    tell(f"{broken} of {len(found)} broken." if broken else f"All {len(found)} hold.")
