"""The line under the toolbar that offers what an earlier session left behind; nothing waits for its answer."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from fishlab.ui.crash_sheet import CrashSheet
from fishlab.ui.prompts import Prompts
from fishlab.ui.recovery import Left, Recovery
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.icon import icon_pixmap
from fishlab.ui.widgets.island import Island
from fishlab.ui.widgets.label import Label


class RecoveryBar(Island):
    """One offer after the other. `wanted(bool)` says whether there is one."""

    wanted = Signal(bool)

    def __init__(self, recovery: Recovery, prompts: Prompts, parent: QWidget | None = None) -> None:
        super().__init__(parent, surface="card")
        self.setObjectName("recovery")
        self._recovery, self.prompts = recovery, prompts
        self._sheet: CrashSheet | None = None
        self._build()
        self._connect()
        self._sync()

    def _build(self) -> None:
        self._icon = Label()
        self.words = Label("", "body", 400, "ink", elide=True)
        self.words.setObjectName("recovery.words")
        self.count = Label("", "small", 400, "ink2")
        self.back = self._button("back", self.tr("Bring back"), self.tr("Opens it, as changes that are not saved."))
        self.report = self._button("report", self.tr("Show the report"), self.tr("Where the program stood."))
        self.later = self._button("later", self.tr("Look later"), self.tr("It stays, and the next start offers it."))
        self.forget = self._button("let_go", self.tr("Let go"), self.tr("Removes it for good."))
        row = QHBoxLayout(self)
        row.addWidget(self._icon)
        row.addWidget(self.words, 1)
        for part in (self.count, self.report, self.back, self.later, self.forget):
            row.addWidget(part)

    def _button(self, name: str, text: str, help_: str) -> Button:
        button = Button(text)
        button.setObjectName(f"recovery.{name}")
        button.setToolTip(help_)
        button.setWhatsThis(help_)
        return button

    def _connect(self) -> None:
        self.back.clicked.connect(self._on_back_clicked)
        self.report.clicked.connect(self._on_report_clicked)
        self.later.clicked.connect(self._on_later_clicked)
        self.forget.clicked.connect(self._on_forget_clicked)
        self._recovery.changed.connect(self._sync)
        theme().changed.connect(self._sync)

    @property
    def offer(self) -> Left | None:
        """What is offered now."""
        return next(iter(self._recovery.left), None)

    # -- slots -----------------------------------------------------------------------------------------------------
    def _on_back_clicked(self) -> None:
        if self.offer:
            self._recovery.bring_back(self.offer)

    def _on_later_clicked(self) -> None:
        if self.offer:
            self._recovery.put_off(self.offer)

    def _on_forget_clicked(self) -> None:
        offer = self.offer
        if offer and (not offer.kept.exists or self._agreed(offer)):
            self._recovery.let_go(offer)

    def _agreed(self, offer: Left) -> bool:
        words = self.tr("Let go of the unsaved changes to “{title}”?").format(title=offer.place.title)
        return self.prompts.agree(words, self.tr("They cannot be brought back after that."), self.tr("Let go"))

    def _on_report_clicked(self) -> None:
        if self.offer:
            self._sheet = CrashSheet(self.offer.report, self.window())
            self._sheet.open()

    # -- sync ------------------------------------------------------------------------------------------------------
    def _sync(self) -> None:
        offer = self.offer
        if offer is not None:
            self.words.setText(self._words(offer))
            self.setAccessibleDescription(self.words.text())
            self.back.setVisible(offer.kept.exists)
            self.later.setVisible(offer.kept.exists)
            self.report.setVisible(bool(offer.report))
            self.forget.setText(self.tr("Let go") if offer.kept.exists else self.tr("Dismiss"))
            others = len(self._recovery.left)
            self.count.setText(self.tr("1 of {n}").format(n=others) if others > 1 else "")
        self._sync_size()
        self.wanted.emit(offer is not None)

    def _words(self, offer: Left) -> str:
        title, time = offer.place.title, time_words(offer.when, datetime.now())
        if not offer.kept.exists:
            return self.tr("FishLab ended without warning last time. There were no unsaved changes.")
        if offer.place.asked:
            return self.tr("What was not saved in “{title}” up to {time} is here.").format(title=title, time=time)
        words = self.tr("FishLab ended without warning last time. Your changes to “{title}” up to {time} are here.")
        return words.format(title=title, time=time)

    def _sync_size(self) -> None:
        self._icon.setPixmap(icon_pixmap("lightbulb", "accent", theme().u(16), self.devicePixelRatioF()))
        self.layout().setContentsMargins(theme().px(12), theme().px(5), theme().px(6), theme().px(5))
        self.layout().setSpacing(theme().px(8))


def time_words(moment: datetime, now: datetime) -> str:
    """The time of day, with the day where that is not today."""
    return moment.strftime("%H:%M" if moment.date() == now.date() else "%Y-%m-%d %H:%M")
