"""What an entry of the tables of explanations is."""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from fishlab.ui.widgets.explanation import Explanation

Entries = Mapping[str, Explanation | str]


def tr(text: str) -> str:
    """The words in the language of the window."""
    return QCoreApplication.translate("Explanations", text)
