"""`fishlab find-rate`: which learning rate suits a network."""

import argparse

from fishlab.commands.console import tell, tell_json
from fishlab.commands.options import add_data_options, add_layers_option, chosen_data, chosen_optimizer, find_project
from fishlab.core.data.dataset import load_dataset
from fishlab.core.data.prepare import prepare
from fishlab.core.fitting import fit_network
from fishlab.core.rate_finder import RateSearch, find_rate

ROWS = 20


def run(words: list[str]) -> int:
    """Train for a moment with growing rates, and say at which the loss fell most."""
    given = _parser().parse_args(words)
    project, _ = find_project(given.what)
    project = project.replace(data=chosen_data(project.data, given))
    if given.optimizer:
        optimizer = chosen_optimizer(project.training.optimizer, given.optimizer)
        project = project.replace(training=project.training.replace(optimizer=optimizer))
    dataset = load_dataset(project.data)
    project = fit_network(project, dataset)
    data = prepare(dataset, project.data, seed=project.training.seed)
    found = find_rate(project, data, lowest=given.lowest, highest=given.highest, steps=given.steps)
    if given.json:
        tell_json(
            {"steepest": found.steepest, "least": found.least, "rates": list(found.rates), "losses": list(found.losses)}
        )
    else:
        _show(found)
    return 0


def _show(found: RateSearch) -> None:
    tell("      rate    loss")
    for row in range(0, len(found.rates), -(-len(found.rates) // ROWS)):
        tell(f"{found.rates[row]:>10.2g}  {found.smooth[row]:>6.3f}")
    tell(f"The loss falls most steeply at {found.steepest:.1g}; from {found.least:.1g} on the rate is too high.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fishlab find-rate",
        description="Trains for a moment while the learning rate grows, and says at which rate the loss fell most.",
    )
    parser.add_argument("what", metavar="TEMPLATE|FILE", help="a template (see “fishlab templates”) or a project")
    add_data_options(parser)
    parser.add_argument("--lowest", type=float, default=1e-6, metavar="R", help="the rate to begin with")
    parser.add_argument("--highest", type=float, default=10.0, metavar="R", help="the rate to end with")
    parser.add_argument("--steps", type=int, default=200, metavar="N", help="how many batches")
    parser.add_argument("--optimizer", metavar="KIND", help="another optimizer than the project's")
    add_layers_option(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser
