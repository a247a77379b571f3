"""The tour is the whole program in one walk: if it arrives, building, training, drawing, saving and opening work."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from window_kit import Opener, small_project

from fishlab.core.layers import LAYERS
from fishlab.ui.plots.live import INSTRUMENTS
from fishlab.ui.portraits import MODES, TIME_LINE, file_name, take_portraits
from fishlab.ui.session import State
from fishlab.ui.theme import theme


@pytest.mark.slow
def test_the_tour_builds_trains_recognises_saves_and_opens_again(own_home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures of the tour"
    environment = {name: value for name, value in os.environ.items() if name != "FISHLAB_DATA_DIR"}
    walk = subprocess.run(
        [sys.executable, "-W", "error", "-m", "fishlab", "tour", str(folder)],
        capture_output=True, text=True, timeout=500, env=environment,
    )  # fmt: skip
    assert walk.returncode == 0, walk.stderr
    assert "Traceback" not in walk.stderr
    report = json.loads((folder / "tour.json").read_text(encoding="utf-8"))
    assert report["layers"] == ["convolution", "relu", "max_pool", "flatten", "affine", "relu", "affine"]
    assert report["block"] == [["convolution"], []]
    assert report["data"] == "Drawn digits"
    assert report["accuracy"] > 0.93
    assert report["recognised"] == report["drawn"] == 5
    assert report["epochs_after_reopening"] == report["epochs"] + 1
    assert len(list(folder.glob("*.png"))) >= 10


def test_a_tour_into_a_file_is_refused_in_a_sentence(own_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    walk = subprocess.run(
        [sys.executable, "-m", "fishlab", "tour", str(file)], capture_output=True, text=True, timeout=60
    )
    assert walk.returncode == 2
    assert "needs a folder" in walk.stderr
    assert file.read_text() == "mine"


@pytest.mark.slow
def test_every_instrument_has_something_to_show_in_both_themes_and_its_columns_are_documented(
    open_window: Opener, own_theme: None, own_home: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window, _ = open_window()
    project = small_project(epochs=1)
    convolution = LAYERS["convolution"].item.Spec(filters=4, kernel_size=(4, 4), stride=(2, 2))
    network = project.network.insert(0, convolution)
    window.document.edit("Add Convolution", replace(project, network=network))
    window.session.run()
    qtbot.waitUntil(lambda: len(window.session.looks.line.moments) > 1, timeout=20_000)
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=20_000)
    mode = theme().mode
    names = take_portraits(window, tmp_path / "instruments", tmp_path)
    wanted = {file_name(name, mode) for name in (*(name for name, *_ in INSTRUMENTS), TIME_LINE) for mode in MODES}
    assert set(names) == wanted == {path.name for path in (tmp_path / "instruments").iterdir()}
    assert theme().mode is mode and not window.live_panel.strip.windows and not window.session.looks.in_the_past
    assert {name: undocumented(window.live_panel.strip.instrument(name), title) for name, title, _ in INSTRUMENTS} == {
        name: set() for name, *_ in INSTRUMENTS
    }


def undocumented(instrument: QWidget, title: str) -> set[str]:
    """Columns of its values that its section of the page does not name; those of the classes aside."""
    if not hasattr(instrument, "csv"):
        return set()
    page = Path(__file__).parents[2] / "docs" / "instruments.md"
    section = page.read_text(encoding="utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
    columns = next(csv.reader(instrument.csv().splitlines()))
    return {column for column in columns if not column.isdecimal() and f"`{column}`" not in section}
