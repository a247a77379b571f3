"""The network: cards, blocks, the adder."""

from fishlab.ui.explanations.entry import Entries, tr


def entries() -> Entries:
    """Words by object name."""
    return {
        "network": tr("The network, from what goes in at the top to the answer at the bottom. Each card says what "
                       "shape comes out of it. A block holds branches: what comes in goes through each of them, and "
                       "at its end they meet again. Chapter 5"),
        "network.hint": tr("Click, or type / , to add a layer after the selected one."),
    }  # fmt: skip
