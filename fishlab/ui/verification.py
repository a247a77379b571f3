"""Verification: the last batches of the run in sight, learned once more by a worker of its own, and what came of it."""

from __future__ import annotations

import logging

from PySide6.QtCore import QCoreApplication

from fishlab.core.automatic import Automatic
from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import Load
from fishlab.core.errors import FishLabError
from fishlab.core.mailbox import Failed, Preparing, RunEvent, Stopped
from fishlab.core.runner import Runner
from fishlab.core.verify import Replaying, Verified
from fishlab.ui.session_words import replay_words, verdict, work_words

log = logging.getLogger(__name__)


class Verification:
    """A run tells where its automatic checkpoints are; `start` goes on from the last one before a model.

    `sentence` says how far the work is, or how it ended; `found` what it found, None where it came to no end.
    """

    def __init__(self, load: Load) -> None:
        self.sentence = ""
        self.found: Verified | None = None
        self._load = load
        self._automatic: Automatic | None = None
        self._runner: Runner | None = None
        self._about: Checkpoint | None = None

    def watch(self, automatic: Automatic) -> None:
        """A run begins, with these checkpoints."""
        self._automatic = automatic

    def show(self, model: Checkpoint | None) -> None:
        """Without a run another model is in sight: the checkpoints of other runs are let go."""
        if self._automatic and not (model and self._automatic.has_seen(model)):
            self._automatic = None

    def earlier(self, model: Checkpoint | None) -> Checkpoint | None:
        """Where the batches before a model can be learned again from, if anywhere."""
        return self._automatic.before(model) if self._automatic and model else None

    def of(self, model: Checkpoint | None) -> Verified | None:
        """What was found about this very model."""
        same = model is not None and self._about is not None and self._about.weights is model.weights
        return self.found if same else None

    # -- the work --------------------------------------------------------------------------------------------------
    def start(self, model: Checkpoint) -> bool:
        """Learn again what leads to a model; False where that is not possible."""
        earlier = self.earlier(model)
        if earlier is None:
            return False
        self.found, self._about, self.sentence = None, model, ""
        self._runner = Runner(self._load)
        self._runner.verify(earlier, model)
        return True

    def stop(self) -> None:
        """End the work soon."""
        if self._runner:
            self._runner.control.stop()

    def join(self, seconds: float) -> bool:
        """End it and wait; False if it took longer."""
        self.stop()
        ended = self._runner is None or self._runner.join(seconds)
        self._runner = None
        return ended

    def look(self) -> bool:
        """Take what came from the worker; whether it is at work."""
        if self._runner is None:
            return False
        alive = self._runner.alive
        for event in self._runner.mailbox.drain().events:
            self._take(event)
        if not alive:
            self._runner = None
        return alive

    def _take(self, event: RunEvent) -> None:
        match event:
            case Preparing(what, done, total):
                self.sentence = work_words(what, done, total)
            case Replaying(done, total):
                self.sentence = replay_words(done, total)
            case Verified():
                self.found, self.sentence = event, verdict(event)
            case Stopped():
                self.sentence = _tr("Stopped verifying.")
            case Failed(text, error):
                log.error("%s", text, exc_info=None if isinstance(error, FishLabError) else error)
                self.sentence = text


def _tr(text: str) -> str:
    return QCoreApplication.translate("Verification", text)
