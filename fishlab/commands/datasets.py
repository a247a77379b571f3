"""`fishlab datasets`: what can be learned from, and what can be set about each."""

import argparse

from fishlab.commands.console import tell, tell_json
from fishlab.core.data.dataset import DATASETS
from fishlab.core.fields import describe
from fishlab.core.spec import SOURCES, DataSpec


def run(words: list[str]) -> int:
    """List the data sets."""
    parser = argparse.ArgumentParser(
        prog="fishlab datasets", description="Lists the data sets, each with the names that --set takes for it."
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    if parser.parse_args(words).json:
        tell_json({entry.kind: {"title": entry.title, "settings": settings(entry.kind)} for entry in DATASETS})
        return 0
    width = max(len(entry.kind) for entry in DATASETS)
    for entry in sorted(DATASETS, key=lambda entry: list(SOURCES).index(entry.kind)):
        tell(f"{entry.kind:<{width}}  {entry.help}")
        tell(f"{'':<{width}}  {', '.join(settings(entry.kind))}")
    return 0


def settings(kind: str) -> list[str]:
    """What can be set about one set and not about all."""
    spec = DataSpec(source=kind)
    return [info.name for info in describe(DataSpec) if info.shown_when and info.matters(spec)]
