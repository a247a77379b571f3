"""The base of every live tile: a view or a sentence in its place, the menu that saves and copies, a summary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QFocusEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox, QStackedWidget, QWidget

from fishlab.ui.plots import export
from fishlab.ui.plots.throttle import Throttle
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.empty_state import EmptyState
from fishlab.ui.widgets.tile import Tile

_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
Table = tuple[Sequence[str], Sequence[Sequence[object]]]


class LiveTile(Tile):
    """A tile fed by the session. A subclass gives `redraw`, `summary` and `table`, and asks `self.throttle`."""

    def __init__(self, name: str, view: QWidget, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setObjectName(f"live.{name}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._focus_shown = False
        self.session = session
        self.name = name
        self.view = view
        self.throttle = Throttle(self, self._on_throttle_timeout)
        self._build_body()
        self._build_menu()
        session.state_changed.connect(self.throttle.ask)
        session.document.changed.connect(self._on_document_changed)

    def _build_body(self) -> None:
        self._empty = EmptyState("")
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.view)
        self.set_body(self._stack)

    def _build_menu(self) -> None:
        self.menu = QMenu(self)
        self._add_action("png", self.tr("Save as PNG…"), self._on_png_triggered)
        self._add_action("svg", self.tr("Save as SVG…"), self._on_svg_triggered)
        self.menu.addSeparator()
        self._add_action("copy", self.tr("Copy values as CSV"), self._on_copy_triggered)
        self._add_action("csv", self.tr("Save values as CSV…"), self._on_csv_triggered)

    def _add_action(self, name: str, text: str, slot: object) -> None:
        action = QAction(text, self)
        action.setObjectName(f"{self.objectName()}.{name}")
        action.triggered.connect(slot)
        self.menu.addAction(action)

    # -- what a subclass gives ---------------------------------------------------------------------------------------
    def redraw(self) -> None:
        """Show the session as it is now."""
        raise NotImplementedError

    def summary(self) -> str:
        """What the tile shows, in a sentence or two for a screen reader."""
        raise NotImplementedError

    def table(self) -> Table:
        """The names of the columns and the rows of the numbers shown."""
        raise NotImplementedError

    def draw_for_picture(self, ratio: float | None) -> None:
        """Draw as at rest for a picture of this ratio, or for the screen again."""

    # -- view or sentence ------------------------------------------------------------------------------------------
    @property
    def live(self) -> bool:
        """Whether numbers are coming in right now."""
        return self.session.state is State.RUNNING

    def show_nothing(self, title: str, sentence: str) -> None:
        """Say why there is nothing to see yet: a run that begins, a network to mend, or else this."""
        if self.session.training:
            self.show_empty(self.tr("The first batch is on its way."))
        elif self.session.obstacle:
            self.show_empty(title, self.tr("The network cannot run yet: mend it, then press Run."))
        else:
            self.show_empty(title, sentence)

    @property
    def shows_last_model(self) -> bool:
        """Whether a run is being prepared, and what is seen is still the model before it."""
        return self.session.state is State.PREPARING

    def _on_document_changed(self, _old: object) -> None:
        if self.is_empty:
            self.throttle.ask()

    def show_empty(self, title: str, sentence: str = "") -> None:
        """Say this in place of the view."""
        self._empty.set_words(title, sentence)
        self._stack.setCurrentWidget(self._empty)
        self.menu.setEnabled(False)

    def show_view(self) -> None:
        """Show the view."""
        self._stack.setCurrentWidget(self.view)
        self.menu.setEnabled(True)

    @property
    def is_empty(self) -> bool:
        """Whether a sentence stands in place of the view."""
        return self._stack.currentWidget() is self._empty

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what has changed while nobody looked."""
        super().showEvent(event)
        self.throttle.catch_up()

    # -- focus -----------------------------------------------------------------------------------------------------
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show focus that came by a key; it also falls here when a button that had it is switched off."""
        super().focusInEvent(event)
        self._focus_shown = event.reason() in _BY_KEY
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show it no longer."""
        super().focusOutEvent(event)
        self._focus_shown = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card; with focus its border is 2 wide in the accent: a ring outside would be cut at the window."""
        super().paintEvent(event)
        if self._focus_shown:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme().colour("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), theme().u(8), theme().u(8))

    def _on_throttle_timeout(self) -> None:
        self.redraw()
        if not self.live:
            self.setAccessibleDescription(self.summary())

    # -- saving ----------------------------------------------------------------------------------------------------
    def save_png(self, path: Path) -> None:
        """Write the tile as a picture."""
        self.draw_for_picture(max(export.PNG_RATIO, self.devicePixelRatioF()))
        try:
            export.save_png(self, path)
        finally:
            self.draw_for_picture(None)

    def save_svg(self, path: Path) -> None:
        """Write the tile as a drawing."""
        self.draw_for_picture(1.0)
        try:
            export.save_svg(self, path)
        finally:
            self.draw_for_picture(None)

    def csv(self) -> str:
        """The numbers shown as comma separated values."""
        return export.csv_text(*self.table())

    def save_csv(self, path: Path) -> None:
        """Write the numbers."""
        path.write_text(self.csv(), encoding="utf-8")

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the menu where something is shown."""
        if not self.is_empty:
            self.menu.popup(event.globalPos())

    def _on_png_triggered(self) -> None:
        self._save("png")

    def _on_svg_triggered(self) -> None:
        self._save("svg")

    def _on_csv_triggered(self) -> None:
        self._save("csv")

    def _on_copy_triggered(self) -> None:
        QApplication.clipboard().setText(self.csv())

    def _save(self, ending: str) -> None:
        path = export.ask_path(self, self.tr("Save {tile}").format(tile=self.accessibleName()), self.name, ending)
        if path is None:
            return
        try:
            {"png": self.save_png, "svg": self.save_svg, "csv": self.save_csv}[ending](path)
        except OSError as error:
            words = self.tr("{file} could not be written: {reason}. Choose another folder.")
            reason = (error.strerror or str(error)).lower()
            QMessageBox.warning(self, self.tr("Not saved"), words.format(file=path.name, reason=reason))
