"""The palette: the layers there are."""

from fishlab.ui.explanations.entry import Entries, tr


def entries() -> Entries:
    """Words by object name."""
    return {
        "palette.search": tr("Type a part of a layer's name; Enter adds the first that is found."),
        "palette.layers": tr("The layers there are. Drag one into the network, or press Enter to add it after the "
                             "selection."),
    }  # fmt: skip
