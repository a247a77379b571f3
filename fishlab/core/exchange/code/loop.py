"""The training loop of a written file: the same in every manner, but for the optimizer and what a step does to it."""

from __future__ import annotations

from collections.abc import Sequence

from fishlab.core.exchange.code import epochs, images
from fishlab.core.exchange.code.changes import batch
from fishlab.core.exchange.formats import Subject


def training_loop(subject: Subject, optimizer: str, before_step: Sequence[str], loss: str) -> str:
    """Mini-batch learning, with the rate and the patience of the project.

    `optimizer` is the expression that makes one, `before_step` the lines that set it for a step, and `loss` the
    expression for the validation loss of `scores`.
    """
    training, data = subject.trained.training, subject.trained.data
    found, validated = images.finder(subject), data.validation > 0
    lines = [
        "def train(network, x, t, epochs=EPOCHS):",
        '    """Mini-batch learning (chapter 4.5), batches as FishLab draws them; returns the loss of every step."""',
        f"    x, t, {'x_val, t_val' if validated else '_, _'} = split(x, t)",
        *([f"    SCALING.update({found})"] if found else []),
        f"    optimizer = {optimizer}",
        "    steps = -(-len(x) // BATCH_SIZE)  # of an epoch; the last batch may be smaller",
        *(epochs.best_begins(training) if validated else []),
        "    losses = []",
        "    for epoch in range(epochs):",
        f"        order = {epochs.order(training)}",
        "        for step in range(steps):",
        "            batch = order[step * BATCH_SIZE : (step + 1) * BATCH_SIZE]",
        *(f"            {line}" for line in before_step),
        f"            images = {batch(data.augmentation)}",
        "            losses.append(train_step(network, optimizer, images, t[batch]))",
        *(epochs.epoch_lines(training, loss) if validated else [epochs.UNVALIDATED]),
        "    return losses",
    ]
    return "\n".join(lines)
