"""Tensors side by side: left, a stack of up to four in the middle, right."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from fishlab.core.layers.base import Shape
from fishlab.core.stepper.links import Ranges
from fishlab.ui.plots.stepper.sides import MIDDLE, PATCH, Shown, Sides
from fishlab.ui.plots.stepper.tensor_view import TensorView
from fishlab.ui.theme import theme


class TensorRow(QWidget):
    """Shows `Sides`; `pointed_at(name, place)` is that of any of its views."""

    pointed_at = Signal(str, object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.left, self.right = TensorView(self), TensorView(self)
        self.middle = tuple(TensorView(self) for _ in range(MIDDLE))
        self._row, self._stack = QHBoxLayout(self), QVBoxLayout()
        self._build(name)
        self._sync()
        theme().changed.connect(self._sync)

    def _build(self, name: str) -> None:
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self.left, 1)
        self._row.addLayout(self._stack, 1)
        for number, view in enumerate(self.middle):
            view.setObjectName(f"{name}.middle{number + 1}")
            self._stack.addWidget(view)
        self._row.addWidget(self.right, 1)
        self.left.setObjectName(f"{name}.left")
        self.right.setObjectName(f"{name}.right")
        for view in self.views():
            view.pointed_at.connect(self.pointed_at)

    def _sync(self) -> None:
        self._row.setSpacing(theme().px(12))
        self._stack.setSpacing(0)

    def views(self) -> tuple[TensorView, ...]:
        """Every view, also those that show nothing now."""
        return self.left, *self.middle, self.right

    def view(self, name: str) -> TensorView | None:
        """The view of a tensor, where it is shown."""
        return next((view for view in self._shown() if view.name == name), None)

    def _shown(self) -> Iterator[TensorView]:
        return (view for view in self.views() if not view.isHidden() and view.tensor is not None)

    def show_sides(self, sides: Sides, row: tuple[int, int], *, compact: bool) -> None:
        """Show these, of image n of N; with little room only the first of the middle, and no values under them."""
        middle = tuple(one for one in sides.middle if one.name != PATCH)[:1] if compact else sides.middle
        _show(self.left, sides.left, row, compact)
        _show(self.right, sides.right, row, compact)
        for number, view in enumerate(self.middle):
            view.setVisible(number < len(middle))
            if number < len(middle):
                _show(view, middle[number], row, compact)
                large = middle[number].tensor is None or middle[number].tensor.ndim > 1  # type: ignore[union-attr]
                self._stack.setStretchFactor(view, 3 if large else 1)
        self._row.setStretch(1, 1 if middle else 0)

    def mark(self, marks: dict[str, Ranges], pointed: str, place: Shape | None) -> None:
        """Outline these parts, and in the tensor that is pointed at the place."""
        for view in self._shown():
            view.mark(marks.get(view.name))
            view.point(place if view.name == pointed else None)


def _show(view: TensorView, shown: Shown, row: tuple[int, int], compact: bool) -> None:
    view.compact = compact
    view.show_tensor(
        shown.name, shown.tensor, shown.words, missing=shown.missing, pixels=shown.pixels, like=shown.like,
        row=row if shown.of_image else None,
    )  # fmt: skip
