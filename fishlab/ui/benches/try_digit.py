"""Try a digit: draw it, see what the network sees, watch the ten probabilities, also while it learns.

What the first convolution makes of the drawing stands beside it, and so do the digits that were kept, with how many of
them the network has right.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction, QContextMenuEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from fishlab.core.data.checks import shape_words
from fishlab.core.digit_image import SIZE
from fishlab.core.probes import Question
from fishlab.core.probes.maps import FeatureMaps, LayerMaps
from fishlab.ui.benches.digit_columns import KEPT, MAPS, DigitColumns
from fishlab.ui.benches.digit_pad import DigitPad
from fishlab.ui.benches.kept_digits import KeptDigits
from fishlab.ui.document import Document
from fishlab.ui.plots import export
from fishlab.ui.plots.freeze import FreezeAction
from fishlab.ui.plots.save_menu import SaveMenu
from fishlab.ui.plots.seen import is_seen
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.bars import ProbabilityBars
from fishlab.ui.widgets.empty_state import EmptyState
from fishlab.ui.widgets.icon import icon

READS = (1, SIZE, SIZE)


class TryDigit(QWidget):
    """The instrument. It asks the session only while it can be seen. `actions()` holds what its header offers."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._session = document, session
        self._asked: dict[str, Question] = {}
        self._build()
        self._connect()
        self._sync()

    def _build(self) -> None:
        self._empty = EmptyState("")
        self.kept = KeptDigits(self)
        self._bench = DigitColumns(self.kept)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._bench)
        self._stack.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.freeze_action = FreezeAction(self, "try")
        self.clear_action = QAction(icon("eraser"), self.tr("Clear the drawing (Delete)"), self)
        self.clear_action.setObjectName("try.clear")
        for widget in (self, self._bench):
            widget.setAccessibleName(self.tr("Digit"))
        self.menu = SaveMenu(self, self, "try")
        self.save_action = QAction(icon("save"), self.tr("Save the picture or its values…"), self)
        self.save_action.setObjectName("try.save")
        self.addActions([self.freeze_action, self.clear_action, self.save_action])

    def _connect(self) -> None:
        self.freeze_action.toggled.connect(self._on_freeze_toggled)
        self.save_action.triggered.connect(self._on_save_triggered)
        self.clear_action.triggered.connect(self.pad.clear)
        self.pad.drawn.connect(self._on_pad_drawn)
        self._session.digit.answered.connect(self._on_digit_answered)
        self._session.state_changed.connect(self._sync)
        self._document.changed.connect(self._sync)
        self._document.model_changed.connect(self._sync)
        self._session.looks.answered.connect(self._on_looks_answered)
        self.pad.digit_typed.connect(self._keep)
        self._bench.kept.keep_asked.connect(self._keep)
        self._bench.views_changed.connect(self._ask)
        self.kept.changed.connect(self._ask)

    @property
    def pad(self) -> DigitPad:
        """Where the person draws."""
        return self._bench.pad

    @property
    def bars(self) -> ProbabilityBars:
        """The probabilities."""
        return self._bench.bars

    # -- frozen ------------------------------------------------------------------------------------------------------
    @property
    def frozen(self) -> bool:
        """Whether drawing, answer and maps stay as they are, whatever happens to the network."""
        return self.freeze_action.isChecked()

    def _on_freeze_toggled(self, frozen: bool) -> None:
        self._bench.set_frozen(frozen)
        if frozen:
            self._asked.clear()
            self._session.digit.show(None)
            for name in (MAPS, KEPT):
                self._session.looks.ask((self, name), None)
        else:
            self._sync()
            self._on_pad_drawn()
        self.clear_action.setEnabled(not frozen and not self._obstacle())
        self.setAccessibleDescription(self.spoken())

    def _sync(self) -> None:
        """Say what stands in the way, or show the bench."""
        if self.frozen:
            return
        words = self._obstacle()
        for action in self.actions():
            action.setEnabled(not words)
        self.menu.setEnabled(not words)
        if words:
            self._empty.set_words(*words)
        self._stack.setCurrentWidget(self._empty if words else self._bench)
        self._bench.set_hint(*self._hint())
        self.bars.set_names(self._session.class_names())
        self._bench.kept.set_names(self._session.class_names())
        self._ask()
        self.setAccessibleDescription(self.spoken())

    def _obstacle(self) -> tuple[str, str] | None:
        problem = self._document.report.problem
        if problem:
            words = self.tr("{what}. Mend it in the Network panel, then draw a digit here.")
            return self.tr("The network cannot run yet."), words.format(what=problem.sentence)
        if self._document.network.in_shape != READS:
            words = self.tr("A drawing is 1 × 28 × 28; this network reads {shape}.")
            reads = words.format(shape=shape_words(self._document.network.in_shape))
            if len(self._document.network.in_shape) == 1:
                return self.tr("This network reads no drawings."), reads
            return self.tr("This network reads other images."), reads
        return None

    def _hint(self) -> tuple[str, str]:
        """What is missing for an answer."""
        if not self._session.training and self._document.model is None:
            return self.tr("Train first."), self.tr("Press Run, and the answer appears here as the network learns.")
        if not self._session.training and not self._session.continues:
            return self.tr("The network has changed."), self.tr("Press Run and it answers again.")
        return "", ""

    def _on_pad_drawn(self) -> None:
        if self.frozen:
            return
        image = self.pad.image()
        self._bench.seen.show_image(image)
        self._bench.kept.set_drawing(image is not None)
        self._session.digit.show(image)
        self._ask()
        self.setAccessibleDescription(self.spoken())

    def _on_digit_answered(self, probabilities: object) -> None:
        if self.frozen:
            return
        if self.pad.is_empty:
            probabilities = None
        self.bars.set_values(probabilities)  # type: ignore[arg-type]
        self.setAccessibleDescription(self.spoken())
        self._bench.kept.set_drawing(not self.pad.is_empty, self.bars.answer())

    # -- maps and kept digits ----------------------------------------------------------------------------------------
    def _ask(self) -> None:
        """Ask for the maps of the drawing and for answers to what was kept, as far as they can be seen."""
        if self.frozen:
            return
        answers = is_seen(self) and not self._obstacle() and not self._hint()[0]
        self._ask_for(MAPS, self._maps_question() if answers and self._bench.shows(MAPS) else None)
        self._ask_for(KEPT, self._kept_question() if answers and self._bench.shows(KEPT) else None)

    def _ask_for(self, name: str, question: Question | None) -> None:
        """Ask, or show that there is nothing to ask."""
        if question is not None:
            self._asked[name] = question
        else:
            self._asked.pop(name, None)
        self._session.looks.ask((self, name), question)
        if question is None and name == MAPS:
            self._bench.maps.show_maps(None, self._no_maps())
        elif question is None:
            self._bench.kept.show_answers(None)

    def _maps_question(self) -> Question | None:
        image = self.pad.image()
        if image is None or not self._convolution():
            return None
        return Question("maps", drawing=np.ascontiguousarray(image, np.float32).tobytes())

    def _kept_question(self) -> Question | None:
        return Question("answers_to", images=self.kept.images.tobytes()) if len(self.kept) else None

    def _convolution(self) -> str:
        """The uid of the first layer whose weights are small pictures; empty where there is none."""
        layers = self._document.report.walk()
        return next((one.uid for one in layers if any(len(info.shape) == 4 for info in one.parameters)), "")

    def _no_maps(self) -> str:
        if not self._convolution():
            return self.tr("This network has no convolution.")
        return self.tr("Draw, and what the first convolution makes of it appears here.")

    def _on_looks_answered(self, question: Question, data: object) -> None:
        if question == self._asked.get(MAPS):
            self._bench.maps.show_maps(self._first_maps(data), self._no_maps())  # type: ignore[arg-type]
        elif question == self._asked.get(KEPT):
            self._bench.kept.show_answers(data)  # type: ignore[arg-type]

    def _first_maps(self, found: FeatureMaps | None) -> LayerMaps | None:
        uid = self._convolution()
        return next((layer for layer in found.layers if layer.uid == uid), None) if found else None

    def _keep(self, label: int) -> None:
        """Keep the drawing as this class, and be ready for the next one."""
        image = self.pad.image()
        if image is not None and label < len(self._session.class_names()):
            self._bench.show_view(KEPT)
            if self._bench.kept.keep_drawing(image, label):
                self.pad.clear()

    # -- saving ----------------------------------------------------------------------------------------------------
    def saved_name(self) -> str:
        """What a saved file is called, without its ending."""
        words = self.tr("digit frozen") if self.frozen else self.tr("digit")
        return export.suggested_name(self._document.network.name, words)

    def spoken(self) -> str:
        """What the drawing is taken for, what its maps are, and how many kept digits are right; or what to do."""
        obstacle = None if self.frozen else self._obstacle() or self._hint()
        if obstacle and obstacle[0]:
            return " ".join(obstacle)
        if self.pad.is_empty:
            said = [self.tr("Nothing is drawn.")]
        else:
            said = [self.tr("The drawing is taken for {answer}.").format(answer=self.bars.summary())]
            if self.bars.answer() is None:
                said = [self.tr("The drawing has no answer yet.")]
            if self._bench.maps.maps is not None:
                said.append(f"{self._bench.maps.summary()}.")
        if len(self.kept):
            said.append(self.tr("Kept digits: {words}.").format(words=self._bench.kept.summary()))
        looks = self._session.looks
        if not self.frozen and looks.in_the_past and looks.moment is not None:
            said.insert(0, self.tr("Back at epoch {x}.").format(x=f"{looks.moment.x:.2f}"))
        return " ".join([self.tr("Frozen.")] * self.frozen + said)

    def save_png(self, path: Path) -> None:
        """Write drawing, image and probabilities as a picture; raises SaveError."""
        self._bench.setAccessibleDescription(self.spoken())
        export.save_png(self._bench, path, ground=theme().colour("card"))

    def save_svg(self, path: Path) -> None:
        """Write drawing, image and probabilities as a drawing; raises SaveError."""
        self._bench.setAccessibleDescription(self.spoken())
        export.save_svg(self._bench, path, ground=theme().colour("card"))

    def csv(self) -> str:
        """Each class and its probability as comma separated values."""
        return export.csv_text(("class", "probability"), self.bars.table())

    def _on_save_triggered(self) -> None:
        """Offer the menu under the button, which is at the right above."""
        corner = self.mapToGlobal(QPoint(self.width(), 0))
        self.menu.popup(corner - QPoint(self.menu.sizeHint().width(), 0))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the menu where there is something to save."""
        if self.menu.isEnabled():
            self.menu.popup(event.globalPos())

    def showEvent(self, event: QShowEvent) -> None:
        """Have the drawing recognised."""
        super().showEvent(event)
        if not self.frozen:
            self._session.digit.show(self.pad.image())
            self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask no longer."""
        super().hideEvent(event)
        self._session.digit.show(None)
        self._ask()
