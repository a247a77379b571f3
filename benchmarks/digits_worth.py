"""What the drawn digits are worth: a network trained on them alone, tried on real MNIST and on unseen drawn digits.

    python -m benchmarks.digits_worth [--wildness 0] [--drawn 60000] [--epochs 3] [--starts 3] [--part test] [--json]

SimpleConvNet, Adam 0.001, batches of 100, pixels / 255. Every start has its own weights, order and digits: one start
proves nothing. While something is being chosen, use `--part development` (every 30th real training image) and keep the
test images for the end. Real MNIST is found as the program finds it (FISHLAB_DATA_DIR, or the cache).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from dataclasses import replace
from typing import Any

from fishlab.core.data.dataset import Dataset, ImageSet, image_set, load_dataset
from fishlab.core.data.digits import DEFAULT_WILDNESS, draw_digits
from fishlab.core.data.prepare import prepare
from fishlab.core.evaluation import evaluate_now
from fishlab.core.events import EpochDone
from fishlab.core.spec import DataSpec
from fishlab.core.templates import find_template
from fishlab.core.training import Trainer

DEVELOPMENT_STEP = 30  # of consecutive images too many would be from the same few writers
UNSEEN = 10_000


def main() -> int:
    """Measure and print."""
    words = _words()
    real = real_images(words.part)
    rows = []
    for seed in range(words.first_seed, words.first_seed + words.starts):
        rows.append(one_start(seed, words, real))
        print(_line(rows[-1]), file=sys.stderr, flush=True)
    report = summary(words, rows)
    print(json.dumps(report, indent=2) if words.json else _text(report))
    return 0


def real_images(part: str) -> ImageSet:
    """The real images to be tried on: all test images, or every 30th training image."""
    mnist = load_dataset(DataSpec(source="mnist"))
    if part == "test":
        return mnist.test
    return ImageSet(mnist.train.images[::DEVELOPMENT_STEP], mnist.train.labels[::DEVELOPMENT_STEP])


def one_start(seed: int, words: argparse.Namespace, real: ImageSet) -> dict[str, Any]:
    """Draw, train and measure once."""
    began = time.perf_counter()
    drawn = image_set(*draw_digits(words.drawn, seed=seed, wildness=words.wildness))
    draw_seconds = time.perf_counter() - began
    unseen = image_set(*draw_digits(UNSEEN, seed=seed, wildness=words.wildness, split="test"))
    project = find_template("SimpleConvNet").item()
    project = project.replace(
        data=project.data.replace(validation=0.0),
        training=replace(project.training, batch_size=100, epochs=words.epochs, seed=seed),
    )
    data = prepare(Dataset("Drawn digits", "digits", drawn, unseen), project.data, seed=seed)
    trainer = Trainer(project, data)
    for event in trainer.events():
        if isinstance(event, EpochDone):
            print(f"start {seed}, epoch {event.epoch}: loss {event.train_loss:.4f}", file=sys.stderr, flush=True)
    return {
        "seed": seed,
        "real": evaluate_now(trainer.network, real, data.scaling).accuracy,
        "unseen": evaluate_now(trainer.network, unseen, data.scaling).accuracy,
        "draw_seconds": draw_seconds,
        "seconds": time.perf_counter() - began,
    }


def summary(words: argparse.Namespace, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Settings, means and every start."""
    settings = {name: getattr(words, name) for name in ("wildness", "drawn", "epochs", "part")}
    means = {f"{name}_mean": statistics.mean(row[name] for row in rows) for name in ("real", "unseen")}
    return settings | means | {"starts": rows}


def _line(row: dict[str, Any]) -> str:
    return (
        f"start {row['seed']}: real {row['real']:.2%}, unseen drawn {row['unseen']:.2%}, "
        f"drawn in {row['draw_seconds']:.1f} s, all in {row['seconds']:.0f} s"
    )


def _text(report: dict[str, Any]) -> str:
    head = f"{report['drawn']:,} drawn, wildness {report['wildness']:g}, {report['epochs']} epochs, {report['part']}"
    return f"{head}: real {report['real_mean']:.2%}, unseen drawn {report['unseen_mean']:.2%}"


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure what the drawn digits are worth.")
    parser.add_argument("--wildness", type=float, default=DEFAULT_WILDNESS)
    parser.add_argument("--drawn", type=int, default=60_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--part", choices=("test", "development"), default="test")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
