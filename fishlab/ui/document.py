"""Document: the one truth of the window, a frozen ProjectSpec with its undo stack, file path and trained model.

`edit` is the only door. Every edit becomes one undo step that holds the old and the new value; views listen to
`changed`, compare by uid and repaint what differs. After undo and redo `focus_requested` says where to look.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.layers import LayerSpec
from fishlab.core.layers.base import Array
from fishlab.core.network import parameter_keys
from fishlab.core.own_layers import renewed
from fishlab.core.shapes import NetworkReport, infer
from fishlab.core.spec import NetworkSpec, ProjectSpec, numbered, walk
from fishlab.ui.branches import has_branch

MERGE_SECONDS = 1.5


class _Edit(QUndoCommand):
    """One gesture: the value before and after. Edits with the same merge key that follow each other closely are one."""

    def __init__(
        self, document: Document, text: str, after: ProjectSpec, merge: str | None, focus: tuple[str, ...]
    ) -> None:
        super().__init__(text)
        self._document = document
        self._before, self._after = document.spec, after
        self._merge, self._focus = merge, focus
        self._time = time.monotonic()
        self._first = True

    def id(self) -> int:
        return -1 if self._merge is None else 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Edit) or other._merge != self._merge or other._time - self._time > MERGE_SECONDS:
            return False
        self._after, self._time = other._after, other._time
        self.setObsolete(self._after == self._before)
        return True

    def redo(self) -> None:
        self._document._show(with_todays_layers(self._after))
        if not self._first:
            self._document.focus_requested.emit(self._focus or changed_uids(self._before.network, self._after.network))
        self._first = False

    def undo(self) -> None:
        self._document._show(with_todays_layers(self._before))
        self._document.focus_requested.emit(changed_uids(self._after.network, self._before.network) or self._focus)


class _Exchange(QUndoCommand):
    """Another trained model in place of one. A model that came since, by training on, is never taken away."""

    def __init__(self, document: Document, text: str, before: Checkpoint, after: Checkpoint) -> None:
        super().__init__(text)
        self._document, self._before, self._after = document, before, after

    def redo(self) -> None:
        self._give(self._before, self._after)

    def undo(self) -> None:
        self._give(self._after, self._before)

    def _give(self, old: Checkpoint, new: Checkpoint) -> None:
        model = self._document.model
        if model is not None and model.weights is old.weights:  # looks at the test images are counted all the same
            project = with_todays_layers(new.project)
            self._document.set_model(replace(new, project=project, test_looks=model.test_looks))


class Document(QObject):
    """A project that is being edited.

    Signals: `changed(ProjectSpec old)` after every change of `spec`; `focus_requested(tuple of uids)` after undo and
    redo; `selection_changed()`; `file_changed()` when the path or the unsaved mark changes; `model_changed()` when
    another trained model (or none) belongs to the document; `replaced()` before another project takes its place.
    """

    replaced = Signal()
    changed = Signal(object)
    focus_requested = Signal(object)
    selection_changed = Signal()
    file_changed = Signal()
    model_changed = Signal()

    def __init__(self, spec: ProjectSpec | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._spec = spec or ProjectSpec()
        self._report = infer(self._spec.network)
        self._path: Path | None = None
        self._model: Checkpoint | None = None
        self._model_saved = True
        self._selection: tuple[str, ...] = ()
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self.file_changed)

    # -- the project ---------------------------------------------------------------------------------------------
    @property
    def spec(self) -> ProjectSpec:
        """The project as it is now."""
        return self._spec

    @property
    def network(self) -> NetworkSpec:
        """Its network."""
        return self._spec.network

    @property
    def report(self) -> NetworkReport:
        """Shapes and problems of the network as it is now."""
        return self._report

    def edit(
        self, text: str, spec: ProjectSpec | NetworkSpec, *, merge: str | None = None, focus: tuple[str, ...] = ()
    ) -> None:
        """Make `spec` the truth as one undo step called `text`.

        A NetworkSpec stands for the same project with that network. Steps with the same `merge` key that follow each
        other within a second and a half become one. `focus` names the layers to look at.
        """
        after = self._spec.replace(network=spec) if isinstance(spec, NetworkSpec) else spec
        if after != self._spec:
            self.undo_stack.push(_Edit(self, text, after, merge, focus))

    def renew_layers(self) -> None:
        """Have layers whose file was loaded again take their new class: no change of the project, and no undo step.

        A model whose weights no longer fit is given up.
        """
        self._show(with_todays_layers(self._spec))
        model = self._model
        if model is None:
            return
        project = with_todays_layers(model.project)
        if not fit(model.weights, project):
            self.set_model(None)
        elif project is not model.project:
            self.set_model(replace(model, project=project), saved=self._model_saved)

    def _show(self, spec: ProjectSpec) -> None:
        old, self._spec = self._spec, spec
        if old.network != spec.network:
            self._report = infer(spec.network)
            self.select(tuple(uid for uid in self._selection if self._is_known(uid)))
        self.changed.emit(old)

    def _is_known(self, uid: str) -> bool:
        return uid == "input" or self._report.find(uid) is not None or has_branch(self.network, uid)

    # -- selection -----------------------------------------------------------------------------------------------
    @property
    def selection(self) -> tuple[str, ...]:
        """The uids of the selected cards in stack order; 'input' and 'loss' are cards too.

        The heading of a branch has its key in place of a uid (see fishlab.ui.branches) and is selected alone.
        """
        return self._selection

    def select(self, uids: tuple[str, ...]) -> None:
        """Select these cards."""
        if uids != self._selection:
            self._selection = uids
            self.selection_changed.emit()

    # -- model and file ------------------------------------------------------------------------------------------
    @property
    def model(self) -> Checkpoint | None:
        """What training has made so far, or None."""
        return self._model

    def set_model(self, model: Checkpoint | None, *, saved: bool = False) -> None:
        """Take over what training made; it counts as unsaved unless it came from the file."""
        self._model, self._model_saved = model, saved or model is None
        self.model_changed.emit()
        self.file_changed.emit()

    def exchange_model(self, text: str, model: Checkpoint) -> None:
        """Put another model in place of the one that is there, as one undo step called `text`."""
        if self._model is not None:
            self.undo_stack.push(_Exchange(self, text, self._model, model))

    @property
    def path(self) -> Path | None:
        """The project file, or None for a document that was never saved."""
        return self._path

    @property
    def unsaved(self) -> bool:
        """Whether closing would lose something."""
        return not (self.undo_stack.isClean() and self._model_saved)

    @property
    def title(self) -> str:
        """The file's name, or the network's."""
        return self._path.stem if self._path else self._spec.network.name

    def replace(
        self, spec: ProjectSpec, *, model: Checkpoint | None = None, path: Path | None = None, saved: bool = True
    ) -> None:
        """Another project in place of this one, with a fresh undo stack; `saved` says whether `path` holds it so."""
        self.replaced.emit()
        self.undo_stack.clear()
        self._path = path
        self._selection = ()
        self.selection_changed.emit()
        self._show(spec)
        if not saved:
            self.undo_stack.resetClean()
        self.set_model(model, saved=saved)

    def mark_saved(self, path: Path, spec: ProjectSpec, model: Checkpoint | None) -> None:
        """`spec` and `model` are in `path`; what has changed since they were handed out still counts as unsaved."""
        self._path = path
        self._model_saved = model is self._model
        if spec == self._spec:
            self.undo_stack.setClean()
        else:
            self.undo_stack.resetClean()  # no step of it is what the file holds, the one saved before neither
        self.file_changed.emit()


def with_todays_layers(project: ProjectSpec) -> ProjectSpec:
    """The project itself, unless layers of somebody's own have changed since it was made."""
    network = renewed(project.network)
    return project if network is project.network else project.replace(network=network)


def fit(weights: Mapping[str, Array], project: ProjectSpec) -> bool:
    """Whether these are weights that the network of a project can have."""
    report = infer(project.network)
    if report.problem:
        return False
    wanted = {key: info.shape for key, info in parameter_keys(report).items()}
    return wanted == {key: value.shape for key, value in weights.items()}


def changed_uids(old: NetworkSpec, new: NetworkSpec) -> tuple[str, ...]:
    """The layers of `new` that are not in `old` as they are, or have moved; of blocks that hold one, only that one."""
    before = {layer.uid: (layer, number) for number, layer in numbered(old.layers)}
    same_length = len(before) == sum(1 for _ in new.walk())
    changed = {
        layer.uid: layer
        for number, layer in numbered(new.layers)
        if layer.uid not in before or before[layer.uid][0] != layer or (same_length and before[layer.uid][1] != number)
    }
    return tuple(uid for uid, layer in changed.items() if not _holds_some(layer, changed))


def _holds_some(block: LayerSpec, uids: Collection[str]) -> bool:
    return any(layer.uid in uids for branch in block.branches for layer in walk(branch))
