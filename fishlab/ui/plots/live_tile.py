"""The base of every live tile: a view or a sentence in its place, the menu that saves and copies, a summary."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QAbstractScrollArea, QStackedWidget, QWidget

from fishlab.ui.plots import export
from fishlab.ui.plots.save_menu import SaveMenu, Table
from fishlab.ui.plots.throttle import Throttle
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.empty_state import EmptyState
from fishlab.ui.widgets.label import Label
from fishlab.ui.widgets.tile import EDGE, Tile

_ROUNDS = 4  # until what is laid out for a picture has the size that it needs
_SILENCE = 5.0  # seconds: beside a run a screen reader is not told every move
_BARS = Qt.ScrollBarPolicy
_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class LiveTile(Tile):
    """A tile fed by the session. A subclass gives `redraw`, `summary` and `table`, and asks `self.throttle`.

    `least_picture` is how wide and high a saved picture is at least, in u: a place on the screen may be too low for it.
    """

    least_picture: ClassVar[tuple[int, int]] = (0, 0)

    def __init__(self, name: str, view: QWidget, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setObjectName(f"live.{name}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._focus_shown = False
        self._told = 0.0
        self.session = session
        self.name = name
        self.view = view
        self.throttle = Throttle(self, self._on_throttle_timeout, self._is_live)
        self._build_body()
        self.menu = SaveMenu(self, self, self.objectName())
        session.state_changed.connect(self.throttle.ask)
        session.document.changed.connect(self._on_document_changed)

    def _build_body(self) -> None:
        self._empty = EmptyState("")
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.view)
        self.set_body(self._stack)
        self._foot = Label("", "small", 500, "ink2", parent=self)
        self._foot.hide()
        self.add_foot(self._foot)

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

    def hidden_height(self) -> int:
        """How much higher the tile had to be to show all without scrolling."""
        return 0

    def hidden_width(self) -> int:
        """How much wider the tile had to be to show all without scrolling."""
        return 0

    def draw_for_picture(self, ratio: float | None) -> None:
        """Draw as at rest for a picture of this ratio, or for the screen again."""

    def hide_bar(self, area: QAbstractScrollArea, ratio: float | None) -> None:
        """A picture that shows all of an area needs no scroll bar; for the screen, which has no ratio, it may."""
        area.setVerticalScrollBarPolicy(_BARS.ScrollBarAsNeeded if ratio is None else _BARS.ScrollBarAlwaysOff)

    def picture_words(self) -> str:
        """What a picture says under what it shows; on the screen something else says so."""
        return ""

    # -- view or sentence ------------------------------------------------------------------------------------------
    @property
    def live(self) -> bool:
        """Whether numbers are coming in right now."""
        return self._is_live()

    def _is_live(self) -> bool:
        return self.session.state is State.RUNNING

    def show_nothing(self, title: str, sentence: str) -> None:
        """Say why there is nothing to see yet: a look or a run that begins, a network to mend, or else this."""
        if self.session.training and len(self.session.history.steps):
            self.show_empty(self.tr("The network is being looked at."))
        elif self.session.training:
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
        self._tell(self.spoken())

    def show_view(self) -> None:
        """Show the view."""
        self._stack.setCurrentWidget(self.view)
        self.menu.setEnabled(True)
        if not self.live or time.monotonic() - self._told >= _SILENCE:
            self._tell(self.spoken())

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
        self._tell(self.spoken())
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
        self.paint_focus(QPainter(self))

    def paint_focus(self, painter: QPainter) -> None:
        """Show focus that came by a key."""
        if self._focus_shown:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme().colour("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), theme().u(8), theme().u(8))

    def _on_throttle_timeout(self) -> None:
        self.redraw()

    def _tell(self, words: str) -> None:
        self._told = time.monotonic()
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)

    def spoken(self) -> str:
        """What is seen, as a sentence or two: of the view, or what stands in its place."""
        return self._empty.words() if self.is_empty else self.summary()

    # -- saving ----------------------------------------------------------------------------------------------------
    def saved_name(self) -> str:
        """What a saved file is called, without its ending."""
        return export.suggested_name(self.session.document.network.name, self.name)

    def save_png(self, path: Path) -> None:
        """Write the tile as a picture; raises SaveError."""
        with self._as_picture(max(export.PNG_RATIO, self.devicePixelRatioF())):
            export.save_png(self, path)

    def save_svg(self, path: Path) -> None:
        """Write the tile as a drawing; raises SaveError."""
        with self._as_picture(1.0):
            export.save_svg(self, path)

    @contextmanager
    def _as_picture(self, ratio: float) -> Iterator[None]:
        """At rest, and as large as all that it shows; nothing of it is seen, since the screen is painted later."""
        size, focus_shown = self.size(), self._focus_shown
        self._focus_shown = False
        around = self.parentWidget().layout() if self.parentWidget() else None
        if around is not None:  # a part that is shown has all layouts around it done at once: back to the screen's size
            around.setEnabled(False)
        try:
            self._lay_out_picture(ratio)
            yield
        finally:
            self._focus_shown = focus_shown
            self._show_foot("")
            self.resize(size)
            if around is not None:
                around.setEnabled(True)
            self.draw_for_picture(None)

    def _lay_out_picture(self, ratio: float) -> None:
        self._tell(self.spoken())
        self.draw_for_picture(ratio)
        foot = self._show_foot(self.picture_words())
        width, height = (theme().px(side) for side in self.least_picture)
        self.resize(max(self.width(), width), max(self.height(), height) + foot)
        for _ in range(_ROUNDS):  # without its scroll bar a view is laid out higher, and may need more width for it
            self._settle()
            before = self.size()
            self.resize(self.width() + self.hidden_width(), self.height() + self.hidden_height())
            if self.size() == before:
                break

    def _settle(self) -> None:
        """Lay out what is in here."""
        for part in (*reversed(self.findChildren(QWidget)), self):
            QCoreApplication.sendPostedEvents(part, QEvent.Type.LayoutRequest.value)

    def _show_foot(self, words: str) -> int:
        """Say this below, or nothing; returns the height that it takes."""
        side = theme().px(13) - EDGE
        self._foot.setText(words)
        self._foot.setContentsMargins(side, theme().px(4), side, theme().px(6))
        self._foot.setVisible(bool(words))
        return self._foot.sizeHint().height() if words else 0

    def csv(self) -> str:
        """The numbers shown as comma separated values."""
        return export.csv_text(*self.table())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the menu where something is shown."""
        if not self.is_empty:
            self.menu.popup(event.globalPos())
