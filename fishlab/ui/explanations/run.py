"""The run bar and the status bar."""

from fishlab.ui.explanations.entry import Entries


def entries() -> Entries:
    """Words by object name."""
    return {}
