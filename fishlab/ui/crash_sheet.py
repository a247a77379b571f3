"""The report of a crash, to be read and to be copied."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from fishlab.ui.logs import log_folder
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.label import Label

_WIDTH, _HEIGHT = 720, 460


class CrashSheet(QDialog):
    """Says where the program stood when it crashed, and where the log lies."""

    def __init__(self, report: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("crash")
        self.setWindowTitle(self.tr("What happened"))
        self._build(report)
        self.copy.clicked.connect(self._on_copy_clicked)
        self.resize(theme().px(_WIDTH), theme().px(_HEIGHT))

    def _build(self, report: str) -> None:
        words = self.tr("Where each thread of the program stood when it ended. It helps whoever looks for the cause.")
        self.text = QPlainTextEdit(report)
        self.text.setObjectName("crash.text")
        self.text.setAccessibleName(self.tr("Report"))
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.log = Label(self.tr("The log is in {folder}").format(folder=log_folder()), "small", 400, "ink2", wrap=True)
        self.copy = Button(self.tr("Copy"), "copy")
        self.copy.setObjectName("crash.copy")
        self.copy.setAutoDefault(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(Label(words, "body", 400, "ink", wrap=True))
        column.addWidget(self.text, 1)
        column.addWidget(self.log)
        column.addWidget(buttons)

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
