"""Notes, dialogs, and what was left of an earlier session."""

from fishlab.ui.explanations.entry import Entries, tr


def entries() -> Entries:
    """Words by object name."""
    return {
        "notes.text": tr("Your own words about this project: what is tried, and what came of it. They are saved with "
                         "it, and every change of them can be undone."),
        "export.formats": tr("What a network can be written as for other programs. What is grey cannot be had now; "
                             "beside it stands why."),
        "export.weights": tr("The weights as the training left them, or those of the epoch whose validation loss was "
                             "lowest. Chapter 6.4"),
        "recent.list": tr("The projects opened or saved last. Beside the list stand the network, its curves and the "
                          "beginning of the notes, as they were saved."),
        "recovery.words": tr("What was not saved when FishLab ended without warning. It is kept until it is brought "
                             "back and saved, or let go."),
        "import.said": tr("What was found in the file, and where each of its arrays went."),
    }  # fmt: skip
