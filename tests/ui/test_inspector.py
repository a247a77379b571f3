"""The inspector: every spec as a form, one gesture one undo step, and true words about data and training."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from idx_files import small_set, write_set
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QCheckBox, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from window_kit import in_the_end

from fishlab.core.data.dataset import Dataset, image_set
from fishlab.core.errors import Cancelled, DataError
from fishlab.core.fields import describe
from fishlab.core.layers import LAYERS
from fishlab.core.losses import LOSSES
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.spec import DataSpec, NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.core.templates import find_template
from fishlab.ui import session as session_module
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector import InspectorPanel, costs
from fishlab.ui.panels.inspector.facts import Fact, FactTable
from fishlab.ui.panels.inspector.words import soft_breaks
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import Mode, theme
from fishlab.ui.widgets.field import Field
from fishlab.ui.widgets.label import Label


def layer(kind: str, **values: object):
    return LAYERS[kind].item.Spec(**values)


def a_network() -> NetworkSpec:
    stack = (
        layer("convolution", uid="c", filters=30, init="normal"), layer("relu", uid="r"), layer("max_pool", uid="p"),
        layer("flatten", uid="f"), layer("affine", uid="a", units=10),
    )  # fmt: skip
    return NetworkSpec(name="Net", layers=stack)


def blobs() -> Dataset:
    labels = np.arange(400, dtype=np.uint8) % 10
    images = np.random.default_rng(5).integers(0, 60, (400, 28, 28), dtype=np.uint8)
    for number, label in enumerate(labels):
        images[number, 2 * label : 2 * label + 4] += 150
    data = image_set(images, labels)
    return Dataset("Blobs", "blobs", data, data)


@pytest.fixture(autouse=True)
def worn(qapp: QApplication) -> Iterator[None]:
    theme().apply(qapp)
    yield
    theme().set_mode(Mode.LIGHT)
    theme().set_font_scale(1.0)


@pytest.fixture(autouse=True)
def nothing_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISHLAB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("FISHLAB_DATA_DIR", raising=False)


@pytest.fixture
def document(qapp: QApplication) -> Document:
    return Document(ProjectSpec(network=a_network(), training=TrainingSpec(batch_size=100, epochs=1)))


@pytest.fixture
def session(document: Document) -> Iterator[TrainSession]:
    session = TrainSession(document, load=lambda spec, progress: blobs())
    yield session
    assert session.shut_down(30.0)


@pytest.fixture
def panel(qtbot: QtBot, document: Document, session: TrainSession) -> InspectorPanel:
    panel = InspectorPanel(document, session)
    qtbot.addWidget(panel)
    panel.resize(theme().px(260), theme().px(760))
    with qtbot.waitActive(panel):
        panel.show()
        panel.activateWindow()
    return panel


def field(panel: QWidget, name: str) -> Field:
    found = [one for one in panel.findChildren(Field, f"inspector.{name}") if not one.isHidden()]
    assert found, name
    return found[-1]


def part(panel: QWidget, name: str) -> QWidget:
    found = panel.findChild(QWidget, f"inspector.{name}")
    assert found is not None, name
    return found


def steps(document: Document) -> int:
    return document.undo_stack.count()


def type_in(panel: QWidget, name: str, text: str) -> QAbstractSpinBox:
    box = field(panel, name).controls[0]
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, text)
    return box


def choose(panel: QWidget, name: str, value: str) -> None:
    """What a click in the open list ends in."""
    box = field(panel, name).controls[0]
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def facts(panel: QWidget, name: str) -> dict[str, tuple[str, str]]:
    table = part(panel, name)
    assert isinstance(table, FactTable)
    return {fact.label: (fact.note, fact.value) for fact in table.facts}


# -- the form --------------------------------------------------------------------------------------------------------


@pytest.mark.one_in(4)
@pytest.mark.parametrize("kind", LAYERS.kinds())
def test_every_layer_gets_a_row_for_each_field_that_matters(
    panel: InspectorPanel, document: Document, kind: str
) -> None:
    spec = layer(kind, uid="new")
    document.edit("Add", document.network.insert(0, spec))
    document.select(("new",))
    for info in describe(type(spec)):
        shown = [one for one in panel.findChildren(Field, f"inspector.{info.name}") if one.isVisible()]
        assert len(shown) == info.matters(spec), info.name
        if shown:
            assert shown[0].value() == getattr(spec, info.name)
            assert info.label in shown[0].controls[0].accessibleName()
            assert info.help in shown[0].toolTip() and "Default" in shown[0].toolTip()
    assert LAYERS[kind].title == panel.layer_tab.layer_page.heading.title.text().replace("\u200b", "")


def test_typing_a_number_is_one_undo_step(panel: InspectorPanel, document: Document) -> None:
    document.select(("c",))
    type_in(panel, "filters", "123")
    assert document.network.find("c").filters == 123
    assert steps(document) == 1
    assert document.undo_stack.undoText() == "Change filters"
    document.undo_stack.undo()
    assert document.network.find("c").filters == 30
    assert field(panel, "filters").value() == 30


def test_a_change_of_the_document_is_shown_without_an_echo(panel: InspectorPanel, document: Document) -> None:
    document.select(("c",))
    document.edit("Elsewhere", document.network.change("c", kernel_size=(3, 7), bias=False, std=0.25))
    assert field(panel, "kernel_size").value() == (3, 7)
    assert field(panel, "bias").value() is False
    assert field(panel, "std").value() == 0.25
    assert steps(document) == 1


def test_what_is_being_typed_is_not_rewritten(panel: InspectorPanel, document: Document) -> None:
    document.select(("c",))
    box = type_in(panel, "std", "0.0200")
    assert box.text() == "0.0200"
    assert box.lineEdit().cursorPosition() == len("0.0200")
    assert box.hasFocus()
    assert document.network.find("c").std == 0.02


def test_a_share_is_not_rounded_while_it_is_typed(panel: InspectorPanel, document: Document) -> None:
    panel.show_tab("data")
    box = type_in(panel, "validation", "12.345")
    assert document.spec.data.validation == pytest.approx(0.12345)
    assert box.text() == "12.345 %"


def test_a_refused_entry_stays_while_something_else_changes(panel: InspectorPanel, document: Document) -> None:
    panel.show_tab("training")
    box = type_in(panel, "learning_rate", "0")
    document.edit("Rename", document.network.renamed("Other"))
    assert box.text() == "0"
    assert field(panel, "learning_rate").error() != ""
    document.edit("Rate", document.spec.replace(training=document.spec.training.replace(optimizer=fast_adam())))
    assert box.text() == "0.5"
    assert field(panel, "learning_rate").error() == ""


def fast_adam():
    return OPTIMIZERS["adam"].item.Spec(learning_rate=0.5)


def test_a_field_appears_only_where_it_matters(panel: InspectorPanel, document: Document) -> None:
    document.select(("c",))
    std = field(panel, "std")
    assert std.isVisible()
    choose(panel, "init", "he")
    assert document.network.find("c").init == "he"
    assert not std.isVisible()
    document.undo_stack.undo()
    assert std.isVisible()


def test_a_field_that_does_not_matter_stays_out_of_sight_in_a_form_made_anew(
    panel: InspectorPanel, document: Document, qtbot: QtBot
) -> None:
    he = [spec.uid for spec in document.network.layers if getattr(spec, "init", "") == "he"]
    document.select((document.network.layers[-2].uid,))
    document.select((he[0],))
    qtbot.wait(50)  # a layout shows new rows when the window lives again
    rows = panel.findChildren(QWidget, "inspector.std")
    assert in_the_end([], lambda: [row for row in rows if row.isVisible()]) == []


def test_a_refused_value_is_said_and_the_document_keeps_the_last_good_one(
    panel: InspectorPanel, document: Document, qtbot: QtBot
) -> None:
    panel.show_tab("training")
    type_in(panel, "learning_rate", "0")
    rate = field(panel, "learning_rate")
    assert rate.error() == "", "it may still become 0.01"
    qtbot.waitUntil(lambda: rate.error() != "")
    assert rate.error().startswith("Learning rate is 0")
    assert document.spec.training.optimizer.learning_rate == 0.001
    type_in(panel, "learning_rate", "0.01")
    assert document.spec.training.optimizer.learning_rate == 0.01
    assert rate.error() == ""


def test_fields_at_fault_are_marked_and_the_formula_says_the_numbers(
    panel: InspectorPanel, document: Document
) -> None:
    document.select(("c",))
    document.edit("Stride", document.network.change("c", stride=(2, 2)))
    assert field(panel, "stride").error() == "23 is not divisible by 2"
    assert field(panel, "kernel_size").error() == ""
    assert "12.5 = (28 + 2·0 − 5) / 2 + 1" in part(panel, "size_formula").accessibleName()
    assert facts(panel, "costs") == {
        "Weights": ("30·1·5·5 + 30", "780"), "Mult-adds": ("", "—"), "Output": ("batch of 100", "—"),
    }  # fmt: skip
    document.undo_stack.undo()
    assert field(panel, "stride").error() == ""


def test_a_misfit_that_no_field_mends_is_said_in_words(panel: InspectorPanel, document: Document) -> None:
    document.edit("Remove", document.network.remove("f"))
    document.select(("a",))
    assert "put Flatten before it" in panel.layer_tab.layer_page.problem.text()
    assert panel.layer_tab.layer_page.problem.isVisible()
    assert {value for _, value in facts(panel, "costs").values()} == {"—"}


def test_the_costs_of_a_layer_are_shown_as_products(panel: InspectorPanel, document: Document) -> None:
    document.select(("c",))
    assert facts(panel, "costs") == {
        "Weights": ("30·1·5·5 + 30", "780"),
        "Mult-adds": ("30·24·24·25", "432,000"),
        "Output": ("batch of 100", "6.9 MB"),
    }


# -- what is selected ------------------------------------------------------------------------------------------------


def test_with_nothing_selected_it_says_what_to_do_and_the_networks_numbers(panel: InspectorPanel) -> None:
    page = panel.layer_tab.network_page
    assert page.isVisible()
    assert "Click a card" in page.hint.text()
    assert page.costs.facts[0].value == f"{780 + 43_210:,}"


def test_several_layers_are_counted(panel: InspectorPanel, document: Document) -> None:
    document.select(("c", "r", "p"))
    assert panel.layer_tab.network_page.heading.title.text() == "3 layers"


def test_selecting_a_card_shows_the_layer_tab(panel: InspectorPanel, document: Document) -> None:
    panel.show_tab("data")
    assert panel.tab() == "data"
    document.select(("c",))
    assert panel.tab() == "layer"


def test_undo_shows_the_tab_it_changed(panel: InspectorPanel, document: Document) -> None:
    document.edit("Seed", document.spec.replace(training=document.spec.training.replace(seed=5)))
    panel.show_tab("layer")
    document.undo_stack.undo()
    assert panel.tab() == "training"
    document.edit("Scale", document.spec.replace(data=document.spec.data.replace(scaling="raw")))
    document.undo_stack.undo()
    assert panel.tab() == "data"


def test_the_input_card_changes_the_size_and_the_data(panel: InspectorPanel, document: Document) -> None:
    document.select(("input",))
    size = field(panel, "input.size")
    size.controls[0].setValue(32)
    assert document.network.in_shape == (1, 32, 28)
    choose(panel, "input.scaling", "raw")
    assert document.spec.data.scaling == "raw"
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert size.value() == (28, 28)


def test_the_loss_is_chosen_and_undone(panel: InspectorPanel, document: Document) -> None:
    document.select(("loss",))
    choose(panel, "loss", "squared_error")
    assert document.network.loss == LOSSES["squared_error"].item.Spec()
    assert LOSSES["squared_error"].help in panel.layer_tab.loss_page.help.text()
    document.undo_stack.undo()
    assert field(panel, "loss").value() == "softmax_cross_entropy"


@pytest.mark.parametrize("kind", LOSSES.kinds())
def test_every_loss_has_its_formula(panel: InspectorPanel, document: Document, kind: str) -> None:
    document.select(("loss",))
    choose(panel, "loss", kind)
    assert panel.layer_tab.loss_page.formula.isVisible()
    assert "L =" in panel.layer_tab.loss_page.formula.accessibleName()


# -- data ------------------------------------------------------------------------------------------------------------


def in_use(panel: InspectorPanel) -> str:
    tab = panel.data_tab
    return f"{tab.heading.accessibleName()}: {tab.where.text()}".replace("\u200b", "")


def test_drawn_digits_in_use_are_named_and_shown(panel: InspectorPanel, qtbot: QtBot) -> None:
    panel.show_tab("data")
    assert in_use(panel) == "Drawn digits, in use: 60,000 + 10,000 images, made by FishLab"
    qtbot.waitUntil(lambda: panel.data_tab.sheet.count() == 21)
    assert panel.data_tab.sheet.isVisible()


@pytest.mark.parametrize("width", [240, 300, 380])
def test_the_sample_digits_are_whole_rows(panel: InspectorPanel, qtbot: QtBot, width: int) -> None:
    panel.show_tab("data")
    sheet = panel.data_tab.sheet
    qtbot.waitUntil(lambda: sheet.count() == 21)
    panel.resize(width, 700)
    qtbot.waitUntil(lambda: sheet.height() == sheet.heightForWidth(sheet.width()))
    digit = (sheet.width() - 6 * theme().u(2)) / 7
    assert sheet.height() == round(3 * digit + 2 * theme().u(2))


def test_a_folder_that_is_chosen_is_in_use_at_once(
    panel: InspectorPanel, document: Document, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = write_set(tmp_path / "own", small_set(train=40, test=15))
    panel.show_tab("data")
    panel.data_tab.ask_folder = lambda parent, start: str(folder)
    QTest.mouseClick(part(panel, "choose_folder"), Qt.MouseButton.LeftButton)
    assert document.spec.data.folder == str(folder)
    assert in_use(panel) == f"IDX folder own, in use: 40 + 15 images from the folder {folder}"
    assert not part(panel, "get_mnist").isVisible()
    qtbot.waitUntil(lambda: panel.data_tab.sheet.count() == 21)


def test_a_folder_dialog_that_is_called_off_changes_nothing(panel: InspectorPanel, document: Document) -> None:
    panel.show_tab("data")
    panel.data_tab.ask_folder = lambda parent, start: ""
    QTest.mouseClick(part(panel, "choose_folder"), Qt.MouseButton.LeftButton)
    assert steps(document) == 0


def test_a_folder_without_the_files_is_marked(panel: InspectorPanel, document: Document, tmp_path: Path) -> None:
    panel.show_tab("data")
    document.edit("Folder", document.spec.replace(data=DataSpec(source="mnist", folder=str(tmp_path))))
    assert field(panel, "folder").error() == "the four MNIST files are not in it"
    assert "not here yet" in in_use(panel)
    assert panel.data_tab.sheet.count() == 0


def test_the_validation_share_is_percent_and_a_number_of_images(panel: InspectorPanel, document: Document) -> None:
    panel.show_tab("data")
    box = type_in(panel, "validation", "25")
    assert document.spec.data.validation == 0.25
    assert box.text() == "25 %"
    words = [label.text() for label in panel.data_tab.findChildren(Label) if "to validate" in label.text()]
    assert words == ["15,000 to validate, 45,000 to learn"]
    type_in(panel, "subset", "1000")
    words = [label.text() for label in panel.data_tab.findChildren(Label) if "to validate" in label.text()]
    assert words == ["250 to validate, 750 to learn"]


def test_fetching_mnist_tells_how_far_it_is_and_can_be_called_off(
    panel: InspectorPanel, session: TrainSession, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "download_mnist", endless_download)
    panel.show_tab("data")
    QTest.mouseClick(part(panel, "get_mnist"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "30 %" in part(panel, "fetch_words").text())
    assert not part(panel, "get_mnist").isVisible()
    QTest.mouseClick(part(panel, "cancel_fetch"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.state is State.IDLE)
    assert part(panel, "get_mnist").isVisible() and part(panel, "get_mnist").isEnabled()
    assert not part(panel, "fetch_words").isVisible()


def endless_download(progress: object) -> Path:
    for _ in range(2000):
        progress("Fetching MNIST from nowhere", 3, 10)  # type: ignore[operator]
        QTest.qSleep(5)
    raise Cancelled("nobody called it off")


def test_a_fetch_that_fails_says_why(
    panel: InspectorPanel, session: TrainSession, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(progress: object) -> Path:
        raise DataError("MNIST could not be fetched: no network.")

    monkeypatch.setattr(session_module, "download_mnist", fail)
    panel.show_tab("data")
    QTest.mouseClick(part(panel, "get_mnist"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "no network" in part(panel, "fetch_words").text())
    qtbot.waitUntil(lambda: session.state is State.IDLE)
    assert part(panel, "fetch_words").isVisible() and part(panel, "get_mnist").isEnabled()


def test_data_edited_while_a_run_goes_on_waits_for_the_next_one(
    panel: InspectorPanel, document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    panel.show_tab("data")
    start_and_pause(session, qtbot)
    assert in_use(panel).startswith("Drawn digits, in use by this run")
    before = places(panel.data_tab)
    type_in(panel, "subset", "300")
    assert in_use(panel).startswith("Drawn digits, in use until this run ends")
    QApplication.processEvents()
    assert places(panel.data_tab) == before, "nothing moves"
    session.stop()
    qtbot.waitUntil(lambda: session.state is State.IDLE)
    assert in_use(panel).startswith("Drawn digits, in use:")


def places(page: QWidget) -> dict[str, QPoint]:
    return {one.objectName(): one.mapTo(page, QPoint(0, 0)) for one in page.findChildren(Field) if one.isVisible()}


def start_and_pause(session: TrainSession, qtbot: QtBot) -> None:
    session.step()
    qtbot.waitUntil(lambda: session.state is State.PAUSED, timeout=10_000)


# -- training --------------------------------------------------------------------------------------------------------


@pytest.mark.one_in(4)
@pytest.mark.parametrize("kind", OPTIMIZERS.kinds())
def test_another_optimizer_begins_with_its_own_defaults(panel: InspectorPanel, document: Document, kind: str) -> None:
    panel.show_tab("training")
    choose(panel, "optimizer", kind)
    spec = OPTIMIZERS[kind].item.Spec()
    assert document.spec.training.optimizer == spec
    for info in describe(type(spec)):
        assert field(panel, info.name).value() == getattr(spec, info.name)


ORDER = {
    "data": [
        "Classes", "Data set", "Folder", "Choose…", "Drawn", "Wildness", "Get MNIST (11 MB)", "Subset", "Validation",
        "Scaling", "Augmentation",
    ],
    "training": [
        "Optimizer", "Learning rate", "Momentum", "Schedule", "Warm-up", "Batch size", "Epochs", "Decay",
        "Weight decay", "Clip gradient", "Stopping early", "Order and numbers", "Run on",
    ],
}  # fmt: skip


@pytest.mark.parametrize("tab", ORDER)
def test_the_tab_key_goes_from_top_to_bottom(panel: InspectorPanel, tab: str) -> None:
    panel.show_tab("training")
    choose(panel, "optimizer", "momentum")
    panel.show_tab(tab)
    panel.bar.setFocus()
    for name in ORDER[tab]:
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        there = QApplication.focusWidget()
        assert (there.accessibleName() or there.text()) == name
    for name in reversed(ORDER[tab][:-1]):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
        there = QApplication.focusWidget()
        assert (there.accessibleName() or there.text()) == name


def test_settings_that_change_while_training_say_so(panel: InspectorPanel) -> None:
    panel.show_tab("training")
    marked = {
        one.objectName()
        for one in panel.training_tab.findChildren(Field)
        if any(label.text() == "changes while training" for label in one.findChildren(QLabel))
    }
    assert marked == {"inspector.learning_rate", "inspector.weight_decay"}


def test_the_cost_of_a_run_is_known_before_it_starts(panel: InspectorPanel, document: Document) -> None:
    panel.show_tab("training")
    cost = facts(panel, "run_costs")
    assert cost["Steps"] == ("55,000 / 100", "550")
    assert cost["Parameters"] == ("", "43,990")
    assert cost["Mult-adds"][1] == f"{3 * (432_000 + 43_200) * 55_000 / 1e9:.1f} billion"
    assert "Time" not in cost
    document.edit("Stride", document.network.change("c", stride=(2, 2)))
    assert facts(panel, "run_costs")["Parameters"] == ("", "—")


def test_memory_counts_the_images_there_are(panel: InspectorPanel, document: Document) -> None:
    panel.show_tab("training")
    type_in(panel, "batch_size", "55000")
    whole_set = facts(panel, "run_costs")["Memory"]
    type_in(panel, "batch_size", "100000")
    assert facts(panel, "run_costs")["Memory"] == whole_set


def test_a_run_that_needs_more_memory_than_is_free_warns_before_it_starts(
    panel: InspectorPanel, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(costs, "free_bytes", lambda: 1_200_000_000)
    panel.show_tab("training")
    memory = next(row for row in panel.training_tab.costs._rows if row.label.text() == "Memory")
    assert memory.note.text() == "about"
    type_in(panel, "batch_size", "100000")
    assert memory.note.text() == "free: 1.2 GB"
    assert memory.value.palette().color(memory.value.foregroundRole()) == theme().colour("warn")
    type_in(panel, "batch_size", "100")
    assert memory.note.text() == "about"
    assert memory.value.palette().color(memory.value.foregroundRole()) == theme().colour("ink")


def test_what_waits_for_the_next_run_is_named(
    panel: InspectorPanel, document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    panel.show_tab("training")
    notice = part(panel, "training_notice")
    assert notice.text() == "What the next press of Run does."
    start_and_pause(session, qtbot)
    assert "under way" in notice.text()
    type_in(panel, "learning_rate", "0.02")
    assert "under way" in notice.text()
    type_in(panel, "batch_size", "50")
    assert notice.text() == "Waits for the next run: batch size."
    type_in(panel, "epochs", "50")
    type_in(panel, "seed", "50")
    assert notice.text() == "3 settings wait for the next run."
    session.stop()
    qtbot.waitUntil(lambda: session.state is State.IDLE)
    assert notice.text() == "What the next press of Run does."


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_no_field_moves_when_a_run_begins_or_a_setting_waits_for_the_next(
    panel: InspectorPanel, document: Document, session: TrainSession, qtbot: QtBot, scale: float
) -> None:
    theme().set_font_scale(scale)
    panel.resize(theme().px(240), theme().px(760))
    panel.show_tab("training")
    choose(panel, "optimizer", "momentum")
    qtbot.wait(50)
    before = places(panel.training_tab)
    start_and_pause(session, qtbot)
    qtbot.wait(50)
    assert in_the_end(before, lambda: places(panel.training_tab)) == before
    for name in ("batch_size", "epochs"):
        type_in(panel, name, "50")
        qtbot.wait(50)
        assert in_the_end(before, lambda: places(panel.training_tab)) == before


def test_the_test_images_stay_sealed_until_they_are_asked_for(
    panel: InspectorPanel, document: Document, session: TrainSession, qtbot: QtBot
) -> None:
    panel.show_tab("training")
    evaluate, over, words = (part(panel, name) for name in ("evaluate_test", "start_over", "test_words"))
    assert not evaluate.isEnabled() and not over.isEnabled()
    start_and_pause(session, qtbot)
    assert not evaluate.isEnabled() and not over.isEnabled()
    session.stop()
    qtbot.waitUntil(lambda: session.state is State.IDLE)
    assert words.text() == "Sealed: looked at 0 times."
    QTest.mouseClick(evaluate, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Looked at 1 time." in words.text(), timeout=10_000)
    assert "of 400" in words.text()
    qtbot.waitUntil(over.isEnabled)
    start_and_pause(session, qtbot)
    session.stop()
    qtbot.waitUntil(over.isEnabled)
    assert words.text() == "Looked at 1 time.", "the score was another network's"
    QTest.mouseClick(over, Qt.MouseButton.LeftButton)
    assert document.model is None
    assert words.text() == "Sealed: looked at 0 times."
    assert not over.isEnabled()


@pytest.mark.parametrize("name", ["evaluate_test", "start_over"])
def test_a_button_that_goes_off_keeps_the_keyboard_away_from_the_fields(
    panel: InspectorPanel, document: Document, session: TrainSession, qtbot: QtBot, name: str
) -> None:
    panel.show_tab("training")
    start_and_pause(session, qtbot)
    session.stop()
    button = part(panel, name)
    qtbot.waitUntil(button.isEnabled)
    before = document.spec
    button.setFocus()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not button.isEnabled()
    QTest.keyClicks(QApplication.focusWidget(), "7")
    assert document.spec == before
    start_and_pause(session, qtbot) if name == "start_over" else None
    session.stop()
    qtbot.waitUntil(button.isEnabled, timeout=10_000)
    assert button.hasFocus(), "it waited for its button"


def test_the_keyboard_goes_from_get_to_cancel_and_back(
    panel: InspectorPanel, document: Document, session: TrainSession, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "download_mnist", endless_download)
    panel.show_tab("data")
    part(panel, "get_mnist").setFocus()
    QTest.keyClick(part(panel, "get_mnist"), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: part(panel, "cancel_fetch").hasFocus())
    QTest.keyClick(part(panel, "cancel_fetch"), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: session.state is State.IDLE)
    assert part(panel, "get_mnist").hasFocus()


def test_mnist_that_has_come_takes_the_button_away_and_the_keyboard_falls_on_no_field(
    panel: InspectorPanel, session: TrainSession, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(progress: object) -> Path:
        return write_set(tmp_path / "cache" / "mnist", small_set(train=40, test=15))

    monkeypatch.setattr(session_module, "download_mnist", download)
    panel.show_tab("data")
    part(panel, "get_mnist").setFocus()
    QTest.keyClick(part(panel, "get_mnist"), Qt.Key.Key_Space)
    monkeypatch.setenv("FISHLAB_DATA_DIR", str(tmp_path / "cache"))
    qtbot.waitUntil(lambda: not panel.data_tab.fetch.isVisible())
    assert not isinstance(QApplication.focusWidget(), QAbstractSpinBox | QLineEdit)
    assert panel.isAncestorOf(QApplication.focusWidget())


def test_with_mnist_at_hand_nothing_offers_to_fetch_it(
    document: Document, session: TrainSession, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_set(tmp_path / "data" / "mnist", small_set(train=40, test=15))
    monkeypatch.setenv("FISHLAB_DATA_DIR", str(tmp_path / "data"))
    panel = InspectorPanel(document, session)
    qtbot.addWidget(panel)
    panel.show()
    panel.show_tab("data")
    assert not part(panel, "get_mnist").isVisible()


@pytest.mark.parametrize("tab", [0, 2])
def test_the_tab_with_the_keyboard_wears_a_whole_border(panel: InspectorPanel, tab: int) -> None:
    panel.bar.setCurrentIndex(tab)
    panel.bar.setFocus()
    with_focus = panel.bar.grab().toImage()
    panel.bar.clearFocus()
    without = panel.bar.grab().toImage()
    rect = panel.bar.tabRect(tab)
    middle = rect.center()
    accent = theme().colour("accent").name()
    for x, y in ((middle.x(), rect.top() + 2), (rect.left() + 2, middle.y()), (rect.right() - 1, middle.y())):
        assert (with_focus.pixelColor(x, y).name(), without.pixelColor(x, y).name() == accent) == (accent, False)
    beside = rect.left() + theme().px(6), middle.y()
    assert with_focus.pixelColor(*beside) == without.pixelColor(*beside), "no other sign inside"


# -- room ------------------------------------------------------------------------------------------------------------


@pytest.mark.one_in(5)
@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("selection", [(), ("c",), ("input",), ("loss",), "data", "training"])
def test_nothing_is_cut_off_in_a_narrow_dock(
    panel: InspectorPanel, document: Document, scale: float, selection: tuple[str, ...] | str
) -> None:
    theme().set_font_scale(scale)
    panel.resize(theme().px(240), theme().px(500))
    if isinstance(selection, str):
        panel.show_tab(selection)
    else:
        document.select(selection)
    for _ in range(3):
        QApplication.processEvents()
    checked = [one for one in panel.findChildren(QWidget) if one.isVisible()]
    for one in checked:
        if isinstance(one, QLabel | QPushButton | QCheckBox):
            right = one.mapTo(panel, one.rect().topRight()).x()
            assert right < panel.width(), one.text()
        if isinstance(one, QPushButton | QCheckBox) or (isinstance(one, Label) and not one.wordWrap()):
            assert one.width() >= one.minimumSizeHint().width(), one.text()
        if isinstance(one, QAbstractSpinBox):
            text = one.fontMetrics().horizontalAdvance(one.text())
            assert text <= one.lineEdit().width() - theme().px(7), one.accessibleName()
    assert any(isinstance(one, Label) for one in checked)


def test_long_names_break_instead_of_widening_the_panel(panel: InspectorPanel, document: Document) -> None:
    document.edit("Rename", document.network.change("c", name="x" * 80))
    document.select(("c",))
    QApplication.processEvents()
    page = panel.layer_tab.layer_page
    assert page.widget().width() <= page.viewport().width() + theme().px(6)


def test_soft_breaks_leave_short_words_alone() -> None:
    assert soft_breaks("Batch normalization") == "Batch normalization"
    assert soft_breaks("/a/b").replace("\u200b", "") == "/a/b"
    assert soft_breaks("y" * 30).count("\u200b") == 2


def test_a_fact_that_is_gone_leaves_no_row(qtbot: QtBot) -> None:
    table = FactTable()
    qtbot.addWidget(table)
    table.set_facts([Fact("One", "1"), Fact("Two", "2")])
    table.show()
    table.set_facts([Fact("Three", "3")])
    assert [label.text() for label in table.findChildren(Label) if label.isVisible() and label.text()] == ["Three", "3"]


def test_a_note_without_room_goes_under_its_row_and_comes_back(qtbot: QtBot) -> None:
    table = FactTable()
    qtbot.addWidget(table)
    table.set_facts([Fact("Mult-adds", "1,806,336", "16·28·28·144")])
    row = table._rows[0]
    needed = row.least_width(row.value.sizeHint().width())
    for width, below in ((needed + 4, False), (needed - 4, True), (needed + 4, False)):
        table.resize(width, 60)
        table.show()
        QApplication.processEvents()
        assert (row.note.y() >= row.value.geometry().bottom()) is below
        assert row.note.fontMetrics().horizontalAdvance(row.note.text()) <= row.note.width()


def test_a_project_that_takes_the_place_of_another_is_shown(panel: InspectorPanel, document: Document) -> None:
    document.select(("c",))
    document.replace(find_template("TwoLayerNet").item())
    assert panel.layer_tab.network_page.isVisible()
    panel.show_tab("training")
    assert field(panel, "optimizer").value() == "sgd"
