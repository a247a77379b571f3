"""Feature maps: one image on its way through the network, from layer to layer to the answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QScrollBar, QWidget

from fishlab.core.probes import Question
from fishlab.core.probes.maps import FeatureMaps, LayerMaps
from fishlab.ui.document import Document
from fishlab.ui.numbers import answer_text, significant
from fishlab.ui.plots.image_choice import ImageChoice
from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.plots.map_columns import MapColumns, Place
from fishlab.ui.plots.map_image import Span
from fishlab.ui.plots.mosaic_view import Bank, MosaicView
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme

MOST_ROWS = 100_000  # of the table
_LARGE, _LEAST = 0.42, 150  # of the width at most, u


class FeatureMapsInstrument(Instrument):
    """Shows the probe 'maps' of an image, after all layers or one. A map that is chosen stands large beside the others.
    """

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        self._body = _Body()
        title = QCoreApplication.translate("FeatureMapsInstrument", "Feature maps")
        super().__init__("maps", title, self._body, document, session, parent)
        self._maps: FeatureMaps | None = None
        self.columns = self._body.columns
        self.columns.setAccessibleName(self.tr("Maps of all layers"))
        self.add_layer_choice(every=True)
        self.image = ImageChoice("live.maps", self)
        self.add_control(self.image, asks=True)
        self.image.changed.connect(self._on_question_changed)
        self.columns.current_changed.connect(self._on_columns_current_changed)
        document.selection_changed.connect(self._on_document_selection_changed)
        self.redraw()

    least_picture = (960, 480)  # room for some lines of columns

    def question(self) -> Question | None:
        """Return what asks for the maps of the image chosen."""
        if len(self.document.network.in_shape) != 3:
            return None
        return Question("maps", fresh=True, **self.image.options)

    def take(self, data: FeatureMaps | None) -> None:
        """Keep the maps."""
        self._maps = data
        if data is not None:
            self.image.show_image(data.image)

    def redraw(self) -> None:
        """Show the newest maps."""
        maps = self._seen
        if maps is None or self.question() is None:
            self.set_note("")
            self._say_nothing()
            return
        self._body.show_maps(maps)
        self.set_note(self._note(maps))
        self.show_view()

    @property
    def _seen(self) -> FeatureMaps | None:
        """The maps of the layer to show, or of all; a layer that nothing is known of yet shows the others."""
        maps, uid = self._maps, self.layers.one if self.layers is not None else ""
        layers = tuple(layer for layer in maps.layers if layer.uid == uid) if maps is not None else ()
        return replace(maps, layers=layers) if maps is not None and layers else maps

    def _say_nothing(self) -> None:
        if len(self.document.network.in_shape) != 3:
            words = self.tr("This network reads no images: there is nothing of two dimensions to map.")
            self.show_empty(self.tr("No feature maps."), words)
        else:
            words = self.tr("Add layers, press Run, and an image is followed here from layer to layer.")
            self.show_nothing(self.tr("No feature maps yet."), words)

    def _note(self, maps: FeatureMaps) -> str:
        chosen = self._chosen()
        if chosen is None:
            best = int(maps.answer.argmax())
            words = self.tr("the answer is {name}, {share}")
            return words.format(name=maps.class_names[best], share=answer_text(maps.answer, best))
        layer, index = chosen
        return self.tr("{number} {title}, {n} of {all}").format(
            number=layer.number, title=layer.title, n=index + 1, all=f"{layer.shape[0]:,}"
        )

    def _chosen(self) -> tuple[LayerMaps, int] | None:
        current, maps = self.columns.current, self._seen
        if current is None or maps is None or current[0] >= len(maps.layers):  # a shorter network, not yet drawn
            return None
        return maps.layers[current[0]], current[1]

    def _on_columns_current_changed(self, _place: object) -> None:
        maps = self._seen
        if maps is not None:
            self.set_note(self._note(maps))
            self.columns.setAccessibleDescription(self._note(maps))

    def _on_document_selection_changed(self) -> None:
        """The layer that is selected in the network is in sight; a map that is chosen stays large beside it."""
        maps = self._seen
        uids = [layer.uid for layer in maps.layers] if maps is not None else []
        for uid in self.document.selection[:1]:
            if uid in uids and not self.is_empty and not self.frozen:
                self._body.bring_into_sight((uids.index(uid), 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go through the images with Page Up and Page Down."""
        if not self.image.page(event):
            super().keyPressEvent(event)

    def hidden_width(self) -> int:
        """Return the width of the columns that only scrolling shows."""
        return self._body.scroll_bar.maximum()

    def draw_for_picture(self, ratio: float | None) -> None:
        """Show all columns and no scroll bar; the screen is where it was before."""
        self._body.show_scroll_bar(ratio is None)

    # -- words and numbers -------------------------------------------------------------------------------------------
    def summary(self) -> str:
        """Return the answer, and how far the numbers of each layer go."""
        maps = self._seen
        if maps is None:
            return ""
        best = int(maps.answer.argmax())
        words = self.tr("Image {n}: the network says {name} with {share}.").format(
            n=f"{maps.image.number:,}", name=maps.class_names[best], share=answer_text(maps.answer, best)
        )
        spans = (f"{layer.number} {layer.title} {Span(layer.low, layer.high).words}" for layer in maps.layers)
        return f"{words} {'; '.join(spans)}."

    def shown_words(self) -> str:
        """Of which layer, and of which image."""
        maps, layer = self._seen, self.layers.title() if self.layers is not None else ""
        image = self.tr("image {n}").format(n=maps.image.number) if maps is not None else ""
        return self.tr("of {layer} {image}").format(layer=layer, image=image) if layer else image

    def table(self) -> Table:
        """Return a row for each map: its least, mean and largest number. Of a single layer one for each number."""
        maps = self._seen
        if maps is not None and self.layers is not None and [one.uid for one in maps.layers] == [self.layers.one]:
            return _numbers(maps.layers[0])
        rows = []
        for layer in maps.layers if maps else ():
            flat = layer.values.reshape(len(layer.values), -1)
            name = f"{layer.number} {layer.title}"
            numbers = zip(flat.min(axis=1).tolist(), flat.mean(axis=1).tolist(), flat.max(axis=1).tolist(), strict=True)
            rows += [(name, index + 1, *row) for index, row in enumerate(numbers)]
        return ("layer", "map", "least", "mean", "largest"), rows


def _numbers(layer: LayerMaps) -> Table:
    """Each number of a layer and its place; of very many the maps that come first."""
    values = layer.values[: max(1, MOST_ROWS // max(1, layer.values[0].size))]
    names = ("map", "row", "column")[: values.ndim]
    return (*names, "value"), [(*(i + 1 for i in index), str(value)) for index, value in np.ndenumerate(values)]


class _Body(QWidget):
    """The columns, which scroll, and the chosen map large at the right."""

    def __init__(self) -> None:
        super().__init__()
        self.columns = MapColumns()
        self.columns.setObjectName("live.maps.columns")
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self.columns)
        for part in (self.columns, self._scroll.viewport()):
            part.setAutoFillBackground(False)
        self.large = MosaicView()
        self.large.setObjectName("live.maps.large")
        self.large.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.large.setAccessibleName(self.tr("The map that is looked at"))
        self.large.hide()
        self._scrolled = 0
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._scroll, 1)
        row.addWidget(self.large)
        self.columns.current_changed.connect(self._on_columns_current_changed)

    @property
    def scroll_bar(self) -> QScrollBar:
        return self._scroll.horizontalScrollBar()

    def show_scroll_bar(self, shown: bool) -> None:
        if not shown:
            self._scrolled = self.scroll_bar.value()
        policy = Qt.ScrollBarPolicy
        self._scroll.setHorizontalScrollBarPolicy(policy.ScrollBarAsNeeded if shown else policy.ScrollBarAlwaysOff)
        if shown:
            self.scroll_bar.setValue(self._scrolled)

    def show_maps(self, maps: FeatureMaps) -> None:
        self._layers = maps.layers
        self.columns.show_maps(maps)
        self._show_large()

    def _show_large(self) -> None:
        place = self.columns.current
        self.large.setVisible(place is not None)
        if place is None:
            return
        layer, picture = self._layers[place[0]], self.columns.picture_of(place)
        own = Span.of(picture)
        words = self.tr("map {n}, {span}") if picture.size > 1 else self.tr("number {n}, {value}")
        name = words.format(n=place[1] + 1, span=own.words, value=significant(own.high, 3))
        self.large.show_banks([Bank(name, picture, span=Span(layer.low, layer.high, layer.low < 0))])

    def _on_columns_current_changed(self, place: object) -> None:
        self._show_large()
        if place is not None:
            self.bring_into_sight(place)  # type: ignore[arg-type]

    def bring_into_sight(self, place: Place) -> None:
        if place[0] < self.columns.count:
            area = self.columns.area_of(place)
            self._scroll.ensureVisible(area.center().x(), 0, area.width() // 2 + theme().px(12), 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the large map a square, as far as the others keep room."""
        super().resizeEvent(event)
        self.large.setFixedWidth(round(max(theme().u(_LEAST), min(self.height(), _LARGE * self.width()))))
