"""Every action of the window as a table: words, shortcut, icon, and what it does; menus show them in this order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QT_TRANSLATE_NOOP

tr = partial(QT_TRANSLATE_NOOP, "Actions")  # `Actions` translates them


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


ACTIONS = (
    ActionInfo("file.examples", "file", tr("New from an example…"), "Ctrl+Shift+N", "new",
               tr("All networks of the book and the classics by chapter, with what each is for.")),
    ActionInfo("file.open", "file", tr("Open…"), "Ctrl+O", "open",
               tr("Opens a project: its network, what it learned, its settings and its curves.")),
    ActionInfo("file.recent", "file", tr("Recent projects…"), "Ctrl+Shift+O", "",
               tr("The projects opened or saved last, each with its picture and its notes.")),
    ActionInfo("file.save", "file", tr("Save"), "Ctrl+S", "save",
               tr("Writes network, weights, optimizer, settings and curves to one file. A run goes on meanwhile.")),
    ActionInfo("file.save_as", "file", tr("Save as…"), "Ctrl+Shift+S", "",
               tr("Writes the project to another file and goes on with that one.")),
    ActionInfo("file.import", "file", tr("Import…"), "Ctrl+I", "",
               tr("Opens what another program has learned: weights of the book, of PyTorch, or an ONNX network. It "
                  "becomes a new project."), separator=True),
    ActionInfo("file.export", "file", tr("Export…"), "Ctrl+E", "",
               tr("Writes the network for other programs: ONNX, weights, Python code, a diagram, the curves. A run "
                  "goes on meanwhile.")),
    ActionInfo("file.quit", "file", tr("Quit"), "Ctrl+Q", "",
               tr("Ends FishLab, after asking about changes that are in no file."), separator=True),
    ActionInfo("network.rename_network", "network", tr("Rename network…"), "", "",
               tr("Gives the network another name."), separator=True),
    ActionInfo("network.freeze", "network", tr("Freeze all before the head"), "", "lock",
               tr("Only the last layer with weights goes on learning; what is below keeps what it has learned."),
               separator=True),
    ActionInfo("network.fit", "network", tr("Fit the network to the data"), "", "",
               tr("Gives the network the input size and the number of classes of the data that are chosen.")),
    ActionInfo("network.load_layers", "network", tr("Load layer file…"), "", "",
               tr("Loads layers of your own from a Python file. It is a program, and runs with your own rights."),
               separator=True),
    ActionInfo("network.own_layers", "network", tr("Own layers…"), "", "own_layer",
               tr("The layer files that are loaded: what is in them, whether they keep to the contract, and a button "
                  "to load them again after a change.")),
    ActionInfo("train.run", "train", tr("Run"), "F5", "run",
               tr("Trains for the epochs set under Training, or goes on where the run stands.")),
    ActionInfo("train.pause", "train", tr("Pause"), "Shift+F6", "pause",
               tr("Stands still after the batch at hand. Run goes on from there, as if nothing had been.")),
    ActionInfo("train.step", "train", tr("Step one batch"), "F6", "step",
               tr("Learns from one batch and stands still: forward, backward, one update of the weights. "
                  "Chapter 4.5")),
    ActionInfo("train.stop", "train", tr("Stop"), "Shift+F5", "stop",
               tr("Ends the run after the batch at hand. What was learned stays, and Run goes on from it.")),
    ActionInfo("train.more", "train", tr("One more epoch"), "Ctrl+F5", "",
               tr("Trains for one epoch beyond where the model stands."), separator=True),
    ActionInfo("train.over", "train", tr("Start over"), "", "",
               tr("Forgets what was learned; the next run begins with fresh weights.")),
    ActionInfo("train.test", "train", tr("Evaluate the test set"), "Ctrl+T", "lock",
               tr("Looks at the sealed test set once and says how many are right. Each look is counted: who "
                  "tunes by the test set has none left. Chapter 6.5"), separator=True),
    ActionInfo("train.verify", "train", tr("Verify"), "", "",
               tr("Learns the batches after the last automatic checkpoint once more and compares every number with "
                  "the model. The same seed gives the same bits: the difference is 0.")),
    ActionInfo("data.fetch", "train", tr("Get MNIST"), "", "data",
               tr("Downloads the 70,000 hand-written digits in the background and keeps them. Chapter 3.6")),
    ActionInfo("view.larger", "view", tr("Larger text"), "Ctrl++ Ctrl+=", "",
               tr("Makes letters, and everything with them, a tenth larger."), separator=True),
    ActionInfo("view.smaller", "view", tr("Smaller text"), "Ctrl+-", "",
               tr("Makes letters, and everything with them, a tenth smaller.")),
    ActionInfo("view.normal", "view", tr("Normal text"), "Ctrl+0", "",
               tr("Gives letters the system's size again.")),
    ActionInfo("view.motion", "view", tr("Reduce motion"), "", "",
               tr("Lets everything that would glide jump instead."), checkable=True, separator=True),
    ActionInfo("view.hints", "view", tr("Hints"), "", "",
               tr("Says in one line what is visibly wrong with a run, such as a loss that does not fall, and offers "
                  "what mends it."), checkable=True),
    ActionInfo("help.explain", "help", tr("Explain this"), "F1", "lightbulb",
               tr("Says of what is under the pointer, or of what the keyboard is at, what it is: with its formula, "
                  "the chapter, and what happens when it is larger or smaller.")),
    ActionInfo("help.point", "help", tr("Explain what I click"), "Shift+F1", "",
               tr("Click any card or control to read what it is, with its formula and the chapter.")),
    ActionInfo("help.commands", "help", tr("Find a command…"), "Ctrl+Shift+P", "search",
               tr("Type a few letters of what you want; Enter does it.")),
    ActionInfo("help.shortcuts", "help", tr("Shortcuts"), "Ctrl+/", "",
               tr("Every key that does something, on one sheet.")),
    ActionInfo("help.log", "help", tr("Show the log folder"), "", "folder",
               tr("Opens the folder of fishlab.log, where everything that went wrong is written down.")),
    ActionInfo("help.about", "help", tr("About FishLab"), separator=True),
)  # fmt: skip
