"""The bare input controls inside fields: they leave the wheel to the page and Ctrl+Z to the document.

A spin box of Qt turns under a wheel that only meant to scroll, and its line edit keeps Ctrl+Z for itself. `DeskManners`
mends both for any input: the wheel counts only with focus, undo and redo pass on to the window.
"""

import math
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QLocale, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QStandardItemModel, QValidator, QWheelEvent
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox, QStyledItemDelegate, QWidget

from fishlab.ui.theme import theme

_UNDO_KEYS = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class DeskManners:
    """Mixin before a Qt input class; see the module."""

    def event(self, event: QEvent) -> bool:
        """Let undo and redo pass to the window's shortcuts."""
        if event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) and is_undo_key(event):
            event.ignore()
            return False
        return bool(super().event(event))  # type: ignore[misc]

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Change nothing without focus, so that the page scrolls."""
        if self.hasFocus():  # type: ignore[attr-defined]
            super().wheelEvent(event)  # type: ignore[misc]
        else:
            event.ignore()


def is_undo_key(event: QEvent) -> bool:
    """Return whether `event` is the key of undo or redo."""
    return isinstance(event, QKeyEvent) and any(event.matches(key) for key in _UNDO_KEYS)


class LineInput(DeskManners, QLineEdit):
    """A line of text. A file dropped on it is for the window to open."""

    def __init__(self, *text_and_parent: Any) -> None:
        super().__init__(*text_and_parent)
        self.setAcceptDrops(False)


class IntInput(DeskManners, QSpinBox):
    """A whole number with thousands separated by commas."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _set_up_number(self)
        self.setGroupSeparatorShown(True)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Let a number beyond the range be typed, where Qt would drop the digit without a word."""
        number = self._number(text)
        if number is None or self.minimum() <= number <= self.maximum():
            state: tuple[QValidator.State, str, int] = super().validate(text, position)
            return state
        return (QValidator.State.Intermediate, text, position)

    def fixup(self, text: str) -> str:
        """Return the nearest number that can be."""
        number = self._number(text)
        return text if number is None else str(max(self.minimum(), min(self.maximum(), number)))

    def refusal(self) -> str:
        """Say what the number typed is beyond, or nothing."""
        number = self._number(self.text())
        return "" if number is None else _beyond(number, self.minimum(), self.maximum())

    def _number(self, text: str) -> int | None:
        bare = text.removeprefix(self.prefix()).removesuffix(self.suffix()).strip().replace(",", "")
        return int(bare) if bare.isdecimal() and len(bare) < 100 else None


class FloatInput(DeskManners, QDoubleSpinBox):
    """A number shown as short as it can be (0.001, 1e-08). With `log` the arrows step 1, 3, 10, 30."""

    def __init__(self, parent: QWidget | None = None, *, log: bool = False) -> None:
        self._log = log
        super().__init__(parent)
        _set_up_number(self)
        self.setDecimals(15)

    def textFromValue(self, value: float) -> str:
        """Return the number as short as it is exact to twelve digits: what is read back must not be another number."""
        return f"{value:.12g}".replace("e-0", "e-").replace("e+0", "e")

    def valueFromText(self, text: str) -> float:
        """Return the number in `text`, decimal point or comma, without its unit."""
        try:
            return float(self._bare(text))
        except ValueError:
            return self.value()

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Accept what is or may become a number in range."""
        bare = self._bare(text)
        try:
            number = float(bare)
        except ValueError:
            unfinished = not bare.strip("0123456789.eE+-")
            return (QValidator.State.Intermediate if unfinished else QValidator.State.Invalid, text, position)
        inside = math.isfinite(number) and self.minimum() <= number <= self.maximum()
        return (QValidator.State.Acceptable if inside else QValidator.State.Intermediate, text, position)

    def fixup(self, text: str) -> str:
        """Return the nearest number that can be."""
        number = self._typed(text)
        return text if number is None else self.textFromValue(max(self.minimum(), min(self.maximum(), number)))

    def refusal(self) -> str:
        """Say what the number typed is beyond, or nothing."""
        number = self._typed(self.text())
        return "" if number is None else _beyond(number, self.minimum(), self.maximum())

    def _typed(self, text: str) -> float | None:
        try:
            number = float(self._bare(text))
        except ValueError:
            return None
        return None if math.isnan(number) else number

    def stepBy(self, steps: int) -> None:
        """Step by singleStep, or along 1, 3, 10."""
        if not self._log:
            super().stepBy(steps)
            return
        self.setValue(_log_step(self.value(), steps))
        self.selectAll()

    def _bare(self, text: str) -> str:
        return text.removeprefix(self.prefix()).removesuffix(self.suffix()).strip().replace(",", ".").replace("−", "-")


def _beyond(number: float, least: float, most: float) -> str:
    if number > most:
        return QCoreApplication.translate("inputs", "at most {most}").format(most=f"{most:,.12g}")
    if number < least:
        return QCoreApplication.translate("inputs", "at least {least}").format(least=f"{least:,.12g}")
    return ""


def _log_step(value: float, steps: int) -> float:
    """Return the value `steps` further along ..., 0.1, 0.3, 1, 3, 10, ...; 0 steps up to 1e-6."""
    if value <= 0:
        return 1e-6 if steps > 0 else value
    ladder = [float(f"{digit}e{power}") for power in range(-12, 13) for digit in (1, 3)]
    above = [rung for rung in ladder if rung > value * (1 + 1e-9)]
    below = [rung for rung in ladder if rung < value * (1 - 1e-9)]
    return above[steps - 1] if steps > 0 else below[steps]


def _set_up_number(box: QSpinBox | QDoubleSpinBox) -> None:
    box.setLocale(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    box.lineEdit().setAcceptDrops(False)
    box.setCorrectionMode(QSpinBox.CorrectionMode.CorrectToNearestValue)
    give_text_room(box)


def give_text_room(box: QSpinBox | QDoubleSpinBox) -> None:
    """Set the text 8 u from the border: the padding of the style sheet does not move it."""
    box.lineEdit().setTextMargins(theme().px(7), 0, 0, 0)


class ChoiceInput(DeskManners, QComboBox):
    """A choice from a short list; entries carry their value as data."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setItemDelegate(QStyledItemDelegate(self))  # the default one ignores the style sheet's rows
        self.setModel(QStandardItemModel(self))
