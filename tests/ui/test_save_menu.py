"""Everything in the Live panel that shows data is saved as PNG, SVG and CSV, in the same way."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QGuiApplication, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from fishlab.core.history import History
from fishlab.core.probes import Question
from fishlab.core.probes.filters import FilterBank
from fishlab.core.probes.histogram import Histogram, HistogramRow
from fishlab.core.templates import TEMPLATES
from fishlab.ui.benches.try_digit import TryDigit
from fishlab.ui.document import Document
from fishlab.ui.plots import export
from fishlab.ui.plots.curves import AccuracyTile, LossTile
from fishlab.ui.plots.filters import FiltersTile
from fishlab.ui.plots.weights import WeightsTile
from fishlab.ui.session import TrainSession
from fishlab.ui.settings import Settings
from fishlab.ui.theme import Mode, theme

SVG = "{http://www.w3.org/2000/svg}"
LAYERS = 14
RNG = np.random.default_rng(3)
EDGES = np.linspace(-0.3, 0.3, 81)
SHARES = RNG.random((LAYERS, 2, 80))
BANK = FilterBank("u1", "1", "Convolution", *RNG.normal(0, 0.1, (2, 6, 2, 5, 3)).astype(np.float32))
PROBABILITIES = RNG.dirichlet(np.ones(10))


def history() -> History:
    made = History()
    for step in range(1, 41):
        made.steps.append(step / 20, 3 * RNG.random(), RNG.random(), 100)
        if step % 20 == 0:
            made.epochs.append(step / 20, *RNG.random(4))
    return made


HISTORY = history()


@pytest.fixture
def document() -> Document:
    project = TEMPLATES["two_layer_net"].item()
    return Document(project.replace(network=project.network.renamed("a/b: <Netz> & “Co” \x01")))


@pytest.fixture
def make(document: Document, qtbot: QtBot) -> Callable[[type[QWidget]], QWidget]:
    session = TrainSession(document)
    kept = []

    def made(kind: type[QWidget]) -> QWidget:
        widget = TryDigit(document, session) if kind is TryDigit else kind(session)
        kept.append(widget)
        qtbot.addWidget(widget)
        widget.resize(420, 260)
        widget.show()
        fill(widget, session)
        return widget

    return made


def spread(shares: np.ndarray) -> Histogram:
    return Histogram(EDGES, shares, 0.0, 0.0, 0.0, 0.1, 0.3)


def fill(widget: QWidget, session: TrainSession) -> None:
    session._record.history = HISTORY
    titles = [f"Layer & <{number}>\x02" for number in range(LAYERS)]
    rows = (HistogramRow(f"u{i}", str(i + 1), titles[i], "W", 80, *map(spread, SHARES[i])) for i in range(LAYERS))
    session.looks.answered.emit(Question("weights"), tuple(rows))
    session.looks.answered.emit(Question("filters"), BANK)
    if isinstance(widget, TryDigit):
        widget.pad.begin_stroke(0.5, 0.2)
        widget.pad.continue_stroke(0.5, 0.8)
        widget.pad.end_stroke()
        session.digit.answered.emit(PROBABILITIES)
        widget._bench.set_hint("", "")
    else:
        widget.redraw()


def save(widget: QWidget, ending: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Press an entry of the menu and choose this path."""
    monkeypatch.setattr(export, "ask_path", lambda *_: path)
    entry(widget, ending).trigger()
    return path


def entry(widget: QWidget, ending: str) -> QAction:
    return next(one for one in widget.menu.actions() if one.objectName().endswith(f".{ending}"))


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


KINDS = [LossTile, AccuracyTile, WeightsTile, FiltersTile, TryDigit]
MODES = pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK])
everything = pytest.mark.parametrize("kind", KINDS)


@everything
def test_the_menu_has_the_same_order_everywhere(kind, make) -> None:
    names = [action.objectName().rpartition(".")[2] for action in make(kind).menu.actions() if not action.isSeparator()]
    assert [name for name in names if name in ("png", "svg", "csv", "copy")] == ["png", "svg", "csv", "copy"]


@MODES
@everything
def test_a_picture_has_twice_the_pixels_in_the_colours_of_the_theme(
    kind, mode, make, own_theme, tmp_path, monkeypatch
) -> None:
    theme().set_mode(mode)
    widget = make(kind)
    image = QImage(str(save(widget, "png", tmp_path / "picture.png", monkeypatch)))
    shown = widget._bench if kind is TryDigit else widget
    assert image.width() == 2 * shown.width()
    assert image.height() >= 2 * shown.height()
    card = theme().colour("card").rgb()
    pixels = [image.pixel(x, y) for x in range(4, image.width(), 5) for y in range(4, image.height(), 5)]
    assert pixels.count(card) > 0.1 * len(pixels)
    assert len(set(pixels)) > 5


@MODES
@everything
def test_a_drawing_is_valid_and_shows_its_words(kind, mode, make, own_theme, tmp_path, monkeypatch) -> None:
    theme().set_mode(mode)
    widget = make(kind)
    path = save(widget, "svg", tmp_path / "drawing.svg", monkeypatch)
    root = ElementTree.parse(path).getroot()
    words = " ".join("".join(text.itertext()) for text in root.iter(f"{SVG}text"))
    assert {"loss": "Loss", "accuracy": "Accuracy", "weights": "σ", "filters": "before"}.get(
        getattr(widget, "name", ""), "probability"
    ) in words
    assert root.find(f"{SVG}title").text == widget.accessibleName()
    assert QSvgRenderer(str(path)).isValid()


@pytest.mark.parametrize(("kind", "column"), [(LossTile, "loss"), (AccuracyTile, "accuracy")])
def test_numbers_of_a_curve_are_those_of_the_history(kind, column, make, tmp_path, monkeypatch) -> None:
    rows = table(save(make(kind), "csv", tmp_path / "numbers.csv", monkeypatch))
    assert [float(row["epoch"]) for row in rows] == HISTORY.steps.column("x").tolist()
    assert [float(row[f"train_{column}"]) for row in rows] == HISTORY.steps.column(column).tolist()
    name = f"validation_{column}"
    measured = {index: float(row[name]) for index, row in enumerate(rows) if row[name]}
    assert measured == dict(zip((19, 39), HISTORY.epochs.column(name).tolist(), strict=True))


def test_numbers_of_histograms_are_those_shown(make, tmp_path, monkeypatch) -> None:
    rows = table(save(make(WeightsTile), "csv", tmp_path / "numbers.csv", monkeypatch))
    assert len(rows) == LAYERS * 80
    assert [float(row["from"]) for row in rows[:80]] == EDGES[:-1].tolist()
    assert [float(row["to"]) for row in rows[:80]] == EDGES[1:].tolist()
    assert [float(row["share_now"]) for row in rows] == SHARES[:, 0].reshape(-1).tolist()
    assert [float(row["share_start"]) for row in rows] == SHARES[:, 1].reshape(-1).tolist()
    assert rows[80]["layer"] == "2 Layer & <1>\x02"


def test_numbers_of_filters_are_the_weights_bit_for_bit(make, tmp_path, monkeypatch) -> None:
    rows = table(save(make(FiltersTile), "csv", tmp_path / "numbers.csv", monkeypatch))
    names = ("filter", "channel", "row", "column")
    assert [tuple(int(row[name]) - 1 for name in names) for row in rows] == list(np.ndindex(BANK.now.shape))
    for name, values in (("before", BANK.before), ("now", BANK.now)):
        assert np.array([row[name] for row in rows], np.float32).tobytes() == values.tobytes()


def test_numbers_of_a_digit_are_its_probabilities(make, tmp_path, monkeypatch) -> None:
    widget = make(TryDigit)
    rows = table(save(widget, "csv", tmp_path / "numbers.csv", monkeypatch))
    assert [row["class"] for row in rows] == list("0123456789")
    assert [float(row["probability"]) for row in rows] == PROBABILITIES.tolist()
    widget.bars.set_values(None)
    assert {row["probability"] for row in table(save(widget, "csv", tmp_path / "none.csv", monkeypatch))} == {""}


@everything
def test_copied_numbers_are_the_saved_ones(kind, make, tmp_path, monkeypatch) -> None:
    widget = make(kind)
    path = save(widget, "csv", tmp_path / "numbers.csv", monkeypatch)
    entry(widget, "copy").trigger()
    copied = QGuiApplication.clipboard().text()
    assert copied.splitlines() == path.read_bytes().decode().splitlines()
    assert path.read_bytes().count(b"\r\n") == len(copied.splitlines())


def test_a_picture_of_many_layers_shows_them_all_and_leaves_the_screen_as_it_was(make, tmp_path, monkeypatch) -> None:
    widget = make(WeightsTile)
    QCoreApplication.processEvents()
    widget._view.scroll_bar.setValue(70)
    before = widget.grab().toImage()
    path = save(widget, "svg", tmp_path / "drawing.svg", monkeypatch)
    texts = ["".join(text.itertext()) for text in ElementTree.parse(path).getroot().iter(f"{SVG}text")]
    assert sum(text.startswith("σ") for text in texts) == LAYERS
    assert widget._view.scroll_bar.value() == 70
    assert widget.grab().toImage() == before


def test_a_file_that_is_there_keeps_its_content_where_writing_fails(make, tmp_path, monkeypatch) -> None:
    path, said = tmp_path / "loss.png", []
    path.write_bytes(b"old")
    path.chmod(0o444)
    monkeypatch.setattr("fishlab.ui.plots.save_menu.QMessageBox.warning", lambda *words: said.append(words[-1]))
    monkeypatch.setattr("fishlab.core.files.atomic.os.access", lambda *_: False)
    save(make(LossTile), "png", path, monkeypatch)
    assert path.read_bytes() == b"old"
    assert said == ["“loss.png” cannot be saved: it is write-protected. Choose another name."]


# -- the question for a path -------------------------------------------------------------------------------------------


@everything
def test_a_name_is_suggested_that_every_system_takes(kind, make) -> None:
    name = make(kind).saved_name()
    assert name.startswith("a b Netz & “Co” ")
    assert not set('/\\:*?"<>|\x01') & set(name)


def test_a_network_without_a_name_still_gives_one() -> None:
    assert export.suggested_name("", "loss") == "loss"
    assert export.suggested_name("...", "loss") == "loss"
    assert len(export.suggested_name("語" * 80, "loss").encode()) < 250


def test_the_folder_of_the_last_time_is_offered_again(make, tmp_path, monkeypatch) -> None:
    widget, asked = make(LossTile), []

    def agree(dialog: QFileDialog) -> QDialog.DialogCode:
        asked.append((Path(dialog.directory().absolutePath()), dialog.defaultSuffix()))
        dialog.setDirectory(str(tmp_path))
        dialog.selectFile("mine")
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(QFileDialog, "exec", agree)
    Settings().remove(export.FOLDER)
    for ending in ("png", "svg", "csv"):
        assert export.ask_path(widget, "Save", "loss", ending) == tmp_path / f"mine.{ending}"
    assert asked[0] == (Path.home(), "png")
    assert asked[1:] == [(tmp_path, "svg"), (tmp_path, "csv")]


def test_changing_ones_mind_writes_nothing(make, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(QFileDialog, "exec", lambda _: QDialog.DialogCode.Rejected)
    assert export.ask_path(make(LossTile), "Save", "loss", "png") is None
    entry(make(LossTile), "png").trigger()
    assert not list(tmp_path.iterdir())
