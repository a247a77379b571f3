"""One format to export in: what it is for, whose weights go out, or why it cannot be had just now."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fishlab.core.checkpoint import same_structure
from fishlab.core.exchange import Export, Subject
from fishlab.core.exchange.choosing import obstacle
from fishlab.core.registry import Entry
from fishlab.ui.theme import theme
from fishlab.ui.widgets.label import Label
from fishlab.ui.widgets.segmented import Segmented

_LAST, _BEST = "last", "best"


class ExportPage(QWidget):
    """`edited()` when other weights were chosen."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entry: Entry[Export] | None = None
        self._subject: Subject | None = None
        self._build()
        self.weights.edited.connect(self._on_weights_edited)

    def _build(self) -> None:
        self.title = Label("", "heading", 600, wrap=True)
        self.suffix = Label("", "caption", 400, "ink2")
        self.help = Label("", "body", 400, "ink", wrap=True)
        options = [(_LAST, self.tr("Last weights")), (_BEST, self.tr("Best epoch"))]
        self.weights = Segmented(self.tr("Whose weights"), options)
        self.weights.setObjectName("export.weights")
        self.note = Label("", "small", 400, "ink2", wrap=True)
        self.note.setObjectName("export.note")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(8))
        for part in (self.title, self.suffix, self.help, self.weights, self.note):
            column.addWidget(part)

    @property
    def best(self) -> bool:
        """Whether the weights of the best epoch are asked for."""
        return not self.weights.isHidden() and self.weights.value() == _BEST

    def show_format(self, entry: Entry[Export], subject: Subject) -> None:
        """Show a format, for a subject that is to go out."""
        self._entry, self._subject = entry, subject
        self.title.setText(entry.title)
        self.suffix.setText(entry.item.suffix or self.tr("a folder"))
        self.help.setText(entry.help)
        has_best = subject.model is not None and subject.model.best is not None
        self.weights.setVisible(has_best and entry.item.weights)
        self._sync()

    def _sync(self) -> None:
        if self._entry is None or self._subject is None:
            return
        why = why_not(self._entry, self._subject)
        note = why or self._words(self._entry, self._subject)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.note.set_ink("warn" if why else "ink2")

    def _words(self, entry: Entry[Export], subject: Subject) -> str:
        """What of the network goes out, where that is not plain."""
        model = subject.model
        if not entry.item.weights:
            return ""
        if model is None:
            return self.tr("Not trained yet: the weights are those that a first run begins with.")
        if not same_structure(subject.project.network, model.project.network):
            return self.tr("The network was changed since it was trained. It goes out as it was trained.")
        if self.best and model.best is not None:
            return self.tr("The weights of epoch {n}: its validation loss was lowest.").format(n=model.best.epoch)
        return ""

    def _on_weights_edited(self, _value: object) -> None:
        self._sync()
        self.edited.emit()


def why_not(entry: Entry[Export], subject: Subject) -> str:
    """Why a subject cannot be exported in a format, as a sentence; empty where it can."""
    error = obstacle(entry, subject)
    return str(error) if error else ""
