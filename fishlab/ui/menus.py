"""The menu bar: the table of actions, and beside it templates, recent files, docks, layouts and themes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from fishlab.core.templates import TEMPLATES
from fishlab.ui.actions import Actions
from fishlab.ui.layouts import LAYOUTS
from fishlab.ui.settings import Settings
from fishlab.ui.theme import Mode, theme
from fishlab.ui.widgets.dock import Dock

FIRST_NAMES = ("file", "edit", "network", "train", "view", "help")


class Menus(QObject):
    """Fills the bar and says what was chosen: a template's kind, a recent file, a layout's name, a theme's Mode."""

    new_chosen = Signal(str)
    recent_chosen = Signal(object)
    layout_chosen = Signal(str)
    theme_chosen = Signal(object)

    def __init__(self, bar: QMenuBar, actions: Actions, docks: dict[str, Dock], settings: Settings) -> None:
        super().__init__(bar)
        self._bar, self._actions, self._docks, self._settings = bar, actions, docks, settings
        titles = (
            self.tr("File"), self.tr("Edit"), self.tr("Network"), self.tr("Train"), self.tr("View"), self.tr("Help"),
        )  # fmt: skip
        self._menus = {name: bar.addMenu(title) for name, title in zip(FIRST_NAMES, titles, strict=True)}
        self._build()
        self.sync_theme()

    def _build(self) -> None:
        self._add_templates()
        self._add_table("file")
        self._add_recent()
        self._add("edit", "edit.undo", "edit.redo", "", *_stack("cut", "copy", "paste", "delete", "select_all"))
        self._add("network", *_stack("quick_add", "rename", "duplicate", "move_up", "move_down"))
        self._add("network", "", *_stack("into_block", "out_of_block", "add_branch", "remove_branch"))
        self._add("network", *_stack("fold_all", "open_all"), "")
        self._add_table("network")
        self._add_table("train")
        self._add_docks()
        self._add_instruments()
        self._add_layouts()
        self._add_themes()
        self._add_table("view")
        self._add_table("help")

    def _add(self, menu: str, *names: str) -> None:
        for name in names:
            if name:
                self._menus[menu].addAction(self._actions[name])
            else:
                self._menus[menu].addSeparator()

    def _add_table(self, menu: str) -> None:
        for info, action in self._actions.of_menu(menu):
            if info.separator:
                self._menus[menu].addSeparator()
            self._menus[menu].addAction(action)

    def _add_templates(self) -> None:
        new = self._menus["file"].addMenu(self.tr("New"))
        chapter = ""
        for number, entry in enumerate(sorted(TEMPLATES, key=lambda entry: entry.chapter)):
            if number and entry.chapter[:1] != chapter:
                new.addSeparator()
            chapter = entry.chapter[:1]
            action = self._choice(f"file.new.{entry.kind}", entry.title, self.tr("New: {name}"), entry.kind, entry.help)
            action.triggered.connect(self._on_new_triggered)
            new.addAction(action)
        self._actions["file.new.empty"].setShortcut(QKeySequence("Ctrl+N"))

    def _add_recent(self) -> None:
        self._recent = QMenu(self.tr("Recent files"), self._menus["file"])
        self._menus["file"].insertMenu(self._actions["file.recent"], self._recent)
        self._recent.aboutToShow.connect(self._fill_recent)

    def _add_docks(self) -> None:
        for name, dock in self._docks.items():
            action = dock.toggleViewAction()
            self._actions.add(f"view.dock.{name}", action, self.tr("Show or hide: {name}").format(name=action.text()))
            self._menus["view"].addAction(action)

    def _add_instruments(self) -> None:
        self._menus["view"].addSeparator()
        menu = self._menus["view"].addMenu(self.tr("Instruments"))
        for name, _, action in self._actions.named():
            if name == "view.instrument.enlarge":
                menu.addSeparator()
            if name.startswith("view.instrument."):
                menu.addAction(action)

    def _add_layouts(self) -> None:
        self._menus["view"].addSeparator()
        words = (
            (self.tr("Build"), self.tr("Palette, a wide network and the inspector: room to put layers together.")),
            (self.tr("Watch"), self.tr("Most of the window for the curves, weights and filters of a run.")),
            (self.tr("Explain"), self.tr("A wide inspector, and under it what the thing under the pointer is.")),
        )
        for number, (name, (title, text)) in enumerate(zip(LAYOUTS, words, strict=True), start=1):
            action = self._choice(f"view.layout.{name}", title, self.tr("Layout: {name}"), name, text)
            action.setShortcut(QKeySequence(f"Ctrl+{number}"))
            action.triggered.connect(self._on_layout_triggered)
            self._menus["view"].addAction(action)

    def _add_themes(self) -> None:
        self._menus["view"].addSeparator()
        group = QActionGroup(self)
        titles = {Mode.SYSTEM: self.tr("As the system"), Mode.LIGHT: self.tr("Light"), Mode.DARK: self.tr("Dark")}
        for mode, title in titles.items():
            action = self._choice(f"view.theme.{mode.value}", title, self.tr("Theme: {name}"), mode.value)
            action.setCheckable(True)
            action.triggered.connect(self._on_theme_triggered)
            group.addAction(action)
            self._menus["view"].addAction(action)

    def _choice(self, name: str, words: str, title: str, data: str, text: str = "") -> QAction:
        action = QAction(words, self)
        action.setData(data)
        action.setWhatsThis(text)
        self._actions.add(name, action, title.format(name=words))
        return action

    def sync_theme(self) -> None:
        """Check the theme in use."""
        self._actions[f"view.theme.{theme().mode.value}"].setChecked(True)

    # -- slots -----------------------------------------------------------------------------------------------------
    def _fill_recent(self) -> None:
        self._recent.clear()
        for path in self._settings.recent:
            action = self._recent.addAction(str(path).replace("&", "&&"))
            action.setData(str(path))
            action.triggered.connect(self._on_recent_triggered)
        if self._recent.isEmpty():
            self._recent.addAction(self.tr("Nothing yet")).setEnabled(False)

    def _on_new_triggered(self) -> None:
        self.new_chosen.emit(self._chosen())

    def _on_recent_triggered(self) -> None:
        self.recent_chosen.emit(Path(self._chosen()))

    def _on_layout_triggered(self) -> None:
        self.layout_chosen.emit(self._chosen())

    def _on_theme_triggered(self) -> None:
        self.theme_chosen.emit(Mode(self._chosen()))

    def _chosen(self) -> str:
        action = self.sender()
        return str(action.data()) if isinstance(action, QAction) else ""


def _stack(*names: str) -> tuple[str, ...]:
    return tuple(f"network.{name}" for name in names)
