"""The tiles of the live panel that are always there, and the time line above them."""

from fishlab.ui.explanations.entry import Entries, tr
from fishlab.ui.widgets.explanation import Explanation


def entries() -> Entries:
    """Words by object name."""
    return {
        "live": tr("What a run does: curves, weights and filters above, and under them the instruments, one at a time. "
                   "“All instruments” lists those whose tabs have no room."),
        "live.time_line": tr("Moments of the run that were kept, thinned out evenly. Left and Right go from one to the "
                             "next, Home and End to the first and the newest: all views go there together."),
        "live.animation": tr("Saves what the panel shows, moment after moment of the run, as a short animation."),
        "live.loss": Explanation(
            tr("How wrong the network is: with Softmax + loss, the mean of −log of the probability it gave the right "
               "answer. Drawn against epochs, on a logarithmic scale."),
            formula="L = −Σ log p(answer) / N", chapter="4.2",
            larger=tr("Answers are worse. A loss that rises, or jumps about, tells of too large a learning rate."),
            smaller=tr("Answers are better. Far below validation, the network learns by heart."),
        ),
        "live.accuracy": Explanation(
            tr("The share of images whose highest score is the right class, for the batches learned from and for the "
               "validation images, which are never learned from. Where the two part, the network learns by heart."),
            formula="accuracy = right / all", chapter=tr("4.5 and 6.4"),
        ),
        "live.weights": Explanation(
            tr("How the weights of each layer are distributed, now over the start; σ is their standard deviation."),
            formula="σ = √(Σ (w − μ)² / n)", chapter="6.2",
            larger=tr("Too wide, and signals grow from layer to layer: sigmoids saturate, gradients burst."),
            smaller=tr("Too narrow, and signals fade: the units of a layer all say the same."),
        ),
        "live.filters": Explanation(
            tr("The filters of the first convolution as small pictures, before training and now: what was noise "
               "becomes edges and blobs. Zero is the middle of the colours."),
            chapter="7.6",
        ),
        "live.instruments": tr("Instruments that look at the trained network from other sides."),
        "log.text": tr("What happened in this window, newest last: runs, what was changed on the way, files, and what "
                       "went wrong."),
    }  # fmt: skip
