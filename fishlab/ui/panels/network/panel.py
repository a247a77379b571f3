"""The network panel: the stack to build in, the first problem, and what the network costs."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from fishlab.core.spec import ProjectSpec
from fishlab.ui.document import Document
from fishlab.ui.layer_drag import PLACE
from fishlab.ui.panels.network.commands import StackCommands
from fishlab.ui.panels.network.foot import Foot
from fishlab.ui.panels.network.problem_list import ProblemList
from fishlab.ui.panels.network.quick_add import QuickAdd
from fishlab.ui.panels.network.stack_scroll import StackScroll
from fishlab.ui.panels.network.stack_view import StackView
from fishlab.ui.theme import theme
from fishlab.ui.widgets.more_below import MoreBelow

_MENU = (
    ("quick_add",), ("cut", "copy", "paste", "duplicate", "delete"), ("rename", "move_up", "move_down"),
)  # fmt: skip
# offered only where they can be done
_OF_BLOCKS = ("into_block", "out_of_block", "add_branch", "remove_branch", "fold_all", "open_all")


class NetworkPanel(QWidget):
    """The document's network, to be looked at and edited.

    `commands` has `cut`, `copy`, `paste`, `duplicate_selected`, `delete_selected`, `rename_selected`, `move_up`,
    `move_down`, `select_all` and `quick_add`, and the same, with what is done to blocks, as `commands.actions`.
    """

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._build()
        self._connect()
        self._sync()

    def _build(self) -> None:
        self.setObjectName("network")
        self.setProperty(PLACE, True)
        self.stack = StackView(self._document)
        self.problems = ProblemList()
        self.foot = Foot()
        self.commands = StackCommands(self._document, self.stack, self)
        self._quick_add = QuickAdd(self._document, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        scroll = StackScroll(self.stack)
        column.addWidget(scroll, 1)
        column.addWidget(MoreBelow(scroll.verticalScrollBar()))
        column.addWidget(self.problems)
        column.addWidget(self.foot)

    def _connect(self) -> None:
        self._document.changed.connect(self._on_document_changed)
        self.problems.clicked.connect(self._on_problems_clicked)
        self.stack.quick_add_requested.connect(self._on_quick_add_requested)

    def _sync(self) -> None:
        problem = self._document.report.problem
        if problem is None and self.problems.hasFocus():  # it goes, and Qt would look for a place all over the window
            self.stack.setFocus(Qt.FocusReason.OtherFocusReason)
        self.problems.show_problem(problem)
        self.foot.show_report(self._document.report)

    def set_data_name(self, name: str) -> None:
        """Name the data set in use on the Input's card; empty where it is not known yet."""
        self.stack.set_data_name(name)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done to the selected layers."""
        menu = QMenu(self)
        for group in _MENU:
            menu.addActions([self.commands.actions[name] for name in group])
            menu.addSeparator()
        menu.addActions([action for action in map(self.commands.actions.get, _OF_BLOCKS) if action.isEnabled()])
        menu.exec(event.globalPos())
        menu.deleteLater()

    def _on_document_changed(self, old: ProjectSpec) -> None:
        if old.network != self._document.network:
            self._sync()

    def _on_problems_clicked(self) -> None:
        self.stack.focus_card(self.problems.uid)

    def _on_quick_add_requested(self) -> None:
        rect = self.stack.place_for_popup()
        corner = self.stack.mapToGlobal(QPoint(rect.left() + theme().px(44), rect.bottom() + 1))
        bottom = self.mapToGlobal(QPoint(0, self.height())).y()
        corner.setY(min(corner.y(), bottom))
        self._quick_add.open_at(corner)
