"""Goes through what comes up over a window: sheets in each of their states, bars, questions, menus, drags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QMenu, QWidget
from window_kit import small_project
from window_walk import dialogs, small_convolutions

from fishlab.core.contract import Verdict
from fishlab.core.exchange import EXPORTS
from fishlab.core.files.project import save_project
from fishlab.core.hints import Hint
from fishlab.core.layers import LayerSpec
from fishlab.core.own_layers import load_layers, unload_layers
from fishlab.core.remedies import slower
from fishlab.ui.crash_log import NAME
from fishlab.ui.crash_sheet import CrashSheet
from fishlab.ui.kept_work import KeptWork, Place
from fishlab.ui.layer_drag import Outside
from fishlab.ui.layer_edits import new_layer
from fishlab.ui.layer_mime import pack
from fishlab.ui.main_window import MainWindow
from fishlab.ui.prompts import Prompts
from fishlab.ui.session_folder import SessionFolder
from fishlab.ui.wait_sheet import WaitSheet

Shown = Iterator[tuple[str, QWidget]]
REPORT = "Fatal Python error: Segmentation fault\n\n" + "\n".join(
    f'  File "/somewhere/rather/deep/in/a/folder/of/somebody/module_{number}.py", line {number}, in paint' * 2
    for number in range(30)
)
LAYERS_FILE = """
from dataclasses import dataclass
from fishlab.core.layers.activation import Activation
from fishlab.core.layers.base import LayerSpec, register_layer

@dataclass(frozen=True, kw_only=True)
class TwiceSpec(LayerSpec):
    pass

@register_layer("looked_at_twice", title="Twice, with rather a long name", group="Own", paper="Nobody", help="2 x.")
class Twice(Activation[TwiceSpec]):
    Spec = TwiceSpec
    formula = "2x"

    def apply(self, x, out):
        return x
"""


def settle() -> None:
    for _ in range(3):
        QApplication.processEvents()


# -- sheets ------------------------------------------------------------------------------------------------------------
def sheets(window: MainWindow, folder: Path) -> Shown:
    """Open one sheet after the other, each in the states that it has; each is closed again."""
    yield from dialogs(window)
    window.document.replace(small_convolutions())
    for states in (_crash, _waiting, _importing, _exporting, _examples, _searches):
        for name, sheet in states(window):
            settle()
            yield name, sheet
    yield from _recent(window, folder)
    yield from _own_layers(window, folder)


def _crash(window: MainWindow) -> Shown:
    sheet = CrashSheet(REPORT, window)
    sheet.open()
    yield "crash report", sheet
    _away(sheet)


def _waiting(window: MainWindow) -> Shown:
    sheet = WaitSheet(window)
    sheet.begin("Opening “A project with rather a long name.fishlab”")
    for name, done, total in (("not known", 0, 0), ("of so much", 120_000_000, 1_300_000_000)):
        sheet.work("", done, total)
        yield f"waiting, {name}", sheet
    _away(sheet)


def _importing(window: MainWindow) -> Shown:
    sheet = window.exchange.import_sheet
    sheet.begin("A file with rather a long name that somebody has sent.safetensors")
    sheet.work("Reading the weights", 3, 8)
    yield "import, reading", sheet
    said = ["W1 went into 2 Affine.", "The file says nothing of how the images were scaled: they are scaled to 0 to 1."]
    sheet.tell("A file.safetensors", said, [f"{number} Convolution: 30 filters 5 × 5" for number in range(40)])
    yield "import, done", sheet
    sheet.close()


def _exporting(window: MainWindow) -> Shown:
    sheet = window.exchange.export_sheet
    window.actions_["file.export"].trigger()
    for entry in EXPORTS:
        sheet.choose(entry.kind)
        yield f"export, {entry.kind}", sheet
    sheet.choose(next(entry.kind for entry in EXPORTS if entry.item.weights))
    sheet.begin()
    sheet.work("Writing the weights", 3, 8)
    yield "export, writing", sheet
    sheet.tell_failed("“A file.onnx” cannot be written: there is no room on the disk. Choose another folder.")
    yield "export, failed", sheet
    sheet.tell_stopped()
    yield "export, stopped", sheet
    sheet.tell_written([Path(__file__)])
    yield "export, written", sheet
    sheet.close()


def _examples(window: MainWindow) -> Shown:
    window.actions_["file.examples"].trigger()
    window.examples.search.setText("nothing is called so")
    yield "examples, nothing found", window.examples
    window.examples.close()


def _searches(window: MainWindow) -> Shown:
    window.actions_["help.commands"].trigger()
    window.help.search.box.setText("nothing is called so")
    yield "commands, nothing found", window.help.search
    window.help.search.close()
    window.network_panel.stack.quick_add_requested.emit()
    yield "quick add", window.network_panel._quick_add
    window.network_panel._quick_add.close()


def _recent(window: MainWindow, folder: Path) -> Shown:
    paths = [folder / f"{name}.fishlab" for name in ("A net", "Somebody’s network with rather a long name", "No more")]
    for path in paths[:2]:
        save_project(path, small_project().replace(notes="What was found.\n" * 5), None)
    for path in paths:
        window.settings.add_recent(path)
    window.actions_["file.recent"].trigger()
    for row, path in enumerate(window.settings.recent):
        window.recent.list.setCurrentRow(row)
        settle()
        yield f"recent, {path.stem}", window.recent
    window.recent.close()


def _own_layers(window: MainWindow, folder: Path) -> Shown:
    path = folder / "twice.py"
    path.write_text(LAYERS_FILE, encoding="utf-8")
    load_layers(path)
    try:
        for name, verdicts in _verdicts():
            window.own_layers._verdicts = verdicts
            window.own_layers_sheet.show_files()
            settle()
            yield f"own layers, {name}", window.own_layers_sheet
    finally:
        unload_layers(path)
        window.own_layers_sheet.close()


def _verdicts() -> Iterator[tuple[str, dict[str, tuple[Verdict, ...]]]]:
    holds = tuple(Verdict(f"check number {number} holds", 3) for number in range(4))
    broken = Verdict("it computes the gradient", 3, "The gradient of x is 0.31 where 0.62 was expected, at 2, 1, 4.")
    yield "being checked", {}
    yield "holds", {"looked_at_twice": holds}
    yield "broken", {"looked_at_twice": (*holds, broken)}


def _away(sheet: QDialog) -> None:
    sheet.hide()
    sheet.deleteLater()
    settle()


# -- bars --------------------------------------------------------------------------------------------------------------
def leave_work(root: Path) -> None:
    """Before a window starts: what sessions have left, of each kind, is what its bar will offer."""
    project = small_project().edit_network(lambda network: network.renamed("Left"))
    for place, report in (
        (Place("Left"), ""), (Place("Left and crashed"), REPORT), (Place("Asked", asked=True), REPORT), (None, REPORT),
    ):  # fmt: skip
        folder = SessionFolder.create(root)
        if place is not None:
            KeptWork(folder.path).write(project, None, place)
        (folder.path / NAME).write_text(report)
        folder.release()


def bars(window: MainWindow) -> Shown:
    """The lines under the toolbar, with everything that they may say; for `leave_work`."""
    for number in range(len(window.recovery.left)):
        settle()
        yield f"recovery, {number}", window.recovery_bar
        away = "later" if window.recovery_bar.later.isVisible() else "forget"
        getattr(window.recovery_bar, away).click()
    project = window.document.spec
    text = "The loss swings wildly: the steps are too large for what is to be learned here."
    window.hints.hint = Hint("swings", text, (slower(project), replace(slower(project), title="Begin again")))
    window.hints.changed.emit()
    settle()
    yield "hint", window.hint_bar
    window.hints.hint = None
    window.hints.changed.emit()


# -- questions ---------------------------------------------------------------------------------------------------------
def questions(window: MainWindow, folder: Path) -> dict[str, Callable[[], object]]:
    """All that may be asked or told, by name; each returns when it is answered."""
    prompts = Prompts(window)
    long = "Somebody’s network with rather a long name"
    return {
        "unsaved": lambda: prompts.unsaved(long),
        "unsaved, running": lambda: prompts.unsaved(long, ends_run=True),
        "overwrite": lambda: prompts.overwrite(f"{long}.fishlab"),
        "tell": lambda: prompts.tell(f"“{long}.fishlab” cannot be opened: it ends too early.", "Try an earlier copy."),
        "about": lambda: prompts.about("FishLab 1.0", "A laboratory for neural networks."),
        "agree": lambda: prompts.agree("Let go of the changes?", "They cannot be brought back after that.", "Let go"),
        "replace": lambda: prompts._may_replace(folder / "A net.fishlab"),
        "text": lambda: prompts.text("Name of the network", "Small"),
        "open": lambda: prompts.open_path(folder),
        "save": lambda: prompts.save_path(folder / "A net.fishlab"),
        "export to a folder": lambda: prompts.export_path(folder / "A net", "Code", ""),
    }


def while_asked(ask: Callable[[], object], look: Callable[[QWidget], None]) -> None:
    """Ask, look at the question once it is there, and call it off."""
    seen: list[QWidget] = []

    def answer() -> None:
        sheet = QApplication.activeModalWidget() or QApplication.activePopupWidget()
        assert sheet is not None, "nothing is asked"
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        seen.append(sheet)
        try:
            look(sheet)
        finally:
            sheet.close()

    QTimer.singleShot(0, answer)
    ask()
    assert seen, "it was answered before it was looked at"


# -- menus -------------------------------------------------------------------------------------------------------------
def menus(window: MainWindow) -> Shown:
    """Every menu that hangs on a part of the window, and the one of a line of text, with a line chosen in each."""
    window.network_panel.commands  # noqa: B018  what its context menu shows
    line = next(part for part in window.findChildren(QLineEdit) if part.isVisible())
    own = line.createStandardContextMenu()
    for menu in (*window.findChildren(QMenu), own):
        lines = [one for one in menu.actions() if one.isEnabled() and one.isVisible() and not one.isSeparator()]
        if not lines:
            continue
        menu.popup(window.mapToGlobal(QPoint(10, 10)))
        menu.setActiveAction(lines[0])
        settle()
        yield menu.title() or menu.parentWidget().objectName(), menu
        menu.close()
    own.deleteLater()


# -- drags -------------------------------------------------------------------------------------------------------------
_ACTIONS = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
_LEFT, _NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def drags(window: MainWindow) -> Shown:
    """Layers over the stack, taken, refused and moved, and outside of it; what is yielded is the card they ride on."""
    stack = window.network_panel.stack
    own = window.document.network.layers
    first, last = (float(stack.arrangement.rects[row].top()) for row in (1, -1))
    for name, layers, y, moving in (
        ("fits", [new_layer("batch_norm")], first, False),
        ("refused", [new_layer("convolution")], last, False),
        ("several", [new_layer("affine"), new_layer("relu")], last, False),
        ("moved", [own[1]], first, True),
    ):
        with _dragged(window, layers, y, moving):
            yield f"drag, {name}", stack.drop.card
    for removable, name in ((False, "outside"), (True, "to be deleted")):
        outside = Outside(window, [own[0]], removable)
        outside._card.show_at(QPoint(300, 300))
        settle()
        yield f"drag, {name}", outside._card
        outside.remove()
        settle()


@contextmanager
def _dragged(window: MainWindow, layers: Sequence[LayerSpec], y: float, moving: bool) -> Iterator[None]:
    stack, data, at = window.network_panel.stack, pack(layers), QPointF(60, y)
    if moving:
        stack.drop.begin(layers)
    stack.dragEnterEvent(QDragEnterEvent(at.toPoint(), _ACTIONS, data, _LEFT, _NONE))
    stack.dragMoveEvent(QDragMoveEvent(at.toPoint(), _ACTIONS, data, _LEFT, _NONE))
    settle()
    try:
        yield
    finally:
        stack.drop.end()
        settle()
