"""Moves a pretended mouse through real QDrags and prints, as JSON, what became of each. Run by `test_drag_real.py`.

Qt's `minimal` platform has no screen but runs a drag as a desktop does: `QDrag.exec` with a loop of its own, fed by the
window system's mouse events, which come here from QTest on the window.
"""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from fishlab.core.layers import LayerSpec
from fishlab.core.spec import NetworkSpec, Place, ProjectSpec, numbered
from fishlab.ui.document import Document
from fishlab.ui.layer_edits import new_layer
from fishlab.ui.panels.network import NetworkPanel
from fishlab.ui.panels.palette import PalettePanel
from fishlab.ui.theme import theme
from fishlab.ui.widgets.dock import Dock

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
TICK, PARTS, PATIENCE = 10, 8, 20_000  # milliseconds between two movements, movements a stretch, milliseconds in all
SETTLING = 3  # ticks at every corner: a busy machine answers a move late
KINDS = ("convolution", "relu", "max_pool", "flatten", "affine")


def plain() -> tuple[LayerSpec, ...]:
    """A stack without blocks."""
    return tuple(map(new_layer, KINDS))


def with_block() -> tuple[LayerSpec, ...]:
    """Convolution, a residual with ReLU in its body and an empty shortcut, Flatten, Affine."""
    residual = new_layer("residual").replace(uid="block", branches=((new_layer("relu"),), ()))
    return (new_layer("convolution"), residual, new_layer("flatten"), new_layer("affine"))


class Bench(QMainWindow):
    """Palette and network as docks, and an empty place between them."""

    def __init__(self, layers: tuple[LayerSpec, ...]) -> None:
        super().__init__()
        self.document = Document(ProjectSpec(network=NetworkSpec(layers=layers)))
        self.palette_panel = PalettePanel(self.document)
        self.network_panel = NetworkPanel(self.document)
        self.empty = QWidget()
        self.setCentralWidget(self.empty)
        self._add_dock("Layers", self.palette_panel, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.network_dock = self._add_dock("Network", self.network_panel, Qt.DockWidgetArea.RightDockWidgetArea)
        self.resize(1000, 800)
        self.show()
        QTest.qWait(50)

    def _add_dock(self, title: str, panel: QWidget, area: Qt.DockWidgetArea) -> Dock:
        dock = Dock(title, title.lower(), self)
        dock.set_body(panel)
        self.addDockWidget(area, dock)
        return dock

    def row(self, title: str) -> QPoint:
        """The middle of a palette row."""
        tree = self.palette_panel.tree
        recursive = Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive
        index = tree.model().match(tree.model().index(0, 0), Qt.ItemDataRole.DisplayRole, title, 1, recursive)[0]
        return tree.viewport().mapTo(self, tree.visualRect(index).center())

    def card(self, position: int) -> QPoint:
        """The middle of a row; the Input is 0."""
        stack = self.network_panel.stack
        return stack.mapTo(self, stack.arrangement.rects[position].center())

    def gap(self, where: int | Place) -> QPoint:
        """The gap of a place; a number is one in the network's own stack."""
        stack = self.network_panel.stack
        x = stack.arrangement.rects[0].center().x()
        return stack.mapTo(self, QPoint(x, round(stack.arrangement.line_y(where))))

    def nowhere(self) -> QPoint:
        """The middle of the empty place."""
        return self.empty.mapTo(self, self.empty.rect().center())

    def header(self) -> QPoint:
        """The middle of the network dock's header."""
        return self.network_dock.header.mapTo(self, self.network_dock.header.rect().center())


class Hand(QObject):
    """Presses at the first point, pulls through the others and lets go at the last one, after Escape if asked."""

    def __init__(self, bench: Bench, points: list[QPoint], *, escape: bool = False) -> None:
        super().__init__(bench)
        self._bench, self._window = bench, bench.windowHandle()
        self._steps = self._all_steps(points, escape)
        self.words: list[str] = []
        self.refusals: list[str] = []
        self.done = False

    def work(self) -> None:
        """Go through every step; the one that begins the drag returns only when the drag is over."""
        self._next()
        waited = 0
        while not self.done:
            QTest.qWait(TICK)
            waited += TICK
            assert waited < PATIENCE, "the drag never ended"
        QTest.qWait(300)

    def _all_steps(self, points: list[QPoint], escape: bool) -> Iterator[Callable[[], None]]:
        yield lambda: QTest.mousePress(self._window, LEFT, PLAIN, points[0])
        for start, end in pairwise(points):
            for part in range(1, PARTS + 1):
                yield lambda at=start + (end - start) * part / PARTS: self._move(at)
            for _ in range(SETTLING):
                yield self._look
        if escape:
            yield lambda: QTest.keyClick(self._window, Qt.Key.Key_Escape)
        yield lambda: QTest.mouseRelease(self._window, LEFT, PLAIN, points[-1])
        yield self._rest

    def _next(self) -> None:
        step = next(self._steps, None)
        if step is not None:
            QTimer.singleShot(TICK, self._next)
            step()

    def _move(self, point: QPoint) -> None:
        QTest.mouseMove(self._window, point)
        self._look()

    def _look(self) -> None:
        for card in self._bench.findChildren(QWidget, "drag.card"):
            if card.isVisible():
                (self.refusals if card.refused else self.words).append(card.words)

    def _rest(self) -> None:
        self.done = True


def told(bench: Bench, hand: Hand) -> dict[str, Any]:
    """What can be said of the document after the hand has rested."""
    stack = bench.document.undo_stack
    result = {
        "kinds": _kinds(bench),
        "steps": [stack.text(i) for i in range(stack.count())],
        "selected": [layer.kind for layer in bench.document.network.walk() if layer.uid in bench.document.selection],
        "words": sorted(set(hand.words)),
        "refusals": sorted(set(hand.refusals)),
        "left_over": [w.objectName() for w in bench.findChildren(QWidget) if w.objectName().startswith("drag.")],
    }
    stack.undo()
    return {**result, "undone": _kinds(bench)}


def _kinds(bench: Bench) -> list[str]:
    """The kinds from top to bottom; of layers in blocks with their numbers."""
    pairs = numbered(bench.document.network.layers)
    return [layer.kind if number.isdecimal() else f"{number} {layer.kind}" for number, layer in pairs]


def drag(
    path: Callable[[Bench], list[QPoint]], *, escape: bool = False, layers: Callable[[], tuple[LayerSpec, ...]] = plain
) -> dict[str, Any]:
    """Drag along `path` on a fresh bench."""
    bench = Bench(layers())
    hand = Hand(bench, path(bench), escape=escape)
    hand.work()
    result = told(bench, hand)
    bench.close()
    bench.deleteLater()
    return result


def main() -> None:
    """Do every drag and print the outcomes."""
    app = QApplication([])
    theme().apply(app)
    theme().set_reduce_motion(True)
    outcomes = {
        "add": drag(lambda b: [b.row("Dropout"), b.card(1), b.gap(2)]),
        "reorder": drag(lambda b: [b.card(2), b.card(3), b.gap(3)]),
        "delete": drag(lambda b: [b.card(2), b.card(3), b.nowhere()]),
        "header": drag(lambda b: [b.card(2), b.header()]),
        "escape": drag(lambda b: [b.row("Dropout"), b.gap(2)], escape=True),
        "refused": drag(lambda b: [b.row("Affine"), b.gap(2)]),
        "fill": drag(lambda b: [b.row("Sigmoid"), b.gap(Place(0, "block", 1))], layers=with_block),
        "out": drag(lambda b: [b.card(4), b.gap(Place(0, "block", 1)), b.gap(1)], layers=with_block),
        "itself": drag(lambda b: [b.card(2), b.gap(Place(1, "block"))], layers=with_block),
        "nowhere": drag(lambda b: [b.row("Affine"), b.nowhere()]),
    }
    print(json.dumps({"platform": app.platformName(), **outcomes}))


if __name__ == "__main__":
    main()
