"""A training on the command line is written to its file while it goes on, so that a sudden end costs little."""

import time
from pathlib import Path
from threading import Thread

from fishlab.core.automatic import Due
from fishlab.core.checkpoint import Checkpoint
from fishlab.core.errors import FishLabError
from fishlab.core.events import EpochDone, TrainEvent
from fishlab.core.files import save_project
from fishlab.core.training import Trainer


class Keeping:
    """Writes the file after every epoch and every two minutes, in a thread of its own: the disk keeps nobody waiting.

    It does so less often where writing would take more than a fiftieth of the time. `trouble` says why the last time
    went wrong; the training goes on, for the disk may have room again at its end.
    """

    def __init__(self, out: Path) -> None:
        self.trouble = ""
        self._out = out
        self._due = Due()
        self._writer: Thread | None = None

    def look(self, event: TrainEvent, trainer: Trainer) -> None:
        """Called after every event; the end of the whole run is written by whoever waits for it."""
        if isinstance(event, EpochDone) and trainer.position.epoch < trainer.target:
            self._due.hurry()
        if self._due.now and not (self._writer and self._writer.is_alive()) and trainer.position.step:
            self.close()
            self._due.begin()
            began = time.monotonic()
            model = trainer.checkpoint()
            self._writer = Thread(target=self._write, args=(model, began), name="fishlab-keeping")
            self._writer.start()

    def close(self) -> None:
        """Wait until what is being written is written."""
        if self._writer:
            self._writer.join()

    def _write(self, model: Checkpoint, began: float) -> None:
        try:
            save_project(self._out, model.project, model)
            self.trouble = ""
        except FishLabError as error:
            self.trouble = str(error)
        self._due.kept(time.monotonic() - began)
