"""The Data tab with points, pictures and tables of one's own: fields that matter, true words, a network that fits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from fishlab.core.shapes import infer
from fishlab.core.spec import SOURCES, DataSpec
from fishlab.core.templates import find_template
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector import InspectorPanel
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.bars import ProbabilityBars


@pytest.fixture(autouse=True)
def nothing_at_hand(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISHLAB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("FISHLAB_DATA_DIR", raising=False)
    theme().apply(qapp)


@pytest.fixture
def document(qapp: QApplication) -> Document:
    return Document(find_template("TwoLayerNet").item())


@pytest.fixture
def panel(qtbot: QtBot, document: Document) -> Iterator[InspectorPanel]:
    session = TrainSession(document)
    panel = InspectorPanel(document, session)
    qtbot.addWidget(panel)
    panel.resize(theme().px(300), theme().px(900))
    panel.show()
    panel.show_tab("data")
    yield panel
    assert session.shut_down(30.0)


def choose(document: Document, **values: object) -> None:
    document.edit("Data", document.spec.replace(data=DataSpec(**values)))  # type: ignore[arg-type]


def part(panel: QWidget, name: str) -> QWidget:
    found = panel.findChild(QWidget, f"inspector.{name}")
    assert found is not None, name
    return found


def in_use(panel: InspectorPanel) -> str:
    tab = panel.data_tab
    return f"{tab.heading.accessibleName()}: {tab.where.text()}".replace("\u200b", "")


@pytest.mark.parametrize("source", SOURCES)
def test_every_set_shows_its_own_fields_and_something_true(
    panel: InspectorPanel, document: Document, source: str
) -> None:
    choose(document, source=source)
    for name, sources in {"points": ("gates", "moons", "circles", "spirals"), "file": ("csv", "npz", "idx")}.items():
        assert part(panel, name).isVisible() == (source in sources)
    assert part(panel, "get_mnist").isVisible() == (source in ("auto", "mnist", "digits"))
    assert in_use(panel).strip(": ")


def test_points_are_counted_and_the_network_fitted_in_one_click(panel: InspectorPanel, document: Document) -> None:
    choose(document, source="spirals", points=90, arms=3)
    assert in_use(panel) == "Spirals, in use: 90 + 45 points, made by FishLab"
    assert part(panel, "data_misfit").text() == (
        "They are rows of 2 numbers in 3 classes; the network takes 1 × 28 × 28 in 10."
    )
    QTest.mouseClick(part(panel, "fit_network"), Qt.MouseButton.LeftButton)
    assert (document.network.in_shape, document.network.classes) == ((2,), 3)
    assert infer(document.network).ok
    assert not part(panel, "fit_network").isVisible()
    document.undo_stack.undo()
    assert document.network.in_shape == (1, 28, 28)


def test_a_file_is_chosen_counted_and_fitted(panel: InspectorPanel, document: Document, tmp_path: Path) -> None:
    file = tmp_path / "flowers.csv"
    file.write_text("1.5,2,rose\n2.5,3,lily\n" * 10)
    choose(document, source="csv")
    assert "No CSV file is chosen" in in_use(panel)
    panel.data_tab.ask_file = lambda parent, start: str(file)
    QTest.mouseClick(part(panel, "choose_file"), Qt.MouseButton.LeftButton)
    assert in_use(panel) == f"flowers.csv, in use: 16 + 4 rows from the file {file}"
    QTest.mouseClick(part(panel, "fit_network"), Qt.MouseButton.LeftButton)
    assert (document.network.in_shape, document.network.classes) == ((2,), 2)


def test_pictures_in_colour_are_shown_in_colour(
    panel: InspectorPanel, document: Document, tmp_path: Path, qtbot: QtBot
) -> None:
    for name, colour in {"red": (250, 0, 0), "blue": (0, 0, 250)}.items():
        (tmp_path / "own" / name).mkdir(parents=True)
        for number in range(5):
            Image.new("RGB", (8, 8), colour).save(tmp_path / "own" / name / f"{number}.png")
    choose(document, source="folder", folder=str(tmp_path / "own"), colour=True)
    sheet = panel.data_tab.sheet
    qtbot.waitUntil(lambda: sheet.count() == 8 and sheet.height() == sheet.heightForWidth(sheet.width()))
    shown = sheet.grab().toImage()
    pixel = shown.pixelColor(round(sheet.width() * shown.devicePixelRatio() / 14), 4)
    assert (pixel.red(), pixel.blue()) == (0, 250)


def test_a_wrong_file_is_explained_where_it_is_chosen(
    panel: InspectorPanel, document: Document, tmp_path: Path
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("1,2,0\n1,x,1\n")
    choose(document, source="csv", file=str(file))
    assert "has 'x' in line 2, column 2" in in_use(panel)
    assert "cannot be used yet" in in_use(panel) and "not here" not in in_use(panel)


def test_the_answers_to_a_drawing_are_called_as_the_classes_are(qtbot: QtBot) -> None:
    bars = ProbabilityBars()
    qtbot.addWidget(bars)
    bars.set_names(["cat", "dog", "eel"])
    bars.set_values([0.1, 0.7, 0.2])
    assert bars.summary() == "dog: 70.0 %"
    bars.set_values([0.1] * 10)  # of a network that told ten classes apart
    assert bars.answer() is None
    bars.set_names(list(map(str, range(200))))
    bars.set_values([0.0] * 150 + [1.0] + [0.0] * 49)
    bars.resize(200, 200)
    assert not bars.grab().isNull() and bars.summary() == "150: 100.0 %"
    assert bars.sizeHint().height() < 400
