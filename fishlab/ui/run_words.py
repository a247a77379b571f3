"""What is said about a run: in the progress strip a strong word or two, a note, the time left; and how it computes."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from fishlab.ui.session import State, TrainSession


def strip_words(session: TrainSession) -> tuple[str, str]:
    """The strong words and the note after them."""
    notes = {
        State.RUNNING: _tr("running"), State.PAUSING: _tr("pausing"), State.PAUSED: _tr("paused"),
        State.STOPPING: _tr("stopping"),
    }  # fmt: skip
    if session.state in notes and session.progress.target:
        return _epoch(session), notes[session.state]
    titles = {
        State.EVALUATING: _tr("Evaluating"), State.FETCHING: _tr("Fetching"), State.STOPPING: _tr("Stopping"),
        State.VERIFYING: _tr("Verifying"),
    }  # fmt: skip
    if session.state is not State.IDLE:
        return titles.get(session.state, _tr("Preparing")), session.sentence
    problem = session.document.report.problem
    if problem:
        return _tr("Cannot run"), problem.sentence
    return _idle_words(session)


def _idle_words(session: TrainSession) -> tuple[str, str]:
    epochs = session.document.spec.training.epochs
    one = _tr("1 epoch") if epochs == 1 else _tr("{n} epochs").format(n=epochs)
    if not session.continues:
        changed = session.document.model is not None
        return _tr("Ready"), _tr("network changed: a new run, {n}").format(n=one) if changed else one
    if session.progress.x < session.progress.target:
        return _epoch(session), _tr("stopped")
    return _tr("Epoch {n} done").format(n=session.progress.target), _tr("Run adds {n}").format(n=one)


def _epoch(session: TrainSession) -> str:
    return _tr("Epoch {now} of {all}").format(now=session.progress.epoch, all=session.progress.target)


def time_left(session: TrainSession) -> str:
    """'0:53 left', or nothing where it is not known."""
    seconds = session.progress.seconds_left
    if seconds is None or session.state not in (State.RUNNING, State.PAUSING, State.PAUSED):
        return ""
    return _tr("{time} left").format(time=clock(seconds))


def way_words(session: TrainSession) -> str:
    """'Runs in 2 processes.', 'Ran in 1 thread.', or nothing where it is not known."""
    way = session.ways.in_use
    if way is None:
        return ""
    sentences = {
        "one": (_tr("Runs in 1 thread."), _tr("Ran in 1 thread.")),
        "threads": (_tr("Runs in {n} threads."), _tr("Ran in {n} threads.")),
        "processes": (_tr("Runs in {n} processes."), _tr("Ran in {n} processes.")),
    }
    now, before = sentences[way.kind]
    return (now if session.training else before).format(n=way.workers)


def clock(seconds: float) -> str:
    """Seconds as m:ss or h:mm:ss."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("RunBar", text)
