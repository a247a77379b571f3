"""The instrument "Data": the images themselves, what they are on the average, how many, and what the scaling does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from fishlab.core.data.comparison import Comparison
from fishlab.core.data.overview import TEST, Overview
from fishlab.core.spec import DataSpec
from fishlab.ui.document import Document
from fishlab.ui.numbers import percent_text
from fishlab.ui.plots.data_controls import AVERAGES, COUNTS, IMAGES, SCALING, VARIANTS, DataControls
from fishlab.ui.plots.data_feed import DataFeed
from fishlab.ui.plots.data_scaling import SHOWN, numbers_of
from fishlab.ui.plots.data_seal import DataSeal
from fishlab.ui.plots.data_variants import DRAWS
from fishlab.ui.plots.data_views import DataViews
from fishlab.ui.plots.data_words import point_said, table_of_averages, table_of_counts, table_of_images
from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.plots.seen import is_seen
from fishlab.ui.plots.things import things
from fishlab.ui.session import State, TrainSession

_POINTS = 600  # of the plane that are scaled to be looked at


class DataInstrument(Instrument):
    """Shows the set that the document names, as a run would use it; nothing has to be trained for it.

    It asks nothing of the network: `feed` reads the images while somebody looks.
    """

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        self.views = DataViews()
        super().__init__("data", self.tr("Data"), self.views, document, session, parent)
        self._found: Overview | None = None
        self._shown: Comparison | None = None
        self._trouble = ""
        self._place = 0
        self.controls, self.feed = DataControls(self), DataFeed(self)
        self.feed.load = session.load
        self.seal = DataSeal(session, self.feed, self)
        for control in (*self.controls.all(), self.seal.button):
            self.add_control(control)
        self.controls.show_set(None)
        self._connect()

    def _connect(self) -> None:
        self.feed.read.connect(self._on_feed_read)
        self.feed.compared.connect(self._on_feed_compared)
        self.feed.varied.connect(self._on_feed_varied)
        self.feed.progressed.connect(self._on_feed_progressed)
        self.seal.answered.connect(self._on_seal_answered)
        self.controls.changed.connect(self._on_controls_changed)
        self.controls.asked_for.connect(self._on_controls_asked_for)
        self.views.moved.connect(self._on_views_moved)
        self.views.pointed.connect(self._on_views_pointed)
        self.document.model_changed.connect(self._on_document_model_changed)
        self.session.data_changed.connect(self._on_session_data_changed)
        self.session.state_changed.connect(self._on_session_state_changed)

    # -- what is asked of the feed -----------------------------------------------------------------------------------
    def ask(self) -> None:
        """Read the images, now that somebody looks, or other ones are chosen."""
        super().ask()
        self.seal.check()
        if self.frozen:
            return
        spec = self.document.spec
        if not self.feed.has(spec.data, spec.training.seed):
            self._release()
        if is_seen(self):
            self.controls.show_chosen(spec.data.scaling)
            self.feed.look(spec.data, spec.training.seed)
            self._compare()
            self.throttle.ask()

    def _release(self) -> None:
        """Another set is named: let go of this one, seen or not."""
        self._found, self._shown, self._trouble = None, None, ""
        self.views.clear()
        self.feed.release()

    def showEvent(self, event: QShowEvent) -> None:
        """What could not be read may have been mended meanwhile."""
        self._forget_trouble()
        super().showEvent(event)

    def _forget_trouble(self) -> None:
        if self._found is None and self._trouble and not self.frozen:
            self._trouble = ""
            self.feed.forget()

    def _on_session_state_changed(self) -> None:
        """A run that begins reads the images: so does who looks at what could not be read."""
        if self.session.state is State.PREPARING and self._trouble:
            self._forget_trouble()
            self.ask()

    def hideEvent(self, event: QHideEvent) -> None:
        """What is still being read is given up."""
        super().hideEvent(event)
        self.feed.give_up()

    def _compare(self) -> None:
        if self._found is not None and self.controls.view() == SCALING:
            self.feed.compare(self._found, self._tried(), self._compared())
        elif self._found is not None and self.controls.view() == VARIANTS and self._changes:
            self.feed.vary(self._found, self.document.spec.data, self._compared(), DRAWS)

    @property
    def _changes(self) -> bool:
        """Whether there are images, and a step of the augmentation that is in use changes them."""
        steps = self.document.spec.data.augmentation
        return self._found is not None and self._found.is_images and any(step.enabled for step in steps)

    def _tried(self) -> DataSpec:
        data = self.document.spec.data
        return data.replace(scaling=self.controls.scaling(data.scaling))

    def _compared(self) -> NDArray[np.intp]:
        """The current image and some from all over the set, which may be sorted by class; or as many points."""
        assert self._found is not None
        numbers, most = self._numbers(), _POINTS if self._found.is_plane else SHOWN
        count = min(len(numbers), most)
        spread = self._place + np.arange(count) * (len(numbers) / max(1, count))
        return numbers[spread.astype(np.intp) % max(1, len(numbers))]

    @property
    def _seen(self) -> Overview | None:
        """The set that the chosen part belongs to: the images to test are one by themselves, None while sealed."""
        return self.seal.found if self.controls.part() == TEST else self._found

    @property
    def _sealed(self) -> bool:
        """Whether what is chosen is under the seal; counts are those of all parts, and leave out what is."""
        return self.controls.part() == TEST and self.controls.view() != COUNTS and self.seal.found is None

    def _numbers(self) -> NDArray[np.intp]:
        """The numbers of the images of the part and class that are chosen."""
        assert self._seen is not None
        return self._seen.find(self.controls.part(), self.controls.label())

    # -- what arrives ------------------------------------------------------------------------------------------------
    def _on_feed_progressed(self, what: str, share: float) -> None:
        if self._found is None:
            self.show_empty(self.tr("Reading the data…"), f"{what}, {percent_text(share, 0)}")

    def _on_feed_read(self, found: Overview | str) -> None:
        if found is self._found:
            return
        self._found, self._trouble = (found, "") if isinstance(found, Overview) else (None, found)
        self._show_set()

    def _on_feed_compared(self, found: Comparison | str) -> None:
        self._shown, self._trouble = (found, "") if isinstance(found, Comparison) else (None, found)
        if self._shown is not None and self._found is not None:
            self.views.show_pair(self._shown, self._found, self._compared())
        self.redraw()

    def _on_feed_varied(self, found: NDArray[np.float32] | str) -> None:
        if isinstance(found, str):
            self._trouble = found
        elif self._found is not None:
            self.views.variants.show_variants(found, self._found.low, self._found.high)
        self.redraw()

    def _on_session_data_changed(self) -> None:
        """What was not there may be there now; and a run that has begun has read the files as they are now."""
        if self.feed.reading or self.frozen:
            return
        if self._found is None:
            self.feed.forget()
            self.ask()
        elif self.session.state is State.RUNNING and is_seen(self):
            spec = self.document.spec
            self.feed.forget()
            self.feed.look(spec.data, spec.training.seed, self._found)  # what is shown stays unless it has changed

    # -- the seal ----------------------------------------------------------------------------------------------------
    def _on_seal_answered(self) -> None:
        """What came is shown, and has the keyboard, as the button has gone."""
        self._show_set()
        if self.seal.had_focus and self.seal.found is not None:
            self.views.focus_current()

    def _on_document_model_changed(self) -> None:
        if self.seal.check() and not self.frozen:
            self._show_set()

    def _on_document_replaced(self) -> None:
        """Another project has a seal of its own."""
        self.seal.close()
        super()._on_document_replaced()

    # -- what a person does ------------------------------------------------------------------------------------------
    def _on_controls_changed(self) -> None:
        self._trouble = self._trouble if self._found is None else ""
        if not self.controls.wants_tests():
            self.seal.close()
        self._show_set()

    def _show_set(self) -> None:
        seen = self._seen
        self.controls.show_set(seen, sealed=self._sealed)
        self.views.counts.show_counts(self._found, self.seal.found)
        if seen is not None:
            self._place = 0
            centres = self.controls.view() == AVERAGES
            self.views.show_set(seen, self._numbers(), self.controls.part(), centres=centres)
            self._compare()
        self.redraw()

    def _on_controls_asked_for(self, number: int) -> None:
        """Go to the image of this number, in whatever part and class it is; those to test have numbers of their own."""
        found = self._seen
        if found is None:
            return
        place = found.place(number)
        if place not in self._numbers():
            part = next((part for part, places in found.parts.items() if place in places), None)
            if part is None:
                words = self.tr("{thing} {n} is not used")
                self.set_note(words.format(thing=things(found.shape).one, n=f"{number:,}"))
                return
            self.controls.turn_to(part)
            self._show_set()
        self.views.go_to(int(np.searchsorted(self._numbers(), place)))

    def _on_views_moved(self, place: int) -> None:
        seen = self._seen
        if seen is not None and 0 <= place < len(self._numbers()):
            self._place = place
            self.controls.show_number(seen.number(int(self._numbers()[place])))

    def _on_views_pointed(self) -> None:
        self.set_note(self._note())

    # -- what is seen ------------------------------------------------------------------------------------------------
    def redraw(self) -> None:
        """Show the view that is chosen, or say what stands in its way."""
        found = self._found
        self.set_note(self._note())
        self.seal.offer(found if self._sealed else None)
        if self._trouble:
            self.show_empty(self.tr("These data cannot be shown."), self._trouble)
        elif found is None:
            self.show_empty(self.tr("Reading the data…"))
        elif self._sealed:
            self.show_empty(*self.seal.words(found))
        else:
            self._show_chosen(found)
        self._tell(self.spoken())

    def _show_chosen(self, found: Overview) -> None:
        view, many = self.controls.view(), things(found.shape).many
        if view == VARIANTS and not self._changes:
            self.show_empty(*self._nothing_changes(found))
        elif view == SCALING and self._shown is None:
            self.show_empty(self.tr("Scaling the {things}…").format(things=many))
        elif view in (IMAGES, AVERAGES) and not self._count(view):
            words = self.tr("This part has none of this class. Choose another.")
            words = words if len(self._places()) else self.tr("This part has none. Choose another.")
            self.show_empty(self.tr("No {things}.").format(things=many), words)
        else:
            self.views.turn_to(view, found)
            self.show_view()

    def _places(self) -> NDArray[np.intp]:
        """The numbers of the images of the part that is chosen, of all classes."""
        assert self._seen is not None
        return self._seen.parts[self.controls.part()]

    def _count(self, view: str) -> int:
        """Of how many there is something to see: averages are those of all classes, and points stand for them."""
        assert self._seen is not None
        return len(self._places() if view == AVERAGES and not self._seen.is_plane else self._numbers())

    def _nothing_changes(self, found: Overview) -> tuple[str, str]:
        if not found.is_images:
            return self.tr("These are no images."), self.tr("Only images are augmented.")
        words = self.tr("Add a step under Augmentation in the Data tab, and what becomes of these images appears here.")
        return self.tr("Every image is learned as it is."), words

    def _note(self) -> str:
        """What stands in the header, right of the controls."""
        found, view = self._seen, self.controls.view()
        if view == COUNTS and self._found is not None:
            return self.views.counts.words(self.views.counts.current()) or self._found.name
        if found is None:
            return ""
        if view in (SCALING, VARIANTS) or (view == AVERAGES and not found.is_plane):
            return found.name
        said = point_said(found, self._numbers(), self.views.points.current()) if found.is_plane else ""
        words = self.tr("{n} test {things}") if self.controls.part() == TEST else self.tr("{n} {things}")
        return said or words.format(n=f"{len(self._numbers()):,}", things=things(found.shape).many)

    def summary(self) -> str:
        """What the view shows, in words."""
        found = self._found
        if found is None:
            return self._trouble
        if self._sealed:
            return " ".join(self.seal.words(found))
        if self.controls.view() == SCALING and self._shown is not None:
            return self.views.scaled.words()
        if self.controls.view() == VARIANTS and self._changes:
            return self.views.variants.accessibleDescription()
        parts = ", ".join(f"{count:,} {name}" for name, count in self.views.counts.parts())
        words = self.tr("{name}: {parts}, in {classes} classes.")
        return words.format(name=found.name, parts=parts, classes=len(found.class_names))

    def table(self) -> Table:
        """The numbers of the view that is chosen; none of what is sealed."""
        found, view = self._seen, self.controls.view()
        if view == COUNTS:
            return table_of_counts(self.views.counts.names, self.views.counts.rows)
        if found is None:
            return (), ()
        if view == AVERAGES:
            return table_of_averages(found, self.controls.part())
        if view == SCALING:
            shown = self._shown
            return ("measure", "before", "after"), numbers_of(shown) if shown is not None else []
        return table_of_images(found, self._numbers())
