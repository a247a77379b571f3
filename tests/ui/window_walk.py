"""Goes through a window: every dock, every tab, every instrument, every dialog that can be opened."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QWidget
from window_kit import Opener, small_project

from fishlab.core.layers import LAYERS
from fishlab.core.spec import NetworkSpec, ProjectSpec
from fishlab.ui.main_window import MainWindow
from fishlab.ui.session import State

# What opens a dialog; it is looked at and closed again.
DIALOGS = ("file.examples", "file.recent", "file.export", "network.own_layers", "help.shortcuts", "help.commands")


def small_convolutions(epochs: int = 3) -> ProjectSpec:
    """A network with something of everything to look at, that trains in no time."""
    stack = (
        ("convolution", {"filters": 4}), ("relu", {}), ("max_pool", {}),
        ("convolution", {"filters": 4, "kernel_size": (3, 3)}), ("relu", {}),
        ("flatten", {}), ("affine", {"units": 12}), ("relu", {}), ("affine", {"units": 10}),
    )  # fmt: skip
    layers = tuple(LAYERS[kind].item.Spec(**values) for kind, values in stack)
    return small_project(epochs).replace(network=NetworkSpec(name="Small", layers=layers))


def with_a_run(open_window: Opener, qtbot, size: tuple[int, int] = (1440, 900)) -> MainWindow:
    """A window whose network has learned a little, and rests."""
    window, _ = open_window(size=size)
    window.document.replace(small_convolutions())
    window.session.run()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=30_000)
    return window


def places(window: MainWindow) -> Iterator[str]:
    """Show one part of the window after the other, and say which."""
    for dock in window.docks.values():
        dock.show()
    for uid in ("input", window.document.network.layers[0].uid, "loss"):
        window.document.select((uid,))
        for tab in ("layer", "data", "training"):
            window.inspector_panel.show_tab(tab)
            _settle()
            yield f"inspector, {uid}, {tab}"
    for name in instrument_names(window):
        show_instrument(window, name)
        yield f"instrument {name}"


def dialogs(window: MainWindow) -> Iterator[tuple[str, QWidget]]:
    """Open one dialog after the other."""
    for name in DIALOGS:
        before = _windows()
        window.actions_[name].trigger()
        _settle()
        dialog = next((new for new in _windows() if new not in before), window.help.search)
        assert dialog.isVisible()
        yield name, dialog
        dialog.close()
        _settle()


def _windows() -> list[QWidget]:
    return [window for window in QApplication.topLevelWidgets() if window.isVisible()]


def interactive(root: QWidget) -> list[QWidget]:
    """What the keyboard can stand on: in sight, and able to be used."""
    parts = [root, *root.findChildren(QWidget)]
    return [
        part for part in parts
        if part.focusPolicy() & Qt.FocusPolicy.TabFocus and part.isVisible() and part.isEnabled()
        and part.window() is root.window() and not part.focusProxy()
    ]  # fmt: skip


def spoken(part: QWidget) -> str:
    """What a screen reader calls it."""
    interface = QAccessible.queryAccessibleInterface(part)
    return interface.text(QAccessible.Text.Name).strip() if interface else ""


def middle(part: QWidget) -> QPoint:
    return part.mapToGlobal(part.rect().center())


def path(part: QWidget) -> str:
    """Where it is, by the names around it."""
    names: list[str] = []
    at: QWidget | None = part
    while at is not None and len(names) < 3:
        if at.objectName() and not at.objectName().startswith("qt_"):
            names.append(at.objectName())
        at = at.parentWidget()
    return f"{type(part).__name__} {' < '.join(names)}"


def instrument_names(window: MainWindow) -> tuple[str, ...]:
    return window.live_panel.strip.names()


def show_instrument(window: MainWindow, name: str) -> QWidget:
    window.live_panel.strip.show_instrument(name)
    _settle()
    return window.live_panel.strip.instrument(name)


def _settle() -> None:
    for _ in range(3):
        QApplication.processEvents()
