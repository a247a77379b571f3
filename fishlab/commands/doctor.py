"""`fishlab doctor`: what FishLab stands on here."""

import argparse

from fishlab import doctor


def run(words: list[str]) -> int:
    """Write the report; 0 when FishLab can work here."""
    parser = argparse.ArgumentParser(prog="fishlab doctor", description="Looks at what FishLab stands on here.")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return doctor.run(as_json=parser.parse_args(words).json)
