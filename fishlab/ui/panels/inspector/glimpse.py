"""The data set in sight, looked at without loading it, and not more often than it changes."""

from collections.abc import Hashable

from PySide6.QtCore import QObject

from fishlab.core.data.preview import Survey, survey, what_is_named
from fishlab.core.spec import DataSpec
from fishlab.ui.session import TrainSession


class Glimpse(QObject):
    """`glimpse.of(spec)` is the Survey of a data set, None where it is not at hand."""

    def __init__(self, session: TrainSession, parent: QObject) -> None:
        super().__init__(parent)
        self._seen: dict[Hashable, Survey | None] = {}  # of what is chosen, and of what a run uses
        session.data_changed.connect(self._on_data_changed)

    def of(self, spec: DataSpec) -> Survey | None:
        """Return how many images `spec` names, and from where."""
        key = what_is_named(spec)
        if key not in self._seen:
            self._seen = dict([*self._seen.items()][-1:]) | {key: survey(spec)}
        return self._seen[key]

    def split(self, spec: DataSpec) -> tuple[int, int] | None:
        """Return how many images there are to learn from and to validate with."""
        found = self.of(spec)
        if found is None:
            return None
        total = min(found.train, spec.subset) if spec.subset else found.train
        held_out = round(spec.validation * total)
        return total - held_out, held_out

    def _on_data_changed(self) -> None:
        self._seen.clear()
