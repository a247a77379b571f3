"""From view to view an image is followed by one number."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot
from window_kit import Opener, blobs
from window_walk import show_instrument, with_a_run

from fishlab.core.data.dataset import Dataset
from fishlab.core.spec import DataSpec


def test_a_mistake_is_found_by_its_number_in_every_view(open_window: Opener, qtbot: QtBot) -> None:
    window = with_a_run(open_window, qtbot)
    data: Dataset = blobs(DataSpec(), lambda *_: None)
    mistakes = show_instrument(window, "mistakes")
    qtbot.waitUntil(lambda: mistakes.answers is not None, timeout=30_000)
    answers, place = mistakes.answers, 3
    number = int(answers.numbers[place])
    pixels = data.train.images[number - 1]
    assert np.array_equal(answers.images[place], pixels)

    browser = show_instrument(window, "data")
    qtbot.waitUntil(lambda: browser._found is not None, timeout=30_000)
    browser.controls.number.setValue(number)
    detail = browser.views.detail
    assert browser.controls.part() == "validation" and f"image {number}" in detail.words.text()
    assert np.array_equal(browser.views.grid.bank().values(browser.views.grid.current()), pixels)
    assert number in [row[0] for row in browser.table()[1]]

    for name, found in (("maps", "_maps"), ("saliency", "_found")):
        shown = show_instrument(window, name)
        qtbot.waitUntil(lambda: getattr(shown, found) is not None, timeout=30_000)  # noqa: B023
        shown.image.number.setValue(number)
        qtbot.waitUntil(lambda: getattr(shown, found).image.number == number, timeout=30_000)  # noqa: B023
        assert np.array_equal(getattr(shown, found).image.pixels, pixels), name
        assert shown.summary().startswith(f"Image {number}:"), name
        assert (shown.image.part.value, shown.image.number.value()) == ("validation", number), name

    stepper = show_instrument(window, "stepper")
    qtbot.waitUntil(lambda: stepper.page.trace is not None, timeout=30_000)
    trace = stepper.page.trace
    qtbot.waitUntil(lambda: f"training image {trace.number}" in stepper._title._note, timeout=30_000)
    excite = show_instrument(window, "excite")
    qtbot.waitUntil(lambda: excite._found is not None, timeout=30_000)
    for row in excite.table()[1]:
        image = data.train.images[row[1] - 1]
        assert data.train.labels[row[1] - 1] == row[2]
        assert any(np.array_equal(image, one) for one in excite._found.images)
