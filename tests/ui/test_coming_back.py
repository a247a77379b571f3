"""What a person looked at is there again: at the next start, and in the layout where it was looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from window_kit import Opener
from window_walk import show_instrument, small_convolutions

from fishlab.ui.main_window import MainWindow
from fishlab.ui.settings import Settings


def saved_project(window: MainWindow, path: Path) -> MainWindow:
    """The window over a project in a file, so that the next start opens it again."""
    window.document.replace(small_convolutions())
    assert window.files.save_to(path)
    return window


def test_the_instrument_in_sight_is_there_again_at_the_next_start(open_window: Opener) -> None:
    window, _ = open_window()
    show_instrument(window, "curves")
    window.close()
    again, _ = open_window()
    strip = again.live_panel.strip
    assert strip.current() == "curves" and strip.instrument("curves").isVisible()


def test_instruments_in_windows_of_their_own_are_there_again_where_they_were(open_window: Opener) -> None:
    window, _ = open_window()
    strip = window.live_panel.strip
    for name, corner in (("log", (40, 30)), ("cost", (90, 70))):
        strip.take_out(name).setGeometry(*corner, 500, 300)
    window.close()
    again, _ = open_window()
    QApplication.processEvents()
    windows = again.live_panel.strip.windows
    assert set(windows) == {"log", "cost"} and all(one.isVisible() for one in windows.values())
    assert windows["cost"].geometry().getRect() == (90, 70, 500, 300)
    windows["log"].close()
    windows["cost"].close()
    again.close()
    third, _ = open_window()
    QApplication.processEvents()
    assert not third.live_panel.strip.windows


def test_each_layout_comes_back_with_the_instrument_that_was_looked_at_in_it(open_window: Opener) -> None:
    window, _ = open_window()
    strip = window.live_panel.strip
    show_instrument(window, "confusion")
    window.show_layout("build")
    assert strip.current() == "confusion"  # nothing was chosen there yet: what is looked at stays
    show_instrument(window, "cost")
    window.show_layout("watch")
    assert strip.current() == "confusion"
    window.show_layout("watch")
    assert strip.current() == "confusion"
    window.close()
    again, _ = open_window()
    assert again.live_panel.strip.current() == "confusion"
    again.show_layout("build")
    assert again.live_panel.strip.current() == "cost"


@pytest.mark.parametrize("kept", ["nonsense", "", "[1, 2]", '{"log": 3}'])
def test_a_start_outlives_whatever_stands_in_place_of_the_instruments(
    open_window: Opener, tmp_path: Path, kept: str
) -> None:
    settings = Settings(tmp_path / "settings" / "window.ini")
    for name in ("watch", "windows", "pins"):
        settings.set(f"instruments/{name}", kept)
    settings.flush()
    window, _ = open_window()
    assert window.live_panel.strip.current() == "try" and not window.live_panel.strip.windows


@pytest.mark.slow
def test_a_pin_is_there_again_with_the_project_and_waits_through_another_one(
    open_window: Opener, tmp_path: Path
) -> None:
    window, _ = open_window()
    saved_project(window, tmp_path / "net.fishlab")
    uid = [layer.uid for layer in window.document.network.layers if layer.kind == "convolution"][-1]
    show_instrument(window, "excite").layers.pin(uid)
    window.close()
    again, _ = open_window()
    assert again.document.network.layers[0].kind == "convolution"
    layers = show_instrument(again, "excite").layers
    assert (layers.uid, layers.pinned) == (uid, True)
    again.document.replace(small_convolutions())
    assert not layers.pinned
    again.close()
    third, _ = open_window()  # nobody looks at it this time
    third.close()
    fourth, _ = open_window()
    layers = show_instrument(fourth, "excite").layers
    assert (layers.uid, layers.pinned) == (uid, True)
    layers.pin("")
    fourth.close()
    fifth, _ = open_window()
    assert not show_instrument(fifth, "excite").layers.pinned
