"""Notes, dialogs, and what was left of an earlier session."""

from fishlab.ui.explanations.entry import Entries, tr


def entries() -> Entries:
    """Words by object name."""
    return {
        "notes.text": tr("Your own words about this project: what is tried, and what came of it. They are saved with "
                         "it, and every change of them can be undone."),
        "examples": tr("The networks of the book and the classics, by chapter. One of them begins a new project."),
        "examples.list": tr("The arrows go from one to the next; beside it stands what it is for and how large it is. "
                            "Enter begins with it."),
        "export": tr("Writes the network for other programs; the project itself stays as it is."),
        "export.formats": tr("What a network can be written as for other programs. What is grey cannot be had now; "
                             "beside it stands why."),
        "export.weights": tr("The weights as the training left them, or those of the epoch whose validation loss was "
                             "lowest. Chapter 6.4"),
        "recent": tr("Projects that were opened or saved before. Enter opens the one that is chosen."),
        "recent.list": tr("The projects opened or saved last. Beside the list stand the network, its curves and the "
                          "beginning of the notes, as they were saved."),
        "recovery.words": tr("What was not saved when FishLab ended without warning. It is kept until it is brought "
                             "back and saved, or let go."),
        "recovery": tr("An offer that waits as long as you like: nothing of it is done by itself."),
        "crash": tr("Where the program stood when it ended without warning. A report of the fault may hold it."),
        "own_layers": tr("The files with layers of your own. They are programs, and run with your own rights."),
        "shortcuts": tr("Every key that does something. Keys of the network work while the keyboard is in the stack."),
        "command_search": tr("Type a few letters of what you want, in any order; the arrows choose, Enter does it."),
        "import": tr("What became of a file of another program: it is a new project, not saved yet."),
        "import.said": tr("What was found in the file, and where each of its arrays went."),
    }  # fmt: skip
