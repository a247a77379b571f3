"""The tiles of the live panel that are always there."""

from fishlab.ui.explanations.entry import Entries, tr


def entries() -> Entries:
    """Words by object name."""
    return {
        "live.loss": tr("How wrong the network is: the mean of −log of the probability it gave the right answer. "
                        "Drawn against epochs, on a logarithmic scale; lower is better.\n"
                        "L = −1/N Σ log p(answer)\nChapter 4.2"),
        "live.accuracy": tr("The share of images whose highest score is the right digit, for the batches learned from "
                            "and for the validation images, which are never learned from. Where the two part, the "
                            "network learns by heart.\nright / all\nChapters 4.5 and 6.4"),
        "live.weights": tr("How the weights of each layer are distributed, now over the start. Too narrow and the "
                           "layers all say the same, too wide and gradients vanish or burst.\nσ is the standard "
                           "deviation\nChapter 6.2"),
        "live.filters": tr("The filters of the first convolution as small pictures, before training and now: what "
                           "was noise becomes edges and blobs. Zero is the middle of the colours.\nChapter 7.6"),
        "live.instruments": tr("Instruments that look at the trained network from other sides."),
    }  # fmt: skip
