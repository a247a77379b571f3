"""The base of every instrument: a live view that asks its own question, may be frozen, and goes where it is put."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from PySide6.QtGui import QAction, QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from fishlab.core.layers import LayerSpec
from fishlab.core.probes import Question
from fishlab.ui.document import Document
from fishlab.ui.plots import export
from fishlab.ui.plots.freeze import FreezeAction
from fishlab.ui.plots.live_tile import LiveTile
from fishlab.ui.plots.pin import PinAction
from fishlab.ui.plots.seen import is_seen
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon import icon
from fishlab.ui.widgets.layer_choice import LayerChoice, any_layer


class Instrument(LiveTile):
    """Stands in the strip, enlarged, or in a window of its own, and has no card of its own there.

    A subclass gives `question`, `take`, `redraw`, `summary` and `table`, and fills the header with `add_control` and
    `add_layer_choice`, which comes first. Only while it is seen and not frozen is anything asked. `title` is what its
    tab says.
    With `draws_frozen` it keeps what it shows by itself, and is drawn while frozen too: in the manner wanted now.
    """

    draws_frozen: ClassVar[bool] = False
    least_picture = (640, 360)

    def __init__(
        self,
        name: str,
        title: str,
        view: QWidget,
        document: Document,
        session: TrainSession,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, view, session, parent)
        self.document = document
        self.title = title
        self.layers: LayerChoice | None = None
        self._asking: list[QWidget] = []
        self._asked: Question | None = None
        self._failed = self._new = False
        self._frozen_at = 0.0  # epochs
        self.setAccessibleName(title)
        self._add_actions()
        session.looks.answered.connect(self._on_looks_answered)
        session.looks.failed.connect(self._on_looks_failed)
        document.changed.connect(self._on_question_changed)
        document.replaced.connect(self._on_document_replaced)
        self.set_up()

    def _add_actions(self) -> None:
        self.freeze_action = FreezeAction(self, self.objectName())
        self.freeze_action.toggled.connect(self._on_freeze_toggled)
        self.save_action = QAction(icon("save"), self.tr("Save the picture or its values…"), self)
        self.save_action.setObjectName(f"{self.objectName()}.save")
        self.save_action.setMenu(self.menu)
        self.addActions([self.freeze_action, self.save_action])

    # -- what a subclass gives ---------------------------------------------------------------------------------------
    def set_up(self) -> None:
        """What all instruments of a family have beside what is here; the end of the constructor."""

    def question(self) -> Question | None:
        """What to ask of the network now; None for nothing."""
        return None

    def take(self, data: Any) -> None:
        """Keep the answer, None where there is nothing to look at; `redraw` follows."""

    def take_error(self, sentence: str) -> None:
        """The question has no answer, and this is why."""
        broken = self.tr("The network cannot run yet.") if self.session.obstacle else ""
        self.show_empty(broken or self.tr("There is nothing to see."), sentence)

    # -- the header --------------------------------------------------------------------------------------------------
    def add_control(self, widget: QWidget, *, asks: bool = False) -> None:
        """Put `widget` into the header, right of those before it. One that `asks` something else is off while frozen:
        it would say what is not shown.
        """
        self.add_to_header(widget)
        if asks:
            self._asking.append(widget)

    def set_note(self, note: str) -> None:
        """Show it after the title; of the network as it was changed since it learned, that comes first."""
        looks, asked = self.session.looks, self._asked
        if not self.frozen:
            fresh = asked is not None and asked.fresh and not asked.once
            self._new = looks.outgrown and not looks.in_the_past and fresh and not self.session.training
        words = self.tr("not trained yet; {note}")
        super().set_note(words.format(note=note) if note and self._new else note)

    def add_layer_choice(
        self, fits: Callable[[LayerSpec], bool] = any_layer, *, every: bool = False
    ) -> LayerChoice:
        """Offer the layers that `fits` says yes to, and with `every` all of them together; another choice asks anew."""
        self.layers = LayerChoice(self.document, fits, f"{self.objectName()}.layer", self, every=every)
        self.layers.changed.connect(self._on_question_changed)
        self.layers.pin_changed.connect(self._sync_pin)
        self.add_control(self.layers)
        self.add_pin().triggered.connect(self.layers.set_pinned)
        return self.layers

    def add_pin(self) -> PinAction:
        """Put the pin between freeze and save."""
        self.pin_action = PinAction(self, self.objectName())
        self.insertAction(self.save_action, self.pin_action)
        return self.pin_action

    def _sync_pin(self) -> None:
        assert self.layers is not None
        self.pin_action.show_pin(self.layers.title() if self.layers.pinned else "", self.layers.lost)

    @property
    def pin(self) -> str:
        """The layer that a person has pinned it to, "" for none; it need not be there at the moment."""
        return self.layers.chosen if self.layers else ""

    def set_pin(self, uid: str) -> None:
        """Stay at this layer, as soon as there is one."""
        if self.layers:
            self.layers.pin(uid)

    # -- what is seen, in words --------------------------------------------------------------------------------------
    @property
    def epoch(self) -> float:
        """How far the network had come that is shown; 0 where it began, or where no network is shown."""
        return self.session.looks.epoch(self._asked)

    def picture_words(self) -> str:
        """That it is frozen, or back in the run, and of when it is: a picture outlives what says so on the screen."""
        looks = self.session.looks
        if not self.frozen:
            back = looks.in_the_past and self._asked is not None and not self.is_empty
            return self.tr("Back at epoch {x}.").format(x=f"{self.epoch:.2f}") if back else ""
        if not self._frozen_at:
            return self.tr("Frozen.")
        return self.tr("Frozen at epoch {x}.").format(x=f"{self._frozen_at:.1f}")

    def spoken(self) -> str:
        """What is seen, of when, and whether it stays."""
        return f"{self.picture_words()} {super().spoken()}".strip()

    def shown_words(self) -> str:
        """What of it is shown, for the name of a file: "weights over time"; empty where it is always the same."""
        return ""

    def saved_name(self) -> str:
        """What a saved file is called: the network, the instrument, and what it shows."""
        words = (self.title.lower(), self.shown_words().lower(), self.tr("frozen") if self.frozen else "")
        return export.suggested_name(self.document.network.name, " ".join(word for word in words if word))

    # -- asking ------------------------------------------------------------------------------------------------------
    @property
    def frozen(self) -> bool:
        """Whether what is shown stays, whatever happens to the network."""
        return self.freeze_action.isChecked()

    def ask(self) -> None:
        """Ask what is to be seen now, if it can be seen."""
        if not self.frozen:
            self._asked = self.question() if is_seen(self) else None
            self._failed = self._failed and self._asked is not None
            self.session.looks.ask(self, self._asked)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask."""
        super().showEvent(event)
        self.ask()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask no longer."""
        super().hideEvent(event)
        if not self.frozen:
            self._asked = None
        self.session.looks.ask(self, None)

    def _on_question_changed(self, *_: object) -> None:
        self.ask()
        self.throttle.ask()

    def _on_document_replaced(self) -> None:
        """What is shown was about the last project; the answer to the same question about this one may take a while."""
        if not self.frozen:
            self._failed = False
            self.take(None)
            self.throttle.ask()

    def _on_freeze_toggled(self, frozen: bool) -> None:
        self._frozen_at = self.epoch if frozen else 0.0
        for widget in self._asking:
            widget.setEnabled(not frozen)
        if self.layers is not None:
            self.layers.hold(frozen)
            self.pin_action.setEnabled(not frozen)
        if frozen:
            self.session.looks.ask(self, None)
        else:
            self.ask()
            self.throttle.ask()
        self._tell(self.spoken())

    def _on_looks_answered(self, question: Question, data: object) -> None:
        if question == self._asked and not self.frozen:
            self._failed = False
            self.take(data)
            self.throttle.ask()

    def _on_looks_failed(self, question: Question, sentence: str) -> None:
        if question == self._asked and not self.frozen:
            self._failed = True
            self.take_error(sentence)

    def _on_throttle_timeout(self) -> None:
        """What was found before must not take the place of the sentence that says why nothing is found now."""
        if not ((self.frozen and not self.draws_frozen) or self._failed):
            super()._on_throttle_timeout()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The card is that of the strip or the window; only focus shows."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("card"))
        self.paint_focus(painter)
