"""Every action of the window in one table: words, shortcut, icon, and what it does.

Menus, toolbar, command search and shortcut sheet read it; Explain shows `help`.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from fishlab.ui.widgets.icon import icon


@dataclass(frozen=True)
class ActionInfo:
    """One action; `shortcuts` are separated by blanks, `separator` draws a line before it."""

    name: str
    menu: str
    text: str
    shortcuts: str = ""
    icon: str = ""
    help: str = ""
    checkable: bool = False
    separator: bool = False


class Actions(QObject):
    """The actions by name: `actions["train.run"].triggered.connect(...)`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._infos = self._table()
        self._actions = {info.name: self._make(info) for info in self._infos}
        self._titles: dict[str, str] = {}

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def all(self) -> list[QAction]:
        """Every action, in the order of the table and then as they were added."""
        return list(self._actions.values())

    def add(self, name: str, action: QAction, title: str = "") -> None:
        """Take in an action that was made elsewhere; `title` is what it is called outside its menu, if not the same."""
        if not action.objectName():
            action.setObjectName(name)
        self._actions[name] = action
        self._titles[name] = title

    def named(self) -> list[tuple[str, str, QAction]]:
        """(name, words outside a menu, action) of every action."""
        return [(name, self._titles.get(name) or plain_text(action), action) for name, action in self._actions.items()]

    def titled(self) -> list[tuple[str, QAction]]:
        """Every action with its words outside a menu."""
        return [(title, action) for _, title, action in self.named()]

    def of_menu(self, menu: str) -> list[tuple[ActionInfo, QAction]]:
        """The actions of one menu, in order."""
        return [(info, self._actions[info.name]) for info in self._infos if info.menu == menu]

    def tip(self, name: str) -> str:
        """The words of an action with its key, and what it does: the tooltip of its button."""
        action = self._actions[name]
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        first = f"{plain_text(action)} ({keys})" if keys else plain_text(action)
        return f"{first}\n{action.whatsThis()}" if action.whatsThis() else first

    def _table(self) -> tuple[ActionInfo, ...]:
        """The actions in menu order."""
        tr, info = self.tr, ActionInfo
        return (
            info("file.examples", "file", tr("New from an example…"), "Ctrl+Shift+N", "new",
                 tr("All networks of the book and the classics by chapter, with what each is for.")),
            info("file.open", "file", tr("Open…"), "Ctrl+O", "open",
                 tr("Opens a project: its network, what it learned, its settings and its curves.")),
            info("file.recent", "file", tr("Recent projects…"), "Ctrl+Shift+O", "",
                 tr("The projects opened or saved last, each with its picture and its notes.")),
            info("file.save", "file", tr("Save"), "Ctrl+S", "save",
                 tr("Writes network, weights, optimizer, settings and curves to one file. A run goes on meanwhile.")),
            info("file.save_as", "file", tr("Save as…"), "Ctrl+Shift+S", "",
                 tr("Writes the project to another file and goes on with that one.")),
            info("file.import", "file", tr("Import…"), "Ctrl+I", "",
                 tr("Opens what another program has learned: weights of the book, of PyTorch, or an ONNX network. It "
                    "becomes a new project."), separator=True),
            info("file.export", "file", tr("Export…"), "Ctrl+E", "",
                 tr("Writes the network for other programs: ONNX, weights, Python code, a diagram, the curves. A run "
                    "goes on meanwhile.")),
            info("file.quit", "file", tr("Quit"), "Ctrl+Q", "",
                 tr("Ends FishLab, after asking about changes that are in no file."), separator=True),
            info("network.rename_network", "network", tr("Rename network…"), "", "",
                 tr("Gives the network another name."), separator=True),
            info("network.freeze", "network", tr("Freeze all before the head"), "", "lock",
                 tr("Only the last layer with weights goes on learning; what is below keeps what it has learned."),
                 separator=True),
            info("network.fit", "network", tr("Fit the network to the data"), "", "check",
                 tr("Gives the network the input size and the number of classes of the data that are chosen.")),
            info("network.load_layers", "network", tr("Load layer file…"), "", "",
                 tr("Loads layers of your own from a Python file. It is a program, and runs with your own rights."),
                 separator=True),
            info("network.own_layers", "network", tr("Own layers…"), "", "own_layer",
                 tr("The layer files that are loaded: what is in them, whether they keep to the contract, and a button "
                    "to load them again after a change.")),
            info("train.run", "train", tr("Run"), "F5", "run",
                 tr("Trains for the epochs set under Training, or goes on where the run stands.")),
            info("train.pause", "train", tr("Pause"), "Shift+F6", "pause",
                 tr("Stands still after the batch at hand. Run goes on from there, as if nothing had been.")),
            info("train.step", "train", tr("Step one batch"), "F6", "step",
                 tr("Learns from one batch and stands still: forward, backward, one update of the weights. "
                    "Chapter 4.5")),
            info("train.stop", "train", tr("Stop"), "Shift+F5", "stop",
                 tr("Ends the run after the batch at hand. What was learned stays, and Run goes on from it.")),
            info("train.more", "train", tr("One more epoch"), "Ctrl+F5", "",
                 tr("Trains for one epoch beyond where the model stands."), separator=True),
            info("train.over", "train", tr("Start over"), "", "",
                 tr("Forgets what was learned; the next run begins with fresh weights.")),
            info("train.test", "train", tr("Evaluate the test images"), "Ctrl+T", "lock",
                 tr("Looks at the sealed test images once and says how many are right. Each look is counted: who "
                    "tunes by the test set has none left. Chapter 6.5"), separator=True),
            info("train.verify", "train", tr("Verify"), "", "check",
                 tr("Learns the batches after the last automatic checkpoint once more and compares every number with "
                    "the model. The same seed gives the same bits: the difference is 0.")),
            info("data.fetch", "train", tr("Get MNIST"), "", "data",
                 tr("Downloads the 70,000 hand-written digits in the background and keeps them. Chapter 3.6")),
            info("view.larger", "view", tr("Larger text"), "Ctrl++ Ctrl+=", "",
                 tr("Makes letters, and everything with them, a tenth larger."), separator=True),
            info("view.smaller", "view", tr("Smaller text"), "Ctrl+-", "",
                 tr("Makes letters, and everything with them, a tenth smaller.")),
            info("view.normal", "view", tr("Normal text"), "Ctrl+0", "",
                 tr("Gives letters the system's size again.")),
            info("view.motion", "view", tr("Reduce motion"), "", "",
                 tr("Lets everything that would glide jump instead."), checkable=True, separator=True),
            info("view.hints", "view", tr("Hints"), "", "lightbulb",
                 tr("Says in one line what is visibly wrong with a run, such as a loss that does not fall, and offers "
                    "what mends it."), checkable=True),
            info("help.explain", "help", tr("Explain this"), "F1", "lightbulb",
                 tr("Says of what is under the pointer, or of what the keyboard is at, what it is: with its formula, "
                    "the chapter, and what happens when it is larger or smaller.")),
            info("help.point", "help", tr("Explain what I click"), "Shift+F1", "",
                 tr("Click any card or control to read what it is, with its formula and the chapter.")),
            info("help.commands", "help", tr("Find a command…"), "Ctrl+Shift+P", "search",
                 tr("Type a few letters of what you want; Enter does it.")),
            info("help.shortcuts", "help", tr("Shortcuts"), "Ctrl+/", "",
                 tr("Every key that does something, on one sheet.")),
            info("help.log", "help", tr("Show the log folder"), "", "folder",
                 tr("Opens the folder of fishlab.log, where everything that went wrong is written down.")),
            info("help.about", "help", tr("About FishLab"), separator=True),
        )  # fmt: skip

    def _make(self, info: ActionInfo) -> QAction:
        action = QAction(info.text, self)
        action.setObjectName(info.name)
        action.setCheckable(info.checkable)
        if info.icon:
            action.setIcon(icon(info.icon))
        if info.help:
            action.setWhatsThis(info.help)
        action.setShortcuts([QKeySequence(keys) for keys in info.shortcuts.split()])
        return action


def plain_text(action: QAction) -> str:
    """The words of an action without mnemonics and dots."""
    return action.text().replace("&", "").rstrip("…")
