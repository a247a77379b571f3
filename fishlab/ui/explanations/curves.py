"""What each quantity is that a curve can show."""

from collections.abc import Mapping

from fishlab.ui.explanations.entry import tr
from fishlab.ui.widgets.explanation import Explanation


def quantities() -> Mapping[str, Explanation]:
    """By the key of the quantity."""
    return {
        "loss": Explanation(
            tr("How wrong the network is: for each batch as it was before it was learned, and after each epoch for "
               "what validates, which is never learned from. The formula is that of Softmax + loss; others have "
               "theirs."),
            title=tr("Loss"), formula="L = −1/N Σ log p(answer)", chapter="4.2",
            larger=tr("A loss that rises, or jumps about, tells of too large a learning rate."),
            smaller=tr("Training far below validation: the network learns by heart."),
        ),
        "accuracy": Explanation(
            tr("The share whose highest score is the right class."),
            title=tr("Accuracy"), formula="accuracy = right / all", chapter="4.5",
        ),
        "rate": Explanation(
            tr("How far each step went along the gradient: the learning rate of the optimizer times what the schedule "
               "makes of it. Marks are changes by hand."),
            title=tr("Learning rate"), chapter="6.1.2",
        ),
        "gradient": Explanation(
            tr("How long the gradient of the batch is, over all weights and biases that learn, before it is clipped "
               "and before weight decay. It is measured every few batches, so seldom that it takes less than 1 % of "
               "the time."),
            title=tr("Gradient norm"), formula="|g| = √(Σ g²)", chapter="4.4",
            larger=tr("Exploding: steps go too far. A smaller rate, clipping or another initialization help."),
            smaller=tr("Vanishing: next to nothing is learned any more, or all is learned."),
        ),
        "ratio": Explanation(
            tr("How much of the weights one step changes: the length of the change over the length of the weights "
               "before it, over all that learns, whatever the optimizer is. About 0.001 is usual (Karpathy, CS231n)."),
            title=tr("Update-to-weight ratio"), formula="ratio = |W' − W| / |W|", chapter="6.1",
            larger=tr("Above about 0.01 the learning rate is probably too large."),
            smaller=tr("Below about 0.0001 the network hardly moves: the rate is probably too small."),
        ),
        "speed": Explanation(
            tr("How many images, points or rows are learned in a second, each value over half a second of running. "
               "Pauses, validation and other programs show. It is not kept in files: a history knows no clock."),
            title=tr("Throughput"), formula=tr("throughput = N / seconds"),
        ),
    }  # fmt: skip


def lines() -> Mapping[str, Explanation]:
    """By the key of a line, without the number of an earlier run."""
    return {
        "raw": Explanation(
            tr("Each batch by itself, as it was before it was learned. Batches differ, so it wavers about the smoothed "
               "curve."),
            title=tr("Every batch"), chapter="4.5",
        ),
        "train": Explanation(
            tr("The batches that are learned from, smoothed, each measured before it was learned: with Dropout and "
               "augmentation as they are in training."),
            title=tr("Training"), chapter="4.5",
        ),
        "validation": Explanation(
            tr("What is never learned from, measured after every epoch: how well the network does with what it "
               "has not seen. Where it parts from training, the network learns by heart."),
            title=tr("Validation"), chapter="6.4",
        ),
        "earlier": Explanation(
            tr("A run before this one, laid over it for comparison. Which ones are shown can be chosen in Curves."),
            title=tr("Earlier run"),
        ),
    }  # fmt: skip
