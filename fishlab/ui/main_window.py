"""The window: docks, actions, wiring, and nothing else."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QWhatsThis

from fishlab import __version__
from fishlab.core.templates import TEMPLATES, find_template
from fishlab.ui.actions import Actions
from fishlab.ui.document import Document
from fishlab.ui.layouts import LAYOUTS, Layouts
from fishlab.ui.panels.inspector import InspectorPanel
from fishlab.ui.panels.network import NetworkPanel
from fishlab.ui.panels.palette import PalettePanel
from fishlab.ui.plots.live import LivePanel
from fishlab.ui.project_files import ProjectFiles
from fishlab.ui.prompts import SUFFIX, Prompts
from fishlab.ui.run_bar import RunBar
from fishlab.ui.session import State, TrainSession
from fishlab.ui.settings import Settings
from fishlab.ui.shortcut_sheet import ShortcutSheet
from fishlab.ui.status_bar import StatusBar
from fishlab.ui.theme import Mode, theme
from fishlab.ui.widgets.command_search import CommandSearch
from fishlab.ui.widgets.dock import Dock

FIRST_NETWORK = "SimpleConvNet"
FIRST_SIZE = (1440, 900)
MARGIN = 6


class MainWindow(QMainWindow):
    """One project in one window."""

    def __init__(self, document: Document, session: TrainSession, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self.document, self.session, self.settings = document, session, settings
        document.setParent(self)
        session.setParent(self)
        self.prompts = Prompts(self)
        self.files = ProjectFiles(document, session, settings, self.prompts, self)
        self._asks_before_closing = True
        self._build()
        self._connect()
        self._sync()

    # -- build -----------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.actions_ = Actions(self)
        self._add_undo_actions()
        self._build_panels()
        self._build_docks()
        self._build_bars()
        self._build_menus()
        self.search = CommandSearch(self)
        self.sheet = ShortcutSheet(self.actions_, self)

    def _add_undo_actions(self) -> None:
        stack = self.document.undo_stack
        undo = stack.createUndoAction(self, self.tr("Undo"))
        undo.setShortcut(QKeySequence("Ctrl+Z"))
        redo = stack.createRedoAction(self, self.tr("Redo"))
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        self.actions_.add("edit.undo", undo)
        self.actions_.add("edit.redo", redo)

    def _build_panels(self) -> None:
        self.palette_panel = PalettePanel(self.document)
        self.network_panel = NetworkPanel(self.document)
        self.inspector_panel = InspectorPanel(self.document, self.session)
        self.live_panel = LivePanel(self.document, self.session)

    def _build_docks(self) -> None:
        parts = (
            ("palette", self.tr("Layers"), self.palette_panel, 206),
            ("network", self.tr("Network"), self.network_panel, 326),
            ("inspector", self.tr("Inspector"), self.inspector_panel, 260),
        )
        self.docks: dict[str, Dock] = {}
        for name, title, panel, width in parts:
            dock = Dock(title, name, self, first_width=width)
            dock.set_body(panel)
            self.docks[name] = dock
        self.setCentralWidget(self.live_panel)
        self.layouts = Layouts(self, self.docks, self.settings)
        self.layouts.place()

    def _build_bars(self) -> None:
        self.run_bar = RunBar(self.document, self.session, self.actions_)
        bar = QToolBar(self.tr("Training"), self)
        bar.setObjectName("toolbar.training")
        bar.setMovable(False)
        bar.addWidget(self.run_bar)
        bar.toggleViewAction().setEnabled(False)
        self.addToolBar(bar)
        self.status = StatusBar(self.document, self.session)
        self.statusBar().addWidget(self.status, 1)
        self.statusBar().setSizeGripEnabled(False)

    def _build_menus(self) -> None:
        self._menus: dict[str, QMenu] = {}
        titles = {
            "File": self.tr("File"), "Edit": self.tr("Edit"), "Network": self.tr("Network"),
            "Train": self.tr("Train"), "View": self.tr("View"), "Help": self.tr("Help"),
        }  # fmt: skip
        for name, title in titles.items():
            self._menus[name] = self.menuBar().addMenu(title)
        self._fill_file_menu()
        self._fill_edit_menu()
        self._fill_view_menu()
        self._add_stack_actions(self._menus["Network"], ("quick_add", "rename", "duplicate", "move_up", "move_down"))
        for name in ("Network", "Train", "Help"):
            self._fill_from_table(name)

    def _fill_from_table(self, name: str) -> None:
        for info, action in self.actions_.of_menu(name):
            if info.separator:
                self._menus[name].addSeparator()
            self._menus[name].addAction(action)

    def _fill_file_menu(self) -> None:
        new = self._menus["File"].addMenu(self.tr("New"))
        for number, entry in enumerate(TEMPLATES):
            action = QAction(entry.title, self)
            action.setData(entry.kind)
            action.setToolTip(entry.help)
            if number == 0:
                action.setShortcut(QKeySequence("Ctrl+N"))
            action.triggered.connect(self._on_new_triggered)
            self.actions_.add(f"file.new.{entry.kind}", action)
            new.addAction(action)
        self._fill_from_table("File")
        self._recent = QMenu(self.tr("Recent files"), self)
        self._menus["File"].insertMenu(self.actions_["file.save"], self._recent)

    def _fill_edit_menu(self) -> None:
        menu = self._menus["Edit"]
        menu.addActions([self.actions_["edit.undo"], self.actions_["edit.redo"]])
        menu.addSeparator()
        self._add_stack_actions(menu, ("cut", "copy", "paste", "delete", "select_all"))

    def _add_stack_actions(self, menu: QMenu, names: tuple[str, ...]) -> None:
        for name in names:
            action = self.network_panel.commands.actions[name]
            self.actions_.add(f"network.{name}", action)
            menu.addAction(action)

    def _fill_view_menu(self) -> None:
        menu = self._menus["View"]
        for dock in self.docks.values():
            menu.addAction(dock.toggleViewAction())
        menu.addSeparator()
        self._layout_actions = [self._choice(f"view.layout.{name}", name.capitalize(), name) for name in LAYOUTS]
        for number, action in enumerate(self._layout_actions, start=1):
            action.setShortcut(QKeySequence(f"Ctrl+{number}"))
            action.triggered.connect(self._on_layout_triggered)
            menu.addAction(action)
        menu.addSeparator()
        titles = {Mode.SYSTEM: self.tr("As the system"), Mode.LIGHT: self.tr("Light"), Mode.DARK: self.tr("Dark")}
        for mode, title in titles.items():
            action = self._choice(f"view.theme.{mode.value}", title, mode.value)
            action.setCheckable(True)
            action.triggered.connect(self._on_theme_triggered)
            menu.addAction(action)
        self._fill_from_table("View")

    def _choice(self, name: str, words: str, data: str) -> QAction:
        action = QAction(words, self)
        action.setData(data)
        self.actions_.add(name, action)
        return action

    # -- connect ---------------------------------------------------------------------------------------------------
    def _connect(self) -> None:
        session, files, actions = self.session, self.files, self.actions_
        slots = {
            "file.open": self._on_open_triggered, "file.save": files.save, "file.save_as": files.save_as,
            "file.quit": self.close, "train.run": session.run, "train.pause": session.pause,
            "train.step": session.step, "train.stop": session.stop, "train.more": session.one_more_epoch,
            "train.over": session.start_over, "train.test": session.evaluate_test, "data.fetch": session.fetch_mnist,
            "network.rename_network": self._on_rename_network, "view.larger": self._on_larger,
            "view.smaller": self._on_smaller, "view.normal": self._on_normal_size, "view.motion": self._on_motion,
            "help.explain": self._on_explain, "help.commands": self._on_find, "help.shortcuts": self._on_shortcuts,
            "help.about": self._on_about,
        }  # fmt: skip
        for name, slot in slots.items():
            actions[name].triggered.connect(slot)
        self._recent.aboutToShow.connect(self._fill_recent)
        self.run_bar.layout_chosen.connect(self.show_layout)
        files.saved.connect(self.status.set_saved)
        session.state_changed.connect(self._sync_actions)
        session.data_changed.connect(self._sync_data)
        self.document.model_changed.connect(self._sync_actions)
        self.document.changed.connect(self._on_document_changed)
        self.document.file_changed.connect(self._sync_title)
        theme().changed.connect(self._sync_theme)

    # -- sync ------------------------------------------------------------------------------------------------------
    def _sync(self) -> None:
        self._sync_actions()
        self._sync_title()
        self._sync_data()
        self._sync_theme()

    def _sync_title(self) -> None:
        self.setWindowTitle(f"{self.document.title}[*] — FishLab")
        self.setWindowModified(self.document.unsaved)
        self.docks["network"].set_subtitle(self.document.network.name)

    def _sync_actions(self) -> None:
        idle = self.session.state is State.IDLE
        model = self.document.model is not None
        self.actions_["train.more"].setEnabled(idle and not self.session.obstacle)
        self.actions_["train.over"].setEnabled(idle and model)
        self.actions_["train.test"].setEnabled(idle and model)
        self.actions_["data.fetch"].setEnabled(idle)

    def _sync_data(self) -> None:
        self.network_panel.set_data_name(self.session.data_in_use())

    def _sync_theme(self) -> None:
        self.setContentsMargins(theme().px(MARGIN), 0, theme().px(MARGIN), 0)
        self.actions_["view.motion"].setChecked(theme().reduce_motion)
        for mode in Mode:
            self.actions_[f"view.theme.{mode.value}"].setChecked(theme().mode is mode)

    def _on_document_changed(self, _old: object) -> None:
        self._sync_title()
        self._sync_actions()

    # -- start and end ---------------------------------------------------------------------------------------------
    def start(self, path: Path | None = None) -> None:
        """Stand ready: with the file asked for, else the one worked on last, else the first example."""
        if not self.layouts.restore():
            self.resize(theme().px(FIRST_SIZE[0]), theme().px(FIRST_SIZE[1]))
            QTimer.singleShot(0, self._first_layout)
        self.run_bar.layouts.set_value(self._layout_name())
        self.document.replace(find_template(FIRST_NETWORK).item())
        last = path or next((file for file in self.settings.recent if file.is_file()), None)
        if last is not None:
            self.files.open(last)

    def _layout_name(self) -> str:
        name = self.settings.text("window/layout", "watch")
        return name if name in LAYOUTS else "watch"

    def _first_layout(self) -> None:
        self.show_layout("watch")

    def show_layout(self, name: str) -> None:
        """Put the docks as a named layout has them."""
        self.run_bar.layouts.set_value(name)
        self.layouts.show(name)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the run, settle unsaved changes, remember the layout."""
        if self._asks_before_closing and not self.files.settle():
            event.ignore()
            return
        self.session.shut_down()
        self.layouts.remember(self.run_bar.layouts.value())
        self.settings.flush()
        self.document.undo_stack.blockSignals(True)  # it speaks once more while it dies
        event.accept()

    def close_without_asking(self) -> None:
        """For SIGTERM, Ctrl+C and logout: nobody is there to answer."""
        self._asks_before_closing = False
        self.close()

    # -- dropping a file -------------------------------------------------------------------------------------------
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take project files."""
        if _dropped_project(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the dropped project."""
        path = _dropped_project(event)
        if path:
            event.acceptProposedAction()
            self.files.open(path)

    # -- slots -----------------------------------------------------------------------------------------------------
    def on_unexpected_error(self, text: str) -> None:
        """One report for each error that nobody caught; the rest is in the log."""
        self.status.notice(
            self.tr("Something went wrong inside FishLab: {text}. It goes on; the log says more.").format(text=text)
        )

    def _sender_data(self) -> str:
        action = self.sender()
        return str(action.data()) if isinstance(action, QAction) else ""

    def _on_new_triggered(self) -> None:
        self.files.new(self._sender_data())

    def _on_open_triggered(self) -> None:
        self.files.open()

    def _fill_recent(self) -> None:
        self._recent.clear()
        for path in self.settings.recent:
            action = self._recent.addAction(str(path))
            action.setData(str(path))
            action.triggered.connect(self._on_recent_triggered)
        if self._recent.isEmpty():
            self._recent.addAction(self.tr("Nothing yet")).setEnabled(False)

    def _on_recent_triggered(self) -> None:
        self.files.open(Path(self._sender_data()))

    def _on_layout_triggered(self) -> None:
        self.show_layout(self._sender_data())

    def _on_theme_triggered(self) -> None:
        name = self._sender_data()
        theme().set_mode(next(mode for mode in Mode if mode.value == name))
        self.settings.set("view/theme", name)

    def _on_larger(self) -> None:
        self._set_font_scale(theme().font_scale + 0.1)

    def _on_smaller(self) -> None:
        self._set_font_scale(theme().font_scale - 0.1)

    def _on_normal_size(self) -> None:
        self._set_font_scale(1.0)

    def _set_font_scale(self, scale: float) -> None:
        theme().set_font_scale(round(scale, 2))
        self.settings.set("view/font_scale", theme().font_scale)

    def _on_motion(self, reduced: bool) -> None:
        theme().set_reduce_motion(reduced)
        self.settings.set("view/reduce_motion", reduced)

    def _on_rename_network(self) -> None:
        name = self.prompts.text(self.tr("Name of the network"), self.document.network.name)
        if name:
            self.document.edit(self.tr("Rename network"), self.document.network.renamed(name))

    def _on_explain(self) -> None:
        QWhatsThis.enterWhatsThisMode()

    def _on_find(self) -> None:
        self.search.offer(self.actions_.all())

    def _on_shortcuts(self) -> None:
        self.sheet.open()

    def _on_about(self) -> None:
        words = self.tr("A laboratory for neural networks, built for readers of “Deep Learning from Scratch”.")
        self.prompts.tell(f"FishLab {__version__}", words)


def _dropped_project(event: QDropEvent) -> Path | None:
    for url in event.mimeData().urls():
        path = Path(url.toLocalFile())
        if url.isLocalFile() and path.suffix == SUFFIX:
            return path
    return None
