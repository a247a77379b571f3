"""What to say of an error that ended some work."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from fishlab.core.errors import FishLabError


def error_words(error: Exception) -> str:
    """A sentence for people: FishLab's own errors have one already."""
    if isinstance(error, FishLabError):
        return str(error)
    if isinstance(error, MemoryError):
        return _tr("The memory is not enough. Close what you do not need, and try again.")
    if isinstance(error, OSError):
        return _tr("The file cannot be read or written: {why}.").format(why=error.strerror or error)
    return _tr("Something went wrong inside FishLab: {text}. The log says more.").format(text=repr(error))


def _tr(text: str) -> str:
    return QCoreApplication.translate("ErrorWords", text)
