"""The run bar and the status bar."""

from fishlab.ui.explanations.entry import Entries, tr


def entries() -> Entries:
    """Words by object name."""
    return {
        "hint": tr("What is visibly wrong with the run, and what mends it. A remedy is one undo step. What is "
                   "dismissed is not said again of the same run; Hints in the View menu turns all of them off."),
    }  # fmt: skip
