"""A whole program without a screen, in which somebody does one thing: `window_child.py DEED [WORD…]`.

What there is to know it prints, a line each; what it is told comes in lines too. Nobody is at home to answer a
question: changes are let go of, as far as anybody asks.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from window_kit import Person, blobs, small_project

from fishlab.core.parallel.way import ONE
from fishlab.core.spec import ProjectSpec
from fishlab.ui import app as application
from fishlab.ui import project_files, project_reader, recovery
from fishlab.ui.kept_work import KeptWork
from fishlab.ui.main_window import MainWindow
from fishlab.ui.session import State

PATIENCE = 20.0  # seconds; however busy the computer is, a small project is open before the deed is done
LONGEST = 180  # seconds; nobody waits for ever for one that hangs
DEEDS: dict[str, Callable[..., None]] = {}


def deed(work: Callable[..., None]) -> Callable[..., None]:
    """Something that can be asked for; it is called with the window and the words of the command line."""
    DEEDS[work.__name__] = work
    return work


def say(*words: object) -> None:
    """A line for whoever started this, in one piece: a thread may have one to tell too."""
    print(" ".join(map(str, words)) + "\n", end="", flush=True)


def after(milliseconds: float, call: Callable[[], object]) -> None:
    """Do it a little later."""
    QTimer.singleShot(round(milliseconds), call)


def begin_training(window: MainWindow, then: Callable[[], object]) -> None:
    """Start a run that would never end; `then` is called once it has learned a few batches."""
    window.document.replace(small_project(epochs=10_000))
    window.session.run()

    def look() -> None:
        running = window.session.state is State.RUNNING and len(window.session.history.steps) > 3
        then() if running else after(20, look)

    look()


def rename(window: MainWindow, name: str) -> None:
    """An edit."""
    window.document.edit("Rename", window.document.network.renamed(name))


# -- what can be asked for ---------------------------------------------------------------------------------------------
@deed
def wait(window: MainWindow) -> None:
    """Nothing but stand there."""
    after(0, lambda: say("ready"))


@deed
def train(window: MainWindow) -> None:
    """Train for ever."""
    begin_training(window, lambda: say("ready"))


@deed
def ask(window: MainWindow) -> None:
    """Train for ever, and have a question open that nobody answers."""
    real = window.prompts

    def question() -> None:
        say("ready")
        real.unsaved("Small")

    begin_training(window, question)


@deed
def train_and_close(window: MainWindow, delay: str) -> None:
    """Close the window a while after a run was asked for."""
    def close() -> None:
        say("closing")
        window.close()

    window.document.replace(small_project(epochs=10_000))
    window.session.run()
    after(float(delay), close)


@deed
def log_out(window: MainWindow) -> None:
    """Train; the desktop announces the end, asks nobody, and ends the program with the windows closed."""
    def leave() -> None:
        receivers = QApplication.instance().receivers("2commitDataRequest(QSessionManager&)")
        window.keep()
        say("kept", receivers)
        QApplication.quit()

    begin_training(window, leave)


@deed
def lose_the_screen(window: MainWindow) -> None:
    """Train; the loop ends with the window open, as it does where the screen's server has gone."""
    begin_training(window, lambda: QApplication.exit(1))


@deed
def edit(window: MainWindow) -> None:
    """Edit for ever, ten times a second, and tell each edit after it was made, and each that is on the disk."""
    numbers = iter(range(1_000_000))

    def told(write: Callable[..., None]) -> Callable[..., None]:
        def write_and_tell(kept: KeptWork, spec: ProjectSpec, *words: object) -> None:
            write(kept, spec, *words)
            say("kept", spec.network.name)

        return write_and_tell

    KeptWork.write, KeptWork.write_edits = told(KeptWork.write), told(KeptWork.write_edits)
    timer = QTimer(window)

    def one() -> None:
        number = next(numbers)
        rename(window, f"edit {number}")
        say(number)

    timer.timeout.connect(one)
    timer.start(100)


@deed
def edit_once(window: MainWindow, name: str) -> None:
    """One edit; "ready" when it is kept."""
    window.recovery.autosave.settled.connect(lambda: say("ready"))
    rename(window, name)


@deed
def offered(window: MainWindow) -> None:
    """Tell what is offered, and end as one that was not asked anything."""
    def tell() -> None:
        offers = [
            {"title": left.place.title, "name": left.kept.read()[0].network.name if left.kept.exists else None,
             "report": left.report, "words": window.recovery_bar.words.text()}
            for left in window.recovery.left
        ]  # fmt: skip
        facts = {"name": window.document.network.name, "unsaved": window.document.unsaved,
                 "shown": window.recovery_bar.isVisible(), "said": window.status.sentence.text(), "offers": offers}
        say(json.dumps(facts))
        window.close()

    after(0, tell)


@deed
def bring_back(window: MainWindow, delay: str) -> None:
    """Bring the first offer back; `delay` milliseconds later say so."""
    def click() -> None:
        window.recovery_bar.back.click()
        after(float(delay), lambda: say("ready"))

    after(0, click)


@deed
def let_go(window: MainWindow) -> None:
    """Let go of the first offer, and end."""
    def click() -> None:
        window.recovery_bar.forget.click()
        window.close()

    after(0, click)


@deed
def crash(window: MainWindow) -> None:
    """Edit, wait until that is kept, and touch memory that is not ours while another thread is at work."""
    threading.Thread(target=time.sleep, args=[60], daemon=True).start()
    window.recovery.autosave.settled.connect(lambda: faulthandler._sigsegv())
    rename(window, "Crashed")


@deed
def fail(window: MainWindow) -> None:
    """An error at the start, where nothing catches it."""
    raise ZeroDivisionError("at the start")


@deed
def crash_at_once(window: MainWindow) -> None:
    """What is open brings the program down as soon as it is shown."""
    after(0, faulthandler._sigsegv)


@deed
def save_often(window: MainWindow, name: str) -> None:
    """Open the file that was named, rename its network and save it, twenty times, whoever wrote it since."""
    for number in range(20):
        rename(window, f"{name} {number}")
        window.files.save_to(window.document.path)
    say("ready", window.document.network.name)
    after(0, window.close)


@deed
def work_as_usual(window: MainWindow, folder: str) -> None:
    """Say what was told at the start, train, save elsewhere, edit, wait longer than an autosave takes, and end."""
    said = []
    window.recovery.said.connect(said.append)
    say(window.status.sentence.text())
    window.document.replace(small_project())
    window.session.run()

    def save() -> None:
        if window.session.state is not State.IDLE:
            after(20, save)
            return
        window.files.save_to(Path(folder) / "elsewhere.fishlab")
        rename(window, "Later")
        after(1500, end)

    def end() -> None:
        say(json.dumps([window.document.model is not None, said, window.prompts.told]))
        window.close()

    after(50, save)


@deed
def try_to_write(window: MainWindow, file: str) -> None:
    """Tell what comes of it."""
    try:
        Path(file).write_text("x")
    except OSError as error:
        say(json.dumps(type(error).__name__))
    window.close()


def main() -> None:
    """Be the program, with that one thing done as soon as it stands."""
    signal.alarm(LONGEST)
    name, *words = sys.argv[1:]
    file = os.environ.get("FISHLAB_TEST_FILE")
    start = MainWindow.start

    def begin(window: MainWindow, path: Path | None) -> None:
        window.session._load = blobs
        window.session.ways.choose(ONE)
        start(window, path)
        if name != "ask":
            person = Person()
            window.prompts = window.files.prompts = window.recovery_bar.prompts = person
        DEEDS[name](window, *words)

    MainWindow.start = begin
    project_reader.PATIENCE = project_files.AT_START = recovery.AT_START = PATIENCE
    code = application.main([file] if file else [])
    left = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    say("ended", time.monotonic(), json.dumps(left))
    sys.exit(code)


if __name__ == "__main__":
    main()
