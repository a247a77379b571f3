"""Control: what goes down to the worker. It is looked at between two batches."""

from __future__ import annotations

import threading
from typing import Any

from fishlab.core.optimizers import OptimizerSpec

NO_LIMIT = 1 << 62


class Control:
    """From the owner to the worker: pause, step, stop, live values."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._allowed = NO_LIMIT
        self._stopping = False
        self._live: dict[str, Any] = {}
        self._asked_model = False
        self._news = False

    def _tell(self, **changes: Any) -> None:
        with self._condition:
            for name, value in changes.items():
                setattr(self, name, value)
            self._news = True
            self._condition.notify_all()

    def pause(self) -> None:
        """Stand still after the batch at hand."""
        self._tell(_allowed=0)

    def resume(self) -> None:
        """Go on."""
        self._tell(_allowed=NO_LIMIT)

    def step(self) -> None:
        """Learn one batch, then stand still."""
        self._tell(_allowed=1)

    def stop(self) -> None:
        """End the run after the batch at hand; it cannot be taken back."""
        self._tell(_stopping=True)

    def set_live(self, optimizer: OptimizerSpec, weight_decay: float) -> None:
        """Settings that take effect at the next batch."""
        self._tell(_live={"optimizer": optimizer, "weight_decay": weight_decay})

    def ask_model(self) -> None:
        """Post a checkpoint as the snapshot 'model' at the next chance."""
        self._tell(_asked_model=True)

    # -- the worker's side ---------------------------------------------------------------------------------------
    @property
    def stopping(self) -> bool:
        """Whether the run shall end."""
        return self._stopping

    @property
    def standing(self) -> bool:
        """Whether the run shall stand still now."""
        return self._allowed <= 0

    def count_step(self) -> None:
        """One of the allowed batches is done."""
        with self._condition:
            if self._allowed < NO_LIMIT:
                self._allowed = max(0, self._allowed - 1)

    def take_live(self) -> dict[str, Any]:
        """The live values since the last call."""
        with self._condition:
            live, self._live = self._live, {}
            return live

    def take_ask(self) -> bool:
        """Whether a checkpoint was asked for since the last call."""
        with self._condition:
            asked, self._asked_model = self._asked_model, False
            return asked

    def wait(self) -> None:
        """Sleep until the owner says something."""
        with self._condition:
            self._condition.wait_for(lambda: self._news)
            self._news = False
