"""Layers of one's own in the window: loaded where somebody asks for it, checked at once, and read anew on request."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from fishlab.core.contract import Broken, Verdict, check_layer
from fishlab.core.files.opening import is_file
from fishlab.core.layers import LAYERS
from fishlab.core.own_layers import LayerFile, LayerFileError, load_layers, loaded_files
from fishlab.ui.document import Document
from fishlab.ui.prompts import Prompts
from fishlab.ui.sampler import Sampler
from fishlab.ui.session import State, TrainSession
from fishlab.ui.settings import Settings

REMEMBERED, MOST_REMEMBERED = "layers/recent", 10
Verdicts = Mapping[str, tuple[Verdict, ...]]


class OwnLayers(QObject):
    """`changed()` after a file was loaded, and again when its layers have been checked; `said(text)` for a notice."""

    changed = Signal()
    said = Signal(str)

    def __init__(
        self, document: Document, session: TrainSession, prompts: Prompts, settings: Settings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.prompts, self._settings = prompts, settings
        self._document, self._session = document, session
        self._verdicts: dict[str, tuple[Verdict, ...]] = {}
        self._sampler = Sampler(self)
        self._sampler.arrived.connect(self._on_sampler_arrived)

    @property
    def files(self) -> tuple[LayerFile, ...]:
        """The files that were loaded."""
        return loaded_files()

    def verdicts(self, kind: str) -> tuple[Verdict, ...] | None:
        """How a layer stood the contract; None while it is being tried."""
        return self._verdicts.get(kind)

    def obstacle(self) -> str:
        """Why no file can be loaded now; empty where one can."""
        idle = self._session.state is State.IDLE
        return "" if idle else self.tr("Layer files are loaded when nothing is running.")

    def load(self, path: Path | None = None) -> bool:
        """Load a file, asking for one where none is given, and before any code runs that has not run yet."""
        if self.obstacle():
            self.prompts.tell(self.obstacle(), self.tr("Stop the run, or wait for its end."))
            return False
        path = path or self.prompts.layer_path(self._folder())
        return path is not None and self._agreed(path) and self._load(path)

    def known(self) -> tuple[Path, ...]:
        """Files of earlier times that are still there and not loaded: nothing is loaded without being asked for."""
        loaded = {file.path for file in self.files}
        paths = (Path(line) for line in self._settings.text(REMEMBERED).split("\n") if line)
        return tuple(path for path in paths if path not in loaded and is_file(path))

    def _folder(self) -> Path:
        lines = self._settings.text(REMEMBERED).split("\n")
        return Path(lines[0]).parent if lines[0] else Path.home()

    def _remember(self, path: Path) -> None:
        others = [line for line in self._settings.text(REMEMBERED).split("\n") if line and line != str(path)]
        self._settings.set(REMEMBERED, "\n".join([str(path), *others][:MOST_REMEMBERED]))

    def _agreed(self, path: Path) -> bool:
        if any(file.path == path.expanduser().resolve() for file in self.files):
            return True
        words = self.tr("“{name}” is a program in Python. Load it?").format(name=path.name)
        details = self.tr(
            "It runs with your own rights: it can read and change what you can. Load only what you wrote yourself, or "
            "have from somebody you trust."
        )
        return self.prompts.agree(words, details, self.tr("Load"))

    def _load(self, path: Path) -> bool:
        try:
            file = load_layers(path)
        except LayerFileError as error:
            self.prompts.tell(str(error), self.tr("What was loaded before stays as it is."))
            return False
        self._remember(file.path)
        self._document.renew_layers()
        self._check(file)
        names = ", ".join(LAYERS[kind].title for kind in file.kinds)
        self.said.emit(self.tr("In the palette now: {names}.").format(names=names))
        return True

    def _check(self, file: LayerFile) -> None:
        for kind in file.kinds:
            self._verdicts.pop(kind, None)
        self.changed.emit()
        self._sampler.ask((file, object()), partial(tried, file.kinds))

    def _on_sampler_arrived(self, found: Verdicts | None) -> None:
        self._verdicts.update(found or {})
        self.changed.emit()


def tried(kinds: tuple[str, ...]) -> Verdicts:
    """The verdicts of the contract on each of these layers; touches no Qt object."""
    return {kind: _verdicts(kind) for kind in kinds}


def _verdicts(kind: str) -> tuple[Verdict, ...]:
    try:
        return tuple(check_layer(kind))
    except Exception as error:  # whatever somebody's code raises is a problem of that code
        text = str(error) if isinstance(error, Broken) else f"{type(error).__name__}: {error}"
        return (Verdict("it can be tried", 0, text),)
