"""How training images are changed: a list of steps, the fields of one of them, and a few images before and after."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from fishlab.core.augmentation import AUGMENTATIONS, AugmentationSpec
from fishlab.core.data.preview import augmented_samples, what_is_named
from fishlab.core.fields import describe
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector.before_after import BeforeAfter
from fishlab.ui.panels.inspector.contact_sheet import COLUMNS
from fishlab.ui.panels.inspector.edits import change_augmentation
from fishlab.ui.panels.inspector.spec_form import SpecForm
from fishlab.ui.panels.inspector.step_list import StepList
from fishlab.ui.sampler import Sampler
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.icon_button import IconButton
from fishlab.ui.widgets.label import Label


class AugmentationBox(QWidget):
    """Edits `DataSpec.augmentation`; `set_digits(True)` where a mirrored image may be another thing."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._session = document, session
        self._sampler = Sampler(self)
        self._draw = 0
        self._digits = False
        self._build()
        self._connect()
        self._sync()

    # -- build
    def _build(self) -> None:
        self.words = Label(
            self.tr("Every image is learned as it is. Add a step, and each one is changed a little, and every time "
                    "differently."),
            "small", 400, "ink2", wrap=True,
        )  # fmt: skip
        self.steps = StepList()
        self.steps.setObjectName("inspector.augmentation")
        self.steps.setWhatsThis(
            self.tr("What is done to each training image before it is learned, anew in each epoch. Space switches a "
                    "step, Alt with the arrows moves it, Delete removes it.\nChapter 8.1.2")
        )  # fmt: skip
        self.form = SpecForm("inspector.augmentation", without=("enabled",))
        self.note = Label("", "caption", 400, "ink2", wrap=True)
        self.warning = Label("", "caption", 400, "warn", wrap=True)
        self.preview = BeforeAfter(self.tr("Draw again"))
        self.preview.setObjectName("inspector.augmentation_preview")
        column = QVBoxLayout(self)
        column.addWidget(self.words)
        column.addWidget(self.steps)
        column.addLayout(self._build_buttons())
        for part in (self.note, self.warning, self.form, self.preview):
            column.addWidget(part)
        self._sync_space()

    def _build_buttons(self) -> QHBoxLayout:
        self.add = Button(self.tr("Add step"), "plus")
        self.add.setObjectName("inspector.add_augmentation")
        self.add.setMenu(self._menu())
        self.up = IconButton("up", self.tr("Earlier (Alt+Up)"))
        self.down = IconButton("down", self.tr("Later (Alt+Down)"))
        self.remove = IconButton("trash", self.tr("Remove the step (Delete)"))
        row = QHBoxLayout()
        row.setSpacing(0)  # in a narrow dock every pixel counts
        row.addWidget(self.add)
        row.addStretch(1)
        for button in (self.up, self.down, self.remove):
            row.addWidget(button)
        return row

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        for group, entries in AUGMENTATIONS.groups().items():
            menu.addSection(group) if menu.actions() else None
            for entry in entries:
                action = menu.addAction(entry.title)
                action.setData(entry.kind)
                action.setToolTip(entry.help)
        menu.setToolTipsVisible(True)
        menu.triggered.connect(self._on_menu_triggered)
        return menu

    # -- connect
    def _connect(self) -> None:
        self.steps.moved.connect(self._on_moved)
        self.steps.removed.connect(self._on_removed)
        self.steps.switched.connect(self._on_switched)
        self.steps.currentRowChanged.connect(self._on_row_changed)
        self.form.edited.connect(self._on_form_edited)
        self.up.clicked.connect(self._on_up_clicked)
        self.down.clicked.connect(self._on_down_clicked)
        self.remove.clicked.connect(self._on_remove_clicked)
        self.preview.again.clicked.connect(self._on_again_clicked)
        self._sampler.arrived.connect(self.preview.show_pair)
        self._document.changed.connect(self._on_document_changed)
        self._session.data_changed.connect(self._sync_preview)
        theme().changed.connect(self._sync_space)

    def buttons(self) -> tuple[QWidget, ...]:
        """What the Tab key goes through, beside the list and the fields."""
        return (self.steps, self.add, self.up, self.down, self.remove)

    def set_digits(self, digits: bool) -> None:
        """Say whether the images are digits."""
        if digits != self._digits:
            self._digits = digits
            self._sync_current()

    # -- what a person does
    def _on_menu_triggered(self, action: QAction) -> None:
        step = AUGMENTATIONS[action.data()].item.Spec()
        steps = (*self._steps(), step)
        change_augmentation(self._document, steps, self.tr("Add {step}").format(step=action.text().lower()))
        self.steps.setCurrentRow(len(steps) - 1)

    def _on_moved(self, row: int, target: int) -> None:
        steps = list(self._steps())
        steps.insert(target, steps.pop(row))
        change_augmentation(self._document, steps, self.tr("Move {step}").format(step=_title(steps[target]).lower()))

    def _on_removed(self, row: int) -> None:
        steps = list(self._steps())
        words = self.tr("Remove {step}").format(step=_title(steps.pop(row)).lower())
        change_augmentation(self._document, steps, words)

    def _on_switched(self, row: int, on: bool) -> None:
        words = self.tr("Switch {step}").format(step=_title(self._steps()[row]).lower())
        self._put(row, self._steps()[row].replace(enabled=on), words)

    def _on_form_edited(self, step: AugmentationSpec, name: str) -> None:
        row = self.steps.currentRow()
        label = next(info.label for info in describe(type(step)) if info.name == name)
        words = self.tr("Change {field}").format(field=label[:1].lower() + label[1:])
        self._put(row, step, words, merge=f"augmentation.{row}.{name}")

    def _put(self, row: int, step: AugmentationSpec, words: str, merge: str | None = None) -> None:
        steps = list(self._steps())
        steps[row] = step
        change_augmentation(self._document, steps, words, merge)

    def _on_up_clicked(self) -> None:
        self.steps.moved.emit(self.steps.currentRow(), self.steps.currentRow() - 1)
        self.steps.setCurrentRow(self.steps.currentRow() - 1)

    def _on_down_clicked(self) -> None:
        self.steps.moved.emit(self.steps.currentRow(), self.steps.currentRow() + 1)
        self.steps.setCurrentRow(self.steps.currentRow() + 1)

    def _on_remove_clicked(self) -> None:
        self._on_removed(self.steps.currentRow())

    def _on_again_clicked(self) -> None:
        self._draw += 1
        self._sync_preview()

    def _on_row_changed(self, _row: int) -> None:
        self._sync_current()

    def _on_document_changed(self, _old: object) -> None:
        self._sync()

    # -- sync
    def showEvent(self, event: QShowEvent) -> None:
        """Draw a preview now that somebody looks."""
        super().showEvent(event)
        self._sync_preview()

    def _steps(self) -> tuple[AugmentationSpec, ...]:
        return self._document.spec.data.augmentation

    def _sync(self) -> None:
        steps = self._steps()
        self.words.setVisible(not steps)
        self.steps.setVisible(bool(steps))
        self.steps.show_steps([(step_words(step), step.enabled) for step in steps])
        self._sync_current()
        self._sync_preview()

    def _sync_current(self) -> None:
        """The fields of the current step, and what it does."""
        row, steps = self.steps.currentRow(), self._steps()
        step = steps[row] if 0 <= row < len(steps) else None
        for part, shown in (
            (self.form, step is not None), (self.up, len(steps) > 1), (self.down, len(steps) > 1),
            (self.remove, step is not None), (self.note, step is not None),
        ):  # fmt: skip
            part.setVisible(shown)
        self.up.setEnabled(row > 0)
        self.down.setEnabled(row < len(steps) - 1)
        self.warning.setVisible(step is not None and self._spoils_digits(step))
        if step is not None:
            entry = AUGMENTATIONS[step.kind]
            self.note.setText(entry.help)
            self.form.show_spec(step, key=f"{row}.{step.kind}", chapter=entry.chapter)
            self.warning.setText(self._warning_words(step))

    def _spoils_digits(self, step: AugmentationSpec) -> bool:
        return self._digits and AUGMENTATIONS[step.kind].item.spoils_letters(step)

    def _warning_words(self, step: AugmentationSpec) -> str:
        if AUGMENTATIONS[step.kind].item.mirrors:
            return self.tr("These are digits: mirrored, a 2 is no digit, and a 6 may be a 9.")
        return self.tr("These are digits: turned that far, a 6 and a 9 look alike.")

    def _sync_preview(self) -> None:
        data = self._document.spec.data
        wanted = any(step.enabled for step in data.augmentation)
        self.preview.setVisible(wanted)
        if wanted and self.isVisible():
            key = (what_is_named(data), data.augmentation, self._draw)
            self._sampler.ask(key, partial(augmented_samples, data, self._draw, COLUMNS))

    def _sync_space(self) -> None:
        self.layout().setContentsMargins(0, 0, 0, 0)
        self.layout().setSpacing(theme().px(8))


def step_words(step: AugmentationSpec) -> str:
    """'Rotate, 10 degrees' of a step: its title and its first number."""
    infos = [info for info in describe(type(step)) if info.form in ("float", "int")]
    if not infos:
        return _title(step)
    value = getattr(step, infos[0].name)
    return f"{_title(step)}, {value:g} {infos[0].unit}".strip()


def pipeline_words(steps: Sequence[AugmentationSpec]) -> str:
    """'rotate, shift', or 'off'."""
    names = [_title(step).lower() for step in steps if step.enabled]
    return ", ".join(names) or QCoreApplication.translate("inspector", "off")


def _title(step: AugmentationSpec) -> str:
    return AUGMENTATIONS[step.kind].title
