"""The filters of any layer that has some: before, now, and what training did to them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from fishlab.core.layers import LayerSpec
from fishlab.core.layers.base import Shape
from fishlab.core.probes import Question
from fishlab.core.probes.filters import FilterBank, filterable
from fishlab.ui.document import Document
from fishlab.ui.numbers import significant
from fishlab.ui.plots.filters import largest, pictures
from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.plots.map_image import Floats
from fishlab.ui.plots.mosaic_view import Bank, MosaicView
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.session import TrainSession
from fishlab.ui.widgets.inputs import ChoiceInput

MEAN, ALL = -2, -1
MOST_ROWS = 100_000  # of the table


class FiltersInstrument(Instrument):
    """Shows the probe 'filters' of a layer. Enter, or a double click, opens one filter; Escape goes back to all."""

    draws_frozen = True

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        self.mosaics = MosaicView()
        title = QCoreApplication.translate("FiltersInstrument", "Filters")
        super().__init__("filter_bank", title, self.mosaics, document, session, parent)
        self.mosaics.setObjectName("live.filter_bank.pictures")
        self.mosaics.setAccessibleName(self.tr("Filters before, now, and their difference"))
        self._bank: FilterBank | None = None
        self._opened: int | None = None
        self._known: tuple[object, dict[str, Shape]] = (None, {})
        self._build_controls()
        self.mosaics.opened.connect(self._on_mosaics_opened)
        self.mosaics.current_changed.connect(self._on_mosaics_current_changed)
        self.redraw()

    def _build_controls(self) -> None:
        self.add_layer_choice(self._fits)
        self.channel = ChoiceInput(self)
        self.channel.setObjectName("live.filter_bank.channel")
        self.channel.setAccessibleName(self.tr("Channel"))
        self.channel.currentIndexChanged.connect(self._on_channel_changed)
        self.add_control(self.channel)
        self.channel.hide()

    def _fits(self, layer: LayerSpec) -> bool:
        report = self.document.report
        if self._known[0] is not report:
            self._known = report, filterable(report)
        return layer.uid in self._known[1]

    # -- asking ------------------------------------------------------------------------------------------------------
    def question(self) -> Question | None:
        """Return what asks for the filters of the layer chosen."""
        uid = self.layers.uid if self.layers else ""
        return Question("filters", fresh=True, layer=uid) if uid else None

    def take(self, data: FilterBank | None) -> None:
        """Keep them; those of another layer are looked at as a whole again."""
        before, self._bank = self._bank, data
        if data is None or before is None or before.uid != data.uid or before.now.shape != data.now.shape:
            self._opened = None
            self.mosaics.set_current(None)
            self._offer_channels()

    def _offer_channels(self) -> None:
        channels = self._bank.now.shape[1] if self._bank else 1
        with QSignalBlocker(self.channel):
            self.channel.clear()
            self.channel.addItem(self.tr("Mean of {n} channels").format(n=channels), MEAN)
            self.channel.addItem(self.tr("Filters × channels"), ALL)
            for number in range(channels):
                self.channel.addItem(self.tr("Channel {n}").format(n=number + 1), number)
        self.channel.setVisible(channels > 1)

    def _on_channel_changed(self, _index: int) -> None:
        self._opened = None
        self.mosaics.set_current(None)
        self.throttle.ask()

    # -- drawing -----------------------------------------------------------------------------------------------------
    def redraw(self) -> None:
        """Show the newest filters."""
        bank = self._bank
        self.channel.setEnabled(self._opened is None)
        if self.frozen and self.is_empty:
            return
        if bank is None or not (self.layers and self.layers.uid):
            self.set_note("")
            self._say_nothing()
            return
        names = (self.tr("before"), self.tr("now"), self.tr("now − before"))
        tables = (bank.before, bank.now, bank.now - bank.before)
        self.mosaics.show_banks([self._as_bank(name, table) for name, table in zip(names, tables, strict=True)])
        self.set_note(self._note())
        self.show_view()

    def _as_bank(self, name: str, table: Floats) -> Bank:
        """What is chosen of (F, C, FH, FW): one filter's channels, all, one channel, or their mean."""
        assert self._bank is not None
        count, channels = table.shape[:2]
        if self._opened is not None:
            return Bank(name, table[self._opened])
        choice = self.channel.currentData()
        if channels == 1 or choice == MEAN:
            return Bank(name, pictures(table), total=self._bank.count)
        if choice == ALL:
            return Bank(name, table.reshape(count * channels, *table.shape[2:]), columns=channels)
        return Bank(name, table[:, choice], total=self._bank.count)

    def _say_nothing(self) -> None:
        if len(self.document.network.in_shape) != 3:
            words = self.tr("This network reads no images: its weights belong to features, and have no place in one.")
            self.show_empty(self.tr("No filters."), words)
        elif not (self.layers and self.layers.uid):
            words = self.tr("Add a Convolution, or an Affine right behind Flatten, and its filters appear here.")
            self.show_empty(self.tr("No filters."), words)
        else:
            words = self.tr("Press Run and the filters of the layer appear here: before, now, and their difference.")
            self.show_nothing(self.tr("No filters yet."), words)

    def _note(self) -> str:
        """What is looked at, in the header."""
        assert self._bank is not None
        chosen = self._chosen()
        if chosen is None:
            height, width = self._bank.now.shape[2:]
            words = self.tr("{number} {title}, {count} of {height} × {width}")
            return words.format(number=self._bank.number, title=self._bank.title, count=f"{self._bank.count:,}",
                                height=height, width=width)  # fmt: skip
        filter_, channel = chosen
        late, early = self._bank.now[filter_], self._bank.before[filter_]
        where = self.tr("filter {n}").format(n=filter_ + 1)
        if channel is not None:
            late, early = late[channel], early[channel]
            where = self.tr("filter {n}, channel {c}").format(n=filter_ + 1, c=channel + 1)
        words = self.tr("{where}: {low} … {high}, change {change}")
        low, high, change = float(late.min()), float(late.max()), largest(late - early)
        return words.format(where=where, low=significant(low), high=significant(high), change=significant(change))

    def _chosen(self) -> tuple[int, int | None] | None:
        """The filter, and the channel, that is marked or opened."""
        assert self._bank is not None
        current, channels = self.mosaics.current, self._bank.now.shape[1]
        if self._opened is not None:
            return self._opened, current if channels > 1 else None
        if current is None:
            return None
        if channels > 1 and self.channel.currentData() == ALL:
            return divmod(current, channels)
        choice = self.channel.currentData()
        return current, choice if channels > 1 and choice >= 0 else None

    # -- one filter --------------------------------------------------------------------------------------------------
    def _on_mosaics_opened(self, index: int) -> None:
        if self._bank is None or self._opened is not None:
            return
        every = self.channel.currentData() == ALL and self._bank.now.shape[1] > 1
        self._opened = index // self._bank.now.shape[1] if every else index
        self.mosaics.set_current(None)
        self.redraw()

    def _on_mosaics_current_changed(self, _index: object) -> None:
        if self._bank is not None:
            self.set_note(self._note())
            self.mosaics.setAccessibleDescription(self._note())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back to all filters."""
        if event.key() == Qt.Key.Key_Escape and self._opened is not None:
            opened, self._opened = self._opened, None
            self.redraw()
            self.mosaics.set_current(None if self.channel.currentData() == ALL else opened)
        else:
            super().keyPressEvent(event)

    # -- words and numbers -------------------------------------------------------------------------------------------
    def summary(self) -> str:
        """Return how many there are, how strong they have become, and which changed most."""
        bank = self._bank
        if bank is None:
            return ""
        moved = np.abs(bank.now - bank.before).reshape(len(bank.now), -1).max(axis=1)
        words = self.tr(
            "{number} {title}: {count} filters of {height} × {width}. The largest weight was {before} and is {now}. "
            "Filter {most} changed most, by up to {change}."
        )
        if not moved.any():
            words = self.tr("{number} {title}: {count} filters of {height} × {width}, as they were at the start. "
                            "The largest weight is {now}.")  # fmt: skip
        return words.format(
            number=bank.number, title=bank.title, count=f"{bank.count:,}", height=bank.now.shape[2],
            width=bank.now.shape[3], before=significant(largest(bank.before)), now=significant(largest(bank.now)),
            most=int(moved.argmax()) + 1, change=significant(float(moved.max())),
        )  # fmt: skip

    def shown_words(self) -> str:
        """Of which layer."""
        if self._bank is None:
            return ""
        return self.tr("of {number} {title}").format(number=self._bank.number, title=self._bank.title)

    def table(self) -> Table:
        """Return a row for each weight: filter, channel, row, column, before and now; of very many the first."""
        bank = self._bank
        if bank is None:
            return (), ()
        kept = max(1, MOST_ROWS // max(1, bank.now[0].size))
        before, now = bank.before[:kept], bank.now[:kept]
        rows = [(*(i + 1 for i in index), str(before[index]), str(now[index])) for index in np.ndindex(now.shape)]
        return ("filter", "channel", "row", "column", "before", "now"), rows
