"""The palette: every kind of layer, to be searched, dragged into the network or added with Enter."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fishlab.ui import layer_edits
from fishlab.ui.document import Document
from fishlab.ui.panels.palette.tree import PaletteTree
from fishlab.ui.theme import theme
from fishlab.ui.widgets.label import Label
from fishlab.ui.widgets.search_box import SearchBox


class PalettePanel(QWidget):
    """Search box, the layers in groups, and one line that says how to use them."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._build()
        self._connect()
        self._sync_space()

    def _build(self) -> None:
        self.setObjectName("palette")
        self.search = SearchBox(self.tr("Search layers"))
        self.search.setObjectName("palette.search")
        self.tree = PaletteTree()
        self.nothing = Label("", "small", 400, "ink2", wrap=True)
        self.nothing.hide()
        hint = self.tr("Drag into the network, or press Enter to add after the selection.")
        self.hint = Label(hint, "caption", 400, "ink3", wrap=True)
        column = QVBoxLayout(self)
        column.addWidget(self.search)
        column.addWidget(self.nothing)
        column.addWidget(self.tree, 1)
        column.addWidget(self.hint)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._on_search_text_changed)
        self.search.stepped.connect(self._on_search_stepped)
        self.search.returnPressed.connect(self._on_search_return_pressed)
        self.tree.chosen.connect(self._on_tree_chosen)
        theme().changed.connect(self._sync_space)

    def refresh(self) -> None:
        """Read the layers anew: one of somebody's own may have come."""
        self.tree.refresh()
        self.tree.filter(self.search.text())

    def _on_search_text_changed(self, words: str) -> None:
        found = self.tree.filter(words)
        self.nothing.setVisible(not found)
        self.nothing.setText(self.tr("No layer is called “{words}”.").format(words=words.strip()))

    def _on_search_stepped(self, by: int) -> None:
        if self.tree.step(by):
            self.tree.setFocus(Qt.FocusReason.TabFocusReason)

    def _on_search_return_pressed(self) -> None:
        self.tree.choose(self.tree.currentIndex())

    def _on_tree_chosen(self, kind: str) -> None:
        layer_edits.add(self._document, [layer_edits.new_layer(kind)])

    def _sync_space(self) -> None:
        t = theme()
        self.layout().setContentsMargins(t.px(8), t.px(2), t.px(8), t.px(10))
        self.layout().setSpacing(t.px(6))
        self.hint.setContentsMargins(t.px(4), 0, t.px(4), 0)
        self.nothing.setContentsMargins(t.px(4), t.px(4), t.px(4), 0)
