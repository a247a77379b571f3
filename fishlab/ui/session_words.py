"""The sentences in which the session says what it is doing and what came of it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from fishlab.core.events import Score, Started
from fishlab.core.verify import Verified
from fishlab.ui.numbers import percent_text


def work_words(what: str, done: int, total: int) -> str:
    """'Reading MNIST 40 %'; without the share where it is not known how much there is."""
    return f"{what} {percent_text(done / total, 0)}" if total else what


def start_words(name: str, event: Started) -> str:
    """'LeNet on MNIST, 55,000 to learn and 5,000 to validate'."""
    words = _tr("{name} on {data}, {learn} to learn and {validate} to validate")
    counts = {"learn": f"{event.images:,}", "validate": f"{event.validation_images:,}"}
    return words.format(name=name, data=event.data_name, **counts)


def look_words(score: Score) -> str:
    """'Test set: 98.1 % right, 9,810 of 10,000.'."""
    counts = {"correct": f"{score.correct:,}", "total": f"{score.total:,}"}
    return _tr("Test set: {percent} right, {correct} of {total}.").format(
        percent=percent_text(score.accuracy), **counts
    )


def replay_words(done: int, total: int) -> str:
    """'120 of 237 batches'."""
    return _tr("{done} of {total} batches").format(done=f"{done:,}", total=f"{total:,}")


def verdict(found: Verified) -> str:
    """'237 batches again: max |difference| = 0'."""
    batches = _tr("1 batch") if found.batches == 1 else _tr("{n} batches").format(n=f"{found.batches:,}")
    difference = "0" if found.exact else f"{found.difference:.2g}"
    return _tr("{batches} again: max |difference| = {difference}").format(batches=batches, difference=difference)


def _tr(text: str) -> str:
    return QCoreApplication.translate("TrainSession", text)
