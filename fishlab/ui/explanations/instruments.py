"""The instruments of the strip, a section for each."""

from fishlab.ui.explanations.entry import Entries, tr


def entries() -> Entries:
    """Words by object name."""
    return {
        "try.pad": tr("Draw a digit with the mouse. It is centred and scaled to 28 × 28 as the images of MNIST are, "
                       "and recognised at once, while the network learns too.\nChapter 3.6"),
        "try.sees": tr("The drawing as the network gets it: 28 × 28 grey levels, the digit's centre in the middle."),
        "try.bars": tr("What the network gives each digit: the softmax of its ten scores.\n"
                        "p(k) = exp s(k) / Σ exp s(i)\nChapter 3.5"),
    }  # fmt: skip
