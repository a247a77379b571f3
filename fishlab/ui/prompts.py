"""Questions and notices that stop a person: the only place with modal dialogs, so that tests can answer for them."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

SUFFIX = ".fishlab"


class Answer(Enum):
    """What to do with unsaved changes."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


class Overwrite(Enum):
    """What to do with a file that somebody else has written since."""

    REPLACE = "replace"
    ELSEWHERE = "elsewhere"
    CANCEL = "cancel"


class Prompts(QObject):
    """Native dialogs over a window."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window

    def unsaved(self, title: str, *, ends_run: bool = False) -> Answer:
        """Ask what shall become of changes that are not in a file; `ends_run` where going on ends a training too."""
        buttons = QMessageBox.StandardButton
        loss = self.tr("Without saving, what was built and learned since the last save is lost.")
        details = self.tr("The training ends. ") + loss if ends_run else loss
        box = self._box(self.tr("Save the changes to “{title}”?").format(title=title), details)
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        chosen = box.exec()
        box.deleteLater()
        answers = {buttons.Save.value: Answer.SAVE, buttons.Discard.value: Answer.DISCARD}
        return answers.get(chosen, Answer.CANCEL)

    def overwrite(self, name: str) -> Overwrite:
        """Ask before a file is replaced whose content is not the one that was opened or saved here."""
        words = self.tr("“{name}” has changed on the disk since it was opened here.").format(name=name)
        box = self._box(words, self.tr("Replacing it loses what was written there. Both stay under two names."))
        box.setStandardButtons(QMessageBox.StandardButton.Cancel)
        replace = box.addButton(self.tr("Replace"), QMessageBox.ButtonRole.DestructiveRole)
        elsewhere = box.addButton(self.tr("Save as…"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(elsewhere)
        box.exec()
        answers = {replace: Overwrite.REPLACE, elsewhere: Overwrite.ELSEWHERE}
        answer = answers.get(box.clickedButton(), Overwrite.CANCEL)
        box.deleteLater()
        return answer

    def tell(self, text: str, details: str) -> None:
        """Say what went wrong, and what to do."""
        box = self._box(text, details)
        box.setIcon(QMessageBox.Icon.Warning)
        box.exec()
        box.deleteLater()

    def about(self, text: str, details: str) -> None:
        """Say what this is."""
        box = self._box(text, details)
        box.exec()
        box.deleteLater()

    def _box(self, text: str, details: str) -> QMessageBox:
        """A question or a notice in two sentences; one button closes it until others are given to it."""
        no_icon, one = QMessageBox.Icon.NoIcon, QMessageBox.StandardButton.Ok
        box = QMessageBox(no_icon, "FishLab", text, one, self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(details)
        return box

    def open_path(self, folder: Path) -> Path | None:
        """Choose a project file to open."""
        filters = self.tr("FishLab projects") + f" (*{SUFFIX});;" + self.tr("All files") + " (*)"
        name, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open"), str(folder), filters)
        return Path(name) if name else None

    def layer_path(self, folder: Path) -> Path | None:
        """Choose a Python file with layers of one's own."""
        filters = self.tr("Python files") + " (*.py);;" + self.tr("All files") + " (*)"
        name, _ = QFileDialog.getOpenFileName(self._window, self.tr("Load layer file"), str(folder), filters)
        return Path(name) if name else None

    def agree(self, text: str, details: str, action: str) -> bool:
        """Ask before something is done; `action` is the word on the button that does it."""
        box = self._box(text, details)
        box.setStandardButtons(QMessageBox.StandardButton.Cancel)
        yes = box.addButton(action, QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        agreed = box.clickedButton() is yes
        box.deleteLater()
        return agreed

    def save_path(self, suggestion: Path) -> Path | None:
        """Choose where to save."""
        filters = self.tr("FishLab projects") + f" (*{SUFFIX})"
        return self._new_file(self.tr("Save as"), suggestion, filters, SUFFIX)

    def export_path(self, suggestion: Path, title: str, suffix: str) -> Path | None:
        """Choose where to export to; what has no suffix is a folder, made in the one that is chosen."""
        if suffix:
            return self._new_file(self.tr("Export"), suggestion, f"{title} (*{suffix})", suffix)
        words = self.tr("Export: choose where “{name}” is made").format(name=suggestion.name)
        folder = QFileDialog.getExistingDirectory(self._window, words, str(suggestion.parent))
        return Path(folder, suggestion.name) if folder else None

    def import_path(self, folder: Path, suffixes: tuple[str, ...]) -> Path | None:
        """Choose a file of another program."""
        patterns = " ".join(f"*{suffix}" for suffix in suffixes)
        filters = self.tr("Weights and networks") + f" ({patterns});;" + self.tr("All files") + " (*)"
        name, _ = QFileDialog.getOpenFileName(self._window, self.tr("Import"), str(folder), filters)
        return Path(name) if name else None

    def _new_file(self, words: str, suggestion: Path, filters: str, suffix: str) -> Path | None:
        """Choose a file to write; a name without the suffix gets it."""
        name, _ = QFileDialog.getSaveFileName(self._window, words, str(suggestion), filters)
        if not name:
            return None
        path = Path(name)
        if path.suffix.casefold() == suffix:
            return path
        path = path.with_name(path.name + suffix)
        return path if not path.exists() or self._may_replace(path) else None

    def _may_replace(self, path: Path) -> bool:
        """The dialog asked about the name as it was typed, without its ending."""
        words = self.tr("“{name}” is there already. Replace it?").format(name=path.name)
        return self.agree(words, self.tr("What it holds is lost."), self.tr("Replace"))

    def text(self, question: str, value: str) -> str | None:
        """Ask for a short text."""
        text, agreed = QInputDialog.getText(self._window, "FishLab", question, text=value)
        return text.strip() if agreed and text.strip() else None
