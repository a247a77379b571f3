"""The line under the toolbar that says what is visibly wrong with a run, and offers what mends it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from fishlab.ui.hints import HintWatch
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.icon import icon_pixmap
from fishlab.ui.widgets.icon_button import IconButton
from fishlab.ui.widgets.island import Island
from fishlab.ui.widgets.label import Label

MOST_REMEDIES = 2


class HintBar(Island):
    """One hint at a time. `wanted(bool)` says whether there is one."""

    wanted = Signal(bool)

    def __init__(self, watch: HintWatch, parent: QWidget | None = None) -> None:
        super().__init__(parent, surface="card")
        self.setObjectName("hint")
        self.setAccessibleName(self.tr("Hint"))
        self._watch = watch
        self._build()
        self._connect()
        self._sync()

    def _build(self) -> None:
        self._icon = Label()
        self.words = Label("", "body", 400, "ink", elide=True)
        self.words.setObjectName("hint.words")
        self.remedies = [Button("") for _ in range(MOST_REMEDIES)]
        self.dismiss = IconButton("close", self.tr("Do not say this of this run again"))
        self.dismiss.setObjectName("hint.dismiss")
        row = QHBoxLayout(self)
        row.addWidget(self._icon)
        row.addWidget(self.words, 1)
        for number, button in enumerate(self.remedies):
            button.setObjectName(f"hint.remedy.{number}")
            row.addWidget(button)
        row.addWidget(self.dismiss)

    def _connect(self) -> None:
        for button in self.remedies:
            button.clicked.connect(self._on_remedy_clicked)
        self.dismiss.clicked.connect(self._watch.dismiss)
        self._watch.changed.connect(self._sync)
        theme().changed.connect(self._sync_size)

    def _on_remedy_clicked(self) -> None:
        hint, sender = self._watch.hint, self.sender()
        if hint is not None:
            self._watch.apply(hint.remedies[self.remedies.index(sender)])

    def _sync(self) -> None:
        hint = self._watch.hint
        if hint is not None:
            self.words.setText(hint.text)
            self.setAccessibleDescription(hint.text)
            for number, button in enumerate(self.remedies):
                self._show_remedy(button, number)
        self._sync_size()
        self.wanted.emit(hint is not None)

    def _show_remedy(self, button: Button, number: int) -> None:
        offered = self._watch.hint.remedies[number : number + 1] if self._watch.hint else ()
        button.setVisible(bool(offered))
        for remedy in offered:
            words = self.tr("{words} Undo takes it back.").format(words=remedy.words)
            button.setText(remedy.title)
            button.setToolTip(words)
            button.setWhatsThis(words)

    def _sync_size(self) -> None:
        self._icon.setPixmap(icon_pixmap("lightbulb", "accent", theme().u(16), self.devicePixelRatioF()))
        self.layout().setContentsMargins(theme().px(12), theme().px(5), theme().px(6), theme().px(5))
        self.layout().setSpacing(theme().px(8))
