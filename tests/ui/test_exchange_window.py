"""Export and import in the window: what is offered, what is written, what comes in, and what an error leaves."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_kit import Opener, Person, small_project

from fishlab.core.errors import FileFormatError, UnknownKindError
from fishlab.core.exchange import EXPORTS, IMPORTS, ExchangeError, Export, Extra, Import, Imported, Subject
from fishlab.core.exchange.formats import Progress
from fishlab.core.exchange.model import imported_model
from fishlab.core.files.atomic import write_atomic
from fishlab.core.layers import LAYERS
from fishlab.core.network import Network
from fishlab.core.patience import Best
from fishlab.core.spec import ProjectSpec
from fishlab.ui import prompts
from fishlab.ui.main_window import MainWindow
from fishlab.ui.prompts import Answer
from fishlab.ui.session import State

gate = threading.Event()  # holds the slow format until a test lets it go on


def write_words(subject: Subject, path: Path, progress: Progress) -> list[Path]:
    """The name, the steps learned, and whether of the best epoch."""
    steps = subject.model.position.step if subject.model else 0
    write_atomic(path, [f"{subject.trained.network.name} {steps} {subject.best}".encode()])
    return [path]


def write_slowly(subject: Subject, path: Path, progress: Progress) -> list[Path]:
    while not gate.wait(0.01):
        progress("Writing slowly", 1, 3)
    return write_words(subject, path, progress)


def write_wrongly(_subject: Subject, _path: Path, _progress: Progress) -> list[Path]:
    raise ExchangeError("“Swish” is in no other program.")


def read_seed(path: Path, project: ProjectSpec | None, progress: Progress) -> Imported:
    if project is None:
        raise ExchangeError("The file does not say which network it is of.")
    project = project.edit_network(lambda network: network.renamed("From a seed"))
    weights = Network(project.network, seed=int(path.read_text())).arrays()
    return Imported(project, imported_model(project, weights), ("W1 went into 2 Affine.", "W2 went into 4 Affine."))


@pytest.fixture(autouse=True)
def formats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Formats of the test alone."""
    for table in (EXPORTS, IMPORTS):
        monkeypatch.setattr(table, "_entries", {})
        monkeypatch.setattr(table, "_aliases", {})
    EXPORTS.register("words", title="Words", help="Tells the name.")(Export(".words", write_words))
    EXPORTS.register("slow", title="Slow", help="Takes its time.")(Export(".slow", write_slowly))
    EXPORTS.register("wrong", title="Wrong", help="Never works.")(Export(".wrong", write_wrongly))
    EXPORTS.register("curves", title="Curves", help="Of a run.")(Export(".curves", write_words, needs_model=True))
    EXPORTS.register("code", title="Code", help="A script.")(Export(".py", write_words))
    IMPORTS.register("seed", title="Seeds", help="Makes weights.")(Import((".seed",), read_seed))
    gate.clear()


@pytest.fixture
def opened(open_window: Opener, tmp_path: Path) -> tuple[MainWindow, Person]:
    window, person = open_window()
    window.document.replace(small_project())
    person.path = tmp_path / "out.words"
    return window, person


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    path = tmp_path / "three.seed"
    path.write_text("3")
    return path


def trained(project: ProjectSpec, best_epoch: int = 0):
    model = imported_model(project, Network(project.network, seed=1).arrays())
    if not best_epoch:
        return model
    kept = {key: 2 * array for key, array in model.weights.items()}
    return replace(model, best=Best(best_epoch, 0.1, kept))


def export(window: MainWindow, kind: str, qtbot: QtBot) -> str:
    """Export in a format, and what the sheet says of it in the end."""
    sheet = window.exchange.export_sheet
    window.actions_["file.export"].trigger()
    sheet.choose(kind)
    sheet.export.click()
    qtbot.waitUntil(lambda: bool(sheet.outcome.text()), timeout=10_000)
    return sheet.outcome.text()


# -- export ------------------------------------------------------------------------------------------------------------
def test_an_export_is_written_and_said(opened: tuple[MainWindow, Person], qtbot: QtBot) -> None:
    window, person = opened
    assert export(window, "words", qtbot) == "Wrote “out.words”, 13 B."
    assert person.path.read_text() == "Small 0 False"
    assert person.asked == ["Small.words"]
    assert window.status.sentence.text() == f"Exported to “{person.path}”."
    assert window.exchange.export_sheet.show_folder.isVisible()
    assert not window.document.unsaved


def test_a_script_says_how_to_run_it(opened: tuple[MainWindow, Person], qtbot: QtBot, tmp_path: Path) -> None:
    window, person = opened
    person.path = tmp_path / "net.py"
    said = export(window, "code", qtbot).splitlines()
    assert said[1] == "Run it with: python net.py DATA" and "four files of MNIST" in said[2]


def lack(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """A format that stands on a package nobody has."""
    entry = EXPORTS[kind]
    item = replace(entry.item, extra=Extra(kind, "no_such_package"))
    monkeypatch.setitem(EXPORTS._entries, kind, replace(entry, item=item))


def test_what_cannot_be_had_says_why_and_is_off(
    opened: tuple[MainWindow, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    window, _ = opened
    lack(monkeypatch, "words")
    window.actions_["file.export"].trigger()
    sheet = window.exchange.export_sheet
    for kind, why in (("words", 'pip install "fishlab[words]"'), ("curves", "has not been trained")):
        sheet.choose(kind)
        assert why in sheet.page.note.text() and not sheet.export.isEnabled()
    row = sheet.list.currentItem()
    assert "has not been trained" in row.data(Qt.ItemDataRole.AccessibleDescriptionRole)
    sheet.choose("slow")
    assert sheet.export.isEnabled() and "Not trained yet" in sheet.page.note.text()


def test_the_weights_of_the_best_epoch_are_a_choice_where_there_is_one(
    opened: tuple[MainWindow, Person], qtbot: QtBot
) -> None:
    window, person = opened
    window.document.set_model(trained(window.document.spec))
    window.actions_["file.export"].trigger()
    sheet = window.exchange.export_sheet
    assert not sheet.page.weights.isVisible()
    window.document.set_model(trained(window.document.spec, best_epoch=4))
    assert sheet.page.weights.isVisible() and not sheet.page.best
    sheet.page.weights.set_value("best")
    sheet.page.weights.edited.emit("best")
    assert "epoch 4" in sheet.page.note.text()
    export(window, "words", qtbot)
    assert person.path.read_text() == "Small 0 True"


def test_a_network_changed_since_it_was_trained_says_so(opened: tuple[MainWindow, Person]) -> None:
    window, _ = opened
    window.document.set_model(trained(window.document.spec))
    network = window.document.network
    window.document.edit("Remove", replace(network, layers=(*network.layers[:-2], network.layers[-1])))
    window.actions_["file.export"].trigger()
    assert "was changed since it was trained" in window.exchange.export_sheet.page.note.text()


def test_while_a_run_goes_on_the_batch_at_hand_goes_out(opened: tuple[MainWindow, Person], qtbot: QtBot) -> None:
    window, person = opened
    window.document.replace(small_project(epochs=10_000))
    window.session.run()
    qtbot.waitUntil(lambda: len(window.session.history.steps) > 5, timeout=10_000)
    export(window, "words", qtbot)
    assert window.session.state is State.RUNNING
    assert int(person.path.read_text().split()[1]) > 5


def test_a_long_export_shows_how_far_it_is_and_can_be_called_off(
    opened: tuple[MainWindow, Person], qtbot: QtBot
) -> None:
    window, person = opened
    window.actions_["file.export"].trigger()
    sheet = window.exchange.export_sheet
    sheet.choose("slow")
    sheet.export.click()
    qtbot.waitUntil(sheet.strip.isVisible, timeout=10_000)
    assert sheet.strip.accessibleName() == "Writing slowly"
    assert not sheet.export.isEnabled() and sheet.close_button.text() == "Cancel"
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: bool(sheet.outcome.text()), timeout=10_000)
    assert sheet.outcome.text() == "Stopped. Nothing was written."
    assert sheet.isVisible() and not person.path.exists()
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_closing_the_window_ends_an_export(opened: tuple[MainWindow, Person]) -> None:
    window, person = opened
    window.actions_["file.export"].trigger()
    window.exchange.export_sheet.choose("slow")
    window.exchange.export_sheet.export.click()
    window.close_without_asking()
    assert "fishlab-errand" not in {thread.name for thread in threading.enumerate()}
    assert not person.path.exists()


def test_an_export_that_fails_says_why_on_the_sheet(opened: tuple[MainWindow, Person], qtbot: QtBot) -> None:
    window, person = opened
    assert export(window, "wrong", qtbot) == "“Swish” is in no other program."
    assert not window.exchange.export_sheet.show_folder.isVisible()
    person.path = Path("/nowhere/at/all.words")
    assert "the folder does not exist" in export(window, "words", qtbot)


@pytest.mark.parametrize(
    ("typed", "suffix", "given"),
    [("a", ".onnx", "a.onnx"), ("a.ONNX", ".onnx", "a.ONNX"), ("a.b", ".py", "a.b.py"), ("", ".py", None)],
)
def test_a_name_gets_the_suffix_of_its_format(
    opened: tuple[MainWindow, Person], monkeypatch: pytest.MonkeyPatch, typed: str, suffix: str, given: str | None
) -> None:
    class Dialog:
        @staticmethod
        def getSaveFileName(*_: object) -> tuple[str, str]:
            return typed and f"/folder/{typed}", ""

    monkeypatch.setattr(prompts, "QFileDialog", Dialog)
    path = prompts.Prompts(opened[0]).export_path(Path("/folder/net"), "Title", suffix)
    assert path == (Path("/folder", given) if given else None)


def test_a_format_that_is_a_folder_is_made_in_the_one_chosen(
    opened: tuple[MainWindow, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dialog:
        @staticmethod
        def getExistingDirectory(*_: object) -> str:
            return "/logs"

    monkeypatch.setattr(prompts, "QFileDialog", Dialog)
    assert prompts.Prompts(opened[0]).export_path(Path("/folder/net"), "Title", "") == Path("/logs/net")


def test_the_keyboard_alone_exports(opened: tuple[MainWindow, Person], qtbot: QtBot) -> None:
    window, person = opened
    QTest.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    sheet = window.exchange.export_sheet
    assert sheet.isVisible() and sheet.focusWidget() is sheet.list
    person.path = person.path.with_name("out.py")
    QTest.keyClick(sheet.list, Qt.Key.Key_End)
    QTest.keyClick(sheet.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(sheet.outcome.text()), timeout=10_000)
    assert person.path.exists() and person.asked == ["Small.py"], "asked once"


# -- import ------------------------------------------------------------------------------------------------------------
def bring_in(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    window.exchange.import_file(path)
    qtbot.waitUntil(lambda: not window.exchange._reading.busy, timeout=10_000)


def test_what_does_not_say_its_network_is_matched_to_the_open_one_if_one_agrees(
    opened: tuple[MainWindow, Person], seed: Path, qtbot: QtBot
) -> None:
    window, person = opened
    bring_in(window, seed, qtbot)
    assert person.asked[0] == "The file does not say which network it is of."
    document = window.document
    assert document.network.name == "From a seed" and document.model is not None
    assert document.path is None and document.unsaved
    sheet = window.exchange.import_sheet
    assert sheet.isVisible() and sheet.title.text() == "Imported “three.seed”"
    said = sheet.said.text().splitlines()
    assert said[:2] == ["W1 went into 2 Affine.", "W2 went into 4 Affine."]
    assert said[-2:] == ["2 Affine: W 784 × 12, b 12", "4 Affine: W 12 × 10, b 10"]
    sheet.try_it.click()
    assert not sheet.isVisible() and window.session.state is State.EVALUATING
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=10_000)
    assert window.session.test_score is not None


def test_who_does_not_want_it_matched_keeps_what_is_open(
    opened: tuple[MainWindow, Person], seed: Path, qtbot: QtBot
) -> None:
    window, person = opened
    person.agrees = False
    before = window.document.spec
    bring_in(window, seed, qtbot)
    assert window.document.spec is before and person.told == []
    assert not window.exchange.import_sheet.isVisible()


def test_a_file_that_holds_a_network_is_not_offered_another(
    opened: tuple[MainWindow, Person], seed: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, person = opened
    entry = IMPORTS["seed"]
    monkeypatch.setitem(IMPORTS._entries, "seed", replace(entry, item=replace(entry.item, has_network=True)))
    bring_in(window, seed, qtbot)
    assert person.asked == [] and "does not say which network" in person.told[0]


def test_unsaved_changes_are_settled_before_what_came_in_takes_their_place(
    opened: tuple[MainWindow, Person], seed: Path, qtbot: QtBot
) -> None:
    window, person = opened
    window.document.edit("Rename", window.document.network.renamed("Mine"))
    person.answer = Answer.CANCEL
    bring_in(window, seed, qtbot)
    assert person.asked[-1] == "Mine" and window.document.network.name == "Mine"
    person.answer = Answer.DISCARD
    bring_in(window, seed, qtbot)
    assert window.document.network.name == "From a seed"


@pytest.mark.parametrize(("name", "why"), [("odd.xyz", "Seeds (.seed)"), ("bad.seed", "went wrong inside FishLab")])
def test_a_file_that_cannot_be_read_changes_nothing(
    opened: tuple[MainWindow, Person], tmp_path: Path, qtbot: QtBot, name: str, why: str
) -> None:
    window, person = opened
    before = window.document.spec
    (tmp_path / name).write_text("no number at all")
    bring_in(window, tmp_path / name, qtbot)
    assert window.document.spec is before
    assert len(person.told) == 1 and why in person.told[0] and "stays as it is" in person.told[0]


def test_a_layer_of_ones_own_that_is_missing_is_asked_for(
    opened: tuple[MainWindow, Person], seed: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, person = opened
    known: list[bool] = []

    def read(path: Path, project: ProjectSpec | None, progress: Progress) -> Imported:
        if not known:
            raise FileFormatError("It has a layer “swish”.") from UnknownKindError("There is no swish.", LAYERS.noun)
        return read_seed(path, small_project(), progress)

    def load() -> bool:
        known.append(True)
        return True

    entry = IMPORTS["seed"]
    monkeypatch.setitem(IMPORTS._entries, "seed", replace(entry, item=Import((".seed",), read)))
    window.files.load_layers = load
    bring_in(window, seed, qtbot)
    assert person.asked == ["It has a layer “swish”."]
    assert window.document.network.name == "From a seed"


def test_a_file_dropped_on_the_window_is_imported(
    opened: tuple[MainWindow, Person], seed: Path, qtbot: QtBot
) -> None:
    window, _ = opened
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(seed))])
    action, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPointF(5, 5).toPoint(), action, data, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), action, data, left, none))
    qtbot.waitUntil(lambda: window.document.network.name == "From a seed", timeout=10_000)


def test_the_window_opens_with_a_file_of_another_program(open_window: Opener, seed: Path, qtbot: QtBot) -> None:
    window, person = open_window(seed)
    qtbot.waitUntil(lambda: bool(person.asked), timeout=10_000)
    qtbot.waitUntil(lambda: window.document.network.name == "From a seed", timeout=10_000)


def test_both_are_found_by_the_command_search_and_explained(opened: tuple[MainWindow, Person]) -> None:
    window, _ = opened
    titles = dict(window.actions_.titled())
    assert {"Import", "Export"} <= {title.removesuffix("…") for title in titles}
    for action in (window.actions_["file.import"], window.actions_["file.export"]):
        assert action.whatsThis()
    assert window.exchange.export_sheet.list.whatsThis()
    assert window.exchange.export_sheet.list.accessibleName()
