"""The parts of the measurement: each starts the engines it needs, lets them take turns, and returns plain data."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.engine.nets import NETS, Net, convolutions, dense, with_training
from benchmarks.engine.processes import PeakMemory
from benchmarks.engine.rounds import EAGER, Spread, Turn, compare, idle_share, load_all, steps, take_turns
from benchmarks.engine.workers import EngineError, Worker, started
from benchmarks.stacks import random_stack
from fishlab.core.layers import LayerSpec
from fishlab.core.shapes import infer, layer_title, layer_type
from fishlab.core.spec import NetworkSpec, ProjectSpec

AUTO, BOOK = "fishlab:auto", "book"
FISHLAB = "fishlab"  # whose evaluation is the same in every way of running
FEWER_IMAGES = (6_000, 1_000)  # for series and stacks, where images may be large


@dataclass(frozen=True)
class Plan:
    """How long and with whom: `workers` threads or processes, PyTorch in these manners (none: it is not installed)."""

    rounds: int
    seconds: float
    workers: int
    torch: tuple[str, ...]
    quick: bool
    say: Callable[[str], None]

    @property
    def patience(self) -> float:
        """Seconds after which the rounds of one network are enough."""
        return 10.0 if self.quick else 50.0

    @property
    def eager(self) -> list[str]:
        """PyTorch as it is usually written, where it is installed."""
        return [EAGER] if self.torch else []

    @property
    def ways(self) -> list[str]:
        """FishLab in each way of running."""
        several = [f"fishlab:{kind}:{self.workers}" for kind in ("threads", "processes")] if self.workers > 1 else []
        return ["fishlab:one", *several]


# -- N1 to N5 --------------------------------------------------------------------------------------------------------
def training_and_inference(plan: Plan, nets: Iterable[Net]) -> dict[str, Any]:
    """A training step and the evaluation of the test images, for each net by every engine."""
    names = [*(f"torch:{manner}" for manner in plan.torch), BOOK, *plan.ways, AUTO]
    with started(names) as workers:
        return {net.name: _one_net(plan, net, workers) for net in nets}


def _one_net(plan: Plan, net: Net, all_workers: dict[str, Worker]) -> dict[str, Any]:
    left_out = set() if has_images(net.project.network) else {"torch:channels_last"}
    plan.say(f"{net.name}: building")
    asked = {name: worker for name, worker in all_workers.items() if name not in left_out}
    answers = load_all(asked, net.project)
    workers = {name: worker for name, worker in asked.items() if "error" not in answers[name]}
    plan.say(f"{net.name}: {plan.rounds} rounds, {len(workers)} engines")
    times = take_turns(steps(workers, plan.seconds), plan.rounds, plan.patience)
    busy = EAGER if EAGER in workers else "fishlab:one"
    idle = idle_share(workers, busy, max(1.0, plan.seconds)) if busy in workers else None
    return {
        "engines": answers,
        "rounds": max(map(len, times.values()), default=0),
        "training": compare(times),
        "idle_share": idle,
        "inference": _inference(plan, workers),
    }


def has_images(network: NetworkSpec) -> bool:
    """Whether a layer with weights takes images: only there the order of their axes matters."""
    return any(len(layer.in_shape or ()) == 3 for layer in infer(network).layers if layer.parameters)


def _inference(plan: Plan, workers: dict[str, Worker]) -> dict[str, Any]:
    """All test images. PyTorch takes its turns in batches of 100 and of 1,000, and the better of the two counts."""
    turns = {FISHLAB: _evaluation(workers["fishlab:one"])} if "fishlab:one" in workers else {}
    if EAGER in workers:
        turns |= {f"{EAGER} {batch}": _evaluation(workers[EAGER], batch) for batch in (100, 1000)}
    take_turns(turns, 1)  # the first time finds no buffers
    times = take_turns(turns, max(2, plan.rounds // 2), plan.patience / 2)
    theirs = [name for name in times if name.startswith(EAGER)]
    if not theirs:
        return compare(times)
    best = min(theirs, key=lambda name: statistics.median(times[name]))
    return compare(times, best) | {"best": best}


def _evaluation(worker: Worker, batch: int | None = None) -> Turn:
    return lambda: float(worker.ask("evaluate", batch=batch)["ms"])


# -- memory ----------------------------------------------------------------------------------------------------------
def memory(plan: Plan) -> dict[str, Any]:
    """Most megabytes of a process with its helpers, from its start through steps and an evaluation."""
    nets = ("N3",) if plan.quick else ("N3", "N4")
    return {name: {engine: _peak(plan, NETS[name], engine) for engine in [*plan.eager, *plan.ways]} for name in nets}


def _peak(plan: Plan, net: Net, engine: str) -> float | None:
    plan.say(f"{net.name}: memory of {engine}")
    with started([engine]) as workers:
        worker = workers[engine]
        try:
            with PeakMemory(worker.pid) as peak:
                worker.load(net.project)
                worker.ask("steps", seconds=3 * plan.seconds)
                worker.ask("evaluate", batch=1000)
        except EngineError:
            return None
    return peak.megabytes


# -- series over size ------------------------------------------------------------------------------------------------
def series(plan: Plan) -> dict[str, Any]:
    """Images a second over batch size, depth and width: PyTorch eager and FishLab as it runs by itself."""
    found: dict[str, Any] = {}
    with started([*plan.eager, AUTO], FEWER_IMAGES) as workers:
        for title, points in _series(plan.quick).items():
            plan.say(f"series: {title}")
            found[title] = {label: _images_per_second(plan, project, workers) for label, project in points.items()}
    return found


def _series(quick: bool) -> dict[str, dict[str, ProjectSpec]]:
    """The points of each series by title and label."""
    batches = (10, 1000) if quick else (10, 32, 100, 320, 1000)
    depths = (4,) if quick else (1, 2, 4, 8)
    filters, units = ((64,), (1024,)) if quick else ((8, 32, 64, 128), (64, 256, 1024, 2048))
    found = {
        f"batch size, {net.template}": {str(batch): _with_batch(net, batch) for batch in batches}
        for net in (NETS["N1"], NETS["N3"], *([] if quick else [NETS["N4"]]))
    }
    found["pairs of convolutions, 16 filters"] = {str(n): with_training(convolutions(n, 16)) for n in depths}
    found["affine layers, 256 units"] = {str(n): with_training(dense(n, 256)) for n in depths}
    found["filters in two convolutions"] = {str(n): with_training(convolutions(1, n)) for n in filters}
    found["units in two affine layers"] = {str(n): with_training(dense(2, n)) for n in units}
    return found


def _with_batch(net: Net, batch: int) -> ProjectSpec:
    return with_training(net.project.network, batch, net.optimizer)


def _images_per_second(plan: Plan, project: ProjectSpec, workers: dict[str, Worker]) -> dict[str, Any]:
    compared = _compared(plan, project, workers)
    batch = project.training.batch_size
    for entry in compared.values():
        if "ms" in entry:
            entry["images_per_second"] = round(1000 * batch / entry["ms"]["median"])
    return compared


def _compared(plan: Plan, project: ProjectSpec, workers: dict[str, Worker]) -> dict[str, Any]:
    """A few short rounds of one network, enough for tables of many."""
    answers = load_all(workers, project)
    able = {name: worker for name, worker in workers.items() if "error" not in answers[name]}
    times = take_turns(steps(able, plan.seconds / 2), max(3, plan.rounds // 3), plan.patience / 10)
    return answers | {name: entry | {"way": answers[name]["way"]} for name, entry in compare(times).items()}


# -- contention ------------------------------------------------------------------------------------------------------
def contention(plan: Plan) -> dict[str, Any]:
    """How many times longer a step takes beside 10 ms of Python work in every 33, in the same process."""
    nets = ("N3",) if plan.quick else ("N1", "N3", "N4")
    found = {}
    with started([*plan.eager, *plan.ways]) as workers:
        for name in nets:
            plan.say(f"{name}: beside a busy window")
            answers = load_all(workers, NETS[name].project)
            able = {key: worker for key, worker in workers.items() if "error" not in answers[key]}
            turns = {key: _slowdown(worker, plan.seconds) for key, worker in able.items()}
            rounds = take_turns(turns, max(3, plan.rounds // 3))
            found[name] = {key: asdict(Spread.of(values)) for key, values in rounds.items()}
    return found


def _slowdown(worker: Worker, seconds: float) -> Turn:
    """The mean step with the thread at work over the mean step without. Means: half the steps may not be touched."""

    def turn() -> float:
        free = worker.ask("steps", seconds=seconds)["mean_ms"]
        worker.ask("burn", on=True)
        try:
            return float(worker.ask("steps", seconds=seconds)["mean_ms"]) / float(free)
        finally:
            worker.ask("burn", on=False)

    return turn


# -- generated stacks ------------------------------------------------------------------------------------------------
def stacks(plan: Plan) -> dict[str, Any]:
    """Stacks drawn from fixed seeds: FishLab as it runs by itself beside PyTorch eager."""
    count = 5 if plan.quick else 20
    found = {}
    with started([*plan.eager, AUTO], FEWER_IMAGES) as workers:
        for seed in range(1, count + 1):
            network = random_stack(seed)
            plan.say(f"stack {seed} of {count}")
            found[str(seed)] = {"layers": described(network), **_compared(plan, with_training(network), workers)}
    return found


def described(network: NetworkSpec) -> str:
    """The input and the layers in one line, with the numbers of those that have any."""
    return f"{' × '.join(map(str, network.in_shape))}: " + ", ".join(map(_described, network.layers))


def _described(layer: LayerSpec) -> str:
    kind = layer_type(layer)
    numbers = kind.summary(layer)
    return layer_title(layer) if numbers == kind.formula else f"{layer_title(layer)} ({numbers})"
