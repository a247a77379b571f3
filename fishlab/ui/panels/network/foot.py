"""The foot of the network: how many parameters, how many bytes, how much work for one image."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from fishlab.core.shapes import BYTES, NetworkReport
from fishlab.ui.numbers import bytes_text, short_count
from fishlab.ui.theme import theme
from fishlab.ui.widgets.label import Label


class Foot(QWidget):
    """Shows the sums of a `NetworkReport`, or what they wait for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.count = Label("", "heading", 600)
        self.words = Label(self.tr("parameters"), "small", 400, "ink2")
        self.facts = _Facts()
        row = QHBoxLayout(self)
        row.addWidget(self.count)
        row.addWidget(self.words)
        row.addWidget(self.facts, 1)
        self._sync_space()
        theme().changed.connect(self._sync_space)

    def show_report(self, report: NetworkReport) -> None:
        """Show the sums, or a dash while a layer cannot work."""
        self.count.setText("—" if report.problem else f"{report.weights:,}")
        texts = (self._waits_for(report),) if report.problem else self._facts(report)
        self.facts.set_texts(texts)
        self.setAccessibleName(" ".join((self.count.text(), self.words.text(), texts[0])))

    def _waits_for(self, report: NetworkReport) -> str:
        number = report.problem.number if report.problem else ""
        return self.tr("waits for layer {number}").format(number=number)

    def _facts(self, report: NetworkReport) -> tuple[str, ...]:
        """What it costs, and what is left of that where the foot is narrow."""
        size = bytes_text(report.weights * BYTES)
        work = self.tr("{count} mult-adds").format(count=short_count(report.mult_adds))
        return f"{size}  ·  {work}", size, ""

    def _sync_space(self) -> None:
        t = theme()
        self.layout().setContentsMargins(t.px(14), t.px(4), t.px(14), t.px(10))
        self.layout().setSpacing(t.px(6))


class _Facts(Label):
    """Shows the first of several texts that has room; the tooltip has the first of all."""

    def __init__(self) -> None:
        super().__init__("", "caption", 400, "ink3", elide=True)
        self._texts: tuple[str, ...] = ("",)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    def set_texts(self, texts: tuple[str, ...]) -> None:
        self._texts = texts
        self.setToolTip(texts[0])
        self._choose()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose()

    def _choose(self) -> None:
        width = self.fontMetrics().horizontalAdvance
        self.setText(next((text for text in self._texts if width(text) < self.width()), self._texts[-1]))
