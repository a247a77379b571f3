"""The gallery of networks to begin with: the book's and the classics, by chapter, to be searched and read about."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialogButtonBox, QHBoxLayout, QListWidgetItem, QVBoxLayout, QWidget

from fishlab.core.data.dataset import DATASETS
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.registry import Entry
from fishlab.core.shapes import infer
from fishlab.core.spec import ProjectSpec
from fishlab.core.templates import TEMPLATES, Template
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.label import Label
from fishlab.ui.widgets.search_box import SearchBox
from fishlab.ui.widgets.sheet import Sheet
from fishlab.ui.widgets.side_list import SideList

_WIDTH, _HEIGHT, _LIST = 640, 480, 236


class Examples(Sheet):
    """`chosen(kind)` of a template."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__("examples", self.tr("Begin with an example"), parent)
        self._build()
        self._connect()
        self._fill("")
        self.sync_space()

    def _build(self) -> None:
        self.search = SearchBox(self.tr("Search examples"))
        self.list = SideList("examples.list", self.tr("Examples"), _LIST)
        self.title = Label("", "heading", 600, wrap=True)
        self.chapter = Label("", "caption", 400, "ink2")
        self.help = Label("", "body", 400, "ink", wrap=True)
        self.facts = Label("", "small", 400, "ink2", wrap=True)
        self.use = Button(self.tr("Begin with it"))
        self.use.setDefault(True)
        self._right = QVBoxLayout()
        for part in (self.title, self.chapter, self.help, self.facts):
            self._right.addWidget(part)
        self._right.addStretch(1)
        self._left = QVBoxLayout()
        self._left.addWidget(self.search)
        self._left.addWidget(self.list, 1)
        self._row = QHBoxLayout()
        self._row.addLayout(self._left)
        self._row.addLayout(self._right, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.use, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.column.addLayout(self._row, 1)
        self.column.addWidget(buttons)

    def sync_space(self) -> None:
        """The list and what stands beside it."""
        super().sync_space()
        self._row.setSpacing(theme().px(20))
        for side in (self._left, self._right):
            side.setSpacing(theme().px(8))

    def _connect(self) -> None:
        self.search.textChanged.connect(self._fill)
        self.search.stepped.connect(self._on_stepped)
        self.list.currentItemChanged.connect(self._on_current_changed)
        self.list.itemActivated.connect(self._on_item_activated)
        self.accepted.connect(self._on_accepted)

    def open(self) -> None:
        """Show all of them, the first one chosen."""
        self.search.clear()
        self._fill("")
        self.fit(_WIDTH, _HEIGHT)
        self.search.setFocus()
        super().open()

    def kinds(self) -> list[str]:
        """The templates in sight, in order."""
        carried = (self.list.data_of(row) for row in range(self.list.count()))
        return [kind for kind in carried if kind]

    # -- the list
    def _fill(self, words: str) -> None:
        self.list.clear()
        for heading, entries in by_chapter(self.tr("Chapter {n}")).items():
            found = [entry for entry in entries if entry.matches(words)]
            if found and heading:
                self.list.add_heading(heading)
            for entry in found:
                self.list.add(entry.title, entry.kind)
        self._on_stepped(1)
        self._sync_current()

    def _on_stepped(self, by: int) -> None:
        """To the next example, over headings."""
        row = self.list.currentRow() + by
        while 0 <= row < self.list.count() and not self.list.data_of(row):
            row += by
        if 0 <= row < self.list.count():
            self.list.setCurrentRow(row)

    def _on_item_activated(self, item: QListWidgetItem) -> None:
        if self.list.data_of(self.list.row(item)):
            self.accept()

    def _on_accepted(self) -> None:
        kind = self.list.chosen()
        if kind is not None:
            self.chosen.emit(kind)

    # -- what is said about one
    def _on_current_changed(self, _item: object, _before: object) -> None:
        self._sync_current()

    def _sync_current(self) -> None:
        kind = self.list.chosen()
        self.use.setEnabled(kind is not None)
        if kind is None:
            words = self.tr("No example is called “{words}”.").format(words=self.search.text().strip())
            texts = (words, "", "", "")
        else:
            entry = TEMPLATES[kind]
            chapter = self.tr("Chapter {n}").format(n=entry.chapter) if entry.chapter else ""
            texts = (entry.title, chapter, entry.help, self._facts(entry.item()))
        for label, text in zip((self.title, self.chapter, self.help, self.facts), texts, strict=True):
            label.setText(text)
            label.setVisible(bool(text))

    def _facts(self, project: ProjectSpec) -> str:
        """Layers, parameters, data and training, a line each."""
        report, training = infer(project.network), project.training
        count = sum(1 for _ in project.network.walk())
        data = project.data.source
        lines = [
            self.tr("{n} layers, {weights} parameters").format(n=count, weights=f"{report.weights:,}"),
            self.tr("{optimizer} {rate}, {n} epochs").format(
                optimizer=OPTIMIZERS[training.optimizer.kind].title, rate=f"{training.optimizer.learning_rate:g}",
                n=training.epochs,
            ),
        ]
        if data in DATASETS:
            lines.append(self.tr("Brings its data: {name}").format(name=DATASETS[data].title))
        return "\n".join(lines) if count else ""


def by_chapter(words: str) -> dict[str, list[Entry[Template]]]:
    """The templates under “Chapter 2”, “Chapter 3” …, in that order; those of no chapter first, under nothing."""
    found: dict[str, list[Entry[Template]]] = {}
    for entry in sorted(TEMPLATES, key=lambda entry: entry.chapter):
        number = entry.chapter.partition(".")[0]
        found.setdefault(words.format(n=number) if number else "", []).append(entry)
    return found
