"""`fishlab [FILE]`: the window; where nothing can show it, the tour."""

import os

from fishlab.commands import tour
from fishlab.commands.console import complain
from fishlab.core.errors import FishLabError
from fishlab.ui import environment
from fishlab.ui.early_end import early_end

TOUR_FOLDER = "fishlab-tour"


def run(words: list[str]) -> int:
    """Open the window, with the project file in `words` if there is one."""
    if not (environment.has_display() or os.environ.get("QT_QPA_PLATFORM")):
        if words:
            raise FishLabError(f"{environment.NO_DISPLAY}: “fishlab evaluate” and “fishlab train” take project files.")
        early_end.leave()
        complain(f"{environment.NO_DISPLAY}: FishLab gives its tour and leaves pictures in {TOUR_FOLDER}.")
        return tour.run([TOUR_FOLDER])
    if not environment.ensure_libraries():
        return 1
    from fishlab.ui import app  # Qt loads only where its libraries are

    return app.main(words)
