"""The head of the live panel: what goes on, the time line, and the animation of it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QMessageBox, QWidget

from fishlab.ui.plots import export
from fishlab.ui.plots.animation import Animation
from fishlab.ui.plots.time_line_bar import TimeLineBar
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon import icon
from fishlab.ui.widgets.icon_button import IconButton
from fishlab.ui.widgets.island import Island
from fishlab.ui.widgets.label import Label


class LiveHeader(Island):
    """What is shown: "Live  running                    now, epoch 12.4"."""

    def __init__(self, session: TrainSession, panel: QWidget) -> None:
        super().__init__(panel)
        self._session, self._panel = session, panel
        self._build(session)
        self._connect(session)
        self._sync()
        self._sync_words()

    def _build(self, session: TrainSession) -> None:
        self._state = Label("", "body", 400, "ink2", elide=True)
        self._place = Label("", "body", 400, "ink2")
        self.time_line = TimeLineBar(session)
        self.now = IconButton("right", self.tr("Back to now"))
        self.now.setObjectName("live.now")
        self.film = IconButton("film", "")
        self.film.setObjectName("live.animation")
        self.animation = Animation(session.looks, self)
        row = QHBoxLayout(self)
        row.addWidget(Label(self.tr("Live"), "body", 600))
        row.addWidget(self._state, 2)
        row.addWidget(self.time_line, 5)
        row.addWidget(self._place)
        row.addWidget(self.now)
        row.addWidget(self.film)

    def _connect(self, session: TrainSession) -> None:
        self.now.clicked.connect(self._on_now_clicked)
        self.film.clicked.connect(self._on_film_clicked)
        self.animation.failed.connect(self._on_animation_failed)
        for signal in (self.animation.done, self.animation.stopped):
            signal.connect(self._sync_words)
        session.state_changed.connect(self._on_session_state_changed)
        session.document.changed.connect(self._sync_words)
        for signal in (session.run_started, session.progress_changed, session.looks.moment_changed):
            signal.connect(self._sync_words)
        theme().changed.connect(self._sync)

    def _sync(self) -> None:
        self.layout().setContentsMargins(theme().px(12), 0, theme().px(12), 0)
        self.layout().setSpacing(theme().px(8))

    def _on_now_clicked(self) -> None:
        self._session.looks.go_to(None)
        self.time_line.setFocus()

    # -- the animation ---------------------------------------------------------------------------------------------
    def _on_film_clicked(self) -> None:
        if self.animation.busy:
            self.animation.stop()
            return
        name = export.suggested_name(self._session.document.network.name, "run")
        path = export.ask_path(self, self.tr("Save an animation of the run"), name, "gif")
        if path is not None:
            self.animation.begin(self._panel, path)
            self._sync_words()

    def _on_session_state_changed(self) -> None:
        """Beside a run the line grows and is thinned: no animation is made of it before it stands still."""
        if self.animation.looks_around and not self._stands_still():
            self.animation.stop()
            self._session.looks.go_to(None)
        self._sync_words()

    def _stands_still(self) -> bool:
        return self._session.state in (State.IDLE, State.PAUSED)

    def _on_animation_failed(self, error: object) -> None:
        self._sync_words()
        QMessageBox.warning(self, self.tr("Not saved"), str(error))

    # -- words -----------------------------------------------------------------------------------------------------
    def _sync_words(self) -> None:
        several = len(self._session.looks.line.moments) > 1
        self.time_line.setVisible(several)
        self.now.setVisible(self._session.looks.in_the_past and not self.animation.busy)
        self.film.setVisible(several)
        words = self.tr("Save an animation of the run…")
        if self.animation.busy:
            words = self.tr("Stop the animation")
        elif not self._stands_still():
            words = self.tr("Save an animation of the run, once it stands still")
        self.film.setEnabled(self.animation.busy or self._stands_still())
        self.film.setIcon(icon("stop" if self.animation.busy else "film"))
        self.film.setToolTip(words)
        self.film.setAccessibleName(words)
        self._state.setText(self._state_words())
        self._place.setText(self._place_words())
        self._place.setToolTip(self._place_tip())

    def _state_words(self) -> str:
        if self._session.looks.in_the_past:
            return self.tr("looking back")
        words = {
            State.PREPARING: self.tr("getting ready"),
            State.RUNNING: self.tr("running"),
            State.PAUSING: self.tr("pausing…"),
            State.PAUSED: self.tr("paused"),
            State.STOPPING: self.tr("stopping…"),
            State.EVALUATING: self.tr("evaluating the test set"),
            State.FETCHING: self.tr("fetching data"),
            State.VERIFYING: self.tr("verifying"),
        }
        resting = self.tr("at rest") if len(self._session.history.steps) else self.tr("no run yet")
        return words.get(self._session.state, resting)

    def _outgrown(self) -> bool:
        return self._session.looks.outgrown and not self._session.training

    def _place_tip(self) -> str:
        """Which views are of which network, where there are two."""
        if not self._outgrown():
            return ""
        if self._session.looks.in_the_past:
            return self.tr("All views show the network of that moment, before your changes.")
        return self.tr("Curves, weights, histograms and answers are of the network before your changes. Filters, "
                       "maps, saliency and the stepper show the new one, which has learned nothing yet: Run trains it."
                       )  # fmt: skip

    def _place_words(self) -> str:
        if not len(self._session.history.steps):
            return ""
        x = f"{self._session.history.steps.column('x')[-1]:.1f}"
        moment = self._session.looks.moment
        if self._outgrown():
            words = self.tr("epoch {x}, before your changes")
            return words.format(x=f"{moment.x:.1f}" if moment is not None else x)
        if self._session.looks.in_the_past and moment is not None:
            return self.tr("epoch {then} of {x}").format(then=f"{moment.x:.1f}", x=x)
        return (self.tr("now, epoch {x}") if self._session.training else self.tr("end, epoch {x}")).format(x=x)
