"""The report of a crash, to be read and to be copied."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QPlainTextEdit, QWidget

from fishlab.ui.logs import log_folder
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.label import Label
from fishlab.ui.widgets.sheet import Sheet

_WIDTH, _HEIGHT = 720, 460


class CrashSheet(Sheet):
    """Says where the program stood when it crashed, and where the log lies."""

    def __init__(self, report: str, parent: QWidget) -> None:
        super().__init__("crash", self.tr("What happened"), parent)
        self._build(report)
        self.copy.clicked.connect(self._on_copy_clicked)
        self.sync_space()
        self.fit(_WIDTH, _HEIGHT)

    def _build(self, report: str) -> None:
        words = self.tr("Where each thread of the program stood when it ended. It helps whoever looks for the cause.")
        self.text = QPlainTextEdit(report)
        self.text.setObjectName("crash.text")
        self.text.setAccessibleName(self.tr("Report"))
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.log = Label(self.tr("The log is in {folder}").format(folder=log_folder()), "small", 400, "ink2", wrap=True)
        self.copy = Button(self.tr("Copy"), "copy")
        self.copy.setObjectName("crash.copy")
        self.copy.setAutoDefault(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.close)
        self.column.addWidget(Label(words, "body", 400, "ink", wrap=True))
        self.column.addWidget(self.text, 1)
        self.column.addWidget(self.log)
        self.column.addWidget(buttons)

    def sync_space(self) -> None:
        """The report in letters of one width, as large as the rest."""
        super().sync_space()
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(theme().font("small").pointSizeF())
        self.text.setFont(font)
        self.text.document().setDocumentMargin(theme().u(8))

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
