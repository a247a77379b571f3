"""How much of its speed a training keeps while its images are changed at random: `python -m benchmarks.augmentation`.

    python -m benchmarks.augmentation [--nets N3 N4] [--ways one processes:2] [--rounds 40] [--seconds 0.1]

The same network trains with images as they are, with four kinds of changes and with all nine, by turns: in each round
each has one turn, and shares are taken within the round. What stands in the table is the median of the shares, with
quartiles. In one thread both kinds of changes have a second turn, *ahead*, in which a process of its own prepares the
batches (begun with the run here, and otherwise once it pays). Beside it the time that preparing the images of one
batch takes a processor, which other programs hardly change. Close what else keeps the machine busy.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing

from benchmarks.engine.fishlab_engine import SPLIT, FishLabEngine
from benchmarks.engine.nets import NETS, Net, dataset
from benchmarks.engine.rounds import Spread, take_turns
from fishlab.core.augmentation import AUGMENTATIONS, AugmentationSpec, Pipeline
from fishlab.core.data.batches import Batcher
from fishlab.core.data.dataset import Dataset
from fishlab.core.data.prepare import prepare
from fishlab.core.evaluation import computing
from fishlab.core.parallel import ahead
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.spec import ProjectSpec

FOUR = ("rotate", "shift", "scale", "shear")
KINDS = {"no change": (), "four": FOUR, "all nine": tuple(entry.kind for entry in AUGMENTATIONS)}
IMAGES = (6_000, 100)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nets", nargs="+", choices=list(NETS), default=["N3", "N4"])
    parser.add_argument("--ways", nargs="+", default=["one", "processes:2"])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=0.1, help="length of one turn")
    chosen = parser.parse_args()
    print("| | way | four kinds | all nine | four, ahead | nine, ahead |\n| --- | --- | --- | --- | --- | --- |")
    for name in chosen.nets:
        data = dataset(NETS[name].project.network.in_shape, *IMAGES)
        for way in chosen.ways:
            kept = speed_kept(NETS[name], data, way, chosen.rounds, chosen.seconds)
            cells = [f"{share.median:.2f} ({share.low:.2f}–{share.high:.2f})" for share in kept.values()]
            cells += ["–"] * (2 * len(KINDS) - 2 - len(cells))
            print(f"| {name} | {way} | {' | '.join(cells)} |", flush=True)
        times = (f"{title}: {preparing(NETS[name], data, kinds):.2f}" for title, kinds in KINDS.items())
        print(f"\nMilliseconds of a processor for a batch of {name}: {', '.join(times)}.\n", flush=True)
    return 0


def speed_kept(net: Net, data: Dataset, way: str, rounds: int, seconds: float) -> dict[str, Spread]:
    """For each set of changes the share of its speed that a training keeps."""
    with ExitStack() as stack:
        turns: dict[str, Callable[[], float]] = {}
        for title, kinds in KINDS.items():
            turns[title] = _steps(_engine(stack, way, changing(net.project, kinds), data, math.inf), seconds)
        for title, kinds in KINDS.items():
            if kinds and Way.parse(way) == ONE:
                engine = _engine(stack, way, changing(net.project, kinds), data, 0.0)
                turns[f"{title}, ahead"] = _steps(engine, seconds)
        ahead.WORTH_IT = math.inf
        for turn in turns.values():
            turn()
        times = take_turns(turns, rounds)
    plain = times.pop("no change")
    return {
        title: Spread.of([one / other for one, other in zip(plain, values, strict=True)])
        for title, values in times.items()
    }


def _engine(stack: ExitStack, way: str, project: ProjectSpec, data: Dataset, worth_it: float) -> FishLabEngine:
    """A run that has begun, with batches prepared ahead from the first one or never."""
    ahead.WORTH_IT = worth_it
    engine = stack.enter_context(closing(FishLabEngine(way)))
    engine.load(project, data)
    return engine


def changing(project: ProjectSpec, kinds: tuple[str, ...]) -> ProjectSpec:
    """The project with its training images changed in these ways, each of its usual strength."""
    specs: tuple[AugmentationSpec, ...] = tuple(AUGMENTATIONS[kind].item.Spec() for kind in kinds)
    return project.replace(data=project.data.replace(augmentation=specs))


def _steps(engine: FishLabEngine, seconds: float) -> Callable[[], float]:
    """Turns of training steps: what comes of one is its median step."""

    def turn() -> float:
        end, times = time.perf_counter() + seconds, []
        while len(times) < 4 or time.perf_counter() < end:
            began = time.perf_counter()
            engine.step()
            times.append(time.perf_counter() - began)
        return statistics.median(times[1:])

    return turn


def preparing(net: Net, data: Dataset, kinds: tuple[str, ...]) -> float:
    """Milliseconds of this thread for gathering one batch, the least of many."""
    prepared, training = prepare(data, SPLIT), net.project.training
    specs = changing(net.project, kinds).data.augmentation
    pipeline = Pipeline(specs, data.train.images.shape[1:], training.seed) if specs else None
    batcher, order, times = Batcher(prepared.train, prepared.scaling, training.batch_size, pipeline), range(60), []
    indices = prepared.train.labels.argsort(kind="stable")
    with computing():
        for number in order:
            began = time.thread_time()
            batcher.gather(batcher.batch(indices, number), number)
            times.append(time.thread_time() - began)
    return 1000 * min(times)


if __name__ == "__main__":
    sys.exit(main())
