"""Try a digit: draw it, see what the network sees, watch the ten probabilities, also while it learns."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QAction, QContextMenuEvent, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from fishlab.core.data.checks import shape_words
from fishlab.core.digit_image import SIZE
from fishlab.ui.benches.digit_pad import DigitPad
from fishlab.ui.benches.pixels import Pixels
from fishlab.ui.document import Document
from fishlab.ui.plots import export
from fishlab.ui.plots.save_menu import SaveMenu
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.bars import ProbabilityBars
from fishlab.ui.widgets.empty_state import EmptyState
from fishlab.ui.widgets.icon import icon
from fishlab.ui.widgets.label import Label

READS = (1, SIZE, SIZE)


class TryDigit(QWidget):
    """The instrument. It asks the session only while it can be seen. `actions()` holds what its header offers."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._session = document, session
        self._build()
        self._connect()
        self._sync()

    def _build(self) -> None:
        self._empty = EmptyState("")
        self._bench = _Bench()
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._bench)
        self._stack.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.clear_action = QAction(icon("eraser"), self.tr("Clear the drawing (Delete)"), self)
        self.clear_action.setObjectName("try.clear")
        self.addAction(self.clear_action)
        for widget in (self, self._bench):
            widget.setAccessibleName(self.tr("Digit"))
        self.menu = SaveMenu(self, self, "try")
        self.save_action = QAction(icon("save"), self.tr("Save the picture or its values…"), self)
        self.save_action.setObjectName("try.save")
        self.addAction(self.save_action)

    def _connect(self) -> None:
        self.save_action.triggered.connect(self._on_save_triggered)
        self.clear_action.triggered.connect(self.pad.clear)
        self.pad.drawn.connect(self._on_pad_drawn)
        self._session.digit_changed.connect(self._on_session_digit_changed)
        self._session.state_changed.connect(self._sync)
        self._document.changed.connect(self._sync)
        self._document.model_changed.connect(self._sync)

    @property
    def pad(self) -> DigitPad:
        """Where the person draws."""
        return self._bench.pad

    @property
    def bars(self) -> ProbabilityBars:
        """The probabilities."""
        return self._bench.bars

    def _sync(self) -> None:
        """Say what stands in the way, or show the bench."""
        words = self._obstacle()
        for action in self.actions():
            action.setEnabled(not words)
        self.menu.setEnabled(not words)
        if words:
            self._empty.set_words(*words)
        self._stack.setCurrentWidget(self._empty if words else self._bench)
        self._bench.set_hint(*self._hint())
        self.bars.set_names(self._session.class_names())

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
        image = self.pad.image()
        self._bench.seen.show_image(image)
        self._session.show_digit(image)

    def _on_session_digit_changed(self, probabilities: object) -> None:
        if self.pad.is_empty:
            probabilities = None
        self.bars.set_values(probabilities)  # type: ignore[arg-type]

    # -- saving ----------------------------------------------------------------------------------------------------
    def saved_name(self) -> str:
        """What a saved file is called, without its ending."""
        return export.suggested_name(self._document.network.name, "digit")

    def save_png(self, path: Path) -> None:
        """Write drawing, image and probabilities as a picture; raises SaveError."""
        export.save_png(self._bench, path, ground=theme().colour("card"))

    def save_svg(self, path: Path) -> None:
        """Write drawing, image and probabilities as a drawing; raises SaveError."""
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
        self._session.show_digit(self.pad.image())

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask no longer."""
        super().hideEvent(event)
        self._session.show_digit(None)


class _Bench(QWidget):
    """Two squares as large as the height allows, and the bars in what is left of the width."""

    def __init__(self) -> None:
        super().__init__()
        self.pad, self.seen, self.bars = DigitPad(self), Pixels(self), ProbabilityBars(parent=self)
        self.seen.setObjectName("try.sees")
        self.bars.setObjectName("try.bars")
        self.seen.setAccessibleName(self.tr("What the network sees, 28 × 28"))
        names = (self.tr("draw here"), self.tr("the network sees 28 × 28"), self.tr("probability"))
        self._names = [Label(name, "small", 400, "ink2", elide=True, parent=self) for name in names]
        self._hint = EmptyState("", parent=self)
        self.setMinimumHeight(theme().px(120))
        theme().changed.connect(self._place)

    def set_hint(self, title: str, sentence: str) -> None:
        """Say this in place of the bars."""
        self._hint.set_words(title, sentence)
        self._hint.setVisible(bool(title))
        self.bars.setVisible(not title)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place everything anew."""
        self._place()

    def _place(self) -> None:
        u = theme().px
        margin, gap, caption = u(12), u(16), u(24)
        side = min(self.height() - caption - u(12), (self.width() - 2 * margin - 2 * gap - u(130)) // 2)
        side = max(u(60), side)
        lefts = [margin, margin + side + gap, margin + 2 * (side + gap)]
        rest = max(u(80), self.width() - lefts[2] - margin)
        for left, label, width in zip(lefts, self._names, (side, side, rest), strict=True):
            label.setGeometry(left, u(3), width, caption - u(3))
        self.pad.setGeometry(lefts[0], caption, side, side)
        self.seen.setGeometry(lefts[1], caption, side, side)
        words = (self.tr("the network sees 28 × 28"), self.tr("it sees 28 × 28"), self.tr("28 × 28"))
        room = self._names[1].fontMetrics().horizontalAdvance
        self._names[1].setText(next((text for text in words if room(text) <= side), words[-1]))
        beside = QRect(lefts[2], caption, rest, max(side, self.height() - caption - u(12)))
        self.bars.setGeometry(beside)
        self._hint.setGeometry(beside)
