"""The files with layers of one's own: what is in them, and how each layer stood the contract."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from fishlab.core.contract import Verdict
from fishlab.core.layers import LAYERS
from fishlab.core.own_layers import LayerFile
from fishlab.ui.own_layers import OwnLayers
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.empty_state import EmptyState
from fishlab.ui.widgets.fold import Fold
from fishlab.ui.widgets.icon import icon_pixmap
from fishlab.ui.widgets.label import Label
from fishlab.ui.widgets.more_below import MoreBelow
from fishlab.ui.widgets.sheet import Sheet

_WIDTH, _HEIGHT = 520, 480


class OwnLayersSheet(Sheet):
    """Stays open beside the window while one writes a layer: save, load again, read the verdicts."""

    def __init__(self, own: OwnLayers, parent: QWidget) -> None:
        super().__init__("own_layers", self.tr("Own layers"), parent)
        self._own = own
        self._opened: set[str] = set()
        self._build()
        own.changed.connect(self._sync)
        theme().changed.connect(self._on_theme_changed)
        self.sync_space()

    def _build(self) -> None:
        self._scroll = QScrollArea()
        self._scroll.setAccessibleName(self.tr("Own layers"))
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.viewport().setAutoFillBackground(False)
        self.load = Button(self.tr("Load layer file…"), "open")
        self.load.setAutoDefault(False)
        self.load.clicked.connect(self._on_load_clicked)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        buttons.rejected.connect(self.close)
        row = QHBoxLayout()
        row.addWidget(self.load)
        row.addStretch(1)
        row.addWidget(buttons)
        self.column.addWidget(self._scroll, 1)
        self.column.addWidget(MoreBelow(self._scroll.verticalScrollBar()))
        self.column.addLayout(row)

    def show_files(self) -> None:
        """Open, or come to the front."""
        self._sync()
        if not self.isVisible():
            self.fit(_WIDTH, _HEIGHT)
        self.show()
        self.raise_()

    def text(self) -> str:
        """All that it says, a line each, for a screen reader."""
        shown = [label.text() for label in self._scroll.widget().findChildren(Label)]
        return "\n".join(line for line in shown if line)

    def _on_theme_changed(self) -> None:
        if self.isVisible():
            self._sync()

    def _on_load_clicked(self) -> None:
        self._own.load()

    def _on_again_clicked(self) -> None:
        self._own.load(Path(self.sender().property("path")))

    def _on_opened(self, is_open: bool) -> None:
        kind = self.sender().property("kind")
        (self._opened.add if is_open else self._opened.discard)(kind)

    # -- sync
    def _sync(self) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(theme().px(4), theme().px(4), theme().px(12), theme().px(4))
        column.setSpacing(theme().px(8))
        for file in self._own.files:
            self._add_file(column, file)
        if not self._own.files:
            column.addWidget(self._nothing(), 0 if self._own.known() else 1)
        if self._own.known():
            column.addWidget(Label(self.tr("Loaded earlier"), "small", 600))
        for path in self._own.known():
            self._add_head(column, path, self.tr("Load"))
        if self._own.files or self._own.known():
            column.addStretch(1)
        self._scroll.setWidget(page)
        page.setAutoFillBackground(False)

    def _nothing(self) -> EmptyState:
        words = self.tr(
            "A layer of your own is a Python class with @register_layer above it, in a file of its own. Load the file, "
            "and it stands in the palette like any other."
        )
        return EmptyState(self.tr("No layer file is loaded."), words)

    def _add_file(self, column: QVBoxLayout, file: LayerFile) -> None:
        self._add_head(column, file.path, self.tr("Load again"))
        for kind in file.kinds:
            self._add_layer(column, kind, self._own.verdicts(kind))

    def _add_head(self, column: QVBoxLayout, path: Path, action: str) -> None:
        head, words = QHBoxLayout(), QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Label(path.name, "body", 600, elide=True))
        words.addWidget(Label(str(path.parent), "caption", 400, "ink2", elide=True))
        button = Button(action, "redo")
        button.setObjectName("own_layers.load")
        button.setAutoDefault(False)
        button.setProperty("path", str(path))
        button.setToolTip(self.tr("Reads the file as it is now. The network keeps its layers."))
        button.clicked.connect(self._on_again_clicked)
        head.addLayout(words, 1)
        head.addWidget(button)
        column.addLayout(head)

    def _add_layer(self, column: QVBoxLayout, kind: str, verdicts: Sequence[Verdict] | None) -> None:
        fold = Fold(LAYERS[kind].title)
        fold.setObjectName(f"own_layers.{kind}")
        fold.setProperty("kind", kind)
        fold.set_note(self.summary(verdicts))
        fold.header.setToolTip(self.summary(verdicts))
        fold.set_open(kind in self._opened or any(one.problem for one in verdicts or ()))
        fold.opened.connect(self._on_opened)
        for verdict in sorted(verdicts or (), key=lambda one: not one.problem):
            fold.add(_verdict_row(verdict))
        column.addWidget(fold)

    def summary(self, verdicts: Sequence[Verdict] | None) -> str:
        """How a layer stood the contract, in a few words."""
        if verdicts is None:
            return self.tr("being checked…")
        broken = sum(bool(one.problem) for one in verdicts)
        if broken:
            return self.tr("{n} of {all} checks fail").format(n=broken, all=len(verdicts))
        return self.tr("all {n} checks hold").format(n=len(verdicts))


def _verdict_row(verdict: Verdict) -> QWidget:
    row, sign = QWidget(), Label()
    name, colour = ("warning", "bad") if verdict.problem else ("check", "good")
    sign.setPixmap(icon_pixmap(name, colour, theme().u(14), row.devicePixelRatioF()))
    words = QVBoxLayout()
    words.setSpacing(0)
    words.addWidget(Label(verdict.check, "small", 500 if verdict.problem else 400, wrap=True))
    if verdict.problem:
        problem = Label(verdict.problem, "small", 400, "bad", wrap=True)
        problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words.addWidget(problem)
    line = QHBoxLayout(row)
    line.setContentsMargins(theme().px(18), 0, 0, 0)
    line.setSpacing(theme().px(8))
    line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
    line.addLayout(words, 1)
    return row
