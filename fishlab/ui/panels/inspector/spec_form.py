"""A form made from the field descriptions of a Spec.

form = SpecForm("inspector")
form.edited.connect(self._on_form_edited)       (new spec, name of the field)
form.show_spec(spec, key=uid, chapter="7.2")    again on every change of the document
form.set_problem(("stride",), "23 is not divisible by 2")
"""

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from fishlab.core.errors import FieldError
from fishlab.core.fields import FieldInfo, Spec, describe
from fishlab.ui.panels.inspector.field_makers import field_explanation, make_field, tooltip
from fishlab.ui.widgets.explanation import set_explanation
from fishlab.ui.widgets.field import Field
from fishlab.ui.widgets.form import Form
from fishlab.ui.widgets.label import Label

PATIENCE = 600  # ms: "0" on the way to "0.001" is not yet a mistake


class SpecForm(Form):
    """One row for each described field that matters. A value that the spec refuses is said under its field.

    Fields take a value from `show_spec` only where the spec itself has changed, so that typing is not disturbed.
    `only` names the fields to show, `without` those not to show, `words` shorter texts for values of a choice.
    """

    edited = Signal(object, str)
    rebuilt = Signal()  # with other fields: the order of the Tab key has to be told again

    def __init__(
        self,
        prefix: str,
        *,
        only: Iterable[str] = (),
        without: Iterable[str] = (),
        words: Mapping[str, str] | None = None,
        makers: Mapping[str, type[Field]] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._without = tuple(without)
        self._prefix, self._only, self._words, self._makers = prefix, tuple(only), words or {}, makers or {}
        self._spec: Spec | None = None
        self._key = ""
        self._fields: dict[str, Field] = {}
        self._notes: dict[str, Label] = {}
        self._shown: dict[str, Any] = {}
        self._refused: dict[str, str] = {}
        self._problems: dict[str, str] = {}
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self._sync_errors)

    # -- what it shows
    def show_spec(self, spec: Spec, key: str = "", chapter: str = "") -> None:
        """Show `spec`; another `key` means another thing, whose unfinished entries are not these."""
        if self._spec is None or type(spec) is not type(self._spec):
            self._rebuild(spec, chapter)
        elif key != self._key:
            self._shown.clear()
            self._refused.clear()
        self._spec, self._key = spec, key
        for name, field in self._fields.items():
            self._show_value(name, field, getattr(spec, name))
        self._sync_rows()
        self._sync_errors()

    def set_problem(self, names: Iterable[str], sentence: str) -> None:
        """Mark these fields as what does not fit, with one line under each; no names take it away."""
        self._problems = dict.fromkeys(names, sentence)
        self._sync_errors()

    def field(self, name: str) -> Field:
        """Return the field of that name; KeyError where the spec shown has none."""
        return self._fields[name]

    def fields(self) -> tuple[Field, ...]:
        """Return the fields from top to bottom."""
        return tuple(self._fields.values())

    def set_note(self, name: str, text: str) -> None:
        """Say something in small letters under a field."""
        note = self._notes.get(name)
        if note is None:
            note = self._notes[name] = Label("", "caption", 400, "ink2", wrap=True)
            self._fields[name].layout().addWidget(note)
        note.setText(text)
        note.setVisible(bool(text))

    def problem_fields(self) -> tuple[str, ...]:
        """Return the names of the fields that are marked as what does not fit."""
        return tuple(name for name in self._problems if name in self._fields)

    # -- build
    def _rebuild(self, spec: Spec, chapter: str) -> None:
        self.clear()
        for table in (self._fields, self._notes, self._shown, self._refused):
            table.clear()
        for info in describe(type(spec)):
            if (not self._only or info.name in self._only) and info.name not in self._without:
                self._add_field(info, chapter)
        self.rebuilt.emit()

    def _add_field(self, info: FieldInfo, chapter: str) -> None:
        maker = self._makers.get(info.name)
        field = maker(info.label) if maker else make_field(info, self._words)
        field.setObjectName(f"{self._prefix}.{info.name}")
        field.setToolTip(tooltip(info, chapter))
        set_explanation(field, field_explanation(info, chapter))
        field.edited.connect(self._on_field_edited)
        self._fields[info.name] = field
        self.add(info.label, field)
        if info.live:
            self.set_note(info.name, self.tr("changes while training"))

    # -- sync
    def _show_value(self, name: str, field: Field, value: Any) -> None:
        if name in self._shown and self._shown[name] == value:
            return
        self._shown[name] = value
        self._refused.pop(name, None)
        field.set_value(value)

    def _sync_rows(self) -> None:
        for info in describe(type(self._spec)) if self._spec else ():
            field = self._fields.get(info.name)
            if field is not None:
                self.show_row(field, info.matters(self._spec))

    def _sync_errors(self) -> None:
        for name, field in self._fields.items():
            wanted = self._refused.get(name) or self._problems.get(name, "")
            if field.error() != wanted:
                field.set_error(wanted or None)

    # -- what a person does
    def _on_field_edited(self, value: Any) -> None:
        name = next((name for name, field in self._fields.items() if field is self.sender()), None)
        if name is None or self._spec is None:
            return
        try:
            spec = self._spec.replace(**{name: value})
        except FieldError as error:
            self._refused[name] = str(error)
            self._patience.start()
            return
        self._refused.pop(name, None)
        self._shown[name] = getattr(spec, name)
        self._spec = spec
        self._sync_errors()
        self.edited.emit(spec, name)
