"""The tour: the real window, offscreen, driven as a person would drive it, with a picture of every stage.

It starts from an empty network, drops layers where a hand would, mends what does not fit, trains on the data at hand,
draws a digit, saves, closes, opens again and trains on. What it measured is in tour.json.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QPushButton

from fishlab.core.errors import FishLabError, TrainingError
from fishlab.core.files.scratch import scratch_folder
from fishlab.ui.gallery import take_pictures
from fishlab.ui.heartbeat import Heartbeat
from fishlab.ui.kept_work import KeptWork, Place
from fishlab.ui.portraits import take_portraits
from fishlab.ui.session import State
from fishlab.ui.session_folder import ROOT, SessionFolder
from fishlab.ui.theme import Mode, theme
from fishlab.ui.tour_guide import FIVE, SIZE, Guide, spin, until

STACK = ("convolution", "relu", "max_pool", "flatten", "affine", "relu", "affine")


def main(folder: Path, *, instruments: bool = False) -> int:
    """Write pictures and tour.json into `folder`, on request a picture of every instrument into a folder in it.

    Returns the exit code. Raises FishLabError where it cannot.
    """
    began = time.perf_counter()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("[0-9][0-9]-*.png"):
            old.unlink()
    except OSError as error:
        raise FishLabError(f"The tour cannot write to “{folder}”: {error.strerror}. Choose another folder.") from error
    with scratch_folder() as scratch:
        report = Tour(folder, scratch, began).walk(instruments=instruments)
    (folder / "tour.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))
    return 0


class Tour(Guide):
    """One walk through the window; `walk` returns what was measured."""

    def walk(self, *, instruments: bool) -> dict[str, Any]:
        """All stages in order; the instruments only where they are wanted."""
        self._first_look()
        self._build_by_drops()
        self._mend_what_does_not_fit()
        self._fill_a_block()
        self._train()
        self._verify()
        self._draw_a_digit()
        self._dark()
        self._evaluate()
        take_pictures(self.window, self._folder / "panels", spin)
        self._light()
        if instruments:
            self.report["portraits"] = len(take_portraits(self.window, self._folder / "instruments", self._scratch))
        self._write_notes()
        path = self._save()
        self._export()
        self._look_at_recent()
        self._crash()
        self._reopen(path)
        self._close(self.window)
        return self.report

    # -- stages ----------------------------------------------------------------------------------------------------
    def _first_look(self) -> None:
        spin(0.3)
        self._picture("first-look")

    def _build_by_drops(self) -> None:
        """An empty network, then one layer after another dropped at the end of the stack."""
        self.window.files.new("empty")
        for number, kind in enumerate(STACK):
            self._drop(kind, self._find("network.hint").y(), picture="drag" if number == 3 else "")
        self.window.document.edit("Rename network", self.window.document.network.renamed("My first network"))
        last = self.window.document.network.layers[-1]
        self.window.document.select((last.uid,))
        self._type("units", 10)
        self.window.document.select((self.window.document.network.layers[0].uid,))
        self._type("init", "normal")
        self._type("std", 0.05)
        spin(0.3)
        self._picture("built")
        self.report["layers"] = [layer.kind for layer in self.window.document.network.layers]

    def _mend_what_does_not_fit(self) -> None:
        """A stride that does not fit, the card that says so, and one press on its first repair."""
        self._type("stride", (2, 2))
        spin(0.4)
        self._picture("does-not-fit")
        problem = self.window.document.report.problem
        if problem is None:
            raise TrainingError("The tour expected a stride of 2 not to fit a 5 × 5 filter on 28 × 28.")
        button = self._find("network.repair")
        if not isinstance(button, QPushButton):
            raise TrainingError("The failing card offers no repair to press.")
        button.click()
        spin(0.3)
        if self.window.document.report.problem is not None:
            raise TrainingError(f"The repair “{problem.repairs[0].label}” did not mend the network.")

    def _fill_a_block(self) -> None:
        """A residual block after the ReLU, a convolution dropped into its body; then all of it is taken back."""
        document = self.window.document
        before = document.undo_stack.index()
        relu = self._find(f"network.card.{document.network.layers[1].uid}")
        self._drop("residual", relu.geometry().bottom() + 3)
        block = document.network.layers[2]
        slot = self._find(f"network.branch.{block.uid}.0")
        self._drop("convolution", slot.geometry().center().y(), picture="into-a-block")
        self._type("padding", (2, 2))
        spin(0.3)
        self._picture("a-block")
        self.report["block"] = [[layer.kind for layer in branch] for branch in document.network.layers[2].branches]
        if document.report.problem is not None:
            raise TrainingError(f"The tour's block does not fit: {document.report.problem.sentence}.")
        document.undo_stack.setIndex(before)

    def _train(self) -> None:
        """Run with every view open; the heartbeat counts from the first batch to the last."""
        session = self.window.session
        session.run()
        until(lambda: session.state is State.RUNNING, "the run to start")
        beat = Heartbeat()
        until(lambda: session.progress.x > 0.6 or not session.training, "the first half epoch")
        self._picture("training")
        self.report["images_per_second"] = round(session.progress.images_per_second or 0)
        until(lambda: session.state is State.IDLE, "the run to end")
        beat.stop()
        self.report["heartbeat_ms"] = beat.summary()
        model = self.window.document.model
        if model is None:
            raise TrainingError(f"The tour's run left no model: {session.sentence}")
        rows = session.history.epochs.rows
        self.report["data"] = model.data_name
        self.report["epochs"] = len(rows)
        self.report["validation_accuracy"] = round(float(rows[-1, 4]), 4)
        spin(0.5)
        self._picture("trained")

    def _verify(self) -> None:
        """The batches since the last checkpoint, learned once more: the same numbers."""
        session = self.window.session
        self.window.docks["inspector"].show()
        self.window.inspector_panel.show_tab("training")
        session.verify()
        until(lambda: session.state is State.IDLE, "the batches to be learned again")
        found = session.verification.of(self.window.document.model)
        if found is None or not found.exact:
            raise TrainingError(f"The tour's run cannot be verified: {session.sentence}")
        self._scroll_to(self._find("inspector.verify_words"))
        spin(0.3)
        self._picture("verified")
        self.window.inspector_panel.show_tab("layer")

    def _draw_a_digit(self) -> None:
        answers: list[Any] = []
        self.window.session.digit.answered.connect(answers.append)
        pad = self._find("try.pad")
        for stroke in FIVE:
            self._stroke(pad, stroke)
        spin(0.4)
        until(lambda: bool(answers) and answers[-1] is not None, "the answer to the digit")
        self.window.session.digit.answered.disconnect(answers.append)
        self._picture("a-digit")
        self.report["drawn"] = 5
        self.report["recognised"] = int(answers[-1].argmax())
        self.report["recognised_with"] = round(float(answers[-1].max()), 4)

    def _dark(self) -> None:
        theme().set_mode(Mode.DARK)
        spin(0.4)
        self._picture("dark")
        theme().set_mode(Mode.LIGHT)

    def _light(self) -> None:
        """Back to how the tour began."""
        theme().set_mode(Mode.LIGHT)
        self.window.resize(*SIZE)
        self.window.show_layout("watch")
        self.window.live_panel.strip.show_instrument("try")

    def _evaluate(self) -> None:
        session = self.window.session
        session.evaluate_test()
        until(lambda: session.state is State.IDLE, "the test images")
        if session.test_score:
            self.report["accuracy"] = session.test_score.accuracy

    def _write_notes(self) -> None:
        self.window.docks["notes"].show()
        self.window.notes_panel.text.setPlainText("Three epochs of my first network.\nNext: dropout before the end.")
        spin(0.3)
        self._picture("notes")
        self.window.docks["notes"].hide()

    def _save(self) -> Path:
        path = self._scratch / "tour.fishlab"
        self.window.files.save_to(path)
        until(lambda: not self.window.document.unsaved, "the file")
        self.report["file_bytes"] = path.stat().st_size
        return path

    def _export(self) -> None:
        """The network as a Python file that runs without FishLab."""
        exchange, target = self.window.exchange, self._scratch / "network.py"
        sheet = exchange.export_sheet
        exchange.export()
        sheet.choose("numpy")
        exchange.export_to("numpy", target)
        until(lambda: bool(sheet.outcome.text()), "the export")
        if not target.is_file():
            raise TrainingError(f"The tour's export came to nothing: {sheet.outcome.text()}")
        self.report["exported_bytes"] = target.stat().st_size
        spin(0.3)
        self._picture("export", sheet)
        sheet.reject()

    def _look_at_recent(self) -> None:
        """The file that was saved, with its picture and its notes."""
        sheet = self.window.recent
        sheet.open()
        spin(0.3)
        if sheet.picture.pixmap().isNull():
            raise TrainingError(f"The tour's project has no picture: {sheet.words.text()}")
        self._picture("recent-projects", sheet)
        sheet.reject()

    def _crash(self) -> None:
        """What a session leaves behind that ends without warning: the next window offers it."""
        document = self.window.document
        folder = SessionFolder.create(self._scratch / ROOT)
        KeptWork(folder.path).write(document.spec, document.model, Place(document.title, document.path))
        folder.release()

    def _reopen(self, path: Path) -> None:
        """Another window, as after a restart: it opens the last file by itself, and trains on."""
        self._close(self.window)
        self.window = self._open_window()
        spin(0.5)
        offer = self.window.recovery_bar.offer
        if offer is None:
            raise TrainingError("The tour's crash was not noticed.")
        self._picture("opened-again")
        self.window.recovery.let_go(offer)
        model = self.window.document.model
        if self.window.document.path != path or model is None:
            raise TrainingError("The tour's project did not come back.")
        before = model.position.epoch
        session = self.window.session
        session.one_more_epoch()
        until(lambda: session.state is State.IDLE, "one more epoch")
        after = self.window.document.model
        self.report["epochs_after_reopening"] = after.position.epoch if after else before
        spin(0.3)
        self._picture("trained-on")
