"""Layers of one's own in the window: loaded by choice, checked, in the palette at once, read anew after a change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot
from window_kit import Opener, Person, small_project

from fishlab.core.files.project import save_project
from fishlab.core.layers import LAYERS
from fishlab.core.own_layers import load_layers, unload_layers
from fishlab.ui.layer_edits import new_layer
from fishlab.ui.main_window import MainWindow
from fishlab.ui.panels.palette.model import Role
from fishlab.ui.session import State

LAYER = '''
from dataclasses import dataclass
import numpy as np
from fishlab.core.fields import float_field
from fishlab.core.layers.activation import Activation
from fishlab.core.layers.base import LayerSpec, register_layer

@dataclass(frozen=True, kw_only=True)
class TwiceSpec(LayerSpec):
    FIELDS

@register_layer(
    "twice_window", title="Twice", group="Own", paper="Nobody 2026", icon="no such icon",
    help="Doubles every number that comes into it, whatever it is.",
)
class Twice(Activation[TwiceSpec]):
    """y = 2 x, any shape. Backward: dx = 2 dy."""

    Spec = TwiceSpec
    formula = "2x"

    def apply(self, x, out):
        return np.multiply(x, 2, out=out)

    def backward(self, dout):
        return np.multiply(dout, FACTOR, out=self.buffer("dx", dout.shape))
'''
KIND = "twice_window"
FIELD = 'much: float = float_field(1.0, "Much", "How much.", minimum=0.0, maximum=9.0)'


def source(fields: str = "pass", factor: str = "2") -> str:
    return LAYER.replace("FIELDS", fields).replace("FACTOR", factor)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "twice.py"
    path.write_text(source(), encoding="utf-8")
    before = LAYERS.kinds()
    yield path
    unload_layers(path)
    assert LAYERS.kinds() == before


@pytest.fixture
def opened(open_window: Opener, file: Path) -> tuple[MainWindow, Person]:
    window, person = open_window()
    window.document.replace(small_project())
    person.path = file
    return window, person


def palette_kinds(window: MainWindow) -> list[str]:
    model = window.palette_panel.tree.model()
    groups = [model.index(row, 0) for row in range(model.rowCount())]
    return [model.index(row, 0, group).data(Role.KIND) for group in groups for row in range(model.rowCount(group))]


def load(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_["network.load_layers"].trigger()
    qtbot.waitUntil(lambda: window.own_layers.verdicts(KIND) is not None, timeout=30_000)


def test_a_layer_file_is_loaded_after_a_question_and_stands_in_the_palette(
    opened: tuple[MainWindow, Person], qtbot: QtBot
) -> None:
    window, person = opened
    assert KIND not in palette_kinds(window)
    load(window, qtbot)
    assert "program in Python" in person.asked[0]
    assert KIND in palette_kinds(window)
    assert window.own_layers_sheet.isVisible()
    assert "twice.py" in window.own_layers_sheet.text()
    verdicts = window.own_layers.verdicts(KIND)
    assert verdicts and not any(one.problem for one in verdicts)
    window.document.edit("Add", window.document.network.insert(1, new_layer(KIND)))
    assert window.document.report.problem is None
    assert not window.network_panel.grab().isNull()  # an icon that is not there has another in its place


def test_nothing_runs_where_the_person_says_no(opened: tuple[MainWindow, Person]) -> None:
    window, person = opened
    person.agrees = False
    window.actions_["network.load_layers"].trigger()
    assert KIND not in LAYERS and not window.own_layers_sheet.isVisible()


def test_a_broken_file_is_explained_and_changes_nothing(opened: tuple[MainWindow, Person], file: Path) -> None:
    window, person = opened
    file.write_text("x = 1 / 0\n", encoding="utf-8")
    window.actions_["network.load_layers"].trigger()
    assert "line 1" in person.told[0] and "division" in person.told[0]
    assert KIND not in palette_kinds(window)


def test_a_layer_that_breaks_the_contract_is_told_with_the_check(
    opened: tuple[MainWindow, Person], file: Path, qtbot: QtBot
) -> None:
    window, _ = opened
    file.write_text(source(factor="3"), encoding="utf-8")
    load(window, qtbot)
    verdicts = window.own_layers.verdicts(KIND)
    assert verdicts is not None and any(one.problem for one in verdicts)
    assert "checks fail" in window.own_layers_sheet.summary(verdicts)
    assert next(one.problem for one in verdicts if one.problem) in window.own_layers_sheet.text()


def test_after_a_change_the_network_holds_the_new_class_and_so_does_what_undo_brings_back(
    opened: tuple[MainWindow, Person], file: Path, qtbot: QtBot
) -> None:
    window, person = opened
    document = window.document
    load(window, qtbot)
    document.edit("Add", document.network.insert(1, new_layer(KIND)))
    own = document.network.layers[1]
    document.edit("Remove", document.network.remove(own.uid))
    document.undo_stack.undo()
    steps = document.undo_stack.count()
    file.write_text(source(FIELD), encoding="utf-8")
    asked = len(person.asked)
    load(window, qtbot)
    assert len(person.asked) == asked  # it was agreed to before
    renewed = document.network.layers[1]
    assert type(renewed) is LAYERS[KIND].item.Spec and (renewed.uid, renewed.much) == (own.uid, 1.0)
    assert document.undo_stack.count() == steps
    document.select((own.uid,))
    QApplication.processEvents()
    assert window.inspector_panel.layer_tab.layer_page.form.field("much").value() == 1.0
    document.undo_stack.undo()
    document.undo_stack.redo()
    document.undo_stack.undo()
    document.undo_stack.redo()
    assert all(type(layer) is LAYERS[layer.kind].item.Spec for layer in document.network.walk())


def test_what_was_learned_stays_when_a_layer_is_loaded_again(
    opened: tuple[MainWindow, Person], file: Path, qtbot: QtBot
) -> None:
    window, _ = opened
    load(window, qtbot)
    window.document.edit("Add", window.document.network.insert(1, new_layer(KIND)))
    window.session.run()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=30_000)
    weights = window.document.model.weights
    file.write_text(source(FIELD), encoding="utf-8")
    load(window, qtbot)
    assert window.document.model.weights is weights and window.session.continues


def test_while_something_runs_no_file_is_loaded(opened: tuple[MainWindow, Person], qtbot: QtBot) -> None:
    window, person = opened
    window.document.replace(small_project(epochs=10_000))
    window.session.run()
    qtbot.waitUntil(lambda: window.session.state is State.RUNNING, timeout=30_000)
    assert not window.actions_["network.load_layers"].isEnabled()
    assert not window.own_layers.load() and "nothing is running" in person.told[0]
    window.session.stop()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=30_000)
    assert window.actions_["network.load_layers"].isEnabled()


def a_project_with_the_layer(file: Path) -> Path:
    load_layers(file)
    project = small_project()
    path = file.with_name("own.fishlab")
    save_project(path, project.edit_network(lambda network: network.insert(1, new_layer(KIND))), None)
    unload_layers(file)
    return path


def test_a_project_that_needs_a_layer_asks_for_its_file_and_then_opens(
    opened: tuple[MainWindow, Person], file: Path, qtbot: QtBot
) -> None:
    window, person = opened
    path = a_project_with_the_layer(file)
    assert window.files.open(path)
    assert KIND in person.asked[0]
    assert [layer.kind for layer in window.document.network.layers][1] == KIND
    qtbot.waitUntil(lambda: window.own_layers.verdicts(KIND) is not None, timeout=30_000)


def test_a_project_whose_layer_nobody_has_changes_nothing(opened: tuple[MainWindow, Person], file: Path) -> None:
    window, person = opened
    path = a_project_with_the_layer(file)
    person.agrees = False
    name = window.document.network.name
    assert not window.files.open(path)
    assert KIND in person.told[0] and window.document.network.name == name


# -- code that fails later ---------------------------------------------------------------------------------------------
def broken(where: str) -> str:
    """The layer with an error in one of its methods."""
    method = {
        "forward": "    def apply(self, x, out):\n        return x.no_such_thing\n",
        "shape": "    @classmethod\n    def output_shape(cls, spec, in_shape):\n        return in_shape[7]\n",
        "summary": "    @classmethod\n    def summary(cls, spec):\n        return spec.no_such_thing\n",
    }[where]
    text = source()
    if where == "forward":
        return text.replace("    def apply(self, x, out):\n        return np.multiply(x, 2, out=out)\n", method)
    return text + "\n" + method


@pytest.mark.parametrize("where", ["shape", "summary"])
def test_an_error_in_a_layers_description_is_said_on_its_card(
    opened: tuple[MainWindow, Person], file: Path, qtbot: QtBot, where: str
) -> None:
    window, _ = opened
    file.write_text(broken(where), encoding="utf-8")
    load(window, qtbot)
    window.document.edit("Add", window.document.network.insert(1, new_layer(KIND)))
    uid = window.document.network.layers[1].uid
    window.document.select((uid,))
    QApplication.processEvents()
    card = window.network_panel.stack.card(uid)
    assert card is not None and "has an error in its file" in f"{card.accessibleName()} {window.session.obstacle}"
    if where == "shape":
        problem = window.document.report.problem
        assert problem is not None and "twice.py" in problem.reason and "IndexError" in problem.reason


def test_an_error_in_a_run_names_the_line_of_the_layer_file(
    opened: tuple[MainWindow, Person], file: Path, qtbot: QtBot
) -> None:
    window, _ = opened
    file.write_text(broken("forward"), encoding="utf-8")
    load(window, qtbot)
    window.document.edit("Add", window.document.network.insert(1, new_layer(KIND)))
    window.session.run()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=30_000)
    line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if "no_such_thing" in text)
    assert f"line {line}: AttributeError" in window.status.sentence.text()


def test_files_of_earlier_times_are_offered_and_never_loaded_by_themselves(
    open_window: Opener, file: Path, qtbot: QtBot
) -> None:
    window, person = open_window()
    person.path = file
    load(window, qtbot)
    window.own_layers_sheet.close()
    window.close_without_asking()
    unload_layers(file)
    again, person = open_window()
    assert KIND not in LAYERS and again.own_layers.known() == (file.resolve(),)
    again.actions_["network.own_layers"].trigger()
    assert "Loaded earlier" in again.own_layers_sheet.text()
    button = again.own_layers_sheet.findChild(QPushButton, "own_layers.load")
    assert button is not None
    button.click()
    assert person.asked and KIND in LAYERS
    qtbot.waitUntil(lambda: again.own_layers.verdicts(KIND) is not None, timeout=30_000)


def test_unsaved_work_with_a_layer_that_is_not_loaded_is_offered(
    open_window: Opener, file: Path, qtbot: QtBot
) -> None:
    window, person = open_window()
    person.path = file
    load(window, qtbot)
    window.document.replace(small_project())
    window.document.edit("Add", window.document.network.insert(1, new_layer(KIND)))
    window.close_without_asking()
    unload_layers(file)
    again, person = open_window()
    assert KIND in again.status.sentence.text() and again.recovery_bar.isVisible()
    person.path = file
    again.recovery_bar.back.click()  # asks for the layer, and gets it
    assert again.document.network.layers[1].kind == KIND
    qtbot.waitUntil(lambda: again.own_layers.verdicts(KIND) is not None, timeout=30_000)
