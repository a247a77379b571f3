"""How runs compute on this computer: a choice that belongs to neither the project nor its undo steps."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from fishlab.core.parallel.way import ALONE, MOST_WORKERS, ONE, TEAMS, Way
from fishlab.core.processors import processors
from fishlab.ui.run_words import way_words
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.field import Field
from fishlab.ui.widgets.fields import ChoiceField, SpinField
from fishlab.ui.widgets.form import Form
from fishlab.ui.widgets.label import Label

AUTOMATIC = "auto"
_FEWEST = 2


class WayBox(QWidget):
    """Run on, Workers where there are several, and in small letters what the run in sight uses."""

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._build()
        self._connect()
        self._sync()

    def _build(self) -> None:
        titles = (
            (AUTOMATIC, self.tr("Automatic")), (ALONE, self.tr("One thread")), ("threads", self.tr("Threads")),
            ("processes", self.tr("Processes")),
        )  # fmt: skip
        self.kind = ChoiceField(self.tr("Run on"), titles)
        self.workers = SpinField(self.tr("Workers"), _FEWEST, MOST_WORKERS)
        self.workers.set_value(max(_FEWEST, processors()))
        self.note = Label("", "caption", 400, "ink2", wrap=True)
        self.form = Form(least=max((title for _, title in titles), key=theme().text_width))
        for field in (self.kind, self.workers):
            self.form.add(field.accessibleName(), field)
        self._name_parts()
        column = QVBoxLayout(self)
        column.addWidget(self.form)
        column.addWidget(self.note)

    def _name_parts(self) -> None:
        self.kind.setObjectName("inspector.run_on")
        self.workers.setObjectName("inspector.workers")
        self.note.setObjectName("inspector.way_words")
        self.kind.setToolTip(
            self.tr("Which way this computer computes a batch.\nAutomatic tries the ways for a moment and takes the "
                    "fastest.\nDefault Automatic")
        )  # fmt: skip
        self.workers.setToolTip(
            self.tr("How many share each batch.\n{least} to {most}; this computer has {n} processors").format(
                least=_FEWEST, most=MOST_WORKERS, n=processors()
            )
        )

    def _connect(self) -> None:
        for field in self.fields():
            field.edited.connect(self._on_field_edited)
        for signal in (self._session.ways.changed, self._session.state_changed, theme().changed):
            signal.connect(self._sync)

    def fields(self) -> tuple[Field, Field]:
        """From top to bottom."""
        return self.kind, self.workers

    def _on_field_edited(self, _value: object) -> None:
        self._session.ways.choose(self._chosen())
        self._sync()

    def _chosen(self) -> Way | None:
        kind = self.kind.value()
        if kind == AUTOMATIC:
            return None
        return Way(kind, self.workers.value()) if kind in TEAMS else ONE

    def _sync(self) -> None:
        way = self._session.ways.chosen
        if way != self._chosen():
            self.kind.set_value(way.kind if way else AUTOMATIC)
            if way and way.kind in TEAMS:
                self.workers.set_value(way.workers)
        self.form.show_row(self.workers, self.kind.value() in TEAMS)
        self.note.setText(self._words())
        self.note.setVisible(bool(self.note.text()))
        self.layout().setContentsMargins(0, 0, 0, 0)
        self.layout().setSpacing(theme().px(6))

    def _words(self) -> str:
        """What the run in sight uses, and when a choice that differs from it counts."""
        chosen, used = self._session.ways.chosen, self._session.ways.in_use
        words = way_words(self._session)
        if chosen is not None and used is not None and chosen != used and self._session.training:
            words += " " + self.tr("The choice takes effect at the next run.")
        if chosen is not None and chosen.workers > processors():
            words += " " + self.tr("More workers than the {n} processors here wait for each other.").format(
                n=processors()
            )
        return words.strip()
