"""The window: docks, actions, wiring, and nothing else."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QToolBar, QWidget

from fishlab.core.spec import INPUT_UID
from fishlab.ui.actions import Actions
from fishlab.ui.appearance import Appearance
from fishlab.ui.document import Document
from fishlab.ui.examples import Examples
from fishlab.ui.exchange import Exchange
from fishlab.ui.explaining import Explaining
from fishlab.ui.first_project import FirstProject
from fishlab.ui.help import Help
from fishlab.ui.hint_bar import HintBar
from fishlab.ui.hints import HintWatch
from fishlab.ui.incoming_file import dropped_file, is_foreign
from fishlab.ui.instrument_places import InstrumentPlaces
from fishlab.ui.layouts import FIRST, LAYOUTS, Layouts
from fishlab.ui.live_scroll import LiveScroll
from fishlab.ui.menus import Menus
from fishlab.ui.own_layers import OwnLayers
from fishlab.ui.own_layers_sheet import OwnLayersSheet
from fishlab.ui.panels.explain import ExplainPanel
from fishlab.ui.panels.inspector import InspectorPanel
from fishlab.ui.panels.network import NetworkPanel
from fishlab.ui.panels.notes import NotesPanel
from fishlab.ui.panels.palette import PalettePanel
from fishlab.ui.plots.live import LivePanel
from fishlab.ui.project_files import ProjectFiles
from fishlab.ui.prompts import Prompts
from fishlab.ui.recent_sheet import RecentSheet
from fishlab.ui.recovery import Recovery
from fishlab.ui.recovery_bar import RecoveryBar
from fishlab.ui.run_bar import RunBar
from fishlab.ui.session import State, TrainSession
from fishlab.ui.settings import Settings
from fishlab.ui.status_bar import StatusBar
from fishlab.ui.theme import theme
from fishlab.ui.whole_network import WholeNetwork
from fishlab.ui.widgets.dock import Dock

FIRST_SIZE = QSize(1440, 900)
MARGIN = 6
END_SECONDS = 2.0  # for a worker to come to the end of its batch


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
        self.own_layers = OwnLayers(document, session, self.prompts, settings, self)
        self.files.load_layers = self.own_layers.load
        self.recovery = Recovery(document, self.files, settings, self)
        session.ways.choose(settings.way)
        self._asks_before_closing = True
        self._arranged = False
        self._build()
        self._connect()
        self._sync()

    # -- build -----------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.actions_ = Actions(self)
        self._build_panels()
        self._build_docks()
        self.appearance = Appearance(self.settings, self.layouts, self)
        inspector = self.inspector_panel, self.docks["inspector"]
        self.network = WholeNetwork(self.document, self.session, *inspector, self)
        self._add_actions()
        self._build_bars()
        self.menus = Menus(self.menuBar(), self.actions_, self.docks, self.settings)
        self.help = Help(self.actions_, self.prompts, self)
        self.examples = Examples(self)
        self.recent = RecentSheet(self.settings, self)
        self.own_layers_sheet = OwnLayersSheet(self.own_layers, self)
        self.exchange = Exchange(self.document, self.session, self.files, self.prompts, self.settings, self)
        self.first = FirstProject(self.document, self.files, self.exchange, self.recovery, self.settings, self)
        keys = self.actions_["help.explain"], self.actions_["help.point"]
        self.explaining = Explaining(self.explain_panel, self.docks["explain"], self.document, *keys, self)
        for late in (self.live_panel.strip.made, self.inspector_panel.made):
            late.connect(self.explaining.explain_parts)

    def _build_panels(self) -> None:
        self.palette_panel = PalettePanel(self.document)
        self.network_panel = NetworkPanel(self.document)
        self.inspector_panel = InspectorPanel(self.document, self.session)
        self.live_panel = LivePanel(self.document, self.session)
        self.explain_panel = ExplainPanel()
        self.notes_panel = NotesPanel(self.document)

    def _build_docks(self) -> None:
        parts = (
            ("palette", self.tr("Layers"), self.palette_panel, 206, 130),
            ("network", self.tr("Network"), self.network_panel, 326, 200),
            ("inspector", self.tr("Inspector"), self.inspector_panel, 260, 246),
            ("explain", self.tr("Explanation"), self.explain_panel, 260, 180),
            ("notes", self.tr("Notes"), self.notes_panel, 260, 180),
        )
        self.docks: dict[str, Dock] = {}
        for name, title, panel, width, least in parts:
            dock = Dock(title, name, self, first_width=width, least=least)
            dock.set_body(panel)
            self.docks[name] = dock
        self.setCentralWidget(LiveScroll(self.live_panel))
        self.layouts = Layouts(self, self.docks, self.settings)
        self.places = InstrumentPlaces(self.live_panel.strip, self.settings, self)
        self.layouts.place()
        for name in ("explain", "notes"):
            self.docks[name].hide()

    def _add_actions(self) -> None:
        stack = self.document.undo_stack
        undo, redo = stack.createUndoAction(self, self.tr("Undo")), stack.createRedoAction(self, self.tr("Redo"))
        undo.setShortcut(QKeySequence("Ctrl+Z"))
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        undo.setWhatsThis(self.tr("Takes the last change back, whatever it was; trained weights come back with it."))
        redo.setWhatsThis(self.tr("Makes the change again that was taken back last."))
        self.actions_.add("edit.undo", undo, self.tr("Undo"))
        self.actions_.add("edit.redo", redo, self.tr("Redo"))
        for name, action in self.network_panel.commands.actions.items():
            self.actions_.add(f"network.{name}", action)
        self._add_instruments()

    def _add_instruments(self) -> None:
        strip = self.live_panel.strip
        words = self.tr("Instrument: {name}")
        others = {
            "enlarge": strip.enlarge_action, "freeze": strip.freeze_action, "pin": strip.pin_action,
            "window": strip.window_action, "windows": strip.windows_action,
        }  # fmt: skip
        for name, action in (strip.show_actions | others).items():
            self.actions_.add(f"view.instrument.{name}", action, words.format(name=action.text()))

    def _build_bars(self) -> None:
        self.run_bar = RunBar(self.document, self.session, self.actions_)
        bar = QToolBar(self.tr("Training"), self)
        bar.setObjectName("toolbar.training")
        bar.setMovable(False)
        bar.addWidget(self.run_bar)
        bar.toggleViewAction().setVisible(False)
        self.addToolBar(bar)
        self.recovery_bar = RecoveryBar(self.recovery, self.prompts)
        self._offers = self._line("toolbar.offers", self.tr("What was left"), self.recovery_bar)
        self.hints = HintWatch(self.document, self.session, self.settings, self)
        self.hint_bar = HintBar(self.hints)
        self._hint_line = self._line("toolbar.hint", self.tr("Hint"), self.hint_bar)
        self.status = StatusBar(self.document, self.session)
        self.statusBar().addWidget(self.status, 1)
        self.statusBar().setSizeGripEnabled(False)

    def _line(self, name: str, title: str, bar: QWidget) -> QToolBar:
        """A line of its own under the toolbar, there only while there is something to offer."""
        line = QToolBar(title, self)
        line.setObjectName(name)
        line.setMovable(False)
        line.addWidget(bar)
        line.toggleViewAction().setVisible(False)
        self.addToolBarBreak()
        self.addToolBar(line)
        return line

    # -- connect ---------------------------------------------------------------------------------------------------
    def _connect(self) -> None:
        self._connect_actions()
        for offer in (self.menus.new_chosen, self.examples.chosen):
            offer.connect(self._on_new_chosen)
        for recent in (self.menus.recent_chosen, self.recent.chosen):
            recent.connect(self.files.open)
        self.menus.layout_chosen.connect(self.show_layout)
        self.menus.theme_chosen.connect(self.appearance.choose)
        self.network.said.connect(self.status.notice)
        self.network.warned.connect(self.status.warn)
        self.run_bar.layout_chosen.connect(self.show_layout)
        self.recovery.said.connect(self.status.warn)
        self.first.said.connect(self.status.notice)
        self.first.warned.connect(self.status.warn)
        self.recovery_bar.wanted.connect(self._offers.setVisible)
        self.hint_bar.wanted.connect(self._hint_line.setVisible)
        self.files.saved.connect(self.status.set_saved)
        self.files.writing_changed.connect(self.status.set_saving)
        self.files.opened.connect(self.status.forget_saved)
        self.session.state_changed.connect(self._on_state_changed)
        self.session.data_changed.connect(self._sync_data)
        self.session.failed.connect(self._on_session_failed)
        self.own_layers.said.connect(self.status.notice)
        self.exchange.said.connect(self.status.notice)
        self.hints.said.connect(self.status.notice)
        self.own_layers.changed.connect(self._on_own_layers_changed)
        self.session.helper_lost.connect(self.status.notice)
        self.session.ways.changed.connect(self._on_ways_changed)
        self.document.model_changed.connect(self._sync_actions)
        self.document.changed.connect(self._on_document_changed)
        self.document.file_changed.connect(self._sync_title)
        theme().changed.connect(self._sync_theme)

    def _connect_actions(self) -> None:
        session, files, actions = self.session, self.files, self.actions_
        slots = {
            "file.examples": self.examples.open, "file.recent": self.recent.open,
            "file.open": self._on_open_triggered, "file.save": files.save, "file.save_as": files.save_as,
            "file.import": self._on_import_triggered, "file.export": self.exchange.export,
            "file.quit": self.close, "train.run": self.network.run, "train.pause": session.pause,
            "train.step": session.step, "train.stop": session.stop, "train.more": session.one_more_epoch,
            "train.over": session.start_over, "train.test": session.evaluate_test, "data.fetch": session.fetch_mnist,
            "train.verify": session.verify,
            "network.rename_network": self._on_rename_network,
            "network.load_layers": self._on_load_layers, "network.own_layers": self.own_layers_sheet.show_files,
            "network.freeze": self.network.freeze, "network.fit": self.network.fit,
            "view.larger": self.appearance.larger, "view.smaller": self.appearance.smaller,
            "view.normal": self.appearance.normal, "view.motion": self.appearance.reduce_motion,
            "view.hints": self.hints.set_on,
        }  # fmt: skip
        for name, slot in slots.items():
            actions[name].triggered.connect(slot)

    # -- sync ------------------------------------------------------------------------------------------------------
    def _sync(self) -> None:
        self.actions_["view.hints"].setChecked(self.hints.on)
        self._sync_actions()
        self._sync_title()
        self._sync_data()
        self._sync_theme()

    def _sync_title(self) -> None:
        self.setWindowTitle(f"{self.document.title}[*] — FishLab")
        self.setWindowModified(self.files.unsaved)
        self.docks["network"].set_subtitle(self.document.network.name)

    def _sync_actions(self) -> None:
        idle = self.session.state is State.IDLE
        model = self.document.model is not None
        self.actions_["train.more"].setEnabled(idle and not self.session.obstacle)
        self.actions_["train.over"].setEnabled(idle and model)
        self.actions_["train.test"].setEnabled(idle and model)
        self.actions_["train.verify"].setEnabled(self.session.can_verify)
        self.actions_["data.fetch"].setEnabled(idle)
        self.actions_["network.load_layers"].setEnabled(not self.own_layers.obstacle())

    def _sync_data(self) -> None:
        self.network_panel.set_data_name(self.session.data_in_use())

    def _sync_theme(self) -> None:
        self.setContentsMargins(theme().px(MARGIN), 0, theme().px(MARGIN), 0)
        for line in (self._offers, self._hint_line):  # as far from the docks as they are from one another
            line.layout().setContentsMargins(0, 0, 0, theme().px(MARGIN))
        self.actions_["view.motion"].setChecked(theme().reduce_motion)
        self.menus.sync_theme()

    def _on_document_changed(self, _old: object) -> None:
        self._sync_title()
        self._sync_actions()

    def _on_ways_changed(self) -> None:
        if self.session.ways.chosen != self.settings.way:
            self.settings.way = self.session.ways.chosen

    def _on_state_changed(self) -> None:
        self._sync_title()
        self._sync_actions()

    # -- start and end ---------------------------------------------------------------------------------------------
    def start(self, path: Path | None = None) -> None:
        """Stand ready: with the file asked for, else what was not saved last time, the last file, the first example."""
        self._arranged = self.layouts.restore()
        if not self._arranged:
            self.resize(self._first_size())
            self.layouts.show(FIRST)  # all docks together may be wider than the screen, with large letters
        self.run_bar.layouts.set_value(self._layout_name())
        self.places.restore(self._layout_name())
        self.palette_panel.tree.fold(self.settings.text("palette/folded").split("\n"))
        self.first.show_example()
        keeps = self.recovery.begin()
        if not self.recovery.crashed:
            QTimer.singleShot(0, self.places.open_windows)  # once the window itself is there
        self._offers.setVisible(bool(self.recovery.left))  # an arrangement that came back says otherwise
        self._hint_line.setVisible(self.hints.hint is not None)
        self.first.open(path)
        self._focus_stack()
        if not (keeps and self.settings.writable):
            folder = self.settings.file.parent
            words = self.tr("“{folder}” cannot be written: layout, theme, recent files and unsaved work "
                            "are not remembered.")  # fmt: skip
            self.status.warn(words.format(folder=folder))

    def _first_size(self) -> QSize:
        """1440 x 900 u, or what the screen has."""
        frame = QSize(0, theme().px(32))
        room = self.screen().availableGeometry().size() - frame
        return QSize(theme().px(FIRST_SIZE.width()), theme().px(FIRST_SIZE.height())).boundedTo(room)

    def _focus_stack(self) -> None:
        """The keyboard begins in the stack: "/", F2 and the arrows work at once."""
        card = self.network_panel.stack.card(INPUT_UID)
        if card is not None:
            card.setFocus()

    def _layout_name(self) -> str:
        name = self.settings.text("window/layout", FIRST)
        return name if name in LAYOUTS else FIRST

    def showEvent(self, event: QShowEvent) -> None:
        """Arrange the docks of a first start, now that the size is known."""
        super().showEvent(event)
        if not self._arranged:
            self._arranged = True
            self.show_layout(FIRST)

    def show_layout(self, name: str) -> None:
        """Put the docks as a named layout has them."""
        self.run_bar.layouts.set_value(name)
        self.places.turn(name)
        self.layouts.show(name)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the run, settle unsaved changes, remember the layout."""
        asks = self._asks_before_closing and not self.recovery.holds_all
        if asks and not self.files.settle():
            event.ignore()
            return
        self.exchange.shut_down()
        self._end_work(decided=asks)
        self.layouts.remember(self.run_bar.layouts.value())
        self.places.remember()
        self.settings.set("palette/folded", "\n".join(self.palette_panel.tree.folded()))
        self.settings.flush()
        self._let_go()
        event.accept()

    def settle_without_asking(self) -> None:
        """End the run and keep what is not saved, unless that is settled already."""
        self._end_work(decided=False)
        self._let_go()

    def _end_work(self, *, decided: bool) -> None:
        """`decided`: what is not saved was to be lost."""
        self.files.end(END_SECONDS)
        self.session.end(END_SECONDS)
        self.recovery.end(decided=decided)

    def _let_go(self) -> None:
        self.live_panel.strip.bring_all_back()
        self.document.undo_stack.blockSignals(True)  # it speaks once more while it dies

    def end(self) -> None:
        """End the program, as SIGTERM and Ctrl+C ask; open dialogs end with it."""
        self.close_without_asking()
        QTimer.singleShot(0, QApplication.quit)

    def keep(self) -> None:
        """The person logs out, which may still be called off: have everything kept, and stay."""
        self.session.shut_down(END_SECONDS)
        self.recovery.keep()

    def close_without_asking(self) -> None:
        """Nobody is there to answer: what is not saved comes back at the next start."""
        self._asks_before_closing = False
        self.close()

    # -- dropping a file -------------------------------------------------------------------------------------------
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take projects and what can be imported, wherever in the window nobody else takes what comes."""
        if dropped_file(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the dropped project, or import the dropped file."""
        path = dropped_file(event)
        if path:
            event.acceptProposedAction()
            (self.exchange.import_file if is_foreign(path) else self.files.open)(path)

    # -- slots -----------------------------------------------------------------------------------------------------
    def on_unexpected_error(self, text: str) -> None:
        """One report for each error that nobody caught; the rest is in the log."""
        words = self.tr("Something went wrong inside FishLab, and it goes on: {text}. The log says more.")
        self.status.warn(words.format(text=text))

    def _on_open_triggered(self) -> None:
        self.files.open()

    def _on_import_triggered(self) -> None:
        self.exchange.import_file()

    def _on_new_chosen(self, template: str) -> None:
        if self.files.new(template):
            self.network_panel.stack.setFocus()  # what comes next is building

    def _on_rename_network(self) -> None:
        self.network.rename(self.prompts)

    def _on_load_layers(self) -> None:
        if self.own_layers.load():
            self.own_layers_sheet.show_files()

    def _on_own_layers_changed(self) -> None:
        self.palette_panel.refresh()

    def _on_session_failed(self, text: str) -> None:
        self.network.offer_fit()
        self.status.warn(text)
