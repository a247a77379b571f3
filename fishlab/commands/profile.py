"""`fishlab profile TEMPLATE|FILE`: where the time and the memory of a network go."""

import argparse
from dataclasses import asdict
from typing import Any

import numpy as np

from fishlab.commands.console import tell, tell_json
from fishlab.commands.options import add_layers_option, find_project, whole
from fishlab.core.errors import FishLabError
from fishlab.core.layers.base import Array, shape_text
from fishlab.core.memory import refuse_too_large
from fishlab.core.network import Network
from fishlab.core.profile import LayerCost, profile, total

MOST_STEPS = 10_000


def run(words: list[str]) -> int:
    """Print what each layer costs in a training step."""
    chosen = _parser().parse_args(words)
    project, model = find_project(chosen.what)
    batch = project.training.batch_size if chosen.batch is None else chosen.batch
    project = project.replace(training=project.training.replace(batch_size=batch))
    refuse_too_large(project, batch)
    training = project.training
    network = model.network() if model else Network(project.network, seed=training.seed, dtype=training.precision)
    costs = profile(network, *_batch(network, batch), steps=_checked(chosen.steps))
    if chosen.json:
        tell_json({"network": project.network.name, "batch": batch, **_summary(costs)})
    else:
        tell(f"{project.network.name}: a training step of {batch:,} {'image' if batch == 1 else 'images'}, one thread.")
        for line in table(costs):
            tell(line)
    return 0


def _checked(steps: int) -> int:
    if not 1 <= steps <= MOST_STEPS:
        raise FishLabError(f"The number of steps is 1 to {MOST_STEPS:,}, not {steps:,}.")
    return steps


def _batch(network: Network, count: int) -> tuple[Array, Array]:
    """Images of noise and any labels, laid out as training has them: what they show does not change the time."""
    rng = np.random.default_rng(0)
    rows = rng.random((count, *network.spec.in_shape), dtype=np.float32)
    scores = network.layers[-1].out_shape[0]
    return np.moveaxis(rows.astype(network.dtype), 0, -1), rng.integers(0, scores, count)


def _summary(costs: tuple[LayerCost, ...]) -> dict[str, Any]:
    return {"layers": [asdict(cost) for cost in costs], "total": asdict(total(costs))}


# -- the table -------------------------------------------------------------------------------------------------------
HEAD = ("", "layer", "output", "forward ms", "backward ms", "share", "GF/s", "MB")
WORDS = ("layer", "output")  # these stand to the left, numbers to the right


def table(costs: tuple[LayerCost, ...]) -> list[str]:
    """The costs as aligned lines, with a head and a total."""
    whole = total(costs)
    _, title, _, *numbers = _row(whole, whole.seconds)
    rows = [HEAD, *(_row(cost, whole.seconds) for cost in costs), ("", title, "", *numbers)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(_aligned, row, widths, HEAD)).rstrip() for row in rows]


def _aligned(text: str, width: int, head: str) -> str:
    return text.ljust(width) if head in WORDS else text.rjust(width)


def _row(cost: LayerCost, whole: float) -> tuple[str, ...]:
    return (
        f"{cost.first}" if cost.first == cost.last else f"{cost.first}–{cost.last}",
        cost.title,
        shape_text(cost.out_shape),
        f"{1e3 * cost.forward:,.3f}",
        f"{1e3 * cost.backward:,.3f}",
        f"{cost.seconds / whole:.1%}",
        f"{cost.gigaflops:,.0f}" if cost.flops else "",
        f"{(cost.parameter_bytes + cost.held_bytes) / 1e6:,.2f}",
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fishlab profile",
        description="Times a training step layer by layer. Layers that run as one are one line. GF/s are billions of "
        "additions and multiplications a second; MB are weights and working memory.",
    )
    parser.add_argument("what", metavar="TEMPLATE|FILE", help="a template (see “fishlab templates”) or a project file")
    parser.add_argument("--batch", type=whole, metavar="N", help="images in a step, else what the project says")
    parser.add_argument("--steps", type=whole, default=20, metavar="N", help="how many steps to time (default 20)")
    add_layers_option(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser
