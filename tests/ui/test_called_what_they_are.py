"""Points and rows of numbers are called points and rows, in every part of the window, its tooltips and explanations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot
from window_kit import Opener
from window_walk import instrument_names, path, places, show_instrument, spoken

from fishlab.core.data.dataset import load_dataset
from fishlab.core.hints import Hint
from fishlab.core.layers import LAYERS
from fishlab.core.remedies import Remedy
from fishlab.core.runner import load_by_spec
from fishlab.core.spec import DataSpec, NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.ui.main_window import MainWindow
from fishlab.ui.plots.things import things
from fishlab.ui.session import State
from fishlab.ui.widgets.explanation import explanation_of

IMAGES_ALONE = ("palette", "run.", "menu", "live.maps", "live.saliency", "live.excite", "live.filter_bank", "try.",
                "live.filters", "live.try", "augmentation", "live.data.variants", "inspector.drawing",
                "inspector.input.size", "inspector.row_is", "inspector.image_size", "inspector.file")  # fmt: skip


@pytest.mark.parametrize(("words", "many"), [
    ("An image of all images. Images: an image.", "A point of all points. Points: a point."),
    ("imagesque", "imagesque"),
])  # fmt: skip
def test_words_about_images_become_words_about_points(words: str, many: str) -> None:
    assert things((2,)).called(words) == many
    assert things((1, 28, 28)).called(words) == words
    assert things((7,)).called("These images") == "These rows"


def project_of(data: DataSpec) -> ProjectSpec:
    width, classes = load_dataset(data).shape[0], len(load_dataset(data).class_names)
    stack = (("affine", {"units": 12}), ("relu", {}), ("affine", {"units": classes}))
    layers = tuple(LAYERS[kind].item.Spec(**values) for kind, values in stack)
    network = NetworkSpec(name="Small", in_shape=(width,), classes=classes, layers=layers)
    return ProjectSpec(network=network, data=data, training=TrainingSpec(batch_size=20, epochs=2))


def rows_file(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    labels = np.arange(120) % 3
    rows = rng.normal(size=(120, 4)) + labels[:, None]
    numbers = [",".join(f"{value:.3f}" for value in row) for row in rows]
    lines = [f"{row},{label}" for row, label in zip(numbers, labels, strict=True)]
    path = folder / "flowers.csv"
    path.write_text("a,b,c,d,label\n" + "\n".join(lines) + "\n")
    return path


def seen(window: MainWindow, root: QWidget) -> Iterator[tuple[str, str]]:
    """All words in sight: texts, choices, names, descriptions, tooltips and explanations."""
    for part in (root, *root.findChildren(QWidget)):
        if not part.isVisible() or any(word in path(part) for word in IMAGES_ALONE):
            continue
        texts = [part.toolTip(), spoken(part), part.accessibleDescription()]
        if isinstance(part, (QLabel, QAbstractButton)):
            texts.append(part.text())
        if isinstance(part, QComboBox):
            texts += [part.itemText(row) for row in range(part.count())]
        said = explanation_of(part)
        texts += [said.plain()] if said else []
        yield from ((path(part), text) for text in texts if text)


@pytest.fixture(params=["points", "rows"])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> DataSpec:
    if request.param == "points":
        return DataSpec(source="spirals", points=200, validation=0.2)
    return DataSpec(source="csv", file=str(rows_file(tmp_path)), validation=0.2)


def test_points_and_rows_are_nowhere_called_something_else(open_window: Opener, qtbot: QtBot, data: DataSpec) -> None:
    window, _ = open_window(size=(1440, 900))
    window.session._load = load_by_spec
    window.document.replace(project_of(data))
    window.session.run()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE and window.document.model is not None)
    window.session.evaluate_test()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE)
    found: set[tuple[str, str]] = set()

    def look(root: QWidget) -> None:
        found.update(
            (place, text) for place, text in seen(window, root)
            if "image" in text.lower() and "no image" not in text.lower()
            and text not in ("Folder of images", "Image size")
        )

    for place in places(window):
        if "inspector" in place:
            look(window.inspector_panel)
    look(window.statusBar())
    look(window.run_bar)
    look(window.network_panel)
    for name in instrument_names(window):
        instrument = show_instrument(window, name)
        qtbot.waitUntil(lambda: window.session.looks is not None)
        for _ in range(10):
            qtbot.wait(10)
        look(instrument)
    assert not sorted(found), "\n".join(map(str, sorted(found)))


def test_the_words_follow_the_data_of_the_document(open_window: Opener) -> None:
    window, _ = open_window()
    confusion = show_instrument(window, "confusion")
    before = explanation_of(confusion)
    assert before is not None and "images" in before.text
    window.document.replace(project_of(DataSpec(source="spirals", points=200)))
    after = explanation_of(confusion)
    assert after is not None and after.text == before.text.replace("images", "points")


def test_a_hint_about_points_calls_them_points(open_window: Opener) -> None:
    window, _ = open_window()
    project = project_of(DataSpec(source="spirals", points=200))
    window.document.replace(project)
    remedy = Remedy("Use all images", "Learns from all training images.", project)
    hint = window.hints._called(Hint("gap", "Of the training images all are right.", (remedy,)))
    assert hint.text == "Of the training points all are right."
    assert (hint.remedies[0].title, hint.remedies[0].words) == ("Use all points", "Learns from all training points.")
