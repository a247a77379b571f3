"""The seal of the images to test, in the instrument "Data": it is opened on request, counted, and closes by itself."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import QObject, Signal

from fishlab.core.data.overview import Overview
from fishlab.core.data.preview import what_is_named
from fishlab.ui.plots.data_feed import DataFeed
from fishlab.ui.session import State, TrainSession
from fishlab.ui.widgets.button import Button


class DataSeal(QObject):
    """`found` is what the images to test are while the seal is open, else None; `answered()` after it was asked for.

    It is open as long as the model is there that carries the look, and the project names the same data. Its `button`
    asks for it; `trouble` says why it could not be opened.
    """

    answered = Signal()

    def __init__(self, session: TrainSession, feed: DataFeed, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._feed = session, feed
        self.found: Overview | None = None
        self.trouble = ""
        self.asked = False  # and what it holds is being read
        self.had_focus = False  # of the button, which goes when it was pressed
        self._data: Hashable = None
        self._looks = 0
        self._learned: Overview | None = None
        self.button = Button(self.tr("Look at the test set"))
        self.button.setObjectName("live.data.look_once")
        self.button.setToolTip(self.tr("Show what there is to test. This look is counted; turning the pages is not."))
        self.button.clicked.connect(self._on_button_clicked)
        feed.tested.connect(self._on_feed_tested)

    # -- open and closed ---------------------------------------------------------------------------------------------
    def _on_button_clicked(self) -> None:
        if self._learned is not None and not self.reason():
            data = self._session.document.spec.data
            self._data, self.asked, self.trouble = what_is_named(data), True, ""
            self.had_focus = self.button.hasFocus()
            self._feed.look_at_tests(data, self._learned)
            self.answered.emit()

    def _on_feed_tested(self, found: Overview | str) -> None:
        """A look is counted when there is something to see, and what is not counted is not shown."""
        if not self.asked:
            return
        self.asked = False
        if isinstance(found, str):
            self.trouble = found
        elif self._session.count_look():
            self.found, self._looks = found, self.looks
        self.answered.emit()

    def close(self) -> None:
        """Look no longer: the next look is another one."""
        self.found, self.asked, self.trouble = None, False, ""

    def check(self) -> bool:
        """Close where the look is no longer that of this model and these data; whether that was so."""
        same = self._data == what_is_named(self._session.document.spec.data)
        if (self.found is None or (same and self.looks >= self._looks)) and (not self.asked or same):
            return False
        self.close()
        return True

    # -- what is said ------------------------------------------------------------------------------------------------
    @property
    def looks(self) -> int:
        """How often the test images of the model were looked at; −1 without a model, which keeps the count."""
        model = self._session.document.model
        return -1 if model is None else model.test_looks

    def reason(self) -> str:
        """Why it cannot be opened now."""
        if self.looks < 0:
            return self.tr("Train a network first: it keeps the count.")
        return "" if self._session.state is State.IDLE else self.tr("It waits until nothing is running.")

    def words(self, learned: Overview) -> tuple[str, str]:
        """What the view says while it is closed, of a set that has these to learn from."""
        if not learned.tests:
            return self.tr("There is no test set."), self.tr("Set a share aside to test in the Data tab.")
        if self.asked:
            return self.tr("Opening the test set…"), ""
        if self.trouble:
            return self.tr("The test set cannot be shown."), self.trouble
        words = self.tr("Looking at it is counted, so that you know how often it was used.")
        times = self.tr("1 time so far.") if self.looks == 1 else self.tr("{n} times so far.").format(n=self.looks)
        return self.tr("The test set is sealed."), f"{words} {self.reason() or (times if self.looks else '')}".strip()

    def offer(self, learned: Overview | None) -> None:
        """Show the button where there are images to test beside those of `learned`; None where nobody wants to look."""
        self._learned = learned
        wanted = learned is not None and self.found is None and not self.asked and learned.tests > 0
        self.button.setVisible(wanted)
        self.button.setEnabled(not self.reason())
