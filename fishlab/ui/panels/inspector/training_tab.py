"""The Training tab: the optimizer, the run, what it will cost, and the sealed test images."""

import time

from PySide6.QtWidgets import QWidget

from fishlab.core.fields import describe
from fishlab.core.optimizers import OPTIMIZERS, OptimizerSpec
from fishlab.core.schedules import CONSTANT, SCHEDULES, ScheduleSpec
from fishlab.core.spec import ProjectSpec, TrainingSpec
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector import fold_words
from fishlab.ui.panels.inspector.best_box import BestBox
from fishlab.ui.panels.inspector.costs import run_costs
from fishlab.ui.panels.inspector.edits import (
    change_optimizer,
    change_schedule,
    change_training,
    choose_optimizer,
    choose_schedule,
)
from fishlab.ui.panels.inspector.facts import FactTable
from fishlab.ui.panels.inspector.glimpse import Glimpse
from fishlab.ui.panels.inspector.heading import Heading
from fishlab.ui.panels.inspector.page import Page
from fishlab.ui.panels.inspector.rate_curve import RateCurve
from fishlab.ui.panels.inspector.run_watch import RunWatch
from fishlab.ui.panels.inspector.sealed_box import SealedBox
from fishlab.ui.panels.inspector.spec_form import SpecForm
from fishlab.ui.panels.inspector.verify_box import VerifyBox
from fishlab.ui.panels.inspector.way_box import WayBox
from fishlab.ui.panels.inspector.words import SHORT_CHOICES
from fishlab.ui.session import TrainSession
from fishlab.ui.widgets.explanation import Explanation, set_explanation
from fishlab.ui.widgets.fields import ChoiceField
from fishlab.ui.widgets.fold import Fold
from fishlab.ui.widgets.form import Form
from fishlab.ui.widgets.label import Label

_MOST_NAMED = 2
RUN, HOLDS = ("batch_size", "epochs"), ("decay_kind", "weight_decay", "max_norm", "clip_norm")
STOPPING, NUMBERS = ("patience", "keep_best"), ("seed", "sampling", "precision")
COSTS_SECONDS = 2.0  # how long an epoch will take trembles with the speed


class TrainingTab(Page):
    """What a press of Run will do."""

    def __init__(
        self,
        document: Document,
        session: TrainSession,
        glimpse: Glimpse,
        watch: RunWatch,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._session, self._glimpse, self._watch = document, session, glimpse, watch
        self._costs_told = 0.0
        self._parts: list[SpecForm] = []
        self._met: dict[str, bool] = {}
        self._build()
        self._connect()
        self._sync()

    # -- build
    def _build(self) -> None:
        self.heading = Heading(lines=2)
        self.heading.sub.setObjectName("inspector.training_notice")
        self.add(self.heading)
        self._build_optimizer()
        self._build_schedule()
        self.add_section(self.tr("Run"))
        self.form = self._part(RUN)
        self.add(self.form)
        self.add_section(self.tr("Decay and clipping"))
        self.holds = self._part(HOLDS)
        self.add(self.holds)
        self.stopping = self._fold(self.tr("Stopping early"), STOPPING)
        self.numbers = self._fold(self.tr("Order and numbers"), NUMBERS)
        self.add_section(self.tr("On this computer"))
        self.way = WayBox(self._session)
        self.add(self.way)
        self._align()
        self.add_section(self.tr("What an epoch will cost"))
        self.costs = FactTable()
        self.costs.setObjectName("inspector.run_costs")
        self.add(self.costs)
        self.best = BestBox(self._document, self._session, self)
        self.add(self.best)
        self.verify = VerifyBox(self._document, self._session, self)
        self.add(self.verify)
        self.add_section(self.tr("Test set"))
        self.sealed = SealedBox(self._document, self._session)
        self.add(self.sealed)

    def _build_optimizer(self) -> None:
        self.choice = ChoiceField(self.tr("Optimizer"), [(entry.kind, entry.title) for entry in OPTIMIZERS])
        self.choice.setObjectName("inspector.optimizer")
        self.choice.setToolTip(self.tr("How a gradient becomes a step. Another one begins with its own defaults."))
        self._choice_form = Form()
        self._choice_form.add(self.tr("Optimizer"), self.choice)
        self.optimizer_help = Label("", "caption", 400, "ink2", wrap=True)
        self.optimizer = SpecForm("inspector")
        for part in (self._choice_form, self.optimizer_help, self.optimizer):
            self.add(part)

    def _build_schedule(self) -> None:
        self.schedule_choice = ChoiceField(self.tr("Schedule"), [(entry.kind, entry.title) for entry in SCHEDULES])
        self.schedule_choice.setObjectName("inspector.schedule")
        self._schedule_form = Form()
        self._schedule_form.add(self.tr("Schedule"), self.schedule_choice)
        self.schedule = SpecForm("inspector.schedule")
        self.rate_curve = RateCurve()
        self.rate_curve.setObjectName("inspector.rate_curve")
        self.rate_curve.setWhatsThis(
            self.tr("The learning rate over the epochs of the run: the rate above, times what the schedule makes of "
                    "it. The dot is where the run stands. Chapter 6.1")
        )  # fmt: skip
        for part in (self._schedule_form, self.schedule, self.rate_curve):
            self.add(part)

    def _part(self, names: tuple[str, ...]) -> SpecForm:
        """A form of some of the settings."""
        form = SpecForm("inspector", only=names, words=SHORT_CHOICES)
        self._parts.append(form)
        return form

    def _fold(self, title: str, names: tuple[str, ...]) -> Fold:
        fold = Fold(title)
        fold.setObjectName(f"inspector.fold.{names[0]}")
        fold.add(self._part(names))
        self.add(fold)
        return fold

    def _align(self) -> None:
        first, *others = self._parts
        first.align_with(self.optimizer, self._choice_form, self._schedule_form, self.schedule, self.way.form, *others)

    # -- connect
    def _connect(self) -> None:
        self.choice.edited.connect(self._on_choice_edited)
        self.schedule_choice.edited.connect(self._on_schedule_choice_edited)
        self.optimizer.edited.connect(self._on_optimizer_edited)
        self.schedule.edited.connect(self._on_schedule_edited)
        for form in (self.optimizer, self.schedule):
            form.rebuilt.connect(self._on_rebuilt)
        for form in self._parts:
            form.edited.connect(self._on_form_edited)
        self._document.changed.connect(self._on_document_changed)
        self._session.progress_changed.connect(self._on_progress_changed)
        signals = (self._session.state_changed, self._session.data_changed, self._watch.changed, self._glimpse.changed)
        for signal in signals:
            signal.connect(self._sync)

    def _on_document_changed(self, _old: object) -> None:
        self._sync()

    def _on_choice_edited(self, kind: str) -> None:
        if kind != self._document.spec.training.optimizer.kind:
            choose_optimizer(self._document, kind)

    def _on_schedule_choice_edited(self, kind: str) -> None:
        if kind != self._document.spec.training.schedule.kind:
            choose_schedule(self._document, kind)

    def _on_rebuilt(self) -> None:
        run, holds, stopping, numbers = (form.fields() for form in self._parts)
        self.set_tab_order(
            self.choice, *self.optimizer.fields(), self.schedule_choice, *self.schedule.fields(), *run, *holds,
            self.stopping.header, *stopping, self.numbers.header, *numbers, *self.way.fields(), self.best.take,
            self.verify.verify, self.sealed.evaluate, self.sealed.start_over,
        )  # fmt: skip

    def _on_optimizer_edited(self, optimizer: OptimizerSpec, name: str) -> None:
        change_optimizer(self._document, optimizer, name)

    def _on_schedule_edited(self, schedule: ScheduleSpec, name: str) -> None:
        change_schedule(self._document, schedule, name)

    def _on_form_edited(self, training: TrainingSpec, name: str) -> None:
        change_training(self._document, training, name)

    def _on_progress_changed(self) -> None:
        if self.isVisible() and time.monotonic() - self._costs_told >= COSTS_SECONDS:
            self._sync_costs()
            self._sync_curve()

    # -- sync
    def _sync(self) -> None:
        training = self._document.spec.training
        entry = OPTIMIZERS[training.optimizer.kind]
        self.choice.set_value(entry.kind)
        chapter = self.tr("Chapter {chapter}").format(chapter=entry.chapter)
        self.optimizer_help.setText(f"{entry.help} {chapter}.")
        said = self.tr("How a gradient becomes a step. {help} Another one begins with its own defaults.")
        explanation = Explanation(said.format(help=entry.help), entry.item.formula, chapter=entry.chapter)
        set_explanation(self.choice, explanation)
        for form in self._parts:
            form.show_spec(training)
        self._sync_schedule(training.schedule)
        self.optimizer.show_spec(training.optimizer, chapter=entry.chapter)
        self._sync_folds(training)
        self._sync_heading()
        self._sync_costs()

    def _sync_schedule(self, schedule: ScheduleSpec) -> None:
        entry = SCHEDULES[schedule.kind]
        self.schedule_choice.set_value(entry.kind)
        words = self.tr("How the rate changes while a run goes on: it is multiplied by f. {help}")
        said = words.format(help=entry.help)
        self.schedule_choice.setToolTip(said)
        set_explanation(self.schedule_choice, Explanation(said, entry.item.formula, chapter=entry.chapter))
        self.schedule.show_spec(schedule, chapter=entry.chapter)
        self._sync_curve()

    def _sync_curve(self) -> None:
        training, progress = self._document.spec.training, self._session.progress
        under_way = self._session.training or self._session.continues
        left = under_way and progress.x < progress.target
        epochs = progress.target if left else (round(progress.x) if under_way else 0) + training.epochs
        at = progress.x if left or (under_way and progress.x) else None
        self.rate_curve.show_schedule(training.schedule, training.optimizer.learning_rate, max(1, epochs), at)
        self.rate_curve.setVisible(training.schedule != CONSTANT)

    def _sync_folds(self, training: TrainingSpec) -> None:
        """A fold that hides something unusual opens when it is met first."""
        notes = (fold_words.stopping(training), fold_words.numbers(training))
        usual = TrainingSpec()
        for fold, names, note in zip((self.stopping, self.numbers), (STOPPING, NUMBERS), notes, strict=True):
            fold.set_note(note)
            unusual = any(getattr(training, name) != getattr(usual, name) for name in names)
            if unusual and not self._met.get(names[0]):
                fold.set_open(True)
            self._met[names[0]] = unusual

    def _sync_heading(self) -> None:
        self.heading.set_words("run", self.tr("Training"), self._notice())

    def _notice(self) -> str:
        """What these settings are for at the moment, in two lines at most."""
        project = self._watch.project
        if project is None:
            return self.tr("What the next press of Run does.")
        waiting = waiting_labels(project, self._document.spec)
        if not waiting:
            return self.tr("A run is under way. What changes at once says so.")
        if len(waiting) > _MOST_NAMED:
            return self.tr("{n} settings wait for the next run.").format(n=len(waiting))
        return self.tr("Waits for the next run: {what}.").format(what=", ".join(waiting))

    def _sync_costs(self) -> None:
        self._costs_told = time.monotonic()
        split = self._glimpse.split(self._document.spec.data)
        same = self._session.training or self._session.continues
        speed = self._session.progress.images_per_second if same else None
        self.costs.set_facts(run_costs(self._document.spec, self._document.report, split[0] if split else None, speed))


def waiting_labels(project: ProjectSpec, now: ProjectSpec) -> list[str]:
    """Return the settings of training that were changed since `project` began and take no effect in it."""
    before, after = project.training, now.training
    names = [
        info.label.lower()
        for info in describe(type(after))
        if not info.live and getattr(before, info.name) != getattr(after, info.name)
    ]
    names += ["schedule"] if before.schedule != after.schedule else []
    other = before.optimizer.kind != after.optimizer.kind
    return [OPTIMIZERS[after.optimizer.kind].title, *names] if other else names
